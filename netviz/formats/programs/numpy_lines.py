"""Each layer as a line or two of NumPy; the functions they call are in `resources/programs/layers_numpy.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netviz.arrays import Shape
from netviz.engine.activations import Activation, Elu, Gelu, LeakyRelu, Linear
from netviz.engine.layers import Layer, Residual
from netviz.engine.layers.advanced_activations import BoundedRelu, MaskedSoftmax, SoftmaxAlong
from netviz.engine.layers.axes import row_axis
from netviz.engine.layers.windows import lengths_of, pair, windows
from netviz.engine.network import layer_names
from netviz.formats.programs.facts import told
from netviz.formats.programs.python_lines import Lines

Weights = Mapping[str, str]  # expressions by the names of a layer's weights
Writer = Callable[[Any, Lines, str, Shape, Weights], str]
_WRITERS: dict[str, Writer] = {}


def writes(*kinds: str) -> Callable[[Writer], Writer]:
    """Decorator: this function writes layers of those classes, as an expression of an expression."""

    def add(writer: Writer) -> Writer:
        _WRITERS.update(dict.fromkeys(kinds, writer))
        return writer

    return add


def unwritable(layer: Layer) -> str:
    """The class of a layer, or of a layer inside it, that has no form in NumPy; empty where all have."""
    if isinstance(layer, Residual):
        return next(filter(None, map(unwritable, layer.layers)), "")
    parts = [type(part).__name__ for part in layer.stages()]
    return next((kind for kind in parts if kind not in _WRITERS), "")


def put_layer(layer: Layer, name: str, lines: Lines, shape: Shape, weights: Weights) -> Shape:
    """Write x = layer(x); returns the shape of a row of the result."""
    out = layer.output_shape(shape)
    note = f"{told(name, 40)}: {' x '.join(map(str, out))}"
    if isinstance(layer, Residual):
        _residual(layer, name, lines, shape, weights)
        lines.lines[-1] += f"  # {note}"
        return out
    x, inner = "x", shape
    for part in layer.stages():
        x = _WRITERS[type(part).__name__](part, lines, x, inner, weights)
        inner = part.output_shape(inner)
        lines.masked = part.makes_mask or lines.masked and part.passes_mask
    if x == "x":
        lines.lines.append(f"    # {told(name, 40)}: only training knows it")
    else:
        lines.put(f"x = {x}", note)
    return out


def _residual(block: Residual, name: str, lines: Lines, shape: Shape, weights: Weights) -> None:
    around = f"shortcut_{lines.depth}" if lines.depth else "shortcut"
    lines.put(f"{around} = x")
    lines.depth += 1
    masked = lines.masked
    for place, (layer, own) in enumerate(zip(block.layers, layer_names(block.layers), strict=True)):
        inner = {key.removeprefix(f"{place}/"): each for key, each in weights.items() if key.startswith(f"{place}/")}
        shape = put_layer(layer, f"{name}_{own}", lines, shape, inner)
    lines.masked = masked and block.passes_mask
    lines.depth -= 1
    lines.put(f"x = {around} + x")


# --------------------------------------------------------------------------------------------------------- activations

_SIMPLE = {"sigmoid": "sigmoid", "softplus": "softplus", "softmax": "softmax"}


def activated(activation: Activation, lines: Lines, x: str) -> str:
    """f(x)."""
    if isinstance(activation, Linear):
        return x
    if isinstance(activation, SoftmaxAlong):
        return lines.call("softmax", x, axis=activation.axis)
    if isinstance(activation, BoundedRelu):
        return lines.call(
            "relu_layer", x, slope=activation.negative_slope or None, threshold=activation.threshold or None,
            ceiling=activation.max_value,
        )  # fmt: skip
    if isinstance(activation, LeakyRelu):
        return lines.call("leaky_relu", x, slope=activation.negative_slope)
    if isinstance(activation, Elu):
        return lines.call("elu", x, alpha=activation.alpha)
    if isinstance(activation, Gelu):
        return lines.call("gelu_tanh" if activation.approximate else "gelu", x)
    name = activation.family.name(type(activation))
    if name == "relu":
        return f"np.maximum({x}, 0)"
    return f"np.tanh({x})" if name == "tanh" else lines.call(_SIMPLE[name], x)


def function(activation: Activation, lines: Lines) -> str:
    """The activation as something to be called."""
    name, plain = activation.family.name(type(activation)), activation == type(activation)()
    if name == "tanh":
        return "np.tanh"
    if plain and name in ("linear", "relu", "elu", *_SIMPLE) or isinstance(activation, Gelu):
        called = activated(activation, lines, "x").partition("(")[0]
        made = called if name not in ("linear", "relu") else name
        lines.calls.add(made)
        return made
    return f"lambda z: {activated(activation, lines, 'z')}"


@writes("Activation")
def activation_layer(layer: Any, lines: Lines, x: str, _shape: Shape, _weights: Weights) -> str:
    return activated(layer.activation, lines, x)


@writes("MaskedSoftmax")
def softmax_layer(layer: MaskedSoftmax, lines: Lines, x: str, shape: Shape, _weights: Weights) -> str:
    if lines.masked and len(shape) == 1:
        return lines.call("masked_softmax", x, "mask")
    return activated(layer.activation, lines, x)


@writes("PReLU")
def prelu(_layer: Any, _lines: Lines, x: str, _shape: Shape, weights: Weights) -> str:
    return f"np.where({x} > 0, {x}, {weights['alpha']} * {x})"


# ---------------------------------------------------------------------------------------------- neither steps nor places


@writes(
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "RandomFlip", "RandomTranslation",
    "RandomRotation", "RandomZoom",
)  # fmt: skip
def as_is(_layer: Any, _lines: Lines, x: str, _shape: Shape, _weights: Weights) -> str:
    return x


@writes("Dense")
def dense(layer: Any, _lines: Lines, x: str, _shape: Shape, weights: Weights) -> str:
    z = f"{x} @ {weights['kernel']}"
    return f"{z} + {weights['bias']}" if layer.use_bias else z


@writes("Flatten")
def flatten(_layer: Any, _lines: Lines, x: str, _shape: Shape, _weights: Weights) -> str:
    return f"{x}.reshape(len({x}), -1)"


@writes("Reshape")
def reshape(layer: Any, _lines: Lines, x: str, shape: Shape, _weights: Weights) -> str:
    return f"{x}.reshape(len({x}), {', '.join(map(str, layer.output_shape(shape)))})"


@writes("Permute")
def permute(layer: Any, _lines: Lines, x: str, _shape: Shape, _weights: Weights) -> str:
    return f"{x}.transpose(0, {', '.join(map(str, layer.dims))})"


@writes("Rescaling")
def rescaling(layer: Any, _lines: Lines, x: str, _shape: Shape, _weights: Weights) -> str:
    return f"{x} * {layer.scale!r} + {layer.offset!r}" if layer.offset else f"{x} * {layer.scale!r}"


@writes("BatchNormalization")
def batch_normalization(layer: Any, lines: Lines, x: str, shape: Shape, weights: Weights) -> str:
    axis = row_axis(layer.axis, shape) + 1
    return lines.call(
        "batch_normalization", x, weights["moving_mean"], weights["moving_variance"], gamma=weights.get("gamma"),
        beta=weights.get("beta"), epsilon=repr(layer.epsilon), axis=axis if axis < len(shape) else None,
    )  # fmt: skip


@writes("LayerNormalization")
def layer_normalization(layer: Any, lines: Lines, x: str, shape: Shape, weights: Weights) -> str:
    axes = tuple(sorted(row_axis(axis, shape) + 1 for axis in layer.axis))
    return lines.call(
        "layer_normalization", x, gamma=weights.get("gamma"), beta=weights.get("beta"), epsilon=repr(layer.epsilon),
        axes=axes if axes != (len(shape),) else None,
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------------- places


def padding_of(layer: Any, shape: Shape, size: Any, strides: Any, rates: Any = 1) -> tuple[tuple[int, int], ...]:
    """What sticks out before and behind along each axis of a row that windows slide over."""
    rates = pair(rates) if len(shape) == 2 else (rates, rates) if isinstance(rates, int) else pair(rates)
    found = windows(lengths_of(shape), pair(size), pair(strides), rates, layer.padding)
    return tuple((axis.before, axis.behind) for axis in found.axes)[3 - len(shape) :]


def _settings(axes: int, padding: tuple[tuple[int, int], ...], **settings: Any) -> dict[str, Any]:
    """Keyword arguments, those without effect left out; along one axis numbers instead of pairs."""
    none = {"padding": ((0, 0),) * axes, "strides": (1, 1)[:axes], "dilation": (1, 1)[:axes], "groups": 1}
    given = {name: value for name, value in {**settings, "padding": padding}.items() if name != "groups"}
    plain = {name: (value,) if isinstance(value, int) else value for name, value in given.items()}
    kept = {name: value[0] if axes == 1 else value for name, value in plain.items() if value != none[name]}
    return kept | {name: value for name, value in settings.items() if name == "groups" and value != 1}


@writes("Conv1D", "Conv2D")
def convolution(layer: Any, lines: Lines, x: str, shape: Shape, weights: Weights) -> str:
    axes = len(shape) - 1
    padding = padding_of(layer, shape, layer.kernel_size, layer.strides, layer.dilation_rate)
    more = _settings(axes, padding, strides=layer.strides, dilation=layer.dilation_rate, groups=layer.groups)
    return lines.call(f"conv{axes}d", x, weights["kernel"], *bias(weights), **more)


@writes("DepthwiseConv2D")
def depthwise(layer: Any, lines: Lines, x: str, shape: Shape, weights: Weights) -> str:
    padding = padding_of(layer, shape, layer.kernel_size, layer.strides, layer.dilation_rate)
    more = _settings(2, padding, strides=layer.strides, dilation=layer.dilation_rate)
    return lines.call("depthwise_conv2d", x, weights["kernel"], *bias(weights), **more)


def bias(weights: Weights) -> list[str]:
    """The bias, where there is one."""
    return [weights["bias"]] if "bias" in weights else []


@writes("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D")
def pooling(layer: Any, lines: Lines, x: str, shape: Shape, _weights: Weights) -> str:
    axes, strides = len(shape) - 1, layer.strides or layer.pool_size
    more = _settings(axes, padding_of(layer, shape, layer.pool_size, strides))
    kind = "max" if type(layer).__name__.startswith("Max") else "average"
    return lines.call(f"{kind}_pool{axes}d", x, str(layer.pool_size), str(strides), **more)


@writes("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling2D")
def global_pooling(layer: Any, lines: Lines, x: str, shape: Shape, _weights: Weights) -> str:
    axes = "1" if len(shape) == 2 else "(1, 2)"
    kept = ", keepdims=True" if layer.keepdims else ""
    if "Max" in type(layer).__name__:
        return f"{x}.max({axes}{kept})"
    if lines.masked and len(shape) == 2:
        return lines.call("masked_mean", x, "mask", keepdims=True if layer.keepdims else None)
    return f"{x}.mean({axes}{kept})"


@writes("UpSampling2D")
def upsampling(layer: Any, lines: Lines, x: str, _shape: Shape, _weights: Weights) -> str:
    if layer.interpolation == "bilinear":
        return lines.call("upsampled", x, str(layer.size))
    return f"{x}.repeat({layer.size[0]}, 1).repeat({layer.size[1]}, 2)"


@writes("ZeroPadding2D")
def zero_padding(layer: Any, lines: Lines, x: str, _shape: Shape, _weights: Weights) -> str:
    return lines.call("padded", x, str(layer.padding))

"""The layers in PyTorch; those that it has not as they are stand in `resources/programs/layers_torch.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from netviz.arrays import Shape
from netviz.engine.activations import Activation, Elu, Gelu, LeakyRelu, Linear
from netviz.engine.layers.advanced_activations import BoundedRelu, SoftmaxAlong
from netviz.engine.layers.axes import row_axis
from netviz.formats.programs.numpy_lines import padding_of
from netviz.formats.programs.torch_lines import Model, writes

_SIMPLE = {"relu": "torch.relu", "sigmoid": "torch.sigmoid", "tanh": "torch.tanh", "softplus": "F.softplus"}


# --------------------------------------------------------------------------------------------------------- activations


def activated(activation: Activation, model: Model, x: str, first: bool = False) -> str:
    """f(x); first: whether the channels are along axis 1."""
    if isinstance(activation, Linear):
        return x
    if isinstance(activation, SoftmaxAlong):
        return f"torch.softmax({x}, {activation.axis})"
    if isinstance(activation, BoundedRelu):
        return model.call(
            "relu_layer", x, slope=activation.negative_slope or None, threshold=activation.threshold or None,
            ceiling=activation.max_value,
        )  # fmt: skip
    if isinstance(activation, LeakyRelu):
        return f"F.leaky_relu({x}, {activation.negative_slope})"
    if isinstance(activation, Elu):
        return f"F.elu({x}, {activation.alpha})"
    if isinstance(activation, Gelu):
        return f'F.gelu({x}, approximate="tanh")' if activation.approximate else f"F.gelu({x})"
    name = activation.family.name(type(activation))
    if name == "softmax":
        return f"torch.softmax({x}, {1 if first else -1})"
    return f"{_SIMPLE[name]}({x})"


def function(activation: Activation, model: Model) -> str:
    """The activation as something to be called."""
    name = activation.family.name(type(activation))
    if name in _SIMPLE:
        return _SIMPLE[name]
    return f"lambda z: {activated(activation, model, 'z')}"


@writes("Activation", first=None)
def activation_layer(layer: Any, model: Model, x: str, _shape: Shape) -> str:
    return activated(layer.activation, model, x, model.first)


@writes("MaskedSoftmax", first=None)
def softmax_layer(layer: Any, model: Model, x: str, shape: Shape) -> str:
    if model.masked and len(shape) == 1:
        return model.call("masked_softmax", x, "mask")
    return activated(layer.activation, model, x, model.first)


@writes("PReLU")
def prelu(layer: Any, model: Model, x: str, shape: Shape) -> str:
    own = layer.weights(shape)[0].shape
    made = model.made("nn.PReLU", own[0]) if len(own) == 1 else model.made("RowPReLU", *own)
    model.holds("alpha", own, "weight")
    return f"{made}({x})"


# ---------------------------------------------------------------------------------------------- neither steps nor places


@writes("RandomFlip", "RandomTranslation", "RandomRotation", "RandomZoom", first=None)
def as_is(_layer: Any, _model: Model, x: str, _shape: Shape) -> str:
    return x


@writes("Dropout", first=None)
def dropout(layer: Any, model: Model, x: str, _shape: Shape) -> str:
    return f"{model.made('nn.Dropout', layer.rate)}({x})"


@writes("SpatialDropout1D", "SpatialDropout2D", first=True)
def spatial_dropout(layer: Any, model: Model, x: str, shape: Shape) -> str:
    return f"{model.made(f'nn.Dropout{len(shape) - 1}d', layer.rate)}({x})"


@writes("GaussianNoise", "GaussianDropout", first=None)
def noise(layer: Any, model: Model, x: str, _shape: Shape) -> str:
    kind = type(layer).__name__
    return f"{model.made(kind, layer.stddev if kind == 'GaussianNoise' else layer.rate)}({x})"


@writes("Dense")
def dense(layer: Any, model: Model, x: str, shape: Shape) -> str:
    made = model.made("nn.Linear", shape[-1], layer.units, bias=None if layer.use_bias else False)
    model.holds("kernel", (shape[-1], layer.units), "weight", how="turned")
    if layer.use_bias:
        model.holds("bias", (layer.units,), "bias")
    return f"{made}({x})"


@writes("Flatten")
def flatten(_layer: Any, _model: Model, x: str, _shape: Shape) -> str:
    return f"{x}.flatten(1)"


@writes("Reshape")
def reshape(layer: Any, _model: Model, x: str, shape: Shape) -> str:
    return f"{x}.reshape(-1, {', '.join(map(str, layer.output_shape(shape)))})"


@writes("Permute")
def permute(layer: Any, _model: Model, x: str, _shape: Shape) -> str:
    return f"{x}.permute(0, {', '.join(map(str, layer.dims))})"


@writes("Rescaling", first=None)
def rescaling(layer: Any, _model: Model, x: str, _shape: Shape) -> str:
    return f"{x} * {layer.scale!r} + {layer.offset!r}" if layer.offset else f"{x} * {layer.scale!r}"


@writes("BatchNormalization")
def batch_normalization(layer: Any, model: Model, x: str, shape: Shape) -> str:
    axis = row_axis(layer.axis, shape) + 1
    kind = f"nn.BatchNorm{max(1, len(shape) - 1)}d"
    count: Shape = (shape[axis - 1],)
    # PyTorch's momentum is that of what is new.
    made = model.made(kind, count[0], eps=layer.epsilon, momentum=round(1 - layer.momentum, 12))
    _affine(layer, model, count)
    model.holds("moving_mean", count, "running_mean")
    model.holds("moving_variance", count, "running_var")
    if model.first or axis == 1:
        return f"{made}({x})"
    return f"{made}({x}.movedim({axis}, 1)).movedim(1, {axis})"


def _affine(layer: Any, model: Model, shape: Shape) -> None:
    """γ and β; where a layer has none PyTorch gets ones and zeros."""
    for own, name, has, value in (("gamma", "weight", layer.scale, 1.0), ("beta", "bias", layer.center, 0.0)):
        if has:
            model.holds(own, shape, name)
        else:
            model.constant(name, np.full(shape, value))


@writes("LayerNormalization")
def layer_normalization(layer: Any, model: Model, x: str, shape: Shape) -> str:
    axes = sorted(row_axis(axis, shape) + 1 for axis in layer.axis)
    own = tuple(shape[axis - 1] for axis in axes)
    without = None if layer.scale or layer.center else False
    made = model.made("nn.LayerNorm", own if len(own) > 1 else own[0], eps=layer.epsilon, elementwise_affine=without)
    if without is None:
        _affine(layer, model, own)
    last = list(range(len(shape) + 1 - len(axes), len(shape) + 1))
    return f"{made}({x})" if axes == last else f"{made}({x}.movedim({axes}, {last})).movedim({last}, {axes})"


# -------------------------------------------------------------------------------------------------------------- places


def _one(value: Any) -> Any:
    """A pair of equal numbers as the number."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _pad(padding: tuple[tuple[int, int], ...]) -> str:
    """Padding as F.pad has it: the last axis first."""
    return "(" + ", ".join(str(n) for pair in reversed(padding) for n in pair) + ")"


def _settings(layer: Any, axes: int) -> dict[str, Any]:
    """strides and dilation, where they do anything."""
    found = {"stride": _one(layer.strides), "dilation": _one(layer.dilation_rate)}
    return {name: value for name, value in found.items() if value != 1}


@writes("Conv1D", "Conv2D", "DepthwiseConv2D", first=True)
def convolution(layer: Any, model: Model, x: str, shape: Shape) -> str:
    axes, channels, filters = len(shape) - 1, shape[-1], layer.output_shape(shape)[-1]
    padding = padding_of(layer, shape, layer.kernel_size, layer.strides, layer.dilation_rate)
    even = all(before == behind for before, behind in padding)
    around = _one(tuple(before for before, _behind in padding)) if even else 0
    depthwise = type(layer).__name__ == "DepthwiseConv2D"
    groups = channels if depthwise else layer.groups
    made = model.made(
        f"nn.Conv{axes}d", channels, filters, _one(layer.kernel_size), **_settings(layer, axes), padding=around or None,
        groups=groups if groups > 1 else None, bias=None if layer.use_bias else False,
    )  # fmt: skip
    kernel = layer.weights(shape)[0]
    model.holds("kernel", kernel.shape, "weight", how="depthwise" if depthwise else "turned")
    if layer.use_bias:
        model.holds("bias", (filters,), "bias")
    return f"{made}({x})" if even else f"{made}(F.pad({x}, {_pad(padding)}))"


@writes("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D", first=True)
def pooling(layer: Any, model: Model, x: str, shape: Shape) -> str:
    axes, strides = len(shape) - 1, layer.strides or layer.pool_size
    padding = padding_of(layer, shape, layer.pool_size, strides)
    size, strides = _one(layer.pool_size), _one(strides)
    along = f"{size}" if size == strides else f"{size}, {strides}"
    if type(layer).__name__.startswith("Max"):
        x = f'F.pad({x}, {_pad(padding)}, value=float("-inf"))' if any(map(any, padding)) else x
        return f"F.max_pool{axes}d({x}, {along})"
    if not any(map(any, padding)):
        return f"F.avg_pool{axes}d({x}, {along})"
    if axes == 2:
        return model.call("average_pool", x, str(size), str(strides), _pad(padding))
    inner = model.call("average_pool", f"{x}[:, :, None]", f"(1, {size})", f"(1, {strides})", _pad(((0, 0), *padding)))
    return f"{inner}[:, :, 0]"


@writes("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling2D", first=None)
def global_pooling(layer: Any, model: Model, x: str, shape: Shape) -> str:
    kind = "amax" if "Max" in type(layer).__name__ else "mean"
    if kind == "mean" and model.masked and len(shape) == 2:
        model.channels(False, shape)
        return model.call("masked_mean", x, "mask", keepdim=True if layer.keepdims else None)
    begin = 2 if model.first else 1
    axes = str(begin) if len(shape) == 2 else f"({begin}, {begin + 1})"
    return f"{x}.{kind}({axes}{', keepdim=True' if layer.keepdims else ''})"


@writes("UpSampling2D", first=True)
def upsampling(layer: Any, _model: Model, x: str, _shape: Shape) -> str:
    how = 'mode="bilinear", align_corners=False' if layer.interpolation == "bilinear" else 'mode="nearest"'
    return f"F.interpolate({x}, scale_factor={_one(layer.size)}, {how})"


@writes("ZeroPadding2D", first=None)
def zero_padding(layer: Any, model: Model, x: str, _shape: Shape) -> str:
    padding = layer.padding if model.first else (*layer.padding, (0, 0))
    return f"F.pad({x}, {_pad(padding)})"

"""Layers as Keras writes them: one or more Keras layers for each of netviz', and where their variables stand in a file.

Variables are numbered in Keras' order, which is the order of `Layer.weights`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from netviz.arrays import Shape
from netviz.codec import decode, encode, fields_of
from netviz.engine.activations import Activation, Elu, Gelu, LeakyRelu, Linear, Softmax
from netviz.engine.initializers import Given
from netviz.engine.layers import ELU, Layer, LeakyReLU, Residual, layers
from netviz.engine.layers import Activation as ActivationLayer
from netviz.engine.surgery import Freeze, Surgery
from netviz.formats.imported import LeftOut
from netviz.formats.keras import objects
from netviz.i18n import _

RECURRENT = ("SimpleRNN", "LSTM", "GRU")
ATTENTION = "MultiHeadAttention"
_ATTENTION_PARTS = ("query_dense", "key_dense", "value_dense", "output_dense")
_GENERIC = "keras.layers"


@dataclass(frozen=True)
class Unit:
    """One Keras layer. variables: for each weight of netviz' layer its place below the layer's group in a file."""

    class_name: str
    name: str
    config: dict[str, Any]
    variables: tuple[str, ...] = ()

    def serialized(self, dtype: str, input_shape: Shape) -> dict[str, Any]:
        """The layer as a configuration has it."""
        config = {"name": self.name, "dtype": dtype} | self.config
        found = objects.serialized(self.class_name, config, _GENERIC)
        batch = [None, *input_shape]
        shapes = {"shapes_dict": {"query_shape": batch, "value_shape": batch}}
        return found | {"build_config": shapes if self.class_name == ATTENTION else {"input_shape": batch}}


def units(layer: Layer, name: str, input_shape: Shape) -> list[Unit]:
    """The Keras layers that do what a layer does, one after another; not for residual blocks."""
    own = _activation(layer)
    if own is None or _named_alone(own):
        return [_unit(layer, name, input_shape)]
    plain = _unit(replace(layer, activation=Linear()), name, input_shape)  # type: ignore[call-arg]
    after = _layer_of(own)
    return [plain, _unit(after, f"{name}_activation", layer.output_shape(input_shape))]


def _unit(layer: Layer, name: str, input_shape: Shape) -> Unit:
    kind = type(layer).__name__
    count = len(layer.weights(input_shape))
    if isinstance(layer, ActivationLayer) and not _named_alone(layer.activation):
        return _unit(_layer_of(layer.activation), name, input_shape)
    own = (key for key in fields_of(type(layer)) if key not in ("name", "layer"))
    config = {key: objects.written(getattr(layer, key)) for key in own}
    inner = getattr(layer, "layer", None)
    if isinstance(inner, Layer):  # Bidirectional
        config["layer"] = _unit(inner, "forward", input_shape).serialized("float32", input_shape)
    return Unit(kind, name, config, places(kind, count))


def places(kind: str, count: int) -> tuple[str, ...]:
    """Where a layer's variables stand below its group."""
    if kind in RECURRENT:
        return tuple(f"cell/vars/{i}" for i in range(count))
    if kind == "Bidirectional":
        half = count // 2
        return tuple(f"{way}_layer/cell/vars/{i}" for way in ("forward", "backward") for i in range(half))
    if kind == ATTENTION:
        each = count // len(_ATTENTION_PARTS)
        return tuple(f"{part}/vars/{i}" for part in _ATTENTION_PARTS for i in range(each))
    return tuple(f"vars/{i}" for i in range(count))


# --------------------------------------------------------------------------------------------------------- activations


def _activation(layer: Layer) -> Activation | None:
    if isinstance(layer, ActivationLayer) or "activation" not in fields_of(type(layer)):
        return None
    found: Activation = getattr(layer, "activation")  # noqa: B009 (not every layer has one)
    return found


def _named_alone(activation: Activation) -> bool:
    """Whether Keras' function of that name, without arguments, is the same."""
    return activation == type(activation)()


def _layer_of(activation: Activation) -> Layer:
    """The layer that computes an activation with settings of its own."""
    if isinstance(activation, LeakyRelu):
        return LeakyReLU(activation.negative_slope)
    assert isinstance(activation, Elu)
    return ELU(activation.alpha)


def refusal(layer: Layer, name: str) -> str:
    """Why Keras has nothing that does the same; empty where it has."""
    if isinstance(layer, Residual):
        return next(filter(None, (refusal(inner, name) for inner in layer.layers)), "")
    for field in ("activation", "recurrent_activation"):
        own = getattr(layer, field) if field in fields_of(type(layer)) else None
        recurrent = type(layer).__name__ in RECURRENT
        if isinstance(own, Gelu) and own.approximate or own and recurrent and not _named_alone(own):
            sentence = _("the layer {name} has an activation with settings that Keras' files cannot hold; use {other}.")
            plain = type(own)()
            return sentence.format(name=name, other=f"{own.family.name(type(own))} {encode(plain)}")
    if type(layer).__module__.split(".")[0] != "netviz":
        return _("the layer {name} comes from a plug-in, which Keras does not know").format(name=name)
    return ""


def given(layer: Layer) -> Iterator[str]:
    """The settings that are given numbers, which a configuration does not hold."""
    yield from (key for key in fields_of(type(layer)) if isinstance(getattr(layer, key), Given))


# ----------------------------------------------------------------------------------------------------- Keras -> netviz


def layer_of(class_name: str, config: dict[str, Any], report: Callable[[LeftOut], None]) -> Layer:
    """The layer that a Keras layer is; InvalidValue or UnknownName where netviz has none."""
    name = str(config.get("name", ""))
    kind = layers[class_name]
    where = _("layer {name}").format(name=name)
    settled = dict(config)
    if class_name == "Bidirectional":
        inner, inner_config = objects.named(settled.pop("layer", None))
        settled.pop("backward_layer", None)
        plain = objects.arguments(kind, settled, where, report)
        return _decoded(plain | {"type": class_name, "layer": encode(layer_of(inner, dict(inner_config), report))}, where)
    if kind is ActivationLayer and isinstance(settled.get("activation"), dict):
        inner, inner_config = objects.named(settled["activation"])
        if inner in layers and inner_config:  # an activation layer as the function
            return layer_of(inner, dict(inner_config), report)
    if class_name == ATTENTION and settled.get("value_dim") == settled.get("key_dim"):
        settled.pop("value_dim", None)
    return _decoded({"type": class_name, **objects.arguments(kind, settled, where, report)}, where)


def _decoded(plain: dict[str, Any], where: str) -> Layer:
    family: Any = Layer  # abstract: the member's name is in `plain`
    layer: Layer = decode(family, plain, place=where)
    return layer


def output_activation(loss: Any) -> Activation:
    """What makes probabilities of the logits that a loss was given."""
    return next((kind() for kind in getattr(loss, "outputs", ())), Softmax())


def still(surgery: tuple[Surgery, ...]) -> set[int]:
    """The places of the layers that are held still as a whole, Keras' trainable=False."""
    return {part.layer for part in surgery if isinstance(part, Freeze) and not part.name and not part.index}

"""What every layer under Keras' names is: settings for the engine, and a view of the weights that its model holds."""

# ruff: noqa: N802 (Keras' own names)
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, get_args

from netviz.arrays import Array, Shape, size
from netviz.codec import fields_of
from netviz.engine import layers as engine
from netviz.engine.activations import Activation
from netviz.engine.initializers import Initializer
from netviz.engine.regularizers import Regularizer
from netviz.i18n import _
from netviz.keras import activations, config, initializers, names, regularizers
from netviz.keras.arguments import Unsupported, refuse

NEUTRAL = {
    "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None, "lora_rank": None,
    "lora_alpha": None, "quantization_config": None, "noise_shape": None, "data_format": None, "trainable": True,
    "sparse": False, "ragged": False, "batch_size": None, "optional": False, "input_tensor": None,
    "beta_constraint": None, "gamma_constraint": None, "alpha_constraint": None, "depthwise_constraint": None, "renorm": False,
    "renorm_clipping": None, "renorm_momentum": 0.99, "synchronized": False, "bounding_box_format": None,
    "embeddings_constraint": None, "recurrent_constraint": None, "return_state": False, "stateful": False,
    "zero_output_for_mask": False,
}  # fmt: skip


class Owner(Protocol):
    """What a layer asks of the model that it stands in."""

    def layer_weights(self, layer: Layer) -> list[Array]:
        """Copies of the layer's arrays."""

    def set_layer_weights(self, layer: Layer, weights: Sequence[Any]) -> None:
        """Other numbers for the layer."""

    def layer_shapes(self, layer: Layer) -> tuple[Shape, Shape] | None:
        """The shapes of one row before and after it, None before the model is built."""


class Layer:
    """An engine's layer with a name of this session; its numbers live in its model."""

    model: Owner | None = None
    function: Activation | None = None  # of a layer that is nothing but one

    def __init__(self, value: engine.Layer | None, more: dict[str, Any]) -> None:
        """`more` holds what every layer takes: name, dtype, input_shape or input_dim."""
        more = dict(more)
        self.value = value
        name = more.pop("name", None)
        self.name = name or names.unique(type(self).__name__)
        self.given_name = name or ""
        self.first_shape = _first_shape(more)
        _check_dtype(self.name, more.pop("dtype", None))
        refuse(type(self).__name__, more, NEUTRAL)

    @property
    def trainable(self) -> bool:
        """Always: the engine trains every weight that can be trained."""
        return True

    @property
    def built(self) -> bool:
        """Whether its shapes are known."""
        return self.model is not None and self.model.layer_shapes(self) is not None

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Shape of a batch before the layer, (None, ...)."""
        return (None, *self._shapes()[0])

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """Shape of a batch after the layer, (None, ...)."""
        return (None, *self._shapes()[1])

    def _shapes(self) -> tuple[Shape, Shape]:
        shapes = self.model.layer_shapes(self) if self.model else None
        if shapes is None:
            raise ValueError(_("The layer {name} has no shape before its model is built.").format(name=self.name))
        return shapes

    def get_weights(self) -> list[Array]:
        """Copies of its arrays, in Keras' order; none before its model is built."""
        return self.model.layer_weights(self) if self.model else []

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Other numbers for its arrays, in the order of `get_weights`."""
        if self.model is None:
            raise ValueError(_("The layer {name} is in no model yet.").format(name=self.name))
        self.model.set_layer_weights(self, weights)

    def count_params(self) -> int:
        """How many numbers it has."""
        return sum(size(array.shape) for array in self.get_weights())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class Weighted(Layer):
    """A layer that has a kernel, and a bias if it uses one."""

    use_bias: bool

    @property
    def kernel(self) -> Array:
        """A copy of the kernel: its last axes are those of the inputs and of the units or filters."""
        self._shapes()
        return self.get_weights()[0]

    @property
    def bias(self) -> Array | None:
        """A copy of the bias, one number for each unit or filter, or None without one."""
        self._shapes()
        return self.get_weights()[1] if self.use_bias else None


def _first_shape(more: dict[str, Any]) -> Shape | None:
    """The shape of a row that enters the model here, where a layer says it."""
    if (dim := more.pop("input_dim", None)) is not None:
        return _checked((dim,))
    batch = more.pop("batch_shape", None) or more.pop("batch_input_shape", None)
    given = more.pop("input_shape", None)
    if batch is not None:
        given = tuple(batch)[1:]
    return None if given is None else _checked(given)


def _checked(shape: Any) -> Shape:
    if not isinstance(shape, (tuple, list)):
        sentence = _("A shape is a tuple such as (10,), not {found}.")
        raise ValueError(sentence.format(found=repr(shape)))
    for dim in shape:
        if isinstance(dim, bool) or not hasattr(dim, "__index__") or dim < 1:
            sentence = _("The shape {shape} must hold whole numbers from 1 on; open dimensions are not supported.")
            raise ValueError(sentence.format(shape=tuple(shape)))
    return tuple(int(dim) for dim in shape)


def _check_dtype(name: str, dtype: Any) -> None:
    if dtype is not None and str(dtype) != config.floatx():
        sentence = _("{name} cannot have a dtype of its own; netviz.keras.config.set_floatx sets that of all.")
        raise Unsupported(sentence.format(name=name))


class InputLayer(Layer):
    """The shape of one row; it computes nothing."""

    def __init__(self, shape: Any = None, **more: Any) -> None:
        """shape: of a row, without the batch."""
        if shape is not None:
            more["input_shape"] = shape
        super().__init__(None, more)
        if self.first_shape is None:
            raise ValueError(_("Input needs a shape, such as Input((10,))."))


def Input(shape: Any = None, **more: Any) -> InputLayer:
    """What stands first in a Sequential: the shape of one row."""
    return InputLayer(shape, **more)


class Plain(Layer):
    """A layer of the engine that Keras has no name for here."""


# ------------------------------------------------------------------------------------------- to and from the engine

F = TypeVar("F", bound=type[Layer])

_FACES: dict[type[engine.Layer], Callable[..., Layer]] = {}


def face(kind: type[engine.Layer]) -> Callable[[F], F]:
    """Class decorator: this is Keras' face of that layer of the engine; its arguments have the names of the fields."""

    def add(made: F) -> F:
        _FACES[kind] = made
        return made

    return add


def of(value: engine.Layer) -> Layer:
    """The layer under Keras' name for one of the engine's, as an opened project holds it."""
    more = {"name": value.name} if value.name else {}
    made = _FACES.get(type(value))
    if made is None:
        return Plain(value, more)
    return made(**{name: getattr(value, name) for name in fields_of(type(value)) if name != "name"}, **more)


def settings(kind: type[engine.Layer], more: Mapping[str, Any], **given: Any) -> Any:
    """The engine's layer for Keras' arguments: names and objects of Keras' families become the engine's values."""
    fields = fields_of(kind)
    values = {name: _converted(fields[name], found) for name, found in given.items()}
    return kind(**values, name=more.get("name") or "")


def function(identifier: Any) -> Activation:
    """The engine's activation; Keras also takes a layer for one: Dense(4, activation=LeakyReLU())."""
    return activations.value_of(identifier.function or identifier if isinstance(identifier, Layer) else identifier)


_FAMILIES: dict[Any, Callable[[Any], Any]] = {
    Activation: function, Initializer: initializers.value_of, Regularizer: regularizers.value_of,
}  # fmt: skip


def _converted(annotation: Any, given: Any) -> Any:
    for kind in (annotation, *get_args(annotation)):
        if kind in _FAMILIES:
            return _FAMILIES[kind](given)
    return given


# ---------------------------------------------------------------------------------------- what no layer has of its own


def unseeded(owner: str, seed: Any) -> None:
    """Unsupported for a seed of a layer's own: the model's seed draws for all."""
    refuse(owner, {"seed": seed}, {"seed": None})


def channels_last(owner: str, data_format: Any) -> None:
    """Unsupported for another order than channels_last, which is Keras' default."""
    refuse(owner, {"data_format": None if data_format == "channels_last" else data_format}, NEUTRAL)

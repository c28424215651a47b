"""What a layer is: settings only. The numbers live in Parameters, what a pass remembers lives in its Memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self

from netviz.arrays import Array, Shape
from netviz.codec import Checked, Title
from netviz.engine.initializers import Initializer
from netviz.engine.regularizers import Regularizer
from netviz.engine.workspace import Context
from netviz.i18n import N_
from netviz.registry import Registry

layers: Registry[Layer] = Registry("layer")

# The groups in which layers are offered, in that order; groups that others add follow.
CORE, IMAGE, SEQUENCE = N_("Core"), N_("Image"), N_("Sequence")
NORMALIZATION, REGULARIZATION = N_("Normalization"), N_("Regularization")
SHAPE, AUGMENTATION, ACTIVATIONS, OTHER = N_("Shape"), N_("Augmentation"), N_("Activations"), N_("Other layers")
GROUPS = (CORE, IMAGE, SEQUENCE, NORMALIZATION, REGULARIZATION, SHAPE, AUGMENTATION, ACTIVATIONS)

Memory = Mapping[str, Any]  # arrays by name; those of a layer inside a layer in a mapping of their own
Weights = Mapping[str, Any]


class LayerProblem(ValueError):
    """A layer that cannot stand where it stands; the sentence says why and what to do.

    form: the shape to bring the rows to, where Reshape before the layer would do.
    """

    def __init__(self, sentence: str, form: Shape | None = None) -> None:
        """Keep the sentence and the form."""
        super().__init__(sentence)
        self.form = form


@dataclass(frozen=True)
class Weight:
    """One array of a layer: its name and shape, how it begins, what penalizes it, whether training changes it.

    The name of a weight of a layer inside a layer is a path, such as "0/kernel". What is not trainable is state: the
    layer itself says what becomes of it (`Layer.new_state`).
    """

    name: str
    shape: Shape
    initializer: Initializer
    regularizer: Regularizer | None = None
    trainable: bool = True


@dataclass(frozen=True)
class Layer(Checked, ABC):
    """A function of a batch, with a derivative. Shapes in its methods leave out the rows, arrays have them.

    group: where the layer is offered.
    """

    family: ClassVar = layers
    group: ClassVar[str] = OTHER

    name: Annotated[str, Title(N_("Name"))] = field(default="", kw_only=True)

    @classmethod
    def suited(cls, input_shape: Shape) -> Self:
        """One with settings that suit rows of a shape, to begin with; here the defaults."""
        return cls()

    @abstractmethod
    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of one row's output; LayerProblem when the input does not fit."""

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        """The layer's arrays, in Keras' order."""
        return ()

    def stages(self) -> tuple[Layer, ...]:
        """The parts that the network runs one after another; a layer with an activation has two."""
        return (self,)

    @property
    def inside(self) -> Mapping[str, Layer]:
        """The layers inside this one, by the name that begins the paths of their weights, their memory and context."""
        return {}

    @property
    def makes_mask(self) -> bool:
        """Whether forward notes in `context.made_mask` which steps of its output are padding."""
        return False

    @property
    def passes_mask(self) -> bool:
        """Whether padding below is still padding above this layer (Keras' supports_masking and compute_mask)."""
        return False

    @property
    def has_state(self) -> bool:
        """Whether `new_state` has anything to say."""
        return False

    def new_state(self, memory: Memory) -> Mapping[str, Array]:
        """What the weights that are not trainable become after an update in training, by name."""
        return {}

    @abstractmethod
    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        """(rows, *input_shape) -> (rows, *output_shape), and what backward needs, by name. x is left as it is."""

    @abstractmethod
    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        """∂L/∂x from dy = ∂L/∂y; writes ∂L/∂w into `grads`, which has the form of `params`.

        Where nobody needs ∂L/∂x (`context.first`), dy itself may be returned.
        """


class Elementwise(Layer):
    """A layer whose output has the shape of its input, number for number; padding below is padding above."""

    @property
    def passes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

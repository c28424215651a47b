"""What an optimizer is: a function on vectors, from a gradient to an update, in Keras' form.

Its slots (Adam's m and v) have the form of the weights and are brought up to date in place; what it writes into `out`,
Δw, is added to the weights by the engine. `t` counts the updates since the slots were made, from 1.
Defaults and the place of ε are Keras': https://keras.io/api/optimizers
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np

from netviz.arrays import Array
from netviz.codec import Checked, Fraction, InvalidValue, Range, Rate, Title
from netviz.engine.optimizers.line import Line, line
from netviz.engine.parameters import Window
from netviz.i18n import N_, _
from netviz.registry import Registry

optimizers: Registry[Optimizer] = Registry("optimizer")

Slots = Mapping[str, Array]
Momentum = Annotated[Fraction, Title(N_("Momentum μ"))]
MomentumDecay = Annotated[Fraction, Title(N_("Decay of momentum β₁"))]
SquaresDecay = Annotated[Fraction, Title(N_("Decay of squares β₂"))]
Share = Annotated[float, Range(low=0, high=1)]
Decay = Annotated[Annotated[float, Range(low=0, high=1, log=True)] | None, Title(N_("Weight decay λ"))]
Limit = Annotated[float, Range(above=0, log=True)]

AVERAGE = "average"  # the slot of the weights' moving average


class Objective(ABC):
    """The loss of the batch at hand, for optimizers that look at it at other weights."""

    @abstractmethod
    def here(self) -> float:
        """The loss at the weights as they are."""

    @abstractmethod
    def at(self, w: Array) -> tuple[float, Array]:
        """Loss and gradient at weights w, (count,) each; the gradient is valid until the next call."""


class Piece(NamedTuple):
    """What an optimizer works on: every vector of the trainable numbers, or the same stretch of each, shape (count,).

    w: weights, g: gradient, to be left as they are. slots: to be brought up to date. out: for Δw. spare: to be written
    over. windows: where each array lies in w. An elementwise optimizer is given neither windows nor an objective.
    One that treats arrays by themselves is given one after the other, and a spare that may be shorter.
    """

    w: Array
    g: Array
    slots: Slots
    out: Array
    spare: Array
    windows: tuple[Window, ...] = ()
    objective: Objective | None = None


@dataclass(frozen=True)
class Optimizer(Checked, ABC):
    """A rule that turns gradients into updates.

    With use_ema the slot "average" follows the weights: a ← μ·a + (1 − μ)·w after every update, μ = ema_momentum, and
    a = w after the first. Every ema_overwrite_frequency updates the average takes the weights' place; without it training
    goes on undisturbed, `Frame.averaged` gives the average to be drawn, judged and kept, and the history judges it at
    every epoch's end in columns that begin with `val_ema_`. Polyak and Juditsky, 1992; Keras' base Optimizer.
    """

    family: ClassVar = optimizers
    elementwise: ClassVar[bool] = True  # each number is treated by itself, so any stretch of the vectors may be given
    by_array: ClassVar[bool] = False  # each array is treated by itself, so one after the other may be given
    full_batch: ClassVar[bool] = False  # it makes sense only with all rows in one batch
    reads_weights: ClassVar[bool] = False  # Δw depends on w, so weight decay must come before
    recalls: ClassVar[bool] = False  # Δw can be had again from the gradient and the slots as they are after the update

    learning_rate: Rate = 0.001
    use_ema: Annotated[bool, Title(N_("Average the weights"))] = field(default=False, kw_only=True)
    ema_momentum: Annotated[Share, Title(N_("Momentum of the average μ"))] = field(default=0.99, kw_only=True)
    ema_overwrite_frequency: Annotated[
        Annotated[int, Range(low=1, high=1_000_000_000, log=True)] | None, Title(N_("Use the average every"))
    ] = field(default=None, kw_only=True)

    @property
    def remembers(self) -> tuple[str, ...]:
        """The vectors that the rule needs from update to update."""
        return ()

    @property
    def slot_names(self) -> tuple[str, ...]:
        """All vectors that are kept from update to update."""
        return (*self.remembers, *[AVERAGE] * self.use_ema)

    def first(self, slot: str) -> float:
        """The number that a slot begins at; the average begins at the weights."""
        return 0.0

    @property
    def decay(self) -> float:
        """λ: each weight shrinks by η·λ·w before the update."""
        return 0.0

    @property
    def clips(self) -> bool:
        """Whether the gradient is clipped."""
        return False

    @property
    def limit(self) -> float | None:
        """Each number of the gradient is brought between −limit and limit."""
        return None

    def shrinkage(self, norms: Array) -> Array | None:
        """What the gradient of each array is multiplied by, from the norm of each, (arrays,); None: by 1."""
        return None

    @abstractmethod
    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        """Bring the slots up to date and write Δw into `piece.out`."""

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        """What `update` computes, line by line, from what it begins with; the last line is Δw.

        piece: w, g and slots as they are before the update, float64, nothing of them is changed; out is Δw as it was
        made. Weight decay and clipping are not the rule's, and not here. An optimizer that does not say gives Δw alone.
        """
        slots = {name: slot.copy() for name, slot in piece.slots.items()}
        own = piece._replace(slots=slots, out=np.empty_like(piece.out), spare=np.empty_like(piece.out))
        self.update(own, t, learning_rate)
        return (line(r"\Delta w", r"f(g)", (("f(g)", own.out),), sentence=_("What the rule makes of the gradient.")),)

    def recall(self, piece: Piece, t: int, learning_rate: float) -> None:
        """Write the Δw of the update just made into `piece.out` once more, bit for bit; no slot changes."""
        raise NotImplementedError(f"{type(self).__name__} does not recall its updates")


@dataclass(frozen=True)
class FirstOrder(Optimizer):
    """An optimizer that needs one gradient for an update, with what Keras has for all of them.

    weight_decay λ: w ← w − η·λ·w before the update, biases too. clipnorm c: each array's gradient g·c/max(‖g‖, c).
    global_clipnorm: the same with ‖g‖ of all arrays together. clipvalue c: each number of g between −c and c. At most
    one of the three may be set.
    """

    weight_decay: Decay = field(default=None, kw_only=True)
    clipnorm: Annotated[Limit | None, Title(N_("Clip each array's norm at"))] = field(default=None, kw_only=True)
    global_clipnorm: Annotated[Limit | None, Title(N_("Clip the whole norm at"))] = field(default=None, kw_only=True)
    clipvalue: Annotated[Limit | None, Title(N_("Clip each number at"))] = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        limits = (self.clipnorm, self.global_clipnorm, self.clipvalue)
        if sum(limit is not None for limit in limits) > 1:
            sentence = _("{name} clips in one way at a time: set only one of clipnorm, global_clipnorm and clipvalue.")
            raise InvalidValue(sentence.format(name=type(self).__name__))

    @property
    def decay(self) -> float:
        return self.weight_decay or 0.0

    @property
    def clips(self) -> bool:
        return (self.clipnorm or self.global_clipnorm or self.clipvalue) is not None

    @property
    def limit(self) -> float | None:
        return self.clipvalue

    def shrinkage(self, norms: Array) -> Array | None:
        if self.global_clipnorm is not None:
            return np.full_like(norms, self.global_clipnorm / max(float(np.linalg.norm(norms)), self.global_clipnorm))
        return None if self.clipnorm is None else self.clipnorm / np.maximum(norms, self.clipnorm)


@lru_cache(maxsize=256)
def scalars(dtype: np.dtype[Any], *numbers: float) -> tuple[Array, ...]:
    """Numbers as arrays: NumPy converts a Python number anew at every call, which costs half of a short pass."""
    made = tuple(np.array(number, dtype) for number in numbers)
    for array in made:
        array.setflags(write=False)
    return made

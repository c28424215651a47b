"""Learning-rate schedules: pure functions of the base rate, the number of updates made, and the history.

The base rate is the optimizer's learning_rate, so a schedule here says only how it changes. Formulas are those of
https://keras.io/api/optimizers/learning_rate_schedules with initial_learning_rate as the base rate.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from netviz.codec import Amount, Checked, InvalidValue, Range, Title
from netviz.i18n import N_, _
from netviz.registry import Registry

if TYPE_CHECKING:
    from netviz.engine.history import History

schedules: Registry[Schedule] = Registry("schedule")

Steps = Annotated[int, Range(low=1, high=1_000_000_000, log=True, title=N_("Updates to decay"))]


@dataclass(frozen=True)
class Schedule(Checked, ABC):
    """A rule for the learning rate of the next update."""

    family: ClassVar = schedules

    @abstractmethod
    def rate(self, base: float, step: int, history: History | None = None) -> float:
        """The learning rate after `step` updates, for a base rate."""


@schedules.register("constant", title=N_("Constant"))
@dataclass(frozen=True)
class Constant(Schedule):
    """η = base."""

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        return base


@schedules.register("exponential_decay", title=N_("Exponential decay"))
@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    """η = base·decay_rate^(step/decay_steps); with staircase the exponent is rounded down."""

    decay_steps: Steps = 1000
    decay_rate: Annotated[float, Range(above=0, high=10, title=N_("Decay rate"))] = 0.96
    staircase: Annotated[bool, Title(N_("In steps"))] = False

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        p = step / self.decay_steps
        return float(base * self.decay_rate ** (math.floor(p) if self.staircase else p))


@schedules.register("inverse_time_decay", title=N_("Inverse time decay"))
@dataclass(frozen=True)
class InverseTimeDecay(Schedule):
    """η = base/(1 + decay_rate·step/decay_steps); with staircase the quotient is rounded down."""

    decay_steps: Steps = 1000
    decay_rate: Amount = 0.5
    staircase: bool = False

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        p = step / self.decay_steps
        return base / (1 + self.decay_rate * (math.floor(p) if self.staircase else p))


@schedules.register("polynomial_decay", title=N_("Polynomial decay"))
@dataclass(frozen=True)
class PolynomialDecay(Schedule):
    """η = (base − end)·(1 − step/decay_steps)^power + end; with cycle decay_steps grows to its next multiple."""

    decay_steps: Steps = 1000
    end_learning_rate: Annotated[Amount, Title(N_("Last learning rate"))] = 0.0001
    power: Annotated[float, Range(above=0, high=100, title=N_("Power"))] = 1.0
    cycle: Annotated[bool, Title(N_("Begin again"))] = False

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        steps = self.decay_steps * (max(1, math.ceil(step / self.decay_steps)) if self.cycle else 1)
        p = min(step, steps) / steps
        return float((base - self.end_learning_rate) * (1 - p) ** self.power + self.end_learning_rate)


@schedules.register("cosine_decay", title=N_("Cosine decay"))
@dataclass(frozen=True)
class CosineDecay(Schedule):
    """η = base·((1 − α)·(1 + cos(π·p))/2 + α), p = step/decay_steps, at most 1. Loshchilov and Hutter, 2017.

    With warmup_steps the rate first rises in a straight line from base to warmup_target, and decays from there.
    """

    decay_steps: Steps = 1000
    alpha: Annotated[float, Range(low=0, high=1, unit="%", title=N_("Last rate α"))] = 0.0
    warmup_target: Annotated[
        Annotated[float, Range(above=0, high=1000, log=True)] | None, Title(N_("Warm up to"))
    ] = None
    warmup_steps: Annotated[int, Range(low=0, high=1_000_000_000, title=N_("Updates to warm up"))] = 0

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        top = base
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return base + (self.warmup_target - base) * step / self.warmup_steps
            top, step = self.warmup_target, step - self.warmup_steps
        p = min(step, self.decay_steps) / self.decay_steps
        return top * ((1 - self.alpha) * (1 + math.cos(math.pi * p)) / 2 + self.alpha)


@schedules.register("piecewise_constant_decay", title=N_("Piecewise constant"))
@dataclass(frozen=True)
class PiecewiseConstantDecay(Schedule):
    """η = base·factors[i] while step ≤ boundaries[i], after the last boundary base·factors[-1]."""

    boundaries: Annotated[tuple[Annotated[int, Range(low=0)], ...], Title(N_("After updates"))] = (1000,)
    factors: Annotated[tuple[Annotated[float, Range(low=0, high=1e6)], ...], Title(N_("Times the rate"))] = (1.0, 0.1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.factors) != len(self.boundaries) + 1 or list(self.boundaries) != sorted(self.boundaries):
            sentence = _("PiecewiseConstantDecay needs rising boundaries and one factor more than boundaries.")
            raise InvalidValue(sentence)

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        return base * self.factors[bisect_left(self.boundaries, step)]

"""Rates that only fall, step by step or smoothly: constant, in steps, exponential, inverse time, polynomial."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from netviz.codec import Amount, InvalidValue, Range, Title
from netviz.engine.schedules.schedule import Schedule, Stairs, Steps, schedules
from netviz.i18n import N_, _

if TYPE_CHECKING:
    from netviz.engine.history import History


@schedules.register("constant", title=N_("Constant"))
@dataclass(frozen=True)
class Constant(Schedule):
    """η = base."""

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        return base


@schedules.register("step_decay", title=N_("Step decay"))
@dataclass(frozen=True)
class StepDecay(Schedule):
    """η = base·factor^⌊step/decay_steps⌋: times a factor every so many updates. PyTorch's StepLR."""

    decay_steps: Steps = 1000
    factor: Annotated[float, Range(above=0, high=10, title=N_("Times the rate"))] = 0.5

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        return float(base * self.factor ** (step // self.decay_steps))


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


@schedules.register("exponential_decay", title=N_("Exponential decay"))
@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    """η = base·decay_rate^(step/decay_steps); with staircase the exponent is rounded down."""

    decay_steps: Steps = 1000
    decay_rate: Annotated[float, Range(above=0, high=10, title=N_("Decay rate"))] = 0.96
    staircase: Stairs = False

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        p = step / self.decay_steps
        return float(base * self.decay_rate ** (math.floor(p) if self.staircase else p))


@schedules.register("inverse_time_decay", title=N_("Inverse time decay"))
@dataclass(frozen=True)
class InverseTimeDecay(Schedule):
    """η = base/(1 + decay_rate·step/decay_steps); with staircase the quotient is rounded down."""

    decay_steps: Steps = 1000
    decay_rate: Annotated[Amount, Title(N_("Decay rate"))] = 0.5
    staircase: Stairs = False

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

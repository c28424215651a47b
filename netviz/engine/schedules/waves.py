"""Rates that follow half waves of a cosine: cosine decay, with restarts, and one cycle up and down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from netviz.codec import Range, Title
from netviz.engine.schedules.schedule import LastShare, Schedule, Steps, WarmUpSteps, schedules
from netviz.i18n import N_

if TYPE_CHECKING:
    from netviz.engine.history import History


@schedules.register("cosine_decay", title=N_("Cosine decay"))
@dataclass(frozen=True)
class CosineDecay(Schedule):
    """η = base·((1 − α)·(1 + cos(π·p))/2 + α), p = step/decay_steps, at most 1. Loshchilov and Hutter, 2017.

    With warmup_steps the rate first rises in a straight line from base to warmup_target, and decays from there.
    """

    decay_steps: Steps = 1000
    alpha: LastShare = 0.0
    warmup_target: Annotated[
        Annotated[float, Range(above=0, high=1000, log=True)] | None, Title(N_("Warm up to"))
    ] = None  # fmt: skip
    warmup_steps: WarmUpSteps = 0

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        top = base
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return base + (self.warmup_target - base) * step / self.warmup_steps
            top, step = self.warmup_target, step - self.warmup_steps
        p = min(step, self.decay_steps) / self.decay_steps
        return top * ((1 - self.alpha) * (1 + math.cos(math.pi * p)) / 2 + self.alpha)


@schedules.register("cosine_decay_restarts", title=N_("Cosine with restarts"))
@dataclass(frozen=True)
class CosineDecayRestarts(Schedule):
    """η = base·((1 − α)·mⁱ·(1 + cos(π·p))/2 + α) in the i-th period, from 0 on; p runs from 0 to 1 in each of them.

    The first period lasts first_decay_steps, each further one t_mul times as long as the one before; m is m_mul.
    Loshchilov and Hutter, 2017.
    """

    first_decay_steps: Steps = 1000
    t_mul: Annotated[float, Range(low=1, high=100, title=N_("Each period longer by"))] = 2.0
    m_mul: Annotated[float, Range(low=0, high=10, title=N_("Each period's rate times"))] = 1.0
    alpha: LastShare = 0.0

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        i, p = self._period(step / self.first_decay_steps)
        wave = self.m_mul**i * (1 + math.cos(math.pi * p)) / 2
        return base * ((1 - self.alpha) * wave + self.alpha)

    def _period(self, p: float) -> tuple[int, float]:
        """(which period, how much of it is over) after p first periods."""
        if self.t_mul == 1:
            return math.floor(p), p - math.floor(p)
        i = math.floor(math.log(1 - p * (1 - self.t_mul)) / math.log(self.t_mul))
        i += self._begin(i + 1) <= p  # where the logarithm falls short of a whole number
        return i, (p - self._begin(i)) / self.t_mul**i

    def _begin(self, i: int) -> float:
        """How many first periods lie before the i-th: 1 + t + t² + …"""
        return (1 - self.t_mul**i) / (1 - self.t_mul)


@schedules.register("one_cycle", title=N_("One cycle"))
@dataclass(frozen=True)
class OneCycle(Schedule):
    """From base/div_factor up to base, then down to base/div_factor/final_div_factor, within total_steps updates.

    The rise takes pct_start of them. Each way is half a cosine wave, a + (b − a)·(1 − cos(π·p))/2, or a straight line. With
    three_phase the fall takes as long as the rise, and a third way leads on to the last rate. base is PyTorch's max_lr.
    Smith and Topin, 2018; numbers as PyTorch's OneCycleLR.
    """

    total_steps: Annotated[Steps, Range(low=1, high=1_000_000_000, log=True, title=N_("Updates of the cycle"))] = 1000
    pct_start: Annotated[float, Range(low=0, high=1, unit="%", title=N_("Share of the rise"))] = 0.3
    anneal_strategy: Annotated[Literal["cos", "linear"], Title(N_("Shape"))] = "cos"
    div_factor: Annotated[float, Range(low=1, high=1e9, log=True, title=N_("First rate is the base by"))] = 25.0
    final_div_factor: Annotated[float, Range(low=1, high=1e12, log=True, title=N_("Last rate is the first by"))] = 1e4
    three_phase: Annotated[bool, Title(N_("Third phase"))] = False

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        low, last = base / self.div_factor, self.total_steps - 1
        lowest, top = low / self.final_div_factor, self.pct_start * self.total_steps - 1
        step = min(step, last)
        if step <= top:
            return self._between(low, base, _part(step, 0, top))
        if not self.three_phase:
            return self._between(base, lowest, _part(step, top, last))
        if step <= 2 * top:
            return self._between(base, low, _part(step, top, 2 * top))
        return self._between(low, lowest, _part(step, 2 * top, last))

    def _between(self, a: float, b: float, p: float) -> float:
        """From a to b."""
        return a + (b - a) * (p if self.anneal_strategy == "linear" else (1 - math.cos(math.pi * p)) / 2)


def _part(step: int, begin: float, end: float) -> float:
    return (step - begin) / (end - begin) if end > begin else 1.0

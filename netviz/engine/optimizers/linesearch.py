"""How far to go along a direction: a step that lowers the loss enough and, under Wolfe's second condition, flattens it.

φ(α) = L(w + α·d). Sufficient decrease: φ(α) ≤ φ(0) + c₁·α·φ'(0); curvature: |φ'(α)| ≤ c₂·|φ'(0)|, with c₁ = 1e-4, c₂ = 0.9.
Close to a minimum a decrease drowns in rounding; the slope then decides alone: φ'(α) ≤ (2·c₁ − 1)·φ'(0).
Nocedal and Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6; Hager and Zhang, 2005, for the last rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from netviz.arrays import Array

_C1, _C2 = 1e-4, 0.9
_FARTHEST = 10.0  # how many times as far the next trial may lie
_MARGIN = 0.1  # how near to an end of its bracket a trial may lie, as a share of it


@dataclass(frozen=True)
class Trial:
    """A point on the line: step α, loss φ(α), slope φ'(α), and the gradient there."""

    step: float
    loss: float
    slope: float
    gradient: Array

    @property
    def finite(self) -> bool:
        """Whether loss and slope are numbers at all."""
        return math.isfinite(self.loss) and math.isfinite(self.slope)


Along = Callable[[float], Trial]


@dataclass
class Search:
    """One search from a point downhill. rounding: how much of the loss is noise; trials: how many are left."""

    along: Along
    start: Trial
    rounding: float
    trials: int

    def armijo(self, step: float) -> Trial | None:
        """The first step of ever smaller ones that lowers the loss enough; None where none does."""
        while self.trials:
            trial = self._try(step)
            if self._decreases(trial):
                return trial
            step = self._between(self.start, trial)
        return None

    def strong_wolfe(self, step: float) -> Trial | None:
        """A step that fulfils both conditions, or the lowest found; None where nothing lowers the loss."""
        before = self.start
        while self.trials:
            trial = self._try(step)
            if not self._decreases(trial) or trial.loss > before.loss + self.rounding:
                return self._within(before, trial)
            if self._is_flat(trial):
                return trial
            if trial.slope >= 0:
                return self._within(trial, before)
            step = min(max(_cubic(before, trial), 2 * trial.step), _FARTHEST * trial.step)
            before = trial
        return self._found(before)

    def _within(self, low: Trial, high: Trial) -> Trial | None:
        """Narrow a bracket that holds a step wanted; `low` is the best end so far."""
        while self.trials and abs(high.step - low.step) > 1e-12 * max(low.step, high.step):
            trial = self._try(self._between(low, high))
            if not self._decreases(trial) or trial.loss > low.loss + self.rounding:
                high = trial
                continue
            if self._is_flat(trial):
                return trial
            if trial.slope * (high.step - low.step) >= 0:
                high = low
            low = trial
        return self._found(low)

    def _try(self, step: float) -> Trial:
        self.trials -= 1
        return self.along(step)

    def _found(self, trial: Trial) -> Trial | None:
        return None if trial is self.start else trial

    def _decreases(self, trial: Trial) -> bool:
        start = self.start
        if not trial.finite:
            return False
        if trial.loss <= start.loss + _C1 * trial.step * start.slope:
            return True
        return trial.loss <= start.loss + self.rounding and trial.slope <= (2 * _C1 - 1) * start.slope

    def _is_flat(self, trial: Trial) -> bool:
        return abs(trial.slope) <= _C2 * abs(self.start.slope)

    def _between(self, low: Trial, high: Trial) -> float:
        """Where a cubic through both ends is lowest, kept away from them."""
        width = high.step - low.step
        share = (_cubic(low, high) - low.step) / width if high.finite else 0.0
        return low.step + width * min(max(share, _MARGIN), 1 - _MARGIN)


def _cubic(a: Trial, b: Trial) -> float:
    """Where the cubic with the losses and slopes of two finite trials is lowest; halfway where that is nowhere."""
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.step - b.step)
    under = d1 * d1 - a.slope * b.slope
    if not under >= 0:
        return (a.step + b.step) / 2
    d2 = math.copysign(math.sqrt(under), b.step - a.step)
    denominator = b.slope - a.slope + 2 * d2
    if denominator == 0:
        return (a.step + b.step) / 2
    return b.step - (b.step - a.step) * (b.slope + d2 - d1) / denominator

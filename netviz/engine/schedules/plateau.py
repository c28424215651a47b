"""A rate that falls when a number no longer improves.

It is read from the history alone, so that a replay falls where the first run did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from netviz.arrays import Array
from netviz.codec import Amount, Range, Title
from netviz.engine.schedules.schedule import Schedule, schedules
from netviz.engine.stopping import EarlyStopping, Epochs
from netviz.i18n import N_

if TYPE_CHECKING:
    from netviz.engine.history import History


@schedules.register("reduce_on_plateau", title=N_("Reduce on plateau"))
@dataclass(frozen=True)
class ReduceOnPlateau(Schedule):
    """η ← max(η·factor, min_lr), from base on, when `monitor` has not improved by min_delta for `patience` epochs.

    During `cooldown` epochs after that nobody waits. Epochs in which the number was not taken do not count. As Keras'
    callback: https://keras.io/api/callbacks/reduce_lr_on_plateau
    """

    monitor: Annotated[str, Title(N_("Watch"))] = "val_loss"
    factor: Annotated[float, Range(low=0, below=1, title=N_("Times the rate"))] = 0.1
    patience: Annotated[Epochs, Title(N_("Patience"))] = 10
    mode: Annotated[Literal["auto", "min", "max"], Title(N_("Better is"))] = "auto"
    min_delta: Annotated[Amount, Title(N_("Smallest gain"))] = 1e-4
    cooldown: Annotated[Epochs, Title(N_("Rest after it"))] = 0
    min_lr: Annotated[Amount, Title(N_("Least learning rate"))] = 0.0

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        values = None if history is None else history.epochs.get(self.monitor)
        if values is None or not len(values):
            return base
        known = _newest.get(self)
        if known is None or known[0] is not values or known[1] != base:
            known = (values, base, self._reduced(base, values))
            if len(_newest) >= _KEPT:
                _newest.clear()
            _newest[self] = known
        return known[2]

    def _reduced(self, rate: float, values: Array) -> float:
        judge = EarlyStopping(self.monitor, self.min_delta, mode=self.mode)
        best, wait, resting = math.nan, 0, 0
        for value in values[~np.isnan(values)].tolist():
            if resting:
                resting, wait = resting - 1, 0
            if judge.improves(value, best):
                best, wait = value, 0
            elif not resting:
                wait += 1
                if wait >= self.patience and rate > self.min_lr:
                    rate, wait, resting = max(rate * self.factor, self.min_lr), 0, self.cooldown
        return rate


# Every update asks, and the answer changes with the epoch; a column is a new array then. (column, base, rate)
_newest: dict[ReduceOnPlateau, tuple[Array, float, float]] = {}
_KEPT = 8

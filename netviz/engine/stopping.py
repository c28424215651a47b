"""When training ends by itself, judged from the history alone, so that a replay ends where the first run did.

Early stopping is Keras': https://keras.io/api/callbacks/early_stopping. What came before the last time training
stopped by it does not count, so that whoever presses Run again gets a fresh start.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from netviz.codec import Amount, Checked, Range, Title
from netviz.engine.history import History
from netviz.i18n import N_

Epochs = Annotated[int, Range(low=0, high=1_000_000_000, unit=N_("epochs"))]


@dataclass(frozen=True)
class EarlyStopping(Checked):
    """Stop when `monitor` has not improved by more than min_delta for `patience` epochs."""

    monitor: Annotated[str, Title(N_("Watch"))] = "val_loss"
    min_delta: Annotated[Amount, Title(N_("Smallest gain"))] = 0.0
    patience: Annotated[Epochs, Title(N_("Patience"))] = 0
    mode: Annotated[Literal["auto", "min", "max"], Title(N_("Better is"))] = "auto"
    baseline: Annotated[float | None, Title(N_("Baseline"))] = None
    restore_best_weights: Annotated[bool, Title(N_("Restore the best weights"))] = False
    start_from_epoch: Annotated[Epochs, Title(N_("Not before"))] = 0

    def improves(self, value: float, best: float) -> bool:
        """Whether a value is better than another by more than min_delta; anything is better than NaN."""
        if math.isnan(best):
            return not math.isnan(value)
        rising = self.mode == "max" or self.mode == "auto" and not self.monitor.endswith(_FALLING)
        return value - self.min_delta > best if rising else value + self.min_delta < best

    def verdict(self, history: History, row: Mapping[str, float]) -> Verdict:
        """Judge the epoch whose row is about to be written, by the rows before it."""
        value = row.get(self.monitor, math.nan)
        epoch = history.epoch_count
        begin, best_epoch, wait = _so_far(history)
        if epoch < begin + self.start_from_epoch:
            return Verdict(stop=False, improved=False, begin=begin, best_epoch=best_epoch, wait=wait)
        best = math.nan if best_epoch is None else float(history.epochs[self.monitor][best_epoch])
        if best_epoch is None or self.improves(value, best):
            beaten = self.baseline is None or self.improves(value, self.baseline)
            return Verdict(stop=False, improved=True, begin=begin, best_epoch=epoch, wait=0 if beaten else wait + 1)
        stop = wait + 1 >= self.patience and epoch > begin
        return Verdict(stop=stop, improved=False, begin=begin, best_epoch=best_epoch, wait=wait + 1)


@dataclass(frozen=True)
class Verdict:
    """Whether to stop after an epoch; the best epoch (None before there is one), and epochs waited since."""

    stop: bool
    improved: bool
    begin: int
    best_epoch: int | None
    wait: int

    def row(self) -> dict[str, float]:
        """The same as columns of the history."""
        best = math.nan if self.best_epoch is None else self.best_epoch
        return {"stopped": float(self.stop), "watch_from": self.begin, "best_epoch": best, "wait": self.wait}


def _so_far(history: History) -> tuple[int, int | None, int]:
    """(first epoch that counts, best epoch so far, epochs waited)."""
    newest = {name: history.last(name) for name in ("stopped", "watch_from", "best_epoch", "wait")}
    if math.isnan(newest["stopped"]) or newest["stopped"]:
        return history.epoch_count, None, 0
    best = newest["best_epoch"]
    return int(newest["watch_from"]), None if math.isnan(best) else int(best), int(newest["wait"])


_FALLING = ("loss", "error", "mae", "mse")

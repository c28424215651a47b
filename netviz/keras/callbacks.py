"""What may look on and take part at the epochs' ends. Source: https://keras.io/api/callbacks

Early stopping is the engine's own. The hooks are on_train_begin, on_train_end, on_epoch_begin and on_epoch_end.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netviz.arrays import Array
from netviz.engine import stopping
from netviz.engine.history import History as Columns
from netviz.i18n import _
from netviz.keras.arguments import Unsupported

if TYPE_CHECKING:
    from netviz.keras.models import Sequential
    from netviz.keras.optimizers import Optimizer

Logs = Mapping[str, float] | None

_OTHER_HOOKS = tuple(
    f"on_{what}_{when}"
    for what in ("train_batch", "test_batch", "predict_batch", "batch", "test", "predict")
    for when in ("begin", "end")
)


class Callback:
    """Something that is told of a fit's course. It may set `model.stop_training` and the learning rate."""

    def __init__(self) -> None:
        """Belongs to no model yet."""
        self.params: dict[str, Any] = {}
        self._model: Sequential | None = None

    @property
    def model(self) -> Sequential:
        """The model that is being trained."""
        if getattr(self, "_model", None) is None:
            raise ValueError(_("{name} is not part of a fit yet.").format(name=type(self).__name__))
        assert self._model is not None
        return self._model

    def set_model(self, model: Sequential) -> None:
        """Called by fit."""
        self._model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called by fit with verbose, epochs and steps."""
        self.params = params

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before an epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an epoch and its validation; logs: the values that the history gets."""


class History(Callback):
    """What fit returns: `history` has a list for each value, `epoch` the epochs' numbers."""

    def __init__(self) -> None:
        """Empty."""
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class EarlyStopping(Callback):
    """Stop when `monitor` has not improved for `patience` epochs; the engine judges.

    With restore_best_weights fit ends with the best epoch's weights, also where it ran to its last epoch.
    """

    def __init__(
        self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0, mode: str = "auto",
        baseline: float | None = None, restore_best_weights: bool = False, start_from_epoch: int = 0,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise ValueError(_("EarlyStopping's mode is auto, min or max, not {mode}.").format(mode=repr(mode)))
        self.monitor, self.min_delta, self.patience, self.verbose = monitor, abs(min_delta), patience, verbose
        self.mode, self.baseline, self.start_from_epoch = mode, baseline, start_from_epoch
        self.restore_best_weights = restore_best_weights
        self._forget()

    def _forget(self) -> None:
        self.wait, self.stopped_epoch, self.best_epoch = 0, 0, 0
        self.best: float | None = None
        self.best_weights: list[Array] | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self._forget()

    def settings(self, column: str, rising: bool, initial_epoch: int) -> stopping.EarlyStopping:
        """The engine's early stopping. column: the monitored value's name in the engine; rising: larger is better."""
        mode = self.mode if self.mode != "auto" else "max" if rising else "min"
        return stopping.EarlyStopping(
            column, float(self.min_delta), self.patience, "max" if mode == "max" else "min", self.baseline,
            self.restore_best_weights, max(0, self.start_from_epoch - initial_epoch),
        )  # fmt: skip

    def note(self, column: str, history: Columns, initial_epoch: int) -> None:
        """Keep what the engine has judged of the newest epoch, in Keras' attributes."""
        self.wait = int(history.last("wait"))
        best = history.last("best_epoch")
        if not math.isnan(best):
            self.best_epoch, self.best = initial_epoch + int(best), float(history.epochs[column][int(best)])
        if history.last("stopped"):
            self.stopped_epoch = initial_epoch + history.epoch_count - 1


class ReduceLROnPlateau(Callback):
    """The learning rate becomes factor times itself when `monitor` has not improved by min_delta for `patience` epochs.

    It never falls below min_lr, and during `cooldown` epochs after a fall nobody waits.
    """

    def __init__(
        self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0, mode: str = "auto",
        min_delta: float = 1e-4, cooldown: int = 0, min_lr: float = 0.0,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        super().__init__()
        if factor >= 1:
            raise ValueError(_("ReduceLROnPlateau's factor must be below 1, not {n}.").format(n=factor))
        if mode not in ("auto", "min", "max"):
            raise ValueError(_("ReduceLROnPlateau's mode is auto, min or max, not {mode}.").format(mode=repr(mode)))
        self.monitor, self.factor, self.patience, self.verbose = monitor, factor, patience, verbose
        self.mode, self.min_delta, self.cooldown, self.min_lr = mode, abs(min_delta), cooldown, min_lr
        self.on_train_begin()

    def on_train_begin(self, logs: Logs = None) -> None:
        self.best: float | None = None
        self.wait, self.cooldown_counter = 0, 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        rate = _note_rate(self.model, logs)
        single = {name: found for name, found in (logs or {}).items() if not np.ndim(found)}
        value = single.get(self.monitor)
        if value is None:
            sentence = _("ReduceLROnPlateau watches {monitor}, which is not available; there are: {names}.")
            warnings.warn(sentence.format(monitor=self.monitor, names=", ".join(single)), stacklevel=2)
            return
        if self.cooldown_counter:
            self.cooldown_counter, self.wait = self.cooldown_counter - 1, 0
        if self.best is None or self._improves(value, self.best):
            self.best, self.wait = value, 0
        elif not self.cooldown_counter:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr:
                self._reduce(rate, epoch)

    def _improves(self, value: float, best: float) -> bool:
        rising = self.mode == "max" or self.mode == "auto" and _rises(self.model, self.monitor)
        return value - self.min_delta > best if rising else value + self.min_delta < best

    def _reduce(self, rate: float, epoch: int) -> None:
        rate = max(rate * self.factor, self.min_lr)
        _rated(self.model).learning_rate = rate
        self.wait, self.cooldown_counter = 0, self.cooldown
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {rate}.", flush=True)


class LearningRateScheduler(Callback):
    """Before every epoch the learning rate becomes schedule(epoch, learning rate), or schedule(epoch)."""

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        """Keras' arguments."""
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        optimizer = _rated(self.model)
        try:
            rate = self.schedule(epoch, optimizer.learning_rate)
        except TypeError:  # an old schedule takes the epoch alone
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            sentence = _("The schedule of LearningRateScheduler must return a float, not {found}.")
            raise ValueError(sentence.format(found=repr(rate)[:60]))
        optimizer.learning_rate = float(rate)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.", flush=True)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        _note_rate(self.model, logs)


def _rated(model: Sequential) -> Optimizer:
    assert model.optimizer is not None
    return model.optimizer


def _note_rate(model: Sequential, logs: Logs) -> float:
    """The learning rate, written into the logs as well, so that the history gets it."""
    rate = _rated(model).learning_rate
    if isinstance(logs, dict):
        logs["learning_rate"] = rate
    return rate


def _rises(model: Sequential, monitor: str) -> bool:
    """Whether more is better."""
    name = monitor.removeprefix("val_")
    directions = {"loss": "min"} | {metric.name: metric.values[0].best for metric in model.metric_values}
    if name not in directions:
        sentence = _("Whether {monitor} should rise or fall is not known; give mode='max' or mode='min'.")
        raise ValueError(sentence.format(monitor=monitor))
    return directions[name] == "max"


def checked(given: Any) -> list[Callback]:
    """The callbacks of `fit`; a sentence for what is none or asks for hooks that are not called."""
    callbacks = [] if given is None else list(given) if isinstance(given, (list, tuple)) else [given]
    for callback in callbacks:
        name = type(callback).__name__
        if not isinstance(callback, Callback):
            raise ValueError(_("{name} is not a netviz.keras.callbacks.Callback.").format(name=name))
        for hook in _OTHER_HOOKS:
            if hasattr(callback, hook):
                raise Unsupported(
                    _("{name}.{hook} is not supported: fit calls no such hook.").format(name=name, hook=hook)
                )
    if sum(isinstance(callback, EarlyStopping) for callback in callbacks) > 1:
        raise Unsupported(_("More than one EarlyStopping in a fit is not supported."))
    return callbacks

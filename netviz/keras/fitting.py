"""One call of `fit`: the engine trains, epoch by epoch; callbacks and the progress line look on.

A fit is one Run. What a callback may change between epochs opens a new segment of it (the learning rate) or a new Run
(the weights), so the Run always says how the weights came about.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netviz import blas
from netviz.datasets import Samples
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.metrics import metric_names
from netviz.engine.parameters import Parameters
from netviz.engine.run import Run, Start
from netviz.engine.train import Moment, Stride, train
from netviz.i18n import _
from netviz.keras.arguments import Unsupported
from netviz.keras.callbacks import Callback, EarlyStopping, History
from netviz.keras.metrics import Metric
from netviz.keras.progress import Bar

if TYPE_CHECKING:
    from netviz.keras.models import Sequential


@functools.cache
def threads() -> int:
    """Set the number of threads of matrix products, once for the session, as every face of netviz does."""
    return blas.use_threads()


@dataclass(frozen=True)
class Course:
    """From which epoch to which, and how loudly."""

    initial_epoch: int
    epochs: int
    verbose: int


def state(moment: Moment) -> Start:
    """Where a training stands, as the start of the next: weights, what the optimizer remembers, and the counts."""
    t = moment.training
    before = t.run.start
    slots = tuple((name, slot.vector) for name, slot in t.slots.items())
    updates = t.step - t.slots_since
    return Start(t.params.vector, slots, updates, before.epochs + t.epoch)


class Fitting:
    """Trains a model once; `run` and `frame` say afterwards how."""

    def __init__(self, model: Sequential, experiment: Experiment, callbacks: list[Callback], course: Course) -> None:
        """experiment: with the data, and what fit was asked for."""
        self.model = model
        self.course = course
        self.samples: Samples = experiment.samples()
        self.metrics = model.metric_values
        self._network = model.bound()
        self.history = History()
        self.callbacks: list[Callback] = [*callbacks, self.history]  # last: what others add to the logs is kept too
        self.early = next((c for c in callbacks if isinstance(c, EarlyStopping)), None)
        self.column = ""
        self.experiment = self._with_stopping(experiment)
        self.steps = -(-len(self.samples.x) // experiment.batch_size)
        self.run: Run | None = None
        self.moment: Moment | None = None
        self._moments: Iterator[Moment] = iter(())
        self._start = Start()
        self._inside = False
        self._bar = Bar(self.steps, 0)

    # ------------------------------------------------------------------------------------------- early stopping

    def _with_stopping(self, experiment: Experiment) -> Experiment:
        if self.early is None:
            return experiment
        single = [metric for metric in self.metrics if len(metric.columns) == 1]
        columns = {"loss": "loss"} | {metric.name: metric.columns[0] for metric in single}
        falling = {"loss"} | {metric.name for metric in single if metric.values[0].best == "min"}
        monitor = self.early.monitor
        name = monitor.removeprefix("val_")
        known = name in columns and (monitor == name or len(self.samples.validation_x))
        if not known:
            available = [*columns, *(f"val_{n}" for n in columns if len(self.samples.validation_x))]
            sentence = _("EarlyStopping watches {monitor}, which is not available; there are: {names}.")
            text = sentence.format(monitor=monitor, names=", ".join(available))
            warnings.warn(text, stacklevel=4)
            self.early = None
            return experiment
        self.column = monitor.removesuffix(name) + columns[name]
        settings = self.early.settings(self.column, name not in falling, self.course.initial_epoch)
        return replace(experiment, stopping=settings)

    # ------------------------------------------------------------------------------------------------- training

    def go(self) -> History:
        """Train all epochs, or until something stops it."""
        model, course = self.model, self.course
        model.stop_training = False
        for callback in self.callbacks:
            callback.set_model(model)
            callback.set_params({"verbose": course.verbose, "epochs": course.epochs, "steps": self.steps})
            callback.on_train_begin()
        logs: dict[str, float] = {}
        for epoch in range(course.initial_epoch, course.epochs):
            for callback in self.callbacks:
                callback.on_epoch_begin(epoch)
            logs = self._epoch(epoch)
            for callback in self.callbacks:
                callback.on_epoch_end(epoch, logs)
            self._bar.end(logs)  # last, so that it shows what callbacks have added
            if model.stop_training:
                break
        self._take_average()
        self._restore_best()
        for callback in self.callbacks:
            callback.on_train_end(logs)
        return self.history

    def _epoch(self, epoch: int) -> dict[str, float]:
        self._follow_changes(epoch)
        if self.course.verbose and self.course.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.course.epochs}", flush=True)
        self._bar = Bar(self.steps, self.course.verbose)
        moment = self._to_the_epochs_end()
        self.moment = moment
        self._start = self.model.settle(state(moment))
        logs = self._logs(moment)
        if self.early is not None:
            self.early.note(self.column, moment.history, self.course.initial_epoch)
        if moment.stopped:
            self.model.stop_training = True
        return logs

    def _follow_changes(self, epoch: int) -> None:
        """Begin, or go on with what callbacks have changed since the last epoch."""
        if self.model.bound() is not self._network:
            raise Unsupported(_("A callback that changes the layers of the model is not supported."))
        optimizer, schedule = self.model.optimizer_settings()
        wanted = replace(self.experiment, optimizer=optimizer, schedule=schedule)
        left = self.course.epochs - epoch
        if self.run is None or self.model.start is not self._start:
            if self.run is not None and self.early is not None:
                raise Unsupported(_("A callback that sets weights, together with EarlyStopping, is not supported."))
            self._start = self.model.start
            self.run, since = Run.of(wanted, self._start, threads()), None
        elif wanted != self.experiment:
            assert self.moment is not None
            self.run, since = self.run.edited(self.moment.step, wanted), self.moment.frame()
        else:
            return
        self.experiment = wanted
        self._moments = train(self.run, self.samples, since, self._gait, left, whole=False)
        next(self._moments)  # the moment it begins at

    def _gait(self, step: int) -> Stride:
        return Stride.STEP if self._bar.due() else Stride.EPOCH

    def _to_the_epochs_end(self) -> Moment:
        self._inside = True
        for moment in self._moments:
            if moment.phase is Phase.EPOCH:
                self._inside = False
                return moment
            self._bar.show(-(-moment.training.position // self.experiment.batch_size), self._running(moment))
        raise AssertionError("the engine ended before the epoch did")

    # --------------------------------------------------------------------------------------------------- values

    def _running(self, moment: Moment) -> dict[str, Any]:
        """Loss and metrics of the epoch so far."""
        moment.training.judge()
        sums = moment.training.ledger.sums()
        row = {"loss": sums.loss / max(1, sums.rows)}
        columns = zip(metric_names(self.experiment.metrics), self.experiment.metrics, strict=True)
        row |= {name: metric.value(sums.metrics[name]) for name, metric in columns}
        return named(row, self.metrics)

    def _logs(self, moment: Moment) -> dict[str, Any]:
        row = {name: float(column[-1]) for name, column in moment.history.epochs.items()}
        return named(row, self.metrics)

    def _take_average(self) -> None:
        """Keras' fit ends with the moving average of the weights, where one is kept."""
        average = self.moment.averaged if self.moment is not None else None
        if average is not None:
            self.model.settle(replace(self.model.start, params=average.vector))

    def _restore_best(self) -> None:
        """Keras' early stopping gives the best weights back however the fit ended."""
        if self.early is None or self.moment is None:
            return
        best = self.moment.training.best
        restores = self.early.restore_best_weights and best is not None
        if self.early.verbose and self.early.stopped_epoch:
            print(f"Epoch {self.early.stopped_epoch + 1}: early stopping", flush=True)
        if not restores or best is None:
            return
        if self.early.verbose:
            text = "Restoring model weights from the end of the best epoch: {epoch}."
            print(text.format(epoch=self.early.best_epoch + 1), flush=True)
        self.model.settle(replace(self.model.start, params=best.params.vector))
        self.early.best_weights = self.model.get_weights()

    def ended(self) -> tuple[Run, Frame] | None:
        """How the fit went and where it ended, with the model's weights; None when there was nothing to train."""
        if self.run is None:
            return None
        if self._inside or self.moment is None:
            # Broken off inside an epoch: what is left is the state that the last whole epoch ended with.
            self.run = Run.of(self.experiment, self.model.start, threads())
            self.moment = next(train(self.run, self.samples))
        frame = self.moment.frame()
        vector = self.model.start.params if self.model.bound() is self._network else None
        return self.run, frame if vector is None else replace(frame, params=Parameters(vector, frame.params.windows))


def named(row: dict[str, float], metrics: tuple[Metric, ...]) -> dict[str, Any]:
    """The engine's values under Keras' names and in Keras' order, which is that of the alphabet."""
    every = (Metric((), "loss", ("loss",)), *metrics)
    found = {before + m.name: m.of(row, before) for m in every for before in ("", "val_") if before + m.columns[0] in row}
    return dict(sorted(found.items()))

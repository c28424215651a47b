"""The books of a training: what each update and each epoch came to, written as late and for as many rows as possible.

Losses and metrics cost a price for each NumPy call and hardly one for each row, so they are worked out for many
updates together. The sums are the same, bit for bit, however the updates are bundled: they are added one by one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from netviz.arrays import Array, FrozenMap, frozen
from netviz.datasets import Samples
from netviz.engine.batches import Block
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Sums
from netviz.engine.history import Columns, History
from netviz.engine.metrics import Metric, metric_names
from netviz.engine.network import Network
from netviz.engine.recording import Judged, Recorder
from netviz.engine.workspace import Workspace
from netviz.i18n import _


class Diverged(ArithmeticError):
    """The loss or a weight is no longer a finite number; `step` is the update at which that was seen."""

    def __init__(self, sentence: str, step: int, epoch: int) -> None:
        """Keep the sentence and the moment."""
        super().__init__(sentence)
        self.step = step
        self.epoch = epoch


class Ledger:
    """History and running sums; `history` is as of the last closed epoch."""

    def __init__(self, samples: Samples, since: Frame | None) -> None:
        """Begin with empty books, or go on from those of a frame."""
        self._samples = samples
        self._steps = Columns(since.history.steps if since else None, np.float32)
        self._epochs = Columns(since.history.epochs if since else None)
        self.history = self.view()
        sums = since.sums if since else Sums()
        self._loss, self._rows = sums.loss, sums.rows
        self._totals = {name: np.array(total) for name, total in sums.metrics.items()}
        self._metrics = _columns(since.experiment) if since else {}
        self.recorder: Recorder | None = None

    def enter(self, experiment: Experiment, network: Network) -> None:
        """Keep the books of this experiment from now on; the epoch's sums go along."""
        before, self._metrics, self._network = self._metrics, _columns(experiment), network
        self._context = network.contexts(Workspace(experiment.dtype), training=False)[-1]
        # An edit: what another metric has counted is not added to.
        same = [name for name, metric in self._metrics.items() if before.get(name, metric) == metric]
        self._totals = {name: self._totals[name] for name in same if name in self._totals}
        for name in self._metrics:
            self._totals.setdefault(name, np.zeros(1))

    @np.errstate(all="ignore")  # what is not finite is found below; a frame may be asked for outside of train()
    def judge(self, block: Block, step: int, epoch: int) -> None:
        """Enter all updates of a block that are not entered yet; Diverged where a loss is not finite."""
        rows = slice(block.judged, block.done)
        starts = np.array(block.starts) - block.judged
        outputs, y = block.outputs[rows], block.y[rows]
        losses = self._network.rows_loss(outputs, y).astype(np.float64)
        if block.weights is not None:
            losses *= block.weights[rows]
        counts = np.append(starts[1:], len(y)) - starts
        step_losses = np.add.reduceat(losses, starts) / counts + block.penalties
        self._steps.extend({"loss": step_losses, "learning_rate": block.rates}, len(starts))
        sums = _added(np.array(self._loss), step_losses * counts)
        totals = self._count(outputs, y, starts)
        if self.recorder is not None:
            ends = np.append(starts[1:], len(y))
            position = block.position + block.judged + ends
            self.recorder.judged(Judged(step, epoch, position, block.rates, sums, self._rows + ends, totals))
        self._loss = float(sums[-1])
        self._rows += len(y)
        block.judged = block.done
        block.starts, block.rates, block.penalties = [], [], []
        _refuse_non_finite(step_losses, step, epoch)

    def _count(self, outputs: Array, y: Array, starts: Array) -> dict[str, Array]:
        """Each metric's running totals after each of the updates, (updates, count)."""
        if not self._metrics:
            return {}
        prediction = self._samples.in_units(self._network.prediction(outputs, self._context))
        true = self._samples.in_units(y)
        totals = {}
        for name, metric in self._metrics.items():
            totals[name] = _added(self._totals[name], metric.sums(prediction, true, starts))
            self._totals[name] = totals[name][-1]
        return totals

    def row(self) -> dict[str, float]:
        """The epoch's training loss and metrics, as they were gathered while the weights moved."""
        totals = self._totals
        # A metric that an edit brought in behind the epoch's last row has counted nothing.
        values = {n: m.value(totals[n]) if totals[n].size > 1 else math.nan for n, m in self._metrics.items()}
        return {"loss": self._loss / self._rows} | values

    def close(self, row: Mapping[str, float]) -> None:
        """Write an epoch's row and begin the next epoch's sums."""
        self._epochs.append(row)
        self._loss, self._rows = 0.0, 0
        self._totals = {name: np.zeros(1) for name in self._metrics}
        self.history = self.view()

    def view(self) -> History:
        """All rows that are written."""
        return History(self._steps.view(), self._epochs.view())

    def sums(self) -> Sums:
        """The epoch so far."""
        return Sums(self._loss, self._rows, FrozenMap({name: frozen(total) for name, total in self._totals.items()}))


def _columns(experiment: Experiment) -> dict[str, Metric]:
    return dict(zip(metric_names(experiment.metrics), experiment.metrics, strict=True))


def _added(total: Array, steps: Array) -> Array:
    """total + steps[0], total + steps[0] + steps[1], ..., in this order, along the first axis."""
    every = np.empty((len(steps) + 1, *steps.shape[1:]))
    every[0], every[1:] = total, steps
    return np.add.accumulate(every, out=every)[1:]


def _refuse_non_finite(step_losses: Array, step: int, epoch: int) -> None:
    bad = np.flatnonzero(~np.isfinite(step_losses))
    if len(bad):
        first = step - len(step_losses) + int(bad[0]) + 1
        sentence = _("The loss became {value} at update {step} (epoch {epoch}); a smaller learning rate may help.")
        value = _("infinite") if np.isinf(step_losses[bad[0]]) else _("not a number")
        raise Diverged(sentence.format(value=value, step=first, epoch=epoch + 1), first, epoch)

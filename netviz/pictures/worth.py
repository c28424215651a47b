"""What a step was worth: what the gradient promised and what came of it, who asked for it, and what it did to one row.

Δw was made for g·Δw, the change of the loss if the loss were a plane. What the same batch says after the step is the
truth; the difference is curvature, and the reason why a large learning rate fails.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.engine.again import Again, wide
from netviz.engine.frame import Frame
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters
from netviz.pictures.microscope.equation import Item
from netviz.pictures.update import window_of


@dataclass(frozen=True)
class Worth:
    """One update. loss: of its batch before it; predicted: g·Δw; measured: the change of the same batch's loss."""

    step: int
    loss: float
    predicted: float
    measured: float


@dataclass(frozen=True)
class Weigh:
    """The probe that weighs an update, and so many before it."""

    past: int = 100

    def __call__(self, frame: Frame, network: Network, samples: Samples) -> Worth | None:
        both = _both(frame)
        again = Again.of(frame, network)
        if both is None or again is None:
            return None
        before, after = both
        with np.errstate(all="ignore"):
            predicted = float(np.dot(frame.grads.vector.astype(np.float64), after.vector - before.vector))
            loss = again.loss(before)
            return Worth(frame.step, loss, predicted, again.loss(after) - loss)


def _both(frame: Frame) -> tuple[Parameters, Parameters] | None:
    """The weights before and after the update, in float64; None where none has been made."""
    if frame.batch is None or frame.batch.before is None or not frame.phase.settled:
        return None
    before = wide(frame.batch.before.params)
    return before, before.like(before.vector + frame.updates.vector)


@dataclass(frozen=True)
class Shares:
    """What each row of the batch adds to the gradient of one weight, (rows,), and the rows' numbers in training.

    total: the gradient of the data, which they come to. normalized: they have been computed at the statistics that a
    batch normalization took of the whole batch.
    """

    rows: Array
    values: Array
    total: float
    normalized: bool

    @property
    def cancelled(self) -> float:
        """How much of what the rows ask for is cancelled by others: 0 where all agree, 1 where nothing is left."""
        asked = float(np.abs(self.values).sum())
        return 1 - abs(float(self.values.sum())) / asked if asked else 0.0

    @property
    def order(self) -> Array:
        """The places of the rows from the smallest to the largest."""
        return np.argsort(self.values, kind="stable")


@dataclass(frozen=True)
class Share:
    """The probe that asks each row for its share of the gradient of a weight."""

    item: Item

    def __call__(self, frame: Frame, network: Network, samples: Samples) -> Shares | None:
        window = window_of(self.item, frame.params)
        again = Again.of(frame, network)
        if again is None or frame.batch is None or frame.batch.before is None or window is None or not window.trainable:
            return None
        values = again.shares(wide(frame.batch.before.params), window.path, self.item.index)
        normalized = any(w.path[-1] == "moving_mean" and int(w.path[0]) >= self.item.layer for w in network.windows)
        return Shares(frame.batch.rows, values, float(values.sum()), normalized)


@dataclass(frozen=True)
class Told:
    """What the network says to one training row before and after an update, in the units of the targets.

    before, after, target: (outputs,). classes: names of the outputs where they are classes.
    """

    row: int
    before: Array
    after: Array
    target: Array
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Tell:
    """The probe that asks the network about one row before and after."""

    row: int = 0

    def __call__(self, frame: Frame, network: Network, samples: Samples) -> Told | None:
        both = _both(frame)
        if both is None or not len(samples.x):
            return None
        row = min(self.row, len(samples.x) - 1)
        x = samples.x[row : row + 1]
        answers = [samples.in_units(network.predict(params, x)).reshape(-1) for params in both]
        target = samples.in_units(network.targets(samples.y[row : row + 1])).reshape(-1)
        classes = samples.classes if len(samples.classes) == len(target) else ()
        return Told(row, answers[0], answers[1], np.asarray(target, float), classes)

"""The timeline of a training: the loss of every update, where epochs end, what is kept, and where other ways led."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from netviz.arrays import Array
from netviz.document.branches import Branch, fork
from netviz.engine.frame import Frame
from netviz.engine.history import History
from netviz.engine.run import Run
from netviz.i18n import _
from netviz.pictures.curves import epochs_range

_MANY_DECADES = 1.5  # of loss between its ends are drawn by their logarithm
_OUTLIERS = 0.5  # percent at either end that need not fit


class Curve(NamedTuple):
    """A loss over the updates in as many stretches as there is room for: the mean of each, the smallest and the largest."""

    x: Array
    low: Array
    mean: Array
    high: Array


def curve(losses: Array, begin: int, most: int) -> Curve:
    """Of the losses of all updates those after `begin`, in at most so many stretches; what is not finite is left out.

    The loss of update n, counted from 1, is that of its batch before the weights move.
    """
    y = losses[begin:]
    places = None if np.isfinite(y.sum()) else np.flatnonzero(np.isfinite(y))
    y = y if places is None else y[places]
    if len(y) <= most:
        x = begin + 1.0 + (np.arange(len(y)) if places is None else places)
        y = np.asarray(y, np.float64)
        return Curve(x, y, y, y)
    # Nothing here is as long as the training, for the memory of what grows with each picture is never used again.
    starts = np.unique(np.linspace(0, len(y), most + 1).astype(int)[:-1])
    sizes = np.diff(np.append(starts, len(y)))
    middle = starts + (sizes - 1) / 2 if places is None else np.add.reduceat(places, starts) / sizes
    lows, highs = (np.asarray(end.reduceat(y, starts), np.float64) for end in (np.minimum, np.maximum))
    return Curve(begin + 1 + middle, lows, np.add.reduceat(y, starts) / sizes, highs)


class Scale(NamedTuple):
    """The ends of the axis of losses; `log`: of their logarithms."""

    low: float
    high: float
    log: bool

    def heights(self, values: Array) -> Array:
        """Where losses lie, from 0 at the bottom to 1 at the top."""
        shown = np.log10(np.maximum(values, 1e-300)) if self.log else values
        return np.clip((shown - self.low) / (self.high - self.low), 0, 1)


def scale(curves: Sequence[Curve]) -> Scale:
    """An axis for all curves together: by the logarithm where the losses span many decades."""
    parts = [part for drawn in curves for part in (drawn.low, drawn.high) if len(part)]
    values = np.concatenate(parts) if parts else np.array([0.0, 1.0])
    low, high = (float(end) for end in np.percentile(values, (_OUTLIERS, 100 - _OUTLIERS)))
    low = min(low, float(values.min())) if high - low == 0 else low
    log = low > 0 and math.log10(high / low) > _MANY_DECADES
    if log:
        low, high = math.log10(low), math.log10(high)
    spare = 0.06 * (high - low) or 0.5 * max(abs(high), 1e-12)
    return Scale(low - spare, high + spare, log)


@dataclass(frozen=True)
class Way:
    """One way a training has gone. place: among the branches, None for the way at hand. begin: after how many updates it
    parts from the way at hand. end: its updates."""

    name: str
    place: int | None
    begin: int
    end: int
    history: History

    @property
    def losses(self) -> Array:
        """Of every update."""
        return np.asarray(self.history.steps.get("loss", np.empty(0)))


def ways(run: Run | None, furthest: Frame | None, name: str, branches: tuple[Branch, ...]) -> tuple[Way, ...]:
    """The branches, and at the end the way at hand, which is drawn over them."""
    found = [
        Way(branch.name, place, (fork(run, branch.run) or 0) if run else 0, branch.frame.step, branch.frame.history)
        for place, branch in enumerate(branches)
    ]
    if furthest is not None:
        found.append(Way(name or _("First way"), None, 0, furthest.step, furthest.history))
    return tuple(found)


def reach(ways: Sequence[Way], planned: int) -> int:
    """The update at the right end: what is planned, once a quarter of it is done, else a round number."""
    longest = max((way.end for way in ways), default=0)
    return max(1, round(epochs_range(longest, planned)[1] / 1.025)) if longest else max(planned, 1)


def updates_planned(frame: Frame, rows: int) -> int:
    """How many updates the experiment asks for, of so many training rows."""
    experiment = frame.experiment
    return experiment.epochs * max(1, math.ceil(rows / experiment.batch_size))


def density(kept: Array, furthest: int, span: int, most: int) -> Array:
    """Which share of the updates is kept, in each of `most` stretches of the axis: 0 to 1, NaN behind the furthest.

    kept: their numbers in order, (updates,).
    """
    edges = np.linspace(0, span, most + 1)
    places = np.searchsorted(kept, np.ceil(edges).astype(kept.dtype))
    counts = np.diff(np.append(places[:-1], np.searchsorted(kept, span, "right")))
    there = np.clip(np.minimum(edges[1:], furthest) - edges[:-1], 0, None)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(there > 0, np.minimum(counts / np.maximum(there, 1.0), 1.0), np.nan)


def epoch_marks(history: History, span: int, most: int) -> list[tuple[int, int]]:
    """(epoch, update at its end), of so many epochs at most, at round distances."""
    steps = np.asarray(history.epochs.get("step", np.empty(0)), float)
    if not len(steps) or most < 1:
        return []
    each = max(1.0, float(steps[0]))
    every = _round(span / each / most)
    return [(n, int(steps[n - 1])) for n in range(every, len(steps) + 1, every)]


def _round(number: float) -> int:
    """The next of 1, 2, 5, 10, 20 and so on."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power >= number:
                return digit * power
        power *= 10


def reading(way: Way, step: int) -> str:
    """What happened at an update of a way."""
    losses = way.losses
    words = _("update {n:,}").format(n=step)
    if 0 < step <= len(losses):
        words += " · " + _("loss {loss:.4g}").format(loss=float(losses[step - 1]))
    return words

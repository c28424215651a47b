"""Whether backpropagation can be trusted: a few random gradients of every frame, each against the loss itself.

∂L/∂w ≈ (L(w + h) − L(w − h)) / 2h, in float64 and on rows of the batch. Where a bend of the loss, as of a ReLU, lies
between the two, a smaller h tells; what rounding alone can explain is no error. Each frame adds to what is known.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netviz.arrays import FrozenMap, rng
from netviz.datasets import Samples
from netviz.engine.again import Again, wide
from netviz.engine.frame import Batch, Frame
from netviz.engine.gradcheck import Entry
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters, Window

TOLERANCE = 1e-5
MOST, SECONDS = 24, 0.012  # gradients of one frame, and the time for them; at least three whatever they take
KEPT = 200
_ROWS = 32
_LARGE = 0.01  # errors are told in percent from here on
_STEPS = (1e-5, 1e-6, 1e-7)
_CORNER = 0.01  # by how much both slopes differ at a corner, of the larger; where it is smooth they differ by less
_NOISE = 16 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Trust:
    """Gradients that were checked, the worst first. checked: how many since the network is what it is; step: the last."""

    entries: tuple[Entry, ...] = ()
    checked: int = 0
    step: int = 0

    @property
    def largest(self) -> float:
        """The largest relative error."""
        return self.entries[0].error if self.entries else 0.0

    @property
    def right(self) -> bool:
        """Whether every one of them is right."""
        return self.largest <= TOLERANCE

    def joined(self, more: Trust) -> Trust:
        """What is known together, the worst of it kept."""
        if more.step == self.step and self.checked:
            return self
        both = sorted((*self.entries, *more.entries), key=lambda entry: -entry.error)
        return Trust(tuple(both[:KEPT]), self.checked + more.checked, more.step)


def trust(frame: Frame, network: Network, samples: Samples) -> Trust | None:
    """The probe that checks some gradients at the weights of a frame; None where there is nothing to check."""
    batch = frame.batch if frame.batch is not None else _first_rows(network, samples)
    trainable = [window for window in network.windows if window.trainable]
    if not trainable or not len(batch.x):
        return None
    again, w = Again(network, batch, frame.experiment.seed, _ROWS), wide(frame.params)
    with np.errstate(all="ignore"):
        passed = again.through(w)
        analytic = _with_penalties(network, w, passed.grads)
        if not np.isfinite(analytic.vector).all():
            return None
        largest = float(np.abs(analytic.vector).max(initial=0.0))
        begun, entries = time.perf_counter(), []
        for window, place in _places(trainable, frame.step):
            entries.append(_entry(again, w, analytic, window, place, largest))
            if len(entries) >= MOST or len(entries) >= 3 and time.perf_counter() - begun > SECONDS:
                break
    return Trust(tuple(sorted(entries, key=lambda entry: -entry.error)), len(entries), frame.step)


def _first_rows(network: Network, samples: Samples) -> Batch:
    y = network.targets(samples.y[:_ROWS])
    weights = None if samples.weights is None else samples.weights[:_ROWS]
    return Batch(np.arange(len(y)), samples.x[:_ROWS], y, weights, FrozenMap({}), FrozenMap({}))


def _with_penalties(network: Network, w: Parameters, grads: Parameters) -> Parameters:
    vector = np.array(grads.vector)
    for window, regularizer in network.penalized:
        stretch = slice(window.start, window.stop)
        vector[stretch] += regularizer.gradient(w.vector[stretch].reshape(window.shape)).ravel()
    return grads.like(vector)


def _places(windows: list[Window], step: int) -> Iterator[tuple[Window, int]]:
    """One number of each array in turn, so that a layer's few biases are not lost among its many weights."""
    drawn = rng(0, "trust", step)
    while True:
        for place in drawn.permutation(len(windows)).tolist():
            window = windows[place]
            yield window, int(drawn.integers(window.start, window.stop))


def _entry(again: Again, w: Parameters, analytic: Parameters, window: Window, place: int, largest: float) -> Entry:
    found, here = float(analytic.vector[place]), again.loss(w)
    best: tuple[float, float] | None = None
    for step in _STEPS:
        h = step * max(1.0, abs(float(w.vector[place])))
        left, right = _slopes(again, w, place, h, here)
        # At a corner (a ReLU at 0 exactly, as over black pixels before the first update) every slope between both is right.
        corner = abs(right - left) > _CORNER * max(abs(left), abs(right))
        numeric = min(max(found, min(left, right)), max(left, right)) if corner else (left + right) / 2
        scale = max(abs(found), abs(numeric), 0.01 * largest) or 1.0
        error = abs(found - numeric) / scale
        if error > TOLERANCE:
            error = max(0.0, abs(found - numeric) - _NOISE * max(abs(here), 1e-3) / h) / scale
        if best is None or error < best[1]:
            best = numeric, error
        if error <= TOLERANCE:
            break
    assert best is not None
    index = tuple(int(i) for i in np.unravel_index(place - window.start, window.shape))
    return Entry(window.path, index, found, *best)


def _slopes(again: Again, w: Parameters, place: int, h: float, here: float) -> tuple[float, float]:
    """The loss's slope before and behind a weight, whose mean is the central difference."""
    before = w.vector[place]
    w.vector[place] = before + h
    above = again.loss(w)
    w.vector[place] = before - h
    below = again.loss(w)
    w.vector[place] = before
    return (here - below) / h, (above - here) / h


def written(error: float) -> str:
    """A relative error in short: a power of ten, or percent where it is large."""
    if not error or error >= _LARGE:
        return f"{error:.0%}" if error else "0"
    mantissa, _e, exponent = f"{error:.0e}".partition("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "−")


__all__ = ["KEPT", "TOLERANCE", "Trust", "trust", "written"]

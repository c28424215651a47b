"""Whether backpropagation tells the truth: every gradient against central differences of the loss itself.

∂L/∂w ≈ (L(w + h) − L(w − h)) / 2h, in float64, with dropout's masks held still. An entry is right when
|a − n| ≤ tolerance · max(|a|, |n|, 0.01·max|a|), the last over the whole network, where rounding is the noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array, rng
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters, Path, zeros
from netviz.engine.workspace import Workspace

TOLERANCE = 1e-7
_STEP = 1e-5


@dataclass(frozen=True)
class Entry:
    """One weight: where it is, what backpropagation says, what the differences say, and the relative error."""

    path: Path
    index: tuple[int, ...]
    analytic: float
    numeric: float
    error: float


@dataclass(frozen=True)
class GradientCheck:
    """All entries that were checked, the worst first."""

    entries: tuple[Entry, ...]

    @property
    def largest(self) -> float:
        """The largest relative error."""
        return max((entry.error for entry in self.entries), default=0.0)

    @property
    def passed(self) -> bool:
        """Whether every entry is within the tolerance."""
        return self.largest <= TOLERANCE


def check(
    network: Network, params: Parameters, x: Array, y: Array, weights: Array | None = None,
    sample: int | None = None, seed: int = 0,
) -> GradientCheck:  # fmt: skip
    """Check the gradient of the batch's loss, penalties included, by all trainable weights or by a random sample.

    x (rows, ...), y as the samples hold it, weights (rows,). Dropout's masks are those of `seed` at step 0.
    """
    w = Parameters(params.vector.astype(np.float64), params.windows)
    x = x.astype(np.float64)
    analytic = gradient(network, w, x, y, weights, seed).trainable
    places = np.arange(len(analytic))
    if sample is not None and sample < len(places):
        places = np.sort(rng(seed, "gradient check").choice(places, sample, replace=False))
    numeric = np.array([_difference(network, w, int(place), x, y, weights, seed) for place in places])
    found = analytic[places]
    scale = np.maximum(np.maximum(np.abs(found), np.abs(numeric)), 0.01 * np.abs(analytic).max(initial=0.0))
    errors = np.abs(found - numeric) / np.where(scale > 0, scale, 1.0)
    order = np.argsort(-errors, kind="stable")
    entries = [_entry(params, int(places[i]), found[i], numeric[i], errors[i]) for i in order]
    return GradientCheck(tuple(entries))


def loss(network: Network, w: Parameters, x: Array, y: Array, weights: Array | None = None, seed: int = 0) -> float:
    """The loss of a batch in training: (1/n)·Σ wᵢ·Lᵢ + penalties."""
    contexts = network.contexts(Workspace(w.vector.dtype, seed), training=True)
    outputs = network.outputs(w, x, contexts)
    rows = network.rows_loss(outputs, network.targets(y))
    total = (rows if weights is None else rows * weights).sum() / len(x)
    return total + network.penalty(w) if network.penalized else total  # type: ignore[no-any-return]


def gradient(
    network: Network, w: Parameters, x: Array, y: Array, weights: Array | None = None, seed: int = 0
) -> Parameters:
    """∂L/∂w of the loss of a batch in training, by backpropagation."""
    contexts = network.contexts(Workspace(w.vector.dtype, seed), training=True)
    grads = zeros(network.windows, w.vector.dtype)
    memories, z = [], x
    for stage, context in zip(network.stages, contexts, strict=False):
        z, memory = stage.layer.forward(w[stage.index], z, context)
        memories.append(memory)
    share = np.full(len(x), 1 / len(x)) if weights is None else weights / len(x)
    dy = network.loss_gradient(z, network.targets(y), contexts[-1]) * share.reshape(-1, *[1] * (z.ndim - 1))
    for place in range(len(network.stages) - 1, network.lowest - 1, -1):
        stage = network.stages[place]
        dy = stage.layer.backward(w[stage.index], memories[place], dy, contexts[place], grads[stage.index])
    for window, regularizer in network.penalized:
        stretch = slice(window.start, window.stop)
        grads.vector[stretch] += regularizer.gradient(w.vector[stretch])
    return grads


def _difference(
    network: Network, w: Parameters, place: int, x: Array, y: Array, weights: Array | None, seed: int
) -> float:
    """(L(w + h) − L(w − h)) / 2h for one weight, with a step that is in proportion to it."""
    before = w.vector[place]
    step = _STEP * max(1.0, abs(float(before)))
    w.vector[place] = before + step
    above = loss(network, w, x, y, weights, seed)
    w.vector[place] = before - step
    below = loss(network, w, x, y, weights, seed)
    w.vector[place] = before
    return float((above - below) / (2 * step))


def _entry(params: Parameters, place: int, analytic: float, numeric: float, error: float) -> Entry:
    window = next(window for window in params.windows if window.start <= place < window.stop)
    index = np.unravel_index(place - window.start, window.shape)
    return Entry(window.path, tuple(int(i) for i in index), float(analytic), float(numeric), float(error))

"""From samples to batches: shuffled anew every epoch, gathered a block of batches at a time, judged a block at a time.

Gathering and judging have a price for each NumPy call and hardly one for each row, so several batches share a call.
What a block computes is the same, bit for bit, however the epoch is cut into blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netviz.arrays import Array, aligned, rng, size
from netviz.datasets import Rows, Samples
from netviz.engine.experiment import Experiment
from netviz.engine.network import Network

_BLOCK_BYTES = 256 * 1024  # of features, and of outputs with targets: what stays in the cache beside the weights


@dataclass
class Block:
    """Consecutive batches of an epoch: rows (n,) among the samples, from `position` in the epoch's order on.

    Features are gathered from `source` into `window`, as many batches as it holds, when the first of them is asked for.
    `outputs` is filled batch by batch, up to row `done`; `judged` says how far losses and metrics were worked out.
    starts, rates, penalties: of each update since then.
    """

    position: int
    rows: Array
    source: Rows
    window: Array
    y: Array
    weights: Array | None
    outputs: Array
    gathered: slice = field(default_factory=lambda: slice(0, 0))
    done: int = 0
    judged: int = 0
    starts: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    penalties: list[float] = field(default_factory=list)

    def batches(self, batch_size: int) -> Iterator[slice]:
        """The rows of each batch; the last may be smaller."""
        for start in range(0, len(self.rows), batch_size):
            yield slice(start, min(start + batch_size, len(self.rows)))

    def x(self, rows: slice) -> Array:
        """The features of a batch, valid until those of a later one are asked for."""
        if rows.start < self.gathered.start or rows.stop > self.gathered.stop:
            self.gathered = slice(rows.start, min(rows.start + len(self.window), len(self.rows)))
            wanted = self.rows[self.gathered]
            self.source.take(wanted, 0, out=self.window[: len(wanted)], mode="clip")
        first = self.gathered.start
        return self.window[rows.start - first : rows.stop - first]

    def put(self, rows: slice, outputs: Array, penalty: float) -> None:
        """Keep what the network put out for a batch, to be judged later."""
        self.outputs[rows] = outputs
        self.starts.append(rows.start)
        self.penalties.append(penalty)

    def share(self, rows: slice) -> Any:
        """What each row of a batch counts in the batch's loss: wᵢ/n, in a shape that multiplies its outputs."""
        n = rows.stop - rows.start
        if self.weights is None:
            return 1 / n
        return (self.weights[rows] / n).reshape(n, *[1] * (self.outputs.ndim - 1))


class Feeder:
    """Makes the blocks of each epoch for one experiment, in memory that it uses again."""

    def __init__(self, samples: Samples, network: Network, experiment: Experiment) -> None:
        """Nothing is gathered yet."""
        self.samples = samples
        self.network = network
        self.experiment = experiment
        self.weights = row_weights(samples.weights, samples.y, experiment, network)
        dtype = np.dtype(experiment.dtype)
        self._rows = self._batches_of(2 * dtype.itemsize * size(network.output_shape))
        # Targets that need no row of their own made (numbers, or one class column) are converted once.
        self._y = samples.y if samples.y.ndim == 1 else network.targets(samples.y)
        if self._y.ndim == 1 and network.output_shape[-1] == 1:
            self._y = network.targets(samples.y).astype(experiment.dtype)
        window = min(self._rows, self._batches_of(samples.x[:1].nbytes), len(samples.x))
        self._x = aligned((window, *samples.row_shape), samples.x.dtype)
        self._outputs = aligned((min(self._rows, len(samples.x)), *network.output_shape), dtype)

    def _batches_of(self, row_bytes: int) -> int:
        """How many rows to treat together when each takes so many bytes: whole batches, an epoch's at most."""
        batch, count = self.experiment.batch_size, len(self.samples.x)
        return min(batch * max(1, _BLOCK_BYTES // (batch * max(1, row_bytes))), -(-count // batch) * batch)

    def order(self, epoch: int) -> Array:
        """The order of the training rows in an epoch."""
        count = len(self.samples.x)
        if not self.experiment.shuffle:
            return np.arange(count)
        return rng(self.experiment.seed, "shuffle", epoch).permutation(count)

    def blocks(self, epoch: int, position: int) -> Iterator[Block]:
        """The rest of an epoch from a row on."""
        order = self.order(epoch)
        for start in range(position, len(order), self._rows):
            yield self._gather(start, order[start : start + self._rows])

    def _gather(self, position: int, rows: Array) -> Block:
        y = self.network.targets(self._y.take(rows, 0)).astype(self._outputs.dtype, copy=False)
        weights = None if self.weights is None else self.weights.take(rows)
        return Block(position, rows, self.samples.x, self._x, y, weights, self._outputs[: len(rows)])


def row_weights(given: Array | None, y: Array, experiment: Experiment, network: Network) -> Array | None:
    """What each row counts in the loss: its own weight times its class's; None when all count 1. Shape (rows,)."""
    if not experiment.class_weight:
        return given
    labels: Array = y if y.ndim == 1 else np.rint(y[:, 0]).astype(int) if y.shape[1] == 1 else y.argmax(1)
    table = np.ones(int(labels.max(initial=0)) + 1)
    for label, weight in experiment.class_weight:
        if label < len(table):
            table[label] = weight
    weights = np.where(labels < 0, 1.0, table[labels])  # the side −1 of a hinge loss is no class number
    weights = weights if given is None else weights * given
    return weights.astype(experiment.dtype)

"""The batch of a frame made again: in float64, at any weights, with the random masks it had.

What a step was worth, what each row contributed, what a unit is good for and whether backpropagation is right are all
asked of the same rows that the update was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from netviz.arrays import Array
from netviz.engine.frame import Batch, Frame
from netviz.engine.layers import Dense
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters, Path, zeros
from netviz.engine.workspace import Context, Workspace

_MOST_SHARES = 256  # of a batch with more rows, neighbours are taken together
_SAME = 1e-9


class Pass(NamedTuple):
    """One forward and backward pass: what each stage got, remembered, and got from above; the gradient; the loss."""

    inputs: list[Array]
    memories: list[Mapping[str, Any]]
    deltas: list[Array]
    grads: Parameters
    loss: float


class Again:
    """The rows of a frame's batch, or the first training rows where it has none."""

    def __init__(self, network: Network, batch: Batch, seed: int, rows: int | None = None) -> None:
        """rows: the first so many of the batch only."""
        draw = batch.before.draw if batch.before is not None else 0
        self.network = network
        self.workspace = Workspace(np.float64, seed)  # type: ignore[arg-type]
        self.workspace.step = draw
        self.contexts = network.contexts(self.workspace, training=True)
        self.x, self.y = _wide(batch.x[:rows]), _wide(batch.y[:rows])
        weights = np.ones(len(self.x)) if batch.weights is None else _wide(batch.weights[:rows])
        self.share = weights / len(self.x)  # wᵣ/n

    @staticmethod
    def of(frame: Frame, network: Network, rows: int | None = None) -> Again | None:
        """That of a frame; None where it has no batch."""
        return None if frame.batch is None else Again(network, frame.batch, frame.experiment.seed, rows)

    def loss(self, params: Parameters) -> float:
        """(1/n)·Σ wᵣ·Lᵣ + penalties, in training; dtype of params float64."""
        outputs = self.network.outputs(params, self.x, self.contexts)
        penalty = self.network.penalty(params) if self.network.penalized else 0.0
        return float(self.network.rows_loss(outputs, self.y) @ self.share) + penalty

    def through(self, params: Parameters) -> Pass:
        """Forward and back; the gradient is that of the data alone."""
        network, inputs, memories, deltas = self.network, [], [], []
        grads = zeros(network.windows, np.float64)  # type: ignore[arg-type]
        z = self.x
        for stage, context in zip(network.stages, self.contexts, strict=False):
            inputs.append(z)
            z, memory = stage.layer.forward(params[stage.index], z, context)
            memories.append(memory)
        loss = float(network.rows_loss(z, self.y) @ self.share)
        dy = network.loss_gradient(z, self.y, self.contexts[-1]) * self.share.reshape(-1, *[1] * (z.ndim - 1))
        for place in range(len(network.stages) - 1, network.lowest - 1, -1):
            stage = network.stages[place]
            deltas.append(np.array(dy))
            dy = stage.layer.backward(
                params[stage.index], memories[place], dy, self.contexts[place], grads[stage.index]
            )
        return Pass(inputs, memories, [np.empty(0)] * network.lowest + deltas[::-1], grads, loss)

    def shares(self, params: Parameters, path: Path, index: tuple[int, ...]) -> Array:
        """What each row adds to ∂(loss of the data)/∂w for one weight, (rows,): they sum to it.

        A row's share is what the layer's backward pass makes of the row's ∂L/∂z alone, which a batch normalization
        above has computed at the statistics of the whole batch. Of more than 256 rows, neighbours share one number.
        """
        with np.errstate(all="ignore"):
            found = self.through(params)
            place = next(i for i, s in enumerate(self.network.stages) if s.index == path[0] and self._has(i, path))
            total = float(_at(found.grads, path)[index])
            quick = self._quick(found, place, path, index)
            if quick is None and self.contexts[place].mask is None:
                quick = self._row_by_row(params, found, place, path, index)
            if quick is not None and abs(quick.sum() - total) <= _SAME * (np.abs(quick).sum() + abs(total)):
                return quick
            return self._masked(params, found, place, path, index)

    def _has(self, place: int, path: Path) -> bool:
        """Whether a stage computes the gradient of an array: the first one of a layer that has weights does."""
        stage = self.network.stages[place]
        names = {weight.name for weight in stage.layer.weights(self.network.shapes[stage.index])}
        return "/".join(map(str, path[1:])) in names

    def _quick(self, found: Pass, place: int, path: Path, index: tuple[int, ...]) -> Array | None:
        """∂L/∂w = Σ x·δ of a dense layer, without a pass of its own."""
        if type(self.network.stages[place].layer) is not Dense:
            return None
        delta, x = found.deltas[place][..., index[-1]], found.inputs[place]
        shares = delta if path[-1] == "bias" else delta * x[..., index[0]]
        return np.asarray(shares.reshape(len(x), -1).sum(1))

    def _row_by_row(
        self, params: Parameters, found: Pass, place: int, path: Path, index: tuple[int, ...]
    ) -> Array | None:
        """The layer's two passes with each row alone; right wherever it computes rows by themselves."""
        x, dy = found.inputs[place], found.deltas[place]
        shares = np.empty(len(x))
        for start, stop in _groups(len(x)):
            part = self._gradient(params, place, x[start:stop], dy[start:stop], path, index)
            shares[start:stop] = part / (stop - start)
        return shares

    def _masked(self, params: Parameters, found: Pass, place: int, path: Path, index: tuple[int, ...]) -> Array:
        """The layer's two passes with the whole batch, and the ∂L/∂z of one row after the other; right in any case."""
        x, dy = found.inputs[place], found.deltas[place]
        shares, alone = np.empty(len(x)), np.zeros_like(dy)
        for start, stop in _groups(len(x)):
            alone.fill(0)
            alone[start:stop] = dy[start:stop]
            shares[start:stop] = self._gradient(params, place, x, alone.copy(), path, index) / (stop - start)
        return shares

    def _gradient(
        self, params: Parameters, place: int, x: Array, dy: Array, path: Path, index: tuple[int, ...]
    ) -> float:
        stage, context = self.network.stages[place], self.contexts[place]
        grads = zeros(self.network.windows, np.float64)  # type: ignore[arg-type]
        _y, memory = stage.layer.forward(params[stage.index], np.array(x), context)
        stage.layer.backward(params[stage.index], memory, np.array(dy), context, grads[stage.index])
        return float(_at(grads, path)[index])


def wide(params: Parameters) -> Parameters:
    """The same numbers in float64."""
    return params.like(params.vector.astype(np.float64))


def _wide(array: Array) -> Array:
    return array.astype(np.float64) if np.issubdtype(array.dtype, np.floating) else array


def _at(params: Parameters, path: Path) -> Array:
    window = next(window for window in params.windows if window.path == path)
    return params.vector[window.start : window.stop].reshape(window.shape)


def _groups(rows: int) -> list[tuple[int, int]]:
    cuts = np.linspace(0, rows, min(rows, _MOST_SHARES) + 1).astype(int).tolist()
    return list(zip(cuts, cuts[1:], strict=False))


__all__ = ["Again", "Context", "Pass", "wide"]

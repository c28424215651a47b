"""The loss of the batch at hand as a function of the weights, for optimizers that search along a line."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from netviz.arrays import Array
from netviz.engine.optimizers import Objective
from netviz.engine.parameters import zeros
from netviz.engine.workspace import Workspace

if TYPE_CHECKING:
    from netviz.engine.training import Training


class BatchObjective(Objective):
    """Penalties and weights of rows included, with the random masks of the update at hand.

    It computes in arrays of its own: what the update itself has computed stays to be looked at.
    """

    def __init__(self, training: Training, held: Array | None) -> None:
        """held: bool (count,), the numbers that may not move: their gradient is 0."""
        self._training = training
        self._held = held

    @cached_property
    def _own(self) -> tuple[Any, ...]:
        """(workspace, contexts, weights, gradients), made when they are first needed."""
        t = self._training
        workspace = Workspace(t.params.vector.dtype, t.experiment.seed)
        contexts = t.network.contexts(workspace, training=True)
        return workspace, contexts, t.params.like(t.params.vector.copy()), zeros(t.network.windows, workspace.dtype)

    def here(self) -> float:
        t = self._training
        assert t.trace is not None
        return self._mean(t.trace.block.outputs[t.trace.rows]) + t.trace.block.penalties[-1]

    def at(self, w: Array) -> tuple[float, Array]:
        t, (workspace, contexts, params, grads) = self._training, self._own
        assert t.trace is not None
        network, block, rows = t.network, t.trace.block, t.trace.rows
        workspace.step = t.workspace.step
        np.copyto(params.vector, t.params.vector)
        np.copyto(params.trainable, w)
        x, memories = block.x(rows), []
        for stage, context in zip(network.stages, contexts, strict=False):
            x, memory = stage.layer.forward(params[stage.index], x, context)
            memories.append(memory)
        loss = self._mean(x) + network.penalty(params)
        dy = network.loss_gradient(x, block.y[rows], contexts[-1])
        np.multiply(dy, block.share(rows), out=dy)
        for place in range(len(network.stages) - 1, network.lowest - 1, -1):
            index, layer = network.stages[place].index, network.stages[place].layer
            dy = layer.backward(params[index], memories[place], dy, contexts[place], grads[index])
        for window, regularizer in network.penalized:
            stretch = slice(window.start, window.stop)
            grads.vector[stretch] += regularizer.gradient(params.vector[stretch].reshape(window.shape)).ravel()
        if self._held is not None:
            grads.vector[self._held] = 0
        return loss, grads.trainable

    def _mean(self, outputs: Array) -> float:
        """(1/n)·Σ wᵢ·Lᵢ of the batch."""
        t = self._training
        assert t.trace is not None
        block, rows = t.trace.block, t.trace.rows
        losses = t.network.rows_loss(outputs, block.y[rows]).astype(np.float64)
        return float((losses if block.weights is None else losses * block.weights[rows]).mean())

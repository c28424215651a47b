"""What lies under the microscope: one layer of a frame's batch, with the weights that the batch was computed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from netviz.arrays import Array, size
from netviz.engine.frame import Batch, Frame, Phase
from netviz.engine.layers import Layer
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters
from netviz.engine.workspace import Workspace


@dataclass(frozen=True)
class Slide:
    """A frame that has a batch, and a layer of it."""

    frame: Frame
    network: Network
    layer: int = 0

    def at(self, layer: int) -> Slide:
        """Another layer of the same frame."""
        return replace(self, layer=layer)

    @property
    def batch(self) -> Batch:
        """The rows of the update and all that was made of them."""
        assert self.frame.batch is not None
        return self.frame.batch

    @property
    def rows(self) -> int:
        """How many there are in the batch."""
        return len(self.batch.rows)

    @property
    def settings(self) -> Layer:
        """The layer itself."""
        return self.network.layers[self.layer]

    @cached_property
    def before(self) -> Parameters:
        """The weights that the batch was computed with."""
        frame = self.frame
        if self.batch.before is not None:
            return self.batch.before.params
        if frame.phase in (Phase.APPLY, Phase.EPOCH):
            return frame.params.like(frame.params.vector - frame.updates.vector)
        return frame.params

    @property
    def weights(self) -> Mapping[str, Any]:
        """The layer's arrays as they were when the batch went through."""
        return self.before[self.layer]

    @property
    def memory(self) -> Mapping[str, Any]:
        """What the layer remembers of the forward pass."""
        return self.batch.memory.get(self.layer, {})

    @property
    def input(self) -> Array:
        """What the layer got: (rows, *shape)."""
        return self.batch.x if self.layer == 0 else self.at(self.layer - 1).output

    @cached_property
    def output(self) -> Array:
        """What the layer gave: (rows, *shape). Kept where a later stage needs it, made again where nobody did."""
        memory = self.memory
        for name in ("a", "y"):
            if name in memory:
                return memory[name]  # type: ignore[no-any-return]
        above = self.batch.memory.get(self.layer + 1, {})
        if "x" in above:
            return above["x"]  # type: ignore[no-any-return]
        if self.layer == len(self.network.layers) - 1 and self.batch.prediction is not None:
            return self.batch.prediction
        return memory["z"] if "z" in memory else self._again()

    def _again(self) -> Array:
        """The layer's output from its input, with the masks that were drawn."""
        x, shape = self.input, self.network.shapes[self.layer + 1]
        mask = self.memory.get("mask")
        if mask is not None:
            return np.asarray(np.multiply(x, mask))
        return x.reshape(len(x), *shape) if x.size == len(x) * size(shape) else self._computed()

    def _computed(self) -> Array:
        """The layer's output by its own forward pass, with the padding that a layer below has marked."""
        contexts = self.network.contexts(Workspace(self.input.dtype), training=False)
        y = self.input
        for stage, context in zip(self.network.stages, contexts, strict=False):
            if stage.index == self.layer:
                y = stage.layer.forward(self.before[stage.index], y, context)[0]
            elif stage.index < self.layer and stage.layer.makes_mask:
                stage.layer.forward(self.before[stage.index], self.at(stage.index).input, context)
        return np.array(y)

    @property
    def delta(self) -> Array | None:
        """∂L/∂z of the batch's loss, (rows, *shape); None before the backward pass has come here."""
        return self.batch.deltas.get(self.layer)

    @property
    def upstream(self) -> Array | None:
        """∂L/∂a: what the layer above hands down; None at the output where the loss takes z."""
        return self.batch.upstream.get(self.layer)

"""What a layer computes within itself: its passes over the batch of a frame made once more, with everything written down.

Training keeps of a layer what its backward pass needs. The gradients of states, gates, queries and keys, and of the
layers inside a layer, are gone by then; the same passes over the same numbers give them again, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.engine.frame import Batch
from netviz.engine.layers import Layer
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters
from netviz.engine.surgery import Altered
from netviz.engine.workspace import Context, Workspace


class Inside:
    """One layer with its weights, the input and the ∂L/∂y that it had, and contexts that draw the same random numbers."""

    def __init__(self, pairs: Sequence[tuple[Layer, Context]], params: Mapping[str, Any], x: Array, up: Array | None) -> None:
        """pairs: the layer's stages. x: (rows, *shape). up: ∂L/∂y, None before the backward pass has come here."""
        self.pairs, self.params, self.x, self.up = pairs, params, x, up

    @staticmethod
    def of(network: Network, batch: Batch, params: Parameters, seed: int, layer: int, x: Array) -> Inside:
        """A layer of a network in a batch, without what is done to its output by hand; params: as they were then."""
        workspace = Workspace(params.vector.dtype, seed)
        workspace.step = batch.before.draw if batch.before is not None else 0
        contexts = network.contexts(workspace, training=True)
        pairs = list(zip(network.stages, contexts, strict=False))
        for stage, context in pairs:
            if stage.index < layer and stage.layer.makes_mask:  # says which steps are padding
                below = batch.memory.get(stage.index, {}).get("x", batch.x)
                stage.layer.forward(params[stage.index], below, context)
        ours = [(stage.layer, context) for stage, context in pairs if stage.index == layer]
        up = batch.upstream.get(layer)
        if ours and isinstance(altered := ours[-1][0], Altered):
            up = None if up is None else altered.handed(up)
            ours[-1] = altered.inner, ours[-1][1]
        return Inside(ours, params[layer], x, up)

    def within(self, name: str, notes: Mapping[str, Any]) -> Inside:
        """The layer of that name inside this one; notes: what this one has written down."""
        outer, context = self.pairs[0]
        layer = outer.inside[name]
        stages = layer.stages()
        contexts = [context.inner(f"{name}+{number}" if number else name) for number in range(len(stages))]
        own, last = notes.get(name, {}), notes.get(f"{name}+{len(stages) - 1}" if len(stages) > 1 else name, {})
        pairs = list(zip(stages, contexts, strict=True))
        return Inside(pairs, self.params.get(name, {}), own.get("x", self.x), last.get("dy"))

    def notes(self) -> Mapping[str, Any]:
        """All that the stages write down, by name, and what the layers inside do in a mapping of each.

        Without a ∂L/∂y yet it is what the forward pass has.
        """
        notes: dict[str, Any] = {}
        for _layer, context in self.pairs:
            context.notes = notes
        memories = self._forward()
        if self.up is not None:
            self._back(self.up, memories)
        for _layer, context in self.pairs:
            context.notes = None
        return notes

    def output(self, x: Array) -> Array:
        """What the layer makes of other rows, as many as the batch has."""
        for layer, context in self.pairs:
            x = layer.forward(self.params, x, context)[0]
        return np.array(x)

    def handed_down(self, dy: Array) -> Array:
        """∂L/∂x that the layer makes of another ∂L/∂y."""
        first = [context.first for _layer, context in self.pairs]
        for _layer, context in self.pairs:
            context.first = False
        dx = self._back(dy, self._forward())
        for (_layer, context), was in zip(self.pairs, first, strict=True):
            context.first = was
        return dx

    def gradient(self, dy: Array, name: str) -> Array:
        """∂L/∂w that the layer makes of another ∂L/∂y, for the weight of that name, a path such as query/kernel."""
        grads: Any = _like(self.params)
        self._back(dy, self._forward(), grads)
        for part in name.split("/"):
            grads = grads[part]
        return np.asarray(grads)

    def _forward(self) -> list[Mapping[str, Any]]:
        memories, y = [], self.x
        for layer, context in self.pairs:
            y, memory = layer.forward(self.params, y, context)
            memories.append(memory)
        return memories

    def _back(self, dy: Array, memories: list[Mapping[str, Any]], into: Mapping[str, Any] | None = None) -> Array:
        dy, grads = np.array(dy), _like(self.params) if into is None else into
        for (layer, context), memory in zip(reversed(self.pairs), reversed(memories), strict=True):
            dy = layer.backward(self.params, memory, dy, context, grads)
        return np.array(dy)


def _like(params: Mapping[str, Any]) -> dict[str, Any]:
    """Room for gradients in the form of weights."""
    return {name: _like(value) if isinstance(value, Mapping) else np.zeros_like(value) for name, value in params.items()}

"""What one update computed on its way: noted as it happens at no cost, copied only for a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from netviz.arrays import Array, FrozenMap, frozen
from netviz.engine.batches import Block
from netviz.engine.frame import Batch, Before, Phase
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters
from netviz.engine.workspace import Workspace


class Trace(NamedTuple):
    """What the update at hand has computed: each stage's memory from below, each stage's dy from above.

    before: noted where the update will be looked at.
    """

    block: Block
    rows: slice
    memories: list[Mapping[str, Any]]
    deltas: list[Array]
    before: Before | None = None


def kept_batch(
    trace: Trace, network: Network, data: Parameters, penalties: Parameters | None, clipped: Parameters | None,
    phase: Phase,
) -> Batch:  # fmt: skip
    """A frozen copy of what a trace has up to now."""
    block, rows = trace.block, trace.rows
    memory: dict[int, dict[str, Any]] = {}
    for stage, kept in zip(network.stages, trace.memories, strict=False):
        memory.setdefault(stage.index, {}).update(_kept(kept))
    deltas, upstream = {}, {}
    for stage, dy in zip(reversed(network.stages), trace.deltas, strict=False):
        handed = frozen(dy)
        deltas[stage.index] = handed  # a layer's first stage comes last, and stays
        if stage.ends:
            upstream[stage.index] = handed
    prediction = loss = None
    if phase is not Phase.FORWARD:
        outputs = block.outputs[rows]
        context = network.contexts(Workspace(outputs.dtype), training=False)[-1]
        with np.errstate(all="ignore"):
            prediction = frozen(network.prediction(outputs, context))
            loss = frozen(network.rows_loss(outputs, block.y[rows]))
        if network.fused:
            memory.setdefault(len(network.layers) - 1, {})["a"] = prediction
    graded = phase not in (Phase.FORWARD, Phase.LOSS)
    seen = graded and phase is not Phase.BACKWARD
    return Batch(
        frozen(block.rows[rows]), frozen(block.x(rows)), frozen(block.y[rows]),
        None if block.weights is None else frozen(block.weights[rows]),
        FrozenMap({layer: FrozenMap(arrays) for layer, arrays in memory.items()}),
        FrozenMap(deltas), prediction, loss,
        data.copy() if graded else None, penalties.copy() if graded and penalties is not None else None,
        FrozenMap(upstream), clipped.copy() if seen and clipped is not None else None, trace.before,
    )  # fmt: skip


def _kept(memory: Mapping[str, Any]) -> Mapping[str, Any]:
    """A frozen copy of a stage's memory, and of those of the layers inside it."""
    return FrozenMap(
        {name: _kept(value) if isinstance(value, Mapping) else frozen(value) for name, value in memory.items()}
    )

"""What a phase of an update lights: exactly what it has just computed, for one row of the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array
from netviz.document.view import Links
from netviz.engine.frame import Batch, Frame, Phase
from netviz.engine.network import Network
from netviz.engine.workspace import Workspace
from netviz.pictures.microscope import Slide


@dataclass(frozen=True)
class Spotlight:
    """columns: the layers that are lit. joints: the layers whose links are; None lights all of them. links: what they show.

    values: of the units that have been computed, layer -> (units,), the input's under −1; deltas: whether they are δ.
    place, row: the row of the batch that they are of, and its number among the training rows.
    """

    columns: frozenset[int]
    joints: frozenset[int] | None
    links: Links
    values: Mapping[int, Array]
    deltas: bool
    place: int
    row: int


@dataclass(frozen=True)
class Outcome:
    """What was wanted of each output for the row in the light, (units,), and the row's own loss."""

    wanted: Array
    loss: float

    @property
    def is_class(self) -> bool:
        """Whether one of several outputs is wanted, and no other."""
        return len(self.wanted) > 1 and sorted(self.wanted.tolist())[-2:] == [0.0, 1.0] and float(self.wanted.sum()) == 1.0


def outcome(frame: Frame, light: Spotlight) -> Outcome | None:
    """What the loss compares the prediction of the row with, in phase LOSS; None in every other."""
    batch = frame.batch
    if frame.phase is not Phase.LOSS or batch is None or batch.loss is None:
        return None
    return Outcome(np.asarray(batch.y[light.place], float).ravel(), float(batch.loss[light.place]))


def place_of(batch: Batch, sample: int | None) -> int:
    """Where a training row is in a batch; the first place where it is not in it."""
    found: list[int] = np.flatnonzero(batch.rows == sample).tolist() if sample is not None else []
    return found[0] if found else 0


def spotlight(frame: Frame, network: Network, sample: int | None = None, applied: bool = False) -> Spotlight | None:
    """What the frame's phase lights; None between updates, where everything is.

    applied: phase APPLY is looked at as the last of its update, which lights the weights; else it is between updates.
    """
    batch, last = frame.batch, len(network.layers) - 1
    if batch is None or frame.phase.settled and not applied:
        return None
    place = place_of(batch, sample)
    row = int(batch.rows[place])
    if frame.phase.settled:
        return Spotlight(frozenset(), None, "weights", {}, False, place, row)
    if frame.phase is Phase.FORWARD:
        assert frame.layer is not None
        values = _values(frame, network, place, frame.layer)
        return Spotlight(frozenset({frame.layer}), frozenset({frame.layer}), "flow", values, False, place, row)
    if frame.phase is Phase.LOSS:
        return Spotlight(frozenset({last}), frozenset(), "flow", _values(frame, network, place, last), False, place, row)
    deltas = {layer: delta[place].ravel() for layer, delta in batch.deltas.items()}
    if frame.phase is Phase.BACKWARD:
        assert frame.layer is not None
        done = {layer: values for layer, values in deltas.items() if layer >= frame.layer}
        return Spotlight(frozenset({frame.layer}), frozenset({frame.layer}), "gradients", done, True, place, row)
    return Spotlight(frozenset(), None, "updates", deltas, True, place, row)


def _values(frame: Frame, network: Network, place: int, layer: int) -> dict[int, Array]:
    """What each layer up to one gave for a row, and the input."""
    assert frame.batch is not None
    values = {-1: frame.batch.x[place].ravel()}
    for below in range(layer + 1):
        if below in frame.batch.memory:
            output = Slide(frame, network, below).output[place : place + 1]
            if below == len(network.layers) - 1 and frame.batch.prediction is None:  # what the loss will see is z
                output = network.prediction(output, network.contexts(Workspace(output.dtype), training=False)[-1])
            values[below] = np.array(output).ravel()
    return values

"""Where in an update a training can be seen, in order, so that it can be stepped through back as well as forth.

The stations of one update are those at which `train` yields a Moment when it goes phase by phase; between two epochs
stands one more, the end of the epoch. So all Moments of a run form one line, and every one but the first has one before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from netviz.engine.frame import Phase
from netviz.engine.network import Network


class Station(NamedTuple):
    """A Moment by its address: `step` updates made, the phase that is done, and of which layer, if of one."""

    step: int
    phase: Phase
    layer: int | None = None


def stations(network: Network) -> tuple[tuple[Phase, int | None], ...]:
    """The phases of one update and their layers, in the order in which they are computed."""
    backward = reversed(network.stages[network.lowest :])
    return (
        *((Phase.FORWARD, stage.index) for stage in network.stages if stage.ends),
        (Phase.LOSS, None),
        *((Phase.BACKWARD, stage.index) for stage in backward if stage.begins),
        (Phase.OPTIMIZER, None),
        (Phase.APPLY, None),
    )


def before(
    station: Station, phases: tuple[tuple[Phase, int | None], ...], ends_epoch: Callable[[int], bool]
) -> Station | None:
    """The station before another; None at the start of a run.

    phases: those of the update that the station is of. ends_epoch: whether an epoch ended after so many updates.
    """
    step, phase, layer = station
    if phase is Phase.EPOCH:
        return Station(step, Phase.APPLY) if step else None
    place = phases.index((phase, layer))
    if not place:
        return settled(step, ends_epoch)
    made = step - 1 if phase is Phase.APPLY else step
    return Station(made, *phases[place - 1])


def settled(step: int, ends_epoch: Callable[[int], bool]) -> Station:
    """Where a training stands after so many updates: at the end of an epoch if there is one, or of an update."""
    return Station(step, Phase.EPOCH if not step or ends_epoch(step) else Phase.APPLY)

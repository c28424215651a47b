"""What a training tells whoever keeps every one of its updates, while it runs at full speed and makes no Moment of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from netviz.arrays import Array

if TYPE_CHECKING:
    from netviz.engine.training import Training

PLANES = 3  # weights, gradients and updates; then one for each slot


class Judged(NamedTuple):
    """The newest updates, whose losses have just been worked out; each array has one row for each of them.

    step: updates made up to the last of them. position: how many rows of the epoch are done after each. losses, rows,
    totals: the epoch's running sums after each, as in `Sums`; totals are (updates, count) by the metric's name.
    """

    step: int
    epoch: int
    position: Array
    rates: list[float]
    losses: Array
    rows: Array
    totals: Mapping[str, Array]


class Recorder(Protocol):
    """Keeps updates. Its methods are called in the training's thread, between two updates."""

    def enter(self, training: Training, planes: Array) -> None:
        """From here on all numbers of an update lie in `planes`, (PLANES + slots, count), live."""

    def takes(self, size: int) -> bool:
        """Whether it keeps updates of so many bytes."""

    def keep(self, step: int) -> None:
        """An update has just been made."""

    def judged(self, judged: Judged) -> None:
        """Say of the updates since the last call what was not known when they were made."""

    def close(self, training: Training) -> None:
        """The epoch of the newest update has ended, and its row is written."""

"""A Moment: what `train` yields, a live view of the training until the next is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from netviz.arrays import FrozenMap
from netviz.engine.frame import Batch, Frame, Phase, Probe, averaged
from netviz.engine.history import History
from netviz.engine.parameters import Parameters
from netviz.engine.stations import Station
from netviz.engine.trace import kept_batch

if TYPE_CHECKING:
    from netviz.engine.training import Training


class Moment(NamedTuple):
    """A live view of a training, valid until the next is asked for; `frame` makes it last."""

    training: Training
    phase: Phase
    layer: int | None

    @property
    def station(self) -> Station:
        """Its address in the run."""
        return Station(self.training.step, self.phase, self.layer)

    @property
    def epoch(self) -> int:
        """How many epochs have ended."""
        return self.training.epoch

    @property
    def step(self) -> int:
        """How many updates have been made."""
        return self.training.step

    @property
    def is_epoch(self) -> bool:
        """Whether an epoch has just ended."""
        return self.phase is Phase.EPOCH

    @property
    def is_update(self) -> bool:
        """Whether an update has just been made."""
        return self.phase is Phase.APPLY

    @property
    def params(self) -> Parameters:
        """The weights, live."""
        return self.training.params

    @property
    def averaged(self) -> Parameters | None:
        """The weights' moving average; None where the optimizer keeps none."""
        return averaged(self.training.params, self.training.slots)

    @property
    def stopped(self) -> bool:
        """Whether early stopping ended the training here."""
        return self.training.stopped

    @property
    def history(self) -> History:
        """The history up to this moment, of all updates that are made."""
        return self.training.view() if self.phase.settled else self.training.ledger.view()

    def frame(self, probes: Mapping[str, Probe] | None = None) -> Frame:
        """A frozen copy, with the answers to probes."""
        t = self.training
        history = self.history  # judges the newest rows, so it comes before the sums
        frame = Frame(
            self.phase, self.layer, t.epoch, t.step, t.position, t.experiment, t.rate,
            t.params.copy(), t.grads.copy(), t.updating.updates.copy(),
            FrozenMap({name: slot.copy() for name, slot in t.slots.items()}),
            history, t.ledger.sums(), t.best, self._batch(),
        )  # fmt: skip
        return frame.probed_by(probes, t.network, t.samples) if probes else frame

    def _batch(self) -> Batch | None:
        t = self.training
        if t.trace is None:
            return None
        data, penalties = t.apart or (t.grads, None)
        return kept_batch(t.trace, t.network, data, penalties, t.updating.seen, self.phase)

"""What the trainer is on its way to: a number of epochs, a number of steps, or a certain update."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from netviz.engine.experiment import Experiment
from netviz.engine.stations import Station
from netviz.engine.train import Moment, Stride
from netviz.i18n import _, plural


def complete(moment: Moment) -> bool:
    """Whether nothing of an epoch is left to be closed here."""
    return moment.is_epoch or moment.training.position < len(moment.training.samples.x)


def stopped_early(moment: Moment) -> str:
    """What is said where early stopping ended a training."""
    stopping = moment.training.experiment.stopping
    sentence = _("Stopped early after {n} epochs: {what} no longer improves.")
    return sentence.format(n=moment.epoch, what=stopping.monitor if stopping else "")


class Goal(ABC):
    """Where training pauses by itself. `stride`: how far apart Moments must be at most; None where it is all one."""

    stride: Stride | None = None
    paced = False  # whether the speed that is set holds on the way

    @abstractmethod
    def reached(self, moment: Moment) -> bool:
        """Whether this moment, which has just been reached, is the last; asked once for each."""

    def near(self, step: int) -> Stride | None:
        """How closely the next update, after `step` of them, must be looked at; None where it need not be."""
        return None

    def sentence(self, moment: Moment) -> str:
        """What is said when it is reached."""
        return ""

    def edited(self, experiment: Experiment, fresh: bool) -> Goal | None:
        """The goal after an edit; `fresh` where training begins anew."""
        return self


@dataclass
class Epochs(Goal):
    """So many epochs from `begin` on: a given number, or as many as the experiment says."""

    begin: int
    usual: int
    asked: int | None = None
    paced = True

    def reached(self, moment: Moment) -> bool:
        """Whether the last of them has ended."""
        return moment.is_epoch and moment.epoch >= self.begin + (self.asked or self.usual)

    def sentence(self, moment: Moment) -> str:
        """How many there were, from the first one on."""
        return plural("Paused after {n} epoch.", "Paused after {n} epochs.", moment.epoch)

    def edited(self, experiment: Experiment, fresh: bool) -> Goal:
        """As many epochs as the edited experiment says."""
        return Epochs(0 if fresh else self.begin, experiment.epochs, self.asked)


class Steps(Goal):
    """So many phases, updates or epochs."""

    def __init__(self, stride: Stride, count: int) -> None:
        """From here on."""
        self._kind, self._left = stride, count
        self.stride = stride

    def reached(self, moment: Moment) -> bool:
        """Whether that was the last of them; the end of an epoch is a phase of its own, but belongs to its last update."""
        kinds = {Stride.PHASE: True, Stride.STEP: moment.is_update, Stride.EPOCH: moment.is_epoch}
        self._left -= kinds[self._kind]
        return self._left <= 0 and (self._kind is Stride.PHASE or complete(moment))


@dataclass
class Arrival(Goal):
    """A certain update; where it is the last of its epoch, the epoch's end."""

    step: int

    def reached(self, moment: Moment) -> bool:
        """Whether it is there, and nothing of the epoch is left to be closed."""
        return moment.step >= self.step and complete(moment)

    def near(self, step: int) -> Stride | None:
        """The next update is the one."""
        return Stride.STEP if step + 1 == self.step else None

    def edited(self, experiment: Experiment, fresh: bool) -> Goal | None:
        """In another run that update means nothing."""
        return None if fresh else self


@dataclass
class Stop(Goal):
    """A certain station of an update."""

    station: Station

    def reached(self, moment: Moment) -> bool:
        """Whether this is the one, or it lies behind."""
        return moment.station == self.station or moment.step > self.station.step

    def near(self, step: int) -> Stride | None:
        """The update that the station is of goes phase by phase, but for its end."""
        if self.station.phase.settled:
            return Stride.STEP if step + 1 == self.station.step else None
        return Stride.PHASE if step == self.station.step else None

    def edited(self, experiment: Experiment, fresh: bool) -> Goal | None:
        """In another run that station means nothing."""
        return None if fresh else self

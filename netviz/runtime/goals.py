"""What the trainer is on its way to: a number of epochs, a number of steps, or a certain update."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from netviz.engine.experiment import Experiment
from netviz.engine.train import Moment, Stride
from netviz.i18n import plural


class Goal(ABC):
    """Where training pauses by itself. `stride`: how far apart Moments must be at most; None where it is all one."""

    stride: Stride | None = None

    @abstractmethod
    def reached(self, moment: Moment) -> bool:
        """Whether this moment, which has just been reached, is the last; asked once for each."""

    def near(self, step: int) -> bool:
        """Whether the next update, after `step` of them, must be looked at."""
        return False

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
        """Whether that was the last of them; between two epochs nothing is computed, so that is no phase."""
        kinds = {Stride.PHASE: not moment.is_epoch, Stride.STEP: moment.is_update, Stride.EPOCH: moment.is_epoch}
        self._left -= kinds[self._kind]
        return self._left <= 0


@dataclass
class Arrival(Goal):
    """A certain update; where it is the last of its epoch, the epoch's end."""

    step: int

    def reached(self, moment: Moment) -> bool:
        """Whether it is there, and nothing of the epoch is left to be closed."""
        t = moment.training
        return moment.step >= self.step and (moment.is_epoch or t.position < len(t.samples.x))

    def near(self, step: int) -> bool:
        """Whether the next update is the one."""
        return step + 1 == self.step

    def edited(self, experiment: Experiment, fresh: bool) -> Goal | None:
        """In another run that update means nothing."""
        return None if fresh else self

"""How training really went, enough to repeat it bit for bit: where it started, and which Experiment held from when."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import numpy as np

from netviz.arrays import frozen
from netviz.codec import Checked, Range
from netviz.engine.experiment import Experiment
from netviz.engine.surgery import Setting


@dataclass(frozen=True, eq=False)
class Start(Checked):
    """Fresh from the seed when `params` is None; else from given weights, perhaps with an optimizer's slots.

    params: all weights, (count,). slots: (name, vector) pairs; updates: how many updates those slots have seen.
    epochs: how many epochs have gone before. Schedules, random masks and shuffling go on from these two counts, while
    a Run's own steps and epochs begin at 0.
    """

    params: np.ndarray[Any, Any] | None = None
    slots: tuple[tuple[str, np.ndarray[Any, Any]], ...] = ()
    updates: Annotated[int, Range(low=0)] = 0
    epochs: Annotated[int, Range(low=0)] = 0

    def __post_init__(self) -> None:
        if self.params is not None:
            object.__setattr__(self, "params", frozen(self.params))
        object.__setattr__(self, "slots", tuple((name, frozen(vector)) for name, vector in self.slots))


@dataclass(frozen=True)
class Segment(Checked):
    """From this step on, this Experiment held."""

    step: Annotated[int, Range(low=0)]
    experiment: Experiment


@dataclass(frozen=True)
class Run(Checked):
    """A start and segments; `blas_threads` is how many threads the matrix products ran on, because bits depend on it."""

    segments: tuple[Segment, ...]
    start: Start = field(default_factory=Start)
    blas_threads: Annotated[int, Range(low=0)] = 0

    @classmethod
    def of(cls, experiment: Experiment, start: Start | None = None, blas_threads: int = 0) -> Run:
        """A run that has not begun."""
        return cls((Segment(0, experiment),), start or Start(), blas_threads)

    @property
    def experiment(self) -> Experiment:
        """The one that holds at the end."""
        return self.segments[-1].experiment

    def at(self, step: int) -> Segment:
        """The segment that holds for the update after `step` updates."""
        return self.segments[max(0, bisect_right([s.step for s in self.segments], step) - 1)]

    def edited(self, step: int, experiment: Experiment) -> Run:
        """The same run with another Experiment from a step on; what was planned for later is dropped."""
        kept = tuple(segment for segment in self.segments if segment.step < step)
        return replace(self, segments=(*kept, Segment(step, experiment)))

    def set_by_hand(self, step: int) -> tuple[Setting, ...]:
        """The weights that are set by hand after so many updates."""
        surgery = self.at(step).experiment.surgery
        return tuple(part for part in surgery if isinstance(part, Setting) and part.step == step)

    def updates(self, step: int) -> int:
        """How many updates the slots that hold at a step have seen: a new kind of optimizer begins at none."""
        here = self.at(step)
        since = 0
        for before, segment in zip(self.segments, self.segments[1:], strict=False):
            if segment.step <= here.step and type(segment.experiment.optimizer) is not type(before.experiment.optimizer):
                since = segment.step
        return step - since + (self.start.updates if since == 0 else 0)

"""What a schedule is: a pure function of the base rate, the number of updates made, and the history.

The base rate is the optimizer's learning_rate, so a schedule here says only how it changes. Formulas are those of
https://keras.io/api/optimizers/learning_rate_schedules with initial_learning_rate as the base rate.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from netviz.codec import Checked, Range, Title
from netviz.i18n import N_
from netviz.registry import Registry

if TYPE_CHECKING:
    from netviz.engine.history import History

schedules: Registry[Schedule] = Registry("schedule")

_MOST = 1_000_000_000
Steps = Annotated[int, Range(low=1, high=_MOST, log=True, title=N_("Updates to decay"))]
WarmUpSteps = Annotated[int, Range(low=0, high=_MOST, title=N_("Updates to warm up"))]
LastShare = Annotated[float, Range(low=0, high=1, unit="%", title=N_("Last rate α"))]
Stairs = Annotated[bool, Title(N_("In steps"))]


@dataclass(frozen=True)
class Schedule(Checked, ABC):
    """A rule for the learning rate of the next update."""

    family: ClassVar = schedules

    @abstractmethod
    def rate(self, base: float, step: int, history: History | None = None) -> float:
        """The learning rate after `step` updates, for a base rate. history: as of the last epoch that ended."""

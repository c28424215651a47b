"""A gentle beginning for any schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from netviz.codec import Range, Title
from netviz.engine.schedules.decays import Constant
from netviz.engine.schedules.schedule import Schedule, WarmUpSteps, schedules
from netviz.i18n import N_

if TYPE_CHECKING:
    from netviz.engine.history import History


@schedules.register("warm_up", title=N_("Warm-up, then another"))
@dataclass(frozen=True)
class WarmUp(Schedule):
    """η = (s + (1 − s)·step/warmup_steps)·(what `then` begins with), after warmup_steps updates what `then` gives.

    s is start_factor. `then` counts its own updates from the end of the warm-up on. Goyal et al., 2017.
    """

    warmup_steps: WarmUpSteps = 100
    start_factor: Annotated[float, Range(low=0, high=1, unit="%", title=N_("Begin at"))] = 0.0
    then: Annotated[Schedule, Title(N_("Then"))] = Constant()

    def rate(self, base: float, step: int, history: History | None = None) -> float:
        if step >= self.warmup_steps:
            return self.then.rate(base, step - self.warmup_steps, history)
        share = self.start_factor + (1 - self.start_factor) * step / self.warmup_steps
        return share * self.then.rate(base, 0, history)

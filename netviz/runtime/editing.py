"""An edited experiment comes in while another one is trained: where training goes on, and towards what."""

from __future__ import annotations

from netviz.document.continuation import Continuation, continue_with
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.run import Run
from netviz.i18n import _
from netviz.runtime.goals import Arrival, Goal
from netviz.runtime.playhead import Playhead
from netviz.runtime.ways import Ways


class Editing:
    """Puts edits under a playhead. Only the trainer's thread has one."""

    def __init__(self, head: Playhead, ways: Ways, threads: int) -> None:
        """`threads` of matrix products are noted in new runs."""
        self._head, self._ways, self._threads = head, ways, threads

    def edit(self, experiment: Experiment, goal: Goal | None) -> tuple[Goal | None, str | None]:
        """Go on with another experiment; whether it runs does not change.

        Returns where training is on its way to from now on, and a sentence for the user, None where nothing is new.
        """
        head = self._head
        if head.run is None:
            head.stand(Run.of(experiment, blas_threads=self._threads), None, fresh=True)
            return goal, None
        head.settle()
        going_on = continue_with(head.run, head.frame, experiment)
        if going_on.run is head.run:
            return goal, None
        fresh = going_on.since is None
        left = not fresh and self._ways.leave()
        kept = _("What had been trained from there on is kept as a branch.") if left else ""
        sentence = f"{going_on.sentence} {kept}".strip()
        if going_on.since is not None and self._sets_by_hand(going_on, going_on.since.step):
            return self._set_by_hand(going_on.run, going_on.since.step) or goal, sentence
        head.stand(going_on.run, going_on.since, fresh)
        if going_on.since is not None:
            head.reel.cut(going_on.since.step)
        return goal.edited(experiment, fresh) if goal else None, sentence

    def _sets_by_hand(self, going_on: Continuation, step: int) -> bool:
        assert self._head.run is not None
        return self._head.run.set_by_hand(step) != going_on.run.set_by_hand(step)

    def _set_by_hand(self, run: Run, step: int) -> Goal | None:
        """Come to an update again, because weights are set there that were not, or no longer are."""
        head = self._head
        head.reel.cut(step - 1)
        head.frame = None
        return go(head, run, head.reel.nearest(step - 1), Arrival(step))


def go(head: Playhead, run: Run, since: Frame | None, goal: Goal) -> Goal | None:
    """Make again what lies between a frame and a goal; None where that is reached at once."""
    head.stand(run, since)
    assert head.moment is not None
    return None if goal.reached(head.moment) else goal

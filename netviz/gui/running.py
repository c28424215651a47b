"""The commands of the Run menu, and what they mean for the document: whether it trains, and whether that is saved."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING

from netviz import blas
from netviz.document.branches import Branch
from netviz.document.continuation import continue_with
from netviz.document.edits import set_field
from netviz.document.problems import Problem
from netviz.document.projectfile import Project
from netviz.engine.experiment import Experiment
from netviz.engine.run import Run
from netviz.engine.train import Stride
from netviz.i18n import _
from netviz.runtime import Fault, Report, Status

if TYPE_CHECKING:
    from netviz.gui.window import Window


class TrainingCommands:
    """Training from the window.

    The thread obeys a moment after it was asked. Until then what was asked for counts, so that keys pressed quickly
    do what they say.
    """

    def __init__(self, window: Window) -> None:
        """Nothing is loaded yet."""
        self._window = window
        self._settled: Report | None = None
        self._saved: tuple[Run, int] | None = None
        self._branches: tuple[Branch, ...] = ()  # those that are saved
        self.running = False

    # ------------------------------------------------------------------------------------------------ commands

    def run(self) -> None:
        """Train, or pause."""
        if not self.possible():
            return
        self.running = not self.running
        if self.running:
            self._window.trainer.play()
        else:
            self._window.trainer.pause()
        self._window.transport.show_running(self.running)

    def pause(self) -> None:
        """Stop, and stay."""
        self.running = False
        self._window.trainer.pause()
        self._window.transport.show_running(False)

    def faster(self) -> None:
        """Train; where it trains already, faster."""
        if self.running:
            self._window.transport.speed.change(1)
        else:
            self.run()

    def slower(self) -> None:
        """Train more slowly."""
        self._window.transport.speed.change(-1)

    def reset(self) -> None:
        """Back to the first weights. Where ways are compared, the one at hand becomes one of the others."""
        if self.possible():
            self.running = False
            self._window.trainer.load(self._fresh(self._window.session.value))

    def step_phase(self) -> None:
        """One phase further."""
        self._step(Stride.PHASE)

    def step_batch(self) -> None:
        """One update further."""
        self._step(Stride.STEP)

    def step_epoch(self) -> None:
        """One epoch further."""
        self._step(Stride.EPOCH)

    def _step(self, stride: Stride) -> None:
        trainer = self._window.trainer
        if self.possible() and self._window.keys.heeds(trainer.behind(trainer.latest())):
            self.running = False
            trainer.step(stride)

    def possible(self) -> bool:
        """Whether it can be trained; else the reason is said."""
        if self._window.problems:
            self._window.say(self._window.problems[0].sentence, problem=True)
        return not self._window.problems

    # -------------------------------------------------------------------------------------- what the window asks

    def begin(self, project: Project) -> None:
        """Load what is in a file, or an example as it comes; edits that came after its training come on top of it.

        Where those cannot be trained, what was trained before them waits until they can.
        """
        run, frame = project.run, project.frame
        if self._window.problems and run is None:
            return
        if run is None or not self._window.problems:
            going_on = continue_with(run or self._fresh(project.experiment), frame, project.experiment)
            run, frame = going_on.run, going_on.since
        self._saved = (run, frame.step if frame else 0)
        self._branches = project.branches
        self._window.trainer.load(run, frame, project.branches, project.name)

    def _fresh(self, experiment: Experiment) -> Run:
        return Run.of(experiment, blas_threads=blas.threads())

    def hold(self) -> None:
        """Pause, because what is there now cannot be trained."""
        self.running = False
        self._window.trainer.pause()

    def note(self, report: Report) -> None:
        """Learn from a report what the trainer does, and whether something has been learnt since the last save."""
        if self._window.trainer.knows(report):
            self.running = report.status is Status.RUNNING
        if report.run is None or report.frame is None or not report.frame.phase.settled:
            return
        self._settled = report
        session = self._window.session
        before = session.dirty
        same = len(report.branches) == len(self._branches) and all(map(is_, report.branches, self._branches))
        session.trained(not same or not self._is_saved(report.run, report.frame.step))
        if session.dirty != before:
            self._window.show_title()

    def mend(self, fault: Fault | None) -> tuple[Problem, ...]:
        """What went wrong in training as a problem to be shown, with a fix where the updates were too large."""
        if fault is None:
            return ()
        experiment = self._window.session.value
        if fault.step is None:
            return (Problem(fault.sentence),)
        rate = experiment.optimizer.learning_rate / 10
        slower = set_field(experiment, ("optimizer", "learning_rate"), rate)
        title = _("Learning rate {rate:g}").format(rate=rate)
        return (Problem(fault.sentence, None, "optimizer.learning_rate", slower, title),)

    def settled(self) -> Report | None:
        """The newest report whose frame training can go on from."""
        self.note(self._window.trainer.latest())
        return self._settled

    def written(self, project: Project) -> None:
        """A file holds this much of the training, or none."""
        self._saved = (project.run, project.frame.step if project.frame else 0) if project.run is not None else None
        self._branches = project.branches

    def _is_saved(self, run: Run, step: int) -> bool:
        untrained = not step and run.start.params is None
        if self._saved is None:
            return untrained
        saved, saved_step = self._saved
        if step != saved_step:
            return False
        return run is saved or run == saved or untrained and saved.start.params is None

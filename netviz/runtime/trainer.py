"""The trainer: owns a training, obeys commands between two updates, and reports when somebody looks.

`train()` is asked for its next Moment over and over; between two Moments the inbox is read. Nothing else happens in
this thread, and nothing of it can be reached from outside but through the two doors.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable, Mapping

from netviz import blas
from netviz.document.branches import Branch
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.run import Run
from netviz.engine.train import Stride
from netviz.runtime import commands
from netviz.runtime.commands import Command, Report, Status
from netviz.runtime.mailbox import Inbox, Mailbox
from netviz.runtime.worker import Worker

_BUDGET = 256 * 1024 * 1024

Settled = (Status.EMPTY, Status.PAUSED, Status.FAULT, Status.CLOSED)


class Trainer:
    """The face of the training thread; every method returns at once, but for `wait` and `close`."""

    def __init__(self, budget: int = _BUDGET) -> None:
        """Start the thread; `budget` is the memory for kept frames in bytes."""
        self._inbox = Inbox()
        self._mailbox = Mailbox(Report(Status.EMPTY))
        worker = Worker(self._inbox, self._mailbox, budget, blas.use_threads())
        self._asked = 0
        self._worker = worker
        self._thread = threading.Thread(target=worker.live, name="netviz trainer", daemon=True)
        self._thread.start()
        self._end = weakref.finalize(self, _end, self._inbox, self._thread)
        atexit.register(self._end)

    def load(
        self, work: Run | Experiment, since: Frame | None = None, branches: tuple[Branch, ...] | None = None, name: str = ""
    ) -> None:
        """Train this from now on.

        A Run begins at its start, or goes on from one of its settled frames, and waits for play. An Experiment is an
        edit of the one that is loaded: training goes on where it can, and whether it runs does not change. An edit
        behind which the training has already been further keeps that as a branch. `branches` come with a document.
        """
        if isinstance(work, Run):
            self._put(commands.Load(run=work, since=since, branches=branches, name=name))
        else:
            self._put(commands.Load(experiment=work))

    def branch_off(self) -> None:
        """Keep the way gone so far as a branch, and go on from here on another."""
        self._put(commands.BranchOff())

    def go_to(self, place: int) -> None:
        """Go on with a branch, where it had ended."""
        self._put(commands.GoTo(place))

    def rename(self, name: str, place: int | None = None) -> None:
        """Rename a branch, or the way at hand."""
        self._put(commands.Rename(name, place))

    def forget(self, place: int) -> None:
        """Delete a branch."""
        self._put(commands.Forget(place))

    def play(self, epochs: int | None = None) -> None:
        """Train for as many epochs as the experiment says, or for another number."""
        self._put(commands.Play(epochs))

    def step(self, stride: Stride = Stride.STEP, count: int = 1) -> None:
        """Go on by phases, updates or epochs, and pause."""
        self._put(commands.Step(stride, count))

    def back(self, stride: Stride = Stride.STEP, count: int = 1) -> None:
        """Go back by phases, updates or epochs, and pause; at the start of the run it stays there."""
        self._put(commands.Back(stride, count))

    def seek(self, step: int) -> None:
        """Show the state after that many updates; training goes on from there."""
        self._put(commands.Seek(step))

    def pause(self) -> None:
        """Stop at the next update."""
        self._put(commands.Pause())

    def want(self, probes: Mapping[str, Probe]) -> None:
        """Have every frame answer these questions, worked out in the trainer's thread."""
        self._put(commands.Want(dict(probes)))

    def pace(self, per_second: float | None, phases: bool = False) -> None:
        """Limit the speed of play to so many updates a second, or phases of updates; None lifts the limit."""
        self._put(commands.Pace(per_second, phases))

    def latest(self) -> Report:
        """The newest report, without waiting; asking has a newer one made."""
        return self._mailbox.latest()

    def hold(self) -> None:
        """Have it wait at the next update for a tenth of a second, or until `release`, while a picture is painted."""
        self._inbox.hold()

    def release(self) -> None:
        """Let it go on."""
        self._inbox.release()

    def knows(self, report: Report) -> bool:
        """Whether a report was made after everything that has been asked for."""
        return report.obeyed == self._asked

    def behind(self, report: Report) -> int:
        """How many commands have been given since a report."""
        return self._asked - report.obeyed

    def wait(self, timeout: float | None = None) -> Report:
        """Wait until all commands are done and nothing runs any more. For tests and programs, never for a window."""
        self._mailbox.wait_for(lambda report: self.knows(report) and report.status in Settled, timeout)
        return self._mailbox.latest()

    def wait_for(self, condition: Callable[[Report], bool], timeout: float | None = None) -> bool:
        """Wait until a report fulfils a condition, having a new one made all the while."""
        self._mailbox.wanted = True
        return self._mailbox.wait_for(self._asking(condition), timeout)

    def close(self) -> None:
        """End the thread and wait for it: at most as long as one update takes. Further calls do nothing."""
        self._end()
        atexit.unregister(self._end)

    def _asking(self, condition: Callable[[Report], bool]) -> Callable[[Report], bool]:
        def asked(report: Report) -> bool:
            self._mailbox.wanted = True
            return condition(report)

        return asked

    def _put(self, command: Command) -> None:
        self._asked += 1
        self._inbox.put(command)


def _end(inbox: Inbox, thread: threading.Thread) -> None:
    inbox.put(commands.Close())
    if thread is not threading.current_thread():  # a forgotten trainer may be collected in any thread
        thread.join()

"""The inside of the training thread: it obeys commands between two Moments, and says how things stand."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial, singledispatchmethod

from netviz.datasets import DataProblem
from netviz.engine.frame import Frame
from netviz.engine.network import NetworkProblem
from netviz.engine.train import Moment, Stride
from netviz.i18n import _
from netviz.runtime import commands
from netviz.runtime.commands import Fault, Report, Status
from netviz.runtime.editing import Editing, go
from netviz.runtime.faults import fault_of
from netviz.runtime.goals import Arrival, Epochs, Goal, Steps, Stop, stopped_early
from netviz.runtime.mailbox import Inbox, Mailbox
from netviz.runtime.past import Past
from netviz.runtime.playhead import Playhead
from netviz.runtime.rate import Rate
from netviz.runtime.switching import Switching
from netviz.runtime.turns import Turns
from netviz.runtime.ways import Ways


class Worker:
    """All that the training thread owns. Only that thread calls anything here."""

    def __init__(self, inbox: Inbox, mailbox: Mailbox, budget: int, threads: int) -> None:
        """Empty, paused; `threads` of matrix products are noted in new runs."""
        self._inbox, self._mailbox = inbox, mailbox
        self._head = Playhead(budget, self._gait)
        self._reel = self._head.reel
        self._ways = Ways(self._head)
        self._past = Past(self._head)
        self._editing = Editing(self._head, self._ways, threads)
        self._turns = Turns()
        self._goal: Goal | None = None
        self._seconds = 0.0  # between two updates, or phases of them, while it plays; 0 is full speed
        self._by_phase = False
        self._due = 0.0
        self._fault: Fault | None = None
        self._refused: Fault | None = None  # why what was loaded last cannot be trained
        self._notice = ""
        self._rate = Rate()
        self._switching = Switching()
        self._open = True

    # ---------------------------------------------------------------------------------------------------- living

    def live(self) -> None:
        """Obey and train until closed."""
        try:
            while self._open:
                command = self._turns.next(self._goal)
                command = command or self._turns.admit(self._inbox.take(self._patience()), self._goal)
                if command is not None:
                    self._safely(partial(self._obey, command))
                    self._safely(self._report)
                elif self._goal is not None:
                    self._safely(self._advance)
                elif self._past.busy:
                    self._safely(self._look_back)
                self._switching.wish(self._goal is not None)
        finally:
            self._switching.wish(False)
            self._put(Status.CLOSED)
            self._head.frame = None
            self._past.forget()

    def _patience(self) -> float | None:
        """How long to wait for a command: for ever when paused, not at all at full speed."""
        if self._goal is None:
            return 0.0 if self._past.busy else None
        return max(0.0, self._due - time.monotonic()) if self._seconds and self._goal.paced else 0.0

    def _safely(self, work: Callable[[], None]) -> None:
        """A failure becomes a Fault: training pauses, and the last good frame stays."""
        try:
            work()
        except Exception as problem:
            self._fail(fault_of(problem))

    def _fail(self, fault: Fault) -> None:
        self._fault, self._goal = fault, None
        self._turns.drop()
        self._head.fall_back(fault.step)
        try:
            frame = self._head.shown()
        except Exception:  # a panel's question may be what failed
            frame = self._head.frame
        self._put(Status.FAULT, frame)

    # -------------------------------------------------------------------------------------------------- commands

    @singledispatchmethod
    def _obey(self, command: object) -> None:
        raise TypeError(f"not a command: {command!r}")

    @_obey.register
    def _(self, command: commands.Close) -> None:
        self._open, self._goal = False, None
        self._head.leave()

    @_obey.register
    def _(self, command: commands.Pause) -> None:
        self._pause()

    @_obey.register
    def _(self, command: commands.Want) -> None:
        self._head.probes = command.probes

    @_obey.register
    def _(self, command: commands.Pace) -> None:
        self._seconds = 1 / command.per_second if command.per_second else 0.0
        self._by_phase = command.phases and bool(self._seconds)
        self._due = time.monotonic()

    @_obey.register
    def _(self, command: commands.Load) -> None:
        self._fault = self._refused = None
        try:
            if command.experiment is not None:
                self._goal, sentence = self._editing.edit(command.experiment, self._goal)
                self._notice = self._notice if sentence is None else sentence
            elif command.run is not None:
                self._pause()
                left = self._ways.at_stake() if command.branches is None else None
                self._head.stand(command.run, command.since, fresh=True)
                self._notice = _("What had been trained is kept as “{name}”.").format(name=left.name) if left else ""
                if left:
                    self._ways.keep(left)
                if command.branches is not None:
                    self._ways.begin(command.branches, command.name)
        except (NetworkProblem, DataProblem) as problem:
            self._refused = fault_of(problem)
            raise

    @_obey.register
    def _(self, command: commands.BranchOff | commands.GoTo) -> None:
        self._pause()
        self._fault, self._notice = None, ""
        self._ways.obey(command)

    @_obey.register
    def _(self, command: commands.Rename | commands.Forget) -> None:
        self._ways.obey(command)

    @_obey.register
    def _(self, command: commands.Play) -> None:
        if self._may_go():
            if not self._by_phase:
                self._head.settle()
            assert self._head.run is not None
            self._goal = Epochs(self._head.epoch, self._head.run.experiment.epochs, command.epochs)
            self._rate = Rate()

    @_obey.register
    def _(self, command: commands.Step) -> None:
        if self._may_go():
            if command.stride is not Stride.PHASE:
                self._head.settle()
            self._goal = Steps(command.stride, command.count)

    @_obey.register
    def _(self, command: commands.Seek) -> None:
        head = self._head
        if head.run is None:
            return
        self._pause()
        self._fault, self._notice = None, ""
        self._goal = go(head, head.run, head.way_to(command.step), Arrival(command.step))

    @_obey.register
    def _(self, command: commands.Back) -> None:
        head = self._head
        station = head.before(command.stride, command.count)
        if head.run is None or station is None:
            return
        self._pause(settle=False)
        self._fault, self._notice = None, ""
        self._goal = go(head, head.run, head.way_to_station(station), Stop(station))

    def _may_go(self) -> bool:
        """Whether there is something to train; what was refused is refused again."""
        self._fault, self._notice = self._refused, ""
        return self._head.run is not None and self._refused is None

    # -------------------------------------------------------------------------------------------------- training

    def _gait(self, step: int) -> Stride:
        """Asked before each update: stop behind it when somebody is waiting, or the reel is."""
        goal = self._goal
        if goal is not None and goal.stride in (Stride.PHASE, Stride.STEP):
            return goal.stride
        near = goal.near(step) if goal is not None else Stride.STEP
        if near is not None:
            return near
        if self._by_phase and goal is not None and goal.paced:
            return Stride.PHASE
        shown = self._mailbox.wanted and not self._replays(step)
        stop = self._inbox.pending or shown or self._seconds
        return Stride.STEP if stop or self._head.due(times=2) else Stride.EPOCH  # epochs' ends come first

    def _advance(self) -> None:
        """One Moment further."""
        goal = self._goal
        assert goal is not None
        moment = self._head.advance()
        self._due = time.monotonic() + self._seconds
        if moment.is_epoch:
            self._rate.count(moment.epoch)
        if goal.reached(moment):
            self._notice = goal.sentence(moment)
        elif not moment.stopped or isinstance(goal, Arrival | Stop):  # where training once went on, a replay does too
            self._look(moment)
            return
        if moment.stopped:
            self._notice = stopped_early(moment)
        self._pause(settle=goal.stride is not Stride.PHASE and not isinstance(goal, Stop))
        self._report()

    def _look(self, moment: Moment) -> None:
        """Make a frame where somebody waits for one, or where the reel is due for one."""
        if self._mailbox.wanted and not self._replays(moment.step):
            self._put(Status.RUNNING, self._head.shown())
        if moment.phase.settled and (self._goal and self._goal.stride is not None or self._head.due()):
            self._head.keep()

    def _look_back(self) -> None:
        """A slice of what is asked of the past; once all of it is known, say so."""
        if self._past.work():
            self._report()

    def _replays(self, step: int) -> bool:
        """Whether what was trained before is made again, on the way to somewhere: no pictures are made of that."""
        return isinstance(self._goal, Arrival | Stop) and step < self._reel.newest

    def _pause(self, settle: bool = True) -> None:
        if self._goal is not None and settle and not (self._by_phase and self._goal.paced):
            self._head.settle()
        self._goal = None

    # ------------------------------------------------------------------------------------------------- reporting

    def _report(self) -> None:
        """Say how things stand: paused, with a frame of this moment."""
        if self._fault is not None:
            self._put(Status.FAULT)
        elif self._head.run is None:
            self._put(Status.EMPTY)
        elif self._goal is not None:  # within an update that is what is seen, not where training can go on from
            self._put(Status.RUNNING, self._head.shown() if self._head.within else None)
        else:
            frame = self._head.shown()
            self._past.look(frame)
            self._put(Status.PAUSED, self._past.added(frame))

    def _put(self, status: Status, frame: Frame | None = None) -> None:
        head, rate = self._head, self._rate.value if status is Status.RUNNING else 0.0
        report = Report(
            status, head.run, frame or head.frame, self._fault, self._notice, rate, self._turns.taken,
            self._ways.branches, self._ways.name, self._ways.furthest(), self._reel.kept(),
        )  # fmt: skip
        self._mailbox.put(report)


"""The inside of the training thread."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial, singledispatchmethod

from netviz.datasets import DataProblem, Samples
from netviz.document.continuation import continue_with
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.network import NetworkProblem
from netviz.engine.run import Run
from netviz.engine.train import Diverged, Moment, Stride, train
from netviz.i18n import _, plural
from netviz.runtime.commands import Close, Fault, Load, Pace, Pause, Play, Report, Seek, Status, Step, Want
from netviz.runtime.mailbox import Inbox, Mailbox
from netviz.runtime.reel import Reel

_REEL_SHARE = 0.05  # of the time at full speed may go into frames that are kept for going back
_RATE_SECONDS = 0.5
_ENDLESS = 10**12


class Worker:
    """All that the training thread owns. Only that thread calls anything here."""

    def __init__(self, inbox: Inbox, mailbox: Mailbox, budget: int, threads: int) -> None:
        """Empty, paused; `threads` of matrix products are noted in new runs."""
        self._inbox, self._mailbox, self._threads = inbox, mailbox, threads
        self._reel = Reel(budget)
        self._run: Run | None = None
        self._samples: Samples | None = None
        self._moments: Iterator[Moment] | None = None
        self._moment: Moment | None = None
        self._frame: Frame | None = None
        self._probes: Mapping[str, Probe] = {}
        self._goal: Callable[[Moment], bool] | None = None
        self._stride: Stride | None = None
        self._target: int | None = None
        self._until = 0
        self._seconds_per_update = 0.0
        self._due = 0.0
        self._fault: Fault | None = None
        self._notice = ""
        self._rate = _Rate()
        self._kept_at = self._keep_cost = self._frame_cost = 0.0
        self._open = True
        self._obeyed = 0
        self.frames_made = 0

    # ---------------------------------------------------------------------------------------------------- living

    def live(self) -> None:
        """Obey and train until closed."""
        while self._open:
            command = self._inbox.take(self._patience())
            if command is not None:
                self._obeyed += 1
                self._safely(partial(self._obey, command))
                self._report()
            elif self._goal is not None:
                self._safely(self._advance)
        self._put(Status.CLOSED)

    def _patience(self) -> float | None:
        """How long to wait for a command: for ever when paused, not at all at full speed."""
        if self._goal is None:
            return None
        return max(0.0, self._due - time.monotonic()) if self._seconds_per_update else 0.0

    def _safely(self, work: Callable[[], None]) -> None:
        """A failure becomes a Fault: training pauses, and the last good frame stays."""
        try:
            work()
        except (NetworkProblem, DataProblem) as problem:
            self._fail(Fault(str(problem)))
        except Diverged as problem:
            self._fail(Fault(str(problem), step=problem.step))
        except Exception as problem:
            self._fail(Fault(_("Training failed: {why}").format(why=problem), traceback.format_exc()))

    def _fail(self, fault: Fault) -> None:
        self._fault, self._goal, self._moments, self._moment = fault, None, None, None
        if fault.step is not None:
            self._frame = self._reel.nearest(fault.step - 1) or self._frame
        self._report()

    # ------------------------------------------------------------------------------------------------- commands

    @singledispatchmethod
    def _obey(self, command: object) -> None:
        raise TypeError(f"not a command: {command!r}")

    @_obey.register
    def _(self, command: Close) -> None:
        self._open, self._goal, self._moments, self._moment = False, None, None, None

    @_obey.register
    def _(self, command: Pause) -> None:
        self._pause()

    @_obey.register
    def _(self, command: Want) -> None:
        self._probes = command.probes

    @_obey.register
    def _(self, command: Pace) -> None:
        rate = command.updates_per_second
        self._seconds_per_update = 1 / rate if rate else 0.0
        self._due = time.monotonic()

    @_obey.register
    def _(self, command: Load) -> None:
        if command.experiment is not None:
            self._edit(command.experiment)
            return
        self._pause()
        assert command.run is not None
        self._begin(command.run, command.since)
        self._notice = ""

    @_obey.register
    def _(self, command: Play) -> None:
        if self._run is None:
            return
        epochs = command.epochs or self._run.experiment.epochs
        self._settle()
        self._until = (self._frame.epoch if self._frame else 0) + epochs
        self._resume()
        self._stride, self._target, self._fault, self._notice = None, None, None, ""
        self._goal = lambda moment: False
        self._rate = _Rate()

    @_obey.register
    def _(self, command: Step) -> None:
        if self._run is None:
            return
        self._fault, self._notice = None, ""
        self._until = _ENDLESS
        if self._moments is None or self._moment is None or command.stride is not Stride.PHASE:
            self._settle()
            self._resume()
        left = command.count

        def reached(moment: Moment) -> bool:
            nonlocal left
            counts = {Stride.PHASE: not moment.is_epoch, Stride.STEP: moment.is_update, Stride.EPOCH: moment.is_epoch}
            left -= counts[command.stride]
            return left <= 0

        self._stride, self._target, self._goal = command.stride, None, reached

    @_obey.register
    def _(self, command: Seek) -> None:
        if self._run is None:
            return
        self._pause()
        self._fault, self._notice = None, ""
        since = self._reel.nearest(command.step)
        if self._frame is not None and since is not None and since.step < self._frame.step <= command.step:
            since = self._frame
        self._until = _ENDLESS
        self._begin(self._run, since, keep_reel=True)
        if self._frame is not None and self._frame.step >= command.step:
            return
        self._stride, self._target = None, command.step
        self._goal = lambda moment: moment.step >= command.step

    # ------------------------------------------------------------------------------------------------- training

    def _begin(self, run: Run, since: Frame | None, keep_reel: bool = False) -> None:
        """Stand at the start of a run, or at one of its frames."""
        experiment = run.experiment
        same = self._run is not None and _ground(self._run.experiment) == _ground(experiment)
        if self._samples is None or not same:
            self._samples = experiment.samples()
        self._run = run
        if not keep_reel:
            self._reel.clear()
        self._fault, self._frame = None, since
        self._resume()
        if since is None and self._moment is not None:
            self._frame = self._make(self._moment)
        assert self._frame is not None
        self._reel.keep(self._frame)

    def _edit(self, experiment: Experiment) -> None:
        """Go on with another experiment; whether it runs does not change."""
        if self._run is None:
            self._begin(Run.of(experiment, blas_threads=self._threads), None)
            return
        goal, until = self._goal, self._until
        self._settle()
        going_on = continue_with(self._run, self._frame, experiment)
        if going_on.run is self._run:
            return
        if going_on.since is not None:
            self._reel.cut(going_on.since.step)
        elif goal is not None:
            until = experiment.epochs
        self._begin(going_on.run, going_on.since, keep_reel=going_on.since is not None)
        self._until, self._notice = until, going_on.sentence
        self._resume()
        self._goal = goal

    def _resume(self) -> None:
        """A fresh generator from the frame at hand."""
        assert self._run is not None and self._samples is not None
        done = self._frame.epoch if self._frame else 0
        self._moments = train(self._run, self._samples, self._frame, self._gait, max(1, self._until - done))
        self._moment = next(self._moments)

    def _gait(self, step: int) -> Stride:
        """Asked before each update: stop behind it when somebody is waiting."""
        if self._stride in (Stride.PHASE, Stride.STEP):
            return self._stride
        stop = self._inbox.pending or self._mailbox.wanted or self._seconds_per_update or self._target == step + 1
        return Stride.STEP if stop else Stride.EPOCH

    def _advance(self) -> None:
        """One Moment further."""
        assert self._moments is not None and self._goal is not None
        moment = next(self._moments, None)
        self._due = time.monotonic() + self._seconds_per_update
        if moment is None:
            self._end_of_epochs()
            return
        self._moment = moment
        if moment.is_epoch:
            self._rate.count(moment.epoch)
        if moment.stopped:
            self._pause()
            self._notice = _("Stopped early after {n} epochs: {what} no longer improves.").format(
                n=moment.epoch, what=self._watched()
            )
            self._report()
        elif self._goal(moment):
            self._pause(settle=self._stride is not Stride.PHASE)
            self._report()
        else:
            self._look(moment)

    def _watched(self) -> str:
        stopping = self._run.experiment.stopping if self._run else None
        return stopping.monitor if stopping else ""

    def _look(self, moment: Moment) -> None:
        """Make a frame where somebody waits for one, or where the reel is due for one."""
        frame = None
        if self._mailbox.wanted:
            frame = self._make(moment)
            self._frame = frame if moment.phase.settled else self._frame
            self._put(Status.RUNNING, frame)
        if moment.phase.settled and (self._stride is not None or self._reel_due()):
            self._keep(frame or self._make(moment, probes=False))

    def _reel_due(self) -> bool:
        return time.perf_counter() - self._kept_at > self._keep_cost / _REEL_SHARE

    def _keep(self, frame: Frame) -> None:
        begin = time.perf_counter()
        self._reel.keep(frame)
        self._kept_at = time.perf_counter()
        self._keep_cost = max(self._kept_at - begin, self._frame_cost)

    def _end_of_epochs(self) -> None:
        done = self._moment.epoch if self._moment else 0
        self._pause()
        self._notice = plural("Paused after {n} epoch.", "Paused after {n} epochs.", done)
        self._report()

    def _pause(self, settle: bool = True) -> None:
        if self._goal is not None and settle:
            self._settle()
        self._goal = None

    def _settle(self) -> None:
        """Finish the update under way and stand at a frame of its end."""
        if self._moment is None or self._moments is None:
            return
        while not self._moment.phase.settled:
            self._moment = next(self._moments)
        if not self._shows(self._moment):
            self._frame = self._make(self._moment)
            self._reel.keep(self._frame)

    def _shows(self, moment: Moment) -> bool:
        """Whether the frame at hand is that of a moment."""
        frame = self._frame
        return frame is not None and (frame.phase, frame.step, frame.epoch) == (moment.phase, moment.step, moment.epoch)

    # ------------------------------------------------------------------------------------------------ reporting

    def _make(self, moment: Moment, probes: bool = True) -> Frame:
        begin = time.perf_counter()
        frame = moment.frame(self._probes if probes else None)
        self._frame_cost = time.perf_counter() - begin
        self.frames_made += 1
        return frame

    def _report(self) -> None:
        """Say how things stand, with a frame of this moment."""
        if self._fault is not None:
            self._put(Status.FAULT)
        elif self._run is None:
            self._put(Status.EMPTY)
        elif self._goal is not None:
            self._put(Status.RUNNING)
        else:
            self._put(Status.PAUSED, self._paused_frame())

    def _paused_frame(self) -> Frame | None:
        """The moment at which it paused, with the answers to what the panels ask now."""
        if self._moment is None:
            return self._frame
        if self._shows(self._moment) and self._frame is not None and set(self._frame.probed) == set(self._probes):
            return self._frame
        made = self._make(self._moment)
        self._frame = made if self._moment.phase.settled else self._frame
        return made

    def _put(self, status: Status, frame: Frame | None = None) -> None:
        rate = self._rate.value if status is Status.RUNNING else 0.0
        self._mailbox.put(Report(status, self._run, frame or self._frame, self._fault, self._notice, rate, self._obeyed))


def _ground(experiment: Experiment) -> tuple[object, ...]:
    """What samples are made from."""
    return experiment.dataset, experiment.preprocessing, experiment.seed, experiment.dtype


class _Rate:
    """Epochs a second, over the last half second or the last epoch, whichever is longer."""

    def __init__(self) -> None:
        self.value = 0.0
        self._at, self._epoch = time.perf_counter(), -1

    def count(self, epoch: int) -> None:
        """An epoch has ended."""
        now = time.perf_counter()
        if self._epoch < 0:
            self._epoch = epoch - 1
        if now - self._at >= _RATE_SECONDS or not self.value:
            self.value = (epoch - self._epoch) / max(now - self._at, 1e-9)
            if now - self._at >= _RATE_SECONDS:
                self._at, self._epoch = now, epoch

"""Where a training stands: its run, the Moment at hand, the last frame it can go on from, and the reel behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from netviz.arrays import Array, FrozenMap
from netviz.datasets import Samples
from netviz.engine import stations
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase, Probe
from netviz.engine.run import Run
from netviz.engine.stations import Station
from netviz.engine.train import Moment, Stride, train
from netviz.runtime.reel import Reel

_SHARE = 0.05  # of the time at full speed may go into frames that are kept for going back
_SECONDS = 0.01  # between them at least: so long a replay is not felt
_FAR = 1000  # updates are too many to make again for the sake of one batch
_BLOWN_UP = 10
_ENDLESS = 10**12


class Playhead:
    """Moves along a run, forward by training and anywhere by replay. Only the trainer's thread has one.

    frame: settled; training can go on from it, and nothing that was computed since then is lost but time.
    """

    def __init__(self, budget: int, gait: Callable[[int], Stride]) -> None:
        """Nowhere yet; `gait` is asked before each update how far apart Moments shall be."""
        self.reel = Reel(budget)
        self.run: Run | None = None
        self.frame: Frame | None = None
        self.moment: Moment | None = None
        self.probes: Mapping[str, Probe] = FrozenMap()
        self.frames_made = 0
        self._gait = gait
        self._samples: Samples | None = None
        self._moments: Iterator[Moment] | None = None
        self._answered: Mapping[str, Probe] | None = None  # the probes that `frame` has answers to
        self._kept_at: tuple[float, ...] = (0.0, 0.0)
        self._rest: tuple[float, ...] = (0.0, 0.0)

    @property
    def epoch(self) -> int:
        """How many epochs have ended."""
        return self.frame.epoch if self.frame else 0

    @property
    def samples(self) -> Samples | None:
        """Those of the run."""
        return self._samples

    @property
    def within(self) -> bool:
        """Whether it stands in the middle of an update."""
        return self.moment is not None and not self.moment.phase.settled

    # --------------------------------------------------------------------------------------------------- moving

    def stand(self, run: Run, since: Frame | None, fresh: bool = False) -> None:
        """Stand at the start of a run or at one of its frames; `fresh` where what the reel keeps is of another run.

        Everything stays as it was where that fails. Questions that were asked about other data or layers are forgotten, for
        they may not be answerable any more: who asked them sees the new ones and asks anew.
        """
        samples = self._samples_of(run.experiment)
        moments = train(run, samples, since, self._gait, _ENDLESS, recorder=self.reel.strip)
        moment = next(moments)
        frame = since or self._made(moment, {})
        if fresh:
            self.reel.clear()
        if self.run is not None and (samples is not self._samples or run.experiment.layers != self.run.experiment.layers):
            self.probes = FrozenMap()
        self.run, self._samples, self._moments = run, samples, moments
        self.moment, self.frame, self._answered = moment, frame, None
        self.reel.keep(frame)

    def _samples_of(self, experiment: Experiment) -> Samples:
        if self._samples is not None and self.run is not None and _ground(self.run.experiment) == _ground(experiment):
            return self._samples
        return experiment.samples()

    def ready(self) -> None:
        """See to it that there is a next Moment: early stopping ends a training, a failure does, and one can go on."""
        if self._moments is None or self.moment is None or self.moment.stopped:
            self.settle()
            assert self.run is not None
            self.stand(self.run, self.frame)

    def advance(self) -> Moment:
        """One Moment further."""
        self.ready()
        assert self._moments is not None
        self.moment = next(self._moments)
        return self.moment

    def settle(self) -> None:
        """Finish the update under way and keep its frame."""
        if self.moment is None or self._moments is None:
            return
        while not self.moment.phase.settled:
            self.moment = next(self._moments)
        self.keep()

    def before(self, stride: Stride, count: int) -> Station | None:
        """The station so many phases, updates or epochs before the moment at hand; None where nothing is before it.

        Less far where the run begins.
        """
        if self.moment is None or self.run is None:
            return None
        here = station = self.moment.station
        ends = {0, *self.moment.history.epochs.get("step", np.zeros(0)).astype(int).tolist()}
        for _once in range(count):
            found = self._one_before(station, stride, ends)
            if found is None:
                break
            station = found
        return None if station == here else station

    def _one_before(self, station: Station, stride: Stride, ends: set[int]) -> Station | None:
        step, phase = station.step, station.phase
        if stride is Stride.PHASE:
            made = step - (phase is Phase.APPLY)
            return stations.before(station, self._phases(made), ends.__contains__)
        if not phase.settled:  # the update under way is taken back first
            step += 1
        earlier = [end for end in ends if end < step] if stride is Stride.EPOCH else [step - 1] * (step > 0)
        return stations.settled(max(earlier), ends.__contains__) if earlier else None

    def _phases(self, step: int) -> tuple[tuple[Phase, int | None], ...]:
        """Those of the update that is made after so many."""
        assert self.run is not None and self._samples is not None
        return stations.stations(self.run.at(step).experiment.network(self._samples))

    def way_to_station(self, station: Station) -> Frame | None:
        """The frame to go on from to a station: at or before it; None is the start."""
        step, phase, _layer = station
        if phase is Phase.EPOCH:
            return self.way_to(step)
        made = step - 1 if phase is Phase.APPLY else step  # what the batch of the update is computed from
        mine, kept = self.frame, self.reel.nearest(made)
        near = mine is not None and mine.step <= made and (kept is None or kept.step < mine.step)
        return mine if near else kept

    def way_to(self, step: int) -> Frame | None:
        """The frame to go on from to an update; None is the start.

        It is one before that update, whose batch is then at hand, but where there is no other for a long way.
        """
        mine, kept = self.frame, self.reel.nearest(step)
        if mine is not None and mine.step == step and (mine.batch is not None or not step):
            return mine
        if kept is not None and kept.step == step:
            before = self.reel.nearest(step - 1)
            kept = before if before is not None and step - before.step <= _FAR else kept
        if mine is not None and (kept is None or kept.step < mine.step) and mine.step < step:
            return mine
        return kept

    def fall_back(self, before: int | None) -> None:
        """After a failure: stand at the newest good frame, of an update before the one at which it went wrong."""
        frame, losses = self.frame, self._losses()
        self._moments = self.moment = None
        if frame is not None and before is not None:
            self.reel.cut(before - 1)
            frame = self.reel.nearest(before - 1)
        while frame is not None and not self._good(frame, losses):
            frame = self.reel.nearest(frame.step - 1)
        if frame is not None and frame is not self.frame:
            self.frame, self._answered = frame, None

    def _losses(self) -> Array:
        """The loss of every update that was made, the last of them perhaps infinite."""
        steps = self.moment.training.ledger.view().steps if self.moment else {}
        return steps.get("loss", np.zeros(0))

    def _good(self, frame: Frame, losses: Array) -> bool:
        """Whether training can go on well from here: numbers are finite, and the loss was not blown up yet.

        A loss is, beyond ten times that of the first update under the same Experiment.
        """
        if not np.isfinite(frame.params.vector).all():
            return False
        begin = self.run.at(frame.step).step if self.run else 0
        if frame.step == begin or frame.step >= len(losses):
            return True
        return bool(losses[frame.step] <= _BLOWN_UP * losses[begin])

    def leave(self) -> None:
        """Let go of everything that takes memory."""
        self._moments = self.moment = self._samples = None
        self._gait = _any_stride
        self.reel.clear()
        self.reel.strip.leave()

    # -------------------------------------------------------------------------------------------------- looking

    def shown(self) -> Frame | None:
        """A frame of the moment at hand, with the answers to what is asked now."""
        if self.moment is not None and not self._shows(self.moment):
            frame = self._made(self.moment, self.probes)
        elif self.frame is None or self._answered is self.probes:
            return self.frame
        else:
            frame = self._answering(self.frame)
        if frame.phase.settled:
            self.frame, self._answered = frame, self.probes
        return frame

    def keep(self) -> None:
        """Put the moment at hand, which is settled, into the reel."""
        assert self.moment is not None
        begin = _now()
        if self.frame is None or not self._shows(self.moment):
            self.frame, self._answered = self._made(self.moment, {}), None
        self.reel.keep(self.frame)
        self._kept_at = _now()
        self._rest = tuple(max(_SECONDS, (end - start) / _SHARE) for end, start in zip(self._kept_at, begin, strict=True))

    def due(self, times: int = 1) -> bool:
        """Whether the last kept frame is so long ago that another one costs little; or several times as long. Where
        every update is kept anyway, no frame is due."""
        if self.reel.strip.recording:
            return False
        passed = zip(_now(), self._kept_at, self._rest, strict=True)
        return any(now - kept > times * rest for now, kept, rest in passed)

    def _shows(self, moment: Moment) -> bool:
        """Whether the frame at hand is that of a moment."""
        frame = self.frame
        return frame is not None and (frame.phase, frame.step, frame.epoch) == (moment.phase, moment.step, moment.epoch)

    def _made(self, moment: Moment, probes: Mapping[str, Probe]) -> Frame:
        self.frames_made += 1
        return moment.frame(probes)

    def _answering(self, frame: Frame) -> Frame:
        if not self.probes or self._samples is None:
            return replace(frame, probed=FrozenMap())
        return frame.probed_by(self.probes, frame.experiment.network(self._samples), self._samples)


def _now() -> tuple[float, ...]:
    """By the clock, and by this thread's own work: on a busy machine much of the time is others'."""
    return time.perf_counter(), time.thread_time()


def _any_stride(step: int) -> Stride:
    return Stride.STEP


def _ground(experiment: Experiment) -> tuple[object, ...]:
    """What samples are made from."""
    return experiment.dataset, experiment.preprocessing, experiment.seed, experiment.dtype

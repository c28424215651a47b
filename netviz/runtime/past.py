"""What probes say of the updates before the one on screen: made again in slices, while nothing else is to be done.

A probe with `past` is asked of so many updates before, too: they are replayed from a kept frame, bit for bit, and the
answers are given beside those of the frame, under the probe's name and `/past`, the oldest first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from netviz.arrays import FrozenMap
from netviz.engine.frame import Frame, Probe
from netviz.engine.train import Moment, Stride, train
from netviz.runtime.playhead import Playhead

_SLICE = 0.008  # seconds at once: so long a command may have to wait


class Past:
    """Answers about the past of the frame at which a playhead stands."""

    def __init__(self, head: Playhead) -> None:
        """Nothing is asked yet."""
        self._head = head
        self._key: object = None
        self._moments: Iterator[Moment] | None = None
        self._probes: dict[str, Probe] = {}
        self._found: dict[str, list[Any]] = {}
        self._until = 0

    @property
    def busy(self) -> bool:
        """Whether there is something left to do."""
        return self._moments is not None

    def look(self, frame: Frame | None) -> None:
        """Begin with another frame or with other questions; go on where they are the same."""
        head = self._head
        asked = {name: probe for name, probe in head.probes.items() if getattr(probe, "past", 0)}
        key = (head.run, frame.step, frame.phase.settled, tuple(asked.items())) if frame is not None else None
        if key == self._key:
            return
        self._key, self._moments, self._found = key, None, {}
        if frame is None or head.run is None or head.samples is None or not asked or not frame.step:
            return
        self._probes, self._until = asked, frame.step
        self._found = {name: [] for name in asked}
        first = max(0, frame.step - max(getattr(probe, "past", 0) for probe in asked.values()))
        since = head.reel.nearest(max(first, head.reel.first))
        self._moments = train(head.run, head.samples, since, Stride.STEP, epochs=10**9)

    def work(self) -> bool:
        """One slice of it; whether that was the last."""
        end = time.perf_counter() + _SLICE
        while self._moments is not None and time.perf_counter() < end:
            moment = next(self._moments, None)
            if moment is None or moment.step >= self._until and (moment.is_update or moment.step > self._until):
                self._moments = None
            if moment is not None and moment.is_update and moment.step <= self._until:
                self._ask(moment)
        return self._moments is None

    def _ask(self, moment: Moment) -> None:
        wanted = {
            name: probe for name, probe in self._probes.items() if moment.step > self._until - getattr(probe, "past", 0)
        }
        if not wanted:
            return
        answers = moment.frame(wanted).probed
        for name in wanted:
            if answers[name] is not None:
                self._found[name].append(answers[name])

    def forget(self) -> None:
        """Training goes on, or elsewhere."""
        self._key, self._moments, self._found = None, None, {}

    def added(self, frame: Frame | None) -> Frame | None:
        """The frame with what was found of its past, once all of it is."""
        if frame is None or self.busy or not self._found or frame.step != self._until:
            return frame
        more: Mapping[str, Any] = {f"{name}/past": tuple(answers) for name, answers in self._found.items()}
        return replace(frame, probed=FrozenMap({**frame.probed, **more}))

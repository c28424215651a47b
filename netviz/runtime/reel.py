"""Kept frames, so that training can be looked at again from any update: all of them while memory lasts, then fewer.

What is thinned out is not lost, for any update can be reached again, bit for bit, from the nearest frame before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from netviz.arrays import Array, FrozenMap
from netviz.engine.frame import Frame, Phase
from netviz.engine.history import History

_OBJECTS = 4096  # bytes that a frame takes beside its arrays
_ROOM = 0.9  # of the budget is left full by thinning, so that it is seldom needed


class Reel:
    """Settled frames in the order of their updates, within a memory budget in bytes.

    A kept frame has neither its batch nor answers to probes: both are made again where they are looked at. The
    history is one and the same for all, as far as each of them had come, and is not counted.
    """

    def __init__(self, budget: int) -> None:
        """Empty; the first frame and the newest are kept whatever they cost."""
        self.budget = budget
        self.bytes = 0
        self._frames: list[Frame] = []
        self._steps: list[int] = []
        self._arrays: Counter[int] = Counter()  # how many frames share an array, by its id
        self._history = History()

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def steps(self) -> tuple[int, ...]:
        """The updates that frames are kept of."""
        return tuple(self._steps)

    def keep(self, frame: Frame) -> None:
        """Add a settled frame. Of an update that is kept already only the end of its epoch is news."""
        if not frame.phase.settled:
            raise ValueError("a reel keeps settled frames only")
        at = bisect_right(self._steps, frame.step)
        if at and self._steps[at - 1] == frame.step:
            if frame.phase is not Phase.EPOCH or self._frames[at - 1].phase is Phase.EPOCH:
                return
            at -= 1
            self._forget(at)
        bare = replace(frame, history=self._shared(frame.history), batch=None, probed=FrozenMap())
        self._frames.insert(at, bare)
        self._steps.insert(at, frame.step)
        self._count(bare)
        if self.bytes > self.budget:
            self._thin()

    def nearest(self, step: int) -> Frame | None:
        """The last kept frame at or before an update."""
        at = bisect_right(self._steps, step)
        return self._frames[at - 1] if at else None

    def cut(self, step: int) -> None:
        """Forget what lies behind an update: it belongs to a future that an edit has changed."""
        while self._steps and self._steps[-1] > step:
            self._forget(len(self._steps) - 1)
        self._history = self._frames[-1].history if self._frames else History()

    def clear(self) -> None:
        """Forget everything."""
        self._frames, self._steps, self._history, self.bytes = [], [], History(), 0
        self._arrays.clear()

    # ------------------------------------------------------------------------------------------------- thinning

    def _thin(self) -> None:
        """Drop the frames that are missed least, down to a little less than the budget."""
        while self.bytes > self.budget * _ROOM and len(self._frames) > 2:
            dropped: set[int] = set()
            for at in self._dispensable():
                if self.bytes <= self.budget * _ROOM:
                    break
                if at - 1 not in dropped and at + 1 not in dropped:  # their gaps have just grown
                    dropped.add(at)
                    self._discount(self._frames[at])
            self._frames = [frame for at, frame in enumerate(self._frames) if at not in dropped]
            self._steps = [frame.step for frame in self._frames]

    def _dispensable(self) -> list[int]:
        """The frames between the first and the newest, least missed first.

        Gaps may grow with the root of their age: the recent past stays dense, and no way back is more than about
        twice as long as it would be with equal gaps. The end of an epoch counts twice.
        """
        steps = np.array(self._steps, float)
        gap = steps[2:] - steps[:-2]
        missed = gap / np.sqrt(steps[-1] - steps[1:-1] + 1)
        missed *= [2.0 if frame.phase is Phase.EPOCH else 1.0 for frame in self._frames[1:-1]]
        order: list[int] = (np.argsort(missed, kind="stable") + 1).tolist()
        return order

    # ------------------------------------------------------------------------------------------------- counting

    def _count(self, frame: Frame) -> None:
        self.bytes += _OBJECTS
        for array in _arrays(frame):
            self._arrays[id(array)] += 1
            if self._arrays[id(array)] == 1:
                self.bytes += array.nbytes

    def _discount(self, frame: Frame) -> None:
        self.bytes -= _OBJECTS
        for array in _arrays(frame):
            self._arrays[id(array)] -= 1
            if not self._arrays[id(array)]:
                del self._arrays[id(array)]
                self.bytes -= array.nbytes

    def _forget(self, at: int) -> None:
        self._discount(self._frames.pop(at))
        del self._steps[at]

    def _shared(self, history: History) -> History:
        """The same rows out of the longest history here: a replay writes rows of its own, equal to the bit."""
        longest = self._history
        if _rows(history) >= _rows(longest):
            self._history = history
            return history
        if not _same_columns(history, longest):
            return history
        return History(_begin(longest.steps, history.steps), _begin(longest.epochs, history.epochs))


def _arrays(frame: Frame) -> list[Array]:
    """The arrays of a frame; the best weights are shared by many frames."""
    arrays = [frame.params.vector, frame.grads.vector, frame.updates.vector]
    arrays += [slot.vector for slot in frame.slots.values()]
    return arrays if frame.best is None else [*arrays, frame.best.params.vector]


def _rows(history: History) -> tuple[int, int]:
    steps = next(iter(history.steps.values()), ())
    return len(steps), history.epoch_count


def _same_columns(one: History, other: History) -> bool:
    return one.steps.keys() == other.steps.keys() and one.epochs.keys() == other.epochs.keys()


def _begin(longest: Mapping[str, Array], columns: Mapping[str, Array]) -> FrozenMap[str, Array]:
    return FrozenMap({name: longest[name][: len(column)] for name, column in columns.items()})

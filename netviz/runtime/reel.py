"""Kept updates, so that training can be looked at again from any of them: all while memory lasts, then fewer.

What is thinned out is not lost, for any update can be reached again, bit for bit, from the nearest one before it. A strip
keeps every update as it is made; frames are kept of what it does not take: the untrained network, and updates of
networks so large that few would go into the budget.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from netviz.arrays import Array, FrozenMap, sealed
from netviz.engine.frame import Frame, Phase
from netviz.engine.history import History
from netviz.runtime.strip import Strip

_OBJECTS = 4096  # bytes that a frame takes beside its arrays
_NONE = History()
_ROOM = 0.9  # of the budget is left full by thinning, so that it is seldom needed


class _Book:
    """The longest history with certain columns; frames are so many rows into it, and a longer one serves them too."""

    def __init__(self, history: History) -> None:
        self.history = history

    def lengthen(self, history: History) -> None:
        """Where a history of the same columns goes on further, it is the longest from now on."""
        if _rows(history) > _rows(self.history):
            self.history = history

    def until(self, rows: tuple[int, int]) -> History:
        """Its first rows, of steps and of epochs."""
        tables = ((self.history.steps, rows[0]), (self.history.epochs, rows[1]))
        return History(*(FrozenMap({name: c[:count] for name, c in table.items()}) for table, count in tables))


class _Kept(NamedTuple):
    """A frame without its history, and where that stands."""

    frame: Frame
    book: _Book
    rows: tuple[int, int]

    def whole(self) -> Frame:
        return replace(self.frame, history=self.book.until(self.rows))


class Reel:
    """Settled frames and a strip of updates, in their order, within a memory budget in bytes.

    A kept frame has neither its batch nor answers to probes: both are made again where they are looked at. The
    history is one and the same for all, as far as each of them had come, and is not counted.
    """

    def __init__(self, budget: int) -> None:
        """Empty; the first frame and the newest are kept whatever they cost."""
        self.budget = budget
        self.frames_bytes = 0
        self._kept: list[_Kept] = []
        self._steps: list[int] = []
        self._arrays: Counter[int] = Counter()  # how many frames share an array, by its id
        self._books: dict[tuple[str, ...], _Book] = {}  # by their columns' names
        self.strip = Strip(budget)

    def __len__(self) -> int:
        return len(self._kept) + len(self.strip)

    @property
    def bytes(self) -> int:
        """What all of it takes in memory."""
        return self.frames_bytes + self.strip.bytes

    @property
    def steps(self) -> tuple[int, ...]:
        """The updates that are kept."""
        return tuple(self.kept().tolist())

    def kept(self) -> Array:
        """The updates that are kept, (updates,)."""
        rows, frames = self.strip.steps(), np.array(self._steps, int)
        places = np.searchsorted(rows, frames)
        new = np.append(rows, -1)[places] != frames
        return sealed(np.insert(rows, places[new], frames[new]))

    @property
    def first(self) -> int:
        """The first update that is kept."""
        return self._steps[0] if self._steps else 0

    @property
    def newest(self) -> int:
        """The last update that is kept."""
        return max(self._steps[-1] if self._steps else 0, self.strip.newest)

    def keep(self, frame: Frame) -> None:
        """Add a settled frame. Of an update that is kept already only the end of its epoch is news."""
        if not frame.phase.settled:
            raise ValueError("a reel keeps settled frames only")
        if self.strip.nearest(frame.step) in ((frame.step, True), (frame.step, frame.phase is Phase.EPOCH)):
            return
        at = bisect_right(self._steps, frame.step)
        if at and self._steps[at - 1] == frame.step:
            if frame.phase is not Phase.EPOCH or self._kept[at - 1].frame.phase is Phase.EPOCH:
                return
            at -= 1
            self._forget(at)
        book = self._books.setdefault((*frame.history.steps, "", *frame.history.epochs), _Book(frame.history))
        book.lengthen(frame.history)
        bare = replace(frame, history=_NONE, batch=None, probed=FrozenMap())
        self._kept.insert(at, _Kept(bare, book, _rows(frame.history)))
        self._steps.insert(at, frame.step)
        self._count(bare)
        self.strip.store.reserved = self.frames_bytes
        if self.bytes > self.budget:
            self.strip.store.thin(max(self.budget - self.frames_bytes, self.budget // 2))
            self._thin()

    def nearest(self, step: int) -> Frame | None:
        """The last kept frame at or before an update."""
        at = bisect_right(self._steps, step)
        frame = self._kept[at - 1].frame if at else None
        row = self.strip.nearest(step)
        if row is not None and (frame is None or row > (frame.step, frame.phase is Phase.EPOCH)):
            return self.strip.frame(step)
        return self._kept[at - 1].whole() if at else None

    def cut(self, step: int) -> None:
        """Forget what lies behind an update: it belongs to a future that an edit has changed."""
        self.strip.cut(step)
        while self._steps and self._steps[-1] > step:
            self._forget(len(self._steps) - 1)
        for book in self._books.values():
            book.history = book.until(self._kept[-1].rows if self._kept else (0, 0))

    def clear(self) -> None:
        """Forget everything."""
        self._kept, self._steps, self._books, self.frames_bytes = [], [], {}, 0
        self._arrays.clear()
        self.strip.clear()

    # ------------------------------------------------------------------------------------------------- thinning

    def _thin(self) -> None:
        """Drop the frames that are missed least, down to a little less than the budget."""
        room = self.budget - self.strip.bytes
        while self.frames_bytes > room * _ROOM and len(self._kept) > 2:
            dropped: set[int] = set()
            for at in self._dispensable():
                if self.frames_bytes <= room * _ROOM:
                    break
                if at - 1 not in dropped and at + 1 not in dropped:  # their gaps have just grown
                    dropped.add(at)
                    self._discount(self._kept[at].frame)
            self._kept = [kept for at, kept in enumerate(self._kept) if at not in dropped]
            self._steps = [kept.frame.step for kept in self._kept]

    def _dispensable(self) -> list[int]:
        """The frames between the first and the newest, least missed first.

        Gaps may grow with the root of their age: the recent past stays dense, and no way back is more than about
        twice as long as it would be with equal gaps. The end of an epoch counts twice.
        """
        steps = np.array(self._steps, float)
        gap = steps[2:] - steps[:-2]
        missed = gap / np.sqrt(steps[-1] - steps[1:-1] + 1)
        missed *= [2.0 if kept.frame.phase is Phase.EPOCH else 1.0 for kept in self._kept[1:-1]]
        order: list[int] = (np.argsort(missed, kind="stable") + 1).tolist()
        return order

    # ------------------------------------------------------------------------------------------------- counting

    def _count(self, frame: Frame) -> None:
        self.frames_bytes += _OBJECTS
        for array in _arrays(frame):
            self._arrays[id(array)] += 1
            if self._arrays[id(array)] == 1:
                self.frames_bytes += array.nbytes

    def _discount(self, frame: Frame) -> None:
        self.frames_bytes -= _OBJECTS
        for array in _arrays(frame):
            self._arrays[id(array)] -= 1
            if not self._arrays[id(array)]:
                del self._arrays[id(array)]
                self.frames_bytes -= array.nbytes

    def _forget(self, at: int) -> None:
        self._discount(self._kept.pop(at).frame)
        del self._steps[at]


def _arrays(frame: Frame) -> list[Array]:
    """The arrays of a frame; the best weights are shared by many frames."""
    arrays = [frame.params.vector, frame.grads.vector, frame.updates.vector]
    arrays += [slot.vector for slot in frame.slots.values()]
    return arrays if frame.best is None else [*arrays, frame.best.params.vector]


def _rows(history: History) -> tuple[int, int]:
    steps = next(iter(history.steps.values()), ())
    return len(steps), history.epoch_count

"""Kept frames, so that training can be looked at again from any update: all of them while memory lasts, then fewer.

What is thinned out is not lost, for any update can be reached again, bit for bit, from the nearest frame before it.
"""

from __future__ import annotations

from bisect import bisect_right

from netviz.arrays import Array
from netviz.engine.frame import Frame


class Reel:
    """Settled frames in the order of their updates, within a memory budget in bytes."""

    def __init__(self, budget: int) -> None:
        """Empty; the first frame and the newest are kept whatever they cost."""
        self.budget = budget
        self.bytes = 0
        self._frames: list[Frame] = []
        self._steps: list[int] = []
        self._costs: list[int] = []

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def steps(self) -> tuple[int, ...]:
        """The updates that frames are kept of."""
        return tuple(self._steps)

    def keep(self, frame: Frame) -> None:
        """Add a settled frame; one of the same update is replaced."""
        if not frame.phase.settled:
            raise ValueError("a reel keeps settled frames only")
        at = bisect_right(self._steps, frame.step)
        if at and self._steps[at - 1] == frame.step:
            self._drop(at - 1)
            at -= 1
        cost = _bytes(frame)
        self._frames.insert(at, frame)
        self._steps.insert(at, frame.step)
        self._costs.insert(at, cost)
        self.bytes += cost
        while self.bytes > self.budget and len(self._frames) > 2:
            self._thin()

    def nearest(self, step: int) -> Frame | None:
        """The last kept frame at or before an update."""
        at = bisect_right(self._steps, step)
        return self._frames[at - 1] if at else None

    def cut(self, step: int) -> None:
        """Forget what lies behind an update: it belongs to a future that an edit has changed."""
        while self._steps and self._steps[-1] > step:
            self._drop(len(self._steps) - 1)

    def clear(self) -> None:
        """Forget everything."""
        self._frames, self._steps, self._costs, self.bytes = [], [], [], 0

    def _thin(self) -> None:
        """Drop every second frame between the first and the newest, within the older half first.

        So the recent past stays dense, and the distance to a kept frame grows with its age.
        """
        half = max(2, len(self._frames) // 2)
        for at in range(half - 1, 0, -2):
            self._drop(at)
            if self.bytes <= self.budget * 0.9:
                return

    def _drop(self, at: int) -> None:
        self.bytes -= self._costs.pop(at)
        del self._frames[at], self._steps[at]


def _bytes(frame: Frame) -> int:
    """The memory of a frame's own arrays; the history's is shared by all frames, the best weights by many."""
    own: list[Array] = [frame.params.vector, frame.grads.vector, frame.updates.vector]
    own += [slot.vector for slot in frame.slots.values()]
    return sum(array.nbytes for array in own) + 4096  # and what the objects themselves take

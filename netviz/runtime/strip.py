"""Every update of a training, kept as it is made: one copy of its numbers into a row, and a Frame only when it is looked at.

Rows lie in chunks of one size, a sixty-fourth of the budget. As long as that lasts no update is left out: to fill all of it
costs less than a second. From then on two chunks at a time, whose rows are missed least, give up every other row for each
new one; and where keeping an update would take too large a part of the time that it takes to make it, only one of two is
kept, of four and so on, and every end of an epoch.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from netviz.arrays import Array, FrozenMap
from netviz.engine.frame import Frame
from netviz.engine.history import History
from netviz.engine.recording import Judged
from netviz.engine.training import Training
from netviz.runtime.chunks import Chunk, Stretch
from netviz.runtime.store import Store

_DEAREST, _CHEAP = 0.06, 0.025  # shares of the time that go into keeping: fewer are kept above, more below
_TIMED = 8  # copies, to see what one costs
_MUTED = 10**18


class Strip:
    """Updates in their order, each with all that its Frame tells but the batch. It is a `Recorder` for `train`."""

    def __init__(self, budget: int) -> None:
        """Nothing yet. It shall not take more than a budget in bytes, less what is `reserved` for others."""
        self.store = Store(budget)
        self.every = 1  # one of so many updates is kept
        self._history = History()
        self._training: Training | None = None
        self._planes: Array = np.empty(0)
        self._open: Chunk | None = None  # the last, while it has room for the stretch at hand
        self._newest = _MUTED  # up to here updates are old
        self._begun = (0.0, 0.0, 0)  # the open chunk: when, what a row costs, how many it had then

    # ------------------------------------------------------------------------------------------------- recording

    def takes(self, size: int) -> bool:
        """Whether updates of so many bytes are kept. Asked where a training begins; that at hand has ended."""
        self._settle()
        self._mute()
        return self.store.takes(size)

    def enter(self, training: Training, planes: Array) -> None:
        """From here on all numbers of an update lie in `planes`."""
        self._training, self._planes, self.every = training, planes, 1
        self._begin()

    def _begin(self) -> None:
        """Go on in the last chunk where it is of the same stretch."""
        assert self._training is not None
        t, history = self._training, self._training.ledger.history
        steps = tuple(history.steps) or ("loss", "learning_rate")
        self._stretch = Stretch(t.experiment, t.params.windows, tuple(t.slots), steps, tuple(history.epochs))
        self._newest, self._open = self.newest, None
        if self.store.chunks and self.store.chunks[-1].stretch == self._stretch and self.store.chunks[-1].room:
            self._open = self.store.chunks[-1]
            self._begun = time.thread_time(), self._begun[1], self._open.filled

    def _mute(self) -> None:
        """No training is at hand; what an old one may still say is nothing new."""
        self._training, self._open, self._newest = None, None, _MUTED

    def keep(self, step: int) -> None:
        """An update has just been made; of one that was made before nothing is new."""
        if step <= self._newest or step % self.every:
            return
        chunk = self._open or self._new()
        at = chunk.filled
        chunk.numbers[at] = self._planes
        chunk.steps[at] = self._newest = step
        chunk.filled = at + 1
        if chunk.filled == len(chunk.numbers):
            self._turn(chunk)

    def _new(self) -> Chunk:
        begin = time.thread_time()
        self._open = chunk = self.store.new(self._stretch, self._planes)
        made = time.thread_time()
        chunk.numbers[-_TIMED:] = self._planes
        cost = (made - begin) / len(chunk.numbers) + (time.thread_time() - made) / _TIMED
        self._begun = begin, cost, 0
        return chunk

    def _turn(self, chunk: Chunk) -> None:
        """A chunk is full. Where copies take too much of the time, fewer are made from now on, if memory is used up."""
        self._open = None
        begun, cost, before = self._begun
        share = cost * (chunk.filled - before) / max(time.thread_time() - begun, 1e-9)
        if self.store.full and share > _DEAREST:
            self.every *= 2
        elif share < _CHEAP:
            self.every = max(1, self.every // 2)
        if self._training is not None:
            self._training.judge()  # while its last rows are at hand

    def judged(self, judged: Judged) -> None:
        """Say of the updates since the last call what was not known when they were made."""
        chunk = self.store.chunks[-1] if self.store.chunks else None
        if chunk is not None and self._training is not None and chunk.known < chunk.filled:
            chunk.judge(judged, self.store.best(self._training.best))
            self.store.beside = sum(total[:1].nbytes for total in chunk.totals.values())

    def close(self, training: Training) -> None:
        """An epoch has ended: its last update is its end from now on, and weights may have been put back."""
        if training.step < self._newest:
            return
        chunk = self.store.chunks[-1] if self.store.chunks else None
        if chunk is None or not chunk.known or chunk.last != training.step:
            chunk = self._late(training.step)
        at = chunk.known - 1
        chunk.numbers[at] = self._planes
        place = chunk.places[at : at + 1]
        place["epoch"], place["position"], place["loss"], place["rows"], place["ends"] = training.epoch, 0, 0.0, 0, True
        place["rate"], place["best"] = training.rate, self.store.best(training.best)
        columns = tuple(training.ledger.history.epochs)
        if columns != chunk.stretch.epochs:
            self._recolumn(chunk, columns)

    def _late(self, step: int) -> Chunk:
        """The end of an epoch is kept, though its last update is not one of so many."""
        chunk = self._open or self._new()
        chunk.steps[chunk.filled] = self._newest = step
        chunk.filled = chunk.known = chunk.filled + 1
        self._open = chunk if chunk.room else None
        return chunk

    def _recolumn(self, chunk: Chunk, epochs: tuple[str, ...]) -> None:
        """With an epoch's end its history has other columns: a stretch of its own begins with that row."""
        self._stretch = self._stretch._replace(epochs=epochs)
        end = chunk.picked(slice(chunk.known - 1, chunk.known))
        end.stretch = self._stretch
        before = chunk.picked(slice(0, chunk.known - 1))
        self.store.chunks[-1:] = [before, end] if before.known else [end]
        self._open = None

    def _settle(self) -> None:
        """What was never judged is not kept."""
        self._learn()
        if self.store.chunks:
            chunk = self.store.chunks[-1]
            chunk.filled = chunk.known
            if not chunk.filled:
                self.store.chunks.pop()
                self._open = None

    # --------------------------------------------------------------------------------------------------- looking

    @property
    def recording(self) -> bool:
        """Whether updates of the training at hand are kept as they are made."""
        return self._training is not None

    @property
    def newest(self) -> int:
        """The last update that it knows all of; −1 where there is none."""
        return self.store.newest

    @property
    def bytes(self) -> int:
        """What all of it takes in memory; the history is not counted."""
        return self.store.bytes

    def __len__(self) -> int:
        return sum(chunk.known for chunk in self.store.chunks)

    def steps(self) -> Array:
        """The updates that it knows all of, in order."""
        return self.store.steps()

    def nearest(self, step: int) -> tuple[int, bool] | None:
        """The last kept update at or before another one, and whether it ends an epoch."""
        found = self.store.find(step)
        return None if found is None else (int(found[0].steps[found[1]]), bool(found[0].places["ends"][found[1]]))

    def frame(self, step: int) -> Frame | None:
        """The last kept frame at or before an update."""
        found = self.store.find(step)
        if found is None:
            return None
        self._learn()
        chunk, at = found
        return chunk.frame(at, self._history, self.store.bests.get(int(chunk.places["best"][at])))

    def _learn(self) -> None:
        """A history that goes further than the one at hand is that of all."""
        if self._training is not None:
            history = self._training.ledger.view()
            if _rows(history) > _rows(self._history):
                self._history = history

    # ------------------------------------------------------------------------------------------------ forgetting

    def cut(self, step: int) -> None:
        """Forget what lies behind an update."""
        self._settle()
        self.store.cut(step)
        epochs = self._history.epochs
        ended = int(np.searchsorted(epochs["step"], step, "right")) if "step" in epochs else 0
        self._history = History(_first(self._history.steps, max(0, step)), _first(epochs, ended))
        if self._training is not None and self._training.step > step:
            self._mute()
        elif self._training is not None:
            self._begin()

    def clear(self) -> None:
        """Forget everything; the training at hand goes on being kept."""
        self.store.clear()
        self._history = History()
        if self._training is not None:
            self._begin()

    def leave(self) -> None:
        """Let go of everything."""
        self._mute()
        self.clear()
        self._planes = np.empty(0)


def _first(table: Mapping[str, Array], rows: int) -> FrozenMap[str, Array]:
    return FrozenMap({name: column[:rows] for name, column in table.items()})


def _rows(history: History) -> tuple[int, int]:
    return len(next(iter(history.steps.values()), ())), history.epoch_count

"""Room for kept updates: chunks of one size within a budget, of which two become one where room is wanted for another."""

from __future__ import annotations

from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.engine.frame import Best
from netviz.runtime.chunks import PLACES, Chunk, Stretch, halved

_CHUNKS = 64  # in a full budget
_FEWEST = 16  # rows in a chunk


class Store:
    """Chunks in the order of their updates, the last of them perhaps with room, and the best weights they refer to."""

    def __init__(self, budget: int) -> None:
        """Empty. It shall not take more than a budget in bytes, less what is `reserved` for others."""
        self.budget, self.reserved = budget, 0
        self.chunks: list[Chunk] = []
        self.bests: dict[int, Best] = {}  # by their epochs
        self.full = False  # the budget has been used up
        self.beside = 0  # bytes of metrics' totals in a row
        self._spare: list[Array] = []  # arrays of numbers that no chunk uses any more

    @property
    def bytes(self) -> int:
        """What all of it takes in memory."""
        bests = (best.params.vector for best in self.bests.values())
        return sum(part.nbytes for parts in (self.chunks, bests, self._spare) for part in parts)

    @property
    def newest(self) -> int:
        """The last update that all is known of; −1 where there is none."""
        return next((chunk.last for chunk in reversed(self.chunks) if chunk.known), -1)

    def steps(self) -> Array:
        """The updates that all is known of, in order."""
        return np.concatenate([np.empty(0, int), *(chunk.steps[: chunk.known] for chunk in self.chunks)])

    def find(self, step: int) -> tuple[Chunk, int] | None:
        """The chunk and the row of the last update at or before another."""
        chunk = next((chunk for chunk in reversed(self.chunks) if chunk.known and chunk.first <= step), None)
        return None if chunk is None else (chunk, chunk.row_before(step))

    def best(self, best: Best | None) -> int:
        """Keep the best weights so far, and say under which number; −1 is none."""
        if best is None:
            return -1
        self.bests[best.epoch] = best
        return best.epoch

    # ------------------------------------------------------------------------------------------------- more room

    def takes(self, size: int) -> bool:
        """Whether updates of so many bytes are kept: those of which a fair number goes into the budget."""
        return size > 0 and self.rows(size) * size * 8 <= self.budget

    def rows(self, size: int) -> int:
        """How many updates of so many bytes go into a chunk: an even number, for of two full ones one is made."""
        return max(_FEWEST, self.budget // _CHUNKS // (size + self._place) // 2 * 2)

    @property
    def _place(self) -> int:
        return PLACES.itemsize + self.beside

    def new(self, stretch: Stretch, planes: Array) -> Chunk:
        """A chunk for updates whose numbers have this form."""
        if self.chunks and self.chunks[-1].room:  # its stretch has ended
            self.chunks[-1] = self.chunks[-1].picked(slice(None))
        rows = self.rows(planes.nbytes)
        numbers = self._numbers((rows, *planes.shape), planes.dtype)
        self.chunks.append(Chunk(stretch, numbers, np.zeros(rows, PLACES), {}))
        return self.chunks[-1]

    def _numbers(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Room for the numbers of a chunk; where there is none, some is made."""
        self._spare = [spare for spare in self._spare if (spare.shape, spare.dtype) == (shape, dtype)]
        size = int(np.prod(shape)) * dtype.itemsize
        # Where there is none, another one is needed in which two become one.
        while self.bytes + shape[0] * self._place + (0 if self._spare else 2 * size) > self.budget - self.reserved:
            self.full = True
            if len(self._spare) > 1:
                self._spare.pop()
            elif not self._halve():
                break
            self._spare = [spare for spare in self._spare if (spare.shape, spare.dtype) == (shape, dtype)]
        return self._take(shape, dtype)

    def _take(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        found = next((spare for spare in self._spare if (spare.shape, spare.dtype) == (shape, dtype)), None)
        self._spare = [spare for spare in self._spare if spare is not found]
        return np.empty(shape, dtype) if found is None else found

    # ------------------------------------------------------------------------------------------------------ less

    def thin(self, most: int) -> None:
        """Give up rows until no more bytes are taken than that, if that can be."""
        self._spare = []
        while self.bytes > most and self._halve():
            self._spare = []

    def _halve(self) -> bool:
        """Two neighbours become one, of every other row, or one alone gives up half of its rows; whether any could."""
        places = range(len(self.chunks) - bool(self.chunks and self.chunks[-1].room))  # all but one that is still filled
        several = [self.chunks[at : at + 2] for at in places[:-1]]
        pairs = [pair for pair in several if pair[0].fits(pair[1]) and _half(pair) <= self._rows_like(pair[0])]
        alone = [[self.chunks[at]] for at in places if self.chunks[at].known > 1]
        if not pairs and not alone:
            return False
        newest = self.chunks[-1].last
        dull = min(pairs or alone, key=lambda chunks: _missed(chunks, newest))
        rows = self._rows_like(dull[0]) if pairs else _half(dull)
        made = halved(dull, self._take((rows, *dull[0].numbers.shape[1:]), dull[0].numbers.dtype))
        at = self.chunks.index(dull[0])
        self.chunks[at : at + len(dull)] = [made]
        self._spare += [chunk.numbers for chunk in dull if len(chunk.numbers) == rows]
        self._drop_bests()
        return True

    def _rows_like(self, chunk: Chunk) -> int:
        return self.rows(chunk.numbers[:1].nbytes)

    def cut(self, step: int) -> None:
        """Forget what lies behind an update."""
        self.chunks = [chunk for chunk in self.chunks if chunk.known and chunk.first <= step]
        if self.chunks:
            last = self.chunks[-1]
            last.filled = last.known = last.row_before(step) + 1
        self._drop_bests()

    def _drop_bests(self) -> None:
        if self.bests:
            used = {epoch for chunk in self.chunks for epoch in np.unique(chunk.places["best"][: chunk.known]).tolist()}
            self.bests = {epoch: best for epoch, best in self.bests.items() if epoch in used}

    def clear(self) -> None:
        """Forget everything."""
        self.chunks, self.bests, self._spare, self.full, self.beside = [], {}, [], False, 0


def _half(chunks: list[Chunk]) -> int:
    return sum((chunk.known + 1) // 2 for chunk in chunks)


def _missed(chunks: list[Chunk], newest: int) -> float:
    """How much the rows are missed: gaps may grow with the root of their age."""
    gap = (chunks[-1].last - chunks[0].first) / max(1, sum(chunk.known for chunk in chunks) - 1)
    return float(max(gap, 1e-9) / np.sqrt(newest - chunks[-1].last + 1))

"""Rows of kept updates: their numbers side by side in one array, and what else a Frame tells of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from netviz.arrays import Array, FrozenMap, frozen
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Best, Frame, Phase, Sums
from netviz.engine.history import History
from netviz.engine.metrics import metric_names
from netviz.engine.parameters import Parameters, Window
from netviz.engine.recording import Judged


class Stretch(NamedTuple):
    """What updates have in common: whose they are, and which columns their history has."""

    experiment: Experiment
    windows: tuple[Window, ...]
    slots: tuple[str, ...]
    steps: tuple[str, ...]
    epochs: tuple[str, ...]


PLACES = np.dtype([
    ("step", "i8"), ("epoch", "i8"), ("position", "i8"), ("rate", "f8"), ("loss", "f8"), ("rows", "i8"),
    ("best", "i8"), ("ends", "?"),
])  # fmt: skip


class Chunk:
    """Rows of a stretch: `numbers` (rows, PLANES + slots, count), where each stands, and the metrics' running totals.

    filled: how many rows there are. known: of how many more than the numbers is known.
    """

    def __init__(self, stretch: Stretch, numbers: Array, places: Array, totals: dict[str, Array], filled: int = 0) -> None:
        """Room for as many rows as the arrays have, all of them empty unless `filled` says otherwise."""
        self.stretch, self.numbers, self.places, self.totals = stretch, numbers, places, totals
        self.filled = self.known = filled
        self.steps: Array = places["step"]

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.numbers.nbytes + self.places.nbytes + sum(total.nbytes for total in self.totals.values())

    @property
    def room(self) -> bool:
        """Whether there is room for another row."""
        return self.filled < len(self.places)

    @property
    def first(self) -> int:
        """Its first update."""
        return int(self.steps[0])

    @property
    def last(self) -> int:
        """Its last known update."""
        return int(self.steps[self.known - 1])

    def picked(self, rows: Array | slice) -> Chunk:
        """A chunk of some of its known rows, with no room for more."""
        totals = {name: total[: self.known][rows] for name, total in self.totals.items()}
        places = self.places[: self.known][rows]
        copies = {name: total.copy() for name, total in totals.items()}
        return Chunk(self.stretch, self.numbers[: self.known][rows].copy(), places.copy(), copies, len(places))

    def half(self) -> Array:
        """Whether to go on with a row, (known,): of two the first, or the one that ends an epoch and has no sums."""
        ends, kept = self.places["ends"][: self.known], np.zeros(self.known, bool)
        first = np.arange(0, self.known - 1, 2)
        kept[first + (ends[first + 1] & ~ends[first])] = True
        kept[-1] |= self.known % 2
        return kept

    def judge(self, judged: Judged, best: int) -> None:
        """What is known now of the rows of which it was not."""
        rows, count = slice(self.known, self.filled), len(judged.losses)
        of = self.steps[rows] - (judged.step - count) - 1
        places = self.places[rows]
        places["epoch"], places["position"], places["rate"] = judged.epoch, judged.position[of], np.array(judged.rates)[of]
        places["loss"], places["rows"] = judged.losses[of], judged.rows[of]
        places["best"], places["ends"] = best, False
        for name, total in judged.totals.items():
            if name not in self.totals:
                self.totals[name] = np.zeros((len(self.places), *total.shape[1:]))
            self.totals[name][rows] = total[of]
        self.known = self.filled

    def row_before(self, step: int) -> int:
        """The last known row at or before an update."""
        return int(np.searchsorted(self.steps[: self.known], step, "right")) - 1

    def frame(self, at: int, history: History, best: Best | None) -> Frame:
        """A row as a Frame, which shares no memory with it; `history` may go on further."""
        place, stretch = self.places[at], self.stretch
        params, grads, updates, *slots = (Parameters(frozen(plane), stretch.windows) for plane in self.numbers[at])
        made, ended = int(place["step"]), int(place["epoch"])
        until = History(
            FrozenMap({name: history.steps[name][:made] for name in stretch.steps}),
            FrozenMap({name: history.epochs[name][:ended] for name in stretch.epochs}),
        )
        return Frame(
            Phase.EPOCH if place["ends"] else Phase.APPLY, None, ended, made, int(place["position"]),
            stretch.experiment, float(place["rate"]), params, grads, updates,
            FrozenMap(dict(zip(stretch.slots, slots, strict=True))), until, self._sums(at), best,
        )  # fmt: skip

    def _sums(self, at: int) -> Sums:
        place, names = self.places[at], metric_names(self.stretch.experiment.metrics)
        if place["ends"]:
            return Sums(0.0, 0, FrozenMap({name: frozen(np.zeros(1)) for name in names}))
        totals = {name: frozen(self.totals[name][at]) for name in names}
        return Sums(float(place["loss"]), int(place["rows"]), FrozenMap(totals))

    def fits(self, other: Chunk) -> bool:
        """Whether another's rows may follow its own."""
        return self.stretch == other.stretch and self.totals.keys() == other.totals.keys()


def halved(chunks: Sequence[Chunk], numbers: Array) -> Chunk:
    """Every other row of a chunk, or of two neighbours together, laid into `numbers`."""
    halves = [chunk.half() for chunk in chunks]
    at = 0
    for chunk, half in zip(chunks, halves, strict=True):
        count = int(np.count_nonzero(half))
        np.compress(half, chunk.numbers[: chunk.known], 0, out=numbers[at : at + count])
        at += count
    places = np.concatenate([chunk.places[: chunk.known][half] for chunk, half in zip(chunks, halves, strict=True)])
    totals = {
        name: np.concatenate([chunk.totals[name][: chunk.known][half] for chunk, half in zip(chunks, halves, strict=True)])
        for name in chunks[0].totals
    }
    return Chunk(chunks[0].stretch, numbers, places, totals, at)

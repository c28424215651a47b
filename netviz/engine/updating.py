"""From the gradient to moved weights: clip, the optimizer's rule, weight decay, apply, average.

Optimizers are given stretches of the vectors that stay in the cache, where they can take them. What is between gradient and
moved weights takes no vector of its own: a clipped gradient, and an update that its optimizer can recall, are worked out
once more when someone looks; another update is kept only where someone may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from netviz.arrays import Array, aligned
from netviz.engine.clipping import Clipping
from netviz.engine.optimizers import AVERAGE, Objective, Optimizer, Piece
from netviz.engine.parameters import PIECE, Parameters, Window, pieces, zeros


class _Stretch(NamedTuple):
    """A piece, where it lies in the trainable vector, and which of its numbers may not move."""

    piece: Piece
    place: slice
    held: Array | None


class Updating:
    """One optimizer at work on the trainable part of a network's vectors."""

    def __init__(
        self, optimizer: Optimizer, params: Parameters, grads: Parameters, slots: Mapping[str, Parameters],
        held: Array | None = None, objective: Objective | None = None, before: Parameters | None = None,
        kept: Parameters | None = None,
    ) -> None:  # fmt: skip
        """All vectors under the same windows, slots by name. held: bool (count,), the numbers that may not move.

        objective: the batch's loss, for optimizers that are not elementwise. before: the update made last, by others.
        kept: where each update shall be written, though it could be recalled.
        """
        self.optimizer, self.held = optimizer, held
        self.grads = grads
        self.windows = tuple(window for window in params.windows if window.trainable)
        apart = optimizer.clips or held is not None
        self._clipping = Clipping(optimizer, grads.vector, self.windows, held) if apart else None
        self._before = before
        self._made: tuple[int, float] | None = None  # t and the learning rate of the update that is there
        self._recalls = kept is None and optimizer.recalls and not optimizer.decay
        self._kept, self._keeps_all, self._is_kept = kept, kept is not None, False
        stretches = self._stretches(params.trainable, {n: slot.trainable for n, slot in slots.items()}, objective)
        self._all = tuple(stretches)[::-1]  # the first weights last: the next forward pass begins with them
        longest = max((len(stretch.piece.w) for stretch in self._all), default=0)
        self._shrunk = aligned((longest if optimizer.reads_weights and optimizer.decay else 0,), params.vector.dtype)

    def _cuts(self, count: int) -> list[slice]:
        if self.optimizer.elementwise:
            return list(pieces(0, count, PIECE))
        if self.optimizer.by_array:
            return [slice(window.start, window.stop) for window in self.windows]
        return [slice(0, count)]

    def _stretches(self, w: Array, slots: Mapping[str, Array], objective: Objective | None) -> Iterator[_Stretch]:
        cuts = self._cuts(len(w))
        longest = max((cut.stop - cut.start for cut in cuts), default=0)
        out = aligned((longest,), w.dtype)
        spare = aligned((min(longest, PIECE) if self.optimizer.by_array else longest,), w.dtype)
        seen = aligned((longest if self._clipping else 0,), w.dtype)
        for cut in cuts:
            n = cut.stop - cut.start
            g = seen[:n] if self._clipping else self.grads.trainable[cut]
            windows = () if self.optimizer.elementwise else _within(self.windows, cut)
            piece = Piece(
                w[cut], g, {name: slot[cut] for name, slot in slots.items()}, out[:n], spare[:n], windows, objective
            )
            yield _Stretch(piece, cut, None if self.held is None else self.held[cut])

    # ------------------------------------------------------------------------------------------------ making one

    def compute(self, t: int, learning_rate: float) -> None:
        """Δw for the t-th update of these slots; the weights stay as they are."""
        self._begin(t, learning_rate, keep=True)
        for stretch in self._all:
            self._compute(stretch, t, learning_rate)

    def apply(self, t: int) -> None:
        """w ← w + Δw, and the weights' average after it."""
        for stretch in self._all:
            out = self._out(stretch)
            if self._recalls and len(self._all) > 1:  # the next piece was written over this one's
                self._recall(stretch, out)
            np.add(stretch.piece.w, out, out=stretch.piece.w)
        if self.optimizer.use_ema:
            self._average(t)

    def move(self, t: int, learning_rate: float, keep: bool = True) -> None:
        """`compute` and `apply`, each piece as long as it is in the cache. keep: whether someone may look at the update."""
        self._begin(t, learning_rate, keep)
        for stretch in self._all:
            out = self._compute(stretch, t, learning_rate)
            np.add(stretch.piece.w, out, out=stretch.piece.w)
        if self.optimizer.use_ema:
            self._average(t)

    def _begin(self, t: int, learning_rate: float, keep: bool) -> None:
        self._made, self._before = (t, learning_rate), None
        if self._clipping is not None:
            self._clipping.measure()
        self._is_kept = (keep or self._keeps_all) and not self._recalls
        if self._is_kept and self._kept is None:
            self._kept = zeros(self.grads.windows, self.grads.vector.dtype)

    def _out(self, stretch: _Stretch) -> Array:
        """Where the Δw of a stretch goes."""
        return self._kept.trainable[stretch.place] if self._is_kept and self._kept is not None else stretch.piece.out

    def _compute(self, stretch: _Stretch, t: int, learning_rate: float) -> Array:
        """Δw = (the rule's Δw, from weights that have shrunk) − η·λ·w."""
        piece, optimizer = stretch.piece, self.optimizer
        if self._clipping is not None:
            self._clipping.see(stretch.place, piece.g)
        if self._is_kept:
            piece = piece._replace(out=self._out(stretch))
        if not optimizer.decay:
            optimizer.update(piece, t, learning_rate)
        else:
            w, factor, rule = piece.w, learning_rate * optimizer.decay, piece
            if optimizer.reads_weights:
                shrunk = self._shrunk[: len(w)]
                np.subtract(w, np.multiply(w, factor, out=shrunk), out=shrunk)
                rule = piece._replace(w=shrunk)
            optimizer.update(rule, t, learning_rate)
            for cut in pieces(0, len(w), len(piece.spare)):
                gone = np.multiply(w[cut], factor, out=piece.spare[: len(w[cut])])
                np.subtract(piece.out[cut], gone, out=piece.out[cut])
        if stretch.held is not None:
            piece.out[stretch.held] = 0
        return piece.out

    def _average(self, t: int) -> None:
        """a ← μ·a + (1 − μ)·w; every so many updates w ← a."""
        momentum = self.optimizer.ema_momentum if t > 1 else 0.0
        often = self.optimizer.ema_overwrite_frequency
        for piece, _place, _held in self._all:
            for cut in pieces(0, len(piece.w), len(piece.spare)):
                w, a = piece.w[cut], piece.slots[AVERAGE][cut]
                np.multiply(a, momentum, out=a)
                np.add(a, np.multiply(w, 1 - momentum, out=piece.spare[: len(w)]), out=a)
                if often is not None and t % often == 0:
                    np.copyto(w, a)

    # ---------------------------------------------------------------------------------------- looking at the last

    def forget(self) -> None:
        """The next update is under way: nothing of the one before is to be seen."""
        self._made = self._before = None

    @property
    def updates(self) -> Parameters:
        """Δw of the newest update, 0 where there is none or it was not kept; valid until the next is made."""
        if self._made is not None and self._is_kept and self._kept is not None:
            return self._kept
        if self._before is not None:
            return self._before
        updates = zeros(self.grads.windows, self.grads.vector.dtype)
        if self._made is not None and self._recalls:
            for stretch in self._all:
                self._recall(stretch, updates.trainable[stretch.place])
        return updates

    @property
    def seen(self) -> Parameters | None:
        """The newest update's gradient as the optimizer saw it; None where that was the gradient itself."""
        if self._clipping is None or self._made is None:
            return None
        seen = zeros(self.grads.windows, self.grads.vector.dtype)
        for stretch in self._all:
            self._clipping.see(stretch.place, seen.trainable[stretch.place])
        return seen

    def _recall(self, stretch: _Stretch, out: Array) -> None:
        assert self._made is not None
        if self._clipping is not None:
            self._clipping.see(stretch.place, stretch.piece.g)
        self.optimizer.recall(stretch.piece._replace(out=out), *self._made)
        if stretch.held is not None:
            out[stretch.held] = 0


def _within(windows: tuple[Window, ...], cut: slice) -> tuple[Window, ...]:
    """The arrays of a stretch, placed in it."""
    inside = (window for window in windows if cut.start <= window.start and window.stop <= cut.stop)
    return tuple(replace(window, start=window.start - cut.start) for window in inside)

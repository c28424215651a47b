"""From the gradient to moved weights: clip, the optimizer's rule, weight decay, apply, average.

Elementwise optimizers are given stretches of the vectors that stay in the cache; the others all of it at once.
An update that its optimizer can recall takes no vector of its own: it is worked out once more when someone looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from netviz.arrays import Array, aligned
from netviz.engine.optimizers import AVERAGE, Objective, Optimizer, Piece
from netviz.engine.parameters import PIECE, Parameters, pieces, zeros


class _Stretch(NamedTuple):
    """A piece, where it lies in the trainable vector, and which of its numbers may not move."""

    piece: Piece
    place: slice
    held: Array | None


class Updating:
    """One optimizer at work on the trainable part of a network's vectors.

    `seen` is the gradient as the optimizer sees it: 0 where weights are held still, and clipped. It is None where that
    is the gradient itself.
    """

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
        self.seen = zeros(params.windows, params.vector.dtype) if apart else None
        self._before = before
        self._made: tuple[int, float] | None = None  # t and the learning rate of the update that is there
        needless = kept is None and optimizer.recalls and not optimizer.decay
        self._kept = None if needless else kept or zeros(params.windows, params.vector.dtype)
        stretches = self._stretches(params.trainable, {n: slot.trainable for n, slot in slots.items()}, objective)
        self._all = tuple(stretches)
        longest = max((len(stretch.piece.w) for stretch in self._all), default=0)
        self._shrunk = aligned((longest if optimizer.reads_weights else 0,), params.vector.dtype)

    def _stretches(self, w: Array, slots: Mapping[str, Array], objective: Objective | None) -> Iterator[_Stretch]:
        g = (self.seen or self.grads).trainable
        most = PIECE if self.optimizer.elementwise else max(1, len(w))
        spare = aligned((min(len(w), most),), w.dtype)
        made = aligned(spare.shape, w.dtype) if self._kept is None else self._kept.trainable
        more = () if self.optimizer.elementwise else (self.windows, objective)
        for cut in pieces(0, len(w), most):
            count = cut.stop - cut.start
            out = made[:count] if self._kept is None else made[cut]
            piece = Piece(w[cut], g[cut], {n: s[cut] for n, s in slots.items()}, out, spare[:count], *more)
            yield _Stretch(piece, cut, None if self.held is None else self.held[cut])

    # ------------------------------------------------------------------------------------------------ making one

    def compute(self, t: int, learning_rate: float) -> None:
        """Δw for the t-th update of these slots; the weights stay as they are."""
        self._begin(t, learning_rate)
        for stretch in self._all:
            self._compute(stretch, t, learning_rate)

    def apply(self, t: int) -> None:
        """w ← w + Δw, and the weights' average after it."""
        for stretch in self._all:
            if self._kept is None and len(self._all) > 1:  # the next piece was written over this one's
                self._recall(stretch, stretch.piece.out)
            np.add(stretch.piece.w, stretch.piece.out, out=stretch.piece.w)
        if self.optimizer.use_ema:
            self._average(t)

    def move(self, t: int, learning_rate: float) -> None:
        """`compute` and `apply`, each piece as long as it is in the cache."""
        self._begin(t, learning_rate)
        for stretch in self._all:
            self._compute(stretch, t, learning_rate)
            np.add(stretch.piece.w, stretch.piece.out, out=stretch.piece.w)
        if self.optimizer.use_ema:
            self._average(t)

    def _begin(self, t: int, learning_rate: float) -> None:
        self._made, self._before = (t, learning_rate), None
        if self.seen is not None:
            np.copyto(self.seen.vector, self.grads.vector)
            if self.held is not None:
                self.seen.vector[self.held] = 0
            self.optimizer.clip(self.seen.trainable, self.windows)

    def _compute(self, stretch: _Stretch, t: int, learning_rate: float) -> None:
        """Δw = (the rule's Δw, from weights that have shrunk) − η·λ·w, in `piece.out`."""
        piece, optimizer = stretch.piece, self.optimizer
        if not optimizer.decay:
            optimizer.update(piece, t, learning_rate)
        else:
            w, factor, rule = piece.w, learning_rate * optimizer.decay, piece
            if optimizer.reads_weights:
                shrunk = self._shrunk[: len(w)]
                np.subtract(w, np.multiply(w, factor, out=shrunk), out=shrunk)
                rule = piece._replace(w=shrunk)
            optimizer.update(rule, t, learning_rate)
            np.subtract(piece.out, np.multiply(w, factor, out=piece.spare), out=piece.out)
        if stretch.held is not None:
            piece.out[stretch.held] = 0

    def _average(self, t: int) -> None:
        """a ← μ·a + (1 − μ)·w; every so many updates w ← a."""
        momentum = self.optimizer.ema_momentum if t > 1 else 0.0
        often = self.optimizer.ema_overwrite_frequency
        for piece, _place, _held in self._all:
            w, a = piece.w, piece.slots[AVERAGE]
            np.multiply(a, momentum, out=a)
            np.add(a, np.multiply(w, 1 - momentum, out=piece.spare), out=a)
            if often is not None and t % often == 0:
                np.copyto(w, a)

    # ---------------------------------------------------------------------------------------- looking at the last

    def forget(self) -> None:
        """The next update is under way: nothing of the one before is to be seen."""
        self._made = self._before = None

    @property
    def updates(self) -> Parameters:
        """Δw of the newest update, 0 where there is none; valid until the next is made."""
        if self._made is not None and self._kept is not None:
            return self._kept
        if self._before is not None:
            return self._before
        updates = zeros(self.grads.windows, self.grads.vector.dtype)
        if self._made is not None:
            for stretch in self._all:
                self._recall(stretch, updates.trainable[stretch.place])
        return updates

    def _recall(self, stretch: _Stretch, out: Array) -> None:
        assert self._made is not None
        self.optimizer.recall(stretch.piece._replace(out=out), *self._made)
        if stretch.held is not None:
            out[stretch.held] = 0

"""From the gradient to moved weights: clip, the optimizer's rule, weight decay, apply, average.

Elementwise optimizers are given stretches of the vectors that stay in the cache; the others all of it at once.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from netviz.arrays import Array
from netviz.engine.optimizers import AVERAGE, Objective, Optimizer, Piece
from netviz.engine.parameters import Parameters, zeros

_PIECE = 128 * 1024  # numbers treated at once: few calls, and the vectors of a piece stay in the cache


class Updating:
    """One optimizer at work on the trainable part of a network's vectors.

    `seen` is the gradient as the optimizer sees it: 0 where weights are held still, and clipped. It is None where that
    is the gradient itself.
    """

    def __init__(
        self, optimizer: Optimizer, params: Parameters, grads: Parameters, updates: Parameters,
        slots: Mapping[str, Parameters], held: Array | None = None, objective: Objective | None = None,
    ) -> None:  # fmt: skip
        """All vectors under the same windows, slots by name. held: bool (count,), the numbers that may not move.

        objective: the batch's loss, for optimizers that are not elementwise.
        """
        self.optimizer = optimizer
        self.held = held
        self.grads, self.updates = grads, updates
        self.windows = tuple(window for window in params.windows if window.trainable)
        apart = optimizer.clips or held is not None
        self.seen = zeros(params.windows, params.vector.dtype) if apart else None
        self.pieces = self._pieces(params.trainable, {n: slot.trainable for n, slot in slots.items()}, objective)
        longest = max((len(piece.w) for piece in self.pieces), default=0)
        self._shrunk = np.empty(longest if optimizer.reads_weights else 0, params.vector.dtype)

    def _pieces(self, w: Array, slots: Mapping[str, Array], objective: Objective | None) -> tuple[Piece, ...]:
        g, out = (self.seen or self.grads).trainable, self.updates.trainable
        if not self.optimizer.elementwise:
            return (Piece(w, g, slots, out, np.empty_like(w), self.windows, objective),) if len(w) else ()
        spare = np.empty(min(len(w), _PIECE), w.dtype)
        cuts = [slice(at, min(at + _PIECE, len(w))) for at in range(0, len(w), _PIECE)]
        return tuple(
            Piece(w[cut], g[cut], {n: s[cut] for n, s in slots.items()}, out[cut], spare[: cut.stop - cut.start])
            for cut in cuts
        )

    def compute(self, t: int, learning_rate: float) -> None:
        """Δw for the t-th update of these slots; the weights stay as they are."""
        optimizer = self.optimizer
        if self.seen is not None:
            self._look(self.seen)
        if not optimizer.decay:
            for piece in self.pieces:
                optimizer.update(piece, t, learning_rate)
        else:
            for piece in self.pieces:
                self._update_with_decay(piece, t, learning_rate)
        if self.held is not None:
            self.updates.vector[self.held] = 0

    def _look(self, seen: Parameters) -> None:
        np.copyto(seen.vector, self.grads.vector)
        if self.held is not None:
            seen.vector[self.held] = 0
        self.optimizer.clip(seen.trainable, self.windows)

    def _update_with_decay(self, piece: Piece, t: int, learning_rate: float) -> None:
        """Δw = (the rule's Δw, from weights that have shrunk) − η·λ·w."""
        w, factor = piece.w, learning_rate * self.optimizer.decay
        if self.optimizer.reads_weights:
            shrunk = self._shrunk[: len(w)]
            np.subtract(w, np.multiply(w, factor, out=shrunk), out=shrunk)
            piece = piece._replace(w=shrunk)
        self.optimizer.update(piece, t, learning_rate)
        np.subtract(piece.out, np.multiply(w, factor, out=piece.spare), out=piece.out)

    def apply(self, t: int) -> None:
        """w ← w + Δw, and the weights' average after it."""
        for piece in self.pieces:
            np.add(piece.w, piece.out, out=piece.w)
        if self.optimizer.use_ema:
            self._average(t)

    def _average(self, t: int) -> None:
        """a ← μ·a + (1 − μ)·w; every so many updates w ← a."""
        momentum = self.optimizer.ema_momentum if t > 1 else 0.0
        often = self.optimizer.ema_overwrite_frequency
        for piece in self.pieces:
            w, a = piece.w, piece.slots[AVERAGE]
            np.multiply(a, momentum, out=a)
            np.add(a, np.multiply(w, 1 - momentum, out=piece.spare), out=a)
            if often is not None and t % often == 0:
                np.copyto(w, a)

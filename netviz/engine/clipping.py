"""The gradient as an optimizer sees it: 0 where weights are held still, and clipped.

It is worked out stretch by stretch where it is needed, and once more when someone looks, so it takes no vector of its own.
"""

from __future__ import annotations

import math

import numpy as np

from netviz.arrays import Array
from netviz.engine.optimizers import Optimizer
from netviz.engine.parameters import PIECE, Window, pieces


class Clipping:
    """What an optimizer's clipping and weights held still make of one gradient after the other."""

    def __init__(self, optimizer: Optimizer, grads: Array, windows: tuple[Window, ...], held: Array | None) -> None:
        """grads: (count,), of which `windows` name the arrays. held: bool (count,), the numbers that may not move."""
        self._optimizer, self._grads, self._windows, self._held = optimizer, grads, windows, held
        self._factors: list[float] | None = None
        self._parts: dict[tuple[int, int], list[tuple[int, slice]]] = {}

    def measure(self) -> None:
        """Take the norms of the gradient that is there now."""
        self._factors = None
        if self._optimizer.clips and self._optimizer.limit is None:
            shrinkage = self._optimizer.shrinkage(np.array([self._norm(window) for window in self._windows]))
            self._factors = None if shrinkage is None else shrinkage.tolist()

    def _norm(self, window: Window) -> float:
        total = 0.0
        for cut in pieces(window.start, window.stop, PIECE):
            g = self._grads[cut]
            if self._held is not None:
                g = np.where(self._held[cut], 0, g)
            with np.errstate(over="ignore"):
                square = float(np.dot(g, g))
            if square == math.inf:  # squares overflow long before the numbers do
                wide = g.astype(np.float64)
                square = float(np.dot(wide, wide))
            total += square
        return math.sqrt(total)

    def see(self, cut: slice, out: Array) -> None:
        """Write a stretch of it into `out`."""
        if self._factors is None:
            np.copyto(out, self._grads[cut])
        else:
            for number, part in self._parts_of(cut):
                ours = out[part.start - cut.start : part.stop - cut.start]
                np.multiply(self._grads[part], self._factors[number], out=ours)
        if (limit := self._optimizer.limit) is not None:
            np.clip(out, -limit, limit, out=out)
        if self._held is not None:
            out[self._held[cut]] = 0

    def _parts_of(self, cut: slice) -> list[tuple[int, slice]]:
        """What of which array lies in a stretch."""
        found = self._parts.get((cut.start, cut.stop))
        if found is None:
            found = self._parts[cut.start, cut.stop] = [
                (number, slice(max(window.start, cut.start), min(window.stop, cut.stop)))
                for number, window in enumerate(self._windows)
                if window.start < cut.stop and window.stop > cut.start
            ]
        return found

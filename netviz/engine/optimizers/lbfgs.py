"""L-BFGS: a picture of the loss's curvature from the last steps, and a search along the direction it proposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from netviz.arrays import Array
from netviz.codec import Range, Rate, Title
from netviz.engine.optimizers.line import Line, line
from netviz.engine.optimizers.linesearch import Search, Trial
from netviz.engine.optimizers.optimizer import Objective, Optimizer, Piece, Slots, optimizers
from netviz.i18n import N_, _


@optimizers.register("lbfgs", title=N_("L-BFGS"))
@dataclass(frozen=True)
class LBFGS(Optimizer):
    """Δw = −α·H·g: H approximates the inverse of the Hessian, α is found by a line search that begins at η.

    H comes from the last history_size pairs s = Δw, y = (gradient behind the step) − (gradient before it) by the two-loop
    recursion, and begins at (sᵀy/yᵀy)·1. Without pairs the search begins at η·min(1, 1/‖g‖₁). A pair is kept where
    sᵀy > 0, which strong_wolfe sees to; where no step lowers the loss Δw = 0 and all pairs are dropped.

    Every trial computes the loss and gradient of the batch anew, max_evaluations of them at most for an update, with the
    same dropout masks. Wants all rows in one batch: pairs from different batches say little about either. The slots
    step_i and change_i hold the pair of the updates i, i + history_size, ... Liu and Nocedal, 1989.
    """

    elementwise: ClassVar[bool] = False
    full_batch: ClassVar[bool] = True

    learning_rate: Rate = 1.0
    history_size: Annotated[int, Range(low=1, high=1000, title=N_("Pairs remembered"))] = 10
    line_search: Annotated[Literal["strong_wolfe", "armijo"], Title(N_("Line search"))] = "strong_wolfe"
    max_evaluations: Annotated[int, Range(low=1, high=1000, title=N_("Most trials of a search"))] = 20

    @property
    def remembers(self) -> tuple[str, ...]:
        places = range(1, self.history_size + 1)
        return (*(f"step_{i}" for i in places), *(f"change_{i}" for i in places))

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        g, d = piece.g, piece.out
        assert piece.objective is not None
        if not g.any():
            d.fill(0)
            return
        pairs = self._pairs(piece.slots, t)
        _direct(d, g, pairs, piece.spare)
        slope = float(np.dot(g, d))
        if not slope < 0:  # only rounding can do that
            np.negative(g, out=d)
            pairs, slope = [], -float(np.dot(g, g))
        first = learning_rate if pairs else learning_rate * min(1.0, 1 / float(np.abs(g).sum()))
        found = self._search(piece, piece.objective, slope, first)
        if found is None:
            d.fill(0)
            for name in self.remembers:
                piece.slots[name].fill(0)
            return
        np.multiply(d, found.step, out=d)
        s, y = self._pair(piece.slots, t)
        np.copyto(s, d)
        np.subtract(found.gradient, g, out=y)
        if not float(np.dot(s, y)) > np.finfo(g.dtype).eps * float(np.dot(y, y)):
            s.fill(0)
            y.fill(0)

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        """The step α that the line search found is read off Δw as it was made."""
        g, pairs = piece.g, self._pairs(piece.slots, t)
        d = np.empty_like(g)
        _direct(d, g, pairs, np.empty_like(g))
        if not float(np.dot(g, d)) < 0:
            np.negative(g, out=d)
        length = float(np.dot(d, d))
        step = float(np.dot(piece.out, d)) / length if length else 0.0
        sentence = _("Downhill as the curvature of the last {n} steps tells it.").format(n=len(pairs))
        direction = line("d", "-H g", (("-g", -g),), (("(1 - H) g", g + d),), sentence=sentence)
        sentence = _("How far down that way the line search went.")
        found = line(r"\alpha", r"\text{search}(L, d)", ((r"\alpha", step),), sentence=sentence)
        moved = ((r"\alpha", step), ("d", d))
        return direction, found, line(r"\Delta w", r"\alpha \, d", moved, sentence=_("The step found, along the way found."))

    def _search(self, piece: Piece, objective: Objective, slope: float, first: float) -> Trial | None:
        w, d, spare = piece.w, piece.out, piece.spare

        def along(step: float) -> Trial:
            np.add(w, np.multiply(d, step, out=spare), out=spare)
            loss, gradient = objective.at(spare)
            return Trial(step, loss, float(np.dot(gradient, d)), gradient.copy())

        start = Trial(0.0, objective.here(), slope, piece.g)
        rounding = 10 * float(np.finfo(w.dtype).eps) * abs(start.loss)
        search = Search(along, start, rounding, self.max_evaluations)
        return search.armijo(first) if self.line_search == "armijo" else search.strong_wolfe(first)

    def _pair(self, slots: Slots, t: int) -> tuple[Array, Array]:
        """Where the pair of the t-th update is kept."""
        place = (t - 1) % self.history_size + 1
        return slots[f"step_{place}"], slots[f"change_{place}"]

    def _pairs(self, slots: Slots, t: int) -> list[tuple[Array, Array, float]]:
        """Each pair s, y that is there, with sᵀy, the newest first."""
        pairs = [self._pair(slots, t - age) for age in range(1, self.history_size + 1)]
        curved = ((s, y, float(np.dot(s, y))) for s, y in pairs)
        return [pair for pair in curved if pair[2] > 0]


def _direct(d: Array, g: Array, pairs: list[tuple[Array, Array, float]], spare: Array) -> None:
    """d = −H·g by the two-loop recursion."""
    np.negative(g, out=d)
    shares = []
    for s, y, curvature in pairs:
        shares.append(float(np.dot(s, d)) / curvature)
        np.subtract(d, np.multiply(y, shares[-1], out=spare), out=d)
    if pairs:
        _s, y, curvature = pairs[0]
        np.multiply(d, curvature / float(np.dot(y, y)), out=d)
    for (s, y, curvature), share in zip(reversed(pairs), reversed(shares), strict=True):
        np.add(d, np.multiply(s, share - float(np.dot(y, d)) / curvature, out=spare), out=d)

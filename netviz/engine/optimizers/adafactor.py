"""Adafactor: a matrix of squares from what its rows and its columns come to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.codec import Range, Title
from netviz.engine.optimizers.line import Line, line, one_over
from netviz.engine.optimizers.optimizer import FirstOrder, Piece, optimizers
from netviz.i18n import N_, _

Tiny = Annotated[float, Range(above=0, high=1, log=True)]


@optimizers.register("adafactor", title=N_("Adafactor"))
@dataclass(frozen=True)
class Adafactor(FirstOrder):
    """v̂ = r·c/mean(r), u = g/√v̂, Δw = −max(ε₂, rms(w))·min(η, 1/√t)·u/max(1, rms(u)/d), for each array by itself.

    r ← β·r + (1 − β)·(mean of g² + ε₁ over the last axis), c likewise over the last axis but one, β = 1 − t^beta_2_decay;
    an array with one axis keeps v̂ itself: v̂ ← β·v̂ + (1 − β)·(g² + ε₁). d is clip_threshold, rms(x) = √mean(x²). The slots
    show r and c at every weight of their row or column. Shazeer and Stern, 2018; Keras, in which relative_step changes
    no number, because 1/√t is a limit in any case.
    """

    elementwise: ClassVar[bool] = False
    by_array: ClassVar[bool] = True
    reads_weights: ClassVar[bool] = True

    beta_2_decay: Annotated[float, Range(low=-10, below=0, title=N_("Power of the decay"))] = -0.8
    epsilon_1: Annotated[Tiny, Title(N_("Least square ε₁"))] = 1e-30
    epsilon_2: Annotated[Tiny, Title(N_("Least size of weights ε₂"))] = 1e-3
    clip_threshold: Annotated[float, Range(above=0, high=1000, log=True, title=N_("Largest size of a step d"))] = 1.0

    @property
    def remembers(self) -> tuple[str, ...]:
        return ("row", "column", "velocity")

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        beta, rate = 1 - float(t) ** self.beta_2_decay, min(learning_rate, 1 / math.sqrt(t))
        for window in piece.windows:
            stretch = slice(window.start, window.stop)
            w, g, u = (a[stretch].reshape(window.shape) for a in (piece.w, piece.g, piece.out))
            r, c, v = (piece.slots[name][stretch].reshape(window.shape) for name in self.remembers)
            squares = np.add(np.multiply(g, g, out=u), self.epsilon_1, out=u)  # until u itself comes
            if len(window.shape) > 1:
                _follow(r, squares.mean(-1, keepdims=True), beta)
                _follow(c, squares.mean(-2, keepdims=True), beta)
                np.divide(r, r[..., :1].mean(-2, keepdims=True), out=v)
                np.multiply(v, c, out=v)
                # Where a row and a column have no gradient the product is too small for float32, and 0/0 is no step.
                np.maximum(v, np.finfo(v.dtype).tiny, out=v)
            else:
                _follow(v, squares, beta)
            np.divide(g, np.sqrt(v, out=u), out=u)
            size = max(self.epsilon_2, _rms(w))
            np.multiply(u, -rate * size / max(1.0, _rms(u) / self.clip_threshold), out=u)

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        beta, rate = 1 - float(t) ** self.beta_2_decay, min(learning_rate, 1 / math.sqrt(t))
        slots = {name: piece.slots[name].copy() for name in self.remembers}
        own = piece._replace(slots=slots, out=np.empty_like(piece.w), spare=np.empty_like(piece.w))
        self.update(own, t, learning_rate)
        v, size, clipped = slots["velocity"], np.empty_like(piece.w), np.empty_like(piece.w)
        with np.errstate(all="ignore"):
            u = piece.g * one_over(np.sqrt(v))
        for window in piece.windows:
            stretch = slice(window.start, window.stop)
            size[stretch] = max(self.epsilon_2, _rms(piece.w[stretch]))
            clipped[stretch] = 1 / max(1.0, _rms(u[stretch]) / self.clip_threshold)
        rows = line(
            r"\hat{v}_t", r"\frac{r_t \, c_t}{\text{mean}(r_t)}", ((r"\hat{v}_t", v),), slot="velocity",
            sentence=_("Its usual square, by row and column; β = {beta:.4g}.").format(beta=beta),
        )  # fmt: skip
        direction = (("g", piece.g), (r"1 / \sqrt{\hat{v}_t}", one_over(np.sqrt(v))))
        sentence = _("The gradient in units of its usual size.")
        scaled = line("u", r"\frac{g}{\sqrt{\hat{v}_t}}", direction, sentence=sentence)
        step = (
            (r"-\min(\eta, 1/\sqrt{t})", -rate), (r"\max(\epsilon_2, \text{rms}(w))", size), ("u", u),
            (r"1 / \max(1, \text{rms}(u)/d)", clipped),
        )  # fmt: skip
        formula = r"-\min(\eta, \frac{1}{\sqrt{t}}) \, \max(\epsilon_2, \text{rms}(w)) \, \frac{u}{\max(1, \text{rms}(u)/d)}"
        sentence = _("A step in proportion to the array's own size.")
        return rows, scaled, line(r"\Delta w", formula, step, sentence=sentence)


def _follow(mean: Array, value: Array, beta: float) -> None:
    """mean ← β·mean + (1 − β)·value; value is written over."""
    np.multiply(mean, beta, out=mean)
    np.add(mean, np.multiply(value, 1 - beta, out=value), out=mean)


def _rms(x: Array) -> float:
    return math.sqrt(float(np.vdot(x, x)) / x.size) if x.size else 0.0

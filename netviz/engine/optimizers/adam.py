"""Running means of the gradient and of its size: Adam, AdamW, Adamax and Nadam."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, ClassVar

import numpy as np

from netviz.codec import Small, Title
from netviz.engine.optimizers.optimizer import (
    Decay,
    FirstOrder,
    MomentumDecay,
    Piece,
    SquaresDecay,
    optimizers,
    scalars,
)
from netviz.i18n import N_


@optimizers.register("adam", title=N_("Adam"))
@dataclass(frozen=True)
class Adam(FirstOrder):
    """m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², Δw = −η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m/(√v + ε).

    ε stands outside the root and beside the uncorrected √v, as in Keras; the textbook's stands beside √(v/(1 − β₂ᵗ)).
    With amsgrad the largest v so far takes the place of v in Δw. Kingma and Ba, 2015; Reddi et al., 2018.
    """

    recalls: ClassVar[bool] = True

    beta_1: MomentumDecay = 0.9
    beta_2: SquaresDecay = 0.999
    epsilon: Small = 1e-7
    amsgrad: Annotated[bool, Title(N_("AMSGrad"))] = False

    @property
    def remembers(self) -> tuple[str, ...]:
        return ("momentum", "velocity", *["velocity_hat"] * self.amsgrad)

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        _w, g, slots, _out, spare, *_more = piece
        m, v, b1, b2 = slots["momentum"], slots["velocity"], self.beta_1, self.beta_2
        beta_1, rest_1, beta_2, rest_2_1 = scalars(g.dtype, b1, 1 - b1, b2, (1 - b2) / (1 - b1))
        np.multiply(m, beta_1, out=m)
        np.add(m, np.multiply(g, rest_1, out=spare), out=m)
        np.multiply(v, beta_2, out=v)
        np.multiply(spare, g, out=spare)  # (1 − β₁)·g²
        np.multiply(spare, rest_2_1, out=spare)
        np.add(v, spare, out=v)
        if self.amsgrad:
            np.maximum(slots["velocity_hat"], v, out=slots["velocity_hat"])
        self.recall(piece, t, learning_rate)

    def recall(self, piece: Piece, t: int, learning_rate: float) -> None:
        slots, out, spare = piece.slots, piece.out, piece.spare
        (epsilon,) = scalars(out.dtype, self.epsilon)
        np.sqrt(slots["velocity_hat" if self.amsgrad else "velocity"], out=spare)
        np.add(spare, epsilon, out=spare)
        rate = -learning_rate * math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        np.multiply(slots["momentum"], rate, out=out)
        np.divide(out, spare, out=out)


@optimizers.register("adamw", title=N_("AdamW"))
@dataclass(frozen=True)
class AdamW(Adam):
    """Adam, and each weight shrinks by itself: Δw = (Adam's Δw) − η·λ·w with λ = weight_decay.

    The decay stands outside the moments and applies to biases too, as in Keras. Loshchilov and Hutter, 2019.
    """

    weight_decay: Decay = field(default=0.004, kw_only=True)


@optimizers.register("adamax", title=N_("Adamax"))
@dataclass(frozen=True)
class Adamax(FirstOrder):
    """m ← β₁·m + (1 − β₁)·g, u ← max(β₂·u, |g|), Δw = −η/(1 − β₁ᵗ)·m/(u + ε). Kingma and Ba, 2015, section 7."""

    recalls: ClassVar[bool] = True

    beta_1: MomentumDecay = 0.9
    beta_2: Annotated[SquaresDecay, Title(N_("Decay of the largest β₂"))] = 0.999
    epsilon: Small = 1e-7

    @property
    def remembers(self) -> tuple[str, ...]:
        return ("momentum", "norm")

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        _w, g, slots, _out, spare, *_more = piece
        m, u = slots["momentum"], slots["norm"]
        beta_1, rest_1, beta_2 = scalars(g.dtype, self.beta_1, 1 - self.beta_1, self.beta_2)
        np.add(np.multiply(m, beta_1, out=m), np.multiply(g, rest_1, out=spare), out=m)
        np.maximum(np.multiply(u, beta_2, out=u), np.abs(g, out=spare), out=u)
        self.recall(piece, t, learning_rate)

    def recall(self, piece: Piece, t: int, learning_rate: float) -> None:
        slots, out, spare = piece.slots, piece.out, piece.spare
        (epsilon,) = scalars(out.dtype, self.epsilon)
        np.multiply(slots["momentum"], -learning_rate / (1 - self.beta_1**t), out=out)
        np.divide(out, np.add(slots["norm"], epsilon, out=spare), out=out)


@optimizers.register("nadam", title=N_("Nadam"))
@dataclass(frozen=True)
class Nadam(FirstOrder):
    """Adam with Nesterov's look ahead: Δw = −η·(μₜ₊₁·m/(1 − Uₜ·μₜ₊₁) + (1 − μₜ)·g/(1 − Uₜ))/(√(v/(1 − β₂ᵗ)) + ε).

    m and v are Adam's, μᵢ = β₁·(1 − 0.96ⁱ/2), Uₜ = μ₁·μ₂·…·μₜ. Dozat, 2016.
    """

    recalls: ClassVar[bool] = True

    beta_1: MomentumDecay = 0.9
    beta_2: SquaresDecay = 0.999
    epsilon: Small = 1e-7

    @property
    def remembers(self) -> tuple[str, ...]:
        return ("momentum", "velocity")

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        _w, g, slots, _out, spare, *_more = piece
        m, v, b1, b2 = slots["momentum"], slots["velocity"], self.beta_1, self.beta_2
        beta_1, rest_1, beta_2, rest_2 = scalars(g.dtype, b1, 1 - b1, b2, 1 - b2)
        np.add(np.multiply(m, beta_1, out=m), np.multiply(g, rest_1, out=spare), out=m)
        np.multiply(np.multiply(g, g, out=spare), rest_2, out=spare)
        np.add(np.multiply(v, beta_2, out=v), spare, out=v)
        self.recall(piece, t, learning_rate)

    def recall(self, piece: Piece, t: int, learning_rate: float) -> None:
        _w, g, slots, out, spare, *_more = piece
        m, v, b1, b2 = slots["momentum"], slots["velocity"], self.beta_1, self.beta_2
        (epsilon,) = scalars(g.dtype, self.epsilon)
        now, ahead, product = b1 * _growth(t), b1 * _growth(t + 1), b1**t * _growths(t)
        np.multiply(m, -learning_rate * ahead / (1 - product * ahead), out=out)
        np.multiply(g, -learning_rate * (1 - now) / (1 - product), out=spare)
        np.add(out, spare, out=out)
        np.sqrt(np.multiply(v, 1 / (1 - b2**t), out=spare), out=spare)
        np.divide(out, np.add(spare, epsilon, out=spare), out=out)


def _growth(t: int) -> float:
    """1 − 0.96ᵗ/2: what momentum begins at a half of and grows to."""
    return 1 - 0.5 * 0.96**t


def _growths(t: int) -> float:
    """The product of _growth(1) to _growth(t)."""
    return _products()[min(t, _SETTLED) - 1]


_SETTLED = 1000  # 0.96¹⁰⁰⁰ is far below the last digit: the product no longer changes


@cache
def _products() -> tuple[float, ...]:
    factors = 1 - 0.5 * 0.96 ** np.arange(1.0, _SETTLED + 1)
    return tuple(np.multiply.accumulate(factors).tolist())

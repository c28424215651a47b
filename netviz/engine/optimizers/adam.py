"""Running means of the gradient and of its size: Adam, AdamW, Adamax and Nadam."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, ClassVar

import numpy as np

from netviz.codec import Small, Title
from netviz.engine.optimizers.line import Line, bias_correction, line, one_over
from netviz.engine.optimizers.optimizer import (
    Decay,
    FirstOrder,
    MomentumDecay,
    Piece,
    SquaresDecay,
    optimizers,
    scalars,
)
from netviz.i18n import N_, _


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
        np.multiply(g, rest_1, out=spare)
        np.multiply(m, beta_1, out=m)
        np.add(m, spare, out=m)
        np.multiply(spare, g, out=spare)  # (1 − β₁)·g²
        np.multiply(spare, rest_2_1, out=spare)
        np.multiply(v, beta_2, out=v)
        np.add(v, spare, out=v)
        if self.amsgrad:
            np.maximum(slots["velocity_hat"], v, out=slots["velocity_hat"])
        self.recall(piece, t, learning_rate)

    def recall(self, piece: Piece, t: int, learning_rate: float) -> None:
        slots, out, spare = piece.slots, piece.out, piece.spare
        (epsilon,) = scalars(out.dtype, self.epsilon)
        rate = -learning_rate * math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        np.multiply(slots["momentum"], rate, out=out)
        np.sqrt(slots["velocity_hat" if self.amsgrad else "velocity"], out=spare)
        np.add(spare, epsilon, out=spare)
        np.divide(out, spare, out=out)

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        m, v = _means(piece, self.beta_1, self.beta_2)
        correction = bias_correction(self.beta_1, self.beta_2, t)
        lines, letter, size = [m, v, correction], "v_t", v.value
        if self.amsgrad:
            size = np.maximum(piece.slots["velocity_hat"], v.value)
            letter, sentence = r"\hat{v}_t", _("AMSGrad: the largest v so far takes its place.")
            largest = line(letter, r"\max(\hat{v}_{t-1}, v_t)", ((r"\max", size),), sentence=sentence, slot="velocity_hat")
            lines.append(largest)
        below = rf"\sqrt{{{letter}}} + \epsilon"
        step = (
            (r"-\eta", -learning_rate), ("c", float(correction.value)), ("m_t", m.value),
            (rf"1 / ({below})", one_over(np.sqrt(size) + self.epsilon)),
        )  # fmt: skip
        sentence = _("Against the mean, in units of its usual size.")
        return *lines, line(r"\Delta w", rf"-\eta \, c \, \frac{{m_t}}{{{below}}}", step, sentence=sentence)


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

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        m, before = _first_mean(piece, self.beta_1), piece.slots["norm"]
        size = np.maximum(self.beta_2 * before, np.abs(piece.g))
        u = line(
            "u_t", r"\max(\beta_2 u_{t-1}, |g|)", ((r"\max", size),),
            sentence=_("The largest gradient of late, slowly forgotten."), slot="norm",
        )  # fmt: skip
        correction = 1 / (1 - self.beta_1**t)
        step = (
            (r"-\eta", -learning_rate), (r"1 / (1 - \beta_1^t)", correction), ("m_t", m.value),
            (r"1 / (u_t + \epsilon)", one_over(size + self.epsilon)),
        )  # fmt: skip
        formula = r"-\frac{\eta}{1 - \beta_1^t} \, \frac{m_t}{u_t + \epsilon}"
        sentence = _("Against the mean, in units of the largest; t = {t}.").format(t=t)
        return m, u, line(r"\Delta w", formula, step, sentence=sentence)


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

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        m, v = _means(piece, self.beta_1, self.beta_2)
        now, ahead = self.beta_1 * _growth(t), self.beta_1 * _growth(t + 1)
        product = self.beta_1**t * _growths(t)
        mixed = line(
            r"\hat{m}_t", r"\frac{\mu_{t+1}}{1 - U_t \mu_{t+1}} m_t + \frac{1 - \mu_t}{1 - U_t} g",
            ((r"\mu_{t+1} / (1 - U_t \mu_{t+1})", ahead / (1 - product * ahead)), ("m_t", m.value)),
            ((r"(1 - \mu_t) / (1 - U_t)", (1 - now) / (1 - product)), ("g", piece.g)),
            sentence=_("Nesterov: the mean gradient, looked ahead."),
        )  # fmt: skip
        corrected = v.value / (1 - self.beta_2**t)
        size = line(
            r"\hat{v}_t", r"\frac{v_t}{1 - \beta_2^t}", (("v_t", v.value), (r"1 / (1 - \beta_2^t)", 1 / (1 - self.beta_2**t))),
            sentence=_("Bias correction: v began at 0; t = {t}.").format(t=t),
        )  # fmt: skip
        step = (
            (r"-\eta", -learning_rate), (r"\hat{m}_t", mixed.value),
            (r"1 / (\sqrt{\hat{v}_t} + \epsilon)", one_over(np.sqrt(corrected) + self.epsilon)),
        )  # fmt: skip
        formula = r"-\eta \, \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}"
        sentence = _("A step against that mean, in units of its usual size.")
        return m, v, mixed, size, line(r"\Delta w", formula, step, sentence=sentence)


def _means(piece: Piece, beta_1: float, beta_2: float) -> tuple[Line, Line]:
    """m and v after the update."""
    return _first_mean(piece, beta_1), line(
        "v_t", r"\beta_2 v_{t-1} + (1 - \beta_2) \, g^2",
        ((r"\beta_2", beta_2), ("v_{t-1}", piece.slots["velocity"])),
        ((r"1 - \beta_2", 1 - beta_2), ("g^2", piece.g * piece.g)),
        sentence=_("The mean of its square: its usual size."), slot="velocity",
    )  # fmt: skip


def _first_mean(piece: Piece, beta_1: float) -> Line:
    return line(
        "m_t", r"\beta_1 m_{t-1} + (1 - \beta_1) \, g",
        ((r"\beta_1", beta_1), ("m_{t-1}", piece.slots["momentum"])), ((r"1 - \beta_1", 1 - beta_1), ("g", piece.g)),
        sentence=_("The mean gradient of late."), slot="momentum",
    )  # fmt: skip


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

"""A rate for each weight from the squares of its gradients: Adagrad, Adadelta, RMSprop and Ftrl."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.codec import Amount, Fraction, Range, Small, Title
from netviz.engine.optimizers.line import Line, line, one_over
from netviz.engine.optimizers.optimizer import FirstOrder, Momentum, Piece, optimizers, scalars
from netviz.i18n import N_, _

FirstSquares = Annotated[Amount, Title(N_("First sum of squares"))]


@optimizers.register("adagrad", title=N_("Adagrad"))
@dataclass(frozen=True)
class Adagrad(FirstOrder):
    """s ← s + g², Δw = −η·g/√(s + ε): ε stands inside the root. s begins at initial_accumulator_value. Duchi, 2011."""

    recalls: ClassVar[bool] = True

    initial_accumulator_value: FirstSquares = 0.1
    epsilon: Small = 1e-7

    @property
    def remembers(self) -> tuple[str, ...]:
        return ("accumulator",)

    def first(self, slot: str) -> float:
        return self.initial_accumulator_value

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        s = piece.slots["accumulator"]
        np.add(s, np.multiply(piece.g, piece.g, out=piece.spare), out=s)
        self.recall(piece, t, learning_rate)

    def recall(self, piece: Piece, t: int, learning_rate: float) -> None:
        _w, g, slots, out, spare, *_more = piece
        (epsilon,) = scalars(g.dtype, self.epsilon)
        np.sqrt(np.add(slots["accumulator"], epsilon, out=spare), out=spare)
        np.multiply(g, -learning_rate, out=out)
        np.divide(out, spare, out=out)

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        s = line(
            "s_t", "s_{t-1} + g^2", (("s_{t-1}", piece.slots["accumulator"]),), (("g", piece.g), ("g", piece.g)),
            sentence=_("All squares so far: the step shrinks with them."), slot="accumulator",
        )  # fmt: skip
        below = r"\sqrt{s_t + \epsilon}"
        step = ((r"-\eta", -learning_rate), ("g", piece.g), (rf"1 / {below}", one_over(np.sqrt(s.value + self.epsilon))))
        sentence = _("Against the gradient, in units of all there was.")
        return s, line(r"\Delta w", rf"-\eta \, \frac{{g}}{{{below}}}", step, sentence=sentence)


@optimizers.register("adadelta", title=N_("Adadelta"))
@dataclass(frozen=True)
class Adadelta(FirstOrder):
    """s ← ρ·s + (1 − ρ)·g², δ = −√(d + ε)/√(s + ε)·g, d ← ρ·d + (1 − ρ)·δ², Δw = η·δ. Zeiler, 2012.

    The paper has η = 1; Keras' default is 0.001, with which it learns slowly.
    """

    rho: Annotated[Fraction, Title(N_("Decay of squares ρ"))] = 0.95
    epsilon: Small = 1e-7

    @property
    def remembers(self) -> tuple[str, ...]:
        return ("accumulated_grad", "accumulated_delta_var")

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        _w, g, slots, out, spare, *_more = piece
        s, d = slots["accumulated_grad"], slots["accumulated_delta_var"]
        rho, rest, epsilon = scalars(g.dtype, self.rho, 1 - self.rho, self.epsilon)
        np.multiply(np.multiply(g, g, out=spare), rest, out=spare)
        np.add(np.multiply(s, rho, out=s), spare, out=s)
        np.sqrt(np.add(d, epsilon, out=out), out=out)
        np.divide(out, np.sqrt(np.add(s, epsilon, out=spare), out=spare), out=out)
        np.multiply(out, g, out=out)  # −δ
        np.multiply(np.multiply(out, out, out=spare), rest, out=spare)
        np.add(np.multiply(d, rho, out=d), spare, out=d)
        np.multiply(out, -learning_rate, out=out)

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        s = _mean_of_squares("s", piece, "accumulated_grad", self.rho)
        before = piece.slots["accumulated_delta_var"]
        delta = line(
            r"\delta", r"-\frac{\sqrt{d_{t-1} + \epsilon}}{\sqrt{s_t + \epsilon}} \, g",
            ((r"-\sqrt{d_{t-1} + \epsilon}", -np.sqrt(before + self.epsilon)),
             (r"1 / \sqrt{s_t + \epsilon}", one_over(np.sqrt(s.value + self.epsilon))), ("g", piece.g)),
            sentence=_("As large as the steps have been of late."),
        )  # fmt: skip
        d = line(
            "d_t", r"\rho \, d_{t-1} + (1 - \rho) \, \delta^2", ((r"\rho", self.rho), ("d_{t-1}", before)),
            ((r"1 - \rho", 1 - self.rho), (r"\delta^2", delta.value**2)),
            sentence=_("The mean of the steps' squares, for later."), slot="accumulated_delta_var",
        )  # fmt: skip
        step = ((r"\eta", learning_rate), (r"\delta", delta.value))
        return s, delta, d, line(r"\Delta w", r"\eta \, \delta", step, sentence=_("That step, times the learning rate."))


@optimizers.register("rmsprop", title=N_("RMSprop"))
@dataclass(frozen=True)
class RMSprop(FirstOrder):
    """v ← ρ·v + (1 − ρ)·g², Δw = −η·g/√(v + ε): ε stands inside the root. Tieleman and Hinton, 2012.

    Centered: a ← ρ·a + (1 − ρ)·g, and v − a² takes the place of v under the root.
    With momentum μ: m ← μ·m + η·g/√(...), Δw = −m.
    """

    recalls: ClassVar[bool] = True

    rho: Annotated[Fraction, Title(N_("Decay of squares ρ"))] = 0.9
    momentum: Momentum = 0.0
    epsilon: Small = 1e-7
    centered: Annotated[bool, Title(N_("Centered"))] = False

    @property
    def remembers(self) -> tuple[str, ...]:
        return ("velocity", *["average_gradient"] * self.centered, *["momentum"] * bool(self.momentum))

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        _w, g, slots, out, _spare, *_more = piece
        v = slots["velocity"]
        rho, rest, mu = scalars(g.dtype, self.rho, 1 - self.rho, self.momentum)
        np.multiply(np.multiply(g, g, out=out), rest, out=out)
        np.add(np.multiply(v, rho, out=v), out, out=v)
        if self.centered:
            a = slots["average_gradient"]
            np.add(np.multiply(a, rho, out=a), np.multiply(g, rest, out=out), out=a)
        if self.momentum:
            m = slots["momentum"]
            self._divided(piece, learning_rate)
            np.subtract(np.multiply(m, mu, out=m), out, out=m)
        self.recall(piece, t, learning_rate)

    def recall(self, piece: Piece, t: int, learning_rate: float) -> None:
        if self.momentum:
            np.negative(piece.slots["momentum"], out=piece.out)
        else:
            self._divided(piece, learning_rate)

    def _divided(self, piece: Piece, learning_rate: float) -> None:
        """out = −η·g/√(v + ε), or centered."""
        _w, g, slots, out, spare, *_more = piece
        (epsilon,) = scalars(g.dtype, self.epsilon)
        np.add(slots["velocity"], epsilon, out=spare)
        if self.centered:
            a = slots["average_gradient"]
            np.subtract(spare, np.multiply(a, a, out=out), out=spare)
        np.sqrt(spare, out=spare)
        np.divide(np.multiply(g, -learning_rate, out=out), spare, out=out)

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        lines = [v := _mean_of_squares("v", piece, "velocity", self.rho)]
        inside, under = "v_t", v.value + self.epsilon
        if self.centered:
            a = line(
                "a_t", r"\rho \, a_{t-1} + (1 - \rho) \, g", ((r"\rho", self.rho), ("a_{t-1}", piece.slots["average_gradient"])),
                ((r"1 - \rho", 1 - self.rho), ("g", piece.g)),
                sentence=_("The mean gradient: v − a² is its variance."),
                slot="average_gradient",
            )  # fmt: skip
            lines.append(a)
            inside, under = "v_t - a_t^2", under - a.value**2
        below = rf"\sqrt{{{inside} + \epsilon}}"
        over = (rf"1 / {below}", one_over(np.sqrt(under)))
        if not self.momentum:
            step = ((r"-\eta", -learning_rate), ("g", piece.g), over)
            sentence = _("Against the gradient, in units of its usual size.")
            return *lines, line(r"\Delta w", rf"-\eta \, \frac{{g}}{{{below}}}", step, sentence=sentence)
        m = line(
            "m_t", rf"\mu \, m_{{t-1}} + \eta \, \frac{{g}}{{{below}}}",
            ((r"\mu", self.momentum), ("m_{t-1}", piece.slots["momentum"])), ((r"\eta", learning_rate), ("g", piece.g), over),
            sentence=_("Momentum: the last steps go on."), slot="momentum",
        )  # fmt: skip
        return *lines, m, line(r"\Delta w", "-m_t", (("-m_t", -m.value),), sentence=_("The momentum itself."))


@optimizers.register("ftrl", title=N_("Ftrl"))
@dataclass(frozen=True)
class Ftrl(FirstOrder):
    """n' = n + g², l ← l + g + 2·s·w − (n'ᵖ − nᵖ)/η·w, w = (clip(l, −λ₁, λ₁) − l)/(n'ᵖ/η + 2·λ₂ + β/η).

    p = −learning_rate_power, n begins at initial_accumulator_value, l at 0; s is the shrinkage, λ₁ and λ₂ the
    strengths. Δw is the way to that w, so little is left of the first weights; a strong λ₁ makes most weights exactly
    0. A weight whose gradients have all been 0 stays where n begins at 0. McMahan et al., 2013.
    """

    reads_weights: ClassVar[bool] = True

    learning_rate_power: Annotated[float, Range(low=-10, high=0, title=N_("Power of the rate"))] = -0.5
    initial_accumulator_value: FirstSquares = 0.1
    l1_regularization_strength: Annotated[Amount, Title(N_("L1 strength λ₁"))] = 0.0
    l2_regularization_strength: Annotated[Amount, Title(N_("L2 strength λ₂"))] = 0.0
    l2_shrinkage_regularization_strength: Annotated[Amount, Title(N_("L2 shrinkage s"))] = 0.0
    beta: Annotated[Amount, Title(N_("Slowing of the rate β"))] = 0.0

    @property
    def remembers(self) -> tuple[str, ...]:
        return ("accumulator", "linear")

    def first(self, slot: str) -> float:
        return self.initial_accumulator_value if slot == "accumulator" else 0.0

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        w, g, slots, out, spare, *_more = piece
        n, l = slots["accumulator"], slots["linear"]
        self._to_power(n, out)  # nᵖ
        np.add(n, np.multiply(g, g, out=spare), out=n)
        self._to_power(n, spare)  # n'ᵖ
        np.subtract(spare, out, out=out)
        np.add(l, g, out=l)
        np.multiply(out, 1 / learning_rate, out=out)
        if self.l2_shrinkage_regularization_strength:
            np.subtract(out, 2 * self.l2_shrinkage_regularization_strength, out=out)
        np.subtract(l, np.multiply(out, w, out=out), out=l)
        np.multiply(spare, 1 / learning_rate, out=spare)
        np.add(spare, 2 * self.l2_regularization_strength + self.beta / learning_rate, out=spare)
        np.clip(l, -self.l1_regularization_strength, self.l1_regularization_strength, out=out)
        np.subtract(out, l, out=out)
        if self.initial_accumulator_value:
            np.divide(out, spare, out=out)
        else:  # where there never was a gradient, this would be 0/0
            np.divide(out, spare, out=out, where=spare > 0)
            np.copyto(out, w, where=spare <= 0)
        np.subtract(out, w, out=out)

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        w, before, power, eta = piece.w, piece.slots["accumulator"], -self.learning_rate_power, learning_rate
        n = line(
            "n_t", "n_{t-1} + g^2", (("n_{t-1}", before),), (("g", piece.g), ("g", piece.g)),
            sentence=_("All squares so far: the step shrinks with them."), slot="accumulator",
        )  # fmt: skip
        grown = (n.value**power - before**power) / eta
        tied = 2 * self.l2_shrinkage_regularization_strength - grown
        l = line(
            "l_t", r"l_{t-1} + g + 2 s w - \frac{n_t^p - n_{t-1}^p}{\eta} w", (("l_{t-1}", piece.slots["linear"]),),
            (("g", piece.g),), ((r"2 s - (n_t^p - n_{t-1}^p) / \eta", tied), ("w", w)),
            sentence=_("All gradients so far, seen from today's weight."), slot="linear",
        )  # fmt: skip
        limit = self.l1_regularization_strength
        clipped = np.clip(l.value, -limit, limit)
        below = n.value**power / eta + 2 * self.l2_regularization_strength + self.beta / eta
        best = np.where(below > 0, (clipped - l.value) * one_over(np.where(below > 0, below, 1.0)), w)
        target = line(
            r"\hat{w}", r"\frac{\text{clip}(l_t, -\lambda_1, \lambda_1) - l_t}{n_t^p / \eta + 2 \lambda_2 + \beta / \eta}",
            ((r"\hat{w}", best),),
            sentence=_("The best weight for all gradients so far."),
        )  # fmt: skip
        sentence = _("The way to that weight.")
        return n, l, target, line(r"\Delta w", r"\hat{w} - w", ((r"\hat{w}", best),), (("-w", -w),), sentence=sentence)

    def _to_power(self, n: Array, out: Array) -> None:
        """nᵖ."""
        if self.learning_rate_power == -0.5:
            np.sqrt(n, out=out)
        else:
            np.power(n, -self.learning_rate_power, out=out)


def _mean_of_squares(letter: str, piece: Piece, slot: str, rho: float) -> Line:
    """x ← ρ·x + (1 − ρ)·g²."""
    return line(
        f"{letter}_t", rf"\rho \, {letter}_{{t-1}} + (1 - \rho) \, g^2",
        ((r"\rho", rho), (f"{letter}_{{t-1}}", piece.slots[slot])), ((r"1 - \rho", 1 - rho), ("g^2", piece.g * piece.g)),
        sentence=_("The mean of its square: its usual size."), slot=slot,
    )  # fmt: skip

"""Optimizers: from a gradient to an update, each legible alone, in Keras' form.

An optimizer is a function on vectors. Every one here treats each number by itself, so it can be run on any piece of
the vector. Its slots (Adam's m and v) have the form of the weights and are brought up to date in place; what it
returns, Δw, is added to the weights by the engine. `t` counts the updates since the slots were made, from 1.
Defaults and the place of ε are Keras': https://keras.io/api/optimizers
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.codec import Amount, Checked, Fraction, Range, Rate, Small, Title
from netviz.i18n import N_
from netviz.registry import Registry

optimizers: Registry[Optimizer] = Registry("optimizer")

Slots = Mapping[str, Array]
Momentum = Annotated[Fraction, Title(N_("Momentum μ"))]
Decay = Annotated[float, Range(low=0, high=1, log=True, title=N_("Weight decay λ"))]


@dataclass(frozen=True)
class Optimizer(Checked, ABC):
    """A rule that turns gradients into updates. `slot_names` says what it remembers, `first` what that begins at."""

    family: ClassVar = optimizers

    learning_rate: Rate = 0.001

    @property
    def slot_names(self) -> tuple[str, ...]:
        """The vectors it remembers from update to update."""
        return ()

    @property
    def first(self) -> float:
        """The number that slots begin at."""
        return 0.0

    @abstractmethod
    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: float, out: Array, spare: Array) -> Array:
        """Δw for weights w and gradient g, written into `out`; `spare` may be written over. All shapes (count,)."""


@optimizers.register("sgd", title=N_("SGD"))
@dataclass(frozen=True)
class SGD(Optimizer):
    """Δw = −η·g. With momentum μ: m ← μ·m − η·g, Δw = m; with nesterov: Δw = μ·m − η·g. Sutskever et al., 2013."""

    learning_rate: Rate = 0.01
    momentum: Momentum = 0.0
    nesterov: Annotated[bool, Title(N_("Nesterov momentum"))] = False

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum",) if self.momentum else ()

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: float, out: Array, spare: Array) -> Array:
        np.multiply(g, -learning_rate, out=out)  # −η·g
        if not self.momentum:
            return out
        m = slots["momentum"]
        np.multiply(m, self.momentum, out=m)
        np.add(m, out, out=m)
        if not self.nesterov:
            np.copyto(out, m)
            return out
        return np.add(out, np.multiply(m, self.momentum, out=spare), out=out)


@optimizers.register("adagrad", title=N_("Adagrad"))
@dataclass(frozen=True)
class Adagrad(Optimizer):
    """s ← s + g², Δw = −η·g/√(s + ε): ε stands inside the root. s begins at initial_accumulator_value. Duchi, 2011."""

    initial_accumulator_value: Annotated[Amount, Title(N_("First sum of squares"))] = 0.1
    epsilon: Small = 1e-7

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("accumulator",)

    @property
    def first(self) -> float:
        return self.initial_accumulator_value

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: float, out: Array, spare: Array) -> Array:
        s = slots["accumulator"]
        np.add(s, np.multiply(g, g, out=out), out=s)
        np.sqrt(np.add(s, self.epsilon, out=spare), out=spare)
        np.multiply(g, -learning_rate, out=out)
        return np.divide(out, spare, out=out)


@optimizers.register("rmsprop", title=N_("RMSprop"))
@dataclass(frozen=True)
class RMSprop(Optimizer):
    """v ← ρ·v + (1 − ρ)·g², Δw = −η·g/√(v + ε): ε stands inside the root. Tieleman and Hinton, 2012.

    Centered: a ← ρ·a + (1 − ρ)·g, and v − a² takes the place of v under the root.
    With momentum μ: m ← μ·m + η·g/√(...), Δw = −m.
    """

    rho: Annotated[Fraction, Title(N_("Decay of squares ρ"))] = 0.9
    momentum: Momentum = 0.0
    epsilon: Small = 1e-7
    centered: Annotated[bool, Title(N_("Centered"))] = False

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("velocity", *["average_gradient"] * self.centered, *["momentum"] * bool(self.momentum))

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: float, out: Array, spare: Array) -> Array:
        v = slots["velocity"]
        np.multiply(np.multiply(g, g, out=out), 1 - self.rho, out=out)
        np.add(np.multiply(v, self.rho, out=v), out, out=v)
        np.add(v, self.epsilon, out=spare)
        if self.centered:
            a = slots["average_gradient"]
            np.add(np.multiply(a, self.rho, out=a), np.multiply(g, 1 - self.rho, out=out), out=a)
            np.subtract(spare, np.multiply(a, a, out=out), out=spare)
        np.sqrt(spare, out=spare)
        np.divide(np.multiply(g, -learning_rate, out=out), spare, out=out)
        if self.momentum:
            m = slots["momentum"]
            np.subtract(np.multiply(m, self.momentum, out=m), out, out=m)
            np.negative(m, out=out)
        return out


@optimizers.register("adam", title=N_("Adam"))
@dataclass(frozen=True)
class Adam(Optimizer):
    """m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², Δw = −η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m/(√v + ε).

    ε stands outside the root and beside the uncorrected √v, as in Keras; the textbook's stands beside √(v/(1 − β₂ᵗ)).
    With amsgrad the largest v so far takes the place of v in Δw. Kingma and Ba, 2015; Reddi et al., 2018.
    """

    beta_1: Annotated[Fraction, Title(N_("Decay of momentum β₁"))] = 0.9
    beta_2: Annotated[Fraction, Title(N_("Decay of squares β₂"))] = 0.999
    epsilon: Small = 1e-7
    amsgrad: Annotated[bool, Title(N_("AMSGrad"))] = False

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "velocity", *["velocity_hat"] * self.amsgrad)

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: float, out: Array, spare: Array) -> Array:
        m, v = slots["momentum"], slots["velocity"]
        np.multiply(m, self.beta_1, out=m)
        np.add(m, np.multiply(g, 1 - self.beta_1, out=spare), out=m)
        np.multiply(v, self.beta_2, out=v)
        np.multiply(spare, g, out=spare)  # (1 − β₁)·g²
        np.multiply(spare, (1 - self.beta_2) / (1 - self.beta_1), out=spare)
        np.add(v, spare, out=v)
        if self.amsgrad:
            v = np.maximum(slots["velocity_hat"], v, out=slots["velocity_hat"])
        np.sqrt(v, out=spare)
        np.add(spare, self.epsilon, out=spare)
        np.multiply(m, -learning_rate * math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t), out=out)
        return np.divide(out, spare, out=out)


@optimizers.register("adamw", title=N_("AdamW"))
@dataclass(frozen=True)
class AdamW(Adam):
    """Adam, and each weight shrinks by itself: Δw = (Adam's Δw) − η·λ·w with λ = weight_decay.

    The decay stands outside the moments and applies to biases too, as in Keras. Loshchilov and Hutter, 2019.
    """

    weight_decay: Decay = 0.004

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: float, out: Array, spare: Array) -> Array:
        super().update(w, g, slots, t, learning_rate, out, spare)
        return np.subtract(out, np.multiply(w, learning_rate * self.weight_decay, out=spare), out=out)

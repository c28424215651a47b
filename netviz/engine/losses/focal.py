"""Focal cross-entropies: rows that are already right count less, the more so the larger γ. Lin et al., 2017.

Source: https://keras.io/api/losses/probabilistic_losses. As functions of logits they are not clipped; Keras clips the
probabilities it makes of logits, which is the same where they lie within [1e-7, 1 − 1e-7].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range
from netviz.engine.activations import Activation, Sigmoid, Softmax
from netviz.engine.losses.crossentropy import Smoothing, clipped, inside, sigmoid_crossentropy, smoothed
from netviz.engine.losses.loss import FusedLoss, Loss, Targets, log_softmax, losses, modulus, per_row, places, share
from netviz.engine.workspace import Context
from netviz.i18n import N_, _

Focus = Annotated[float, Range(low=0, title=N_("Focus γ"))]
Balance = Annotated[float, Range(low=0, high=1, title=N_("Balance α"))]


def _slope(m: Array, gamma: float) -> Array:
    """d(m^γ)/dm = γ·m^(γ − 1); 0 at m = 0, where γ < 1 has no slope."""
    if not gamma:
        return np.zeros_like(m)
    return np.asarray(gamma * np.where(m == 0, gamma == 1, np.where(m == 0, 1, m) ** (gamma - 1)).astype(m.dtype))


@losses.register("binary_focal_crossentropy", title=N_("Binary focal cross-entropy"))
@dataclass(frozen=True)
class BinaryFocalCrossentropy(Loss):
    """L = (1/k)·Σ w·m^γ·h, m = y·(1 − p) + (1 − y)·p, h = −y·log q − (1 − y)·log(1 − q), q = p clipped.

    w = α·y + (1 − α)·(1 − y) with apply_class_balancing, else 1.
    ∂L/∂p = (w/k)·(γ·m^(γ − 1)·(1 − 2y)·h + m^γ·(q − y)/(q·(1 − q))·[p inside]).
    """

    targets: ClassVar[Targets] = "probabilities"
    outputs: ClassVar[tuple[type[Activation], ...]] = (Sigmoid,)

    apply_class_balancing: bool = False
    alpha: Balance = 0.25
    gamma: Focus = 2.0
    label_smoothing: Smoothing = 0.0

    def balance(self, y: Array) -> Array | float:
        """w for smoothed targets."""
        return y * self.alpha + (1 - y) * (1 - self.alpha) if self.apply_class_balancing else 1.0

    def rows(self, p: Array, y: Array) -> Array:
        y, q = smoothed(y, self.label_smoothing, 2), clipped(p)
        h = -(y * np.log(q) + (1 - y) * np.log(1 - q))
        return per_row(self.balance(y) * _missing(p, y) ** self.gamma * h)

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        y, q = smoothed(y, self.label_smoothing, 2), clipped(p)
        m, h = _missing(p, y), -(y * np.log(q) + (1 - y) * np.log(1 - q))
        dp = context.out("dp", p.shape)
        np.multiply(_slope(m, self.gamma) * (1 - 2 * y), h, out=dp)
        np.add(dp, m**self.gamma * (q - y) / (q * (1 - q)) * inside(p), out=dp)
        return np.multiply(dp, self.balance(y) * share(p), out=dp)

    def fused(self, activation: Activation) -> FusedLoss | None:
        return SigmoidFocalCrossentropy(self) if isinstance(activation, Sigmoid) else None


def _missing(p: Array, y: Array) -> Array:
    """m, what the truth was denied."""
    return np.asarray(y * (1 - p) + (1 - y) * p)


@dataclass(frozen=True)
class SigmoidFocalCrossentropy(FusedLoss):
    """L as above with p = sigmoid(z); ∂L/∂z = (w/k)·(γ·m^(γ − 1)·(1 − 2y)·p·(1 − p)·h + m^γ·(p − y))."""

    loss: BinaryFocalCrossentropy

    def rows(self, z: Array, y: Array) -> Array:
        y = smoothed(y, self.loss.label_smoothing, 2)
        p, rest = _sigmoids(z)
        m = y * rest + (1 - y) * p
        return per_row(self.loss.balance(y) * m**self.loss.gamma * sigmoid_crossentropy(z, y))

    def gradient(self, z: Array, y: Array, context: Context) -> Array:
        y, gamma = smoothed(y, self.loss.label_smoothing, 2), self.loss.gamma
        p, rest = _sigmoids(z)
        m = y * rest + (1 - y) * p
        dz = context.out("dz", z.shape)
        np.multiply(_slope(m, gamma) * (1 - 2 * y) * p * rest, sigmoid_crossentropy(z, y), out=dz)
        np.add(dz, m**gamma * (p - y), out=dz)
        return np.multiply(dz, self.loss.balance(y) * share(z), out=dz)


def _sigmoids(z: Array) -> tuple[Array, Array]:
    """sigmoid(z) and 1 − sigmoid(z), both exact however small."""
    e = np.exp(-modulus(z))
    small, large = e / (1 + e), 1 / (1 + e)
    return np.where(z.real > 0, large, small), np.where(z.real > 0, small, large)


@losses.register("categorical_focal_crossentropy", title=N_("Categorical focal cross-entropy"))
@dataclass(frozen=True)
class CategoricalFocalCrossentropy(Loss):
    """L = −Σᵢ αᵢ·yᵢ·(1 − qᵢ)^γ·log qᵢ, q = p/Σp clipped, for one-hot targets.

    ∂L/∂pⱼ = (hⱼ − Σᵢ hᵢ·pᵢ/Σp)/Σp, hᵢ = αᵢ·yᵢ·(γ·(1 − qᵢ)^(γ − 1)·log qᵢ − (1 − qᵢ)^γ/qᵢ)·[qᵢ inside].
    alpha: one number for all classes, or one for each.
    """

    targets: ClassVar[Targets] = "probabilities"
    outputs: ClassVar[tuple[type[Activation], ...]] = (Softmax,)
    exclusive: ClassVar[bool] = True

    alpha: tuple[Annotated[float, Range(low=0, title=N_("Balance α"))], ...] = (0.25,)
    gamma: Focus = 2.0
    label_smoothing: Smoothing = 0.0

    def unfit(self, output_shape: Shape) -> str:
        if len(self.alpha) in (1, output_shape[-1]):
            return ""
        sentence = _("The loss has {n} numbers α for {classes} outputs; give one for all, or one for each.")
        return sentence.format(n=len(self.alpha), classes=output_shape[-1])

    def weighted(self, y: Array) -> Array:
        """αᵢ·yᵢ, y smoothed."""
        return np.asarray(smoothed(y, self.label_smoothing, y.shape[-1]) * np.array(self.alpha, y.dtype))

    def rows(self, p: Array, y: Array) -> Array:
        q = clipped(p / p.sum(-1, keepdims=True))
        return per_row(-(self.weighted(y) * (1 - q) ** self.gamma * np.log(q)).sum(-1))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        total = p.sum(-1, keepdims=True)
        p = p / total
        q = clipped(p)
        h = _slope(1 - q, self.gamma) * np.log(q) - (1 - q) ** self.gamma / q
        h *= self.weighted(y) * inside(p)
        dp = context.out("dp", p.shape)
        np.subtract(h, (h * p).sum(-1, keepdims=True), out=dp)
        np.divide(dp, total * places(p), out=dp)
        return dp

    def fused(self, activation: Activation) -> FusedLoss | None:
        return SoftmaxFocalCrossentropy(self) if isinstance(activation, Softmax) else None


@dataclass(frozen=True)
class SoftmaxFocalCrossentropy(FusedLoss):
    """L as above with p = softmax(z); ∂L/∂zⱼ = uⱼ − pⱼ·Σᵢ uᵢ, uᵢ = αᵢ·yᵢ·(γ·(1 − pᵢ)^(γ − 1)·pᵢ·log pᵢ − (1 − pᵢ)^γ)."""

    loss: CategoricalFocalCrossentropy

    def rows(self, z: Array, y: Array) -> Array:
        log = log_softmax(z)
        return per_row(-(self.loss.weighted(y) * (1 - np.exp(log)) ** self.loss.gamma * log).sum(-1))

    def gradient(self, z: Array, y: Array, context: Context) -> Array:
        log, gamma = log_softmax(z), self.loss.gamma
        p = np.exp(log)
        u = self.loss.weighted(y) * (_slope(1 - p, gamma) * p * log - (1 - p) ** gamma)
        dz = context.out("dz", z.shape)
        np.multiply(p, -u.sum(-1, keepdims=True), out=dz)
        np.add(dz, u, out=dz)
        np.multiply(dz, 1 / places(z), out=dz)
        return dz

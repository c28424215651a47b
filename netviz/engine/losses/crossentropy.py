"""Cross-entropies: −log of the probability that was given to what is true. Source: https://keras.io/api/losses/probabilistic_losses

Label smoothing s moves targets towards even chances: y·(1 − s) + s/2 for two sides, y·(1 − s) + s/k for k classes.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.codec import Range
from netviz.engine.activations import Activation, Sigmoid, Softmax
from netviz.engine.losses.loss import (
    EPSILON,
    FusedLoss,
    Loss,
    Targets,
    log_softmax,
    losses,
    modulus,
    per_row,
    places,
    share,
)
from netviz.engine.workspace import Context
from netviz.i18n import N_

Smoothing = Annotated[float, Range(low=0, high=1, title=N_("Label smoothing"))]


def smoothed(y: Array, smoothing: float, classes: int) -> Array:
    """y·(1 − s) + s/k."""
    return y * (1 - smoothing) + smoothing / classes if smoothing else y


def clipped(p: Array) -> Array:
    """Probabilities within [1e-7, 1 − 1e-7]."""
    return np.clip(p, EPSILON, 1 - EPSILON)


def inside(p: Array) -> Array:
    """Whether a probability is not clipped."""
    return (p >= EPSILON) & (p <= 1 - EPSILON)


@losses.register("binary_crossentropy", "bce", title=N_("Binary cross-entropy"))
@dataclass(frozen=True)
class BinaryCrossentropy(Loss):
    """L = −(1/k)·Σ (y·log p + (1 − y)·log(1 − p)); ∂L/∂p = (p − y)/(p·(1 − p))/k, 0 where p is clipped."""

    targets: ClassVar[Targets] = "probabilities"
    outputs: ClassVar[tuple[type[Activation], ...]] = (Sigmoid,)

    label_smoothing: Smoothing = 0.0

    def rows(self, p: Array, y: Array) -> Array:
        p, y = clipped(p), smoothed(y, self.label_smoothing, 2)
        return per_row(-(y * np.log(p) + (1 - y) * np.log(1 - p)))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        q, y = clipped(p), smoothed(y, self.label_smoothing, 2)
        dp = context.out("dp", p.shape)
        np.divide(q - y, q * (1 - q), out=dp)
        np.multiply(dp, inside(p) * p.dtype.type(share(p)), out=dp)
        return dp

    def fused(self, activation: Activation) -> FusedLoss | None:
        if not isinstance(activation, Sigmoid):
            return None
        return SigmoidCrossentropy(activation, self.label_smoothing)


@dataclass(frozen=True)
class SigmoidCrossentropy(FusedLoss):
    """L = (1/k)·Σ (max(z, 0) − z·y + log(1 + exp(−|z|))); ∂L/∂z = (sigmoid(z) − y)/k."""

    sigmoid: Activation
    label_smoothing: float = 0.0

    def rows(self, z: Array, y: Array) -> Array:
        return per_row(sigmoid_crossentropy(z, smoothed(y, self.label_smoothing, 2)))

    def gradient(self, z: Array, y: Array, context: Context) -> Array:
        dz = self.sigmoid.value(z, context)
        np.subtract(dz, smoothed(y, self.label_smoothing, 2), out=dz)
        outputs = z.size // len(z)
        if outputs > 1:
            np.multiply(dz, 1 / outputs, out=dz)
        return dz


def sigmoid_crossentropy(z: Array, y: Array) -> Array:
    """max(z, 0) − z·y + log(1 + exp(−|z|)), place by place."""
    size = modulus(z)
    return np.asarray((z / 2 + size / 2) - z * y + np.log1p(np.exp(-size)))


@dataclass(frozen=True)
class _Categorical(Loss, ABC):
    """L = −Σᵢ yᵢ·log qᵢ, q = p/Σp, for one-hot targets; ∂L/∂pⱼ = (Σᵢ yᵢ·[qᵢ inside] − yⱼ/qⱼ·[qⱼ inside])/Σp."""

    outputs: ClassVar[tuple[type[Activation], ...]] = (Softmax,)
    exclusive: ClassVar[bool] = True

    def _smoothed(self, y: Array) -> Array:
        return y

    def rows(self, p: Array, y: Array) -> Array:
        q = clipped(p / p.sum(-1, keepdims=True))
        return per_row(-(self._smoothed(y) * np.log(q)).sum(-1))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        total = p.sum(-1, keepdims=True)
        q = p / total
        y = self._smoothed(y) * inside(q)
        dp = context.out("dp", p.shape)
        np.subtract(y.sum(-1, keepdims=True), y / clipped(q), out=dp)
        np.divide(dp, total * places(p), out=dp)
        return dp


@losses.register("categorical_crossentropy", "cce", title=N_("Categorical cross-entropy"))
@dataclass(frozen=True)
class CategoricalCrossentropy(_Categorical):
    """L = −Σᵢ yᵢ·log qᵢ, q = p/Σp, for one-hot targets; ∂L/∂pⱼ = (Σᵢ yᵢ·[qᵢ inside] − yⱼ/qⱼ·[qⱼ inside])/Σp."""

    targets: ClassVar[Targets] = "probabilities"

    label_smoothing: Smoothing = 0.0

    def _smoothed(self, y: Array) -> Array:
        return smoothed(y, self.label_smoothing, y.shape[-1])

    def fused(self, activation: Activation) -> FusedLoss | None:
        if not isinstance(activation, Softmax):
            return None
        return SoftmaxCrossentropy(activation, self.label_smoothing)


@losses.register("sparse_categorical_crossentropy", title=N_("Sparse categorical cross-entropy"))
@dataclass(frozen=True)
class SparseCategoricalCrossentropy(_Categorical):
    """Categorical cross-entropy for targets that are whole class numbers; the engine compares them one-hot."""

    targets: ClassVar[Targets] = "labels"

    def fused(self, activation: Activation) -> FusedLoss | None:
        return SoftmaxCrossentropy(activation) if isinstance(activation, Softmax) else None


@dataclass(frozen=True)
class SoftmaxCrossentropy(FusedLoss):
    """L = Σᵢ yᵢ·(log Σₖ exp(zₖ) − zᵢ); ∂L/∂z = softmax(z)·Σᵢ yᵢ − y."""

    softmax: Activation
    label_smoothing: float = 0.0

    def rows(self, z: Array, y: Array) -> Array:
        return per_row(-(smoothed(y, self.label_smoothing, y.shape[-1]) * log_softmax(z)).sum(-1))

    def gradient(self, z: Array, y: Array, context: Context) -> Array:
        y = smoothed(y, self.label_smoothing, y.shape[-1])
        dz = self.softmax.value(z, context)
        np.multiply(dz, np.add.reduce(y, -1, keepdims=True), out=dz)
        np.subtract(dz, y, out=dz)
        if places(z) > 1:
            np.multiply(dz, 1 / places(z), out=dz)
        return dz

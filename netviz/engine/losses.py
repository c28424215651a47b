"""Losses: how wrong each row's prediction is, and in which direction it is wrong, by Keras' names and formulas.

A loss sees predictions p and targets y of one shape, (rows, ..., outputs). A row's loss is the mean over its places of
what the last axis gives; the loss of a batch is the mean over its rows, each times its weight.
A sigmoid or softmax output and its cross-entropy are one function of the logits z, stable at any z: `fused` gives it.
Elsewhere a cross-entropy clips probabilities to [1e-7, 1 − 1e-7], as Keras does. Source: https://keras.io/api/losses
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.codec import Checked, Range
from netviz.engine.activations import Activation, Sigmoid, Softmax
from netviz.engine.workspace import Context
from netviz.i18n import N_
from netviz.registry import Registry

losses: Registry[Loss] = Registry("loss")

_CLIP = 1e-7


@dataclass(frozen=True)
class Loss(Checked, ABC):
    """A function of predictions and targets. `targets` says which data it fits, `outputs` which last activations."""

    family: ClassVar = losses
    targets: ClassVar[str] = "numbers"
    outputs: ClassVar[tuple[type[Activation], ...]] = ()

    @abstractmethod
    def rows(self, p: Array, y: Array) -> Array:
        """The loss of each row: (rows, ..., outputs) twice -> (rows,)."""

    @abstractmethod
    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        """∂(loss of the row)/∂p for each row, in the shape of p."""

    def fused(self, activation: Activation) -> FusedLoss | None:
        """The same loss as a function of the logits that this last activation would get, where there is one."""
        return None


class FusedLoss(ABC):
    """A last activation and its loss as one function of the logits z."""

    @abstractmethod
    def rows(self, z: Array, y: Array) -> Array:
        """The loss of each row, shape (rows,)."""

    @abstractmethod
    def gradient(self, z: Array, y: Array, context: Context) -> Array:
        """∂(loss of the row)/∂z, in the shape of z."""


def _per_row(values: Array) -> Array:
    """Mean over all axes but the first."""
    return values if values.ndim == 1 else values.reshape(len(values), -1).mean(1)


def _modulus(z: Array) -> Array:
    """|z|; for complex z the analytic function that is |z| on the real line, as the complex step wants it."""
    return np.where(z.real > 0, z, -z) if np.iscomplexobj(z) else np.abs(z)


def _difference(p: Array, y: Array, context: Context) -> Array:
    return np.subtract(p, y, out=context.out("dp", p.shape))


@losses.register("mean_squared_error", "mse", title=N_("Mean squared error"))
@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """L = (1/k)·Σ (p − y)² over the k outputs; ∂L/∂p = 2·(p − y)/k."""

    def rows(self, p: Array, y: Array) -> Array:
        d = p - y
        return _per_row(d * d)

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        dp = _difference(p, y, context)
        return np.multiply(dp, 2 * len(p) / p.size, out=dp)


@losses.register("mean_absolute_error", "mae", title=N_("Mean absolute error"))
@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    """L = (1/k)·Σ |p − y|; ∂L/∂p = sign(p − y)/k."""

    def rows(self, p: Array, y: Array) -> Array:
        return _per_row(np.abs(p - y))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        dp = _difference(p, y, context)
        np.sign(dp, out=dp)
        return np.multiply(dp, len(p) / p.size, out=dp)


@losses.register("huber", "huber_loss", title=N_("Huber"))
@dataclass(frozen=True)
class Huber(Loss):
    """L = (1/k)·Σ h, with h = d²/2 where |d| ≤ δ, else δ·|d| − δ²/2, d = p − y; ∂L/∂p = clip(d, −δ, δ)/k."""

    delta: Annotated[float, Range(above=0, log=True, title=N_("Bend δ"))] = 1.0

    def rows(self, p: Array, y: Array) -> Array:
        d = np.abs(p - y)
        inner = np.minimum(d, self.delta)
        return _per_row(inner * (d - inner / 2))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        dp = _difference(p, y, context)
        np.clip(dp, -self.delta, self.delta, out=dp)
        return np.multiply(dp, len(p) / p.size, out=dp)


@losses.register("binary_crossentropy", "bce", title=N_("Binary cross-entropy"))
@dataclass(frozen=True)
class BinaryCrossentropy(Loss):
    """L = −(1/k)·Σ (y·log p + (1 − y)·log(1 − p)); ∂L/∂p = (p − y)/(p·(1 − p))/k, 0 where p is clipped."""

    targets: ClassVar[str] = "probabilities"
    outputs: ClassVar[tuple[type[Activation], ...]] = (Sigmoid,)

    def rows(self, p: Array, y: Array) -> Array:
        p = np.clip(p, _CLIP, 1 - _CLIP)
        return _per_row(-(y * np.log(p) + (1 - y) * np.log(1 - p)))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        inside = (p >= _CLIP) & (p <= 1 - _CLIP)
        q = np.clip(p, _CLIP, 1 - _CLIP)
        dp = context.out("dp", p.shape)
        np.divide(q - y, q * (1 - q), out=dp)
        np.multiply(dp, inside * (len(p) / p.size), out=dp)
        return dp

    def fused(self, activation: Activation) -> FusedLoss | None:
        return SigmoidCrossentropy(activation) if isinstance(activation, Sigmoid) else None


@dataclass(frozen=True)
class SigmoidCrossentropy(FusedLoss):
    """L = (1/k)·Σ (max(z, 0) − z·y + log(1 + exp(−|z|))); ∂L/∂z = (sigmoid(z) − y)/k."""

    sigmoid: Activation

    def rows(self, z: Array, y: Array) -> Array:
        size = _modulus(z)
        return _per_row((z / 2 + size / 2) - z * y + np.log1p(np.exp(-size)))

    def gradient(self, z: Array, y: Array, context: Context) -> Array:
        dz = self.sigmoid.value(z, context)
        np.subtract(dz, y, out=dz)
        outputs = z.size // len(z)
        if outputs > 1:
            np.multiply(dz, 1 / outputs, out=dz)
        return dz


@losses.register("categorical_crossentropy", "cce", title=N_("Categorical cross-entropy"))
@dataclass(frozen=True)
class CategoricalCrossentropy(Loss):
    """L = −Σᵢ yᵢ·log qᵢ, q = p/Σp, for one-hot targets; ∂L/∂pⱼ = (Σᵢ yᵢ·[qᵢ inside] − yⱼ/qⱼ·[qⱼ inside])/Σp."""

    targets: ClassVar[str] = "probabilities"
    outputs: ClassVar[tuple[type[Activation], ...]] = (Softmax,)

    def rows(self, p: Array, y: Array) -> Array:
        q = np.clip(p / p.sum(-1, keepdims=True), _CLIP, 1 - _CLIP)
        return _per_row(-(y * np.log(q)).sum(-1))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        total = p.sum(-1, keepdims=True)
        q = p / total
        y = y * ((q >= _CLIP) & (q <= 1 - _CLIP))
        places = p.size // (len(p) * p.shape[-1])
        dp = context.out("dp", p.shape)
        np.subtract(y.sum(-1, keepdims=True), y / np.clip(q, _CLIP, 1 - _CLIP), out=dp)
        np.divide(dp, total * places, out=dp)
        return dp

    def fused(self, activation: Activation) -> FusedLoss | None:
        return SoftmaxCrossentropy(activation) if isinstance(activation, Softmax) else None


@losses.register("sparse_categorical_crossentropy", title=N_("Sparse categorical cross-entropy"))
@dataclass(frozen=True)
class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """Categorical cross-entropy for targets that are whole class numbers; the engine compares them one-hot."""

    targets: ClassVar[str] = "labels"


@dataclass(frozen=True)
class SoftmaxCrossentropy(FusedLoss):
    """L = Σᵢ yᵢ·(log Σₖ exp(zₖ) − zᵢ); ∂L/∂z = softmax(z)·Σᵢ yᵢ − y."""

    softmax: Activation

    def rows(self, z: Array, y: Array) -> Array:
        shifted = z - z.real.max(-1, keepdims=True)
        total = np.log(np.exp(shifted).sum(-1, keepdims=True))
        return _per_row((y * (total - shifted)).sum(-1))

    def gradient(self, z: Array, y: Array, context: Context) -> Array:
        dz = self.softmax.value(z, context)
        np.multiply(dz, np.add.reduce(y, -1, keepdims=True), out=dz)
        np.subtract(dz, y, out=dz)
        places = z.size // (len(z) * z.shape[-1])
        if places > 1:
            np.multiply(dz, 1 / places, out=dz)
        return dz

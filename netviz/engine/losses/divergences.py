"""Losses between distributions: Kullback and Leibler's divergence, and counts that are Poisson's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.engine.activations import Activation, Relu, Sigmoid, Softmax, Softplus
from netviz.engine.losses.loss import EPSILON, FusedLoss, Loss, Targets, log_softmax, losses, per_row, places, share
from netviz.engine.workspace import Context
from netviz.i18n import N_


@losses.register("kl_divergence", "kld", "kullback_leibler_divergence", title=N_("Kullback-Leibler divergence"))
@dataclass(frozen=True)
class KLDivergence(Loss):
    """L = Σᵢ yᵢ·log(yᵢ/pᵢ), both clipped to [1e-7, 1]; ∂L/∂pᵢ = −yᵢ/pᵢ, 0 where p is clipped."""

    targets: ClassVar[Targets] = "probabilities"
    outputs: ClassVar[tuple[type[Activation], ...]] = (Softmax,)
    exclusive: ClassVar[bool] = True

    def rows(self, p: Array, y: Array) -> Array:
        y, p = np.clip(y, EPSILON, 1), np.clip(p, EPSILON, 1)
        return per_row((y * np.log(y / p)).sum(-1))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        y, inside = np.clip(y, EPSILON, 1), (p >= EPSILON) & (p <= 1)
        dp = np.clip(p, EPSILON, 1, out=context.out("dp", p.shape))
        np.divide(y, dp, out=dp)
        np.multiply(dp, inside * p.dtype.type(-1 / places(p)), out=dp)
        return dp

    def fused(self, activation: Activation) -> FusedLoss | None:
        return SoftmaxDivergence(activation) if isinstance(activation, Softmax) else None


@dataclass(frozen=True)
class SoftmaxDivergence(FusedLoss):
    """L = Σᵢ yᵢ·(log yᵢ − zᵢ + log Σₖ exp(zₖ)), y clipped to [1e-7, 1]; ∂L/∂z = softmax(z)·Σᵢ yᵢ − y."""

    softmax: Activation

    def rows(self, z: Array, y: Array) -> Array:
        y = np.clip(y, EPSILON, 1)
        return per_row((y * (np.log(y) - log_softmax(z))).sum(-1))

    def gradient(self, z: Array, y: Array, context: Context) -> Array:
        y = np.clip(y, EPSILON, 1)
        dz = self.softmax.value(z, context)
        np.multiply(dz, y.sum(-1, keepdims=True), out=dz)
        np.subtract(dz, y, out=dz)
        return np.multiply(dz, 1 / places(z), out=dz)


@losses.register("poisson", title=N_("Poisson"))
@dataclass(frozen=True)
class Poisson(Loss):
    """L = (1/k)·Σ (p − y·log(p + 1e-7)), for counts y and their expected number p; ∂L/∂p = (1 − y/(p + 1e-7))/k."""

    targets: ClassVar[Targets] = "amounts"
    outputs: ClassVar[tuple[type[Activation], ...]] = (Softplus, Relu, Sigmoid, Softmax)

    def rows(self, p: Array, y: Array) -> Array:
        return per_row(p - y * np.log(p + EPSILON))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        dp = np.add(p, EPSILON, out=context.out("dp", p.shape))
        np.divide(y, dp, out=dp)
        np.subtract(context.one, dp, out=dp)
        return np.multiply(dp, share(p), out=dp)

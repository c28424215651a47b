"""Losses that want a margin: an answer must not only be right but right by 1. Source: https://keras.io/api/losses/hinge_losses

The sides are −1 and 1. A row whose targets are all 0 or 1 is read as −1 and 1. (Keras asks that of a whole batch;
for data of one kind that is the same.) Exactly on the margin, where Keras' backends differ, the gradient is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.engine.losses.loss import Loss, Targets, losses, per_row, places, share
from netviz.engine.workspace import Context
from netviz.i18n import N_


def sides(y: Array) -> Array:
    """Targets with −1 for 0 in rows that have 0 and 1 only."""
    binary = ((y == 0) | (y == 1)).all(axis=tuple(range(1, y.ndim)), keepdims=True)
    return np.where(binary, 2 * y - 1, y)


@losses.register("hinge", title=N_("Hinge"))
@dataclass(frozen=True)
class Hinge(Loss):
    """L = (1/k)·Σ max(0, 1 − y·p) for y = −1 or 1; ∂L/∂p = −y/k where y·p < 1, else 0."""

    targets: ClassVar[Targets] = "sides"

    def rows(self, p: Array, y: Array) -> Array:
        return per_row(np.maximum(1 - sides(y) * p, 0))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        y = sides(y)
        dp = context.out("dp", p.shape)
        np.multiply(y, (y * p < 1) * p.dtype.type(-share(p)), out=dp)
        return dp


@losses.register("squared_hinge", title=N_("Squared hinge"))
@dataclass(frozen=True)
class SquaredHinge(Loss):
    """L = (1/k)·Σ max(0, 1 − y·p)² for y = −1 or 1; ∂L/∂p = −2·y·max(0, 1 − y·p)/k."""

    targets: ClassVar[Targets] = "sides"

    def rows(self, p: Array, y: Array) -> Array:
        m = np.maximum(1 - sides(y) * p, 0)
        return per_row(m * m)

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        y = sides(y)
        dp = np.multiply(y, p, out=context.out("dp", p.shape))
        np.subtract(context.one, dp, out=dp)
        np.maximum(dp, context.zero, out=dp)
        np.multiply(dp, y, out=dp)
        return np.multiply(dp, -2 * share(p), out=dp)


@losses.register("categorical_hinge", title=N_("Categorical hinge"))
@dataclass(frozen=True)
class CategoricalHinge(Loss):
    """L = max(0, 1 + n − Σᵢ yᵢ·pᵢ), n = maxᵢ (1 − yᵢ)·pᵢ, for one-hot targets.

    ∂L/∂pᵢ = (1 − yᵢ)·[i is the maximum] − yᵢ where L > 0, else 0; several maxima share it evenly.
    """

    targets: ClassVar[Targets] = "probabilities"
    exclusive: ClassVar[bool] = True

    def rows(self, p: Array, y: Array) -> Array:
        wrong = ((1 - y) * p).max(-1)
        return per_row(np.maximum(1 + wrong - (y * p).sum(-1), 0))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        others = (1 - y) * p
        wrong = others.max(-1, keepdims=True)
        largest = (others == wrong).astype(p.dtype)
        largest /= largest.sum(-1, keepdims=True)
        counts = 1 + wrong - (y * p).sum(-1, keepdims=True) > 0
        dp = context.out("dp", p.shape)
        np.subtract((1 - y) * largest, y, out=dp)
        np.multiply(dp, counts * p.dtype.type(1 / places(p)), out=dp)
        return dp

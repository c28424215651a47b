"""Losses of numbers: squared, absolute, relative and logarithmic errors, and the angle between two vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.codec import Range
from netviz.engine.losses.loss import EPSILON, Loss, Targets, difference, losses, per_row, places, share
from netviz.engine.workspace import Context
from netviz.i18n import N_


@losses.register("mean_squared_error", "mse", title=N_("Mean squared error"))
@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """L = (1/k)·Σ (p − y)² over the k outputs; ∂L/∂p = 2·(p − y)/k."""

    def rows(self, p: Array, y: Array) -> Array:
        d = p - y
        return per_row(d * d)

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        dp = difference(p, y, context)
        return np.multiply(dp, 2 * share(p), out=dp)


@losses.register("mean_absolute_error", "mae", title=N_("Mean absolute error"))
@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    """L = (1/k)·Σ |p − y|; ∂L/∂p = sign(p − y)/k."""

    def rows(self, p: Array, y: Array) -> Array:
        return per_row(np.abs(p - y))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        dp = difference(p, y, context)
        np.sign(dp, out=dp)
        return np.multiply(dp, share(p), out=dp)


@losses.register("mean_absolute_percentage_error", "mape", title=N_("Mean absolute percentage error"))
@dataclass(frozen=True)
class MeanAbsolutePercentageError(Loss):
    """L = (100/k)·Σ |p − y|/m, m = max(|y|, 1e-7); ∂L/∂p = 100·sign(p − y)/(m·k). For targets that are not 0."""

    def rows(self, p: Array, y: Array) -> Array:
        return 100 * per_row(np.abs((p - y) / np.maximum(np.abs(y), EPSILON)))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        dp = difference(p, y, context)
        np.sign(dp, out=dp)
        np.divide(dp, np.maximum(np.abs(y), EPSILON), out=dp)
        return np.multiply(dp, 100 * share(p), out=dp)


@losses.register("mean_squared_logarithmic_error", "msle", title=N_("Mean squared logarithmic error"))
@dataclass(frozen=True)
class MeanSquaredLogarithmicError(Loss):
    """L = (1/k)·Σ d², d = log((q + 1)/(r + 1)), q = max(p, 1e-7), r = max(y, 1e-7).

    ∂L/∂p = 2·d/((q + 1)·k), and 0 where p is at most 1e-7.
    """

    targets: ClassVar[Targets] = "amounts"

    def rows(self, p: Array, y: Array) -> Array:
        d = np.log(np.maximum(p, EPSILON) + 1) - np.log(np.maximum(y, EPSILON) + 1)
        return per_row(d * d)

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        dp = np.maximum(p, EPSILON, out=context.out("dp", p.shape))
        np.add(dp, context.one, out=dp)
        d = np.log(dp) - np.log(np.maximum(y, EPSILON) + 1)
        np.divide(d, dp, out=dp)
        np.multiply(dp, (p > EPSILON) * p.dtype.type(2 * share(p)), out=dp)
        return dp


@losses.register("huber", "huber_loss", title=N_("Huber"))
@dataclass(frozen=True)
class Huber(Loss):
    """L = (1/k)·Σ h, with h = d²/2 where |d| ≤ δ, else δ·|d| − δ²/2, d = p − y; ∂L/∂p = clip(d, −δ, δ)/k."""

    delta: Annotated[float, Range(above=0, log=True, title=N_("Bend δ"))] = 1.0

    def rows(self, p: Array, y: Array) -> Array:
        d = np.abs(p - y)
        inner = np.minimum(d, self.delta)
        return per_row(inner * (d - inner / 2))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        dp = difference(p, y, context)
        np.clip(dp, -self.delta, self.delta, out=dp)
        return np.multiply(dp, share(p), out=dp)


@losses.register("log_cosh", "logcosh", title=N_("Logarithm of the hyperbolic cosine"))
@dataclass(frozen=True)
class LogCosh(Loss):
    """L = (1/k)·Σ log cosh(d), d = p − y; ∂L/∂p = tanh(d)/k. Near d²/2 for small d and |d| − log 2 for large ones.

    Written as |d| + log(1 + exp(−2·|d|)) − log 2: no overflow.
    """

    def rows(self, p: Array, y: Array) -> Array:
        d = np.abs(p - y)
        return per_row(d + np.log1p(np.exp(-2 * d)) - d.dtype.type(np.log(2)))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        dp = difference(p, y, context)
        np.tanh(dp, out=dp)
        return np.multiply(dp, share(p), out=dp)


@losses.register("cosine_similarity", "cosine", title=N_("Cosine similarity"))
@dataclass(frozen=True)
class CosineSimilarity(Loss):
    """L = −c, c = Σ uᵢ·vᵢ, u = p/‖p‖, v = y/‖y‖ over the last axis; ∂L/∂p = (c·u − v)/‖p‖. From −1 (alike) to 1.

    ‖p‖ and ‖y‖ are taken to be at least 1e-7, as in Keras; where ‖p‖ would be less, ∂L/∂p = −v/‖p‖.
    """

    def rows(self, p: Array, y: Array) -> Array:
        return per_row(-(p / _norm(p) * (y / _norm(y))).sum(-1))

    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        norm, v = _norm(p), y / _norm(y)
        u = np.divide(p, norm, out=context.out("dp", p.shape))
        c = (u * v).sum(-1, keepdims=True) * (norm > EPSILON)
        np.multiply(u, c, out=u)
        np.subtract(u, v, out=u)
        np.divide(u, norm * places(p), out=u)
        return u


def _norm(x: Array) -> Array:
    return np.asarray(np.maximum(np.sqrt((x * x).sum(-1, keepdims=True)), EPSILON))

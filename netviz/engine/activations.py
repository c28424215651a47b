"""Activation functions, each with its value and its derivative, written once and in place where that is quicker.

`value` gives a = f(z); `backward` gives dz = f'(z)·da from what the forward pass kept. Result arrays come from the
context's workspace, so at full speed nothing is allocated. Source of names and defaults: https://keras.io/api/layers/activations
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.codec import Amount, Checked
from netviz.engine.workspace import Context
from netviz.i18n import N_
from netviz.registry import Registry

activations: Registry[Activation] = Registry("activation")


@dataclass(frozen=True)
class Activation(Checked, ABC):
    """A function of a whole layer's z, element by element unless it says otherwise."""

    family: ClassVar = activations
    elementwise: ClassVar[bool] = True  # whether each number of a depends on its own z only

    @abstractmethod
    def value(self, z: Array, context: Context) -> Array:
        """a = f(z), in an array of the same shape."""

    @abstractmethod
    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        """dz = da·f'(z), where da = ∂L/∂a; shapes as in `value`."""


@activations.register("linear", title=N_("Linear"))
@dataclass(frozen=True)
class Linear(Activation):
    """f(z) = z, f'(z) = 1."""

    def value(self, z: Array, context: Context) -> Array:
        return z

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        return da


@activations.register("relu", "ReLU", title=N_("ReLU"))
@dataclass(frozen=True)
class Relu(Activation):
    """f(z) = max(z, 0), f'(z) = 1 where z > 0, else 0."""

    def value(self, z: Array, context: Context) -> Array:
        # Where z is large `maximum` takes three times as long.
        return z.clip(context.zero, context.infinity, out=context.out("a", z.shape))

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        dz = np.greater(a, context.zero, out=context.out("dz", a.shape), casting="unsafe")  # 1 or 0
        return np.multiply(dz, da, out=dz)


@activations.register("leaky_relu", "LeakyReLU", title=N_("Leaky ReLU"))
@dataclass(frozen=True)
class LeakyRelu(Activation):
    """f(z) = z where z > 0, else s·z; f'(z) = 1 where z > 0, else s, with s = negative_slope. Maas et al., 2013."""

    negative_slope: Amount = 0.2

    def value(self, z: Array, context: Context) -> Array:
        a = np.multiply(z, self.negative_slope, out=context.out("a", z.shape))
        np.copyto(a, z, where=z.real > 0)
        return a

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        dz = np.multiply(da, self.negative_slope, out=context.out("dz", z.shape))
        np.copyto(dz, da, where=z.real > 0)
        return dz


@activations.register("elu", title=N_("ELU"))
@dataclass(frozen=True)
class Elu(Activation):
    """f(z) = z where z > 0, else α·(exp(z) − 1); f'(z) = 1 where z > 0, else f(z) + α. Clevert et al., 2016."""

    alpha: Amount = 1.0

    def value(self, z: Array, context: Context) -> Array:
        a = np.minimum(z, context.zero, out=context.out("a", z.shape))
        np.expm1(a, out=a)
        np.multiply(a, self.alpha, out=a)
        np.copyto(a, z, where=z.real > 0)
        return a

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        dz = np.add(a, self.alpha, out=context.out("dz", z.shape))
        np.copyto(dz, 1, where=z.real > 0)
        return np.multiply(dz, da, out=dz)


@activations.register("gelu", title=N_("GELU"))
@dataclass(frozen=True)
class Gelu(Activation):
    """f(z) = z·Φ(z), f'(z) = Φ(z) + z·φ(z), with the standard normal's Φ and φ. Hendrycks and Gimpel, 2016.

    With `approximate`, f(z) = z/2·(1 + t), t = tanh(√(2/π)·(z + 0.044715·z³)).
    """

    approximate: bool = False

    def value(self, z: Array, context: Context) -> Array:
        part = _gelu_tanh(z) if self.approximate else normal_cdf(z)
        return np.multiply(z, part, out=context.out("a", z.shape))

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        if self.approximate:
            # f(z) = z·p with p = (1 + t)/2, so f' = p + z·2·p·(1 − p)·u' with u' = √(2/π)·(1 + 3·0.044715·z²).
            p = _gelu_tanh(z)
            slope = p + z * 2 * p * (1 - p) * (_ROOT * (1 + 3 * _CUBIC * z * z))
        else:
            slope = normal_cdf(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        dz = context.out("dz", z.shape)
        np.multiply(slope, da, out=dz)
        return dz


_ROOT = math.sqrt(2 / math.pi)
_CUBIC = 0.044715


def _gelu_tanh(z: Array) -> Array:
    return np.asarray((np.tanh(_ROOT * (z + _CUBIC * z * z * z)) + 1) / 2)


@activations.register("sigmoid", title=N_("Sigmoid"))
@dataclass(frozen=True)
class Sigmoid(Activation):
    """f(z) = 1 / (1 + exp(−z)), f'(z) = a·(1 − a)."""

    def value(self, z: Array, context: Context) -> Array:
        # exp(−z) may overflow to infinity: the quotient is then exactly the 0 it should be.
        a = context.out("a", z.shape)
        np.negative(z, out=a)
        np.exp(a, out=a)
        np.add(a, context.one, out=a)
        np.divide(context.one, a, out=a)
        return a

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        dz = np.subtract(context.one, a, out=context.out("dz", a.shape))
        np.multiply(dz, a, out=dz)
        return np.multiply(dz, da, out=dz)


@activations.register("tanh", title=N_("Tanh"))
@dataclass(frozen=True)
class Tanh(Activation):
    """f(z) = tanh(z), f'(z) = 1 − a²."""

    def value(self, z: Array, context: Context) -> Array:
        return np.tanh(z, out=context.out("a", z.shape))

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        dz = np.multiply(a, a, out=context.out("dz", a.shape))
        np.subtract(context.one, dz, out=dz)
        return np.multiply(dz, da, out=dz)


@activations.register("softplus", title=N_("Softplus"))
@dataclass(frozen=True)
class Softplus(Activation):
    """f(z) = log(1 + exp(z)), f'(z) = 1 / (1 + exp(−z)). Written as max(z, 0) + log(1 + exp(−|z|)): no overflow."""

    def value(self, z: Array, context: Context) -> Array:
        a = context.out("a", z.shape)
        sign = np.where(z.real > 0, 1, -1)  # not |z|: that is not analytic, and the complex step asks for it
        np.log1p(np.exp(-sign * z), out=a)
        a += z * (sign > 0)
        return a

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        # f'(z) = 1 − exp(−f(z))
        dz = np.negative(a, out=context.out("dz", a.shape))
        np.expm1(dz, out=dz)
        np.negative(dz, out=dz)
        return np.multiply(dz, da, out=dz)


@activations.register("softmax", title=N_("Softmax"))
@dataclass(frozen=True)
class Softmax(Activation):
    """aᵢ = exp(zᵢ) / Σₖ exp(zₖ) over the last axis; dzᵢ = aᵢ·(daᵢ − Σₖ daₖ·aₖ)."""

    elementwise: ClassVar[bool] = False

    def value(self, z: Array, context: Context) -> Array:
        # The largest z is subtracted first: the quotient is the same, and exp cannot overflow.
        a = context.out("a", z.shape)
        np.subtract(z, z.real.max(-1, keepdims=True), out=a)
        np.exp(a, out=a)
        return np.divide(a, np.add.reduce(a, -1, keepdims=True), out=a)

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        dz = np.multiply(da, a, out=context.out("dz", a.shape))
        mean = np.add.reduce(dz, -1, keepdims=True)
        np.subtract(da, mean, out=dz)
        return np.multiply(dz, a, out=dz)


# log(erfc(x)/t) + x² as a Chebyshev series in 2t − 1, where t = 2/(2 + x) and x ≥ 0; the largest relative error
# of erfc is 9e-15 with all coefficients and 1e-7 with the first eleven. Fitted at 64 nodes with 60 digits; the
# form is that of Press et al., Numerical Recipes, 3rd edition, 6.2.2.
_ERFC_SERIES = (
    (-0.651326859890854717, 0.64196979235649026, 0.0194764732041858363, -0.00956151478680863164)
    + (-0.000946595344482036866, 0.000366839497852761452, 4.25233248069077716e-5, -2.02785781125342432e-5)
    + (-1.62429000464702551e-6, 1.3036558355805232e-6, 1.56264417220661432e-8, -8.52380959149265425e-8)
    + (6.5290544390988515e-9, 5.05934349555146894e-9, -9.91364156493033087e-10, -2.27365122293183586e-10)
    + (9.6467911020155268e-11, 2.39403808303911474e-12, -6.8860275264975534e-12, 8.94487927309072572e-13)
    + (3.13092139934295808e-13, -1.12708223613672524e-13, 3.81090525518923206e-16, 7.10609761360923699e-15)
    + (-1.5230282014571043e-15, -9.457494571291234e-17, 1.21023718922427899e-16, -2.81666308774717697e-17)
)


def normal_cdf(z: Array) -> Array:
    """Φ(z), the standard normal's distribution function; to 1e-14 in float64 and 1e-7 in float32."""
    x = np.abs(z) * z.dtype.type(math.sqrt(0.5))
    t = 2 / (2 + x)
    terms = _ERFC_SERIES if z.dtype == np.float64 else _ERFC_SERIES[:11]
    tail = t * np.exp(np.polynomial.chebyshev.chebval(2 * t - 1, np.array(terms, z.dtype)) - x * x) / 2
    return np.asarray(np.where(z < 0, tail, 1 - tail))

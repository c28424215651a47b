"""How a weight's first numbers are drawn, by Keras' names and formulas.

fan_in and fan_out are a kernel's numbers of incoming and outgoing connections; for a kernel of shape
(..., inputs, outputs) they are inputs and outputs times the size of the receptive field.
The normal kinds after Glorot, He and LeCun draw from a normal cut off at two standard deviations, widened so that
what remains has the variance asked for. Source: https://keras.io/api/layers/initializers
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.codec import Amount, Checked, InvalidValue, Range
from netviz.i18n import N_, _
from netviz.registry import Registry

initializers: Registry[Initializer] = Registry("initializer")

# Standard deviation of a unit normal cut off at ±2.
_CUT_DEVIATION = 0.87962566103423978


@dataclass(frozen=True)
class Initializer(Checked, ABC):
    """A rule that draws an array of a given shape, which must have `axes` axes or more."""

    family: ClassVar = initializers
    axes: ClassVar[int] = 0

    def unfit(self, name: str, shape: Shape) -> str:
        """Why a weight of that name and shape cannot begin so, with what to do; empty where it can."""
        if len(shape) >= self.axes:
            return ""
        sentence = _("The initializer of {name} needs {n} axes or more, and {name} has {found}; choose another.")
        return sentence.format(name=name, n=self.axes, found=len(shape))

    @abstractmethod
    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        """A float64 array of that shape; the same generator state gives the same numbers."""


def fans(shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out) of a kernel of that shape."""
    if len(shape) < 2:
        return max(1, size(shape)), max(1, size(shape))
    field = size(shape[:-2])
    return shape[-2] * field, shape[-1] * field


def _cut_normal(shape: Shape, deviation: float, rng: np.random.Generator) -> Array:
    drawn = rng.standard_normal(shape)
    outside = np.abs(drawn) > 2
    while outside.any():
        drawn[outside] = rng.standard_normal(int(outside.sum()))
        outside = np.abs(drawn) > 2
    return np.asarray(drawn * (deviation / _CUT_DEVIATION))


@initializers.register("given", title=N_("Given numbers"))
@dataclass(frozen=True)
class Given(Initializer):
    """The numbers themselves, last axis fastest; they must be as many as the weight has."""

    values: tuple[float, ...] = (0.0,)

    def unfit(self, name: str, shape: Shape) -> str:
        if size(shape) == len(self.values):
            return ""
        sentence = _("{found} numbers are given for {name}, which has the shape {shape}; give {wanted} or draw them.")
        return sentence.format(found=len(self.values), name=name, shape=shape, wanted=size(shape))

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.array(self.values).reshape(shape)


@initializers.register("zeros", title=N_("Zeros"))
@dataclass(frozen=True)
class Zeros(Initializer):
    """w = 0."""

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.zeros(shape)


@initializers.register("ones", title=N_("Ones"))
@dataclass(frozen=True)
class Ones(Initializer):
    """w = 1."""

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.ones(shape)


@initializers.register("constant", title=N_("Constant"))
@dataclass(frozen=True)
class Constant(Initializer):
    """w = value."""

    value: float = 0.0

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.full(shape, self.value)


@initializers.register("random_normal", title=N_("Random normal"))
@dataclass(frozen=True)
class RandomNormal(Initializer):
    """w ~ N(mean, stddev²)."""

    mean: float = 0.0
    stddev: Amount = 0.05

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return rng.normal(self.mean, self.stddev, shape)


@initializers.register("random_uniform", title=N_("Random uniform"))
@dataclass(frozen=True)
class RandomUniform(Initializer):
    """w ~ U(minval, maxval)."""

    minval: float = -0.05
    maxval: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.maxval - self.minval < math.inf:
            raise InvalidValue(_("RandomUniform.maxval must not be smaller than minval, nor the distance infinite."))

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return rng.uniform(self.minval, self.maxval, shape)


@dataclass(frozen=True)
class _VarianceScaling(Initializer):
    """The variance is scale / n, with n one of the fans or their mean."""

    scale: ClassVar[float]
    fan: ClassVar[str]
    uniform: ClassVar[bool]

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        fan_in, fan_out = fans(shape)
        n = {"in": fan_in, "mean": (fan_in + fan_out) / 2}[self.fan]
        if self.uniform:
            limit = math.sqrt(3 * self.scale / n)
            return rng.uniform(-limit, limit, shape)
        return _cut_normal(shape, math.sqrt(self.scale / n), rng)


@initializers.register("glorot_uniform", title=N_("Glorot uniform"))
@dataclass(frozen=True)
class GlorotUniform(_VarianceScaling):
    """w ~ U(−a, a), a = √(6 / (fan_in + fan_out)). Glorot and Bengio, 2010."""

    scale, fan, uniform = 1.0, "mean", True


@initializers.register("glorot_normal", title=N_("Glorot normal"))
@dataclass(frozen=True)
class GlorotNormal(_VarianceScaling):
    """w ~ N(0, 2 / (fan_in + fan_out)), cut off at two deviations. Glorot and Bengio, 2010."""

    scale, fan, uniform = 1.0, "mean", False


@initializers.register("he_uniform", title=N_("He uniform"))
@dataclass(frozen=True)
class HeUniform(_VarianceScaling):
    """w ~ U(−a, a), a = √(6 / fan_in). He et al., 2015."""

    scale, fan, uniform = 2.0, "in", True


@initializers.register("he_normal", title=N_("He normal"))
@dataclass(frozen=True)
class HeNormal(_VarianceScaling):
    """w ~ N(0, 2 / fan_in), cut off at two deviations. He et al., 2015."""

    scale, fan, uniform = 2.0, "in", False


@initializers.register("lecun_uniform", title=N_("LeCun uniform"))
@dataclass(frozen=True)
class LecunUniform(_VarianceScaling):
    """w ~ U(−a, a), a = √(3 / fan_in). LeCun et al., 1998."""

    scale, fan, uniform = 1.0, "in", True


@initializers.register("lecun_normal", title=N_("LeCun normal"))
@dataclass(frozen=True)
class LecunNormal(_VarianceScaling):
    """w ~ N(0, 1 / fan_in), cut off at two deviations. LeCun et al., 1998."""

    scale, fan, uniform = 1.0, "in", False


@initializers.register("orthogonal", "OrthogonalInitializer", title=N_("Orthogonal"))
@dataclass(frozen=True)
class Orthogonal(Initializer):
    """gain times a matrix with orthonormal rows or columns, from the QR of a normal matrix. Saxe et al., 2014."""

    axes: ClassVar[int] = 2

    gain: Annotated[float, Range()] = 1.0

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        rows, columns = size(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diag(r))  # makes the distribution uniform over the orthogonal matrices
        return np.asarray(self.gain * (q if rows >= columns else q.T).reshape(shape))

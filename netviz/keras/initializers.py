"""How first weights are drawn, by Keras' names. A `seed` of their own they cannot have: the model's seed draws all.

Source: https://keras.io/api/layers/initializers
"""

# ruff: noqa: N802 (Keras' own names)
from __future__ import annotations

from typing import Any

from netviz.engine import initializers as engine
from netviz.engine.initializers import Constant, Initializer, Ones, Zeros
from netviz.i18n import _
from netviz.keras.arguments import Unsupported

_SHORT = {"zero": "zeros", "one": "ones", "normal": "random_normal", "uniform": "random_uniform"}


def RandomNormal(mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> Initializer:
    """w ~ N(mean, stddev²)."""
    return _unseeded(engine.RandomNormal(mean, stddev), seed)


def RandomUniform(minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> Initializer:
    """w ~ U(minval, maxval)."""
    return _unseeded(engine.RandomUniform(minval, maxval), seed)


def GlorotUniform(seed: int | None = None) -> Initializer:
    """w ~ U(−a, a), a = √(6/(fan_in + fan_out))."""
    return _unseeded(engine.GlorotUniform(), seed)


def GlorotNormal(seed: int | None = None) -> Initializer:
    """w ~ N(0, 2/(fan_in + fan_out)), cut off."""
    return _unseeded(engine.GlorotNormal(), seed)


def HeUniform(seed: int | None = None) -> Initializer:
    """w ~ U(−a, a), a = √(6/fan_in)."""
    return _unseeded(engine.HeUniform(), seed)


def HeNormal(seed: int | None = None) -> Initializer:
    """w ~ N(0, 2/fan_in), cut off."""
    return _unseeded(engine.HeNormal(), seed)


def LecunUniform(seed: int | None = None) -> Initializer:
    """w ~ U(−a, a), a = √(3/fan_in)."""
    return _unseeded(engine.LecunUniform(), seed)


def LecunNormal(seed: int | None = None) -> Initializer:
    """w ~ N(0, 1/fan_in), cut off."""
    return _unseeded(engine.LecunNormal(), seed)


def Orthogonal(gain: float = 1.0, seed: int | None = None) -> Initializer:
    """gain times a matrix with orthonormal rows or columns."""
    return _unseeded(engine.Orthogonal(gain), seed)


zeros, ones, constant = Zeros, Ones, Constant
random_normal, random_uniform, orthogonal = RandomNormal, RandomUniform, Orthogonal
glorot_uniform, glorot_normal, he_uniform, he_normal = GlorotUniform, GlorotNormal, HeUniform, HeNormal
lecun_uniform, lecun_normal = LecunUniform, LecunNormal


def value_of(identifier: Any) -> Initializer:
    """The engine's initializer for a name, an initializer, or one of the makers above."""
    if isinstance(identifier, str):
        return engine.initializers[_SHORT.get(identifier, identifier)]()
    made = identifier() if callable(identifier) and not isinstance(identifier, Initializer) else identifier
    if isinstance(made, Initializer):
        return made
    sentence = _("An initializer is a name or one of netviz.keras.initializers, not {found}.")
    raise ValueError(sentence.format(found=repr(identifier)[:80]))


def _unseeded(value: Initializer, seed: int | None) -> Initializer:
    if seed is None:
        return value
    sentence = _("{name} cannot have a seed of its own; netviz.keras.utils.set_random_seed seeds a whole model.")
    raise Unsupported(sentence.format(name=type(value).__name__))

"""Penalties on large weights, by Keras' names: they are part of the loss that is reported and of its gradient.

Source: https://keras.io/api/layers/regularizers
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.codec import Checked, Range
from netviz.i18n import N_
from netviz.registry import Registry

regularizers: Registry[Regularizer] = Registry("regularizer")

Strength = Annotated[float, Range(low=0, log=True, title=N_("Strength"))]
Strength1 = Annotated[float, Range(low=0, log=True, title=N_("Strength of L1"))]
Strength2 = Annotated[float, Range(low=0, log=True, title=N_("Strength of L2"))]


@dataclass(frozen=True)
class Regularizer(Checked, ABC):
    """A penalty R(w) that is added to the loss of every batch."""

    family: ClassVar = regularizers
    elementwise: ClassVar[bool] = True  # ∂R/∂w of each number depends on that number alone

    @abstractmethod
    def penalty(self, w: Array) -> float:
        """R(w)."""

    @abstractmethod
    def gradient(self, w: Array) -> Array:
        """∂R/∂w, in the shape of w."""


@regularizers.register("l1", title=N_("L1"))
@dataclass(frozen=True)
class L1(Regularizer):
    """R(w) = l1·Σ|w|, ∂R/∂w = l1·sign(w)."""

    l1: Strength = 0.01

    def penalty(self, w: Array) -> float:
        return float(self.l1 * np.abs(w).sum())

    def gradient(self, w: Array) -> Array:
        return np.asarray(self.l1 * np.sign(w))


@regularizers.register("l2", title=N_("L2"))
@dataclass(frozen=True)
class L2(Regularizer):
    """R(w) = l2·Σw², ∂R/∂w = 2·l2·w."""

    l2: Strength = 0.01

    def penalty(self, w: Array) -> float:
        return float(self.l2 * np.vdot(w, w))

    def gradient(self, w: Array) -> Array:
        return np.asarray(2 * self.l2 * w)


@regularizers.register("l1_l2", title=N_("L1 and L2"))
@dataclass(frozen=True)
class L1L2(Regularizer):
    """R(w) = l1·Σ|w| + l2·Σw², ∂R/∂w = l1·sign(w) + 2·l2·w."""

    l1: Strength1 = 0.0
    l2: Strength2 = 0.0

    def penalty(self, w: Array) -> float:
        return float(self.l1 * np.abs(w).sum() + self.l2 * np.vdot(w, w))

    def gradient(self, w: Array) -> Array:
        return np.asarray(self.l1 * np.sign(w) + 2 * self.l2 * w)

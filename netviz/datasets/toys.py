"""Data drawn from a formula: the plane with two classes, and functions to fit.

Points lie within about ±3, so that a unit's boundary crosses them at once. The kinds are those that TensorFlow
Playground and scikit-learn made familiar.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from netviz.arrays import Array, rng
from netviz.codec import Range
from netviz.datasets.dataset import Data, Dataset, datasets
from netviz.i18n import N_

Count = Annotated[int, Range(low=2, high=1_000_000, log=True, title=N_("Samples"))]
Noise = Annotated[float, Range(low=0, high=2, title=N_("Noise"))]
Seed = Annotated[int, Range(low=0, high=2**53, title=N_("Seed of the data"))]

_CLASSES = ("orange", "blue")


@dataclass(frozen=True)
class Toy(Dataset):
    """Rows from a formula, with noise added to the features (of a regression: to the target)."""

    count: Count = 500
    noise: Noise = 0.1
    seed: Seed = 0

    @abstractmethod
    def draw(self, random: np.random.Generator) -> tuple[Array, Array]:
        """Clean points (count, 2) and their targets."""

    def load(self) -> Data:
        random = rng(self.seed, "data")
        points, classes = self.draw(random)
        points = points + self.noise * random.standard_normal(points.shape)
        mixed = random.permutation(self.count)
        return Data(points[mixed], classes[mixed], "classification", ("x1", "x2"), _CLASSES)

    def halves(self) -> Array:
        """As many rows of class 0 as of class 1, give or take one: int (count,)."""
        return np.arange(self.count) % 2


def _polar(radius: Array, angle: Array) -> Array:
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1)


@datasets.register("circle", title=N_("Circle"))
@dataclass(frozen=True)
class Circle(Toy):
    """A disc of one class within a ring of the other."""

    def draw(self, random: np.random.Generator) -> tuple[Array, Array]:
        inner = self.halves()
        radius = np.where(inner, random.uniform(0, 1.3, self.count), random.uniform(1.9, 2.7, self.count))
        return _polar(radius, random.uniform(0, 2 * np.pi, self.count)), inner


@datasets.register("xor", title=N_("XOR"))
@dataclass(frozen=True)
class Xor(Toy):
    """Opposite quadrants are of one class: x1·x2 ≥ 0 against x1·x2 < 0, with a gap along the axes."""

    def draw(self, random: np.random.Generator) -> tuple[Array, Array]:
        points = random.uniform(-2.5, 2.5, (self.count, 2))
        points += 0.2 * np.sign(points)
        return points, (points[:, 0] * points[:, 1] >= 0).astype(np.int64)


@datasets.register("gauss", title=N_("Clouds"))
@dataclass(frozen=True)
class Gauss(Toy):
    """Two round clouds that a straight line divides."""

    noise: Noise = 0.6

    def draw(self, random: np.random.Generator) -> tuple[Array, Array]:
        second = self.halves()
        return np.where(second[:, None], 1.3, -1.3) * np.ones((1, 2)), second


@datasets.register("spiral", title=N_("Spiral"))
@dataclass(frozen=True)
class Spiral(Toy):
    """Two arms wound around each other, one turn and three quarters."""

    def draw(self, random: np.random.Generator) -> tuple[Array, Array]:
        second = self.halves()
        along = (np.arange(self.count) // 2 + random.uniform(0, 1, self.count)) / max(1, self.count / 2)
        return _polar(0.1 + 2.6 * along, 1.75 * 2 * np.pi * along + np.pi * second), second


@datasets.register("moons", title=N_("Moons"))
@dataclass(frozen=True)
class Moons(Toy):
    """Two half circles that reach into each other."""

    noise: Noise = 0.15

    def draw(self, random: np.random.Generator) -> tuple[Array, Array]:
        lower = self.halves()
        angle = random.uniform(0, np.pi, self.count)
        upper = np.stack([np.cos(angle), np.sin(angle)], 1)
        flipped = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], 1)
        points = np.where(lower[:, None] == 1, flipped, upper)
        return 1.5 * (points - [0.5, 0.25]), lower


@dataclass(frozen=True)
class Surface(Toy):
    """A function of two features, with noise on the target."""

    @abstractmethod
    def height(self, x1: Array, x2: Array) -> Array:
        """The clean target."""

    def draw(self, random: np.random.Generator) -> tuple[Array, Array]:
        points = random.uniform(-3, 3, (self.count, 2))
        return points, self.height(points[:, 0], points[:, 1])

    def load(self) -> Data:
        random = rng(self.seed, "data")
        points, height = self.draw(random)
        target = height + self.noise * random.standard_normal(self.count)
        return Data(points, target[:, None], "regression", ("x1", "x2"), targets=("y",))


@datasets.register("plane", title=N_("Plane"))
@dataclass(frozen=True)
class Plane(Surface):
    """y = (x1 + x2)/3: what one linear unit can learn."""

    def height(self, x1: Array, x2: Array) -> Array:
        return np.asarray((x1 + x2) / 3)


@datasets.register("wave", title=N_("Wave"))
@dataclass(frozen=True)
class Wave(Surface):
    """y = sin(1.5·x1)·cos(x2): hills and valleys that need hidden units."""

    def height(self, x1: Array, x2: Array) -> Array:
        return np.asarray(np.sin(1.5 * x1) * np.cos(x2))

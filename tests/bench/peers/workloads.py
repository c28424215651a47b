"""What is trained: networks and random data of the shapes that people train."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Part:
    """A hidden layer. kind: dense, conv (3 x 3, no padding), flatten or lstm (its last state)."""

    kind: str
    units: int = 0
    activation: str = "relu"

    def __str__(self) -> str:
        return f"{self.kind} {self.units}" if self.units else self.kind


@dataclass(frozen=True)
class Workload:
    """Rows of a shape, hidden layers, outputs (one: sigmoid; more: softmax), batch size."""

    rows: int
    shape: tuple[int, ...]
    hidden: tuple[Part, ...]
    outputs: int
    batch_size: int

    def __str__(self) -> str:
        shape = " x ".join(map(str, (self.rows, *self.shape)))
        return f"{shape} -> {' -> '.join(map(str, self.hidden))} -> {self.outputs}, batch {self.batch_size}"

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Uniform features, random class numbers."""
        rng = np.random.RandomState(0)
        x = rng.rand(self.rows, *self.shape).astype(np.float32)
        return x, rng.randint(0, max(2, self.outputs), self.rows)

    @property
    def dense(self) -> bool:
        """Whether every layer is a dense one."""
        return all(part.kind == "dense" for part in self.hidden)

    @property
    def sizes(self) -> list[int]:
        """Features, hidden units and outputs, where every layer is dense."""
        return [*self.shape, *(part.units for part in self.hidden), self.outputs]


def _dense(*units: int, activation: str = "relu") -> tuple[Part, ...]:
    return tuple(Part("dense", count, activation) for count in units)


WORKLOADS = {
    "article": Workload(1000, (10,), _dense(64), 1, 32),
    "wide": Workload(10000, (64,), _dense(256, 256), 1, 128),
    "large": Workload(10000, (784,), _dense(1024, 1024), 10, 128),
    "digits": Workload(1797, (8, 8, 1), (Part("conv", 16), Part("conv", 32), Part("flatten")), 10, 32),
    "lstm": Workload(1000, (64, 8), (Part("lstm", 32),), 1, 32),
    "tiny": Workload(250, (2,), _dense(4, 2, activation="tanh"), 1, 10),
}

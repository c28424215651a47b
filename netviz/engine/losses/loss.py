"""What a loss is: how wrong each row's prediction is, and in which direction it is wrong, by Keras' names and formulas.

A loss sees predictions p and targets y of one shape, (rows, ..., outputs). A row's loss is the mean over its places of
what the last axis gives; the loss of a batch is the mean over its rows, each times its weight of class and sample.
A sigmoid or softmax output and its cross-entropy are one function of the logits z, stable at any z: `fused` gives it.
Elsewhere a cross-entropy clips probabilities to [1e-7, 1 − 1e-7], as Keras does. Source: https://keras.io/api/losses
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Checked
from netviz.engine.activations import Activation
from netviz.engine.workspace import Context
from netviz.registry import Registry

losses: Registry[Loss] = Registry("loss")

EPSILON = 1e-7  # Keras' backend.epsilon()

Targets = Literal["numbers", "amounts", "sides", "probabilities", "labels"]


@dataclass(frozen=True)
class Loss(Checked, ABC):
    """A function of predictions and targets.

    targets: which data it fits: any numbers, amounts from 0 on, sides (−1 and 1, or 0 and 1), probabilities, or the
    numbers of classes. outputs: which last activations it wants, the usual first; none: any.
    exclusive: whether the outputs are classes of which a row has one, so that there are two outputs or more.
    """

    family: ClassVar = losses
    targets: ClassVar[Targets] = "numbers"
    outputs: ClassVar[tuple[type[Activation], ...]] = ()
    exclusive: ClassVar[bool] = False

    @property
    def task(self) -> Literal["classification", "regression"]:
        """What kind of prediction it judges."""
        return "regression" if self.targets in ("numbers", "amounts") else "classification"

    @abstractmethod
    def rows(self, p: Array, y: Array) -> Array:
        """The loss of each row: (rows, ..., outputs) twice -> (rows,)."""

    @abstractmethod
    def gradient(self, p: Array, y: Array, context: Context) -> Array:
        """∂(loss of the row)/∂p for each row, in the shape of p."""

    def fused(self, activation: Activation) -> FusedLoss | None:
        """The same loss as a function of the logits that this last activation would get, where there is one."""
        return None

    def unfit(self, output_shape: Shape) -> str:
        """A sentence that says why it cannot judge outputs of that shape, or an empty text."""
        return ""


class FusedLoss(ABC):
    """A last activation and its loss as one function of the logits z."""

    @abstractmethod
    def rows(self, z: Array, y: Array) -> Array:
        """The loss of each row, shape (rows,)."""

    @abstractmethod
    def gradient(self, z: Array, y: Array, context: Context) -> Array:
        """∂(loss of the row)/∂z, in the shape of z."""


def per_row(values: Array) -> Array:
    """Mean over all axes but the first."""
    return values if values.ndim == 1 else values.reshape(len(values), -1).mean(1)


def places(p: Array) -> int:
    """How many vectors of outputs a row has."""
    return int(p.size // max(1, len(p) * p.shape[-1]))


def share(p: Array) -> float:
    """1/k, where k is the number of a row's outputs."""
    return len(p) / max(1, p.size)


def modulus(z: Array) -> Array:
    """|z|; for complex z the analytic function that is |z| on the real line, as the complex step wants it."""
    return np.where(z.real > 0, z, -z) if np.iscomplexobj(z) else np.abs(z)


def difference(p: Array, y: Array, context: Context) -> Array:
    """p − y, to be made the gradient of a regression in place."""
    return np.subtract(p, y, out=context.out("dp", p.shape))


def log_softmax(z: Array) -> Array:
    """zᵢ − log Σₖ exp(zₖ) over the last axis."""
    shifted = z - z.real.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)))

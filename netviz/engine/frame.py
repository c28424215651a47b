"""What training looks like at one moment: everything a panel may draw, and nothing it may change."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from netviz.arrays import Array, FrozenMap
from netviz.datasets import Samples
from netviz.engine.experiment import Experiment
from netviz.engine.history import History
from netviz.engine.network import Network
from netviz.engine.optimizers import AVERAGE
from netviz.engine.parameters import Parameters


class Phase(enum.Enum):
    """What was computed last: the stations of one update, or the end of an epoch."""

    FORWARD = "forward"
    LOSS = "loss"
    BACKWARD = "backward"
    OPTIMIZER = "optimizer"
    APPLY = "apply"
    EPOCH = "epoch"

    @property
    def settled(self) -> bool:
        """Whether training can go on from here: the update is complete."""
        return self in (Phase.APPLY, Phase.EPOCH)


@dataclass(frozen=True)
class Sums:
    """An epoch so far: Σ loss·rows, rows, and each metric's totals."""

    loss: float = 0.0
    rows: int = 0
    metrics: Mapping[str, Array] = field(default_factory=lambda: FrozenMap({}))


@dataclass(frozen=True)
class Best:
    """The weights at the end of the best epoch so far, counted from 0."""

    epoch: int
    params: Parameters


@dataclass(frozen=True)
class Before:
    """The numbers that an update begins with.

    count: which update of its slots it is, from 1. draw: which update of the run its random masks are those of.
    """

    params: Parameters
    slots: Mapping[str, Parameters]
    count: int
    draw: int


@dataclass(frozen=True)
class Batch:
    """The rows of the update at hand and what each layer made of them.

    rows: their numbers among the training samples, (n,). x, y: features and targets as the loss compares them.
    weights: of class and sample, (n,). loss: of each row without weight, (n,), from phase LOSS on.
    memory: for each layer, arrays by name (x, z, a, mask), and a mapping for each layer inside it.
    deltas: ∂L/∂z for each layer, L the batch's loss. upstream: ∂L/∂a, what the layer above hands down, where there is one.
    At the end of an epoch all this is of its last update.
    data_gradients, penalty_gradients: the two parts of the gradient, from the last BACKWARD on.
    clipped_gradients: what the optimizer made of their sum, from OPTIMIZER on: clipped, and 0 for weights that are held
    still; None where it took the sum itself.
    before: weights and slots as they were when the batch went through.
    """

    rows: Array
    x: Array
    y: Array
    weights: Array | None
    memory: Mapping[int, Mapping[str, Any]]
    deltas: Mapping[int, Array]
    prediction: Array | None = None
    loss: Array | None = None
    data_gradients: Parameters | None = None
    penalty_gradients: Parameters | None = None
    upstream: Mapping[int, Array] = field(default_factory=lambda: FrozenMap({}))
    clipped_gradients: Parameters | None = None
    before: Before | None = None


@dataclass(frozen=True)
class Frame:
    """One moment of a training, frozen. Training can go on from it where `phase.settled`.

    layer: the layer that FORWARD or BACKWARD has just done. epoch: how many have ended. step: how many updates.
    position: how many rows of the epoch under way are done. learning_rate: of the newest update.
    """

    phase: Phase
    layer: int | None
    epoch: int
    step: int
    position: int
    experiment: Experiment
    learning_rate: float
    params: Parameters
    grads: Parameters
    updates: Parameters
    slots: Mapping[str, Parameters]
    history: History
    sums: Sums = field(default_factory=Sums)
    best: Best | None = None
    batch: Batch | None = None
    probed: Mapping[str, Any] = field(default_factory=lambda: FrozenMap({}))

    @property
    def averaged(self) -> Parameters | None:
        """The weights' moving average, beside the state as it is; None where the optimizer keeps none."""
        return averaged(self.params, self.slots)

    def probed_by(self, probes: Mapping[str, Probe], network: Network, samples: Samples) -> Frame:
        """The same frame with the answers of probes."""
        answers = {name: probe(self, network, samples) for name, probe in probes.items()}
        return replace(self, probed=FrozenMap(answers))


def averaged(params: Parameters, slots: Mapping[str, Parameters]) -> Parameters | None:
    """The weights' moving average, beside the state as it is; None where no slot holds one."""
    if AVERAGE not in slots:
        return None
    both = params.like(params.vector.copy())
    np.copyto(both.trainable, slots[AVERAGE].trainable)
    return both.copy()


Probe = Callable[[Frame, Network, Samples], Any]

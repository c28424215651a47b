"""What shall be trained, as a value: everything the user chose, and nothing that training made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from netviz.arrays import Shape
from netviz.codec import Checked, Range, Title
from netviz.datasets import Circle, Dataset, Preprocessing, Samples, prepare
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.layers import Dense, Layer
from netviz.engine.losses import BinaryCrossentropy, Loss
from netviz.engine.metrics import Accuracy, Metric
from netviz.engine.mistakes import Mistake
from netviz.engine.network import Network
from netviz.engine.optimizers import Adam, Optimizer
from netviz.engine.schedules import Constant, Schedule
from netviz.engine.stopping import EarlyStopping
from netviz.engine.surgery import Surgery
from netviz.i18n import N_

ClassWeight = tuple[Annotated[int, Range(low=0)], Annotated[float, Range(low=0)]]


@dataclass(frozen=True)
class Experiment(Checked):
    """A network, its data, and how the one shall learn from the other.

    class_weight: (class number, weight) pairs; classes left out weigh 1. epochs: how many Run trains before it pauses.
    surgery: what is done by hand to the network. mistakes: how its backpropagation is spoilt, to see what happens.
    seed: of weights, shuffling, masks and the split; the data may have a seed of its own.
    """

    dataset: Dataset = Circle()
    layers: tuple[Layer, ...] = (Dense(4, Tanh()), Dense(1, Sigmoid()))
    loss: Annotated[Loss, Title(N_("Loss"))] = BinaryCrossentropy()
    optimizer: Annotated[Optimizer, Title(N_("Optimizer"))] = Adam()
    schedule: Annotated[Schedule, Title(N_("Schedule"))] = Constant()
    metrics: tuple[Metric, ...] = (Accuracy(),)
    preprocessing: Preprocessing = Preprocessing()
    stopping: EarlyStopping | None = None
    class_weight: tuple[ClassWeight, ...] = ()
    epochs: Annotated[int, Range(low=1, high=10_000_000, log=True, title=N_("Epochs"))] = 100
    batch_size: Annotated[int, Range(low=1, high=10_000_000, log=True, title=N_("Batch size"))] = 32
    shuffle: Annotated[bool, Title(N_("Shuffle every epoch"))] = True
    seed: Annotated[int, Range(low=0, high=2**53, title=N_("Seed"))] = 0
    surgery: tuple[Surgery, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    dtype: Annotated[Literal["float32", "float64"], Title(N_("Precision"))] = "float32"

    def samples(self) -> Samples:
        """The data, split and scaled; DataProblem when there is nothing to learn from."""
        return prepare(self.dataset, self.preprocessing, self.seed, self.dtype)

    def network(self, samples: Samples) -> Network:
        """The layers bound to the samples' shape; NetworkProblem where they do not fit."""
        return self.network_for(samples.row_shape)

    def network_for(self, row_shape: Shape) -> Network:
        """The layers bound to rows of a shape."""
        return Network(self.layers, row_shape, self.loss, self.surgery, self.mistakes)

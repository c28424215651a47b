"""netviz' own engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from netviz import blas
from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import Sigmoid, Softmax, activations
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Flatten, Layer, layers
from netviz.engine.losses import losses
from netviz.engine.run import Run
from netviz.engine.train import train
from peers import Epochs, Unfit, Workload
from peers.workloads import Part


def moments(work: Workload, threads: int, whole: bool) -> Iterator[Any]:
    """Training's moments, an epoch each; `whole` as for `train`."""
    blas.use_threads(threads)
    x, y = work.data()
    last = Dense(work.outputs, Sigmoid() if work.outputs == 1 else Softmax())
    loss = "binary_crossentropy" if work.outputs == 1 else "sparse_categorical_crossentropy"
    experiment = Experiment(
        Arrays(x, y, "classification"),
        (*(layer(part) for part in work.hidden), last),
        loss=losses[loss](),
        preprocessing=Preprocessing(validation_split=0, standardize="off"),
        batch_size=work.batch_size,
    )
    return train(Run.of(experiment), experiment.samples(), epochs=10**9, whole=whole)


def layer(part: Part) -> Layer:
    """One hidden layer."""
    if part.kind == "flatten":
        return Flatten()
    name = {"dense": "dense", "conv": "conv2d", "lstm": "lstm"}[part.kind]
    if name not in layers:
        raise Unfit(f"netviz has no {name}")
    if part.kind == "lstm":
        return layers[name](part.units)
    activation = activations[part.activation]()
    return layers[name](part.units, *([(3, 3)] * (part.kind == "conv")), activation=activation)


def quiet(work: Workload, threads: int) -> Epochs:
    """With nobody watching, as Keras' face and the command line train."""
    for moment in moments(work, threads, whole=False):
        assert not moment.epoch or np.isfinite(moment.history.last("loss"))
        yield 1


def with_frames(work: Workload, threads: int) -> Epochs:
    """With a whole frame made of every epoch, as the window does."""
    for moment in moments(work, threads, whole=True):
        moment.frame()
        yield 1

"""What training holds: four times the parameters (weights, gradients and two slots) and two batches of activations."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import Relu, Softmax
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Conv2D, Dense, Flatten, Layer
from netviz.engine.losses import SparseCategoricalCrossentropy
from netviz.engine.optimizers import SGD, Adam, AdamW, Ftrl, Optimizer, RMSprop, optimizers
from netviz.engine.regularizers import L2
from netviz.engine.run import Run
from netviz.engine.surgery import Freeze, Surgery
from netviz.engine.train import train
from netviz.engine.workspace import Workspace

FIXED = 3 * 2**19  # what grows little: stretches of the optimizer, gathered rows, outputs to be judged
EVALUATED = 8  # so many validation rows at least go through the network together

PATCHES = ("columns", "sent")  # im2col's buffers, forth and back


def dense(**more: Any) -> tuple[Layer, ...]:
    return Dense(1024, Relu(), **more), Dense(1024, Relu(), **more)


# L-BFGS keeps as many steps as it is told to, and its trials compute in vectors of their own.
OPTIMIZERS = {name: optimizers[name]() for name in optimizers if name != "lbfgs"}
OPTIONS = {
    "sgd with momentum, nesterov and decay": SGD(momentum=0.9, nesterov=True, weight_decay=0.01),
    "rmsprop, centered, with momentum": RMSprop(centered=True, momentum=0.9),
    "adam, amsgrad": Adam(amsgrad=True),
    "adam, decaying, each norm clipped": Adam(weight_decay=0.01, clipnorm=1.0),
    "adamw, the whole norm clipped": AdamW(global_clipnorm=1.0),
    "adamw, numbers clipped, averaged": AdamW(clipvalue=0.1, use_ema=True),
    "ftrl, decaying": Ftrl(weight_decay=0.01),
}
IMAGES = Conv2D(16, 3, activation=Relu()), Conv2D(32, 3, activation=Relu()), Flatten()
CASES: dict[str, tuple[tuple[int, ...], tuple[Layer, ...], Optimizer, tuple[Surgery, ...]]] = {
    **{name: ((784,), dense(), optimizer, ()) for name, optimizer in (OPTIMIZERS | OPTIONS).items()},
    "adam, L2": ((784,), dense(kernel_regularizer=L2(1e-4)), Adam(), ()),
    "adamw, a layer held still": ((784,), dense(), AdamW(), (Freeze(1),)),
    "images": ((28, 28, 1), IMAGES, Adam(), ()),
}


def vectors(optimizer: Optimizer, parameters: int, largest: int, held: bool) -> int:
    """What is allowed of the parameters' size: four, or weights, gradient and slots where the rule itself has more.

    A rule that looks at each array as a whole has room for one update of the largest, and weights held still have a mark
    of one byte for each number.
    """
    most = max(4, 2 + len(optimizer.slot_names)) * parameters
    return most + largest * optimizer.by_array + (parameters // 4 if held else 0)


@pytest.mark.bench
@pytest.mark.parametrize("name", CASES)
def test_training_holds_four_times_the_parameters_and_two_batches_of_activations(name: str) -> None:
    shape, hidden, optimizer, surgery = CASES[name]
    experiment = replace(made(shape, hidden, optimizer), surgery=surgery)
    samples = experiment.samples()
    tracemalloc.start()
    try:
        moments = train(Run.of(experiment), samples, epochs=3, whole=False)
        next(moments)
        next(moments)
        tracemalloc.reset_peak()
        moment = next(moments)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    parameters = moment.params.vector.nbytes
    activations = one_batch(experiment, samples.x[: experiment.batch_size])
    buffers = sum(c._memory[name].nbytes for c in moment.training.contexts for name in PATCHES if name in c._memory)
    validation = max(2 * 2**20, (activations + buffers) * EVALUATED // experiment.batch_size)
    largest = max(array.nbytes for _path, array in moment.params.items())
    own = vectors(optimizer, parameters, largest, bool(surgery))
    limit = own + 2 * activations + buffers + validation + FIXED
    print(
        f"\n{name}: held {held / 2**20:.1f} MB, most {peak / 2**20:.1f} MB, allowed {limit / 2**20:.1f} MB: "
        f"{own / parameters:.1f} x {parameters / 2**20:.1f} of parameters, 2 x {activations / 2**20:.1f} of activations, "
        f"{buffers / 2**20:.1f} of im2col, {validation / 2**20:.1f} of validation, {FIXED / 2**20:.1f} of fixed size"
    )
    assert peak <= limit


def made(shape: tuple[int, ...], hidden: tuple[Layer, ...], optimizer: Optimizer) -> Experiment:
    rng = np.random.default_rng(0)
    data = Arrays(rng.random((1000, *shape), np.float32), rng.integers(0, 10, 1000), "classification")
    return Experiment(
        data, (*hidden, Dense(10, Softmax())), loss=SparseCategoricalCrossentropy(), optimizer=optimizer, batch_size=128,
        preprocessing=Preprocessing(validation_split=0.2, standardize="off"),
    )  # fmt: skip


def one_batch(experiment: Experiment, x: np.ndarray) -> int:
    """Bytes of a batch's activations, the input among them."""
    network = experiment.network(experiment.samples())
    params = network.initial(0, experiment.dtype)
    contexts = network.contexts(Workspace(experiment.dtype), training=True)
    total = x.nbytes
    for stage, context in zip(network.stages, contexts, strict=False):
        before = x
        x, _memory = stage.layer.forward(params[stage.index], x, context)
        total += 0 if np.shares_memory(before, x) else x.nbytes
    return total

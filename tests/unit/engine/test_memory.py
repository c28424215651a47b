"""Training takes its memory at the beginning: updates allocate nothing that stays, and little that passes."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import Relu, Sigmoid
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense
from netviz.engine.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lion,
    Nadam,
    Optimizer,
    RMSprop,
)
from netviz.engine.run import Run
from netviz.engine.surgery import Freeze
from netviz.engine.train import Stride, train

COUNT = 202_001  # more than are treated in one piece


def made(optimizer: Optimizer) -> Experiment:
    rng = np.random.default_rng(0)
    data = Arrays(rng.random((192, 200), np.float32), rng.integers(0, 2, 192), "classification")
    return Experiment(
        data, (Dense(1000, Relu()), Dense(1, Sigmoid())), optimizer=optimizer, batch_size=32,
        preprocessing=Preprocessing(validation_split=0, standardize="off"),
    )  # fmt: skip


@pytest.mark.parametrize("optimizer", [Adam(), AdamW(clipnorm=1.0, use_ema=True)], ids=str)
def test_an_update_allocates_nothing_that_grows(optimizer: Optimizer) -> None:
    experiment = made(optimizer)
    moments = train(Run.of(experiment), experiment.samples(), stride=Stride.STEP, whole=False)
    for _warm in range(14):  # two epochs: everything is there
        next(moments)
    tracemalloc.start()
    try:
        for _update in range(8):
            next(moments)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    parameters = COUNT * 4
    assert held < parameters / 10 and peak < parameters / 4


LEAN = [
    SGD(), SGD(momentum=0.9, nesterov=True, weight_decay=0.1), Adam(), Adam(clipnorm=1.0), Adam(amsgrad=True, use_ema=True), AdamW(),
    AdamW(global_clipnorm=1.0), Adamax(weight_decay=0.1), Nadam(clipvalue=0.1), RMSprop(momentum=0.9), Adagrad(), Adadelta(),
    Ftrl(), Ftrl(weight_decay=0.1), Lion(clipnorm=1.0),
]  # fmt: skip


@pytest.mark.parametrize("frozen", [False, True], ids=["", "frozen"])
@pytest.mark.parametrize("optimizer", LEAN, ids=str)
def test_training_holds_weights_gradient_and_slots_and_no_vector_more(optimizer: Optimizer, frozen: bool) -> None:
    experiment = replace(made(optimizer), surgery=(Freeze(1),) if frozen else ())
    samples = experiment.samples()
    tracemalloc.start()
    try:
        before = sum(s.size for s in tracemalloc.take_snapshot().traces)
        moments = train(Run.of(experiment), samples, whole=False)
        next(moments)
        next(moments)
        sizes = [trace.size for trace in tracemalloc.take_snapshot().traces]
    finally:
        tracemalloc.stop()
    assert before < COUNT
    assert sum(COUNT * 4 <= size < COUNT * 4 + 4096 for size in sizes) == 2 + len(optimizer.slot_names)

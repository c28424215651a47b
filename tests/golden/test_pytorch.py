"""L-BFGS goes PyTorch's way and ends at its minimum; the schedules that Keras has not have PyTorch's rates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import Softmax
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense
from netviz.engine.losses import SparseCategoricalCrossentropy
from netviz.engine.optimizers import LBFGS
from netviz.engine.regularizers import L2
from netviz.engine.run import Run, Start
from netviz.engine.schedules import OneCycle, Schedule, StepDecay, WarmUp
from netviz.engine.train import Moment, train

HERE = Path(__file__).parent
CASES = json.loads((HERE / "pytorch.json").read_text())


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    with np.load(HERE / "pytorch.npz") as file:
        return dict(file)


def schedule(case: dict[str, Any]) -> Schedule:
    arguments = dict(case["arguments"])
    if case["class"] == "OneCycleLR":
        assert arguments.pop("max_lr") == 0.5
        return OneCycle(**arguments)
    if case["class"] == "StepLR":
        return StepDecay(arguments["step_size"], arguments["gamma"])
    return WarmUp(arguments["total_iters"], arguments["start_factor"])


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_schedule_has_the_rates_of_pytorch(case: dict[str, Any], golden: Mapping[str, np.ndarray]) -> None:
    found = [schedule(case).rate(0.5, step) for step in range(60)]
    np.testing.assert_allclose(found, golden[case["name"]], rtol=1e-10)


def regression(golden: Mapping[str, np.ndarray], optimizer: LBFGS, epochs: int) -> list[Moment]:
    """Each epoch is one update, of all rows."""
    experiment = Experiment(
        Arrays(golden["x"], golden["labels"], "classification", validation_rows=0),
        (Dense(3, Softmax(), kernel_regularizer=L2(0.02)),), SparseCategoricalCrossentropy(), optimizer,
        batch_size=150, epochs=epochs, dtype="float64", shuffle=False,
        preprocessing=Preprocessing(validation_split=0, split="last", standardize="off"),
    )  # fmt: skip
    first = Start(np.concatenate([golden["kernel"].ravel(), golden["bias"]]))
    return list(train(Run.of(experiment, first), experiment.samples()))


def test_lbfgs_goes_the_way_of_pytorch(golden: Mapping[str, np.ndarray]) -> None:
    last = regression(golden, LBFGS(), 13)[-1]
    np.testing.assert_allclose(last.history.epochs["loss"], golden["loss"], rtol=1e-9)


@pytest.mark.parametrize("optimizer", [LBFGS(), LBFGS(history_size=2), LBFGS(line_search="armijo")], ids=str)
def test_lbfgs_ends_at_the_minimum_of_pytorch(optimizer: LBFGS, golden: Mapping[str, np.ndarray]) -> None:
    last = regression(golden, optimizer, 90)[-1]
    assert last.history.last("loss") == pytest.approx(float(golden["least"]), rel=1e-12)
    np.testing.assert_allclose(last.params[0]["kernel"], golden["least kernel"], atol=1e-7)
    bias = last.params[0]["bias"]  # all three may move together, which changes no probability
    np.testing.assert_allclose(bias - bias.mean(), golden["least bias"] - golden["least bias"].mean(), atol=1e-7)
    assert np.linalg.norm(last.frame().grads.vector) < 1e-8

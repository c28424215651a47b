"""Whole trainings equal Keras', to 1e-9 relative in float64: weights, histories and predictions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import activations
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Layer, layers
from netviz.engine.losses import losses
from netviz.engine.metrics import metrics
from netviz.engine.optimizers import optimizers
from netviz.engine.regularizers import regularizers
from netviz.engine.run import Run, Start
from netviz.engine.schedules import Constant, schedules
from netviz.engine.train import Moment, train

HERE = Path(__file__).parent
CASES = json.loads((HERE / "keras_training.json").read_text())


@pytest.fixture(scope="module")
def golden() -> Any:
    with np.load(HERE / "keras_training.npz") as file:
        return dict(file)


def built(settings: Any, family: Any) -> Any:
    """A member of a family from the golden file's plain settings."""
    if isinstance(settings, str):
        return family[settings]()
    arguments = {key: value for key, value in settings.items() if key != "class"}
    for key, value in arguments.items():
        if key == "activation":
            arguments[key] = activations[value]()
        elif key.endswith("regularizer"):
            arguments[key] = built(value, regularizers)
    return family[settings["class"]](**arguments)


def experiment(case: dict[str, Any], arrays: dict[str, np.ndarray]) -> Experiment:
    """The engine's experiment for a case; validation rows stand behind the training rows."""
    x, y, weights = arrays["x"], arrays["y"], arrays.get("sample_weight")
    held = None
    if "validation_x" in arrays:
        held = len(arrays["validation_x"])
        x, y = np.concatenate([x, arrays["validation_x"]]), np.concatenate([y, arrays["validation_y"]])
    task = "classification" if case["data"] in ("labels", "image") else "regression"
    optimizer, schedule = dict(case["optimizer"]), Constant()
    rate = optimizer.get("learning_rate")
    if isinstance(rate, dict):
        optimizer["learning_rate"] = rate["initial_learning_rate"]
        schedule = built({k: v for k, v in rate.items() if k != "initial_learning_rate"}, schedules)
    return Experiment(
        dataset=Arrays(x, y, task, weights, held),
        layers=tuple(layer(settings) for settings in case["layers"]),
        loss=built(case["loss"], losses),
        optimizer=built(optimizer, optimizers),
        schedule=schedule,
        metrics=tuple(metrics[name]() for name in case["metrics"]),
        preprocessing=Preprocessing(validation_split=0, split="last", standardize="off"),
        class_weight=tuple((int(label), weight) for label, weight in case.get("class_weight", {}).items()),
        epochs=case["epochs"],
        batch_size=case["batch_size"],
        shuffle=False,
        dtype="float64",
    )


def layer(settings: dict[str, Any]) -> Layer:
    return built(settings, layers)


def close(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * max(1e-3, float(np.abs(theirs).max())))


def weights(moment: Moment) -> list[np.ndarray]:
    """In Keras' order: that of the windows."""
    return [array for _path, array in moment.params.items()]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_training_ends_where_that_of_keras_ends(case: dict[str, Any], golden: dict[str, np.ndarray]) -> None:
    prefix = case["name"] + "/"
    arrays = {key.removeprefix(prefix): value for key, value in golden.items() if key.startswith(prefix)}
    initial = [value for key, value in sorted(arrays.items()) if key.startswith("initial/")]
    value = experiment(case, arrays)
    run = Run.of(value, Start(np.concatenate([array.ravel() for array in initial])))
    samples = value.samples()
    for moment in train(run, samples):
        for place, theirs in enumerate(v for k, v in sorted(arrays.items()) if k.startswith(f"weights_after_{moment.epoch}/")):
            close(weights(moment)[place], theirs)
    ours = moment.history.epochs
    for key in (key.removeprefix("history/") for key in arrays if key.startswith("history/")):
        close(ours[key], arrays[f"history/{key}"])
    predictions = value.network(samples).predict(moment.params, np.ascontiguousarray(arrays["x"]))
    close(predictions, arrays["predictions"])


def test_the_cases_cover_every_activation() -> None:
    text = json.dumps(CASES)
    for name in activations:
        assert f'"{name}"' in text or f'"{activations[name].__name__}"' in text, name

"""Early stopping ends where Keras' does, with its weights, and metrics and losses of given predictions equal Keras'."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.engine.metrics import metrics
from netviz.keras import config
from netviz.keras.callbacks import EarlyStopping
from netviz.keras.layers import Dense
from netviz.keras.models import Sequential
from netviz.keras.optimizers import Adam

with np.load(Path(__file__).with_name("keras_training.npz")) as file:
    GOLDEN = dict(file)
STOPPED = json.loads(str(GOLDEN["early_stopping"]))
MEASURED = json.loads(str(GOLDEN["metric_values"]))


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    config.set_floatx("float64")
    yield
    config.set_floatx("float32")


def of(name: str) -> dict[str, Any]:
    return {key.removeprefix(name + "/"): value for key, value in GOLDEN.items() if key.startswith(name + "/")}


@pytest.mark.parametrize("case", STOPPED, ids=[case["name"] for case in STOPPED])
def test_training_stops_in_the_same_epoch_with_the_same_weights(case: dict[str, Any]) -> None:
    arrays = of(case["name"])
    first, last = case["layers"]
    model = Sequential()
    model.add(Dense(first["units"], input_dim=arrays["x"].shape[1], activation=first["activation"]))
    model.add(Dense(last["units"], activation=last["activation"]))
    model.compile(loss=case["loss"], optimizer=Adam(case["optimizer"]["learning_rate"]), metrics=case["metrics"])
    model.set_weights([arrays[f"initial/{i}"] for i in range(4)])
    fitted = model.fit(
        arrays["x"], arrays["y"], batch_size=case["batch_size"], epochs=case["epochs"], shuffle=False, verbose=0,
        validation_data=(arrays["validation_x"], arrays["validation_y"]),
        callbacks=[EarlyStopping(**case["early_stopping"])],
    )  # fmt: skip
    wanted = {key.removeprefix("history/"): value for key, value in arrays.items() if key.startswith("history/")}
    assert len(fitted.history["loss"]) == len(wanted["loss"])
    for key, values in wanted.items():
        np.testing.assert_allclose(fitted.history[key], values, rtol=1e-9, atol=1e-12)
    final = [value for key, value in sorted(arrays.items()) if key.startswith("weights_after_")]
    for ours, theirs in zip(model.get_weights(), final, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


def one_hot(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Targets as the engine compares them: in the shape of the predictions."""
    if y.size == p.size:
        return y.reshape(p.shape)
    return np.eye(p.shape[-1])[y.astype(int).ravel()]


@pytest.mark.parametrize("name", MEASURED)
def test_a_metric_of_given_predictions_is_that_of_keras(name: str) -> None:
    found = of(f"metric_values/{name}")
    metric = metrics[name.split("_of_")[0]]()
    p = found["p"].reshape(len(found["p"]), -1)
    totals = metric.statistics(p, one_hot(found["y"], p)).sum(0)
    assert metric.value(totals) == pytest.approx(float(found["result"]), rel=1e-6)


def test_every_kind_of_case_is_there() -> None:
    assert len(STOPPED) >= 8 and len(MEASURED) >= 6
    assert any(case["early_stopping"].get("restore_best_weights") for case in STOPPED)
    assert len(json.loads(str(GOLDEN["loss_values"]))) >= 6

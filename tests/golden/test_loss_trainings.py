"""A script that trains with any loss ends where Keras ends: weights, histories and predictions to 1e-9 in float64."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.engine.losses import losses as engine
from netviz.keras import Input, Sequential, config, layers, losses

with np.load(Path(__file__).parent / "loss_trainings.npz") as file:
    GOLDEN = dict(file)

CASES: list[dict[str, Any]] = json.loads(str(GOLDEN["cases"]))
OLDER = {"mean_squared_error", "mean_absolute_error", "huber", "sparse_categorical_crossentropy"}  # in keras_training.npz


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    config.set_floatx("float64")
    yield
    config.set_floatx("float32")


def made(settings: Any, family: Any) -> Any:
    """What the script that made the numbers does with Keras."""
    if isinstance(settings, str):
        return settings
    return getattr(family, settings["class"])(**{key: value for key, value in settings.items() if key != "class"})


def close(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * max(1e-3, float(np.abs(theirs).max())))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_training_with_that_loss_ends_where_that_of_keras_ends(case: dict[str, Any]) -> None:
    prefix = case["name"] + "/"
    arrays = {key.removeprefix(prefix): value for key, value in GOLDEN.items() if key.startswith(prefix)}
    stored = {name: [v for k, v in sorted(arrays.items()) if k.startswith(f"{name}/")] for name in (
        "initial", "weights_after_1", f"weights_after_{case['epochs']}")}  # fmt: skip
    model = Sequential([Input(arrays["x"].shape[1:]), *(made(layer, layers) for layer in case["layers"])])
    model.set_weights(stored["initial"])
    model.compile(loss=made(case["loss"], losses), optimizer="adam")
    more: dict[str, Any] = {"sample_weight": arrays.get("sample_weight")}
    if "validation_x" in arrays:
        more["validation_data"] = (arrays["validation_x"], arrays["validation_y"])
    if "class_weight" in case:
        more["class_weight"] = {int(label): weight for label, weight in case["class_weight"].items()}
    history: dict[str, list[float]] = {}
    for epochs in (1, case["epochs"] - 1):
        fitted = model.fit(
            arrays["x"], arrays["y"], case["batch_size"], epochs, 0, shuffle=False, initial_epoch=0, **more
        )
        for key, values in fitted.history.items():
            history.setdefault(key, []).extend(values)
        for ours, theirs in zip(model.get_weights(), stored[f"weights_after_{len(history['loss'])}"], strict=True):
            close(ours, theirs)
    for key in (key.removeprefix("history/") for key in arrays if key.startswith("history/")):
        close(history[key], arrays[f"history/{key}"])
    close(model.predict(arrays["x"], verbose=0), arrays["predictions"])


def test_every_loss_is_trained() -> None:
    kinds = {case["loss"] if isinstance(case["loss"], str) else case["loss"]["class"] for case in CASES}
    assert {name for name in engine if not {name, engine[name].__name__} & kinds} == OLDER

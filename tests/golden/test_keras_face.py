"""The golden trainings through Keras' own names: the same script gives what Keras gave, to 1e-9 relative in float64."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.keras import Input, Sequential, config, layers, losses, optimizers, regularizers

HERE = Path(__file__).parent
CASES = json.loads((HERE / "keras_training.json").read_text())


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    with np.load(HERE / "keras_training.npz") as file:
        return dict(file)


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    config.set_floatx("float64")
    yield
    config.set_floatx("float32")


def built(settings: Any, family: Any) -> Any:
    """What the script that made the numbers does with Keras."""
    if isinstance(settings, str):
        return settings
    arguments = {key: value for key, value in settings.items() if key != "class"}
    for key, value in arguments.items():
        if isinstance(value, dict):
            arguments[key] = built(value, optimizers.schedules if key == "learning_rate" else regularizers)
    return getattr(family, settings["class"])(**arguments)


def close(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * max(1e-3, float(np.abs(theirs).max())))


def listed(arrays: Mapping[str, np.ndarray], begin: str) -> list[np.ndarray]:
    return [arrays[f"{begin}/{i}"] for i in range(sum(key.startswith(f"{begin}/") for key in arrays))]


def fit_arguments(case: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    more: dict[str, Any] = {"batch_size": case["batch_size"], "shuffle": False, "verbose": 0}
    if "validation_x" in arrays:
        more["validation_data"] = (arrays["validation_x"], arrays["validation_y"])
    if "class_weight" in case:
        more["class_weight"] = {int(label): weight for label, weight in case["class_weight"].items()}
    return more | {"sample_weight": arrays.get("sample_weight")}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_script_trains_like_keras(case: dict[str, Any], golden: Mapping[str, np.ndarray]) -> None:
    prefix = case["name"] + "/"
    arrays = {key.removeprefix(prefix): value for key, value in golden.items() if key.startswith(prefix)}
    x, y = arrays["x"], arrays["y"]
    model = Sequential([Input(x.shape[1:]), *(built(layer, layers) for layer in case["layers"])])
    model.set_weights(listed(arrays, "initial"))
    optimizer = built(case["optimizer"], optimizers)
    model.compile(loss=built(case["loss"], losses), optimizer=optimizer, metrics=case["metrics"])
    history: dict[str, list[float]] = {}
    for epochs in (1, case["epochs"] - 1):
        for key, values in model.fit(x, y, epochs=epochs, **fit_arguments(case, arrays)).history.items():
            history.setdefault(key, []).extend(values)
        for ours, theirs in zip(
            model.get_weights(), listed(arrays, f"weights_after_{len(history['loss'])}"), strict=True
        ):
            close(ours, theirs)
    theirs = {key.removeprefix("history/") for key in arrays if key.startswith("history/")}
    assert history.keys() == theirs
    for key in theirs:
        close(history[key], arrays[f"history/{key}"])
    close(model.predict(x, verbose=0), arrays["predictions"])

"""What the anatomy and the microscope show of random picks in random networks is what PyTorch computes."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from netviz.engine.layers import layers
from netviz.engine.losses import losses

HERE = Path(__file__).parent
CASES = json.loads((HERE / "anatomy.json").read_text())


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


anatomy_picks = load("anatomy_picks")


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    with np.load(HERE / "anatomy.npz") as file:
        return dict(file)


def close(shown: float, wanted: float, tolerance: float) -> bool:
    return abs(shown - wanted) <= tolerance * max(abs(shown), abs(wanted)) + 1e-12


def kinds_of(case: Mapping[str, Any]) -> set[str]:
    """Its layers, those inside others included."""
    inner = [part for layer in case["layers"] for part in [*layer.get("layers", ()), layer.get("layer")] if part]
    return {layer["kind"] for layer in [*case["layers"], *inner]}


# Told by the contract alone: their random numbers are the engine's own.
ELSEWHERE = {
    "dropout", "spatial_dropout1d", "spatial_dropout2d", "gaussian_noise", "gaussian_dropout", "random_flip", "random_translation",
    "random_rotation", "random_zoom",
}  # fmt: skip


def test_every_kind_of_layer_occurs() -> None:
    assert set.union(*map(kinds_of, CASES)) | ELSEWHERE == set(layers)


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: f"{n} {CASES[n]['optimizer']}")
def test_every_number_shown_is_pytorchs(number: int, golden: Mapping[str, np.ndarray]) -> None:
    case = CASES[number]
    numbers = {name.partition("/")[2]: value for name, value in golden.items() if name.partition("/")[0] == str(number)}
    tolerance = 1e-6 if case["optimizer"] == "lbfgs" else 1e-8
    for pairs in anatomy_picks.picks(case, numbers, np.random.default_rng(number)):
        assert len(pairs) > 15
        wrong = [pair for pair in pairs if not close(pair[1], pair[2], tolerance)]
        assert not wrong


def test_every_optimizer_loss_and_activation_occurs() -> None:
    assert {case["optimizer"] for case in CASES} >= {"sgd", "lion", "adagrad", "adadelta", "rmsprop", "ftrl", "adam", "adamw"}
    assert {case["optimizer"] for case in CASES} >= {"adamax", "nadam", "adafactor", "lbfgs"}
    assert {case["loss"] for case in CASES} == set(losses)
    names = {layer["activation"] for case in CASES for layer in case["layers"] if layer["kind"] == "dense"}
    assert len(names) == 9 and any(case["schedule"] for case in CASES) and any(case["rows"] % case["batch_size"] for case in CASES)

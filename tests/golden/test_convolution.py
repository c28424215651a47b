"""Convolution, pooling and what makes images larger compute what Keras computes, and train as Keras trains.

Forward and backward in float64 to 1e-9 and in float32 to 1e-5, whole trainings to 1e-9.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def _beside(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"golden_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_layers = _beside("test_layers")
STORED: dict[str, np.ndarray] = _layers.stored("convolution.npz")
PASSES, TRAININGS = (json.loads(str(STORED[name])) for name in ("passes", "trainings"))


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-5)])
@pytest.mark.parametrize("case", PASSES, ids=[case["name"] for case in PASSES])
def test_forward_and_backward_give_what_keras_gives(case: dict[str, Any], dtype: str, tolerance: float) -> None:
    _layers.check_pass(case, _layers.arrays_of(case, STORED), dtype, tolerance, "training")


@pytest.mark.parametrize("case", TRAININGS, ids=[case["name"] for case in TRAININGS])
def test_a_stack_trains_like_keras(case: dict[str, Any], float64: None) -> None:
    _layers.check_training(case, _layers.arrays_of(case, STORED))

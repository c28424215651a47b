"""Embedding, recurrent layers and self-attention compute what Keras computes, padded or not, and train as Keras trains.

Forward and backward in float64 to 1e-9 and in float32 to 1e-5, whole trainings to 1e-9; what dropout draws is the same.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
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
STORED: dict[str, np.ndarray] = _layers.stored("sequences.npz")
PASSES, TRAININGS = (json.loads(str(STORED[name])) for name in ("passes", "trainings"))

Pairs = list[tuple[np.ndarray, np.ndarray]]


class Queue:
    """A generator that draws what Keras drew, one array after another, or several as one."""

    def __init__(self, drawn: list[np.ndarray]) -> None:
        self.drawn = list(drawn)

    def random(self, shape: Any, dtype: Any) -> np.ndarray:
        if self.drawn[0].shape == tuple(shape):
            return self.drawn.pop(0)
        found = np.stack([self.drawn.pop(0) for _ in range(shape[0])])
        assert found.shape == tuple(shape)
        return found


def pairs(case: dict[str, Any], arrays: Mapping[str, np.ndarray], dtype: str, mode: str) -> Pairs:
    """Ours and Keras' y, ∂L/∂x and gradients of one layer."""
    bound = _layers.Bound(case, arrays, dtype, mode == "training")
    queue = Queue(_layers.listed(arrays, "drawn"))
    for context in bound.contexts:
        for inner in (context, context.inner("forward"), context.inner("backward")):
            inner.rng = lambda: queue
    y, dx = bound.run(arrays["x"].astype(dtype), arrays["up"].astype(dtype))
    assert not queue.drawn or mode == "resting"
    found = [(y, arrays[f"{mode}/y"]), (dx, arrays[f"{mode}/dx"])]
    for window, theirs in zip(bound.network.windows, _layers.listed(arrays, f"{mode}/grads"), strict=True):
        found.append((bound.grads.vector[window.start : window.stop].reshape(window.shape), theirs))
    return found


def error(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest error beside the largest number, or beside 1."""
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max(initial=0)) / max(1.0, float(np.abs(theirs).max(initial=0)))


@pytest.mark.parametrize("mode", ["training", "resting"])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-5)])
@pytest.mark.parametrize("case", PASSES, ids=[case["name"] for case in PASSES])
def test_forward_and_backward_give_what_keras_gives(case: dict[str, Any], dtype: str, tolerance: float, mode: str) -> None:
    for ours, theirs in pairs(case, _layers.arrays_of(case, STORED), dtype, mode):
        assert ours.dtype == dtype and error(ours, theirs) <= tolerance


@pytest.mark.parametrize("case", TRAININGS, ids=[case["name"] for case in TRAININGS])
def test_a_stack_trains_like_keras(case: dict[str, Any], float64: None) -> None:
    _layers.check_training(case, _layers.arrays_of(case, STORED))

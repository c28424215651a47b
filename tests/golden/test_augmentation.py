"""Images are changed as Keras changes them, forward and backward, where both draw the same: to 1e-9 in float64."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.engine.workspace import Context, Workspace
from netviz.keras import layers


def _stored() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parent / "augmentation.npz") as file:
        return dict(file)


STORED = _stored()
CASES = json.loads(str(STORED["cases"]))


class Stored:
    """A generator that draws what Keras' layer drew: angles are kept in degrees, zooms as 1 + t."""

    def __init__(self, drawn: np.ndarray, kind: str) -> None:
        self.drawn = iter(drawn / 360 if kind == "RandomRotation" else drawn - 1 if kind == "RandomZoom" else drawn)

    def random(self, rows: int) -> np.ndarray:
        return next(self.drawn)

    def uniform(self, low: float, high: float, rows: int) -> np.ndarray:
        drawn = next(self.drawn)
        assert (drawn >= low - 1e-12).all() and (drawn <= high + 1e-12).all() and len(drawn) == rows
        return drawn


def changed(case: dict[str, Any], arrays: dict[str, np.ndarray], dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """(y, dx)."""
    settings = {k: tuple(v) if isinstance(v, list) else v for k, v in case["layer"].items() if k != "class"}
    layer = getattr(layers, case["layer"]["class"])(**settings).value
    context = Context(Workspace(dtype), 0, training=True)
    context.rng = lambda: Stored(arrays["drawn"], case["layer"]["class"])  # type: ignore[method-assign,return-value,assignment]
    y, memory = layer.forward({}, arrays["x"].astype(dtype), context)
    return y.copy(), layer.backward({}, memory, arrays["up"].astype(dtype), context, {})


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-5)])
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_image_is_changed_as_keras_changes_it(case: dict[str, Any], dtype: str, tolerance: float) -> None:
    arrays = {key: STORED[f"{case['name']}/{key}"] for key in ("x", "up", "drawn", "y", "dx")}
    y, dx = changed(case, arrays, dtype)
    for ours, theirs in ((y, arrays["y"]), (dx, arrays["dx"])):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)

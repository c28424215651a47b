"""Images changed by Keras on PyTorch and by netviz with the same random numbers, in random settings.

    KERAS_BACKEND=torch python -m pytest -m interop -s -c /dev/null --rootdir . --import-mode=importlib tests/interop/test_augmentation_live.py
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]
GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def loaded(name: str) -> Any:
    pytest.importorskip("keras")
    sys.path.insert(0, str(GOLDEN))
    spec = importlib.util.spec_from_file_location(f"golden_{name}", GOLDEN / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def random_case(rng: np.random.Generator) -> dict[str, Any]:
    """Factors are multiples of 1/8 and shifted images have 4, 8 or 16 pixels a side: Keras' maps are float32."""
    eighth = lambda low: float(rng.integers(low, 9) / 8)  # noqa: E731
    pair = lambda low: [eighth(low), eighth(low)] if rng.integers(2) else min(abs(eighth(low)), -low / 8)  # noqa: E731
    fill = {"fill_mode": str(rng.choice(["reflect", "wrap", "constant", "nearest"])),
            "interpolation": str(rng.choice(["bilinear", "nearest"])), "fill_value": eighth(-8)}  # fmt: skip
    shape = [int(n) for n in rng.integers(1, 10, 2)]
    kind = str(rng.choice(["RandomFlip", "RandomTranslation", "RandomRotation", "RandomZoom"]))
    layer: dict[str, Any] = {"class": kind}
    if kind == "RandomFlip":
        layer["mode"] = str(rng.choice(["horizontal", "vertical", "horizontal_and_vertical"]))
    elif kind == "RandomRotation":
        layer |= {"factor": pair(-8)} | fill
    elif kind == "RandomTranslation":
        shape = [int(n) for n in rng.choice([4, 8, 16], 2)]
        layer |= {"height_factor": pair(-8), "width_factor": pair(-8)} | fill
    else:
        layer |= {"height_factor": pair(-7)} | ({"width_factor": pair(-7)} if rng.integers(2) else {}) | fill
    return {"name": "", "layer": layer, "shape": [*shape, int(rng.integers(1, 4))]}


def test_random_augmentations_agree_with_keras() -> None:
    keras_side, our_side = loaded("make_augmentation"), loaded("test_augmentation")
    keras_side.use_float64()
    largest, count = {"float64": 0.0, "float32": 0.0}, 300
    for seed in range(count):
        case = random_case(np.random.default_rng(seed))
        arrays = keras_side.changed(case, seed)
        for dtype, tolerance in (("float64", 1e-9), ("float32", 1e-5)):
            y, dx = our_side.changed(case, arrays, dtype)
            for ours, theirs in ((y, arrays["y"]), (dx, arrays["dx"])):
                error = float(np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max()))
                assert error <= tolerance, (case, dtype, error)
                largest[dtype] = max(largest[dtype], error)
    print(count, "layers, largest relative error", largest)

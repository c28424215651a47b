"""Layers of random settings on random data, computed by Keras on PyTorch and by netviz at once.

    KERAS_BACKEND=torch python -m pytest -m interop -s -c /dev/null --rootdir . --import-mode=importlib tests/interop/test_layers_live.py

Float64 to 1e-9 and float32 to 1e-5 (blocks of four layers: 1e-4) of the largest number, forward, backward and state; what is drawn is injected.
"""

from __future__ import annotations

import collections
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


def random_layer(rng: np.random.Generator) -> tuple[dict[str, Any], tuple[int, ...], bool]:
    """(settings, shape of a row, whether padding is marked)."""
    rank = int(rng.integers(1, 4))
    shape = tuple(int(n) for n in rng.integers(1, 7, rank))
    flags = {"center": bool(rng.integers(2)), "scale": bool(rng.integers(2)), "epsilon": float(10 ** rng.uniform(-3, -1))}
    some = lambda low, high: float(rng.uniform(low, high))  # noqa: E731
    axis = int(rng.integers(1, rank + 1))
    last = int(rng.integers(1, rank + 1))
    kinds: list[tuple[dict[str, Any], bool]] = [
        ({"class": "BatchNormalization", "axis": axis, "momentum": some(0, 1), **flags}, False),
        ({"class": "BatchNormalization", "momentum": some(0, 1), **flags}, rank == 2 and shape[-1] > 1),  # Keras fails with one channel
        ({"class": "LayerNormalization", "axis": list(range(-last, 0)), **flags}, False),
        ({"class": "ReLU", "max_value": some(0.5, 2), "negative_slope": some(0, 1), "threshold": some(0, 0.4)}, False),
        ({"class": "ReLU", "negative_slope": some(0, 1)}, False),
        ({"class": "LeakyReLU", "negative_slope": some(0, 1)}, False),
        ({"class": "ELU", "alpha": some(0.1, 2)}, False),
        ({"class": "Softmax", "axis": axis}, rank == 1),
        ({"class": "PReLU", "shared_axes": sorted({int(a) for a in rng.integers(1, rank + 1, int(rng.integers(0, 3)))})}, False),
        ({"class": "GaussianNoise", "stddev": some(0.01, 1)}, False),
        ({"class": "GaussianDropout", "rate": some(0.01, 0.9)}, False),
        ({"class": "Permute", "dims": [int(i) + 1 for i in rng.permutation(rank)]}, False),
        ({"class": "Reshape", "target_shape": [shape[0], -1]}, False),
        ({"class": "Rescaling", "scale": some(-2, 2), "offset": some(-2, 2)}, False),
        ({"class": "Residual", "layers": [
            {"class": "Dense", "units": int(rng.integers(4, 9)), "activation": "tanh"}, {"class": "LayerNormalization"},
            {"class": "Dense", "units": shape[-1]}, {"class": "BatchNormalization", "momentum": some(0, 1)},
        ]}, False),
    ]  # fmt: skip
    if rank > 1:
        kinds.append(({"class": f"SpatialDropout{rank - 1}D", "rate": some(0.01, 0.9)}, False))
    settings, masked = kinds[int(rng.integers(len(kinds)))]
    return settings, shape, masked


def test_random_layers_agree_with_keras() -> None:
    keras_side, our_side = loaded("make_layers"), loaded("test_layers")
    keras_side.use_float64()
    largest: dict[str, float] = collections.defaultdict(float)
    count: dict[str, int] = {}
    for seed in range(600):
        settings, shape, masked = random_layer(np.random.default_rng(seed))
        case = {"name": str(seed), "layer": settings, "shape": list(shape), "masked": masked}
        arrays = keras_side.passed(case, seed)
        block = settings["class"] == "Residual"  # four layers, two of them norms: rounding of float32 adds up
        for dtype, tolerance in (("float64", 1e-9), ("float32", 1e-4 if block else 1e-5)):
            for mode in ("training", "resting"):
                bound = our_side.Bound(case, arrays, dtype, mode == "training")
                y, dx = bound.run(arrays["x"].astype(dtype), arrays["up"].astype(dtype))
                pairs = [(y, arrays[f"{mode}/y"]), (dx, arrays[f"{mode}/dx"])]
                windows = [w for w in bound.network.windows if w.trainable]
                for window, theirs in zip(windows, our_side.listed(arrays, f"{mode}/grads"), strict=True):
                    pairs.append((bound.grads.vector[window.start : window.stop].reshape(window.shape), theirs))
                if mode == "training":
                    names = ["/".join(map(str, w.path[1:])) for w in bound.network.windows if not w.trainable]
                    pairs += [(bound.state[n], a) for n, a in zip(names, our_side.listed(arrays, "training/state"), strict=True)]
                for ours, theirs in pairs:
                    # Slopes of a variance near 0 are large; what counts is the error beside the numbers that made it.
                    scale = max(1.0, float(np.abs(theirs).max(initial=0)), float(np.abs(arrays["up"]).max()))
                    error = float(np.abs(ours - theirs).max(initial=0)) / scale
                    largest[dtype + " of blocks" * block] = max(largest[dtype + " of blocks" * block], error)
                    assert error <= tolerance, (case, mode, dtype, error)
        count[settings["class"]] = count.get(settings["class"], 0) + 1
    print(sum(count.values()), "layers", dict(sorted(count.items())), "largest relative error", dict(largest))

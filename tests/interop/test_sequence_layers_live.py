"""Embedding, recurrent layers and self-attention of random settings on random data, by Keras on PyTorch and by netviz.

    KERAS_BACKEND=torch python -m pytest -m interop -s -c /dev/null --rootdir . --import-mode=importlib tests/interop/test_sequence_layers_live.py

Float64 to 1e-9 and float32 to 1e-5 of the largest number or of 1, forward and backward, with padding of every kind;
what dropout draws is injected.
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
COUNT = 500
FUNCTIONS = ("tanh", "tanh", "sigmoid", "relu", "linear", "gelu", "softplus", "softmax", "elu")
BOUNDED = ("tanh", "sigmoid", "softmax")


def loaded(name: str) -> Any:
    pytest.importorskip("keras")
    sys.path.insert(0, str(GOLDEN))
    spec = importlib.util.spec_from_file_location(f"golden_{name}", GOLDEN / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def recurrent(rng: np.random.Generator) -> dict[str, Any]:
    """A recurrent layer's settings."""
    kind = ("SimpleRNN", "LSTM", "GRU")[int(rng.integers(3))]
    rate = lambda: float(rng.uniform(0.05, 0.8)) if rng.random() < 0.3 else 0.0  # noqa: E731
    found = {
        "class": kind, "units": int(rng.integers(1, 8)), "activation": str(rng.choice(FUNCTIONS)),
        "use_bias": bool(rng.random() < 0.8), "return_sequences": bool(rng.integers(2)), "dropout": rate(),
        "recurrent_dropout": rate(),
    }  # fmt: skip
    if kind != "SimpleRNN":
        found["recurrent_activation"] = str(rng.choice(("sigmoid", *FUNCTIONS)))
    return found | ({"reset_after": bool(rng.integers(2))} if kind == "GRU" else {})


def random_case(rng: np.random.Generator) -> dict[str, Any]:
    """A layer, the shape of a row, and where padding is marked."""
    steps, features = int(rng.integers(1, 9)), int(rng.integers(1, 7))
    case: dict[str, Any] = {"shape": [steps, features], "masked": str(rng.choice(("", "tail", "any")))}
    kind = rng.random()
    if kind < 0.1:
        tokens = int(rng.integers(2, 20))
        layer = {"class": "Embedding", "input_dim": tokens, "output_dim": features, "mask_zero": bool(rng.integers(2))}
        return {**case, "layer": layer, "shape": [steps], "masked": "", "tokens": tokens}
    if kind < 0.3:
        layer = {"class": "MultiHeadAttention", "num_heads": int(rng.integers(1, 4)), "key_dim": int(rng.integers(1, 6))}
        layer["use_bias"] = bool(rng.random() < 0.8)
        layer |= {"value_dim": int(rng.integers(1, 6))} if rng.integers(2) else {}
        layer |= {"dropout": float(rng.uniform(0.05, 0.8))} if rng.random() < 0.4 else {}
        return {**case, "layer": layer}
    inner = recurrent(rng)
    if inner.get("recurrent_activation", "tanh") not in BOUNDED:
        case["shape"] = [min(steps, 2), features]  # gates above 1 multiply rounding with every step
    if kind < 0.5:
        mode = str(rng.choice(("concat", "sum", "mul", "ave")))
        return {**case, "layer": {"class": "Bidirectional", "layer": inner, "merge_mode": mode}}
    return {**case, "layer": {**inner, "go_backwards": bool(rng.integers(2))}}


def test_random_layers_of_sequences_agree_with_keras() -> None:
    keras_side, our_side = loaded("make_sequences"), loaded("test_sequences")
    keras_side.use_float64()
    largest: dict[str, float] = collections.defaultdict(float)
    count: dict[str, int] = collections.Counter()
    for seed in range(COUNT):
        case = {**random_case(np.random.default_rng(seed)), "name": str(seed)}
        arrays = keras_side.passed(case, seed)
        for dtype, tolerance in (("float64", 1e-9), ("float32", 1e-5)):
            for mode in ("training", "resting"):
                for ours, theirs in our_side.pairs(case, arrays, dtype, mode):
                    error = our_side.error(ours, theirs)
                    largest[dtype] = max(largest[dtype], error)
                    assert error <= tolerance, (case, mode, dtype, error)
        inner = case["layer"].get("layer", case["layer"])["class"]
        count[inner if inner == case["layer"]["class"] else f"Bidirectional {inner}"] += 1
    print(sum(count.values()), "layers", dict(sorted(count.items())), "largest relative error", dict(largest))

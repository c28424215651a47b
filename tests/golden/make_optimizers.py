"""A hundred updates by each of Keras 3's optimizers, in float64, as golden numbers: run by hand, never imports netviz.

    KERAS_BACKEND=torch python tests/golden/make_optimizers.py

Writes optimizers.json (the cases in plain settings) and optimizers.npz beside itself: gradients (100, 40), first (40,),
and for each case NAME (7, 40), the weights after 1, 2, 3, 10, 30, 60 and 100 updates.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np

HERE = Path(__file__).resolve().parent
UPDATES = 100
NUMBERS = 40
KEPT = [1, 2, 3, 10, 30, 60, 100]  # after how many updates weights are written down

CASES: list[dict[str, Any]] = [
    {"name": "sgd", "class": "SGD", "arguments": {}},
    {"name": "sgd_momentum", "class": "SGD", "arguments": {"learning_rate": 0.03, "momentum": 0.9}},
    {"name": "sgd_nesterov", "class": "SGD", "arguments": {"learning_rate": 0.03, "momentum": 0.9, "nesterov": True}},
    {"name": "adagrad", "class": "Adagrad", "arguments": {}},
    {"name": "adagrad_from_zero", "class": "Adagrad", "arguments": {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "epsilon": 0.01}},
    {"name": "rmsprop", "class": "RMSprop", "arguments": {}},
    {"name": "rmsprop_momentum", "class": "RMSprop", "arguments": {"rho": 0.7, "momentum": 0.8, "epsilon": 0.001}},
    {"name": "rmsprop_centered", "class": "RMSprop", "arguments": {"momentum": 0.5, "centered": True, "epsilon": 0.001}},
    {"name": "adam", "class": "Adam", "arguments": {}},
    {"name": "adam_amsgrad", "class": "Adam", "arguments": {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.1, "amsgrad": True}},
    {"name": "adam_weight_decay", "class": "Adam", "arguments": {"learning_rate": 0.01, "weight_decay": 0.1}},
    {"name": "adamw", "class": "AdamW", "arguments": {}},
    {"name": "adamw_strong", "class": "AdamW", "arguments": {"learning_rate": 0.05, "weight_decay": 0.3, "amsgrad": True}},
    {"name": "exponential", "class": "SGD", "schedule": "ExponentialDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8}},
    {"name": "exponential_stairs", "class": "SGD", "schedule": "ExponentialDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8, "staircase": True}},
    {"name": "inverse_time", "class": "SGD", "schedule": "InverseTimeDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8}},
    {"name": "polynomial", "class": "SGD", "schedule": "PolynomialDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 40, "end_learning_rate": 0.01, "power": 2.0}},
    {"name": "polynomial_cycle", "class": "SGD", "schedule": "PolynomialDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 30, "end_learning_rate": 0.01, "cycle": True}},
    {"name": "cosine", "class": "SGD", "schedule": "CosineDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 60, "alpha": 0.2}},
    {"name": "cosine_warmup", "class": "SGD", "schedule": "CosineDecay", "arguments": {"initial_learning_rate": 0.01, "decay_steps": 60, "warmup_target": 0.2, "warmup_steps": 20}},
    {"name": "piecewise", "class": "SGD", "schedule": "PiecewiseConstantDecay", "arguments": {"boundaries": [10, 50], "values": [0.1, 0.03, 0.007]}},
]  # fmt: skip


def use_float64() -> None:
    """All arithmetic in float64. On PyTorch Keras' promotion rules turn float64 into float32; that is lifted here."""
    from keras.src.backend.common import dtypes

    keras.config.set_floatx("float64")
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    assert dtypes.result_type("float64", "float64") == "float64"


def optimizer(case: dict[str, Any]) -> Any:
    """Keras' object for a case."""
    family = getattr(keras.optimizers, case["class"])
    if "schedule" in case:
        return family(getattr(keras.optimizers.schedules, case["schedule"])(**case["arguments"]))
    return family(**case["arguments"])


def main() -> None:
    """Write both files."""
    use_float64()
    rng = np.random.default_rng(12)
    # Scales from 1e-4 to 10, so that every epsilon matters somewhere; two numbers whose gradient stays 0.
    gradients = rng.normal(size=(UPDATES, NUMBERS)) * np.logspace(-4, 1, NUMBERS)
    gradients[:, :2] = 0
    first = rng.normal(size=NUMBERS)
    arrays = {"gradients": gradients, "first": first, "kept": np.array(KEPT)}
    for case in CASES:
        made, variable, rows = optimizer(case), keras.Variable(first), []
        for gradient in gradients:
            made.apply([keras.ops.convert_to_tensor(gradient)], [variable])
            rows.append(keras.ops.convert_to_numpy(variable).copy())
        assert rows[-1].dtype == np.float64
        arrays[case["name"]] = np.array([rows[count - 1] for count in KEPT])
    (HERE / "optimizers.json").write_text(json.dumps(CASES, indent=1) + "\n")
    np.savez_compressed(HERE / "optimizers.npz", **arrays)


if __name__ == "__main__":
    main()

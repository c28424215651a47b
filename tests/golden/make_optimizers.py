"""Keras 3's optimizers and schedules in float64 as golden numbers: run by hand, never imports netviz.

    KERAS_BACKEND=torch python tests/golden/make_optimizers.py

Writes optimizers.json (the cases in plain settings) and optimizers.npz beside itself: gradients (100, 40), first (40,),
and for each case NAME (7, 40), the weights after 1, 2, 3, 10, 30, 60 and 100 updates of three arrays of the shapes
SHAPES, one behind the other, and NAME/average (40,) where an average is kept. x, y and initial/0 ... are the data and
the first weights of a small network; NAME/loss (4,) is its history, NAME/0 ... its weights after a fit with the case.
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
SHAPES = [(4, 6), (2, 2, 3), (4,)]
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
    {"name": "adadelta", "class": "Adadelta", "arguments": {}},
    {"name": "adadelta_as_in_the_paper", "class": "Adadelta", "arguments": {"learning_rate": 1.0, "rho": 0.8, "epsilon": 1e-6}},
    {"name": "adamax", "class": "Adamax", "arguments": {}},
    {"name": "adamax_short", "class": "Adamax", "arguments": {"learning_rate": 0.02, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01}},
    {"name": "nadam", "class": "Nadam", "arguments": {}},
    {"name": "nadam_short", "class": "Nadam", "arguments": {"learning_rate": 0.02, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01}},
    {"name": "lion", "class": "Lion", "arguments": {}},
    {"name": "lion_short", "class": "Lion", "arguments": {"learning_rate": 0.01, "beta_1": 0.6, "beta_2": 0.7}},
    {"name": "adafactor", "class": "Adafactor", "arguments": {}},
    {"name": "adafactor_other", "class": "Adafactor", "arguments": {"learning_rate": 0.5, "beta_2_decay": -0.6, "epsilon_1": 1e-8, "epsilon_2": 0.1, "clip_threshold": 0.5}},
    {"name": "adafactor_own_step", "class": "Adafactor", "arguments": {"learning_rate": 0.3, "relative_step": False}},
    {"name": "adafactor_schedule", "class": "Adafactor", "schedule": "ExponentialDecay", "arguments": {"initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.8}},
    {"name": "ftrl", "class": "Ftrl", "arguments": {}},
    {"name": "ftrl_power", "class": "Ftrl", "arguments": {"learning_rate": 0.1, "learning_rate_power": -0.7, "initial_accumulator_value": 0.3, "beta": 0.4}},
    {"name": "ftrl_l1_l2", "class": "Ftrl", "arguments": {"learning_rate": 0.1, "l1_regularization_strength": 0.3, "l2_regularization_strength": 0.1}},
    {"name": "ftrl_shrinkage", "class": "Ftrl", "arguments": {"learning_rate": 0.1, "l2_shrinkage_regularization_strength": 0.2}},
    {"name": "sgd_weight_decay", "class": "SGD", "arguments": {"momentum": 0.5, "weight_decay": 0.2}},
    {"name": "adagrad_weight_decay", "class": "Adagrad", "arguments": {"epsilon": 1e-6, "weight_decay": 0.2}},
    {"name": "adadelta_weight_decay", "class": "Adadelta", "arguments": {"learning_rate": 0.5, "weight_decay": 0.2}},
    {"name": "rmsprop_weight_decay", "class": "RMSprop", "arguments": {"momentum": 0.5, "weight_decay": 0.2}},
    {"name": "adamax_weight_decay", "class": "Adamax", "arguments": {"beta_1": 0.8, "weight_decay": 0.2}},
    {"name": "nadam_weight_decay", "class": "Nadam", "arguments": {"beta_1": 0.8, "weight_decay": 0.2}},
    {"name": "lion_weight_decay", "class": "Lion", "arguments": {"learning_rate": 0.002, "weight_decay": 0.2}},
    {"name": "adafactor_weight_decay", "class": "Adafactor", "arguments": {"learning_rate": 0.1, "weight_decay": 0.2}},
    {"name": "ftrl_weight_decay", "class": "Ftrl", "arguments": {"learning_rate": 0.1, "weight_decay": 0.2}},
    {"name": "clipnorm", "class": "SGD", "arguments": {"momentum": 0.9, "clipnorm": 0.5}},
    {"name": "clipnorm_never_reached", "class": "SGD", "arguments": {"clipnorm": 1000.0}},
    {"name": "global_clipnorm", "class": "RMSprop", "arguments": {"global_clipnorm": 1.0}},
    {"name": "global_clipnorm_never_reached", "class": "SGD", "arguments": {"global_clipnorm": 1000.0}},
    {"name": "clipvalue", "class": "Adam", "arguments": {"clipvalue": 0.2, "weight_decay": 0.1}},
    {"name": "clipnorm_adafactor", "class": "Adafactor", "arguments": {"clipnorm": 0.5}},
    {"name": "average", "class": "Adam", "arguments": {"learning_rate": 0.02, "use_ema": True, "ema_momentum": 0.9}},
    {"name": "average_overwrites", "class": "SGD", "arguments": {"learning_rate": 0.02, "momentum": 0.9, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 7}},
    {"name": "average_of_everything", "class": "Nadam", "arguments": {"weight_decay": 0.1, "global_clipnorm": 0.7, "use_ema": True, "ema_overwrite_frequency": 30}},
    {"name": "exponential", "class": "SGD", "schedule": "ExponentialDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8}},
    {"name": "exponential_stairs", "class": "SGD", "schedule": "ExponentialDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8, "staircase": True}},
    {"name": "inverse_time", "class": "SGD", "schedule": "InverseTimeDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8}},
    {"name": "polynomial", "class": "SGD", "schedule": "PolynomialDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 40, "end_learning_rate": 0.01, "power": 2.0}},
    {"name": "polynomial_cycle", "class": "SGD", "schedule": "PolynomialDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 30, "end_learning_rate": 0.01, "cycle": True}},
    {"name": "cosine", "class": "SGD", "schedule": "CosineDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 60, "alpha": 0.2}},
    {"name": "cosine_warmup", "class": "SGD", "schedule": "CosineDecay", "arguments": {"initial_learning_rate": 0.01, "decay_steps": 60, "warmup_target": 0.2, "warmup_steps": 20}},
    {"name": "cosine_restarts", "class": "SGD", "schedule": "CosineDecayRestarts", "arguments": {"initial_learning_rate": 0.1, "first_decay_steps": 9, "m_mul": 0.7, "alpha": 0.05}},
    {"name": "cosine_restarts_even", "class": "SGD", "schedule": "CosineDecayRestarts", "arguments": {"initial_learning_rate": 0.1, "first_decay_steps": 9, "t_mul": 1.0, "m_mul": 0.9}},
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


def parts(vector: np.ndarray) -> list[np.ndarray]:
    """A vector as arrays of SHAPES."""
    ends = np.cumsum([int(np.prod(shape)) for shape in SHAPES])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(vector, ends), SHAPES, strict=True)]


def whole(variables: list[Any]) -> np.ndarray:
    """The arrays as one vector."""
    return np.concatenate([keras.ops.convert_to_numpy(variable).ravel() for variable in variables])


def updated(case: dict[str, Any], first: np.ndarray, gradients: np.ndarray) -> dict[str, np.ndarray]:
    """What a case makes of given gradients."""
    made, variables, rows = optimizer(case), [keras.Variable(part) for part in parts(first)], []
    for gradient in gradients:
        made.apply([keras.ops.convert_to_tensor(part) for part in parts(gradient)], variables)
        rows.append(whole(variables))
    assert rows[-1].dtype == np.float64
    found = {case["name"]: np.array([rows[count - 1] for count in KEPT])}
    if made.use_ema:
        found[case["name"] + "/average"] = whole(made._model_variables_moving_average)
    return found


def fitted(case: dict[str, Any], x: np.ndarray, y: np.ndarray, initial: list[np.ndarray]) -> dict[str, np.ndarray]:
    """What a fit with a case comes to."""
    layers = [keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.set_weights(initial)
    model.compile(optimizer=optimizer(case), loss="mse")
    history = model.fit(x, y, epochs=4, batch_size=16, shuffle=False, verbose=0)
    found = {f"{case['name']}/{place}": weight for place, weight in enumerate(model.get_weights())}
    return {**found, case["name"] + "/loss": np.array(history.history["loss"])}


def main() -> None:
    """Write both files."""
    use_float64()
    rng = np.random.default_rng(12)
    # Scales from 1e-4 to 10, so that every epsilon matters somewhere; two numbers whose gradient stays 0.
    gradients = rng.normal(size=(UPDATES, NUMBERS)) * np.logspace(-4, 1, NUMBERS)
    gradients[:, :2] = 0
    first = rng.normal(size=NUMBERS)
    x = rng.normal(size=(40, 3))
    y = np.sin(x.sum(1, keepdims=True))
    initial = [0.7 * rng.normal(size=shape) for shape in ((3, 4), (4,), (4, 1), (1,))]
    arrays = {"gradients": gradients, "first": first, "kept": np.array(KEPT), "x": x, "y": y}
    arrays |= {f"initial/{place}": weight for place, weight in enumerate(initial)}
    for case in CASES:
        arrays |= updated(case, first, gradients) | fitted(case, x, y, initial)
    (HERE / "optimizers.json").write_text(json.dumps(CASES, indent=1) + "\n")
    np.savez_compressed(HERE / "optimizers.npz", **arrays)


if __name__ == "__main__":
    main()

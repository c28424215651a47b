"""Whole trainings by Keras 3 on PyTorch, in float64, as golden numbers: run by hand, imports Keras and never netviz.

    KERAS_BACKEND=torch python tests/golden/make_keras.py [CASE...]

Writes keras_training.json (the cases in plain settings) and keras_training.npz beside itself: CASE/x, CASE/y,
CASE/initial/0..., CASE/weights_after_K/0..., CASE/history/KEY, CASE/predictions. Rows are not shuffled, and the last
batch is partial.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np

HERE = Path(__file__).resolve().parent
EPOCHS = 5
ROWS = 53

Case = dict[str, Any]


def dense(units: int, activation: str = "linear", **more: Any) -> Case:
    """A dense layer's settings."""
    return {"class": "Dense", "units": units, "activation": activation, **more}


def case(name: str, data: str, layers: list[Case], loss: Any, optimizer: Case | None = None, **more: Any) -> Case:
    """A training's settings; more: class_weight, sample_weight, validation, batch_size, metrics."""
    optimizer = optimizer or {"class": "Adam"}
    return {"name": name, "data": data, "layers": layers, "loss": loss, "optimizer": optimizer,
            "batch_size": 16, "epochs": EPOCHS, "metrics": [], **more}  # fmt: skip


def cases() -> list[Case]:
    """Every loss, optimizer, activation and regularizer, each in at least one training."""
    return [*loss_cases(), *optimizer_cases(), *activation_cases(), *option_cases()]


def loss_cases() -> list[Case]:
    """Losses on the outputs they are made for, and cross-entropies that cannot be fused with their output."""
    linear, one, three = [dense(6, "tanh"), dense(2)], [dense(6, "tanh"), dense(1, "sigmoid")], [dense(6, "tanh"), dense(3, "softmax")]
    return [
        case("mse", "regression", linear, "mean_squared_error", metrics=["mean_absolute_error", "r2_score"]),
        case("mae", "regression", linear, "mean_absolute_error"),
        case("huber", "regression", linear, "huber"),
        case("huber_small_delta", "regression", linear, {"class": "Huber", "delta": 0.3}),
        case("bce", "binary", one, "binary_crossentropy", metrics=["accuracy"], validation=True),
        case("bce_many_outputs", "multilabel", [dense(6, "tanh"), dense(3, "sigmoid")], "binary_crossentropy", metrics=["binary_accuracy"]),
        case("cce", "onehot", three, "categorical_crossentropy", metrics=["accuracy"], validation=True),
        case("sparse_cce", "labels", three, "sparse_categorical_crossentropy", metrics=["accuracy"], validation=True),
        case("bce_on_softmax", "multilabel", three, "binary_crossentropy"),
        case("cce_on_sigmoid", "onehot", [dense(6, "tanh"), dense(3, "sigmoid")], "categorical_crossentropy"),
        case("bce_on_linear", "binary", [dense(6, "tanh"), dense(1)], "binary_crossentropy", {"class": "SGD", "learning_rate": 0.05}),
        case("mse_on_softmax", "onehot", three, "mean_squared_error", metrics=["accuracy"]),
        case("mse_on_sigmoid", "binary", one, "mean_squared_error"),
    ]  # fmt: skip


def optimizer_cases() -> list[Case]:
    """Each optimizer with Keras' defaults and with other settings."""
    settings: list[Case] = [
        {"class": "SGD"}, {"class": "SGD", "learning_rate": 0.1, "momentum": 0.9},
        {"class": "SGD", "learning_rate": 0.1, "momentum": 0.8, "nesterov": True},
        {"class": "Adagrad"}, {"class": "Adagrad", "learning_rate": 0.1, "initial_accumulator_value": 0.01, "epsilon": 1e-3},
        {"class": "RMSprop"}, {"class": "RMSprop", "learning_rate": 0.01, "rho": 0.8, "momentum": 0.5, "epsilon": 1e-4},
        {"class": "RMSprop", "learning_rate": 0.01, "centered": True, "momentum": 0.3, "epsilon": 1e-4},
        {"class": "Adam"}, {"class": "Adam", "learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3, "amsgrad": True},
        {"class": "AdamW"}, {"class": "AdamW", "learning_rate": 0.02, "weight_decay": 0.1},
        {"class": "Adam", "learning_rate": {"class": "ExponentialDecay", "initial_learning_rate": 0.05, "decay_steps": 3, "decay_rate": 0.7}},
    ]  # fmt: skip
    layers = [dense(7, "relu"), dense(1, "sigmoid")]
    return [case(f"optimizer_{i}_{o['class'].lower()}", "binary", layers, "binary_crossentropy", o) for i, o in enumerate(settings)]


def activation_cases() -> list[Case]:
    """Each activation in a hidden layer."""
    names = ["linear", "relu", "leaky_relu", "elu", "gelu", "sigmoid", "tanh", "softplus", "softmax"]
    return [case(f"activation_{n}", "regression", [dense(5, n), dense(2)], "mean_squared_error") for n in names]


def option_cases() -> list[Case]:
    """Penalties, weights of classes and rows, flattened images, an activation layer."""
    head = dense(1, "sigmoid")
    l1, l2 = {"class": "L1", "l1": 0.02}, {"class": "L2", "l2": 0.03}
    both = {"class": "L1L2", "l1": 0.01, "l2": 0.02}
    image = [{"class": "Flatten"}, dense(5), {"class": "Activation", "activation": "relu"}, {"class": "Dropout", "rate": 0.0}, dense(3, "softmax")]
    return [
        case("l1", "binary", [dense(5, "tanh", kernel_regularizer=l1), head], "binary_crossentropy", validation=True),
        case("l2", "binary", [dense(5, "tanh", kernel_regularizer=l2), head], "binary_crossentropy", validation=True),
        case("l1_l2", "binary", [dense(5, "tanh", kernel_regularizer=both, bias_regularizer=l2), head], "binary_crossentropy"),
        case("class_weight", "binary", [dense(5, "tanh"), head], "binary_crossentropy", class_weight={"0": 1.0, "1": 3.5}, metrics=["accuracy"]),
        case("class_weight_three", "labels", [dense(5, "tanh"), dense(3, "softmax")], "sparse_categorical_crossentropy", class_weight={"0": 0.5, "2": 2.0}),
        case("sample_weight", "regression", [dense(5, "tanh"), dense(2)], "mean_squared_error", sample_weight=True),
        case("image", "image", image, "sparse_categorical_crossentropy", metrics=["accuracy"]),
        case("no_bias", "binary", [dense(5, "tanh", use_bias=False), head], "binary_crossentropy"),
    ]  # fmt: skip


def use_float64() -> None:
    """All arithmetic in float64. On PyTorch Keras' promotion rules turn float64 into float32; that is lifted here."""
    from keras.src.backend.common import dtypes

    keras.config.set_floatx("float64")
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    assert dtypes.result_type("float64", "float64") == "float64"


def data(kind: str, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features and targets in float64."""
    rng = np.random.default_rng(seed)
    shape = (rows, 3, 2, 1) if kind == "image" else (rows, 4)
    x = rng.normal(size=shape)
    score = x.reshape(rows, -1) @ rng.normal(size=(x[0].size, 3)) + 0.3 * rng.normal(size=(rows, 3))
    labels = score.argmax(1)
    y = {
        "regression": score[:, :2],
        "binary": (score[:, 0] > 0).astype(np.float64),
        "multilabel": (score > 0).astype(np.float64),
        "onehot": np.eye(3)[labels],
        "labels": labels,
        "image": labels,
    }[kind]
    return x, y


def built(settings: Case | str, family: Any) -> Any:
    """A Keras object from plain settings."""
    if isinstance(settings, str):
        return settings
    arguments = {key: value for key, value in settings.items() if key != "class"}
    for key, value in arguments.items():
        if isinstance(value, dict):
            part = keras.optimizers.schedules if key == "learning_rate" else keras.regularizers
            arguments[key] = built(value, part)
    return getattr(family, settings["class"])(**arguments)


def train(settings: Case) -> dict[str, np.ndarray]:
    """One training's arrays."""
    x, y = data(settings["data"], ROWS, seed=len(settings["name"]))
    arrays: dict[str, np.ndarray] = {"x": x, "y": y}
    model = keras.Sequential([keras.Input(x.shape[1:]), *(built(layer, keras.layers) for layer in settings["layers"])])
    rng = np.random.default_rng(7)
    initial = [0.5 * rng.normal(size=w.shape) for w in model.get_weights()]
    arrays |= {f"initial/{i}": w for i, w in enumerate(initial)}
    model.set_weights(initial)
    model.compile(
        loss=built(settings["loss"], keras.losses),
        optimizer=built(settings["optimizer"], keras.optimizers),
        metrics=settings["metrics"],
    )
    more: Case = {}
    if settings.get("validation"):
        arrays["validation_x"], arrays["validation_y"] = data(settings["data"], 19, seed=99)
        more["validation_data"] = (arrays["validation_x"], arrays["validation_y"])
    if settings.get("sample_weight"):
        arrays["sample_weight"] = more["sample_weight"] = rng.uniform(0.1, 2, size=ROWS)
    if "class_weight" in settings:
        more["class_weight"] = {int(label): weight for label, weight in settings["class_weight"].items()}
    history: dict[str, list[float]] = {}
    for epochs in (1, settings["epochs"] - 1):
        fitted = model.fit(x, y, batch_size=settings["batch_size"], epochs=epochs, shuffle=False, verbose=0, **more)
        for key, values in fitted.history.items():
            history.setdefault(key, []).extend(values)
        done = len(history["loss"])
        arrays |= {f"weights_after_{done}/{i}": w for i, w in enumerate(model.get_weights())}
    arrays |= {f"history/{key}": np.array(values) for key, values in history.items()}
    arrays["predictions"] = model.predict(x, verbose=0)
    return arrays


def main(wanted: list[str]) -> None:
    """Write the chosen cases, or all."""
    use_float64()
    chosen = [settings for settings in cases() if not wanted or settings["name"] in wanted]
    arrays: dict[str, np.ndarray] = {}
    for settings in chosen:
        arrays |= {f"{settings['name']}/{key}": value for key, value in train(settings).items()}
        print(settings["name"], flush=True)
    (HERE / "keras_training.json").write_text(json.dumps(chosen, indent=1) + "\n")
    np.savez_compressed(HERE / "keras_training.npz", **arrays)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Trainings and values by Keras 3 on PyTorch, in float64, as golden numbers: imports Keras and never netviz.

    python tests/golden/make_keras.py

Writes keras_training.json (cases in plain settings) and keras_training.npz: CASE/x, CASE/y, CASE/initial/0...,
CASE/weights_after_K/0..., CASE/history/KEY, CASE/predictions. Rows keep their order, the last batch is partial.
Three families stand in the .npz alone, listed as JSON text under their names: early_stopping (such cases too),
loss_values (NAME/p, y, rows, gradient) and metric_values (NAME/p, y, weights, result, weighted_result).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

HERE = Path(__file__).resolve().parent
EPOCHS = 5
ROWS = 53
STOPPING_SEED = 12

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
        case("class_weight_validated", "binary", [dense(5, "tanh"), head], "binary_crossentropy",
             class_weight={"0": 0.5, "1": 2.0}, validation=True, metrics=["accuracy"]),
        case("sample_weight_and_accuracy", "binary", [dense(5, "tanh"), head], "binary_crossentropy",
             sample_weight=True, metrics=["accuracy"]),
        case("image", "image", image, "sparse_categorical_crossentropy", metrics=["accuracy"]),
        case("no_bias", "binary", [dense(5, "tanh", use_bias=False), head], "binary_crossentropy"),
    ]  # fmt: skip


def stopping_cases() -> list[Case]:
    """Few rows and a large rate: val_loss falls, then worsens, and early stopping has something to judge."""
    stoppings: dict[str, Case] = {
        "patience_0": {},
        "patience_3": {"patience": 3},
        "restored": {"patience": 3, "restore_best_weights": True},
        "restored_though_not_stopped": {"patience": 100, "restore_best_weights": True},
        "min_delta": {"patience": 2, "min_delta": 0.02, "restore_best_weights": True},
        "start_from_epoch": {"patience": 2, "start_from_epoch": 8, "restore_best_weights": True},
        "start_after_the_end": {"start_from_epoch": 100, "restore_best_weights": True},
        "baseline_never_met": {"patience": 4, "baseline": 0.01, "restore_best_weights": True},
        "baseline_met": {"patience": 3, "baseline": 0.393, "restore_best_weights": True},
        "accuracy_rises": {"monitor": "val_accuracy", "patience": 3, "restore_best_weights": True},
        "accuracy_read_as_falling": {"monitor": "val_accuracy", "mode": "min", "restore_best_weights": True},
    }  # fmt: skip
    shared = {"epochs": 25, "validation": True, "metrics": ["accuracy"]}
    layers, adam = [dense(12, "tanh"), dense(1, "sigmoid")], {"class": "Adam", "learning_rate": 0.05}
    return [
        case(f"early_stopping/{name}", "binary", layers, "binary_crossentropy", adam, early_stopping=s, **shared)
        for name, s in stoppings.items()
    ]


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
        "amounts": np.exp(score[:, :2] / 2),
        "sides": np.where(score[:, :1] > 0, 1.0, -1.0),
        "shares": np.exp(score) / np.exp(score).sum(1, keepdims=True),
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


def drawn(settings: Case) -> dict[str, np.ndarray]:
    """A case's training rows, and validation rows where it has some."""
    if "early_stopping" in settings:  # one rule behind all rows, so that val_loss falls before it worsens
        x, y = data(settings["data"], 57, seed=STOPPING_SEED)
        return {"x": x[:19], "y": y[:19], "validation_x": x[19:], "validation_y": y[19:]}
    x, y = data(settings["data"], ROWS, seed=len(settings["name"]))
    if not settings.get("validation"):
        return {"x": x, "y": y}
    validation_x, validation_y = data(settings["data"], 19, seed=99)
    return {"x": x, "y": y, "validation_x": validation_x, "validation_y": validation_y}


def train(settings: Case) -> dict[str, np.ndarray]:
    """One training's arrays."""
    arrays = drawn(settings)
    x, y = arrays["x"], arrays["y"]
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
        more["validation_data"] = (arrays["validation_x"], arrays["validation_y"])
    if settings.get("sample_weight"):
        arrays["sample_weight"] = more["sample_weight"] = rng.uniform(0.1, 2, size=len(x))
    if "class_weight" in settings:
        more["class_weight"] = {int(label): weight for label, weight in settings["class_weight"].items()}
    stretches = [1, settings["epochs"] - 1]
    if "early_stopping" in settings:
        more["callbacks"] = [keras.callbacks.EarlyStopping(**settings["early_stopping"])]
        stretches = [settings["epochs"]]  # each fit() begins to wait anew
    history: dict[str, list[float]] = {}
    for epochs in stretches:
        size = settings["batch_size"]
        fitted = model.fit(x, y, batch_size=size, epochs=epochs, shuffle=False, verbose=0, **more)
        for key, values in fitted.history.items():
            history.setdefault(key, []).extend(values)
        done = len(history["loss"])
        arrays |= {f"weights_after_{done}/{i}": w for i, w in enumerate(model.get_weights())}
    arrays |= {f"history/{key}": np.array(values) for key, values in history.items()}
    arrays["predictions"] = model.predict(x, verbose=0)
    return arrays


def loss_values() -> dict[str, np.ndarray]:
    """Each loss and its gradient, row by row, where a careless formula overflows or has a kink."""
    bits = np.array([[0.0], [1.0]])
    z = np.array([-1e4, -800, -50, -1, 0, 1, 50, 800, 1e4])
    p = np.array([0, 1e-12, 1e-8, 1e-7, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-7, 1 - 1e-8, 1])
    d = np.array([-1e8, -1.5, -1, -0.3, 0, 0.3, 1, 1.5, 1e8])
    logits = np.array([[1e4, 0, -1e4], [50, -50, 0], [0, 0, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, 0], [1, 2, 3]])
    outputs = np.array([[1, 0, 0], [0.5, 0.5, 1e-9], [1, 1, 1], [1e-9, 1e-9, 3e-9], [2, 3, 5], [5, 1e-6, 1]])
    binary, categorical = keras.losses.BinaryCrossentropy, keras.losses.CategoricalCrossentropy
    sparse, three = keras.losses.SparseCategoricalCrossentropy, np.arange(3)
    mse, mae, huber = keras.losses.MeanSquaredError, keras.losses.MeanAbsoluteError, keras.losses.Huber
    values = {
        "bce_of_logits": rows_and_gradient(binary(from_logits=True), *every(z[:, None], bits)),
        "bce_of_probabilities": rows_and_gradient(binary(), *every(p[:, None], bits)),
        "cce_of_logits": rows_and_gradient(categorical(from_logits=True), *every(logits, np.eye(3))),
        "cce_of_outputs": rows_and_gradient(categorical(), *every(outputs, np.eye(3))),
        "sparse_cce_of_logits": rows_and_gradient(sparse(from_logits=True), *every(logits, three)),
        "sparse_cce_of_outputs": rows_and_gradient(sparse(), *every(outputs, three)),
        "mse": rows_and_gradient(mse(), d[:, None], 0 * d[:, None]),
        "mae": rows_and_gradient(mae(), d[:, None], 0 * d[:, None]),
        "huber": rows_and_gradient(huber(), d[:, None], 0 * d[:, None]),
        "huber_small_delta": rows_and_gradient(huber(delta=0.3), d[:, None], 0 * d[:, None]),
    }
    return listed("loss_values", values)


def every(outputs: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each output with each target."""
    return np.repeat(outputs, len(targets), axis=0), np.concatenate([targets] * len(outputs))


def rows_and_gradient(loss: Any, p: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """The loss of each row and its derivative by p, by autograd."""
    loss.reduction = "none"
    watched = torch.tensor(p, requires_grad=True)
    rows = loss(torch.tensor(y), watched)
    rows.sum().backward()
    return {"y": y, "p": p, "rows": rows.detach().numpy(), "gradient": watched.grad.numpy()}


def metric_values() -> dict[str, np.ndarray]:
    """Each metric of stored arrays, with ties and with outputs on the threshold."""
    rng = np.random.default_rng(5)
    p, bits = rng.uniform(size=(40, 1)), rng.integers(0, 2, size=(40, 1)).astype(np.float64)
    p[:4], bits[:4] = 0.5, [[0], [1], [0], [1]]
    scores, labels = rng.normal(size=(40, 3)), rng.integers(0, 3, size=40)
    scores[:3] = [[1, 1, 0], [0, 1, 1], [0, 0, 0]]
    numbers, guesses = rng.normal(size=(40, 2)), rng.normal(size=(40, 2))
    flat = numbers * [0, 1]  # a target that never changes: R² divides by zero
    pairs: dict[str, tuple[Any, np.ndarray, np.ndarray]] = {
        "binary_accuracy": (keras.metrics.BinaryAccuracy, p, bits),
        "binary_accuracy_of_many": (keras.metrics.BinaryAccuracy, rng.uniform(size=(40, 3)), np.eye(3)[labels]),
        "categorical_accuracy": (keras.metrics.CategoricalAccuracy, scores, np.eye(3)[labels]),
        "sparse_categorical_accuracy": (keras.metrics.SparseCategoricalAccuracy, scores, labels),
        "mean_absolute_error": (keras.metrics.MeanAbsoluteError, guesses, numbers),
        "r2_score": (keras.metrics.R2Score, guesses, numbers),
        "r2_score_of_one": (keras.metrics.R2Score, guesses[:, :1], numbers[:, :1]),
        "r2_score_of_a_flat_target": (keras.metrics.R2Score, guesses, flat),
    }
    weights = rng.uniform(0.1, 2, size=40)
    return listed("metric_values", {name: measured(*pair, weights) for name, pair in pairs.items()})


def measured(metric: Any, p: np.ndarray, y: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """A metric without and with weights of rows."""
    plain, weighted = metric(), metric()
    plain.update_state(y, p)
    weighted.update_state(y, p, sample_weight=weights)
    results = {"result": plain.result(), "weighted_result": weighted.result()}
    return {"y": y, "p": p, "weights": weights, **{k: np.array(float(v)) for k, v in results.items()}}


def listed(family: str, members: dict[str, dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """FAMILY/NAME/KEY for every array, and the names as JSON text."""
    arrays = {f"{family}/{name}/{key}": a for name, value in members.items() for key, a in value.items()}
    return {family: np.array(json.dumps(list(members))), **arrays}


def main() -> None:
    """Write everything."""
    use_float64()
    plain, stopping = cases(), stopping_cases()
    arrays: dict[str, np.ndarray] = {"early_stopping": np.array(json.dumps(stopping))}
    for settings in plain + stopping:
        arrays |= {f"{settings['name']}/{key}": value for key, value in train(settings).items()}
        print(settings["name"], flush=True)
    arrays |= loss_values() | metric_values()
    (HERE / "keras_training.json").write_text(json.dumps(plain, indent=1) + "\n")
    np.savez_compressed(HERE / "keras_training.npz", **arrays)


if __name__ == "__main__":
    main()

"""Whole short trainings with each loss by Keras 3 on PyTorch, in float64: imports Keras and never netviz.

    python tests/golden/make_loss_trainings.py

Writes loss_trainings.npz: "cases", JSON of the trainings' settings, and each one's arrays as make_keras.py names them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from make_keras import Case, case, dense, train, use_float64

HERE = Path(__file__).resolve().parent


def of(kind: str, **arguments: Any) -> Case:
    """A loss's settings."""
    return {"class": kind, **arguments}


def cases() -> list[Case]:
    """Every loss where it is usual, with each of its options, with weights, and with outputs it does not ask for."""
    hidden = dense(6, "tanh")
    two, positive, one = [hidden, dense(2)], [hidden, dense(2, "softplus")], [hidden, dense(1)]
    yes, three, many = [hidden, dense(1, "sigmoid")], [hidden, dense(3, "softmax")], [hidden, dense(3, "sigmoid")]
    plain = [hidden, dense(3)]
    weights, classes = {"sample_weight": True}, {"class_weight": {"0": 0.5, "1": 2.0, "2": 1.5}}
    focal, categorical = "BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"
    smooth, logits = {"label_smoothing": 0.1}, {"from_logits": True}
    rows: list[tuple[str, str, list[Case], Any, Case]] = [
        ("mape", "amounts", two, "mean_absolute_percentage_error", {}),
        ("mape_weighted", "amounts", two, "mean_absolute_percentage_error", weights),
        ("msle", "amounts", positive, "mean_squared_logarithmic_error", {"validation": True}),
        ("msle_on_linear", "amounts", two, "mean_squared_logarithmic_error", weights),
        ("log_cosh", "regression", two, "log_cosh", {"validation": True}),
        ("log_cosh_weighted", "regression", two, "log_cosh", weights),
        ("cosine", "regression", two, "cosine_similarity", {"validation": True}),
        ("cosine_weighted", "regression", two, "cosine_similarity", weights),
        ("poisson", "amounts", positive, "poisson", {"validation": True}),
        ("poisson_weighted", "amounts", positive, "poisson", weights),
        ("hinge", "sides", one, "hinge", {"validation": True}),
        ("hinge_of_bits", "binary", [hidden, dense(1, "tanh")], "hinge", classes),
        ("squared_hinge", "sides", one, "squared_hinge", weights),
        ("squared_hinge_of_many", "multilabel", plain, "squared_hinge", {}),
        ("categorical_hinge", "onehot", plain, "categorical_hinge", classes | {"validation": True}),
        ("categorical_hinge_on_softmax", "onehot", three, "categorical_hinge", weights),
        ("kl", "shares", three, "kl_divergence", {"validation": True}),
        ("kl_of_classes", "onehot", three, "kl_divergence", classes),
        ("kl_on_sigmoid", "shares", many, "kl_divergence", weights),
        ("bce_smoothed", "binary", yes, of("BinaryCrossentropy", **smooth), classes),
        ("bce_smoothed_logits", "multilabel", plain, of("BinaryCrossentropy", **smooth, **logits), weights),
        ("cce_smoothed", "onehot", three, of("CategoricalCrossentropy", **smooth), classes | {"validation": True}),
        ("cce_smoothed_logits", "onehot", plain, of("CategoricalCrossentropy", **smooth, **logits), weights),
        ("cce_smoothed_on_sigmoid", "onehot", many, of("CategoricalCrossentropy", **smooth), {}),
        ("focal", "binary", yes, "binary_focal_crossentropy", {"validation": True}),
        ("focal_balanced", "binary", yes, of(focal, apply_class_balancing=True, alpha=0.7, gamma=1.5), classes),
        ("focal_smoothed", "multilabel", many, of(focal, **smooth), weights),
        ("focal_logits", "multilabel", plain, of(focal, gamma=3.0, **logits), {}),
        ("focal_on_softmax", "multilabel", three, of(focal, gamma=0.5), {}),
        ("categorical_focal", "onehot", three, "categorical_focal_crossentropy", classes | {"validation": True}),
        ("categorical_focal_each", "onehot", three, of(categorical, alpha=[0.2, 0.5, 0.9], gamma=1.0), weights),
        ("categorical_focal_smoothed", "onehot", three, of(categorical, **smooth), {}),
        ("categorical_focal_logits", "onehot", plain, of(categorical, **logits), {}),
        ("categorical_focal_on_sigmoid", "onehot", many, of(categorical, gamma=0.5), {}),
    ]  # fmt: skip
    return [case(name, kind, layers, loss, **more) for name, kind, layers, loss, more in rows]


def main() -> None:
    """Write the file."""
    use_float64()
    arrays: dict[str, np.ndarray] = {}
    for settings in cases():
        arrays |= {f"{settings['name']}/{key}": value for key, value in train(settings).items()}
        print(settings["name"], flush=True)
    np.savez_compressed(HERE / "loss_trainings.npz", cases=np.array(json.dumps(cases())), **arrays)


if __name__ == "__main__":
    main()

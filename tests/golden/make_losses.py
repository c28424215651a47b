"""Keras 3's losses of rows and their gradients by PyTorch, in float64, as golden numbers: never imports netviz.

    python tests/golden/make_losses.py

Writes losses.npz beside itself: "cases", JSON of settings by name; for each NAME/y, NAME/p (predictions, or logits
where the settings say so), NAME/rows (the loss of each row) and NAME/gradient (of the rows' sum, in the shape of p).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch
from make_keras import use_float64

HERE = Path(__file__).resolve().parent
ROWS, OUTPUTS = 12, 4


def cases() -> Iterator[tuple[str, str, dict[str, Any], np.ndarray, np.ndarray]]:
    """Name, Keras' class, its arguments, targets and predictions."""
    yield from regressions()
    yield from crossentropies()
    yield from margins_and_divergences()


def regressions() -> Iterator[tuple[str, str, dict[str, Any], np.ndarray, np.ndarray]]:
    """Numbers, with errors of every size; amounts, some of which are 0; vectors, one of which has no direction."""
    rng = np.random.default_rng(4)
    numbers, aims = rng.normal(size=(ROWS, OUTPUTS)) * 3, rng.normal(size=(ROWS, OUTPUTS))
    numbers[0] = [1e8, -1e8, 1e-9, 800.0]
    amounts, guesses = rng.gamma(1.0, 3.0, (ROWS, OUTPUTS)), rng.gamma(1.0, 3.0, (ROWS, OUTPUTS))
    amounts[0], guesses[1] = [0.0, 1e-9, 1e6, 2.0], [1e-9, 1e6, -0.5, 1e-3]
    vectors = aims.copy()
    vectors[2] = 0
    images, others = rng.normal(size=(ROWS, 3, OUTPUTS)), rng.normal(size=(ROWS, 3, OUTPUTS))
    for kind in ("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "Huber", "LogCosh"):
        yield kind, kind, {}, aims, numbers
        yield f"{kind} of steps", kind, {}, images, others
    yield "Huber with a small bend", "Huber", {"delta": 0.3}, aims, numbers
    yield "MeanAbsolutePercentageError of zeros", "MeanAbsolutePercentageError", {}, amounts, guesses
    yield "MeanSquaredLogarithmicError", "MeanSquaredLogarithmicError", {}, amounts, guesses
    yield "MeanSquaredLogarithmicError below zero", "MeanSquaredLogarithmicError", {}, aims, numbers
    yield "CosineSimilarity", "CosineSimilarity", {}, vectors, numbers
    yield "CosineSimilarity of steps", "CosineSimilarity", {}, images, others
    yield "Poisson", "Poisson", {}, amounts, np.abs(guesses)
    yield "Poisson of steps", "Poisson", {}, np.abs(images), np.abs(others)


def crossentropies() -> Iterator[tuple[str, str, dict[str, Any], np.ndarray, np.ndarray]]:
    """Probabilities come close to 0 and 1 and reach beyond the clip, logits are as large as 800."""
    rng = np.random.default_rng(5)
    numbers = rng.normal(size=(ROWS, OUTPUTS)) * 3
    chances = 1 / (1 + np.exp(-numbers))
    chances[0] = [0.0, 1.0, 1e-9, 1 - 1e-9]
    chances[1] = [1e-6, 1 - 1e-6, 0.5, 2e-7]
    moderate = numbers.copy()
    logits = numbers * 2
    logits[0] = [-60.0, 60.0, -800.0, 800.0]
    yes = (rng.random((ROWS, OUTPUTS)) < 0.5).astype(float)
    onehot, soft = np.eye(OUTPUTS)[rng.integers(0, OUTPUTS, ROWS)], rng.dirichlet(np.ones(OUTPUTS), ROWS)
    shares = chances / chances.sum(1, keepdims=True)
    steps = np.eye(OUTPUTS)[rng.integers(0, OUTPUTS, (ROWS, 3))]
    step_shares = rng.dirichlet(np.ones(OUTPUTS), (ROWS, 3))
    smoothing = [("", {}), (" smoothed", {"label_smoothing": 0.15})]
    for label, more in smoothing:
        for kind, y, p in (("Binary", yes, chances), ("Categorical", onehot, shares)):
            name = f"{kind}Crossentropy"
            yield name + label, name, more, y, p
            yield f"{name}{label} of soft targets", name, more, rng.random(y.shape) if kind == "Binary" else soft, p
            yield f"{name}{label} of steps", name, more, steps, step_shares
            yield f"{name}{label} logits", name, more, y, logits
            focal = f"{kind}FocalCrossentropy"
            for gamma in (2.0, 0.0, 0.5, 1.0):  # logits whose probabilities Keras does not clip
                yield f"{focal}{label} {gamma} logits", focal, more | {"gamma": gamma}, y, moderate
                rows = slice(2 if 0 < gamma < 1 else 0, None)  # the slope of a root is infinite at 0
                yield f"{focal}{label} {gamma}", focal, more | {"gamma": gamma}, y[rows], p[rows]
            yield f"{focal}{label} of steps", focal, more, steps, step_shares
        balanced = {"apply_class_balancing": True, "alpha": 0.3} | more
        yield f"BinaryFocalCrossentropy{label} balanced", "BinaryFocalCrossentropy", balanced, yes, chances
        yield f"BinaryFocalCrossentropy{label} balanced logits", "BinaryFocalCrossentropy", balanced, yes, moderate
        each = {"alpha": [0.1, 0.4, 0.2, 0.9]} | more
        yield f"CategoricalFocalCrossentropy{label} each", "CategoricalFocalCrossentropy", each, onehot, shares
        yield f"CategoricalFocalCrossentropy{label} each logits", "CategoricalFocalCrossentropy", each, onehot, moderate
    yield "CategoricalCrossentropy unscaled", "CategoricalCrossentropy", {}, onehot, chances + 0.1
    yield "CategoricalFocalCrossentropy unscaled", "CategoricalFocalCrossentropy", {}, onehot, chances + 0.1
    labels = onehot.argmax(1)
    yield "SparseCategoricalCrossentropy", "SparseCategoricalCrossentropy", {}, labels, shares
    yield "SparseCategoricalCrossentropy logits", "SparseCategoricalCrossentropy", {}, labels, logits


def margins_and_divergences() -> Iterator[tuple[str, str, dict[str, Any], np.ndarray, np.ndarray]]:
    """Sides as 0 and 1 and as -1 and 1, classes, distributions with zeros."""
    rng = np.random.default_rng(6)
    numbers = rng.normal(size=(ROWS, OUTPUTS)) * 1.5
    yes = (rng.random((ROWS, OUTPUTS)) < 0.5).astype(float)
    onehot, soft = np.eye(OUTPUTS)[rng.integers(0, OUTPUTS, ROWS)], rng.dirichlet(np.ones(OUTPUTS), ROWS)
    soft[0], shares = [0, 0, 1e-9, 1], rng.dirichlet(np.ones(OUTPUTS), ROWS)
    shares[1] = [0, 1e-9, 1, 1.2]
    steps = np.eye(OUTPUTS)[rng.integers(0, OUTPUTS, (ROWS, 3))]
    for kind in ("Hinge", "SquaredHinge"):
        yield kind, kind, {}, 2 * yes - 1, numbers
        yield f"{kind} of bits", kind, {}, yes, numbers
        yield f"{kind} of one output", kind, {}, yes[:, :1], numbers[:, :1]
        yield f"{kind} of soft targets", kind, {}, 2 * soft - 0.9, numbers
        yield f"{kind} of steps", kind, {}, steps, rng.normal(size=steps.shape)
    alike = numbers.copy()
    alike[:, 1] = alike[:, 2] = alike[:, 3] = 0.5  # the largest of several that are equal
    for name, y, p in (("", onehot, numbers), (" of soft targets", soft, numbers), (" of ties", onehot, alike),
                       (" of steps", steps, rng.normal(size=steps.shape))):  # fmt: skip
        yield f"CategoricalHinge{name}", "CategoricalHinge", {}, y, p
    yield "KLDivergence", "KLDivergence", {}, soft, shares
    yield "KLDivergence of classes", "KLDivergence", {}, onehot, shares
    yield "KLDivergence of steps", "KLDivergence", {}, steps, rng.dirichlet(np.ones(OUTPUTS), (ROWS, 3))


def judged(kind: str, arguments: dict[str, Any], y: np.ndarray, p: np.ndarray, logits: bool) -> dict[str, np.ndarray]:
    """What Keras gives for rows: the mean over a row's steps of its loss, and the derivative by p."""
    more = {"from_logits": True} if logits else {}
    predictions = torch.tensor(p, requires_grad=True)
    rows = getattr(keras.losses, kind)(reduction=None, **arguments, **more)(torch.tensor(y), predictions)
    rows = rows.reshape(len(rows), -1).mean(1)
    rows.sum().backward()
    assert rows.dtype == torch.float64
    return {"y": y, "p": p, "rows": rows.detach().numpy(), "gradient": predictions.grad.numpy()}


def main() -> None:
    """Write the file."""
    use_float64()
    arrays, settings = {}, {}
    for name, kind, arguments, y, p in cases():
        found = judged(kind, arguments, y, p, "logits" in name)
        arrays |= {f"{name}/{key}": value for key, value in found.items()}
        settings[name] = {"class": kind, "logits": "logits" in name, **arguments}
    np.savez_compressed(HERE / "losses.npz", cases=np.array(json.dumps(settings)), **arrays)


if __name__ == "__main__":
    main()

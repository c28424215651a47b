"""Keras 3's losses of rows and their gradients by PyTorch, in float64, as golden numbers: never imports netviz.

    KERAS_BACKEND=torch python tests/golden/make_losses.py

Writes losses.npz beside itself: for each case NAME/y, NAME/p (predictions, or logits where the name says so),
NAME/rows (the loss of each row) and NAME/gradient (of the rows' sum, in the shape of p).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch

HERE = Path(__file__).resolve().parent
ROWS, OUTPUTS = 12, 4


def use_float64() -> None:
    """All arithmetic in float64. On PyTorch Keras' promotion rules turn float64 into float32; that is lifted here."""
    from keras.src.backend.common import dtypes

    keras.config.set_floatx("float64")
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"


def cases() -> Iterator[tuple[str, Callable[[Any, Any], Any], np.ndarray, np.ndarray]]:
    """Name, loss, targets and predictions; probabilities come close to 0 and 1 and reach beyond the clip."""
    family, rng = keras.losses, np.random.default_rng(4)
    numbers, aims = rng.normal(size=(ROWS, OUTPUTS)) * 3, rng.normal(size=(ROWS, OUTPUTS))
    chances = 1 / (1 + np.exp(-3 * numbers))
    chances[0] = [0.0, 1.0, 1e-9, 1 - 1e-9]
    chances[1] = [1e-6, 1 - 1e-6, 0.5, 2e-7]
    logits = numbers * 2
    logits[0] = [-60.0, 60.0, -800.0, 800.0]
    yes = (rng.random((ROWS, OUTPUTS)) < 0.5).astype(float)
    onehot = np.eye(OUTPUTS)[rng.integers(0, OUTPUTS, ROWS)]
    shares = chances / chances.sum(1, keepdims=True)
    yield "mean_squared_error", family.mean_squared_error, aims, numbers
    yield "mean_absolute_error", family.mean_absolute_error, aims, numbers
    yield "huber", family.huber, aims, numbers
    yield "binary_crossentropy", family.binary_crossentropy, yes, chances
    yield "binary_crossentropy_soft", family.binary_crossentropy, rng.random((ROWS, OUTPUTS)), chances
    yield "categorical_crossentropy", family.categorical_crossentropy, onehot, shares
    yield "categorical_crossentropy_unscaled", family.categorical_crossentropy, onehot, chances + 0.1
    for name, loss, y in (
        ("binary", family.BinaryCrossentropy, yes),
        ("categorical", family.CategoricalCrossentropy, onehot),
    ):
        yield f"{name}_crossentropy_logits", loss(from_logits=True, reduction=None), y, logits


def main() -> None:
    """Write the file."""
    use_float64()
    arrays = {}
    for name, loss, y, p in cases():
        predictions = torch.tensor(p, requires_grad=True)
        rows = loss(torch.tensor(y), predictions)
        rows.sum().backward()
        assert rows.dtype == torch.float64
        found = {"y": y, "p": p, "rows": rows.detach().numpy(), "gradient": predictions.grad.numpy()}
        arrays |= {f"{name}/{key}": value for key, value in found.items()}
    np.savez_compressed(HERE / "losses.npz", **arrays)


if __name__ == "__main__":
    main()

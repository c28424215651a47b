"""Keras' small tools for data and seeds. Source: https://keras.io/api/utils"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.datasets.sequences import pad_sequences
from netviz.i18n import _

__all__ = ["new_seed", "pad_sequences", "set_random_seed", "to_categorical"]

_next: list[int] = []

_MOST_DRAWN = 10**9


def set_random_seed(seed: int) -> None:
    """Seed Python's `random`, NumPy's global generator and the models made from now on.

    The next model's Experiment has this very seed; every further one draws a seed from Python's `random`. Weights,
    shuffling and dropout masks follow from a model's seed alone, so the same script gives the same bits again.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(
            _("A seed is a whole number from 0 to {most}, not {seed}.").format(most=2**32 - 1, seed=repr(seed))
        )
    random.seed(int(seed))
    np.random.seed(int(seed))
    _next[:] = [int(seed)]


def new_seed() -> int:
    """The seed of a new model: what `set_random_seed` has said, else a number from Python's `random`."""
    return _next.pop() if _next else random.randint(1, _MOST_DRAWN)


def to_categorical(x: Any, num_classes: int | None = None) -> Array:
    """Class numbers as one-hot rows: int (...,) or (..., 1) -> float64 (..., num_classes)."""
    labels = np.asarray(x).astype(np.int64)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    count = num_classes or int(labels.max(initial=-1)) + 1
    if labels.size and not 0 <= labels.min() <= labels.max() < count:
        sentence = _("Class numbers must be from 0 to {most}; there are some from {low} to {high}.")
        raise ValueError(sentence.format(most=count - 1, low=labels.min(), high=labels.max()))
    return np.asarray(labels[..., None] == np.arange(count), np.float64)

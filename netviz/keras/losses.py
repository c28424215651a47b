"""Losses under Keras' names, as classes, as functions of arrays and as strings. Source: https://keras.io/api/losses

With from_logits the model's outputs are logits: the engine trains it with a sigmoid or softmax layer behind the last
one, fused with the loss, and predictions are made without it.
"""

# ruff: noqa: N802 (Keras' own names)
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.engine import activations as engine_activations
from netviz.engine import losses as engine
from netviz.i18n import _
from netviz.keras import config
from netviz.keras.arguments import refuse

_NEUTRAL = {
    "label_smoothing": 0.0, "axis": -1, "reduction": "sum_over_batch_size", "ignore_class": None, "dtype": None,
}  # fmt: skip


@dataclass(frozen=True)
class Loss:
    """An engine's loss, and the activation that makes its predictions of logits where the model gives logits.

    name: what Keras would call it.
    """

    value: engine.Loss
    name: str
    logits: engine_activations.Activation | None = None

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """The loss of a batch: the mean over its rows, each times its weight."""
        rows = self.rows(y_true, y_pred)
        return float((rows if sample_weight is None else rows * np.asarray(sample_weight).reshape(-1)).mean())

    def rows(self, y_true: Any, y_pred: Any) -> Array:
        """The loss of each row, (rows,)."""
        p = np.asarray(y_pred)
        p = p if p.dtype in (np.float32, np.float64) else p.astype(config.floatx())
        y = np.asarray(y_true)
        if self.value.targets == "labels":
            y = y.reshape(p.shape[:-1])[..., None] == np.arange(p.shape[-1])
        y = np.asarray(y, p.dtype).reshape(p.shape)
        fused = self.value.fused(self.logits) if self.logits else None
        return fused.rows(p, y) if fused else self.value.rows(p, y)


def _loss(value: engine.Loss, name: str | None, more: dict[str, Any]) -> Loss:
    own = engine.losses.name(type(value))
    refuse(type(value).__name__, {k: float(v) if k == "label_smoothing" else v for k, v in more.items()}, _NEUTRAL)
    return Loss(value, name or own)


def _with_logits(value: engine.Loss, from_logits: bool, name: str | None, more: dict[str, Any]) -> Loss:
    loss = _loss(value, name, more)
    return Loss(loss.value, loss.name, value.outputs[0]()) if from_logits else loss


def MeanSquaredError(name: str | None = None, **more: Any) -> Loss:
    """(1/k)·Σ (p − y)²."""
    return _loss(engine.MeanSquaredError(), name, more)


def MeanAbsoluteError(name: str | None = None, **more: Any) -> Loss:
    """(1/k)·Σ |p − y|."""
    return _loss(engine.MeanAbsoluteError(), name, more)


def Huber(delta: float = 1.0, name: str | None = None, **more: Any) -> Loss:
    """Squared up to delta, linear beyond."""
    return _loss(engine.Huber(delta), name, more)


def BinaryCrossentropy(
    from_logits: bool = False, label_smoothing: float = 0.0, name: str | None = None, **more: Any
) -> Loss:
    """−(1/k)·Σ (y·log p + (1 − y)·log(1 − p))."""
    return _with_logits(engine.BinaryCrossentropy(), from_logits, name, more | {"label_smoothing": label_smoothing})


def CategoricalCrossentropy(
    from_logits: bool = False, label_smoothing: float = 0.0, name: str | None = None, **more: Any
) -> Loss:
    """−Σ y·log p for one-hot rows."""
    return _with_logits(
        engine.CategoricalCrossentropy(), from_logits, name, more | {"label_smoothing": label_smoothing}
    )


def SparseCategoricalCrossentropy(
    from_logits: bool = False, ignore_class: int | None = None, name: str | None = None, **more: Any
) -> Loss:
    """−log p of the right class, for class numbers."""
    return _with_logits(
        engine.SparseCategoricalCrossentropy(), from_logits, name, more | {"ignore_class": ignore_class}
    )


def mean_squared_error(y_true: Any, y_pred: Any) -> Array:
    """The loss of each row."""
    return MeanSquaredError().rows(y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Array:
    """The loss of each row."""
    return MeanAbsoluteError().rows(y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Array:
    """The loss of each row."""
    return Huber(delta).rows(y_true, y_pred)


def binary_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False) -> Array:
    """The loss of each row."""
    return BinaryCrossentropy(from_logits).rows(y_true, y_pred)


def categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False) -> Array:
    """The loss of each row."""
    return CategoricalCrossentropy(from_logits).rows(y_true, y_pred)


def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False) -> Array:
    """The loss of each row."""
    return SparseCategoricalCrossentropy(from_logits).rows(y_true, y_pred)


_MAKERS: dict[Callable[..., Array], Callable[[], Loss]] = {
    mean_squared_error: MeanSquaredError, mean_absolute_error: MeanAbsoluteError, huber: Huber,
    binary_crossentropy: BinaryCrossentropy, categorical_crossentropy: CategoricalCrossentropy,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
}  # fmt: skip


def value_of(identifier: Any) -> Loss:
    """A loss from itself, from its name or from one of the functions above."""
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, str):
        name = identifier.lower() if identifier.isupper() else identifier
        return _loss(engine.losses[name](), identifier, {})
    if callable(identifier) and identifier in _MAKERS:
        return _MAKERS[identifier]()
    sentence = _("A loss is a name or one of netviz.keras.losses, not {found}.")
    raise ValueError(sentence.format(found=repr(identifier)[:80]))

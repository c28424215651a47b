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

_NEUTRAL = {"axis": -1, "reduction": "sum_over_batch_size", "ignore_class": None, "dtype": None}


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


def _loss(value: engine.Loss, name: str | None, more: dict[str, Any], from_logits: bool = False) -> Loss:
    refuse(type(value).__name__, more, _NEUTRAL)
    return Loss(value, name or engine.losses.name(type(value)), value.outputs[0]() if from_logits else None)


def MeanSquaredError(name: str | None = None, **more: Any) -> Loss:
    """(1/k)·Σ (p − y)²."""
    return _loss(engine.MeanSquaredError(), name, more)


def MeanAbsoluteError(name: str | None = None, **more: Any) -> Loss:
    """(1/k)·Σ |p − y|."""
    return _loss(engine.MeanAbsoluteError(), name, more)


def MeanAbsolutePercentageError(name: str | None = None, **more: Any) -> Loss:
    """(100/k)·Σ |p − y|/|y|."""
    return _loss(engine.MeanAbsolutePercentageError(), name, more)


def MeanSquaredLogarithmicError(name: str | None = None, **more: Any) -> Loss:
    """(1/k)·Σ (log(p + 1) − log(y + 1))²."""
    return _loss(engine.MeanSquaredLogarithmicError(), name, more)


def Huber(delta: float = 1.0, name: str | None = None, **more: Any) -> Loss:
    """Squared up to delta, linear beyond."""
    return _loss(engine.Huber(delta), name, more)


def LogCosh(name: str | None = None, **more: Any) -> Loss:
    """(1/k)·Σ log cosh(p − y)."""
    return _loss(engine.LogCosh(), name, more)


def CosineSimilarity(axis: int = -1, name: str | None = None, **more: Any) -> Loss:
    """−Σ p·y/(‖p‖·‖y‖)."""
    return _loss(engine.CosineSimilarity(), name, more | {"axis": axis})


def Hinge(name: str | None = None, **more: Any) -> Loss:
    """(1/k)·Σ max(0, 1 − y·p) for y = −1 or 1; rows of 0 and 1 are read as −1 and 1."""
    return _loss(engine.Hinge(), name, more)


def SquaredHinge(name: str | None = None, **more: Any) -> Loss:
    """(1/k)·Σ max(0, 1 − y·p)²."""
    return _loss(engine.SquaredHinge(), name, more)


def CategoricalHinge(name: str | None = None, **more: Any) -> Loss:
    """max(0, 1 + max (1 − y)·p − Σ y·p)."""
    return _loss(engine.CategoricalHinge(), name, more)


def KLDivergence(name: str | None = None, **more: Any) -> Loss:
    """Σ y·log(y/p)."""
    return _loss(engine.KLDivergence(), name, more)


def Poisson(name: str | None = None, **more: Any) -> Loss:
    """(1/k)·Σ (p − y·log p)."""
    return _loss(engine.Poisson(), name, more)


def BinaryCrossentropy(
    from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1, name: str | None = None, **more: Any
) -> Loss:
    """−(1/k)·Σ (y·log p + (1 − y)·log(1 − p))."""
    return _loss(engine.BinaryCrossentropy(label_smoothing), name, more | {"axis": axis}, from_logits)


def CategoricalCrossentropy(
    from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1, name: str | None = None, **more: Any
) -> Loss:
    """−Σ y·log p for one-hot rows."""
    return _loss(engine.CategoricalCrossentropy(label_smoothing), name, more | {"axis": axis}, from_logits)


def SparseCategoricalCrossentropy(
    from_logits: bool = False, ignore_class: int | None = None, axis: int = -1, name: str | None = None, **more: Any
) -> Loss:
    """−log p of the right class, for class numbers."""
    more = more | {"axis": axis, "ignore_class": ignore_class}
    return _loss(engine.SparseCategoricalCrossentropy(), name, more, from_logits)


def BinaryFocalCrossentropy(
    apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1, name: str | None = None, **more: Any,
) -> Loss:  # fmt: skip
    """Binary cross-entropy times (1 − p of what is true)^gamma; alpha weighs 1 and 1 − alpha weighs 0 where asked."""
    value = engine.BinaryFocalCrossentropy(apply_class_balancing, alpha, gamma, label_smoothing)
    return _loss(value, name, more | {"axis": axis}, from_logits)


def CategoricalFocalCrossentropy(
    alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
    name: str | None = None, **more: Any,
) -> Loss:  # fmt: skip
    """Categorical cross-entropy times alpha·(1 − p)^gamma; alpha: one number, or one for each class."""
    each = tuple(float(a) for a in np.asarray(alpha, np.float64).reshape(-1))
    value = engine.CategoricalFocalCrossentropy(each, gamma, label_smoothing)
    return _loss(value, name, more | {"axis": axis}, from_logits)


_CLASSES: tuple[Callable[..., Loss], ...] = (
    MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredLogarithmicError, Huber, LogCosh,
    CosineSimilarity, Hinge, SquaredHinge, CategoricalHinge, KLDivergence, Poisson, BinaryCrossentropy,
    CategoricalCrossentropy, SparseCategoricalCrossentropy, BinaryFocalCrossentropy, CategoricalFocalCrossentropy,
)  # fmt: skip


def _function(make: Callable[..., Loss]) -> Callable[..., Array]:
    """The function of arrays that goes with a class: (y_true, y_pred, the class's settings) -> the loss of each row."""

    def rows(y_true: Any, y_pred: Any, *settings: Any, **named: Any) -> Array:
        return make(*settings, **named).rows(y_true, y_pred)

    rows.__name__ = rows.__qualname__ = engine.losses.name(engine.losses[make.__name__])
    rows.__doc__ = f"The loss of each row by {make.__name__}, which takes the same settings."
    return rows


_MAKERS = {_function(make): make for make in _CLASSES}
(
    mean_squared_error, mean_absolute_error, mean_absolute_percentage_error, mean_squared_logarithmic_error, huber,
    log_cosh, cosine_similarity, hinge, squared_hinge, categorical_hinge, kl_divergence, poisson, binary_crossentropy,
    categorical_crossentropy, sparse_categorical_crossentropy, binary_focal_crossentropy, categorical_focal_crossentropy,
) = _MAKERS  # fmt: skip


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


def get(identifier: Any) -> Loss | None:
    """The same, and None for None."""
    return None if identifier is None else value_of(identifier)

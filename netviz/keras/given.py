"""From the arrays that a script hands over to the engine's data: shapes checked, what does not fit said in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netviz.arrays import Array, Shape
from netviz.datasets import Arrays, is_mapped
from netviz.engine import losses as engine
from netviz.i18n import _
from netviz.keras.arguments import Unsupported
from netviz.keras.config import Precision


@dataclass(frozen=True)
class Wanted:
    """What a model takes and gives: shapes of one row, its loss, its precision."""

    input_shape: Shape
    output_shape: Shape
    loss: engine.Loss
    dtype: Precision


def features(x: Any, input_shape: Shape | None, dtype: Precision) -> Array:
    """Rows of features (rows, *input_shape) in the model's precision; any shape where none is wanted yet.

    A numpy.memmap stays as it is: its rows are brought to that precision batch by batch, as they are read.
    """
    array = _numbers("x", x)
    if not is_mapped(array):
        array = array.astype(dtype, copy=False)
    if array.ndim == 1 and input_shape in (None, (1,)):
        array = array[:, None]
    if input_shape is not None and array.shape[1:] != input_shape:
        sentence = _("x has the shape {found}, but the model takes rows of the shape {wanted}.")
        raise ValueError(sentence.format(found=array.shape, wanted=input_shape))
    return array


def targets(y: Any, wanted: Wanted) -> Array:
    """Targets in the form of the loss: class numbers (rows,), or numbers (rows, outputs)."""
    array = _numbers("y", y)
    shape = wanted.output_shape
    if len(shape) != 1:
        sentence = _(
            "The model's output has the shape {shape}; only outputs with one axis can be trained. Add Flatten."
        )
        raise ValueError(sentence.format(shape=shape))
    if wanted.loss.targets == "labels":
        return _labels(array, shape[0])
    if array.ndim == 1 and shape == (1,):
        array = array[:, None]
    if array.shape[1:] != shape:
        sentence = _("y has the shape {found}, but the model gives {wanted} numbers for each row.")
        text = sentence.format(found=array.shape, wanted=shape[0])
        if wanted.loss.exclusive:
            text += " " + _("For class numbers use sparse_categorical_crossentropy, or to_categorical.")
        raise ValueError(text)
    return array


def _labels(array: Array, units: int) -> Array:
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        sentence = _(
            "sparse_categorical_crossentropy needs one class number for each row, but y has the shape {shape}."
        )
        text = sentence.format(shape=array.shape)
        raise ValueError(text + " " + _("For one-hot rows use categorical_crossentropy."))
    labels = np.rint(array)
    if len(array) and ((labels != array).any() or labels.min() < 0 or labels.max() >= units):
        sentence = _("y must hold whole class numbers from 0 to {most}: the model gives {units} numbers for each row.")
        raise ValueError(sentence.format(most=units - 1, units=units))
    return labels.astype(np.int64)


def row_weights(weights: Any, rows: int) -> Array | None:
    """Weights of rows, float (rows,)."""
    if weights is None:
        return None
    array = _numbers("sample_weight", weights)
    if array.shape == (rows, 1):
        array = array[:, 0]
    if array.shape != (rows,):
        sentence = _("sample_weight has the shape {shape}; it must hold one number for each of the {rows} rows.")
        raise ValueError(sentence.format(shape=array.shape, rows=rows))
    if not np.isfinite(array).all():
        raise ValueError(_("sample_weight holds numbers that are not finite."))
    return array.astype(np.float64, copy=False)


def count(name: str, value: Any, least: int) -> int:
    """A whole number from `least` on."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        sentence = _("{name} must be a whole number from {least} on, not {found}.")
        raise ValueError(sentence.format(name=name, least=least, found=repr(value)[:40]))
    return int(value)


def classes(class_weight: Any) -> tuple[tuple[int, float], ...]:
    """The engine's class weights from Keras' dictionary."""
    if class_weight is None:
        return ()
    if not isinstance(class_weight, dict):
        raise ValueError(_("class_weight is a dictionary from class numbers to weights, such as {0: 1, 1: 5}."))
    for label, weight in class_weight.items():
        if isinstance(label, bool) or not isinstance(label, (int, np.integer)) or label < 0 or not _weighs(weight):
            sentence = _("class_weight maps class numbers from 0 on to weights from 0 on; it holds {label}: {weight}.")
            raise ValueError(sentence.format(label=repr(label)[:40], weight=repr(weight)[:40]))
    return tuple((int(label), float(weight)) for label, weight in class_weight.items())


def _weighs(weight: Any) -> bool:
    return isinstance(weight, (int, float, np.integer, np.floating)) and 0 <= float(weight) < np.inf


def dataset(
    x: Any, y: Any, weights: Any, wanted: Wanted, held_x: Any = None, held_y: Any = None, held_weights: Any = None
) -> Arrays:
    """Training rows, and behind them the rows held for validation."""
    x = features(x, wanted.input_shape, wanted.dtype)
    y = targets(y, wanted)
    _check_rows(x, y, "x", "y")
    weights = row_weights(weights, len(x))
    held = 0
    if held_x is not None:
        held_x, held_y = features(held_x, wanted.input_shape, wanted.dtype), targets(held_y, wanted)
        _check_rows(held_x, held_y, "validation_data[0]", "validation_data[1]")
        held = len(held_x)
        weights = _joined_weights(weights, row_weights(held_weights, held), len(x), held)
        x, y = np.concatenate([x, held_x]), np.concatenate([y, held_y])
    return Arrays(x, *_task(y, wanted), weights, held)


def split(data: Arrays, fraction: float) -> Arrays:
    """The same rows with the last part of them held for validation, as many as Keras would hold."""
    if not 0 <= fraction < 1:
        raise ValueError(_("validation_split must be from 0 to below 1, not {n}.").format(n=fraction))
    at = int(np.floor(len(data.x) * (1 - fraction)))
    if fraction and at in (0, len(data.x)):
        sentence = _("validation_split={n} leaves no rows on one side; there are {rows} rows.")
        raise ValueError(sentence.format(n=fraction, rows=len(data.x)))
    return Arrays(data.x, data.y, data.task, data.weights, len(data.x) - at)


def _joined_weights(first: Array | None, second: Array | None, rows: int, held: int) -> Array | None:
    if first is None and second is None:
        return None
    first, second = np.ones(rows) if first is None else first, np.ones(held) if second is None else second
    return np.concatenate([first, second])


def _task(y: Array, wanted: Wanted) -> tuple[Array, Any]:
    """Targets and whether they are classes; two classes with one output are kept as such, for whoever opens a project."""
    if wanted.loss.targets == "labels":
        return y, "classification"
    sided = isinstance(wanted.loss, (engine.BinaryCrossentropy, engine.BinaryFocalCrossentropy))
    binary = sided and wanted.output_shape == (1,)
    if binary and np.isin(y, (0, 1)).all():
        return y[:, 0].astype(np.int64), "classification"
    return y.astype(wanted.dtype, copy=False), "regression"


def _check_rows(x: Array, y: Array, x_name: str, y_name: str) -> None:
    if len(x) != len(y):
        sentence = _("{x} has {n} rows and {y} has {m}; there must be one target for each row.")
        raise ValueError(sentence.format(x=x_name, n=len(x), y=y_name, m=len(y)))


def _numbers(name: str, values: Any) -> Array:
    if values is None:
        raise ValueError(_("{name} is missing.").format(name=name))
    if (
        isinstance(values, dict)
        or hasattr(values, "__next__")
        or not (hasattr(values, "__array__") or hasattr(values, "__len__"))
    ):
        sentence = _("{name} is a {kind}; only arrays of numbers are supported.")
        raise Unsupported(sentence.format(name=name, kind=type(values).__name__))
    try:
        array = values if is_mapped(values) else np.asarray(values)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiub" or not array.ndim:
        sentence = _("{name} must be an array of numbers with one row for each sample; it is {kind} of shape {shape}.")
        raise ValueError(sentence.format(name=name, kind=array.dtype, shape=array.shape))
    return array

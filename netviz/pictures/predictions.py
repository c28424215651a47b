"""What a network says: against what is true, on the validation rows or else the training rows; and in what colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.engine.frame import Frame
from netviz.engine.network import Network
from netviz.pictures.colors import class_color, diverging, limit, mixture, packed

_MOST_ROWS = 2000


@dataclass(frozen=True)
class Verdicts:
    """rows: "validation" or "training". confusion (classes, classes): true class by predicted; or true and said."""

    rows: str
    confusion: Array | None = None
    true: Array | None = None
    said: Array | None = None


def verdicts(frame: Frame, network: Network, samples: Samples) -> Verdicts:
    """Confusion counts for classes, (true, predicted) pairs in their own units for a regression."""
    held = len(samples.validation_x) > 0
    x, y = (samples.validation_x, samples.validation_y) if held else (samples.x, samples.y)
    x, y = x[:_MOST_ROWS], y[:_MOST_ROWS]
    said = network.predict(frame.params, x)
    rows = "validation" if held else "training"
    if samples.task == "regression":
        true, told = (samples.in_units(values).reshape(len(x), -1)[:, 0] for values in (y, said))
        return Verdicts(rows, true=true.astype(float), said=told.astype(float))
    flat = said.reshape(len(x), -1)
    classes = max(2, len(samples.classes), flat.shape[1])
    chosen = (flat[:, 0] > 0.5).astype(int) if flat.shape[1] == 1 else flat.argmax(1)
    counts = np.bincount(y.astype(int) * classes + chosen, minlength=classes * classes)
    return Verdicts(rows, confusion=counts.reshape(classes, classes))


def point_colors(y: Array, samples: Samples) -> Array:
    """Points in the colours that a perfect prediction would have: targets (rows, ...) -> uint32 (rows,)."""
    if samples.classes:
        palette = np.array([class_color(place) for place in range(max(2, len(samples.classes)))], float)
        return packed(*palette[y.astype(int)].T)
    values = samples.in_units(y)
    values = values[:, 0] if values.ndim > 1 else values
    return diverging(values, limit(samples.in_units(samples.y)))


def surface_colors(surface: Array, samples: Samples) -> Array:
    """(side, side, outputs) -> colours: classes mixed by their shares, numbers on the diverging scale."""
    if samples.task == "classification":
        single = surface.shape[-1] == 1
        shares = np.clip(np.where(np.isnan(surface), 0.5 if single else 0.0, surface), 0, 1)
        if single:
            return diverging(2 * shares[..., 0] - 1, 1.0)
        return mixture(shares / np.maximum(shares.sum(-1, keepdims=True), 1e-9))
    return diverging(surface[..., 0], limit(samples.in_units(samples.y)))

"""Curves of a training: as many points as a screen can show, without losing a peak."""

from __future__ import annotations

import math

import numpy as np

from netviz.arrays import Array
from netviz.engine.history import History
from netviz.i18n import _

MOST_POINTS = 1500


def points(values: Array, most: int = MOST_POINTS) -> tuple[Array, Array]:
    """(x, y) of a column whose first row is epoch 1: every point, or the smallest and largest of each stretch.

    What is not finite becomes NaN, which leaves a gap.
    """
    y = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    x = np.arange(1, len(y) + 1, dtype=np.float64)
    if len(y) <= most:
        return x, y
    stretch = math.ceil(2 * len(y) / most)
    whole = len(y) // stretch * stretch
    rows = np.where(np.isnan(y[:whole]), 0.0, y[:whole]).reshape(-1, stretch)
    start = np.arange(len(rows)) * stretch
    kept = np.sort(np.stack([start + rows.argmin(1), start + rows.argmax(1)], 1), 1).ravel()
    kept = np.unique(np.concatenate([[0], kept, np.arange(whole, len(y)), [len(y) - 1]]))
    return x[kept], y[kept]


def names(history: History) -> list[str]:
    """The columns worth a curve, without their val_ twins: loss first, then the metrics."""
    plain = [name for name in history.epochs if not name.startswith("val_") and name not in _BOOKKEEPING]
    return sorted(plain, key=lambda name: name != "loss")


_BOOKKEEPING = ("step", "stopped", "watch_from", "best_epoch", "wait")


def caption(name: str) -> str:
    """How the two curves of a column are computed."""
    if name == "loss":
        return _("training: mean over the epoch, penalties included · validation: at its end")
    return _("training: over the epoch, while the weights move · validation: at its end")


def reading(history: History, name: str, epoch: int) -> str:
    """The exact values of one epoch, counted from 1."""
    parts = [_("epoch {n:,}").format(n=epoch)]
    for column, label in ((name, _("training")), (f"val_{name}", _("validation"))):
        values = history.epochs.get(column)
        if values is not None and 0 < epoch <= len(values):
            parts.append(f"{label} {float(values[epoch - 1]):.6g}")
    return "   ".join(parts)


def epochs_range(count: int, planned: int) -> tuple[float, float]:
    """The ends of the axis of epochs, which stay for many epochs: what is planned, once a quarter of it is done."""
    upper = planned if count <= planned <= 4 * count else _round_number(count)
    spare = 0.025 * (max(upper, 2) - 1)
    return 1 - spare, max(upper, 2) + spare


def _round_number(count: int) -> int:
    """The next of 2, 3, 4, 5, 6, 8, 10, 15, 20, 30 and so on."""
    power = 10 ** max(0, math.floor(math.log10(max(count, 1))))
    rounds = (int(part * power) for part in (1, 1.5, 2, 3, 4, 5, 6, 8, 10))
    return next(upper for upper in rounds if upper >= max(count, 2))


def calm_range(values: Array, before: tuple[float, float] | None, from_zero: bool = False) -> tuple[float, float]:
    """The ends of an axis that holds all finite values: those `before` as long as they fit and are not much too far.

    `from_zero`: begin at zero where the smallest value is near it.
    """
    finite = np.clip(values[np.isfinite(values)], -_LARGEST, _LARGEST)
    if not finite.size:
        return before or (0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    if from_zero and 0 <= low < 0.3 * high:
        low = 0.0
    span = high - low or max(abs(high), 1e-12)
    if before is not None and before[0] <= low and high <= before[1] and span >= 0.6 * (before[1] - before[0]):
        return before
    return low - 0.08 * span, high + 0.08 * span


_LARGEST = 1e150  # of what an axis can hold

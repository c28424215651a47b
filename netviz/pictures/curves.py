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

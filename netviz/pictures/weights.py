"""The numbers of a layer as pictures: an image, a histogram, and quantiles that make bands over time."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.pictures.colors import diverging, limit

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_MOST_SIDE = 256


def kernel_image(kernel: Array) -> tuple[Array, float]:
    """(colours, the limit of their scale): a kernel as (rows, columns), strongest entry of each patch when large."""
    flat = kernel.reshape(-1, kernel.shape[-1]) if kernel.ndim > 1 else kernel[None, :]
    at_most = limit(flat)
    return diverging(_reduced(flat), at_most), at_most


def _reduced(values: Array) -> Array:
    """At most _MOST_SIDE rows and columns; of each patch the entry farthest from zero, so that none is hidden."""
    for axis in (0, 1):
        count = values.shape[axis]
        step = -(-count // _MOST_SIDE)
        if step > 1:
            starts = np.arange(0, count, step)
            high, low = np.maximum.reduceat(values, starts, axis), np.minimum.reduceat(values, starts, axis)
            values = np.where(high >= -low, high, low)
    return values


def histogram(values: Array, bins: int = 41) -> tuple[Array, Array]:
    """(edges, counts) of the finite values, on a scale that zero is the middle of."""
    finite = values[np.isfinite(values)].ravel()
    edge = float(np.abs(finite).max()) if finite.size else 0.0
    edges = np.linspace(-(edge or 1.0), edge or 1.0, bins + 1)
    return edges, np.histogram(finite, edges)[0]


def quantiles(values: Array) -> Array:
    """The values below which 5, 25, 50, 75 and 95 % lie, (5,); NaN where nothing is finite."""
    finite = values[np.isfinite(values)]
    return np.quantile(finite, QUANTILES) if finite.size else np.full(len(QUANTILES), np.nan)

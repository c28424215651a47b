"""The numbers of a layer as pictures: an image, a histogram, and quantiles that make bands over time."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.pictures.colors import limit, sample
from netviz.pictures.kernels import CLEAR, plan

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def kernel_image(kernel: Array, gap: int = CLEAR) -> tuple[Array, float]:
    """(colours, the limit of their scale) of an array of any rank, `gap` between its images."""
    at_most = limit(kernel)
    return plan(kernel.shape).colors(kernel, at_most, gap), at_most


def histogram(values: Array, bins: int = 41) -> tuple[Array, Array]:
    """(edges, counts) of the finite values, on a scale that zero is the middle of."""
    finite = values[np.isfinite(values)].ravel()
    edge = float(np.abs(finite).max()) if finite.size else 0.0
    return np.histogram(finite, bins, (-(edge or 1.0), edge or 1.0))[::-1]


def quantiles(values: Array) -> Array:
    """The values below which 5, 25, 50, 75 and 95 % lie, (5,); NaN where nothing is finite."""
    sampled = sample(values)
    finite = sampled[np.isfinite(sampled)]
    return np.quantile(finite, QUANTILES) if finite.size else np.full(len(QUANTILES), np.nan)

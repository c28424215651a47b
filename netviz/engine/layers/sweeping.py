"""Convolution in which every channel has kernels of its own, place by place of the window.

A matrix product for each channel would be a small one, so each place's numbers go over all windows and channels at once.
Images and kernels are those of `netviz.engine.layers.convolving`, with as many groups as channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers.layer import Weights
from netviz.engine.layers.windows import Windows
from netviz.engine.parameters import pieces
from netviz.engine.workspace import Context

_MOST_NUMBERS = 48 * 1024  # of the answers at a time


class _Sweep(NamedTuple):
    """What one place of the windows sees of the images, the answers that it goes into, and its number for each channel.

    at: of that number in a kernel (places, channels, filters of a channel). taps: repeated along the width, as few long
    rows are multiplied quicker than many short ones.
    """

    inside: tuple[slice, slice, slice]
    answers: Array
    taps: Array
    at: tuple[int, slice, int]


def _sweeps(answers: Array, kernel: Array, channels: int, found: Windows, context: Context) -> Iterator[_Sweep]:
    answers = answers.reshape(*answers.shape[:3], channels, -1)
    kernel = kernel.reshape(-1, *answers.shape[3:])
    wide = context.out("taps", (found.out[1], channels))
    for place, (inside, grid, _whole) in enumerate(found.positions):
        for which in range(kernel.shape[-1]):
            np.copyto(wide, kernel[place, :, which])
            yield _Sweep(inside, answers[(*grid, slice(None), which)], wide[grid[2]], (place, slice(None), which))


def swept(x: Array, kernel: Array, bias: Array | None, found: Windows, context: Context) -> Array:
    """z = Σ part·tap + b over the places: (rows, height, width, channels) -> (rows, windows down, across, filters)."""
    z = context.out("z", (len(x), *found.out, kernel.shape[-1]))
    for rows in _some_images(z):
        images, answered = x[rows], z[rows]
        np.copyto(answered, 0 if bias is None else bias)
        for inside, answers, taps, _at in _sweeps(answered, kernel, x.shape[-1], found, context):
            part = images[inside]
            product = np.multiply(part, taps, out=context.out("sent", part.shape))
            np.add(answers, product, out=answers)
    return z


def swept_back(x: Array, kernel: Array, dy: Array, found: Windows, context: Context, grads: Weights) -> Array:
    """∂L/∂x = Σ dz·tap; writes ∂L/∂tap = Σ part·dz over the windows, and ∂L/∂b = Σ dz."""
    dy = np.ascontiguousarray(dy)
    if "bias" in grads:
        context.row_sums(dy.reshape(-1, dy.shape[-1]), grads["bias"])
    channels = x.shape[-1]
    dkernel = grads["kernel"].reshape(-1, channels, dy.shape[-1] // channels)
    dx, sums = context.out("dx", x.shape), context.out("sums", (channels,))
    dkernel.fill(0)
    for rows in _some_images(dy):
        images, below = x[rows], dx[rows]
        below.fill(0)
        for inside, dz, taps, at in _sweeps(dy[rows], kernel, channels, found, context):
            part = images[inside]
            product = np.multiply(part, dz, out=context.out("sent", part.shape))
            dkernel[at] += context.row_sums(product.reshape(-1, channels), sums)
            if not context.first:
                into = below[inside]
                np.add(into, np.multiply(dz, taps, out=product), out=into)
    return dy if context.first else dx


def _some_images(z: Array) -> Iterator[slice]:
    """As many at a time as stay in the cache while every place goes over them."""
    return pieces(0, len(z), max(1, _MOST_NUMBERS * len(z) // max(1, z.size)))

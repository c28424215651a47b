"""Convolution as one matrix product: what the windows hold is laid out in columns, one row for each window.

Images are (rows, height, width, channels). A kernel is (height, width, channels of a group, filters): the filters fall
into groups as the channels do, and a group of filters sees its own channels only. Chellapilla et al., 2006.
"""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers.layer import Weights
from netviz.engine.layers.windows import Windows
from netviz.engine.workspace import Context


def convolved(x: Array, kernel: Array, bias: Array | None, found: Windows, groups: int, context: Context) -> Array:
    """z = columns·W + b: (rows, height, width, channels) -> (rows, windows down, windows across, filters)."""
    z = context.out("z", (len(x), *found.out, kernel.shape[-1]))
    np.matmul(_gathered(x, found, groups, context), _by_group(kernel, groups), out=_by_group(z, groups))
    if bias is not None:  # repeated along the width: few long rows are added quicker than many short ones
        wide = context.out("bias", (found.out[1], len(bias)))
        np.copyto(wide, bias)
        lines = z.reshape(-1, wide.size)
        np.add(lines, wide.reshape(-1), out=lines)
    return z


def convolved_back(
    x: Array, kernel: Array, dy: Array, found: Windows, groups: int, context: Context, grads: Weights
) -> Array:
    """∂L/∂x from dy = ∂L/∂z; writes ∂L/∂W = columnsᵀ·dz and ∂L/∂b = Σ dz, the columns those of the newest forward pass."""
    columns, dz = _columns(x, found, groups, context), _by_group(np.ascontiguousarray(dy), groups)
    np.matmul(columns.swapaxes(-1, -2), dz, out=_by_group(grads["kernel"].reshape(kernel.shape), groups))
    if "bias" in grads:
        context.row_sums(_by_group(dy, 1), grads["bias"])
    if context.first:
        return dy
    dx = context.out("dx", x.shape)
    if found.tiled and groups == 1:  # ∂L/∂columns = dz·Wᵀ, and the columns are x
        np.matmul(dz, _by_group(kernel, 1).T, out=dx.reshape(columns.shape))
        return dx
    # What came from one place of each window goes back there, place by place.
    dx.fill(0)
    sent = context.out("sent", (*dy.shape[:3], x.shape[-1]))
    sent_by_group = _by_group(sent, groups)
    by_place = kernel.reshape(-1, *kernel.shape[2:])
    for place, (inside, grid, whole) in enumerate(found.positions):
        np.matmul(dz, _by_group(by_place[place], groups).swapaxes(-1, -2), out=sent_by_group)
        into = dx[inside]
        np.add(into, sent if whole else sent[grid], out=into)
    return dx


def _by_group(array: Array, groups: int) -> Array:
    """(..., groups·n) -> (groups, rows, n), or (rows, n) where there is one group; the same memory."""
    if groups == 1:
        return array.reshape(-1, array.shape[-1])
    return array.reshape(-1, groups, array.shape[-1] // groups).swapaxes(0, 1)


def _columns(x: Array, found: Windows, groups: int, context: Context) -> Array:
    """Where `_gathered` leaves what it finds, (groups, rows·windows, places·channels of a group), or without groups."""
    count, places = len(x) * found.out[0] * found.out[1], found.sizes[0] * found.sizes[1]
    if groups > 1:
        return context.out("columns", (groups, count, places * x.shape[-1] // groups))
    shape = (count, places * x.shape[-1])
    return x.reshape(shape) if found.tiled else context.out("columns", shape)


def _gathered(x: Array, found: Windows, groups: int, context: Context) -> Array:
    """What the windows hold; nothing is copied where they are the image itself."""
    columns = _columns(x, found, groups, context)
    if found.tiled and groups == 1:
        return columns
    if groups > 1 or found.padded != found.lengths:
        x = _laid(x, found, groups, context)
    pixels = x.reshape(-1, found.padded[0] * found.padded[1], x.shape[-1])
    np.take(pixels, found.places, 1, out=columns.reshape(len(pixels), -1, x.shape[-1]), mode="clip")
    return columns


def _laid(x: Array, found: Windows, groups: int, context: Context) -> Array:
    """Each group's channels apart, with zeros around: (groups, rows, height, width, channels of a group)."""
    above, left = (axis.before for axis in found.axes)
    rows, height, width, channels = x.shape
    laid = context.out("padded", (groups, rows, *found.padded, channels // groups))
    if found.padded != found.lengths:
        laid.fill(0)
    within = laid[:, :, above : above + height, left : left + width]
    np.copyto(within, x.reshape(rows, height, width, groups, -1).transpose(3, 0, 1, 2, 4))
    return laid

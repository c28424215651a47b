"""A small picture of a data set, drawn from its own rows: points in the plane, images, or the table itself."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Data, Dataset
from netviz.pictures.colors import class_color, diverging, limit, packed

SIDE = 56
_PAPER = 0xFFFFFFFF
_POINTS = 160


def thumbnail(dataset: Dataset) -> Array:
    """Colours (SIDE, SIDE), uint32."""
    data = dataset.load()
    if data.row_shape == (2,):
        return _plane(data)
    if len(data.row_shape) == 3:
        return _montage(data)
    return _table(data)


def _plane(data: Data) -> Array:
    """The first rows as dots."""
    picture = np.full((SIDE, SIDE), _PAPER, np.uint32)
    points = data.x[:_POINTS]
    low, high = points.min(0), points.max(0)
    at = (points - low) / np.maximum(high - low, 1e-9) * (SIDE - 8) + 3
    columns, rows = at[:, 0].astype(int), (SIDE - 2 - at[:, 1]).astype(int)
    if data.task == "classification":
        shades = np.array([_pixel(class_color(int(label))) for label in data.y[:_POINTS]], np.uint32)
    else:
        shades = diverging(data.y[:_POINTS, 0], limit(data.y))
    for down in (-1, 0):
        for right in (0, 1):
            picture[np.clip(rows + down, 0, SIDE - 1), np.clip(columns + right, 0, SIDE - 1)] = shades
    return picture


def _montage(data: Data) -> Array:
    """Nine images, three by three, dark on light."""
    height, width = data.row_shape[:2]
    sheet = data.x[:9, :, :, 0].reshape(3, 3, height, width).swapaxes(1, 2).reshape(3 * height, 3 * width)
    grey = 255 * (1 - sheet / max(float(sheet.max()), 1e-9))
    return _stretched(packed(grey, grey, grey))


def _table(data: Data) -> Array:
    """Rows of the table, sorted by what is to be learnt, each column on its own scale."""
    order = np.argsort(data.y.reshape(len(data.y), -1)[:, 0], kind="stable")
    rows = data.x[order[np.linspace(0, len(order) - 1, 28).astype(int)]].astype(float)
    scaled = (rows - rows.mean(0)) / np.maximum(rows.std(0), 1e-9)
    return _stretched(diverging(scaled, 2.0))


def _stretched(colors: Array) -> Array:
    """To SIDE × SIDE by repeating pixels."""
    rows = np.arange(SIDE) * colors.shape[0] // SIDE
    columns = np.arange(SIDE) * colors.shape[1] // SIDE
    return colors[np.ix_(rows, columns)]


def _pixel(rgb: tuple[int, int, int]) -> int:
    return 0xFF000000 | rgb[0] << 16 | rgb[1] << 8 | rgb[2]

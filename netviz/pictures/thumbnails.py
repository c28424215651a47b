"""A small picture of a data set, drawn from its own rows: points or a surface in the plane, images, or the table itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Data, DataProblem, Dataset, Samples
from netviz.pictures.colors import class_color, diverging, limit, packed
from netviz.pictures.predictions import point_colors
from netviz.pictures.units import token_colors, true_colors

SIDE = 44
PAPER = 0xFFFFFFFF
_GREY = 0xFFC8CCD2
_SOME = 500  # rows that a scale is taken of
_POINTS = 110
_FEW = 9  # rows that make no crowd
_MOST_ROWS = 5000  # of a surface
_FAINT = 40  # percent of an image's pixels that count as its ground


def thumbnail(dataset: Dataset, side: int = SIDE, paper: int = PAPER) -> Array:
    """Colours (side, side), uint32, on paper of that colour."""
    try:
        data = dataset.load()
    except DataProblem:  # files that are still to be named
        return np.full((side, side), paper, np.uint32)
    if len(data.x) < _FEW:
        return _stretched(_few(data), side)
    if data.row_shape == (2,):
        return _points(data, side, paper) if data.task == "classification" else _surface(data, side)
    if data.words:
        return _stretched(_tokens(data, paper), side)
    if len(data.row_shape) == 2 and data.row_shape[1] == 1:
        return _waves(data, side, paper)
    if len(data.row_shape) == 2 or len(data.row_shape) == 3 and data.row_shape[2] in (1, 3, 4):
        return _stretched(_montage(data), side)
    return _stretched(_table(data), side)


def row_picture(samples: Samples, row: int, side: int = SIDE) -> Array:
    """One training row, colours (side, side): its place among others in the plane, its image, or its numbers as bars."""
    x = samples.x[row : row + 1][0]
    if samples.row_shape == (2,):
        return _place(samples, row, side)
    if samples.words and x.ndim == 1:
        return _stretched(np.where(x == 0, np.uint32(PAPER), token_colors(x))[None], side)
    if x.ndim == 3 and x.shape[2] in (1, 3):
        grey = x.astype(float).mean(-1)
        shade = 255 * (1 - (grey - grey.min()) / (float(np.ptp(grey)) or 1.0))
        return _stretched(packed(shade, shade, shade), side)
    values = np.nan_to_num(x.reshape(-1).astype(float))
    return _stretched(diverging(values, limit(samples.x[:_SOME].astype(float)))[None], side)


def _place(samples: Samples, row: int, side: int) -> Array:
    """A dot where the row lies, in its own colour, on grey ones."""
    picture = np.full((side, side), PAPER, np.uint32)
    points = samples.x[:_POINTS]
    low, high = points.min(0), points.max(0)
    rows, columns = np.mgrid[0:side, 0:side] + 0.5
    shade = int(point_colors(samples.y[row : row + 1], samples)[0])
    spots = [*((point, side / 40, _GREY) for point in points), (samples.x[row : row + 1][0], side / 9, shade)]
    for point, radius, color in spots:
        x, y = (0.1 + 0.8 * np.clip((point - low) / np.maximum(high - low, 1e-9), 0, 1)) * side
        picture[(columns - x) ** 2 + (rows - (side - y)) ** 2 <= radius**2] = color
    return picture


def _points(data: Data, side: int, paper: int) -> Array:
    """The first rows as round dots."""
    picture = np.full((side, side), paper, np.uint32)
    points = data.x[:_POINTS]
    low, high = points.min(0), points.max(0)
    radius = side / 32
    at = (points - low) / np.maximum(high - low, 1e-9) * (side - 4 * radius) + 2 * radius
    rows, columns = np.mgrid[0:side, 0:side] + 0.5
    for (x, y), label in zip(at, data.y, strict=False):
        picture[(columns - x) ** 2 + (rows - (side - y)) ** 2 <= radius**2] = _pixel(class_color(int(label)))
    return picture


def _surface(data: Data, side: int) -> Array:
    """The targets as a smooth surface over the plane: each place shows the mean of its neighbours."""
    data = replace(data, x=np.array(data.x[:_MOST_ROWS]), y=data.y[:_MOST_ROWS], weights=None)
    low, high = data.x.min(0), data.x.max(0)
    at = (np.arange(side) + 0.5) / side
    x1, x2 = low[0] + at * (high[0] - low[0]), low[1] + at[::-1] * (high[1] - low[1])
    near1 = np.exp(-(((x1[:, None] - data.x[:, 0]) / 0.4) ** 2))  # (side, rows)
    near2 = np.exp(-(((x2[:, None] - data.x[:, 1]) / 0.4) ** 2))
    targets = data.y[:, 0]
    mean = (near2 * targets) @ near1.T / np.maximum(near2 @ near1.T, 1e-9)
    return diverging(mean, limit(mean))


def _montage(data: Data) -> Array:
    """Nine images, three by three, dark on light; of colour images in their colours."""
    height, width, *channels = data.row_shape
    sheet = data.x[:9].reshape(3, 3, height, width, -1).swapaxes(1, 2).reshape(3 * height, 3 * width, -1)
    if channels and channels[0] > 1:
        return true_colors(sheet)
    low, high = (float(end) for end in np.percentile(sheet, (_FAINT, 100)))
    grey = 255 * (high - np.maximum(sheet[..., 0], low)) / max(high - low, 1e-9)
    return packed(grey, grey, grey)


def _tokens(data: Data, paper: int) -> Array:
    """Rows of tokens as they come, each token in its colour, padding as paper."""
    rows = data.x[: min(len(data.x), data.row_shape[0])]
    return np.where(rows == 0, np.uint32(paper), token_colors(rows.ravel()).reshape(rows.shape))


def _waves(data: Data, side: int, paper: int) -> Array:
    """The beginnings of three waveforms, each from its lowest to its highest in every column of pixels."""
    picture = np.full((side, side), paper, np.uint32)
    rows = np.linspace(0, len(data.x) - 1, 3).astype(int)
    chosen = data.x[rows, : max(2, data.row_shape[0] // 5), 0].astype(float)
    starts = np.arange(side) * chosen.shape[1] // side
    low, high = (edge.reduceat(chosen, starts, 1) for edge in (np.minimum, np.maximum))
    high_each = side / 3
    pixels = np.arange(side)[:, None]
    for place, (down, up) in enumerate(zip(low, high, strict=True)):
        middle, half = high_each * (place + 0.5), 0.46 * high_each / max(float(np.abs(chosen[place]).max()), 1e-9)
        top, bottom = np.floor(middle - half * up), np.ceil(middle - half * down)
        picture[(pixels >= top) & (pixels <= bottom)] = _pixel(class_color(int(np.ravel(data.y[rows[place]])[0])))
    return picture


def _few(data: Data) -> Array:
    """Each row's features and targets as they are, from 0 up."""
    numbers = np.concatenate([data.x.reshape(len(data.x), -1), data.y.reshape(len(data.y), -1)], 1).astype(float)
    return diverging(numbers, float(np.abs(numbers).max()) or 1.0)


def _table(data: Data) -> Array:
    """Rows of the table, sorted by what is to be learnt, each column on its own scale."""
    order = np.argsort(data.y.reshape(len(data.y), -1)[:, 0], kind="stable")
    rows = data.x[order[np.linspace(0, len(order) - 1, 28).astype(int)]].reshape(28, -1).astype(float)
    scaled = (rows - rows.mean(0)) / np.maximum(rows.std(0), 1e-9)
    return diverging(scaled, 2.0)


def _stretched(colors: Array, side: int) -> Array:
    """To side × side by repeating pixels."""
    rows = np.arange(side) * colors.shape[0] // side
    columns = np.arange(side) * colors.shape[1] // side
    return colors[np.ix_(rows, columns)]


def _pixel(rgb: tuple[int, int, int]) -> int:
    return 0xFF000000 | rgb[0] << 16 | rgb[1] << 8 | rgb[2]

"""How a layer's answer is drawn: as tiles, small squares, a strip, an image, feature maps, sequences, or a mere bar.

A column is made of tiles, and a tile of the numbers within it: of a unit one, of a feature map its pixels, of a channel of
a sequence its steps. The last axis of an answer counts the tiles, so number i of the answer lies in tile i mod tiles.
Nothing is left out, however many there are: never "the first ten".
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.engine.layers import Flatten, Layer, layers

Kind = Literal["tiles", "squares", "strip", "image", "maps", "sequences", "none"]

MOST_TILES = 12
MOST_SQUARES = 64

# Layers that outside of training hand on what they get; links pass through them.
PASSING = frozenset(
    {
        "flatten", "dropout", "spatial_dropout1d", "spatial_dropout2d", "spatial_dropout3d", "alpha_dropout",
        "gaussian_noise", "gaussian_dropout", "activity_regularization", "masking", "identity",
        "random_flip", "random_rotation", "random_translation", "random_zoom", "random_crop", "random_contrast",
        "random_brightness", "random_noise",
    }
)  # fmt: skip

_TILE, _TILE_SHARE = 50.0, 0.7  # side of a tile, and how much of its place it takes
_TILE_GAP = 0.084  # of the height, between tiles, if there is room
_SQUARE, _SQUARE_GAP = 18.0, 6.0
MOST_IN_ONE, _LEAST_PITCH = 16, 13.0  # squares that stand in one column, smaller where it must be
_STRIP_WIDTH, _CELL = 48.0, 3.2  # a cell of a strip is as high as that, if the columns need not become too narrow
_IMAGE, _LEAST_IMAGE = 168.0, 112.0
_MAP, _LEAST_MAP, _LEAST_SMALL_MAP, _MOSAIC = (
    64.0,
    24.0,
    14.0,
    120.0,
)  # feature maps: largest, smallest, all of very many
_STEP, _WAVE, _NARROW_WAVE, _WIDE_WAVE = (
    6.0,
    26.0,
    64.0,
    130.0,
)  # sequences: a step's width, a channel's height, and limits
_SLIM = 10.0  # the bar of a layer that only hands on


@dataclass(frozen=True)
class Column:
    """The input (layer −1) or a layer. rects: (tiles, 4) as x, y, width, height; bounds: of them all.

    shape: of one row's answer. across: how many tiles stand in a row. grid: rows and columns of numbers in each tile.
    card: the width of the card above.
    """

    layer: int
    kind: Kind
    shape: Shape
    center: float
    rects: Array
    bounds: tuple[float, float, float, float]
    across: int
    card: float
    grid: tuple[int, int] = (1, 1)

    @property
    def units(self) -> int:
        """How many numbers are drawn."""
        return len(self.rects) * self.grid[0] * self.grid[1]

    def left(self, units: Array) -> Array:
        """Where links arrive, (units, 2): at the column's edge, at a height of each number's own."""
        return self._ports(self.bounds[0], units)

    def right(self, units: Array) -> Array:
        """Where links leave, (units, 2)."""
        return self._ports(self.bounds[0] + self.bounds[2], units)

    def _ports(self, x: float, units: Array) -> Array:
        within, tile = np.divmod(units, len(self.rects))
        row, column = np.divmod(within, self.grid[1])
        share = (tile % self.across + (column + 0.5) / self.grid[1]) / self.across
        top, height = self.rects[tile, 1], self.rects[tile, 3]
        return np.stack([np.full(len(units), x), top + height * (row + share) / self.grid[0]], 1)

    def tile_ports(self, right: bool) -> Array:
        """Where the wires of each tile arrive, or leave, (tiles, 2)."""
        x = self.bounds[0] + self.bounds[2] * right
        share = (np.arange(len(self.rects)) % self.across + 0.5) / self.across
        return np.stack([np.full(len(self.rects), x), self.rects[:, 1] + self.rects[:, 3] * share], 1)

    def rect_of(self, unit: int) -> tuple[float, float, float, float]:
        """x, y, width, height of one number's place."""
        within, tile = divmod(unit, len(self.rects))
        row, column = divmod(within, self.grid[1])
        x, y, width, height = self.rects[tile].tolist()
        width, height = width / self.grid[1], height / self.grid[0]
        return x + column * width, y + row * height, width, height

    def unit_at(self, x: float, y: float) -> int | None:
        """The number whose place covers a point."""
        left, top, width, height = self.rects.T
        found = np.flatnonzero((left <= x) & (x < left + width) & (top <= y) & (y < top + height))
        if not len(found):
            return None
        tile = int(found[0])
        row = int((y - top[tile]) / height[tile] * self.grid[0])
        column = int((x - left[tile]) / width[tile] * self.grid[1])
        return (row * self.grid[1] + column) * len(self.rects) + tile

    def pictures(self, values: Array) -> Array:
        """An answer's numbers as a picture for each tile: (units,) -> (tiles, rows, columns)."""
        return np.moveaxis(values.reshape(*self.grid, len(self.rects)), -1, 0)

    def placed(self, x: float, top: float, tall: float) -> Column:
        """The same column with its left edge, card included, at x, centred on the common middle line."""
        width, height = (self.rects[:, :2] + self.rects[:, 2:]).max(0).tolist()
        center = x + max(self.card, width) / 2
        left, above = center - width / 2, top + max(0.0, tall - height) / 2
        rects = self.rects + [left, above, 0, 0]
        return replace(self, rects=rects, center=center, bounds=(left, above, width, height))


def column_of(
    layer: int, value: Layer | None, shape: Shape | None, after: Layer | None, tall: float, scale: float
) -> Column:
    """The column of a layer, not yet in its place; `after` is the layer behind the input, `tall` the height there is.

    What only hands on, and what has no shape yet, is a mere bar.
    """
    if shape is None or value is not None and is_passing(value):
        bar = np.array([[0.0, 0.0, _SLIM, tall]])
        return Column(layer, "none", shape or (), 0.0, bar, (0.0, 0.0, 0.0, 0.0), 1, 0.0)
    kind, grid, tiles = _look(value, shape, after)
    if kind == "image":
        across, rects = 1, _image(shape, tall, scale)
    elif kind == "maps":
        across, rects = _maps(tiles, grid, tall, scale)
    elif kind == "sequences":
        across, rects = 1, _sequences(tiles, grid[1], tall, scale)
    elif kind == "tiles":
        pitch = tall / max(1.0, tiles - 0.3)
        side = min(_TILE * scale, _TILE_SHARE * pitch)
        across, rects = 1, _grid(tiles, 1, (side, side), min(max(0.64 * side, _TILE_GAP * tall), pitch - side))
    else:
        across, rects = _squares(tiles, tall, scale) if kind == "squares" else _strip(tiles, tall, scale)
    return Column(layer, kind, shape, 0.0, rects, (0.0, 0.0, 0.0, 0.0), across, 0.0, grid)


def single(layer: int, shape: Shape, side: float) -> Column:
    """One large tile for a picture of what is predicted."""
    return Column(layer, "tiles", shape, 0.0, _grid(1, 1, (side, side), 0), (0.0, 0.0, 0.0, 0.0), 1, 0.0)


def is_passing(layer: Layer) -> bool:
    """Whether a layer hands on what it gets, as it is, outside of training."""
    return layers.name(type(layer)) in PASSING


def _look(value: Layer | None, shape: Shape, after: Layer | None) -> tuple[Kind, tuple[int, int], int]:
    """(kind, rows and columns of numbers in a tile, tiles)."""
    if value is None and (len(shape) == 3 and shape[2] in (1, 3, 4) or len(shape) == 2 and isinstance(after, Flatten)):
        return "image", (shape[0], size(shape[1:])), 1
    if len(shape) >= 3:
        return "maps", (size(shape[:-2]), shape[-2]), shape[-1]
    if len(shape) == 2:
        return "sequences", (1, shape[0]), shape[1]
    units = size(shape)
    return ("tiles" if units <= MOST_TILES else "squares" if units <= MOST_SQUARES else "strip"), (1, 1), units


def _image(shape: Shape, tall: float, scale: float) -> Array:
    """One tile with the proportions of the image; the channels of a pixel lie side by side within it."""
    height = min(max(_IMAGE * scale, _LEAST_IMAGE) * max(1.0, min(shape[0] / shape[1], 2.0)), tall)
    return _grid(1, 1, (height * shape[1] / shape[0], height), 0)


def _maps(count: int, grid: tuple[int, int], tall: float, scale: float) -> tuple[int, Array]:
    """Feature maps one below the other, in more columns where they would become too small, without gaps if many."""
    ratio = min(max(grid[1] / grid[0], 0.4), 2.5)
    if count > MOST_SQUARES:
        across = max(1, round(math.sqrt(count * min(1.0, _MOSAIC * scale / tall) / ratio)))
        height = min(tall / math.ceil(count / across), _MAP * scale)
        return across, _grid(count, across, (height * ratio, height), 0)
    least = (_LEAST_MAP if count <= MOST_TILES else _LEAST_SMALL_MAP) * min(1.0, scale)
    across = 1
    while across < count and 0.86 * tall / math.ceil(count / across) < least:
        across += 1
    across = next((more for more in range(across, min(across + 3, count + 1)) if count % more == 0), across)
    pitch = tall / math.ceil(count / across)
    height = min(_MAP * scale, 0.86 * pitch)
    return across, _grid(count, across, (height * ratio, height), min(pitch - height, 0.3 * height))


def _sequences(count: int, steps: int, tall: float, scale: float) -> Array:
    """A strip for each channel, its steps from left to right; without gaps if many."""
    width = min(max(steps * _STEP, _NARROW_WAVE), _WIDE_WAVE) * scale
    pitch = tall / count
    height = min(_WAVE * scale, (1.0 if count > MOST_SQUARES else 0.8) * pitch)
    return _grid(count, 1, (width, height), 0.0 if count > MOST_SQUARES else min(pitch - height, 0.5 * height))


def _squares(units: int, tall: float, scale: float) -> tuple[int, Array]:
    """Small squares in as few columns as the height allows, or one or two more where the last row is full then."""
    side, gap = _SQUARE * scale, _SQUARE_GAP * scale
    pitch = (tall + gap) / units
    if side + gap > pitch >= _LEAST_PITCH and units <= MOST_IN_ONE:  # names beside them say more than a second column
        return 1, _grid(units, 1, (0.75 * pitch, 0.75 * pitch), 0.25 * pitch)
    fewest = math.ceil(units / max(1, math.floor((tall + gap) / (side + gap))))
    across = next((more for more in range(fewest, fewest + 3) if units % more == 0), fewest)
    gap = min(max(2 * gap, _LEAST_PITCH - side), (tall - side) / max(1, math.ceil(units / across) - 1) - side)
    return across, _grid(units, across, (side, side), gap)


def _strip(units: int, tall: float, scale: float) -> tuple[int, Array]:
    """A cell for each unit, row by row, none of them too small to be seen as long as there are not too many."""
    wide = _STRIP_WIDTH * scale
    across = math.ceil(min(units * _CELL / tall, math.sqrt(units * 2 * wide / tall)))
    width = max(wide, min(_CELL * across, 2 * wide))
    return across, _grid(units, across, (width / across, tall / math.ceil(units / across)), 0)


def _grid(units: int, across: int, cell: tuple[float, float], gap: float) -> Array:
    """Cells of (width, height) row by row, `across` of them in each."""
    place = np.arange(units)
    (width, height), (row, column) = cell, np.divmod(place, across)
    return np.stack([column * (width + gap), row * (height + gap), np.full(units, width), np.full(units, height)], 1)

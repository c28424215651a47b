"""Where everything in the drawing of a network lies: columns of units, cards above them, links between them.

All in scene coordinates, as arrays: the canvas only paints. A layer of up to 12 units is drawn as tiles, of up to 64 as
small squares, above that as a strip of one line for each unit: never "the first ten".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.engine.layers import Dense, Layer
from netviz.engine.network import Network

Kind = Literal["tiles", "squares", "strip", "none"]

MOST_TILES = 12
MOST_SQUARES = 64
MOST_LINKS = 300  # antialiased curves cost about 0.1 ms each

CARD_WIDTH, CARD_HEIGHT = 136.0, 44.0
TOP = 70.0  # of the units, below the cards
HEIGHT = 400.0  # that the units of a column share
_TILE, _TILE_GAP = 50.0, 32.0
_SQUARE, _SQUARE_GAP = 18.0, 6.0
_STRIP_WIDTH = 44.0
_PORTRAIT = 148.0  # a single output with a picture of its own
_GAP, _WIDEST_GAP = 56.0, 220.0  # between a column and the next, where links run and layers are inserted
_SLIM = 26.0  # the column of a layer without units


@dataclass(frozen=True)
class Column:
    """The input (layer −1) or a layer. rects: (units, 4) as x, y, width, height; bounds: of them all."""

    layer: int
    kind: Kind
    units: int
    center: float
    rects: Array
    bounds: tuple[float, float, float, float]

    @property
    def left(self) -> Array:
        """Where links arrive at each unit, (units, 2)."""
        return np.stack([self.rects[:, 0], self.rects[:, 1] + self.rects[:, 3] / 2], 1)

    @property
    def right(self) -> Array:
        """Where links leave each unit, (units, 2)."""
        return np.stack([self.rects[:, 0] + self.rects[:, 2], self.rects[:, 1] + self.rects[:, 3] / 2], 1)


@dataclass(frozen=True)
class Links:
    """The links of one dense layer: from column `source` to column `target`, kernel entries (source, target)."""

    layer: int
    source: int
    target: int


@dataclass(frozen=True)
class Diagram:
    """Everything's place. insertions: x of the gaps before each layer and after none: layer i goes in at place i."""

    columns: tuple[Column, ...]
    links: tuple[Links, ...]
    insertions: tuple[float, ...]
    width: float
    height: float

    def column(self, layer: int) -> Column:
        """The column of a layer, −1 for the input."""
        return self.columns[layer + 1]


def diagram(network: Network, portrait: bool = False, aspect: float = 1.0) -> Diagram:
    """Lay a network out so that it fills a space whose width is `aspect` times its height, if it can.

    `portrait`: a single output unit gets a large tile for a picture of what is predicted.
    """
    columns, insertions, width = _row(network, portrait, _GAP)
    height = max(TOP + HEIGHT, max(column.bounds[1] + column.bounds[3] for column in columns)) + 16
    spare = (aspect * height - width) / max(1, len(columns) - 1)
    if spare > 0:
        columns, insertions, width = _row(network, portrait, min(_GAP + spare, _WIDEST_GAP))
    return Diagram(tuple(columns), _links(network, columns), tuple(insertions), width, height)


def _row(network: Network, portrait: bool, gap: float) -> tuple[list[Column], list[float], float]:
    """(columns, places to insert a layer, whole width) with that gap between columns."""
    columns: list[Column] = []
    insertions: list[float] = []
    x = 0.0
    for layer, shape in enumerate(network.shapes, start=-1):
        kind, units = _kind(network, layer, shape)
        if layer >= 0:
            insertions.append(x - gap / 2)
        last = layer == len(network.layers) - 1
        column = _column(layer, kind, units, shape, x, portrait and last and units == 1)
        columns.append(column)
        x += _width(column) + gap
    return columns, insertions, x - gap


def _kind(network: Network, layer: int, shape: Shape) -> tuple[Kind, int]:
    units = size(shape)
    if layer >= 0 and not isinstance(network.layers[layer], Dense):
        return "none", units
    return ("tiles" if units <= MOST_TILES else "squares" if units <= MOST_SQUARES else "strip"), units


def _width(column: Column) -> float:
    return max(CARD_WIDTH, column.bounds[2])


def _column(layer: int, kind: Kind, units: int, shape: Shape, x: float, portrait: bool) -> Column:
    if portrait:
        rects = _grid(1, 1, _PORTRAIT, 0)
    elif kind == "tiles":
        gap = min(_TILE_GAP, max(4.0, (HEIGHT - units * 24) / max(1, units)))
        rects = _grid(units, 1, min(_TILE, (HEIGHT + gap) / units - gap), gap)
    elif kind == "squares":
        rects = _squares(units, shape)
    elif kind == "strip":
        line = HEIGHT / units
        rects = np.stack([np.zeros(units), np.arange(units) * line, np.full(units, _STRIP_WIDTH), np.full(units, line)], 1)
    else:
        rects = np.array([[0.0, 0.0, _SLIM, HEIGHT]])
    return _placed(layer, kind, units, rects, x)


def _squares(units: int, shape: Shape) -> Array:
    """Squares in an image's own grid where there is one, else in columns as narrow as the height allows."""
    if len(shape) >= 2 and shape[0] * shape[1] == units:
        return _grid(units, shape[1], _SQUARE, 2.0)
    rows = math.floor((HEIGHT + _SQUARE_GAP) / (_SQUARE + _SQUARE_GAP))
    across = math.ceil(units / rows)
    return _grid(units, across, _SQUARE, _SQUARE_GAP)


def _grid(units: int, across: int, side: float, gap: float) -> Array:
    """Squares row by row, `across` of them in each."""
    place = np.arange(units)
    pitch = side + gap
    return np.stack([place % across * pitch, place // across * pitch, np.full(units, side), np.full(units, side)], 1)


def _placed(layer: int, kind: Kind, units: int, rects: Array, x: float) -> Column:
    """The same rectangles, centred in their column and on the common middle line."""
    width, height = (rects[:, :2] + rects[:, 2:]).max(0)
    center = x + max(CARD_WIDTH, width) / 2
    rects = rects + [center - width / 2, TOP + (HEIGHT - height) / 2, 0, 0]
    bounds = (center - width / 2, TOP + (HEIGHT - height) / 2, float(width), float(height))
    return Column(layer, kind, units, float(center), rects, bounds)


def _links(network: Network, columns: list[Column]) -> tuple[Links, ...]:
    """Each dense layer is linked to the nearest column before it that has units."""
    links, source = [], 0
    for place, layer in enumerate(network.layers):
        if isinstance(layer, Dense):
            if columns[source].units == network.shapes[place][-1]:
                links.append(Links(place, source, place + 1))
            source = place + 1
    return tuple(links)


def strongest(values: Array, most: int = MOST_LINKS) -> Array:
    """The entries of a kernel that are drawn: flat indices, weakest first so that the strong lie on top."""
    flat = np.abs(np.nan_to_num(values.ravel(), nan=np.inf))
    kept = np.argpartition(flat, -most)[-most:] if flat.size > most else np.arange(flat.size)
    return kept[np.argsort(flat[kept], kind="stable")]


def curve(start: Array, end: Array) -> Array:
    """Control points of the curves from start to end, (links, 4, 2): they leave and arrive level."""
    half = (end[:, 0] - start[:, 0])[:, None] / 2
    bend = np.concatenate([half, np.zeros_like(half)], 1)
    return np.stack([start, start + bend, end - bend, end], 1)


def along(curves: Array, points: int) -> Array:
    """Points on cubic curves from end to end: control points (links, 4, 2) -> (points, links, 2)."""
    t = np.linspace(0, 1, points)[:, None, None]
    a, b, c, d = np.moveaxis(curves, 1, 0)
    return np.asarray((1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d)


def layer_line(layer: Layer, shape: Shape) -> str:
    """The second line of a card: size and activation."""
    if isinstance(layer, Dense):
        activation = layer.activation.family.name(type(layer.activation))
        return f"{layer.units} · {activation}"
    return "×".join(map(str, shape))

"""Where everything in the drawing of a network lies: columns of units, cards above them, links between them.

All in scene coordinates, as arrays: the canvas only paints. A layer of up to 12 units is drawn as tiles, of up to 64 as
small squares, above that as a strip of cells, one for each unit: never "the first ten". Images keep their own grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.engine.layers import Activation, Dense, Dropout, Layer
from netviz.engine.network import Network
from netviz.i18n import _

Kind = Literal["tiles", "squares", "strip", "none"]

MOST_TILES = 12
MOST_SQUARES = 64
MOST_LINKS = 300  # antialiased curves cost about 0.1 ms each

CARD_HEIGHT = 44.0
TOP = 70.0  # of the units, below the cards
LOWEST, HEIGHT, TALLEST = 240.0, 400.0, 520.0  # that the units of a column share, by the space there is
_SHRUNK = 0.8  # a low space is filled at no smaller scale than that, if the units can be that low
_LETTER, _CARD_EDGE, _CARD_KEYS = 6.8, 22.0, 46.0  # of a card's text; its edges; room for − and +
_NARROWEST, _WIDEST = 84.0, 190.0  # card
_TILE, _TILE_SHARE = 50.0, 0.7  # side of a tile, and how much of its place it takes
_SQUARE, _SQUARE_GAP = 18.0, 6.0
_STRIP_WIDTH, _CELL = 48.0, 3.2  # a cell of a strip is as high as that, if the columns need not become too narrow
_IMAGE = 168.0
_PORTRAIT = 148.0  # a single output with a picture of its own
_GAP, _WIDEST_GAP = 56.0, 220.0  # between a column and the next, where links run and layers are inserted
_SLIM = 10.0  # the bar of a layer without units of its own


@dataclass(frozen=True)
class Column:
    """The input (layer −1) or a layer. rects: (units, 4) as x, y, width, height; bounds: of them all.

    across: how many units stand in a row. card: the width of the card above.
    """

    layer: int
    kind: Kind
    units: int
    center: float
    rects: Array
    bounds: tuple[float, float, float, float]
    across: int
    card: float

    @property
    def left(self) -> Array:
        """Where links arrive, (units, 2): at the column's edge, at a height of each unit's own."""
        return self._ports(self.bounds[0])

    @property
    def right(self) -> Array:
        """Where links leave, (units, 2)."""
        return self._ports(self.bounds[0] + self.bounds[2])

    def _ports(self, x: float) -> Array:
        share = (np.arange(len(self.rects)) % self.across + 0.5) / self.across
        return np.stack([np.full(len(self.rects), x), self.rects[:, 1] + self.rects[:, 3] * share], 1)

    def unit_at(self, x: float, y: float) -> int | None:
        """The unit that covers a point."""
        left, top, width, height = self.rects.T
        found = np.flatnonzero((left <= x) & (x < left + width) & (top <= y) & (y < top + height))
        return int(found[0]) if len(found) else None


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


def diagram(network: Network, portrait: bool = False, space: tuple[float, float] = (500.0, 500.0)) -> Diagram:
    """Lay a network out so that it fills a space of that width and height on the screen, if it can.

    `portrait`: a single output unit gets a large tile for a picture of what is predicted.
    """
    aspect = space[0] / space[1]
    low = min(max(LOWEST, space[1] / _SHRUNK - TOP - 16), HEIGHT)
    columns, insertions, width = _row(network, portrait, _GAP, low)
    tall = min(max(low, width / aspect - TOP - 16), TALLEST)
    columns, insertions, width = _row(network, portrait, _GAP, tall)
    height = max(TOP + tall, max(column.bounds[1] + column.bounds[3] for column in columns)) + 16
    gap = _GAP + max(0.0, aspect * height - width) / max(1, len(columns) - 1)
    columns, insertions, width = _row(network, portrait, min(gap, _WIDEST_GAP), tall)
    return Diagram(tuple(columns), _links(network, columns), tuple(insertions), width, height)


def _row(network: Network, portrait: bool, gap: float, tall: float) -> tuple[list[Column], list[float], float]:
    """(columns, places to insert a layer, whole width) with that gap between columns, units as high as `tall`."""
    columns: list[Column] = []
    insertions: list[float] = []
    x = 0.0
    for layer, shape in enumerate(network.shapes, start=-1):
        value = network.layers[layer] if layer >= 0 else None
        if layer >= 0:
            insertions.append(x - gap / 2)
        alone = portrait and layer == len(network.layers) - 1 and shape == (1,)
        column = _column(layer, value, shape, x, tall, alone)
        columns.append(column)
        x += max(column.card, column.bounds[2]) + gap
    return columns, insertions, x - gap


def _kind(layer: Layer | None, units: int) -> Kind:
    if layer is not None and not isinstance(layer, Dense):
        return "none"
    return "tiles" if units <= MOST_TILES else "squares" if units <= MOST_SQUARES else "strip"


def _column(layer: int, value: Layer | None, shape: Shape, x: float, tall: float, portrait: bool) -> Column:
    units = size(shape)
    kind = _kind(value, units)
    if kind == "none":
        across, rects = 1, np.array([[0.0, 0.0, _SLIM, tall]])
    elif portrait:
        across, rects = 1, _grid(1, 1, (_PORTRAIT, _PORTRAIT), 0)
    elif kind != "tiles" and len(shape) >= 2:
        across, rects = _image(units, shape, tall)
    elif kind == "tiles":
        pitch = tall / max(1.0, units - 0.3)
        side = min(_TILE, _TILE_SHARE * pitch)
        across, rects = 1, _grid(units, 1, (side, side), min(0.64 * _TILE, pitch - side))
    else:
        across, rects = _squares(units, tall) if kind == "squares" else _strip(units, tall)
    return _placed(layer, kind, units, rects, across, x, tall, card_width(value, shape))


def _image(units: int, shape: Shape, tall: float) -> tuple[int, Array]:
    """(units in a row, rectangles) of an image in its own grid; the channels of a pixel stand side by side."""
    across = units // shape[0]
    height = _IMAGE * min(1.0, tall / _IMAGE) * max(1.0, min(shape[0] / shape[1], 2.0))
    width = height * shape[1] / shape[0]
    return across, _grid(units, across, (width / across, height / shape[0]), 0)


def _squares(units: int, tall: float) -> tuple[int, Array]:
    """Small squares in as few columns as the height allows, or one or two more where the last row is full then."""
    fewest = math.ceil(units / math.floor((tall + _SQUARE_GAP) / (_SQUARE + _SQUARE_GAP)))
    across = next((more for more in range(fewest, fewest + 3) if units % more == 0), fewest)
    gap = min(2 * _SQUARE_GAP, (tall - _SQUARE) / max(1, math.ceil(units / across) - 1) - _SQUARE)
    return across, _grid(units, across, (_SQUARE, _SQUARE), gap)


def _strip(units: int, tall: float) -> tuple[int, Array]:
    """A cell for each unit, row by row, none of them too small to be seen as long as there are not too many."""
    across = math.ceil(min(units * _CELL / tall, math.sqrt(units * 2 * _STRIP_WIDTH / tall)))
    width = max(_STRIP_WIDTH, min(_CELL * across, 2 * _STRIP_WIDTH))
    return across, _grid(units, across, (width / across, tall / math.ceil(units / across)), 0)


def _grid(units: int, across: int, cell: tuple[float, float], gap: float) -> Array:
    """Cells of (width, height) row by row, `across` of them in each."""
    place = np.arange(units)
    (width, height), (row, column) = cell, np.divmod(place, across)
    return np.stack([column * (width + gap), row * (height + gap), np.full(units, width), np.full(units, height)], 1)


def _placed(layer: int, kind: Kind, units: int, rects: Array, across: int, x: float, tall: float, card: float) -> Column:
    """The same rectangles, centred in their column and on the common middle line."""
    width, height = (rects[:, :2] + rects[:, 2:]).max(0).tolist()
    center = x + max(card, width) / 2
    left, top = center - width / 2, TOP + max(0.0, tall - height) / 2
    return Column(layer, kind, units, center, rects + [left, top, 0, 0], (left, top, width, height), across, card)


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


def layer_line(layer: Layer | None, shape: Shape) -> str:
    """The second line of a card: size and what the layer does; the input's where there is no layer."""
    many = "×".join(f"{n:,}" for n in shape)
    if layer is None:
        return _("{n} features").format(n=many) if len(shape) == 1 else many
    if isinstance(layer, (Dense, Activation)):
        return f"{many} · {layer.activation.family.name(type(layer.activation))}"
    return f"{many} · {layer.rate:.0%}" if isinstance(layer, Dropout) else many


def card_width(layer: Layer | None, shape: Shape) -> float:
    """Wide enough for a card's text, with − and + beside it where a layer has them."""
    keys = _CARD_KEYS if isinstance(layer, Dense) else 0.0
    return min(max(_NARROWEST + keys, _LETTER * len(layer_line(layer, shape)) + _CARD_EDGE + keys), _WIDEST)

"""Where everything in the drawing of a network lies: columns of units, and what joins one column to the next.

All in scene coordinates, as arrays: the canvas only paints. Laid out for the space there is, one unit of the scene is one
pixel; only a network that is too wide for that is drawn smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from netviz.arrays import Array, Shape
from netviz.engine.layers import layers
from netviz.engine.parameters import Path, Window
from netviz.pictures.cards import card_width
from netviz.pictures.colors import sample
from netviz.pictures.columns import Column, column_of, is_passing, single
from netviz.pictures.sketch import Drawable

JointKind = Literal["links", "wires", "band"]

MOST_LINKS, MOST_IN_ALL, LEAST_LINKS = 300, 400, 100  # drawn of one layer, of all together, of each layer at least
MOST_WIRES = 64
MOST_ARRAYS = 4  # kernels shown in one band

# Layers without weights that do not work on each channel for itself.
MIXING = frozenset({"permute", "reshape", "repeat_vector", "attention", "additive_attention"})

EDGE = 8.0  # above and below the units
LOWEST, TALLEST = 110.0, 1100.0  # that the units of a column share
_USUAL = 380.0  # a height at which a tile has its usual size
_LEAST_SCALE, _MOST_SCALE = 0.8, 1.7
_PORTRAIT, _LEAST_PORTRAIT, _CAPTION = (
    148.0,
    104.0,
    20.0,
)  # a single output with a picture of its own, and the words below it
_MANY_TIMES = 100
_GAP, _WIDEST_GAP = 48.0, 230.0  # between a column and the next, where links run and layers are inserted
_LEAST_GAP = 32.0
# Shares of the width that a card's words need, of the gaps and of a tile's size, and the least gap: the first that fit
# are taken. Without a share of the words a card has room for its longest word; last of all not even for that.
_TIGHTER = (
    (1, 1, 1, _LEAST_GAP), (0.85, 1, 1, _LEAST_GAP), (0.7, 1, 0.9, _LEAST_GAP), (0.55, 0.9, 0.8, _LEAST_GAP),
    (0.4, 0.8, 0.7, _LEAST_GAP), (0, 0.65, 0.7, _LEAST_GAP), (0, 0.65, 0.55, _LEAST_GAP), (0, 0.6, 0.5, 20.0),
    (-1, 0.55, 0.5, 20.0), (-1, 0.45, 0.45, 14.0),
)  # fmt: skip
_SLIM_GAP = 34.0  # on both sides of a mere bar
_BAND = 64.0  # room for kernels in a gap, besides the room for the band itself


@dataclass(frozen=True)
class Joint:
    """What joins column `target`, that of a layer, to column `source`, which its numbers come from.

    links: one for each entry of the kernel (source, target). wires: one from each tile to its like, as wide as the layer's
    scale where it has one. band: everything to everything; the kernels are drawn as pictures. paths: of the arrays shown.
    """

    layer: int
    source: int
    target: int
    kind: JointKind
    paths: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Diagram:
    """Everything's place. insertions: x of the gaps before each layer and after none, layer i goes in at place i;
    and of the place for the first layer, if there is none."""

    columns: tuple[Column, ...]
    joints: tuple[Joint, ...]
    insertions: tuple[float, ...]
    width: float
    height: float

    def column(self, layer: int) -> Column:
        """The column of a layer, −1 for the input."""
        return self.columns[layer + 1]

    def joint(self, layer: int) -> Joint | None:
        """What leads to a layer."""
        return next((joint for joint in self.joints if joint.layer == layer), None)

    @property
    def links(self) -> tuple[Joint, ...]:
        """The joints that draw every weight."""
        return tuple(joint for joint in self.joints if joint.kind == "links")


Space = tuple[float, float]


def diagram(
    network: Drawable, portrait: bool = False, space: Space = (500.0, 500.0), margins: Space = (0.0, 0.0)
) -> Diagram:
    """Lay a network out so that it fills a space of that width and height on the screen, if it can.

    `portrait`: a single output unit gets a large tile for a picture of what is predicted. margins: room for names to the
    left of the input's column and to the right of the output's.
    """
    tall = min(max(space[1] - 2 * EDGE, LOWEST), TALLEST)
    scale = min(max(tall / _USUAL, _LEAST_SCALE), _MOST_SCALE)
    columns = _columns(network, portrait, tall, scale)
    joints = _joints(network, columns)
    for share, tight, small, closest in _TIGHTER:
        columns = _columns(network, portrait, tall, small * scale)
        columns = [replace(found, card=card_width(network, found.layer, share)) for found in columns]
        gaps = [max(tight * gap, closest) for gap in _gaps(columns, joints, small * scale)]
        least = sum(map(_room, columns)) + sum(gaps) + _overhang(columns, margins)
        if least <= space[0]:
            break
    spare = max(0.0, space[0] - least) / max(1, len(gaps))
    gaps = [max(gap, min(gap + spare, _WIDEST_GAP * scale)) for gap in gaps]
    placed, insertions, width = _row(columns, gaps, margins, tall)
    if not network.layers:  # a place for the first one
        insertions, width = [width + _GAP], width + 2 * _GAP
    return Diagram(tuple(placed), joints, tuple(insertions), width, tall + 2 * EDGE)


def _columns(network: Drawable, portrait: bool, tall: float, scale: float) -> list[Column]:
    found: list[Column] = []
    first = next((layer for layer in network.layers), None)
    for layer, shape in enumerate(network.shapes, start=-1):
        value = network.layers[layer] if layer >= 0 else None
        if portrait and layer == len(network.layers) - 1 and shape == (1,) and not (value and is_passing(value)):
            found.append(single(layer, shape, min(max(_PORTRAIT * scale, _LEAST_PORTRAIT), tall - 2 * _CAPTION)))
        else:
            found.append(column_of(layer, value, shape, first, tall, scale))
    return found


def _room(column: Column) -> float:
    """The width that a column takes, with the card above."""
    return max(column.card, float((column.rects[:, 0] + column.rects[:, 2]).max()))


def _overhang(columns: Sequence[Column], margins: Space) -> float:
    """How much further than their columns' room the names at both ends reach."""
    return sum(_beyond(columns[end], margin) for end, margin in ((0, margins[0]), (-1, margins[1])))


def _beyond(column: Column, margin: float) -> float:
    wide = float((column.rects[:, 0] + column.rects[:, 2]).max())
    return max(0.0, wide / 2 + margin - _room(column) / 2)


def _gaps(columns: list[Column], joints: Sequence[Joint], scale: float) -> list[float]:
    """The least distance before each column but the first."""
    gaps = []
    for place in range(1, len(columns)):
        bare = "none" in (columns[place].kind, columns[place - 1].kind)
        joint = next((joint for joint in joints if joint.target == place), None)
        pictured = joint is not None and joint.kind == "band" and joint.paths
        gaps.append(_GAP + _BAND * scale if pictured else _SLIM_GAP if bare else _GAP)
    return gaps


def _row(
    columns: list[Column], gaps: list[float], margins: Space, tall: float
) -> tuple[list[Column], list[float], float]:
    """(columns in their places, places to insert a layer, whole width)."""
    x = _beyond(columns[0], margins[0])
    placed: list[Column] = []
    insertions: list[float] = []
    for column, gap in zip(columns, [0.0, *gaps], strict=True):
        if placed:
            insertions.append(x + gap / 2)
        x += gap
        placed.append(column.placed(x, EDGE, tall))
        x += _room(column)
    return placed, insertions, x + _beyond(columns[-1], margins[1])


def _joints(network: Drawable, columns: list[Column]) -> tuple[Joint, ...]:
    """Each layer that makes numbers of its own is joined to the nearest column before it that has numbers."""
    joints, source = [], 0
    for place in range(len(network.layers)):
        if columns[place + 1].kind == "none":
            continue
        joints.append(_joint(network, place, source, columns[source], columns[place + 1]))
        source = place + 1
    return tuple(joints)


def _joint(network: Drawable, layer: int, source: int, before: Column, after: Column) -> Joint:
    ours = [window for window in network.windows if window.path[0] == layer]
    wide = [window for window in ours if len(window.shape) >= 2 and not _is_elementwise(window, after.shape)]
    shapes = [(window.path[1:], window.shape) for window in wide]
    if shapes == [(("kernel",), (before.units, after.units))]:
        return Joint(layer, source, layer + 1, "links", (wide[0].path,))
    alike = len(before.rects) == len(after.rects) <= MOST_WIRES
    if not wide and alike and layers.name(type(network.layers[layer])) not in MIXING:
        scales = [
            window.path for window in ours if window.path[1:] == ("gamma",) and window.shape == (len(after.rects),)
        ]
        return Joint(layer, source, layer + 1, "wires", tuple(scales))
    kernels = sorted(wide, key=lambda window: window.path[-1] == "bias")  # that of gates has two rows
    return Joint(layer, source, layer + 1, "band", tuple(window.path for window in kernels[:MOST_ARRAYS]))


def _is_elementwise(window: Window, answer: Shape) -> bool:
    """Whether an array works on each number of the answer for itself: a slope or a scale, but no kernel."""
    if str(window.path[-1]).endswith("kernel") or len(window.shape) != len(answer):
        return False
    return all(mine in (1, theirs) for mine, theirs in zip(window.shape, answer, strict=True))


def shares(counts: Sequence[int]) -> list[int]:
    """How many links of each layer are drawn, when it has so many: layers with few leave the others more."""
    found = [0] * len(counts)
    left = MOST_IN_ALL
    for done, place in enumerate(sorted(range(len(counts)), key=lambda place: counts[place])):
        fair = max(LEAST_LINKS, left // (len(counts) - done))
        found[place] = min(counts[place], fair, MOST_LINKS)
        left = max(0, left - found[place])
    return found


def strongest(values: Array, most: int = MOST_LINKS) -> Array:
    """The entries of a kernel that are drawn: flat indices, weakest first so that the strong lie on top."""
    flat = np.abs(values.reshape(-1))
    if np.isnan(flat.max(initial=0.0)):
        flat = np.nan_to_num(flat, nan=np.inf, posinf=np.inf)
    kept = np.arange(flat.size)
    if flat.size > _MANY_TIMES * most:  # most can be left out at once, by what a sample says
        sampled = sample(flat)
        rank = len(sampled) - 1 - min(len(sampled) - 1, 3 * most * len(sampled) // flat.size + 3)
        likely = np.flatnonzero(flat >= np.partition(sampled, rank)[rank])
        kept = likely if len(likely) >= most else kept
    if len(kept) > most:
        kept = kept[np.argpartition(flat[kept], -most)[-most:]]
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

"""The words beside and below the columns: names of features and classes, and what a portrait shows."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontMetrics

from netviz.arrays import Shape
from netviz.datasets import Samples
from netviz.pictures.cards import portrait_caption
from netviz.pictures.columns import MOST_TILES, Column
from netviz.pictures.sketch import Drawable

LETTERS = 11  # pixels high
_WIDEST_LABEL = 124
NAMES_SHARE = 0.22  # of the width, for the names at either side
_MOST_NAMES = 16  # beside a column; more would not be legible
_LONG_WORD = "recommend"
_LEAST_PITCH = 12.0  # of tiles with names beside them
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def labels(layer: int, network: Drawable, samples: Samples) -> tuple[str, ...]:
    """The names of the features beside the input, of the classes or targets beside the output; letters where none are known."""
    shape, last = network.shapes[layer + 1], layer == len(network.layers) - 1
    if layer < 0:
        return tuple(map(pretty, samples.features)) or _letters("x", shape)
    if not last:
        return ()
    if shape == (1,) and samples.targets in ((), ("y",)):
        return samples.classes  # a single y needs no name
    return samples.classes or tuple(samples.targets) or _letters("y", shape)


def _letters(letter: str, shape: Shape | None) -> tuple[str, ...]:
    few = shape is not None and len(shape) == 1 and shape[0] <= MOST_TILES
    return tuple(pretty(f"{letter}{n + 1}") for n in range(shape[0])) if few and shape is not None else ()


def longest(layer: int, samples: Samples) -> str:
    """What may come to stand in the place of a name: a word where features are tokens."""
    return _LONG_WORD if layer < 0 and samples.words else ""


def margins(network: Drawable, samples: Samples, room: float) -> tuple[float, float]:
    """Room for the names at the left of the drawing and at its right, where there are not too many."""
    names, titles = labels(-1, network, samples), labels(len(network.layers) - 1, network, samples)
    wide = label_width((*names, longest(-1, samples)), room) + 18.0 if 0 < len(names) <= _MOST_NAMES else 0.0
    if not samples.classes:  # what is wanted of them comes to stand there too
        titles = tuple(f"{name} ◂ −0.00" for name in titles)
    fits = network.shapes[-1] == (len(titles),) and len(titles) <= _MOST_NAMES
    return wide, label_width(titles, room) + 18.0 if fits else 0.0


def caption(layer: int, network: Drawable, samples: Samples) -> str:
    """What stands below the output's portrait."""
    return portrait_caption(network.layers[layer], samples) if layer == len(network.layers) - 1 else ""


def pretty(name: str) -> str:
    """x1 as x₁; other names as they are."""
    return name[0] + name[1:].translate(_LOW) if name[:1] in ("x", "y") and name[1:].isdigit() else name


def label_width(labels: tuple[str, ...], room: float) -> int:
    """How much of a room names beside tiles take."""
    font = QFont()
    font.setPixelSize(LETTERS)
    widest = min(_WIDEST_LABEL, int(room))
    return min(widest, max((QFontMetrics(font).horizontalAdvance(text) for text in labels), default=0))


def can_be_named(column: Column, labels: tuple[str, ...]) -> bool:
    """Whether names have room beside the tiles of a column."""
    if column.across != 1 or len(labels) != len(column.rects) or column.kind not in ("tiles", "squares", "sequences"):
        return False
    return len(labels) == 1 or float(column.rects[1, 1] - column.rects[0, 1]) >= _LEAST_PITCH

"""What a frame puts into the units of a layer: functions over the plane, pictures, values, words; and their biases."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtGui import QColor

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.engine.layers import Layer, layers
from netviz.engine.parameters import Path
from netviz.gui.canvas.units import UnitsItem
from netviz.pictures.colors import diverging
from netviz.pictures.encodings import Filling
from netviz.pictures.predictions import point_colors
from netviz.pictures.surface import Plane
from netviz.pictures.units import activation_of, colors, images, tile_pictures, token_colors, token_word

_MOST_POINTS = 220
_LARGE = 80.0  # a tile wider than that has room for more digits


def fill(units: UnitsItem, filling: Filling, functions: Mapping[int, Array] | None, network: tuple[Layer, ...]) -> None:
    """Show what the units of a layer of these have learnt, or the numbers that fill them."""
    column = units.column
    activation = activation_of(network[column.layer] if column.layer >= 0 else None)
    if functions is not None and column.layer in functions and column.kind == "tiles":
        units.show_functions(images(functions[column.layer], activation))
        return
    values = filling.values.get(column.layer)
    if values is None or len(values) != column.units:
        return
    packed = colors(values, activation) if filling.at_most is None else diverging(values, filling.at_most)
    told: list[str] = []
    if column.layer in filling.told and column.kind == "tiles":
        told = [spoken(value, large=float(column.rects[0, 2]) > _LARGE) for value in values.tolist()]
    if column.grid != (1, 1):
        plain = filling.at_most is None
        units.show_pictures(tile_pictures(values, column, activation) if plain else column.pictures(packed))
    elif column.layer < 0 and _reads_tokens(network):
        words = [token_word(value, filling.words) for value in values.tolist()]
        units.show_tokens(token_colors(values), words)
    else:
        units.show_colors(packed, told)


def spoken(value: float, large: bool = False) -> str:
    """A number that a tile has room for, a large one for more digits."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if large:
        text = f"{value:.4f}" if not size or 1e-3 <= size < 1e4 else f"{value:.2e}"
    else:
        text = f"{value:.2f}" if not size or 0.01 <= size < 100 else f"{value:.0e}"
    mantissa, _e, exponent = text.partition("e")
    return (f"{mantissa}e{int(exponent)}" if exponent else mantissa).replace("-", "−")


def show_points(units: UnitsItem, samples: Samples) -> None:
    """The training rows as points over the large tile of an output."""
    plane, points = Plane.around(samples), samples.x[:_MOST_POINTS]
    spot = (points - plane.low) / (plane.high - plane.low)
    spot[:, 1] = 1 - spot[:, 1]
    fills = [QColor.fromRgb(packed) for packed in point_colors(samples.y[:_MOST_POINTS], samples).tolist()]
    units.show_points(spot, fills)


def biases(numbers: Mapping[Path, Array], layer: int, tiles: int) -> Array | None:
    """A layer's biases, or what is shown in their place, where each tile has one."""
    bias = numbers.get((layer, "bias"))
    return bias if bias is not None and bias.shape == (tiles,) else None


def _reads_tokens(network: tuple[Layer, ...]) -> bool:
    """Whether the input's numbers are numbers of words, which are neither large nor small."""
    first = next(iter(network), None)
    return first is not None and layers.name(type(first)) == "embedding"

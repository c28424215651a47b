"""What a frame puts into the units of a layer: functions over the plane, pictures, values, words; and their biases."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine.frame import Frame
from netviz.engine.layers import Layer, layers
from netviz.engine.parameters import Parameters
from netviz.gui.canvas.units import UnitsItem
from netviz.pictures.surface import Answers
from netviz.pictures.units import activation_of, colors, images, tile_pictures, token_colors


def fill(units: UnitsItem, frame: Frame, network: tuple[Layer, ...]) -> None:
    """Show what the units of a layer of these have learnt, or what they answer to the row at hand."""
    column = units.column
    activation = activation_of(network[column.layer] if column.layer >= 0 else None)
    functions = frame.probed.get("unit_functions")
    if functions is not None and column.layer in functions and column.kind == "tiles":
        units.show_functions(images(functions[column.layer], activation))
        return
    answers: Answers | None = frame.probed.get("unit_values")
    values = answers.values.get(column.layer) if answers is not None else None
    if values is None or len(values) != column.units:
        return
    if column.grid != (1, 1):
        units.show_pictures(tile_pictures(values, column, activation))
    elif column.layer < 0 and _reads_tokens(network):
        units.show_colors(token_colors(values), [f"{value:.0f}" for value in values.tolist()])
    else:
        units.show_colors(colors(values, activation))


def biases(numbers: Parameters, layer: int, tiles: int) -> Array | None:
    """A layer's biases where each tile has one."""
    bias = numbers[layer].get("bias") if layer >= 0 else None
    return bias if isinstance(bias, np.ndarray) and bias.shape == (tiles,) else None


def _reads_tokens(network: tuple[Layer, ...]) -> bool:
    """Whether the input's numbers are numbers of words, which are neither large nor small."""
    first = next(iter(network), None)
    return first is not None and layers.name(type(first)) == "embedding"

"""What the mouse or the selection is on, and the exact numbers that it has in a frame, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.engine.frame import Frame
from netviz.engine.network import layer_names
from netviz.engine.parameters import Parameters, Path
from netviz.i18n import _
from netviz.pictures.colors import short
from netviz.pictures.diagram import Diagram
from netviz.pictures.microscope.equation import place as counted
from netviz.pictures.sketch import Drawable
from netviz.pictures.surface import Answers
from netviz.pictures.units import token_word


@dataclass(frozen=True)
class Spot:
    """A unit, a link or an entry of a kernel. layer −1 is the input; source is the sending unit of a link.

    path: of the array whose entry number `unit` is meant; empty for a unit or a link.
    """

    layer: int
    unit: int
    source: int | None = None
    path: Path = ()

    @property
    def is_unit(self) -> bool:
        """Whether it is a unit."""
        return self.source is None and not self.path

    @property
    def is_bias(self) -> bool:
        """Whether it is the bias of a unit."""
        return self.path[1:] == ("bias",)


def exists(spot: Spot, diagram: Diagram) -> bool:
    """Whether a drawing has such a unit, link or entry."""
    if not -1 <= spot.layer < len(diagram.columns) - 1:
        return False
    joint = diagram.joint(spot.layer)
    if spot.is_bias:
        return spot.unit < len(diagram.column(spot.layer).rects)
    if spot.path:
        return joint is not None and spot.path in joint.paths
    column = diagram.column(spot.layer)
    if column.kind == "none" or spot.unit >= column.units:
        return False
    linked = joint is not None and joint.kind == "links"
    return spot.source is None or linked and spot.source < diagram.columns[joint.source].units  # type: ignore[union-attr]


def words(spot: Spot, frame: Frame, network: Drawable, diagram: Diagram, samples: Samples) -> str:
    """The spot's name and numbers."""
    if spot.path:
        shape = at(frame.params, spot.path).shape
        if spot.unit >= int(np.prod(shape)):
            return ""
        place = tuple(int(i) for i in np.unravel_index(spot.unit, shape))
        name = " ".join((layer_names(network.layers)[spot.layer], "/".join(map(str, spot.path[1:]))))
        return f"{name}[{counted(place)}]:   {_numbers('b' if spot.is_bias else 'w', frame, spot.path, place)}"
    name = _named(spot.layer, spot.unit, network, samples)
    if spot.source is None:
        return name + _unit_words(spot, frame, diagram)
    joint = diagram.joint(spot.layer)
    assert joint is not None
    sender = _named(joint.source - 1, spot.source, network, samples)
    return f"{sender} → {name}:   {_numbers('w', frame, joint.paths[0], (spot.source, spot.unit))}"


def at(numbers: Parameters, path: Path) -> Array:
    """The array at a path."""
    found: Any = numbers[int(path[0])]
    for part in path[1:]:
        found = found[part]
    array: Array = found
    return array


def _numbers(letter: str, frame: Frame, path: Path, place: tuple[int, ...]) -> str:
    parts = {letter: frame.params, f"∂L/∂{letter}": frame.grads, f"Δ{letter}": frame.updates}
    return "   ".join(f"{sign}\u00a0=\u00a0{exact(at(numbers, path)[place])}" for sign, numbers in parts.items())


def _named(layer: int, unit: int, network: Drawable, samples: Samples) -> str:
    """A unit's layer and number, counted from 1 as everywhere, with the name of its feature or class where it has one."""
    if layer < 0:
        name, titles = _("input"), samples.features
    else:
        last = layer == len(network.layers) - 1
        name, titles = layer_names(network.layers)[layer], samples.classes if last else ()
    shape = network.shapes[layer + 1]
    title = titles[unit] if shape == (len(titles),) else ""
    title = f" “{title}”" if title.isdigit() else f" {title}" if title else ""
    place = tuple(int(i) for i in np.unravel_index(unit, shape)) if shape else ()
    return f"{name}[{counted(place)}]{title}"


def _unit_words(spot: Spot, frame: Frame, diagram: Diagram) -> str:
    parts = []
    channel = spot.unit % len(diagram.column(spot.layer).rects)
    if spot.layer >= 0:
        bias = frame.params[spot.layer].get("bias")
        if isinstance(bias, np.ndarray) and bias.shape == (len(diagram.column(spot.layer).rects),):
            parts.append(_numbers("b", frame, (spot.layer, "bias"), (channel,)))
    answers: Answers | None = frame.probed.get("unit_values")
    values = answers.values.get(spot.layer) if answers is not None else None
    if answers is not None and values is not None and spot.unit < len(values):
        sign = "x" if spot.layer < 0 else "a"
        row = _("(training row {n:,})").format(n=answers.row + 1)
        word = f" “{token_word(float(values[spot.unit]), answers.words)}”" if spot.layer < 0 and answers.words else ""
        parts.append(f"{sign} = {short(float(values[spot.unit]))}{word} {row}")
    return ":   " + "   ".join(parts) if parts else ""


def exact(number: float) -> str:
    """A number with all the digits that its precision has, and its sign."""
    return f"{float(number):+.7g}".replace("-", "−")


def briefer(words: str) -> tuple[str, str]:
    """The same words with fewer digits, and without the last number, for where there is little room."""
    number = r"[+−]\d+\.\d+(?:e[−+-]?\d+)?"
    brief = re.sub(number, lambda found: short(float(found[0].replace("−", "-"))), words)
    return brief, brief.partition("   Δ")[0]

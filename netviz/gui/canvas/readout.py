"""What the mouse or the selection is on, and the exact numbers that it has in a frame, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.engine.frame import Frame
from netviz.engine.network import Network, layer_names
from netviz.i18n import _
from netviz.pictures.colors import short
from netviz.pictures.diagram import Diagram


@dataclass(frozen=True)
class Spot:
    """A unit or a link of the drawing. layer −1 is the input; source is the sending unit of a link, None for a unit."""

    layer: int
    unit: int
    source: int | None = None


def exists(spot: Spot, diagram: Diagram) -> bool:
    """Whether a drawing has such a unit or link."""
    if not -1 <= spot.layer < len(diagram.columns) - 1:
        return False
    column = diagram.column(spot.layer)
    if column.kind == "none" or spot.unit >= column.units:
        return False
    links = [links for links in diagram.links if links.layer == spot.layer]
    return spot.source is None or bool(links) and spot.source < diagram.columns[links[0].source].units


def words(spot: Spot, frame: Frame, network: Network, diagram: Diagram, samples: Samples) -> str:
    """The spot's name and numbers."""
    name = _named(spot.layer, spot.unit, network, samples)
    if spot.source is None:
        return name + _unit_words(spot, frame)
    links = next(links for links in diagram.links if links.layer == spot.layer)
    sender = _named(links.source - 1, spot.source, network, samples)
    parts = {"w": frame.params, "∂L/∂w": frame.grads, "Δw": frame.updates}
    place = (spot.source, spot.unit)
    numbers = "   ".join(f"{sign} = {exact(p[spot.layer]['kernel'][place])}" for sign, p in parts.items())
    return f"{sender} → {name}:   {numbers}"


def _named(layer: int, unit: int, network: Network, samples: Samples) -> str:
    """A unit's layer and number, with the name of its feature or class where it has one."""
    if layer < 0:
        name, titles = _("input"), samples.features
    else:
        last = layer == len(network.layers) - 1
        name, titles = layer_names(network.layers)[layer], samples.classes if last else ()
    count = network.shapes[layer + 1]
    title = f" {titles[unit]}" if count == (len(titles),) and titles[unit] != str(unit) else ""
    return f"{name}[{unit}]{title}"


def _unit_words(spot: Spot, frame: Frame) -> str:
    text = ""
    if spot.layer >= 0 and "bias" in frame.params[spot.layer]:
        parts = {"b": frame.params, "∂L/∂b": frame.grads, "Δb": frame.updates}
        numbers = [f"{sign} = {exact(p[spot.layer]['bias'][spot.unit])}" for sign, p in parts.items()]
        text = ":   " + "   ".join(numbers)
    values: Mapping[int, Array] = frame.probed.get("unit_values") or {}
    if spot.layer in values and spot.unit < len(values[spot.layer]):
        sign = "x" if spot.layer < 0 else "a"
        text += ("   " if text else ":   ") + f"{sign} = {short(float(values[spot.layer][spot.unit]))}"
        text += " " + _("(first training row)")
    return text


def exact(number: float) -> str:
    """A number with all the digits that its precision has, and its sign."""
    return f"{float(number):+.7g}".replace("-", "−")

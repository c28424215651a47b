"""What lies under the mouse, and how what is pointed at or selected stands out among units, links and kernels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QPointF

from netviz.gui.canvas.band import BandItem
from netviz.gui.canvas.links import LinksItem
from netviz.gui.canvas.readout import Spot
from netviz.gui.canvas.units import UnitsItem


def spot_at(
    point: QPointF, units: Mapping[int, UnitsItem], bands: Iterable[BandItem], links: Iterable[LinksItem]
) -> Spot | None:
    """The bias, unit, entry or link at a point of the scene; units lie above links, and their biases above them."""
    for layer, item in units.items():
        bias = item.bias_at(point)
        if bias is not None:
            return Spot(layer, bias, path=(layer, "bias"))
    for layer, item in units.items():
        unit = item.unit_at(point)
        if unit is not None:
            return Spot(layer, unit)
    for band in bands:
        entry = band.entry_at(point)
        if entry is not None:
            return Spot(band.joint.layer, entry[1], path=entry[0])
    for wires in links:
        link = wires.link_at(point) if wires.sceneBoundingRect().contains(point) else None
        if link is not None and wires.joint.kind == "links":
            source, unit = divmod(link, wires.shape_of[1])
            return Spot(wires.joint.layer, unit, source)
        if link is not None:
            return Spot(wires.joint.layer, link, path=wires.joint.paths[0])
    return None


def mark(
    kind: str, spot: Spot | None, units: Mapping[int, UnitsItem], bands: Iterable[BandItem], links: Iterable[LinksItem]
) -> None:
    """Have a spot, or none, drawn as `hovered` or `selected`."""
    for layer, item in units.items():
        setattr(item, kind, spot.unit if spot and (spot.is_unit or spot.is_bias) and spot.layer == layer else None)
        item.update()
    for band in bands:
        ours = spot is not None and spot.path in band.joint.paths
        setattr(band, kind, (spot.path, spot.unit) if ours and spot else None)
        band.update()
    for wires in links:
        link = None
        if spot and spot.source is not None and spot.layer == wires.joint.layer:
            link = spot.source * wires.shape_of[1] + spot.unit
        elif spot and spot.path and spot.path in wires.joint.paths:
            link = spot.unit
        setattr(wires, kind, link)
        wires.update()


def point_out(spot: Spot | None, links: Sequence[LinksItem]) -> None:
    """Let the links of a unit stand out before all others; of nothing else."""
    for wires in links:
        if spot is None or not spot.is_unit:
            wires.point_out()
        elif wires.joint.source - 1 == spot.layer:
            wires.point_out(source=spot.unit)
        elif wires.joint.layer == spot.layer:
            wires.point_out(target=spot.unit)
        else:
            wires.point_out()

"""What is picked in the network lies under the microscope, and what is pointed at there is lit in the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netviz.engine.layers.recurrent import Recurrent
from netviz.engine.network import Network
from netviz.engine.parameters import Path
from netviz.gui.canvas.readout import Spot
from netviz.pictures.diagram import Diagram
from netviz.pictures.microscope import Item

if TYPE_CHECKING:
    from netviz.gui.panel import Panel
    from netviz.gui.panels.microscope import MicroscopePanel
    from netviz.gui.window import Window


class Picking:
    """The two ways between a window's canvas and its microscope."""

    def __init__(self, window: Window) -> None:
        """The canvas is there from the start, the microscope comes with the panels."""
        self._window = window
        self._met: dict[str, Panel] = {}
        self._picked: Item | None = None
        window.canvas.scene.selected.connect(self._pick)
        window.canvas.scene.hovered.connect(self._light)
        window.canvas.numbers_wanted.connect(lambda layer, name: self.open(Item("layer", layer, name)))

    def meet(self) -> None:
        """Listen to the panels that are there now."""
        window = self._window
        for name, panel in window.panels.items():
            if self._met.get(name) is panel:
                continue
            self._met[name] = panel
            panel.edited.connect(window.edit)
            panel.asked.connect(window.ask)
            panel.opened.connect(self.open)
            if name == "microscope":
                panel.lit.connect(self._point)  # type: ignore[attr-defined]
                panel.picked.connect(self._picked_out)  # type: ignore[attr-defined]
            else:
                panel.pick(self._picked)
            if name in ("prediction", "microscope"):
                panel.row_picked.connect(window.canvas.rows.choose)  # type: ignore[attr-defined]

    def _panel(self) -> MicroscopePanel | None:
        return self._window.panels.get("microscope")  # type: ignore[return-value]

    def _pick(self, spot: Spot | None) -> None:
        item = self._item(spot)
        if item is None:
            return
        self._picked = item
        for panel in self._window.panels.values():
            panel.pick(item)
        if not any(panel.explains for panel in self._window.arrangement.visible()):
            self._window.arrangement.reveal("microscope")

    def _picked_out(self, item: Item) -> None:
        """Something was picked in the microscope's tables: the other panels and the drawing follow."""
        self._picked = item
        for name, panel in self._window.panels.items():
            if name != "microscope":
                panel.pick(item)
        self._window.canvas.scene.follow(self._spot(item))

    def open(self, item: Item) -> None:
        """Put an item that another panel names under the microscope."""
        panel = self._panel()
        if panel is not None:
            self._window.arrangement.reveal("microscope")
            panel.pick(item)
            if item.row is not None:
                panel.choose_row(item.row)

    def _light(self, spot: Spot | None) -> None:
        panel = self._panel()
        if panel is not None:
            panel.light(self._item(spot), lambda item: self._spot(item) == spot)

    def _point(self, item: Item | None) -> None:
        """Light the unit or the link that an item stands for."""
        self._window.canvas.scene.point_at(self._spot(item))

    def _spot(self, item: Item | None) -> Spot | None:
        scene, network = self._window.canvas.scene, self._window.network
        if item is None or scene.diagram is None or network is None:
            return None
        return spot_of(item, network, scene.diagram)

    def _item(self, spot: Spot | None) -> Item | None:
        scene, network = self._window.canvas.scene, self._window.network
        if spot is None or network is None or scene.diagram is None:
            return None
        return item_of(spot, network, scene.diagram)


def item_of(spot: Spot, network: Network, diagram: Diagram) -> Item | None:
    """The number that a spot stands for: a link's weight, an entry of an array, or a unit's output."""
    if spot.path:
        shape = next(window.shape for window in network.windows if window.path == spot.path)
        return Item("weight", spot.layer, "/".join(map(str, spot.path[1:])), _place(spot.unit, shape))
    if spot.source is not None:
        joint = diagram.joint(spot.layer)
        if joint is None or not joint.paths:
            return None
        return Item("weight", spot.layer, "/".join(map(str, joint.paths[0][1:])), (spot.source, spot.unit))
    shape = network.shapes[spot.layer + 1]
    return Item("unit", spot.layer, "", _place(spot.unit, shape)) if shape else None


def spot_of(item: Item, network: Network, diagram: Diagram) -> Spot | None:
    """Where an item is drawn, or the unit that it is nearest to; None for what is not, such as the loss."""
    if item.kind == "weight":
        return _spot_of_weight(item, network, diagram)
    if item.kind in ("loss", "layer") or not item.index or not -1 <= item.layer < len(network.layers):
        return None
    shape = network.shapes[item.layer + 1]
    if item.kind == "part":
        return _spot_of_part(item, network, shape)
    return _unit_at(item, shape) if "/" not in item.name else None  # a layer inside a layer is not drawn


def path_of(item: Item) -> Path:
    """The path of the array that a weight is in."""
    return (item.layer, *item.name.split("/"))


def _unit_at(item: Item, shape: tuple[int, ...]) -> Spot | None:
    """The unit with the item's index; None where the layer has none such."""
    fits = len(item.index) == len(shape) and all(i < n for i, n in zip(item.index, shape, strict=True))
    return Spot(item.layer, int(np.ravel_multi_index(item.index, shape))) if fits else None


def _spot_of_weight(item: Item, network: Network, diagram: Diagram) -> Spot | None:
    """The link or the entry that is drawn, or the unit whose bias, scale or gate it is."""
    joint, path = diagram.joint(item.layer), path_of(item)
    drawn = joint is not None and path in joint.paths
    if drawn and joint is not None and joint.kind == "links" and len(item.index) == 2:
        return Spot(item.layer, item.index[1], item.index[0])
    if drawn:
        shape = next(window.shape for window in network.windows if window.path == path)
        return Spot(item.layer, int(np.ravel_multi_index(item.index, shape)), path=path)
    units = network.shapes[item.layer + 1][-1]
    single = item.name in ("bias", "gamma", "beta", "alpha") or item.name.endswith("/bias")
    return Spot(item.layer, item.index[-1] % units) if single else None


def _spot_of_part(item: Item, network: Network, shape: tuple[int, ...]) -> Spot | None:
    """The unit of a recurrent layer that a state or a gate belongs to, or the number that was normalized."""
    layer = network.layers[item.layer]
    if isinstance(layer, Recurrent) and len(item.index) == 2:
        t, unit = item.index[0] - (item.name in ("h", "c")), item.index[1] % layer.units
        place = (max(0, t), unit) if layer.return_sequences else (unit,)
        return Spot(item.layer, int(np.ravel_multi_index(place, shape)))
    return _unit_at(item, shape) if item.name == "normalized" else None


def _place(number: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(number, shape))

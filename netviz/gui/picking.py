"""What is picked in the network lies under the microscope, and what is pointed at there is lit in the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
            else:
                panel.pick(self._picked)
            if name == "prediction":
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
            panel.light(self._item(spot))

    def _point(self, item: Item | None) -> None:
        """Light the unit or the link that an item stands for."""
        scene, network = self._window.canvas.scene, self._window.network
        if scene.diagram is not None and network is not None:
            scene.point_at(None if item is None else spot_of(item, network, scene.diagram))

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
    """Where an item is drawn; None for what is not, such as the loss."""
    if item.kind == "weight":
        joint = diagram.joint(item.layer)
        path: Path = (item.layer, *item.name.split("/"))
        if joint is not None and joint.kind == "links" and path in joint.paths and len(item.index) == 2:
            return Spot(item.layer, item.index[1], item.index[0])
        if joint is not None and path in joint.paths:
            shape = next(window.shape for window in network.windows if window.path == path)
            return Spot(item.layer, int(np.ravel_multi_index(item.index, shape)), path=path)
        return Spot(item.layer, item.index[-1]) if item.name == "bias" else None
    if item.kind in ("loss", "layer") or not item.index:
        return None
    shape = network.shapes[item.layer + 1]
    return Spot(item.layer, int(np.ravel_multi_index(item.index, shape)))


def _place(number: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(number, shape))

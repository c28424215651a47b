"""The scene: units and links of the network at hand, and what the mouse is over."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsScene

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.network import Network
from netviz.engine.parameters import Path
from netviz.gui.canvas import pointing
from netviz.gui.canvas.band import BandItem
from netviz.gui.canvas.filling import biases, fill, show_points
from netviz.gui.canvas.labels import NAMES_SHARE, caption, labels, longest, margins
from netviz.gui.canvas.links import LinksItem
from netviz.gui.canvas.moving import Moving
from netviz.gui.canvas.readout import Spot, exists, words
from netviz.gui.canvas.units import UnitsItem
from netviz.gui.theme import Theme
from netviz.pictures import encodings
from netviz.pictures.diagram import Diagram, Joint, diagram, shares
from netviz.pictures.encodings import Shown
from netviz.pictures.sketch import Drawable
from netviz.pictures.spotlight import Spotlight, outcome, spotlight

Space = tuple[float, float]  # width and height on the screen
_DIM = 0.3  # how much is seen of what a phase does not light
_SAME_SPACE = 0.02  # a change of shape that is not worth laying out anew


class NetworkScene(QGraphicsScene):
    """Draws an experiment's network and, frame by frame, its numbers."""

    hovered = Signal(object)
    selected = Signal(object)
    row_picked = Signal(int)
    edit_wanted = Signal(object, object)  # a spot, and where in the view
    laid_out = Signal()

    def __init__(self, theme: Theme) -> None:
        """Nothing to draw yet."""
        super().__init__()
        self.theme = theme
        self.diagram: Diagram | None = None
        self.shown = Shown("weights", {}, 1.0, 1.0)
        self.light: Spotlight | None = None
        self._locked: dict[str, Shown] = {}
        self._experiment: Experiment | None = None
        self._network: Drawable | None = None
        self._units: dict[int, UnitsItem] = {}
        self._links: list[LinksItem] = []
        self._bands: list[BandItem] = []
        self._frame: Frame | None = None
        self._samples: Samples | None = None
        self._space: Space = (1.0, 1.0)
        self._view = View()
        self._moving = Moving(self, self._move)
        self._spot: Spot | None = None
        self._selection: Spot | None = None

    # ------------------------------------------------------------------------------------------------- network

    def show_network(self, experiment: Experiment, network: Drawable, samples: Samples, space: Space) -> None:
        """Draw this network from now on, to fill a space of that width and height."""
        self.empty()
        self._samples, self._space = samples, space
        self._frame = self._spot = None
        self._experiment, self._network = experiment, network
        portrait = network.shapes[0] == (2,) and network.shapes[-1] == (1,)
        room = NAMES_SHARE * space[0]
        self.diagram = drawn = diagram(network, portrait, space, margins(network, samples, room))
        for column in drawn.columns:
            layer = column.layer
            words = caption(layer, network, samples) if portrait else ""
            last = column is drawn.columns[-1]
            self._units[layer] = UnitsItem(
                column, labels(layer, network, samples), room, words, self.theme, last, longest(layer, samples)
            )
            self.addItem(self._units[layer])
        for joint in drawn.joints:
            self._add_joint(joint, network, drawn)
        grand = portrait and drawn.columns[-1].kind == "tiles"
        weighed = [item for item in self._links if item.joint.kind == "links"]
        for item, most in zip(weighed, shares([math.prod(item.shape_of) for item in weighed]), strict=True):
            item.most = most
        if grand:
            show_points(self._units[len(network.layers) - 1], samples)
        self.setSceneRect(QRectF(0.0, 0.0, drawn.width, drawn.height).united(self._extent()))
        self.select(self._selection if self._selection and exists(self._selection, drawn) else None)
        self.laid_out.emit()

    def _add_joint(self, joint: Joint, network: Drawable, drawn: Diagram) -> None:
        source, target = drawn.columns[joint.source], drawn.columns[joint.target]
        if joint.kind == "band":
            shapes = {window.path: window.shape for window in network.windows if window.path in joint.paths}
            self._bands.append(BandItem(joint, source, target, shapes, self.theme))
            self.addItem(self._bands[-1])
        else:
            self._links.append(LinksItem(joint, source, target, self.theme))
            self.addItem(self._links[-1])

    def _extent(self) -> QRectF:
        """Where there is anything across, labels included; the layout knows how high it is."""
        assert self.diagram is not None
        rects = [item.extent for item in self._units.values()]
        left, right = min(rect.left() for rect in rects), max(rect.right() for rect in rects)
        return QRectF(left, 0.0, right - left, self.diagram.height)

    def lay_out(self, space: Space) -> bool:
        """Lay the same network out for another space; whether that made a difference."""
        if self._experiment is None or self._network is None or self._samples is None:
            return False
        if all(abs(new / old - 1) < _SAME_SPACE for new, old in zip(space, self._space, strict=True)):
            return False
        frame = self._frame
        self.show_network(self._experiment, self._network, self._samples, space)
        if frame is not None:
            self.draw(frame, self._view)
        return True

    def crowded(self) -> bool:
        """Whether some layers have so many links that they are hair lines."""
        return any(item.crowded for item in self._links)

    def left_out(self) -> tuple[int, int] | None:
        """(links drawn, links there are) where not all are drawn, of all layers together."""
        told = [item.told for item in self._links]
        drawn, there = (sum(pair[i] for pair in told) for i in (0, 1))
        return (drawn, there) if drawn < there else None

    @property
    def others(self) -> set[str]:
        """What else is drawn: "scales" as wires, "kernels" in bands."""
        scales = any(item.joint.kind == "wires" and item.joint.paths for item in self._links)
        return set(["scales"] * scales + ["kernels"] * any(band.joint.paths for band in self._bands))

    def empty(self) -> None:
        """Take everything off the scene, one by one: QGraphicsScene.clear() frees what Python still holds."""
        for item in (*self._units.values(), *self._links, *self._bands):
            if item.scene() is self:
                self.removeItem(item)
        self._units, self._links, self._bands = {}, [], []

    # -------------------------------------------------------------------------------------------------- frames

    def draw(self, frame: Frame, view: View) -> None:
        """Show a frame's numbers, of links and units as the view says; in a phase of an update what that lights."""
        network = self._network
        if network is None or self._experiment is None or frame.params.windows != network.windows:
            return
        self._frame, self._view = frame, view
        follows = view.follow and isinstance(network, Network)
        applied = self._moving.follow(frame, follows)
        self.light = spotlight(frame, network, view.sample, applied) if follows else None  # type: ignore[arg-type]
        self._draw_links(frame)
        self._point_out()
        self._draw_units(frame)
        self._moving.go()

    def _draw_links(self, frame: Frame) -> None:
        mode = self.light.links if self.light is not None else self._view.colors
        self.shown = self._on_scale(encodings.links(frame, mode, self._joints(), self._unit_values(frame)))
        self._show_links(self.shown.numbers)

    def _joints(self) -> list[Joint]:
        return [links.joint for links in self._links] + [band.joint for band in self._bands]

    def _move(self, share: float) -> None:
        """The updates are on their way to the weights that they are added to."""
        if self._frame is not None and self._moving.applied:
            updates = encodings.links(self._frame, "updates", self._joints())
            numbers = encodings.between(updates, self.shown, share)
            self._show_links(numbers)
            self._point_out()
            for layer, units in self._units.items():
                units.show_biases(biases(numbers, layer, len(units.column.rects)), self.shown.at_most)

    def _show_links(self, numbers: Mapping[Path, Array]) -> None:
        light = self.light
        for links in self._links:
            if links.joint.paths:
                own = self.shown.at_most if links.joint.kind == "links" else self.shown.scales_at_most
                links.show_values(numbers[links.joint.paths[0]], own)
            links.dim = light is not None and light.joints is not None and links.joint.layer not in light.joints
        for band in self._bands:
            band.show_values({path: numbers[path] for path in band.joint.paths}, self.shown.at_most)
            dim = light is not None and light.joints is not None and band.joint.layer not in light.joints
            band.setOpacity(_DIM if dim else 1.0)

    def _on_scale(self, shown: Shown) -> Shown:
        """With the limits that were locked when these numbers were seen first, or its own."""
        if not self._view.locked:
            self._locked = {}
            return shown
        first = self._locked.setdefault(shown.mode, shown)
        return Shown(shown.mode, shown.numbers, first.at_most, first.scales_at_most)

    def _unit_values(self, frame: Frame) -> Mapping[int, Array]:
        if self.light is not None and not self.light.deltas:
            return self.light.values
        answers = frame.probed.get("unit_values")
        return {} if answers is None else answers.values

    def _draw_units(self, frame: Frame) -> None:
        assert self._experiment is not None
        filled, light = encodings.filling(frame, self._view.units, self.light), self.light
        functions = frame.probed.get("unit_functions") if self._shows_functions() else None
        for layer, units in self._units.items():
            dim = light is not None and bool(light.values) and layer not in light.values
            units.setOpacity(_DIM if dim else 1.0)
            units.lit = light is not None and layer in light.columns
            if units.column.kind != "none":
                fill(units, filled, functions, self._experiment.layers)
                if units.last:
                    units.show_outcome(outcome(frame, light) if light is not None else None)
                units.show_sample(self._view.sample)
                found = biases(self.shown.numbers, layer, len(units.column.rects))
                units.show_biases(found, self.shown.at_most)

    def _shows_functions(self) -> bool:
        """Where a phase has not come to other numbers of the units."""
        return self._view.units == "function" and (self.light is None or not self.light.values)

    # --------------------------------------------------------------------------------------------------- mouse

    def row_at(self, point: QPointF) -> int | None:
        """The training row whose data point is at a point of the scene."""
        found = (units.point_at(point) for units in self._units.values())
        return next((row for row in found if row is not None), None)

    def spot_at(self, point: QPointF) -> Spot | None:
        """The unit, entry or link at a point of the scene; units lie above the others."""
        return pointing.spot_at(point, self._units, self._bands, self._links)

    def hover(self, point: QPointF | None) -> None:
        """The mouse is over a point of the scene, or over none."""
        spot = None if point is None else self.spot_at(point)
        if spot != self._spot:
            self._spot = spot
            self._mark("hovered", spot)
            self.hovered.emit(spot)

    def point_at(self, spot: Spot | None) -> None:
        """Light a spot that is pointed at elsewhere, as if the mouse were over it."""
        if spot is not None and (self.diagram is None or not exists(spot, self.diagram)):
            spot = None
        if spot != self._spot:
            self._spot = spot
            self._mark("hovered", spot)

    def select(self, spot: Spot | None) -> None:
        """Select a unit or a link, or nothing."""
        self._selection = spot
        self._mark("selected", spot)
        self.selected.emit(spot)

    def follow(self, spot: Spot | None) -> None:
        """Mark what has been picked elsewhere, which everybody knows of already."""
        self._selection = spot if spot is not None and self.diagram is not None and exists(spot, self.diagram) else None
        self._mark("selected", self._selection)

    def _mark(self, kind: str, spot: Spot | None) -> None:
        pointing.mark(kind, spot, self._units, self._bands, self._links)
        self._point_out()

    def _point_out(self) -> None:
        """The links of the unit under the mouse, or of the selected one, stand out before all others."""
        pointing.point_out(self._spot or self._selection, self._links)

    def words(self, spot: Spot) -> str:
        """What a spot is and the exact numbers it has in the newest frame."""
        if self._frame is None or self._network is None or self._samples is None or self.diagram is None:
            return ""
        return words(spot, self._frame, self._network, self.diagram, self._samples)

"""The scene: cards, units and links of the network at hand, and what the mouse is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsProxyWidget, QGraphicsScene, QToolButton

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.document import edits
from netviz.engine.activations import Relu
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import Dense
from netviz.engine.network import Network, layer_names
from netviz.engine.parameters import Parameters
from netviz.gui.canvas.card import LayerCard, card_words
from netviz.gui.canvas.links import LinksItem
from netviz.gui.canvas.units import UnitsItem
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures.colors import class_color, limit, short
from netviz.pictures.diagram import CARD_HEIGHT, CARD_WIDTH, Diagram, diagram
from netviz.pictures.surface import Plane
from netviz.pictures.units import activation_of, colors, images

Colors = Literal["weights", "gradients", "updates"]
MODES: dict[Colors, str] = {"weights": N_("Weights"), "gradients": N_("Gradients"), "updates": N_("Updates")}
_MOST_POINTS = 220
_SAME_SPACE = 0.02  # a change of shape that is not worth laying out anew


@dataclass(frozen=True)
class Spot:
    """A unit or a link of the drawing. layer −1 is the input; source is the sending unit of a link, None for a unit."""

    layer: int
    unit: int
    source: int | None = None


class NetworkScene(QGraphicsScene):
    """Draws an experiment's network and, frame by frame, its numbers."""

    edited = Signal(object, str)
    hovered = Signal(object)
    selected = Signal(object)

    def __init__(self, theme: Theme) -> None:
        """Nothing to draw yet."""
        super().__init__()
        self.theme = theme
        self.diagram: Diagram | None = None
        self.at_most = 1.0
        self._experiment: Experiment | None = None
        self._network: Network | None = None
        self._units: dict[int, UnitsItem] = {}
        self._links: list[LinksItem] = []
        self._cards: dict[int, LayerCard] = {}
        self._proxies: list[QGraphicsProxyWidget] = []
        self._frame: Frame | None = None
        self._samples: Samples | None = None
        self._aspect = 1.0
        self._colors: Colors = "weights"
        self._spot: Spot | None = None
        self._selection: Spot | None = None

    # ------------------------------------------------------------------------------------------------- network

    def show_network(self, experiment: Experiment, network: Network, samples: Samples, aspect: float = 1.0) -> None:
        """Draw this network from now on, to fill a space of that width over height."""
        self.empty()
        self._samples, self._aspect = samples, aspect
        self._frame = self._spot = self._selection = None
        self._experiment, self._network = experiment, network
        portrait = network.shapes[0] == (2,) and network.output_shape == (1,)
        self.diagram = drawn = diagram(network, portrait, aspect)
        labels = samples.features if network.shapes[0] == (len(samples.features),) else ()
        for column in drawn.columns:
            self._add_card(column.layer, column.center)
            item = UnitsItem(column, _pretty(labels) if column.layer < 0 else (), self.theme)
            self._units[column.layer] = item
            if column.kind != "none":
                self.addItem(item)
        for links in drawn.links:
            made = LinksItem(links, drawn.columns[links.source], drawn.columns[links.target], self.theme)
            self._links.append(made)
            self.addItem(made)
        for place, x in enumerate(drawn.insertions):
            self._add_insertion(place, x)
        if portrait:
            self._show_points(samples, len(network.layers) - 1)
        self.setSceneRect(QRectF(-40, 0, drawn.width + 70, drawn.height))

    def lay_out(self, aspect: float) -> bool:
        """Lay the same network out for another space; whether that made a difference."""
        if self._experiment is None or self._network is None or self._samples is None:
            return False
        if abs(aspect / self._aspect - 1) < _SAME_SPACE:
            return False
        frame, selection = self._frame, self._selection
        self.show_network(self._experiment, self._network, self._samples, aspect)
        if frame is not None:
            self.draw(frame, self._colors)
        self.select(selection)
        return True

    def crowded(self) -> bool:
        """Whether some layers have so many links that they are hair lines."""
        return any(item.crowded for item in self._links)

    def left_out(self) -> tuple[int, int] | None:
        """(links drawn, links there are) where not all are drawn, of all layers together."""
        told = [item.told for item in self._links]
        drawn, there = (sum(pair[i] for pair in told) for i in (0, 1))
        return (drawn, there) if drawn < there else None

    def empty(self) -> None:
        """Take everything off the scene, one by one: QGraphicsScene.clear() frees what Python still holds."""
        for item in (*self._units.values(), *self._links):
            if item.scene() is self:
                self.removeItem(item)
        for proxy in self._proxies:
            self.removeItem(proxy)
            proxy.deleteLater()
        self._units, self._links, self._cards, self._proxies = {}, [], {}, []

    def _add_card(self, layer: int, center: float) -> None:
        assert self._experiment is not None and self._network is not None
        card = LayerCard(self._experiment, layer, *card_words(self._experiment, layer, self._network.shapes))
        # The card may be replaced by its own edit, so the edit is heard after its click is over.
        card.edited.connect(lambda value, text: QTimer.singleShot(0, self, lambda: self.edited.emit(value, text)))
        proxy = self.addWidget(card)
        self._proxies.append(proxy)
        proxy.setPos(center - CARD_WIDTH / 2, 6)
        self._cards[layer] = card

    def _add_insertion(self, place: int, x: float) -> None:
        button = QToolButton()
        button.setText("+")
        button.setFixedSize(24, 24)
        button.setStyleSheet("QToolButton { border-radius: 12px; padding: 0; }")
        button.setToolTip(_("Add a dense layer here"))
        button.setAccessibleName(_("Add a layer at place {n}").format(n=place + 1))
        button.clicked.connect(lambda: QTimer.singleShot(0, self, lambda: self._insert(place)))
        proxy = self.addWidget(button)
        self._proxies.append(proxy)
        proxy.setPos(x - 12, 6 + (CARD_HEIGHT - 24) / 2)

    def _insert(self, place: int) -> None:
        assert self._experiment is not None
        before = [layer for layer in self._experiment.layers[:place] if isinstance(layer, Dense)]
        hidden = before or [layer for layer in self._experiment.layers[:-1] if isinstance(layer, Dense)]
        activation = hidden[-1].activation if hidden else Relu()
        self.edited.emit(edits.insert_layer(self._experiment, place, Dense(4, activation)), _("Add layer"))

    def _show_points(self, samples: Samples, layer: int) -> None:
        plane = Plane.around(samples)
        points = samples.x[:_MOST_POINTS]
        spot = (points - plane.low) / (plane.high - plane.low)
        spot[:, 1] = 1 - spot[:, 1]
        if samples.classes:
            fills = [QColor(*class_color(int(label))) for label in samples.y[:_MOST_POINTS]]
        else:
            fills = [QColor(self.theme.quiet)] * len(points)
        self._units[layer].show_points(spot, fills)

    def show_problem(self, layer: int | None) -> None:
        """Mark the card of the layer that a problem concerns."""
        for place, card in self._cards.items():
            marked = layer is not None and place == layer
            if card.property("problem") != marked:
                card.setProperty("problem", marked)
                card.style().unpolish(card)
                card.style().polish(card)

    # -------------------------------------------------------------------------------------------------- frames

    def draw(self, frame: Frame, mode: Colors) -> None:
        """Show a frame's numbers, the links in one of three colour modes."""
        if self._network is None or frame.params.windows != self._network.windows:
            return
        self._frame, self._colors = frame, mode
        numbers = self.numbers(frame)
        kernels = [numbers[item.links.layer]["kernel"] for item in self._links]
        self.at_most = limit(np.concatenate([kernel.ravel() for kernel in kernels])) if kernels else 1.0
        for item, kernel in zip(self._links, kernels, strict=True):
            item.show_values(kernel, self.at_most)
        for layer, units in self._units.items():
            if units.column.kind != "none":
                self._draw_units(layer, units, frame)
                units.show_biases(numbers[layer].get("bias") if layer >= 0 else None, self.at_most)

    def numbers(self, frame: Frame) -> Parameters:
        """What the links show."""
        return {"weights": frame.params, "gradients": frame.grads, "updates": frame.updates}[self._colors]

    def _draw_units(self, layer: int, units: UnitsItem, frame: Frame) -> None:
        assert self._experiment is not None
        activation = activation_of(self._experiment.layers[layer] if layer >= 0 else None)
        functions = frame.probed.get("unit_functions")
        if functions is not None and layer in functions and units.column.kind == "tiles":
            units.show_functions(images(functions[layer], activation))
            return
        values: dict[int, Array] = frame.probed.get("unit_values") or {}
        if layer in values and len(values[layer]) == units.column.units:
            units.show_colors(colors(values[layer], activation))

    # --------------------------------------------------------------------------------------------------- mouse

    def spot_at(self, point: QPointF) -> Spot | None:
        """The unit or link at a point of the scene; units lie above links."""
        for layer, units in self._units.items():
            unit = units.unit_at(point) if units.column.kind != "none" else None
            if unit is not None:
                return Spot(layer, unit)
        for item in self._links:
            link = item.link_at(point) if item.sceneBoundingRect().contains(point) else None
            if link is not None and self._network is not None:
                source, unit = divmod(link, self._network.shapes[item.links.layer + 1][-1])
                return Spot(item.links.layer, unit, source)
        return None

    def hover(self, point: QPointF | None) -> None:
        """The mouse is over a point of the scene, or over none."""
        spot = None if point is None else self.spot_at(point)
        if spot != self._spot:
            self._spot = spot
            self._mark("hovered", spot)
            self.hovered.emit(spot)

    def select(self, spot: Spot | None) -> None:
        """Select a unit or a link, or nothing."""
        self._selection = spot
        self._mark("selected", spot)
        self.selected.emit(spot)

    def _mark(self, kind: str, spot: Spot | None) -> None:
        for layer, units in self._units.items():
            setattr(units, kind, spot.unit if spot and spot.source is None and spot.layer == layer else None)
            units.update()
        for item in self._links:
            link = None
            if spot and spot.source is not None and spot.layer == item.links.layer:
                assert self._network is not None
                link = spot.source * self._network.shapes[spot.layer + 1][-1] + spot.unit
            setattr(item, kind, link)
            item.update()

    def words(self, spot: Spot) -> str:
        """What a spot is and the exact numbers it has in the newest frame."""
        if self._experiment is None or self._frame is None:
            return ""
        names = layer_names(self._experiment.layers)
        name = _("input") if spot.layer < 0 else names[spot.layer]
        if spot.source is None:
            return f"{name}[{spot.unit}]" + self._unit_words(spot)
        above = next(item for item in self._links if item.links.layer == spot.layer)
        source = above.links.source - 1
        sender = _("input") if source < 0 else names[source]
        parts = {"w": self._frame.params, "∂L/∂w": self._frame.grads, "Δw": self._frame.updates}
        place = (spot.source, spot.unit)
        numbers = "   ".join(f"{sign} = {exact(p[spot.layer]['kernel'][place])}" for sign, p in parts.items())
        return f"{sender}[{spot.source}] → {name}[{spot.unit}]:   {numbers}"

    def _unit_words(self, spot: Spot) -> str:
        assert self._frame is not None
        words = ""
        if spot.layer >= 0 and "bias" in self._frame.params[spot.layer]:
            parts = {"b": self._frame.params, "∂L/∂b": self._frame.grads, "Δb": self._frame.updates}
            numbers = [f"{sign} = {exact(p[spot.layer]['bias'][spot.unit])}" for sign, p in parts.items()]
            words = ":   " + "   ".join(numbers)
        values: dict[int, Array] = self._frame.probed.get("unit_values") or {}
        if spot.layer in values and spot.unit < len(values[spot.layer]):
            words += "   a = " + short(float(values[spot.layer][spot.unit]))
        return words


def exact(number: float) -> str:
    """A number with all the digits that its precision has, and its sign."""
    return f"{float(number):+.7g}".replace("-", "−")


def _pretty(names: tuple[str, ...]) -> tuple[str, ...]:
    """x1 as x₁; other names as they are."""
    low = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    return tuple(n[0] + n[1:].translate(low) if n[:1] == "x" and n[1:].isdigit() else n for n in names)

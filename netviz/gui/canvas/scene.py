"""The scene: cards, units and links of the network at hand, and what the mouse is over."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsProxyWidget, QGraphicsScene, QWidget

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.document import edits
from netviz.engine.activations import Relu
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import Dense
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters
from netviz.gui.canvas.card import Insertion, LayerCard, card_words
from netviz.gui.canvas.links import LinksItem
from netviz.gui.canvas.readout import Spot, exists, words
from netviz.gui.canvas.units import UnitsItem
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures.colors import class_color, limit
from netviz.pictures.diagram import CARD_HEIGHT, Diagram, diagram
from netviz.pictures.surface import Plane
from netviz.pictures.units import activation_of, colors, images

Space = tuple[float, float]  # width and height on the screen
Colors = Literal["weights", "gradients", "updates"]
MODES: dict[Colors, str] = {"weights": N_("Weights"), "gradients": N_("Gradients"), "updates": N_("Updates")}
_MOST_POINTS = 220
_SAME_SPACE = 0.02  # a change of shape that is not worth laying out anew


class NetworkScene(QGraphicsScene):
    """Draws an experiment's network and, frame by frame, its numbers."""

    edited = Signal(object, str)
    hovered = Signal(object)
    selected = Signal(object)
    reached = Signal(object)  # a rectangle that the keyboard has come to

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
        self._space: Space = (1.0, 1.0)
        self._colors: Colors = "weights"
        self._spot: Spot | None = None
        self._selection: Spot | None = None
        self._problem: int | None = None

    # ------------------------------------------------------------------------------------------------- network

    def show_network(self, experiment: Experiment, network: Network, samples: Samples, space: Space) -> None:
        """Draw this network from now on, to fill a space of that width and height."""
        self.empty()
        self._samples, self._space = samples, space
        self._frame = self._spot = None
        self._experiment, self._network = experiment, network
        portrait = network.shapes[0] == (2,) and network.output_shape == (1,)
        self.diagram = drawn = diagram(network, portrait, space)
        for place, column in enumerate(drawn.columns):
            if place:
                self._add_insertion(place - 1, drawn.insertions[place - 1])
            self._add_card(column.layer, column.center, column.card)
            item = UnitsItem(column, self._labels(column.layer), self.theme)
            self._units[column.layer] = item
            self.addItem(item)
        for links in drawn.links:
            made = LinksItem(links, drawn.columns[links.source], drawn.columns[links.target], self.theme)
            self._links.append(made)
            self.addItem(made)
        if portrait:
            self._show_points(samples, len(network.layers) - 1)
        self.setSceneRect(QRectF(*self._extent(drawn)))
        self.show_problem(self._problem)
        self.select(self._selection if self._selection and exists(self._selection, drawn) else None)

    def _labels(self, layer: int) -> tuple[str, ...]:
        """The names of the features beside the input, of the classes beside the output."""
        assert self._network is not None and self._samples is not None
        if layer < 0:
            return _pretty(self._samples.features)
        return self._samples.classes if layer == len(self._network.layers) - 1 else ()

    def _extent(self, drawn: Diagram) -> tuple[float, float, float, float]:
        """x, y, width, height of all there is, labels included."""
        first, last = self._units[-1], self._units[len(drawn.columns) - 2]
        left = min(-12.0, first.boundingRect().left())
        right = max(drawn.width + 12.0, last.boundingRect().right())
        return left, 0.0, right - left, drawn.height

    def lay_out(self, space: Space) -> bool:
        """Lay the same network out for another space; whether that made a difference."""
        if self._experiment is None or self._network is None or self._samples is None:
            return False
        if all(abs(new / old - 1) < _SAME_SPACE for new, old in zip(space, self._space, strict=True)):
            return False
        frame = self._frame
        self.show_network(self._experiment, self._network, self._samples, space)
        if frame is not None:
            self.draw(frame, self._colors)
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

    def _add_card(self, layer: int, center: float, width: float) -> None:
        assert self._experiment is not None and self._network is not None
        title, line = card_words(self._experiment, layer, self._network.shapes)
        card = LayerCard(self._experiment, layer, title, line, width)
        # The card may be replaced by its own edit, so the edit is heard after its click is over.
        card.edited.connect(lambda value, text: QTimer.singleShot(0, self, lambda: self.edited.emit(value, text)))
        card.chosen.connect(self.choose)
        self._put(card, center - width / 2, 6, card.focused)
        self._cards[layer] = card

    def _add_insertion(self, place: int, x: float) -> None:
        button = Insertion(place)
        button.clicked.connect(lambda: QTimer.singleShot(0, self, lambda: self._insert(place)))
        self._put(button, x - button.width() / 2, 6 + (CARD_HEIGHT - button.height()) / 2, button.focused)

    def _put(self, widget: QWidget, x: float, y: float, focused: SignalInstance) -> None:
        proxy = self.addWidget(widget)
        proxy.setPos(x, y)
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus:  # else Tab would come to it and go no further
            proxy.setFlag(QGraphicsProxyWidget.GraphicsItemFlag.ItemIsFocusable, False)
            proxy.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._proxies.append(proxy)
        focused.connect(lambda _place: self.reached.emit(proxy.sceneBoundingRect()))

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
        self._problem = layer
        for place, card in self._cards.items():
            _set(card, "problem", layer is not None and place == layer)

    def choose(self, layer: int | None) -> None:
        """Mark the card of a layer that the user works with."""
        for place, card in self._cards.items():
            _set(card, "chosen", layer is not None and place == layer)

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
        self._point_out()
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
            unit = units.unit_at(point)
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
        self.choose(spot.layer if spot else None)
        self.selected.emit(spot)

    def _mark(self, kind: str, spot: Spot | None) -> None:
        for layer, units in self._units.items():
            setattr(units, kind, spot.unit if spot and spot.source is None and spot.layer == layer else None)
            units.update()
        for item in self._links:
            link = None
            if spot and spot.source is not None and spot.layer == item.links.layer:
                link = spot.source * item.shape_of[1] + spot.unit
            setattr(item, kind, link)
            item.update()
        self._point_out()

    def _point_out(self) -> None:
        """The links of the unit under the mouse, or of the selected one, stand out before all others."""
        spot = self._spot or self._selection
        for item in self._links:
            if spot is None or spot.source is not None:
                item.point_out()
            elif item.links.source - 1 == spot.layer:
                item.point_out(source=spot.unit)
            elif item.links.layer == spot.layer:
                item.point_out(target=spot.unit)
            else:
                item.point_out()

    def words(self, spot: Spot) -> str:
        """What a spot is and the exact numbers it has in the newest frame."""
        if self._frame is None or self._network is None or self._samples is None or self.diagram is None:
            return ""
        return words(spot, self._frame, self._network, self.diagram, self._samples)


def _set(card: LayerCard, name: str, value: bool) -> None:
    """Give a card a property that the style sheet looks at."""
    if bool(card.property(name)) != value:
        card.setProperty(name, value)
        card.style().unpolish(card)
        card.style().polish(card)


def _pretty(names: tuple[str, ...]) -> tuple[str, ...]:
    """x1 as x₁; other names as they are."""
    low = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    return tuple(n[0] + n[1:].translate(low) if n[:1] == "x" and n[1:].isdigit() else n for n in names)

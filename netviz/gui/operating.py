"""Surgery by the mouse: the menu of a unit, a link or a layer on the canvas, its edits, and their marks on the drawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QMenu

from netviz.document import operations
from netviz.engine.experiment import Experiment
from netviz.engine.network import Network, layer_names
from netviz.engine.surgery import Freeze
from netviz.gui.byhand import at_rest
from netviz.gui.canvas.card import LayerCard
from netviz.gui.canvas.operated import MarksItem
from netviz.gui.canvas.readout import Spot, at
from netviz.gui.fields import NumberField
from netviz.gui.picking import item_of, path_of
from netviz.i18n import _
from netviz.pictures.microscope import Item

if TYPE_CHECKING:
    from netviz.gui.window import Window

Doing = Callable[[Experiment], Experiment]


class Ask(QDialog):
    """A few numbers, asked for with their names; `done_with` gets them when OK is pressed."""

    def __init__(self, window: Window, title: str, fields: dict[str, float], then: Callable[..., None]) -> None:
        """Fields by their titles, with what they hold now."""
        super().__init__(window)
        self.setWindowTitle(title)
        self.fields: list[NumberField] = []
        form = QFormLayout(self)
        for name, value in fields.items():
            field = NumberField(value, None, whole=False)
            field.setAccessibleName(name)
            form.addRow(name, field)
            self.fields.append(field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
        self.accepted.connect(lambda: then(*self._numbers()))
        self.finished.connect(lambda _result: self.deleteLater())

    def _numbers(self) -> list[float]:
        for field in self.fields:
            field.finish()
        return [float(field.number or 0.0) for field in self.fields]


class Operating(QObject):
    """What a window's canvas offers to do by hand."""

    def __init__(self, window: Window) -> None:
        """Listen to the canvas."""
        super().__init__(window)
        self._window = window
        self._marks: MarksItem | None = None
        self.menu: QMenu | None = None  # the one that is open, or was last
        window.canvas.view.menu_wanted.connect(self._menu_of_spot)
        window.canvas.scene.laid_out.connect(self.mark)
        window.canvas.cards.installEventFilter(self)

    @property
    def marks(self) -> MarksItem | None:
        """What is marked now."""
        return self._marks

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QContextMenuEvent):
            card = self._window.canvas.cards.childAt(event.pos())
            while card is not None and not isinstance(card, LayerCard):
                card = card.parentWidget()
            if isinstance(card, LayerCard) and card.layer >= 0:
                self._open(self.menu_of_layer(card.layer), event.globalPos())
                return True
        return False

    def mark(self) -> None:
        """Mark on the drawing what is done by hand."""
        scene, value = self._window.canvas.scene, self._window.session.value
        if self._marks is not None and self._marks.scene() is scene:
            scene.removeItem(self._marks)
        self._marks = None
        if scene.diagram is not None and value.surgery and len(scene.diagram.columns) == len(value.layers) + 1:
            self._marks = MarksItem(scene.diagram, value.surgery, self._window.look)
            scene.addItem(self._marks)

    # --------------------------------------------------------------------------------------------------- menus

    def _menu_of_spot(self, spot: Spot | None, at: QPoint) -> None:
        network = self._window.network
        if spot is None or network is None or spot.layer < 0:
            return
        self._window.canvas.scene.select(spot)
        menu = self.menu_of_unit(spot, network) if spot.is_unit else self.menu_of_weight(spot, network)
        if menu is not None:
            self._open(menu, at)

    def _open(self, menu: QMenu, at: QPoint) -> None:
        self.menu = menu
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _add(self, menu: QMenu, title: str, do: Doing, checked: bool | None = None) -> None:
        """An entry that makes an edit; checked where it can be taken back by choosing it again."""
        action = menu.addAction(title)
        if checked is not None:
            action.setCheckable(True)
            action.setChecked(checked)
        action.triggered.connect(lambda *_on: self._window.edit(do(self._window.session.value), title))

    def menu_of_unit(self, spot: Spot, network: Network) -> QMenu:
        """What can be done to a unit, and to its layer."""
        menu, layer = QMenu(self._window), spot.layer
        shape = network.shapes[layer + 1]
        unit = spot.unit % shape[-1] if shape else 0
        value = self._window.session.value
        menu.addSection(f"{layer_names(network.layers)[layer]} [{unit + 1}]")
        if not (layer == len(network.layers) - 1 and network.fused is not None):
            self._add_alterations(menu, layer, unit, _("Mute the unit"), _("Perturb the unit…"))
        freezes = operations.freezes_of_unit(network, layer, unit) if shape else ()
        if freezes:
            held = operations.is_held(value, freezes)
            self._add(menu, _("Freeze the unit's weights"), lambda e: operations.hold(e, freezes, not held), held)
        self._fill_layer(menu.addMenu(_("The whole layer")), layer)
        return menu

    def menu_of_weight(self, spot: Spot, network: Network) -> QMenu | None:
        """What can be done to one weight, and to its layer."""
        diagram = self._window.canvas.scene.diagram
        item = item_of(spot, network, diagram) if diagram is not None else None
        if item is None or item.kind != "weight":
            return None
        menu, value = QMenu(self._window), self._window.session.value
        menu.addSection(f"{layer_names(network.layers)[item.layer]} {item.name}[{','.join(str(i + 1) for i in item.index)}]")
        cut = _("Cut the link") if item.name != "bias" else _("Hold the bias at 0")
        menu.addAction(cut).triggered.connect(lambda: self._cut(item, cut))
        action = menu.addAction(_("Set the weight…"))
        action.triggered.connect(lambda: self._ask_weight(item))
        freezes = (Freeze(item.layer, item.name, item.index),)
        held = operations.is_held(value, freezes)
        self._add(menu, _("Freeze the weight"), lambda e: operations.hold(e, freezes, not held), held)
        self._fill_layer(menu.addMenu(_("The whole layer")), item.layer)
        return menu

    def menu_of_layer(self, layer: int) -> QMenu:
        """What can be done to a layer."""
        menu = QMenu(self._window)
        menu.addSection(layer_names(self._window.session.value.layers)[layer])
        self._fill_layer(menu, layer)
        return menu

    def _fill_layer(self, menu: QMenu, layer: int) -> None:
        window = self._window
        value, network = window.session.value, window.network
        if network is None or not (layer == len(network.layers) - 1 and network.fused is not None):
            self._add_alterations(menu, layer, None, _("Mute the layer"), _("Perturb the layer…"))
        if network is None or any(w.path[0] == layer and w.trainable for w in network.windows):
            held = operations.is_held(value, (Freeze(layer),))
            title = _("Freeze the layer's weights")
            self._add(menu, title, lambda e: operations.hold(e, (Freeze(layer),), not held), held)

    def _add_alterations(self, menu: QMenu, layer: int, unit: int | None, mute: str, perturb: str) -> None:
        now = operations.alteration(self._window.session.value, layer, unit)
        muted = now is not None and not now.scale and not now.shift
        self._add(menu, mute, lambda e: operations.alter(e, layer, unit, float(muted), 0.0), muted)
        action = menu.addAction(perturb)
        action.triggered.connect(lambda: self._ask_alteration(layer, unit, perturb))

    # -------------------------------------------------------------------------------------------------- asking

    def _ask_alteration(self, layer: int, unit: int | None, title: str) -> None:
        now = operations.alteration(self._window.session.value, layer, unit)
        fields = {_("times"): now.scale if now else 1.0, _("plus"): now.shift if now else 0.0}

        def done(scale: float, shift: float) -> None:
            self._window.edit(operations.alter(self._window.session.value, layer, unit, scale, shift), title.rstrip("…"))

        Ask(self._window, title.rstrip("…"), fields, done).open()

    def _ask_weight(self, item: Item) -> None:
        """A field for a weight; training pauses for it."""
        self._pause()
        frame = self._window.trainer.latest().frame
        value = 0.0
        if frame is not None:
            value = float(np.asarray(at(frame.params, path_of(item)))[item.index])

        def done(number: float) -> None:
            self._set(item, number, _("Set the weight"))

        Ask(self._window, _("Set the weight"), {_("value"): float(f"{value:.6g}")}, done).open()

    def _pause(self) -> None:
        if self._window.training.running:
            self._window.training.pause()

    def _cut(self, item: Item, title: str) -> None:
        """A link that is cut weighs 0 and stays at it."""
        self._pause()
        self._set(item, 0.0, title, Freeze(item.layer, item.name, item.index))

    def _set(self, item: Item, value: float, title: str, *held: Freeze) -> None:
        """Set a weight where training has come to rest, and hold it still from then on."""
        window = self._window

        def edit(step: int) -> None:
            edited = operations.set_weight(window.session.value, item.layer, item.name, item.index, value, step)
            window.edit(operations.hold(edited, held, True) if held else edited, title)

        at_rest(window, edit)

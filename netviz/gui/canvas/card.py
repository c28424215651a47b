"""The card above a column: name, size and activation, − and +, and a menu for everything else about the layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QActionGroup, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QMenu,
    QSpinBox,
    QStyle,
    QStyleOption,
    QToolButton,
    QWidgetAction,
)

from netviz.document import edits
from netviz.engine.activations import activations
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Activation as ActivationLayer
from netviz.engine.layers import Dense, layers
from netviz.i18n import _
from netviz.pictures.diagram import CARD_HEIGHT, layer_line

T = TypeVar("T")

_RATES = (0.0, 0.1, 0.2, 0.3, 0.5)
_OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down, Qt.Key.Key_Menu)
_ROUND = 24
_KEY = 20  # width of − and +


class LayerCard(QFrame):
    """One layer's card. What it asks for goes out as an edited Experiment and the name of the edit."""

    edited = Signal(object, str)
    chosen = Signal(int)
    focused = Signal(int)

    def __init__(self, experiment: Experiment, layer: int, title: str, line: str, width: float) -> None:
        """A card for the layer at an index, −1 for the input, which cannot be edited here."""
        super().__init__()
        self._experiment, self._layer = experiment, layer
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)  # the corners are round
        self.setFixedSize(int(width), int(CARD_HEIGHT))
        self.setAccessibleName(f"{title}, {line}")
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 3, 4, 3)
        grid.setSpacing(0)
        keys = layer >= 0 and isinstance(experiment.layers[layer], Dense)
        room = int(width) - 10 - (2 * _KEY if keys else 0)
        for row, (text, role) in enumerate(((title, "field"), (line, "small"))):
            grid.addWidget(_label(text, role, room), row, 1)
        grid.setColumnStretch(1, 1)
        if layer >= 0:
            self.setToolTip(_("{title}, {line}: click for this layer's menu").format(title=title, line=line))
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if layer >= 0 and isinstance(value := experiment.layers[layer], Dense):
            grid.addWidget(self._button("−", _("One unit less"), value.units - 1), 0, 0, 2, 1)
            grid.addWidget(self._button("+", _("One unit more"), value.units + 1), 0, 2, 2, 1)

    def _button(self, sign: str, tip: str, units: int) -> QToolButton:
        button = QToolButton()
        button.setText(sign)
        button.setProperty("role", "flat")
        button.setFixedWidth(_KEY)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setEnabled(units >= 1)
        button.clicked.connect(lambda: self._resize(units))
        return button

    def _resize(self, units: int) -> None:
        self.edited.emit(edits.resize(self._experiment, self._layer, units), _("Change units"))

    # ---------------------------------------------------------------------------------------------------- menu

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self._layer)
        if self._layer >= 0 and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self.open_menu(event.globalPosition().toPoint())

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOption()
        option.initFrom(self)
        option.rect = self.rect().adjusted(1, 1, -1, -1)  # else the edge falls between pixels where it is scaled
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, QPainter(self), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPENING and self._layer >= 0:
            self.open_menu(self.mapToGlobal(QPoint(8, self.height())))
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(self._layer)

    def open_menu(self, at: QPoint) -> None:
        """The layer's menu at a point of the screen."""
        self.menu().popup(at)

    def menu(self) -> QMenu:
        """Units, activation, dropout, removal. A window of its own: it does not shrink with the drawing."""
        proxy = self.graphicsProxyWidget()
        views = proxy.scene().views() if proxy is not None else []
        menu = QMenu(views[0] if views else self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layer = self._experiment.layers[self._layer]
        if isinstance(layer, Dense):
            menu.addAction(self._units_field(menu, layer.units))
        if isinstance(layer, (Dense, ActivationLayer)):
            family = activations.name(type(layer.activation))
            self._choices(menu.addMenu(_("Activation")), list(activations), family, activations.title, self._activate)
        rate = edits.dropout_of(self._experiment, self._layer)
        if isinstance(layer, Dense) and self._layer < len(self._experiment.layers) - 1:
            self._choices(menu.addMenu(_("Dropout after it")), list(_RATES), rate, _percent, self._drop)
        menu.addSeparator()
        remove = menu.addAction(_("Remove this layer"), self._remove)
        remove.setEnabled(len(self._experiment.layers) > 1)
        return menu

    def _choices(
        self, menu: QMenu, options: list[T], now: T, title: Callable[[T], str], chosen: Callable[[T], None]
    ) -> None:
        group = QActionGroup(menu)
        for option in options:
            action = menu.addAction(title(option), partial(chosen, option))
            action.setCheckable(True)
            action.setChecked(option == now)
            group.addAction(action)

    def _units_field(self, menu: QMenu, units: int) -> QWidgetAction:
        """A place to type the number of units, within the menu."""
        field = QSpinBox()
        field.setRange(1, 1_000_000)
        field.setValue(units)
        field.setPrefix(_("Units: "))
        field.setAccessibleName(_("Units"))
        field.setToolTip(_("Type a number of units and press Enter"))

        def resize() -> None:
            if field.value() != units:
                self._resize(field.value())
                menu.close()

        field.lineEdit().returnPressed.connect(resize)
        action = QWidgetAction(menu)
        action.setDefaultWidget(field)
        return action

    def _activate(self, name: str) -> None:
        value = edits.set_activation(self._experiment, self._layer, activations[name]())
        self.edited.emit(value, _("Change activation"))

    def _drop(self, rate: float) -> None:
        self.edited.emit(edits.set_dropout(self._experiment, self._layer, rate), _("Change dropout"))

    def _remove(self) -> None:
        self.edited.emit(edits.remove_layer(self._experiment, self._layer), _("Remove layer"))


def _label(text: str, role: str, room: int) -> QLabel:
    """A line of a card, the name in bold, with dots where there is no room for all of it."""
    label = QLabel()
    label.setProperty("role", role)
    label.setStyleSheet("font-weight: 600" if role == "field" else "")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    label.ensurePolished()
    label.setText(label.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room))
    return label


def _percent(rate: float) -> str:
    return _("none") if not rate else f"{rate:.0%}"


class Insertion(QToolButton):
    """The round button in a gap, which adds a layer there."""

    focused = Signal(int)

    def __init__(self, place: int) -> None:
        """The button that inserts at a place."""
        super().__init__()
        self._place = place
        self.setText("+")
        self.setFixedSize(_ROUND, _ROUND)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setStyleSheet(f"QToolButton {{ border-radius: {_ROUND // 2}px; padding: 0; }}")
        self.setToolTip(_("Add a dense layer here"))
        self.setAccessibleName(_("Add a layer at place {n}").format(n=place + 1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(self._place)


def card_words(experiment: Experiment, layer: int, shapes: tuple[tuple[int, ...], ...]) -> tuple[str, str]:
    """A card's two lines for the layer at an index, −1 for the input."""
    if layer < 0:
        return _("Input"), layer_line(None, shapes[0])
    value = experiment.layers[layer]
    return value.name or layers.title(layers.name(type(value))), layer_line(value, shapes[layer + 1])

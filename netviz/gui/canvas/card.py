"""The card above a column: name, size and settings, parameters; − and +, and a menu for everything else about the layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QActionGroup, QFocusEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QMenu,
    QSpinBox,
    QStyle,
    QStyleOption,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from netviz.document import edits
from netviz.engine.activations import activations
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Layer
from netviz.gui.canvas.insertion import OPENING
from netviz.gui.elided import break_up
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures.arrays import names_of
from netviz.pictures.cards import (
    activation_name,
    card_title,
    card_width,
    layer_line,
    parameter_line,
    shape_text,
    size_of,
)
from netviz.pictures.sketch import Drawable

T = TypeVar("T")

_RATES = (0.0, 0.1, 0.2, 0.3, 0.5)
_KEY = 20  # width of − and +
_KEYS_FROM, _KEYS_BEFORE_WORDS = 92, 104  # narrower cards have none; those between have some where the words leave room
_NUMBER_BELOW = 42  # a card narrower than that has room for a number only
_LINES, _SLIM_LINES = (12, 11, 10), (11, 10, 10)  # heights of a card's letters, and of a slim one's
_SLIM = 72
_THREE = 54  # a card of that height has room for three lines


class Line(NamedTuple):
    """One line of a card, with the height of its letters."""

    text: str
    high: int
    bold: bool = False


class LayerMenu(QMenu):
    """A layer's menu; digits that are typed anywhere in it are the number of its units."""

    field: QSpinBox | None = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.field is not None and event.text().isdecimal():
            self.field.setFocus()
            self.field.selectAll()
            QApplication.sendEvent(self.field, event)
        else:
            super().keyPressEvent(event)


class LayerCard(QFrame):
    """One layer's card. What it asks for goes out as an edited Experiment and the name of the edit."""

    edited = Signal(object, str)
    chosen = Signal(int)
    focused = Signal(int)
    settings_wanted = Signal(int)
    numbers_wanted = Signal(int, str)  # a layer, and which of its arrays

    def __init__(self, parent: QWidget, experiment: Experiment, network: Drawable, layer: int, theme: Theme) -> None:
        """A card for the layer at an index, −1 for the input, which cannot be edited here."""
        super().__init__(parent)
        self._experiment, self.layer, self._theme = experiment, layer, theme
        self._network = network
        value = experiment.layers[layer] if layer >= 0 else None
        shape = network.shapes[layer + 1]
        self.words = (card_title(value), layer_line(value, shape), parameter_line(network, layer))
        self._number = shape_text(shape)
        self.widest = round(card_width(network, layer))
        self.setProperty("role", "card")
        self.setAccessibleName(", ".join(self.words[:2]))
        self.setToolTip("\n".join(filter(None, self.words)))
        self._keys: list[QToolButton] = []
        if layer >= 0:
            self.setToolTip(self.toolTip() + "\n" + _("Click for this layer's menu"))
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setProperty("arrows", True)
        if (size := size_of(value)) is not None:
            self._keys = [
                self._key("−", _("One unit less"), size - 1),
                self._key("+", _("One unit more"), size + 1),
            ]

    def _key(self, sign: str, tip: str, units: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(sign)
        button.setProperty("role", "flat")
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setEnabled(units >= 1)
        button.clicked.connect(lambda: self._resize(units))
        return button

    def _resize(self, units: int) -> None:
        self.edited.emit(edits.resize(self._experiment, self.layer, units), _("Change units"))

    # --------------------------------------------------------------------------------------------------- looks

    def fit(self, center: float, width: int, height: int) -> None:
        """Stand there, as large as that; − and + give way to the words."""
        self.setGeometry(round(center - width / 2), 2, width, height)
        told = QFontMetrics(self._font(Line(self.words[1], _LINES[1]))).horizontalAdvance(self.words[1])
        for place, key in enumerate(self._keys):
            key.setGeometry(width - _KEY - 3 if place else 3, 3, _KEY, height - 6)
            key.setVisible(width >= (_KEYS_FROM if told <= width - 2 * _KEY - 4 else _KEYS_BEFORE_WORDS))

    def _lines(self) -> list[Line]:
        """What there is room for."""
        if self.width() < _NUMBER_BELOW:
            return [Line(self._number, _LINES[1], bold=True)]
        highs = _LINES if self.width() >= _SLIM else _SLIM_LINES
        titles = self._title(highs[0])
        room = (3 if self.height() >= _THREE else 2) - len(titles)
        rest = [self._size(highs[1]), Line(self.words[2], highs[2])]
        return [*titles, *[line for line in rest[:room] if line.text and self._fits(line)]]

    def _title(self, high: int) -> list[Line]:
        """The name, in smaller letters or in two lines where there is little room; with dots only where neither helps."""
        name = self.words[0]
        sizes = (high, high - 1) if " " in name else (high, high - 1, high - 2)
        whole = next((line for size in sizes if self._fits(line := Line(name, size, bold=True))), None)
        if whole is not None:
            return [whole]
        for size in (high - 1, high - 2):
            broken = break_up(name, self._font(Line("", size, bold=True)), self._room())
            halves = [Line(part, size, bold=True) for part in broken]
            if len(halves) <= 2 and all(map(self._fits, halves)) and self.height() >= _THREE:
                return halves
        if name.isascii() and " " not in name and self.height() >= _THREE:
            cut = (len(name) + 1) // 2  # "Drop-out", "Embed-ding"
            halves = [Line(part, high - 1, bold=True) for part in (f"{name[:cut]}-", name[cut:])]
            if all(map(self._fits, halves)):
                return halves
        metrics = QFontMetrics(self._font(Line(name, high, bold=True)))
        return [Line(metrics.elidedText(name, Qt.TextElideMode.ElideRight, self._room()), high, bold=True)]

    def _size(self, high: int) -> Line:
        """Size and settings, or the size alone, which says more than dots."""
        texts = (self.words[1], self.words[1].split(" · ")[0], self._number)
        lines = [*(Line(text, high) for text in texts), Line(self._number, high - 1)]
        metrics = QFontMetrics(self._font(lines[-1]))
        last = Line(metrics.elidedText(self._number, Qt.TextElideMode.ElideRight, self._room()), high - 1)
        return next(filter(self._fits, lines), last)

    def _fits(self, line: Line) -> bool:
        return QFontMetrics(self._font(line)).horizontalAdvance(line.text) <= self._room()

    def _room(self) -> int:
        """Width for the words."""
        return self.width() - 4 - (2 * _KEY if any(key.isVisibleTo(self) for key in self._keys) else 0)

    def shown(self) -> list[str]:
        """The lines as they are painted, with dots where there is no room for all of a line."""
        return [line.text for line in self._lines()]

    def _font(self, line: Line) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(line.high)
        font.setWeight(QFont.Weight.DemiBold if line.bold else QFont.Weight.Normal)
        return font

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        lines = self._lines()
        top = (self.height() - sum(line.high + 4 for line in lines)) // 2
        for line in lines:
            painter.setFont(self._font(line))
            painter.setPen(self._theme.color("text" if line.bold else "quiet"))
            painter.drawText(QRect(0, top, self.width(), line.high + 4), Qt.AlignmentFlag.AlignCenter, line.text)
            top += line.high + 4

    # ---------------------------------------------------------------------------------------------------- menu

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self.layer)
        if self.layer >= 0 and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self.open_menu(event.globalPosition().toPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in OPENING and self.layer >= 0 and self.hasFocus():  # else it is a key's of its own
            self.open_menu(self.mapToGlobal(QPoint(8, self.height())))
        elif event.text().isdecimal() and self._keys:
            QApplication.sendEvent(self.open_menu(self.mapToGlobal(QPoint(8, self.height()))), event)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(self.layer)

    def open_menu(self, at: QPoint) -> LayerMenu:
        """The layer's menu at a point of the screen."""
        menu = self.menu()
        menu.popup(at)
        return menu

    def menu(self) -> LayerMenu:
        """Units, activation, dropout, all settings, removal."""
        menu = LayerMenu(self.window())  # the card may go while the menu is open
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layer = self._experiment.layers[self.layer]
        size, activation = size_of(layer), activation_name(layer)
        if size is not None:
            menu.addAction(self._size_field(menu, layer, size))
        if activation is not None:
            names = list(activations)
            self._choices(menu.addMenu(_("Activation")), names, activation, activations.title, self._activate)
        rate = edits.dropout_of(self._experiment, self.layer)
        if size is not None and self.layer < len(self._experiment.layers) - 1:
            self._choices(menu.addMenu(_("Dropout after it")), list(_RATES), rate, _percent, self._drop)
        numbers = menu.addMenu(_("Numbers under the microscope"))
        for name, title in names_of(self._network, self.layer):
            numbers.addAction(title, partial(self.numbers_wanted.emit, self.layer, name))
        numbers.setEnabled(not numbers.isEmpty())
        menu.addAction(_("Settings…"), lambda: self.settings_wanted.emit(self.layer))
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

    def _size_field(self, menu: LayerMenu, layer: Layer, size: int) -> QWidgetAction:
        """A place to type the number of units or filters, within the menu."""
        filters = edits.size_name(layer) == "filters"
        field = menu.field = QSpinBox()
        field.setRange(1, 1_000_000)
        field.setValue(size)
        field.setPrefix(_("Filters: ") if filters else _("Units: "))
        field.setAccessibleName(_("Filters") if filters else _("Units"))
        field.setToolTip(_("Type a number and press Enter"))

        def resize() -> None:
            if field.value() != size:
                self._resize(field.value())
                menu.close()

        field.lineEdit().returnPressed.connect(resize)
        action = QWidgetAction(menu)
        action.setDefaultWidget(field)
        return action

    def _activate(self, name: str) -> None:
        value = edits.set_activation(self._experiment, self.layer, activations[name]())
        self.edited.emit(value, _("Change activation"))

    def _drop(self, rate: float) -> None:
        self.edited.emit(edits.set_dropout(self._experiment, self.layer, rate), _("Change dropout"))

    def _remove(self) -> None:
        self.edited.emit(edits.remove_layer(self._experiment, self.layer), _("Remove layer"))


def _percent(rate: float) -> str:
    return _("none") if not rate else f"{rate:.0%}"

"""The button between two cards, or on their corners, that adds a layer there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolButton, QWidget

from netviz.i18n import _

OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down, Qt.Key.Key_Menu)
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
_ROUND, _ROUND_SLIM = 22, 16


class Insertion(QToolButton):
    """The round button in a gap: a click is for any layer, a double click and Enter for a dense one at once."""

    focused = Signal(int)
    wanted = Signal(str)  # a choice of layers, with the letters that have been typed already
    quick = Signal()

    def __init__(self, parent: QWidget, place: int) -> None:
        """The button that inserts at a place."""
        super().__init__(parent)
        self.place = place
        self.setText("+")
        self.setProperty("role", "insertion")
        self.fit(0.0, slim=False, middle=0)
        self.setToolTip(_("Add a layer here: click or type for a choice, double click or Enter for a dense layer"))
        self.setAccessibleName(_("Add a layer at place {n}").format(n=place + 1))
        self.clicked.connect(lambda: self.wanted.emit(""))

    def fit(self, x: float, slim: bool, middle: int) -> None:
        """Stand there; `slim`: where there is little room."""
        width = _ROUND_SLIM if slim else _ROUND
        if width != self.width() or width != self.minimumWidth():
            self.setFixedSize(width, width)
            self.setProperty("slim", slim)
            self.style().unpolish(self)
            self.style().polish(self)
        self.move(round(x - width / 2), middle - width // 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        letters = event.text().strip()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.quick.emit()
        elif event.key() in OPENING or letters.isalnum() and event.modifiers() in _PLAIN:
            self.wanted.emit(letters)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.quick.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(self.place)

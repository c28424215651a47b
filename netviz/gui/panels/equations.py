"""One equation on the screen, to be pointed at and walked through: each of its terms opens what it came from."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from netviz.gui.panels.painted import PaintedEquation
from netviz.gui.theme import Theme
from netviz.pictures.microscope import Item


class EquationCard(PaintedEquation):
    """An equation. The item under the mouse is lit elsewhere; a click on a term opens what it came from."""

    lit = Signal(object)
    opened = Signal(object)

    def __init__(self, theme: Theme) -> None:
        """Nothing to show yet."""
        super().__init__(theme)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self._at(event.position())
        opens = any(place.opens is not None for place in self._places if place.rect.contains(event.position()))
        self.setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)
        self._point(found)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def _point(self, item: Item | None) -> None:
        if item != self._pointed:
            self._pointed = item
            self.lit.emit(item)
            self.update()

    def _at(self, point: QPointF) -> Item | None:
        """The item of the smallest thing there: a factor before its row."""
        found = [place for place in self._places if place.rect.contains(point) and place.item is not None]
        return min(found, key=lambda place: place.rect.width()).item if found else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for place in self._places:
            if place.opens is not None and place.rect.contains(event.position()):
                self.opened.emit(place.opens)
                return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose a term, Enter opens it."""
        terms = self._terms() or (() if self._only is None else (self._only,))
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and terms:
            self._focus = (self._focus + (1 if event.key() == Qt.Key.Key_Down else -1)) % len(terms)
            self._point(terms[self._focus].item)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self._focus < len(terms):
            if terms[self._focus].item is not None:
                self.opened.emit(terms[self._focus].item)
        else:
            super().keyPressEvent(event)

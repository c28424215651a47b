"""What has been done by hand, marked on the drawing: muted units are crossed out, altered ones say how, held ones have a lock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netviz.engine.surgery import Alter, Freeze, SetArray, SetWeight, Surgery
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures.columns import Column
from netviz.pictures.diagram import Diagram, along, curve

_SIDE = 15.0  # of a mark
_MOST = 400  # links that get a mark of their own


class MarksItem(QGraphicsItem):
    """All marks of a drawing; it lies above everything and takes no mouse."""

    def __init__(self, diagram: Diagram, surgery: Sequence[Surgery], theme: Theme) -> None:
        """Mark these operations."""
        super().__init__()
        self.theme = theme
        self.crosses: list[QRectF] = []
        self.words: list[tuple[QRectF, str]] = []
        self.locks: list[QPointF] = []
        self.taken: set[int] = set()  # layers whose weights come from elsewhere
        self.setZValue(20)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        for operation in surgery:
            if -1 < operation.layer < len(diagram.columns) - 1:
                self._mark(diagram, operation)
        self._bounds = QRectF(0, 0, diagram.width, diagram.height).adjusted(-40, -40, 40, 40)

    def _mark(self, diagram: Diagram, operation: Surgery) -> None:
        column = diagram.column(operation.layer)
        if isinstance(operation, Alter):
            self._mark_altered(column, operation)
        elif isinstance(operation, Freeze):
            self._mark_held(diagram, column, operation)
        elif isinstance(operation, SetWeight):
            for point in self._links(diagram, operation.layer, operation.index):
                self.words.append((QRectF(point.x() - 22, point.y() - 9, 44, 16), f"← {operation.value:.3g}"))
        elif isinstance(operation, SetArray) and operation.layer not in self.taken:
            self.taken.add(operation.layer)
            bounds = QRectF(*column.bounds)
            self.words.append((QRectF(bounds.left() - 24, bounds.top() - 2, 20, 16), "↧"))

    def _mark_altered(self, column: Column, operation: Alter) -> None:
        bounds = QRectF(*column.bounds)
        if operation.unit is not None:
            if column.kind == "none":
                return
            bounds = QRectF(*column.rect_of(min(operation.unit, column.units - 1)))
        if not operation.scale and not operation.shift:
            self.crosses.append(bounds)
            return
        parts = [f"{operation.scale:g}·a"] * (operation.scale != 1) + [f"{operation.shift:+g}"] * bool(operation.shift)
        words = " ".join(parts)
        wide = 6.6 * len(words) + 10
        self.words.append((QRectF(bounds.center().x() - wide / 2, bounds.center().y() - 8, wide, 16), words))

    def _mark_held(self, diagram: Diagram, column: Column, operation: Freeze) -> None:
        index = operation.index
        if operation.name == "kernel" and len(index) == 2 and None not in index:
            self.locks += self._links(diagram, operation.layer, index)
        elif index and index[-1] is not None and column.kind != "none" and index[-1] < column.units:
            rect = QRectF(*column.rect_of(index[-1]))
            point = QPointF(rect.right() - 3, rect.bottom() - 3)
            if point not in self.locks:
                self.locks.append(point)
        elif not index:
            bounds = QRectF(*column.bounds)
            self.locks.append(QPointF(bounds.center().x(), bounds.top() - 11))

    def _links(self, diagram: Diagram, layer: int, index: Sequence[int | None]) -> list[QPointF]:
        """The middles of the links that an index means."""
        joint = diagram.joint(layer)
        if joint is None or joint.kind != "links" or len(index) != 2:
            return []
        source, target = diagram.columns[joint.source], diagram.columns[joint.target]
        pairs = [
            (i, j) for i in ([index[0]] if index[0] is not None else range(source.units))
            for j in ([index[1]] if index[1] is not None else range(target.units))
        ]  # fmt: skip
        found = []
        for i, j in pairs[:_MOST]:
            if i is None or j is None or i >= source.units or j >= target.units:
                continue
            start = np.array(source.rect_of(i))
            end = np.array(target.rect_of(j))
            ends = np.array([[start[0] + start[2], start[1] + start[3] / 2]]), np.array([[end[0], end[1] + end[3] / 2]])
            x, y = along(curve(*ends), 3)[1, 0].tolist()
            found.append(QPointF(x, y))
        return found

    def told(self) -> str:
        """How many marks of each kind, for people who cannot see them."""
        words = _("{n} muted, {m} altered, {k} held still, {t} with weights taken over")
        altered = len(self.words) - len(self.taken)
        return words.format(n=len(self.crosses), m=altered, k=len(self.locks), t=len(self.taken))

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for rect in self.crosses:
            veil = QColor(self.theme.panel)
            veil.setAlpha(150)
            painter.fillRect(rect, veil)
            painter.setPen(QPen(self.theme.color("validation"), 2.4))
            inner = rect.adjusted(4, 4, -4, -4)
            painter.drawLine(inner.topLeft(), inner.bottomRight())
            painter.drawLine(inner.topRight(), inner.bottomLeft())
        font = QFont(painter.font())
        font.setPixelSize(11)
        font.setBold(True)
        painter.setFont(font)
        for rect, words in self.words:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("warning"))
            painter.drawRoundedRect(rect, 4, 4)
            painter.setPen(self.theme.color("on_warning"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, words)
        for point in self.locks:
            self._paint_lock(painter, point)

    def _paint_lock(self, painter: QPainter, point: QPointF) -> None:
        painter.setPen(QPen(self.theme.color("panel"), 1.2))
        painter.setBrush(self.theme.color("text"))
        painter.drawEllipse(point, _SIDE / 2, _SIDE / 2)
        painter.setPen(QPen(self.theme.color("panel"), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(QRectF(point.x() - 2.4, point.y() - 5.2, 4.8, 6.4), 0, 180 * 16)
        painter.fillRect(QRectF(point.x() - 3.6, point.y() - 1.4, 7.2, 5.4), self.theme.color("panel"))

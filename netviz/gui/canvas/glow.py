"""A glow around units and along links, for what is being spoken of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netviz.gui.canvas.readout import Spot
from netviz.gui.theme import Theme
from netviz.pictures.diagram import Diagram, curve

_APART, _ROUND = 5.0, 7.0  # from a unit; its corners
_STROKES = ((11.0, 50), (6.0, 90), (2.4, 255))  # wide, and how much of the color there is


class GlowItem(QGraphicsItem):
    """Lies above everything and takes no mouse."""

    def __init__(self, diagram: Diagram, spots: Sequence[Spot], theme: Theme) -> None:
        """Light these units and links, all of which are drawn."""
        super().__init__()
        self.spots = tuple(spots)
        self.theme = theme
        self.path = QPainterPath()
        self.setZValue(19)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        for spot in spots:
            target = QRectF(*diagram.column(spot.layer).rect_of(spot.unit))
            if spot.source is None:
                self.path.addRoundedRect(target.adjusted(-_APART, -_APART, _APART, _APART), _ROUND, _ROUND)
            else:
                joint = diagram.joint(spot.layer)
                assert joint is not None
                self._add_link(QRectF(*diagram.columns[joint.source].rect_of(spot.source)), target)
        most = _STROKES[0][0]
        self._bounds = self.path.boundingRect().adjusted(-most, -most, most, most)

    def _add_link(self, source: QRectF, target: QRectF) -> None:
        ends = [[source.right(), source.center().y()]], [[target.left(), target.center().y()]]
        start, one, two, end = (QPointF(*point) for point in curve(np.array(ends[0]), np.array(ends[1]))[0].tolist())
        self.path.moveTo(start)
        self.path.cubicTo(one, two, end)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for wide, alpha in _STROKES:
            shade = QColor(self.theme.color("told"))
            shade.setAlpha(alpha)
            painter.setPen(QPen(shade, wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPath(self.path)

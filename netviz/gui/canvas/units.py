"""The units of one layer, painted by one item: tiles with functions, small squares, or a strip."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netviz.arrays import Array
from netviz.gui.images import color, image
from netviz.gui.theme import Theme
from netviz.pictures.colors import diverging
from netviz.pictures.diagram import Column

_BIAS = 11.0  # side of the small square that is a tile's bias
_LABEL = 90.0


class UnitsItem(QGraphicsItem):
    """One column's units. What they show is set as arrays; painting only puts them on the screen."""

    def __init__(self, column: Column, labels: tuple[str, ...], theme: Theme) -> None:
        """Units with nothing in them yet; `labels` stand to the left of tiles."""
        super().__init__()
        self.column, self.labels, self.theme = column, labels, theme
        self._rects = [QRectF(*rect) for rect in column.rects.tolist()]
        self._tiles: list[QImage] = []
        self._strip: QImage | None = None
        self._colors: list[QColor] = []
        self._biases: list[QColor] = []
        self._points: tuple[Array, list[QColor]] | None = None
        self.hovered: int | None = None
        self.selected: int | None = None
        x, y, width, height = column.bounds
        self._bounds = QRectF(x - _LABEL, y - 10, width + _LABEL + 10, height + 20)

    def show_functions(self, tiles: Array) -> None:
        """A picture in each tile: uint32 (units, side, side)."""
        self._tiles = [image(tile) for tile in tiles]
        self.update()

    def show_colors(self, colors: Array) -> None:
        """A colour for each unit: uint32 (units,)."""
        self._tiles = []
        if self.column.kind == "strip":
            self._strip = image(colors[:, None])
        else:
            self._colors = [color(int(packed)) for packed in colors]
        self.update()

    def show_biases(self, biases: Array | None, at_most: float) -> None:
        """The biases as colours, (units,); None where the layer has none."""
        packed = [] if biases is None or self.column.kind == "strip" else diverging(biases, at_most).tolist()
        self._biases = [color(value) for value in packed]
        self.update()

    def show_points(self, points: Array, colors: list[QColor]) -> None:
        """Data points over a portrait: (rows, 2) in its unit square, from its top left corner."""
        self._points = (points, colors)
        self.update()

    def unit_at(self, point: QPointF) -> int | None:
        """The unit under a point of the scene."""
        x, y, width, height = self.column.rects.T
        hits = (x <= point.x()) & (point.x() < x + width) & (y <= point.y()) & (point.y() < y + height)
        found = np.flatnonzero(hits)
        return int(found[0]) if len(found) else None

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, bool(self._tiles))
        if self.column.kind == "strip":
            self._paint_strip(painter)
        else:
            self._paint_tiles(painter)
        if self._points is not None:
            self._paint_points(painter)
        self._paint_labels(painter)
        self._paint_marks(painter)

    def _paint_tiles(self, painter: QPainter) -> None:
        small = self.column.kind == "squares"
        empty = self.theme.color("line")
        painter.setPen(QPen(self.theme.color("line" if small else "tile_edge"), 1.0))
        for place, rect in enumerate(self._rects):
            if place < len(self._tiles):
                painter.drawImage(rect, self._tiles[place])
            else:
                painter.fillRect(rect, self._colors[place] if place < len(self._colors) else empty)
            painter.drawRect(rect)
        side = min(_BIAS, self._rects[0].width() / 3) if self._rects else 0
        out = 0 if small else side / 2  # a tile's bias stands out at its corner, a square's lies within
        for place, bias in enumerate(self._biases):
            corner = QRectF(self._rects[place].left() - out, self._rects[place].bottom() - side + out, side, side)
            painter.fillRect(corner, bias)
            painter.drawRect(corner)

    def _paint_strip(self, painter: QPainter) -> None:
        bounds = QRectF(*self.column.bounds)
        if self._strip is not None:
            painter.drawImage(bounds, self._strip)
        painter.setPen(QPen(self.theme.color("tile_edge"), 1.0))
        painter.drawRect(bounds)
        painter.setPen(self.theme.color("quiet"))
        below = QRectF(bounds.left() - 40, bounds.bottom() + 2, bounds.width() + 80, 18)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, f"{self.column.units:,}")

    def _paint_points(self, painter: QPainter) -> None:
        assert self._points is not None
        points, colors = self._points
        rect = self._rects[0]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(self.theme.color("panel"), 0.8))
        for (x, y), fill in zip(points.tolist(), colors, strict=True):
            painter.setBrush(fill)
            painter.drawEllipse(QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height()), 2.4, 2.4)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_labels(self, painter: QPainter) -> None:
        if not self.labels or self.column.kind != "tiles":
            return
        painter.setPen(self.theme.color("text"))
        font = QFont(painter.font())
        font.setPointSizeF(8.5)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for rect, label in zip(self._rects, self.labels, strict=False):
            place = QRectF(rect.left() - _LABEL, rect.top(), _LABEL - 8, rect.height())
            painter.drawText(place, align, metrics.elidedText(label, Qt.TextElideMode.ElideRight, int(_LABEL) - 10))

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for unit, width in ((self.hovered, 1.6), (self.selected, 2.6)):
            if unit is not None and unit < len(self._rects):
                painter.setPen(QPen(self.theme.color("accent"), width))
                painter.drawRect(self._rects[unit].adjusted(-2, -2, 2, 2))

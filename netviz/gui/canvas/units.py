"""The units of one layer, painted by one item: tiles with functions, small squares, or a strip."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPaintEngine, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netviz.arrays import Array
from netviz.gui.images import color, image
from netviz.gui.theme import Theme
from netviz.pictures.colors import diverging
from netviz.pictures.diagram import Column

_BIAS = 11.0  # side of the small square that is a tile's bias
_MARK = 5.0  # and of the mark within a small square
_WIDEST_LABEL = 124
_LETTERS = 11  # pixels high


class UnitsItem(QGraphicsItem):
    """One column's units. What they show is set as arrays; painting only puts them on the screen."""

    def __init__(self, column: Column, labels: tuple[str, ...], theme: Theme) -> None:
        """Units with nothing in them yet; `labels` stand beside them, the input's to the left, others to the right."""
        super().__init__()
        self.column, self.theme = column, theme
        self.labels = labels if column.across == 1 and len(labels) == column.units else ()
        font = QFont()
        font.setPixelSize(_LETTERS)
        self._label_width = min(_WIDEST_LABEL, max((QFontMetrics(font).horizontalAdvance(t) for t in self.labels), default=0))
        self._rects = [] if column.kind == "strip" else [QRectF(*rect) for rect in column.rects.tolist()]
        self._tiles: list[QImage] = []
        self._strip: QImage | None = None
        self._colors: list[QColor] = []
        self._biases: list[QColor] = []
        self._points: tuple[Array, list[QColor]] | None = None
        self._overlay: QImage | None = None
        self.hovered: int | None = None
        self.selected: int | None = None
        x, y, width, height = column.bounds
        side = self._label_width + 12
        self._bounds = QRectF(x - side, y - 10, width + 2 * side, height + 20)

    def show_functions(self, tiles: Array) -> None:
        """A picture in each tile: uint32 (units, side, side)."""
        self._tiles = [image(tile) for tile in tiles]
        self.update()

    def show_colors(self, colors: Array) -> None:
        """A colour for each unit: uint32 (units,)."""
        self._tiles = []
        if self.column.kind == "strip":
            rows = -(-len(colors) // self.column.across)
            cells = np.full(rows * self.column.across, self.theme.color("panel").rgb(), np.uint32)
            cells[: len(colors)] = colors
            self._strip = image(cells.reshape(rows, self.column.across))
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
        self._points, self._overlay = (points, colors), None
        self.update()

    def unit_at(self, point: QPointF) -> int | None:
        """The unit under a point of the scene."""
        if self.column.kind == "none" or not self._bounds.contains(point):
            return None
        return self.column.unit_at(point.x(), point.y())

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, bool(self._tiles))
        if self.column.kind == "none":
            self._paint_bar(painter)
            return
        if self.column.kind == "strip":
            self._paint_strip(painter)
        else:
            self._paint_tiles(painter)
            self._paint_biases(painter)
        if self._points is not None:
            self._paint_points(painter)
        self._paint_labels(painter)
        self._paint_marks(painter)

    def _paint_bar(self, painter: QPainter) -> None:
        """A layer without units of its own: a slim bar that the links pass through."""
        fill, edge = self.theme.color("raised"), self.theme.color("quiet")
        fill.setAlpha(225)
        edge.setAlpha(150)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(edge, 1.0))
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(*self.column.bounds), 5, 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_tiles(self, painter: QPainter) -> None:
        empty = self.theme.color("line")
        for place, rect in enumerate(self._rects):
            if place < len(self._tiles):
                painter.drawImage(rect, self._tiles[place])
            else:
                painter.fillRect(rect, self._colors[place] if place < len(self._colors) else empty)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.theme.color("quiet" if self.column.kind == "squares" else "tile_edge"), 1.0))
        painter.drawRects(self._rects)

    def _paint_biases(self, painter: QPainter) -> None:
        """A tile's bias stands out at its corner with an edge, a small square's is a mark within."""
        if not self._biases or not self._rects:
            return
        small = self.column.kind == "squares"
        side = _MARK if small else min(_BIAS, self._rects[0].width() / 3)
        out = -1.0 if small else side / 2
        places = [QRectF(r.left() - out, r.bottom() - side + out, side, side) for r in self._rects]
        for place, bias in zip(places, self._biases, strict=False):
            painter.fillRect(place, bias)
        if not small:
            painter.drawRects(places)

    def _paint_strip(self, painter: QPainter) -> None:
        bounds = QRectF(*self.column.bounds)
        if self._strip is not None:
            painter.drawImage(bounds, self._strip)
        painter.setPen(QPen(self.theme.color("tile_edge"), 1.0))
        painter.drawRect(bounds)

    def _paint_points(self, painter: QPainter) -> None:
        """The data points: hundreds of circles, so they are painted once for each size and kept as an image."""
        if painter.paintEngine().type() != QPaintEngine.Type.Raster:
            self._paint_circles(painter, self._rects[0])
            return
        scale = painter.deviceTransform().m11()
        if self._overlay is None or self._overlay.devicePixelRatio() != scale:
            size = (self._rects[0].size() * scale).toSize()
            self._overlay = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            self._overlay.setDevicePixelRatio(scale)
            self._overlay.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._overlay)
            self._paint_circles(inner, QRectF(QPointF(0, 0), self._rects[0].size()))
            inner.end()
        painter.drawImage(self._rects[0], self._overlay)

    def _paint_circles(self, painter: QPainter, rect: QRectF) -> None:
        assert self._points is not None
        points, colors = self._points
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(self.theme.color("panel"), 0.8))
        for (x, y), fill in zip(points.tolist(), colors, strict=True):
            painter.setBrush(fill)
            painter.drawEllipse(QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height()), 2.4, 2.4)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_labels(self, painter: QPainter) -> None:
        if not self.labels:
            return
        painter.setPen(self.theme.color("text"))
        font = QFont(painter.font())
        font.setPixelSize(_LETTERS)
        painter.setFont(font)
        metrics, before = painter.fontMetrics(), self.column.layer < 0
        align = (Qt.AlignmentFlag.AlignRight if before else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter
        for rect, label in zip(self._rects, self.labels, strict=True):
            left = rect.left() - self._label_width - 8 if before else rect.right() + 8
            text = metrics.elidedText(label, Qt.TextElideMode.ElideRight, self._label_width + 1)
            painter.drawText(QRectF(left, rect.center().y() - 9, self._label_width, 18), align, text)

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for unit, width in ((self.hovered, 1.6), (self.selected, 2.6)):
            if unit is not None and unit < len(self.column.rects):
                # Among the cells of a strip, a blue frame would be one more cell.
                painter.setPen(QPen(self.theme.color("text" if self.column.kind == "strip" else "accent"), width))
                painter.drawRect(QRectF(*self.column.rects[unit].tolist()).adjusted(-2, -2, 2, 2))

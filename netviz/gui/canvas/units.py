"""The units of one layer, painted by one item: tiles with functions, squares, a strip, images, feature maps, sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPaintEngine, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netviz.arrays import Array
from netviz.gui.canvas.labels import LETTERS, can_be_named, label_width
from netviz.gui.canvas.marks import BESIDE, bias_places, fitting, paint_beside, paint_light, paint_ring, paint_word
from netviz.gui.elided import in_lines
from netviz.gui.images import color, image
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures.colors import diverging, short
from netviz.pictures.columns import MOST_SQUARES, Column
from netviz.pictures.spotlight import Outcome

_TWO_LINES = 25.0  # from tile to tile, for names in two lines
_FROM_TILE, _MORE = 12, 44  # to an output's name, past the frame of a phase; room beyond it, for what was wanted
_CAPTION = 176  # room for the words below a portrait
_POINT = 2.4  # radius of a data point


class UnitsItem(QGraphicsItem):
    """One column's units. What they show is set as arrays; painting only puts them on the screen."""

    def __init__(
        self, column: Column, labels: tuple[str, ...], room: float, caption: str, theme: Theme, last: bool = False,
        longest: str = "",
    ) -> None:  # fmt: skip
        """Units with nothing in them yet; `labels` stand beside them, the input's to the left, others to the right, in that
        much room, `longest` comes to stand in their place; the caption below."""
        super().__init__()
        self.column, self.theme, self.caption, self._below, self.last = column, theme, caption, caption, last
        self.labels = labels if can_be_named(column, labels) else ()
        self._label_width = label_width((*self.labels, longest) if self.labels else (), room)
        self._roomy = len(column.rects) < 2 or column.rects[1, 1] - column.rects[0, 1] > _TWO_LINES
        self._rects = [QRectF(*rect) for rect in column.rects.tolist()] if len(column.rects) <= MOST_SQUARES else []
        self._tiles: list[QImage] = []
        self._whole: QImage | None = None  # of very many tiles
        self._smooth = False
        self._colors: list[QColor] = []
        self._biases: list[QColor] = []
        self._texts: Sequence[str] = ()
        self._meant: Sequence[str] = ()
        self._points: tuple[Array, list[QColor]] | None = None
        self._sample: int | None = None
        self.lit = False  # it has just been computed
        self._overlay: QImage | None = None
        self.hovered: int | None = None
        self.selected: int | None = None
        x, y, width, height = column.bounds
        side = max(self._label_width + 16, (_CAPTION - width) / 2 if caption else 0)
        below = 26 if caption else 10
        self.extent = QRectF(x - side, y - 10, width + 2 * side, height + 10 + below)
        right = BESIDE if not last else _MORE if self.labels else 2
        self._bounds = self.extent.adjusted(-BESIDE if last else -2, -2, right, 2)

    def show_functions(self, tiles: Array) -> None:
        """A picture of a function in each tile: uint32 (units, side, side)."""
        self._tiles, self._smooth = [image(tile) for tile in tiles], True
        self.update()

    def show_pictures(self, pictures: Array) -> None:
        """The numbers of each tile as its pixels: uint32 (tiles, rows, columns)."""
        if self._rects:
            self._tiles, self._smooth = [image(tile) for tile in pictures], False
        else:
            self._whole = image(self._composed(pictures))
        self.update()

    def show_tokens(self, colors: Array, words: Sequence[str]) -> None:
        """A colour for each token: uint32 (units,), and its word in the place of its name, or within where it has none."""
        self.show_colors(colors, () if self.labels else words)
        self._meant = words

    def show_colors(self, colors: Array, texts: Sequence[str] = ()) -> None:
        """A colour for each unit: uint32 (units,); and a word in each, where there is room."""
        self._tiles, self._texts, self._meant = [], texts, ()
        if self._rects:
            self._colors = [color(int(packed)) for packed in colors]
        else:
            self._whole = image(self._composed(colors.reshape(-1, 1, 1)))
        self.update()

    def show_outcome(self, found: Outcome | None) -> None:
        """What was wanted of these outputs, in the place of their names and of the caption; None ends it."""
        self._below, self._meant = self.caption, ()
        if found is None or len(found.wanted) != len(self._rects):
            return
        wanted = [short(value).lstrip("+") for value in found.wanted.tolist()]
        if self.caption:
            self._below = _("wanted {y} · loss of this row {loss}").format(y=wanted[0], loss=short(found.loss).lstrip("+"))
        elif found.is_class:
            self._meant = [f"◂ {name}" if y else "" for name, y in zip(self.labels, found.wanted.tolist(), strict=False)]
        else:
            self._meant = [f"{name} ◂ {y}" for name, y in zip(self.labels, wanted, strict=False)]

    def _composed(self, pictures: Array) -> Array:
        """The pictures of all tiles side by side, as the tiles are."""
        count, high, wide = pictures.shape
        rows, across = -(-count // self.column.across), self.column.across
        cells = np.full((rows * across, high, wide), self.theme.color("panel").rgb(), np.uint32)
        cells[:count] = pictures
        return cells.reshape(rows, across, high, wide).swapaxes(1, 2).reshape(rows * high, across * wide)

    def show_biases(self, biases: Array | None, at_most: float) -> None:
        """The biases as colours, one for each tile; None where the layer has none."""
        packed = [] if biases is None or not self._rects else diverging(biases, at_most).tolist()
        self._biases = [color(value) for value in packed]
        self.update()

    def show_points(self, points: Array, colors: list[QColor]) -> None:
        """Data points over a portrait: (rows, 2) in its unit square, from its top left corner."""
        self._points, self._overlay = (points, colors), None
        self.update()

    def show_sample(self, row: int | None) -> None:
        """Which of the points is the row at hand."""
        self._sample = row

    def point_at(self, point: QPointF) -> int | None:
        """The data point under a point of the scene, by its number."""
        if self._points is None or not self._smooth or not self._rects[0].contains(point):
            return None
        rect = self._rects[0]
        away = self._points[0] * [rect.width(), rect.height()] - [point.x() - rect.left(), point.y() - rect.top()]
        distance = np.hypot(*away.T)
        return int(distance.argmin()) if distance.min() <= _POINT + 1.5 else None

    def unit_at(self, point: QPointF) -> int | None:
        """The unit under a point of the scene."""
        if self.column.kind == "none" or not self._bounds.contains(point):
            return None
        found = self.column.unit_at(point.x(), point.y())
        return self._named_at(point) if found is None and self.labels else found

    def bias_at(self, point: QPointF) -> int | None:
        """The unit whose bias stands out as a square under a point."""
        places, small = bias_places(self._rects, self.column.kind) if self._biases and self._rects else ([], True)
        return None if small else next((unit for unit, place in enumerate(places) if place.contains(point)), None)

    def _named_at(self, point: QPointF) -> int | None:
        """The unit whose name is under a point: it may be written with dots, and is read out whole."""
        for place, rect in enumerate(self._rects):
            if self._name_rect(rect).contains(point):
                return place
        return None

    def _name_rect(self, tile: QRectF) -> QRectF:
        """Where the name of a tile stands."""
        left = tile.left() - self._label_width - 8 if self.column.layer < 0 else tile.right() + _FROM_TILE
        return QRectF(left, tile.center().y() - 9, self._label_width, 18)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self.column.kind == "none":
            self._paint_bar(painter)
            if self.lit:
                paint_light(painter, QRectF(*self.column.bounds), bool(self.caption), self.theme)
            return
        if self._rects:
            self._paint_tiles(painter)
            self._paint_biases(painter)
        else:
            self._paint_whole(painter)
        if self._points is not None and self._tiles:
            self._paint_points(painter)
            if self._sample is not None and self._sample < len(self._points[0]):
                paint_ring(painter, self._rects[0], self._points[0][self._sample])
        self._paint_words(painter)
        if self.lit:
            paint_light(painter, QRectF(*self.column.bounds), bool(self.caption), self.theme)
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
        if self._tiles:
            smaller = self._tiles[0].width() > self._rects[0].width() * painter.deviceTransform().m11()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth or smaller)
        for place, rect in enumerate(self._rects):
            if place < len(self._tiles):
                painter.drawImage(rect, self._tiles[place])
            else:
                painter.fillRect(rect, self._colors[place] if place < len(self._colors) else empty)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        small = self.column.kind in ("squares", "sequences") or len(self._rects) > MOST_SQUARES // 4
        painter.setPen(QPen(self.theme.color("quiet" if small else "tile_edge"), 1.0))
        painter.drawRects(self._rects)

    def _paint_biases(self, painter: QPainter) -> None:
        """A tile's bias stands out at its corner with an edge, a small square's is a mark within."""
        if not self._biases or not self._rects:
            return
        places, small = bias_places(self._rects, self.column.kind)
        for place, bias in zip(places, self._biases, strict=False):
            painter.fillRect(place, bias)
        if not small:
            painter.drawRects(places)

    def _paint_whole(self, painter: QPainter) -> None:
        bounds = QRectF(*self.column.bounds)
        if self._whole is not None:
            scale = painter.deviceTransform().m11()
            smaller = self._whole.width() > bounds.width() * scale or self._whole.height() > bounds.height() * scale
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smaller)
            painter.drawImage(bounds, self._whole)
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
        painter.setPen(QPen(QColor("#ffffff"), 0.8))
        for (x, y), fill in zip(points.tolist(), colors, strict=True):
            painter.setBrush(fill)
            painter.drawEllipse(QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height()), _POINT, _POINT)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_words(self, painter: QPainter) -> None:
        """Names beside the tiles, words within them, the caption below."""
        if not self.labels and not self.caption and not self._texts:
            return
        font = QFont(painter.font())
        font.setPixelSize(LETTERS)
        painter.setFont(font)
        painter.setPen(self.theme.color("text"))
        metrics = painter.fontMetrics()
        self._paint_names(painter)
        inside = all(fitting(painter, rect, word) for rect, word in zip(self._rects, self._texts, strict=False))
        for place, (rect, word) in enumerate(zip(self._rects, self._texts, strict=False)):
            if inside or self.column.across > 1:
                paint_word(painter, rect, word, self._colors[place] if place < len(self._colors) else None)
            else:
                paint_beside(painter, rect, word, self.theme, self.last)
        font.setPixelSize(LETTERS)
        painter.setFont(font)
        if self.caption:
            x, y, width, height = self.column.bounds
            painter.setPen(self.theme.color("quiet"))
            wide = max(width, _CAPTION)
            below = QRectF(x + (width - wide) / 2, y + height + 5, wide, 18)
            text = metrics.elidedText(self._below, Qt.TextElideMode.ElideRight, int(below.width()))
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, text)

    def _paint_names(self, painter: QPainter) -> None:
        """The names, or what the units stand for now; then the names that stand for nothing are quiet."""
        before = self.column.layer < 0
        align = (Qt.AlignmentFlag.AlignRight if before else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter
        for place, (rect, label) in enumerate(zip(self._rects, self.labels, strict=False)):
            meant = self._meant[place] if place < len(self._meant) else ""
            painter.setPen(self.theme.color("text" if meant or not self._meant else "quiet"))
            more = 0 if before or not meant else _MORE
            text = in_lines(meant or label, painter.font(), self._label_width + 1 + more, two=self._roomy)
            painter.drawText(self._name_rect(rect).adjusted(0, -8, more, 8), align, text)

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for unit, width in ((self.hovered, 1.6), (self.selected, 2.6)):
            if unit is not None and unit < self.column.units:
                # Among the cells of a strip, a blue frame would be one more cell.
                cell = not self._rects or self.column.grid != (1, 1)
                painter.setPen(QPen(self.theme.color("text" if cell else "accent"), width))
                painter.drawRect(QRectF(*self.column.rect_of(unit)).adjusted(-2, -2, 2, 2))

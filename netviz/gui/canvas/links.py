"""The links of one dense layer, painted by one item: width and colour are the numbers, dashes the negative sign."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netviz.arrays import Array
from netviz.gui.images import color
from netviz.gui.theme import Theme
from netviz.pictures.colors import one_color
from netviz.pictures.diagram import Column, Links, along, curve, strongest

_THINNEST, _THICKEST = 0.5, 5.5
_ROOMY = 30  # so many links can be drawn as thick as that; more share the same ink
_LEVELS = 6  # of width on each side of zero: links of one level are painted together
_MOST_CURVES = 80  # of more, hair lines are drawn, faint where weak: 300 thick curves take 84 ms, hair lines 4
_LINES = 10  # for each curve
_NEAR = 5.0  # how far from a link the mouse may be


class LinksItem(QGraphicsItem):
    """The links between two columns. Setting values groups curves by level; painting strokes a dozen paths."""

    def __init__(self, links: Links, source: Column, target: Column, theme: Theme) -> None:
        """Links with no values yet."""
        super().__init__()
        self.links, self.theme = links, theme
        self._shape = (source.units, target.units)
        self._start, self._end = source.right, target.left
        self._strokes: list[tuple[QPen, QPainterPath | list[QLineF]]] = []
        self._segments: dict[int, list[QLineF]] = {}
        self._drawn: Array = np.empty(0, int)
        self._samples: Array = np.empty((0, 0, 2))
        self._values: Array = np.empty(0)
        self._at_most = 1.0
        self.hovered: int | None = None
        self.selected: int | None = None
        self.setZValue(-1)
        ends = np.concatenate([self._start, self._end])
        low, high = ends.min(0) - 8, ends.max(0) + 8
        self._bounds = QRectF(*low.tolist(), *(high - low).tolist())

    def show_values(self, kernel: Array, at_most: float) -> None:
        """The numbers of the links, (source units, target units); `at_most` gets the full width and colour."""
        self._values, self._at_most = kernel.ravel(), at_most
        drawn = strongest(kernel)
        if not np.array_equal(drawn, self._drawn):
            self._drawn = drawn
        self._samples = np.empty((0, 0, 2))
        self._strokes = self._grouped(drawn)
        self.update()

    @property
    def crowded(self) -> bool:
        """Whether there are so many that opacity shows their size instead of width."""
        return len(self._drawn) > _MOST_CURVES

    @property
    def told(self) -> tuple[int, int]:
        """(links drawn, links there are)."""
        return len(self._drawn), len(self._values)

    def link_at(self, point: QPointF) -> int | None:
        """The drawn link nearest to a point of the scene, as a flat index into the kernel; None where none is near."""
        if not len(self._drawn):
            return None
        if not self._samples.size:
            self._samples = along(self._curves(self._drawn), 24)
        distance = np.hypot(*np.moveaxis(self._samples - [point.x(), point.y()], -1, 0)).min(0)
        nearest = int(distance.argmin())
        return int(self._drawn[nearest]) if distance[nearest] <= _NEAR else None

    def _curves(self, drawn: Array) -> Array:
        source, target = np.divmod(drawn, self._shape[1])
        return curve(self._start[source], self._end[target])

    def _grouped(self, drawn: Array) -> list[tuple[QPen, QPainterPath | list[QLineF]]]:
        values = np.nan_to_num(self._values[drawn] / self._at_most, nan=0.0, posinf=1.0, neginf=-1.0)
        levels = np.rint(np.clip(values, -1, 1) * _LEVELS).astype(int)
        strokes: list[tuple[QPen, QPainterPath | list[QLineF]]] = []
        ink = min(1.0, math.sqrt(_ROOMY / max(1, len(drawn))))
        shape = self._lines if len(drawn) > _MOST_CURVES else self._path
        for level in sorted(set(levels.tolist()), key=abs):
            strokes.append((self._pen(level / _LEVELS, ink, len(drawn)), shape(drawn[levels == level])))
        return strokes

    def _path(self, drawn: Array) -> QPainterPath:
        path = QPainterPath()
        for points in self._curves(drawn).reshape(-1, 8).tolist():
            path.moveTo(points[0], points[1])
            path.cubicTo(*points[2:])
        return path

    def _lines(self, drawn: Array) -> list[QLineF]:
        """The same in straight lines, made once for each link."""
        new = np.array([link for link in drawn.tolist() if link not in self._segments], int)
        if len(new):
            points = np.moveaxis(along(self._curves(new), _LINES + 1), 0, 1)
            pairs = np.concatenate([points[:, :-1], points[:, 1:]], -1).tolist()
            self._segments |= {link: [QLineF(*ends) for ends in row] for link, row in zip(new.tolist(), pairs, strict=True)}
        return [line for link in drawn.tolist() for line in self._segments[link]]

    def _pen(self, value: float, ink: float, count: int) -> QPen:
        size = abs(value)
        # Toward zero the scale's light middle would vanish on a light ground: weak links are thin, not pale.
        shade = color(one_color(np.sign(value) * (0.35 + 0.65 * size) if value else 0.0, 1.0))
        if not value:
            shade = QColor(self.theme.color("line"))
        if count > _MOST_CURVES:
            return _hair(shade, size)
        shade.setAlphaF(0.45 + 0.55 * ink)
        pen = QPen(shade, _THINNEST + (_THICKEST - _THINNEST) * size * ink)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if value < 0 and count <= _MOST_CURVES:
            pen.setDashPattern([max(1.5, 5 / pen.widthF()), max(1.0, 3 / pen.widthF())])
        return pen

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for pen, shape in self._strokes:
            if isinstance(shape, QPainterPath):
                painter.strokePath(shape, pen)
            else:
                painter.setPen(pen)
                painter.drawLines(shape)
        for link, width in ((self.hovered, 3.0), (self.selected, 4.0)):
            if link is not None:
                self._paint_mark(painter, link, width)

    def _paint_mark(self, painter: QPainter, link: int, width: float) -> None:
        points = self._curves(np.array([link])).reshape(8).tolist()
        path = QPainterPath(QPointF(points[0], points[1]))
        path.cubicTo(*points[2:])
        glow = QColor(self.theme.color("accent"))
        glow.setAlpha(110)
        painter.strokePath(path, QPen(glow, _THICKEST + width))


def _hair(shade: QColor, size: float) -> QPen:
    """One pixel at any zoom, which Qt paints many times as fast as anything thicker."""
    shade.setAlphaF(0.15 + 0.85 * size)
    pen = QPen(shade, 1.0)
    pen.setCosmetic(True)
    return pen

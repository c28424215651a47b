"""The links that lead to one layer, painted by one item: width and opacity are the size, colour and dashes the sign."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netviz.arrays import Array
from netviz.gui.theme import Theme
from netviz.pictures.colors import BLUE, ORANGE
from netviz.pictures.columns import Column
from netviz.pictures.diagram import MOST_LINKS, Joint, along, curve, strongest

_THINNEST, _THICKEST = 0.7, 5.5
_THICKEST_WIRE = 3.0
_ROOMY = 12  # so many links can be as thick as that; more share the same ink
_MOST_THICK = 12  # of a crowded layer; the weaker ones are a pixel wide and tell their size by opacity
_CROWDED = 60  # of more than that the weak ones fade, so that the strong ones can be seen
_LEVELS = 8  # of width on each side of zero: links of one level have one pen
_NEAR = 5.0  # how far from a link the mouse may be
_FADED = 0.22  # of everything else, while some links are pointed out


Stroke = tuple[QPen, QPainterPath]


class LinksItem(QGraphicsItem):
    """The links between two columns: one for each weight, or one from each tile to its like. Setting values gives each
    curve a pen; painting strokes them one by one, the strongest last: Qt needs 0.04 ms for a thick curve alone, five times
    that in a path with others, 0.008 for a hair."""

    def __init__(self, joint: Joint, source: Column, target: Column, theme: Theme) -> None:
        """Links with no values yet; those that never get any are grey."""
        super().__init__()
        self.joint, self.theme = joint, theme
        self._source, self._target = source, target
        self._weighed = joint.kind == "links"
        self._thickest = _THICKEST if self._weighed else _THICKEST_WIRE
        self.shape_of = (source.units, target.units) if self._weighed else (len(source.rects), 1)
        self._paths: dict[int, QPainterPath] = {}
        self._strokes: list[Stroke] = []
        self._drawn: Array = np.empty(0, int)
        self._samples: Array = np.empty((0, 0, 2))
        self._values: Array = np.empty(0)
        self._at_most = 1.0
        self.hovered: int | None = None
        self.selected: int | None = None
        self._pointed_out: list[Stroke] | None = None
        self.setZValue(-1)
        left, right = source.bounds[0] + source.bounds[2], target.bounds[0]
        top = min(source.bounds[1], target.bounds[1]) - 8
        bottom = max(source.bounds[1] + source.bounds[3], target.bounds[1] + target.bounds[3]) + 8
        self._bounds = QRectF(left - 8, top, right - left + 16, bottom - top)
        if not self._weighed:
            self.show_bare()

    def show_bare(self) -> None:
        """Grey wires, which have no number of their own."""
        self._prepare(np.arange(len(self._source.rects)))
        pen = QPen(self.theme.color("quiet"), 1.0)
        pen.setCosmetic(True)
        self._strokes = [(pen, path) for path in self._paths.values()]

    def show_values(self, kernel: Array, at_most: float) -> None:
        """The numbers of the links, (source units, target units); `at_most` gets the full width and colour."""
        self._values, self._at_most = kernel.ravel(), at_most
        drawn = strongest(kernel)
        if not np.array_equal(drawn, self._drawn):
            self._drawn, self._samples = drawn, np.empty((0, 0, 2))
        self._strokes = self._grouped(drawn)
        self.update()

    def point_out(self, source: int | None = None, target: int | None = None) -> None:
        """Show the links of one unit, the sending or the receiving one, before all others; of none by default."""
        self._pointed_out = None
        if (source is not None or target is not None) and self._values.size:
            ours = self._of(source, target)
            self._pointed_out = self._grouped(ours[strongest(self._values[ours])])
        self.update()

    def _of(self, source: int | None, target: int | None) -> Array:
        """The links of a sending or a receiving unit."""
        if not self._weighed:
            unit = source if source is not None else target
            assert unit is not None
            return np.array([unit % len(self._source.rects)])
        every = np.arange(self._values.size).reshape(self.shape_of)
        return (every[source] if source is not None else every[:, target]).ravel()

    @property
    def crowded(self) -> bool:
        """Whether there are so many that opacity shows their size, too."""
        return len(self._drawn) > _CROWDED

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
        if not self._weighed:
            return curve(self._source.tile_ports(right=True)[drawn], self._target.tile_ports(right=False)[drawn])
        source, target = np.divmod(drawn, self.shape_of[1])
        return curve(self._source.right(source), self._target.left(target))

    def _grouped(self, drawn: Array) -> list[Stroke]:
        """The curves of these links with their pens."""
        self._prepare(drawn)
        sizes = np.nan_to_num(np.abs(self._values[drawn] / self._at_most), nan=0.0, posinf=1.0)
        levels = np.ceil(np.minimum(sizes, 1) * _LEVELS).astype(int) * np.where(self._values[drawn] < 0, -1, 1)
        if len(drawn) > _CROWDED:  # the strongest of thousands all reach the limit: fade from the strongest to the last
            sizes = (sizes - sizes.min()) / (float(np.ptp(sizes)) or 1.0)
        fades = np.ceil(np.minimum(sizes, 1) * _LEVELS).astype(int)
        pens: dict[tuple[int, int, int, bool], QPen] = {}
        strokes = []
        phases = (drawn % 4 if len(drawn) > _CROWDED else np.zeros_like(drawn)).tolist()
        thick = len(drawn) if len(drawn) <= _CROWDED else _MOST_THICK if len(drawn) < MOST_LINKS // 2 else 0
        hairs = (np.arange(len(drawn)) < len(drawn) - thick).tolist()
        for link, *key in zip(drawn.tolist(), levels.tolist(), fades.tolist(), phases, hairs, strict=True):
            look = (key[0], key[1], key[2], key[3])
            if look not in pens:
                pens[look] = self._pen(*look, len(drawn))
            strokes.append((pens[look], self._paths[link]))
        return strokes

    def _prepare(self, drawn: Array) -> None:
        """The paths of these links, made once and kept as long as not too many others have been drawn since."""
        if len(self._paths) > 4 * MOST_LINKS:
            self._paths = {}
        new = [link for link in drawn.tolist() if link not in self._paths]
        for link, points in zip(new, self._curves(np.array(new, int)).reshape(-1, 8).tolist(), strict=True):
            path = QPainterPath(QPointF(points[0], points[1]))
            path.cubicTo(*points[2:])
            self._paths[link] = path

    def _pen(self, level: int, fade: int, phase: int, hair: bool, count: int) -> QPen:
        """The pen of a level of width, a level of opacity and a place where the dashes begin, among so many links."""
        thick = max(_THINNEST, self._thickest * min(1.0, math.sqrt(_ROOMY / count)))
        width = 1.0 if hair else _THINNEST + (thick - _THINNEST) * abs(level) / _LEVELS
        shade = QColor(*(ORANGE if level < 0 else BLUE)) if level else QColor(self.theme.quiet)
        faint = 0.6 * min(1.0, math.sqrt(_CROWDED / count))
        shade.setAlphaF(faint + (1 - faint) * (fade / _LEVELS) ** 2 if level else 0.4)
        pen = QPen(shade, width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if hair or width <= 1.0:  # a pixel at any zoom, which Qt paints in a fifth of the time
            pen.setCosmetic(True)
            pen.setWidthF(1.0)
        if level < 0:
            pen.setDashPattern([max(1.5, 6 / width), max(1.0, 3 / width)])
            pen.setDashOffset(2.3 * phase)
        return pen

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if self._pointed_out is not None:
            painter.setOpacity(_FADED)
        self._stroke(painter, self._strokes)
        painter.setOpacity(1.0)
        self._stroke(painter, self._pointed_out or [])
        for link, width in ((self.hovered, 3.0), (self.selected, 4.0)):
            if link is not None and link < self._values.size:
                self._paint_mark(painter, link, width)

    def _stroke(self, painter: QPainter, strokes: list[Stroke]) -> None:
        for pen, path in strokes:
            painter.strokePath(path, pen)

    def _paint_mark(self, painter: QPainter, link: int, width: float) -> None:
        self._prepare(np.array([link]))
        glow = QColor(self.theme.color("accent"))
        glow.setAlpha(110)
        painter.strokePath(self._paths[link], QPen(glow, _THICKEST + width))

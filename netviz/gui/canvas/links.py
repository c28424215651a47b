"""The links that lead to one layer, painted by one item: width and opacity are the size, colour and dashes the sign."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netviz.arrays import Array
from netviz.gui.canvas.strokes import CROWDED, LEVELS, THICKEST, Look, Pens, Stroke, dashes
from netviz.gui.theme import Theme
from netviz.pictures.columns import Column
from netviz.pictures.diagram import MOST_LINKS, Joint, along, curve, strongest

_THICKEST_WIRE = 3.0
_MOST_THICK = 12  # of a crowded layer; the weaker ones are a pixel wide and tell their size by fading
_NEAR = 5.0  # how far from a link the mouse may be


class LinksItem(QGraphicsItem):
    """The links between two columns: one for each weight, or one from each tile to its like. Setting values gives each
    curve a pen; painting strokes them one by one, the strongest last: Qt needs 0.05 ms for a thick curve alone, five times
    that in a path with others, 0.008 for a hair."""

    def __init__(self, joint: Joint, source: Column, target: Column, theme: Theme) -> None:
        """Links with no values yet; those that never get any are grey."""
        super().__init__()
        self.joint, self.theme = joint, theme
        self._source, self._target = source, target
        self._weighed = joint.kind == "links"
        self.most = MOST_LINKS  # drawn; more are left out
        self._pens = Pens(theme, THICKEST if self._weighed else _THICKEST_WIRE)
        self.shape_of = (source.units, target.units) if self._weighed else (len(source.rects), 1)
        self._paths: dict[int, QPainterPath] = {}
        self._points: dict[int, Array] = {}
        self._dashes: dict[int, list[QLineF]] = {}
        self._strokes: list[Stroke] = []
        self._drawn: Array = np.empty(0, int)
        self._samples: Array = np.empty((0, 0, 2))
        self._values: Array = np.empty(0)
        self._at_most = 1.0
        self.dim = False  # while others are lit
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
        self._strokes = [Stroke(*self._pens.bare(), path, None) for path in self._paths.values()]

    def show_values(self, kernel: Array, at_most: float) -> None:
        """The numbers of the links, (source units, target units); `at_most` gets the full width and colour."""
        self._values, self._at_most = kernel.ravel(), at_most
        drawn = strongest(kernel, self.most)
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
        return len(self._drawn) > CROWDED

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
        count, crowded = len(drawn), len(drawn) > CROWDED
        sizes = np.nan_to_num(np.abs(self._values[drawn] / self._at_most), nan=0.0, posinf=1.0)
        levels = np.ceil(np.minimum(sizes, 1) * LEVELS).astype(int) * np.where(self._values[drawn] < 0, -1, 1)
        if crowded:  # the strongest of thousands all reach the limit: fade from the strongest to the last
            sizes = (sizes - sizes.min()) / (float(np.ptp(sizes)) or 1.0)
        fades = np.ceil(np.minimum(sizes, 1) * LEVELS).astype(int)
        phases = (drawn % 4 if crowded else np.zeros_like(drawn)).tolist()
        thick = count if not crowded else _MOST_THICK if count < MOST_LINKS // 2 else 0
        strokes = []
        looks = zip(levels.tolist(), fades.tolist(), phases, (np.arange(count) < count - thick).tolist(), strict=True)
        for link, look in zip(drawn.tolist(), map(Look._make, looks), strict=True):
            pen, faint = self._pens.pair(look, count)
            dashed = look.level < 0 and not pen.isCosmetic()
            strokes.append(Stroke(pen, faint, self._paths[link], self._dashed(link) if dashed else None))
        return strokes

    def _dashed(self, link: int) -> list[QLineF]:
        found = self._dashes.get(link)
        if found is None:
            found = self._dashes[link] = dashes(self._points[link])
        return found

    def _prepare(self, drawn: Array) -> None:
        """The paths of these links, made once and kept as long as not too many others have been drawn since."""
        if len(self._paths) > 4 * MOST_LINKS:
            self._paths, self._points, self._dashes = {}, {}, {}
        new = [link for link in drawn.tolist() if link not in self._paths]
        for link, points in zip(new, self._curves(np.array(new, int)), strict=True):
            x, y, *rest = points.ravel().tolist()
            path = QPainterPath(QPointF(x, y))
            path.cubicTo(*rest)
            self._paths[link], self._points[link] = path, points

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for stroke in self._strokes:
            stroke.paint(painter, faint=self.dim or self._pointed_out is not None)
        for stroke in self._pointed_out or ():
            stroke.paint(painter, faint=False)
        for link, width in ((self.hovered, 3.0), (self.selected, 4.0)):
            if link is not None and link < self._values.size:
                self._paint_mark(painter, link, width)

    def _paint_mark(self, painter: QPainter, link: int, width: float) -> None:
        self._prepare(np.array([link]))
        glow = QColor(self.theme.color("accent"))
        glow.setAlpha(110)
        painter.strokePath(self._paths[link], QPen(glow, THICKEST + width))

"""A band from one column to the next, where everything works on everything, with the kernels in it as small pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netviz.arrays import Array, Shape
from netviz.engine.parameters import Path
from netviz.gui.images import image
from netviz.gui.theme import Theme
from netviz.pictures.columns import Column
from netviz.pictures.diagram import Joint
from netviz.pictures.kernels import Plan, plan

_EDGE = 16.0  # of the gap, on both sides of the pictures
_LETTERS, _LINE = 10, 15.0
_PIXEL, _FLAT = 11.0, 7.0  # an entry is drawn no larger than that; the lowest picture
_BENT = 0.5  # where the band's edges bend


@dataclass
class Kernel:
    """One array's picture: its plan, where it is, and what it shows."""

    path: Path
    plan: Plan
    rect: QRectF
    caption: str
    picture: QImage | None = None


class BandItem(QGraphicsItem):
    """What leads to a layer that is not dense. A picture has one row for each output and one column for each input."""

    def __init__(
        self, joint: Joint, source: Column, target: Column, shapes: Mapping[Path, Shape], theme: Theme
    ) -> None:
        """A band with no numbers yet; shapes: of the arrays to show."""
        super().__init__()
        self.joint, self.theme = joint, theme
        self.hovered: tuple[Path, int] | None = None
        self.selected: tuple[Path, int] | None = None
        left, right = source.bounds[0] + source.bounds[2], target.bounds[0]
        tops = source.bounds[1], target.bounds[1]
        bottoms = source.bounds[1] + source.bounds[3], target.bounds[1] + target.bounds[3]
        self._bounds = QRectF(left, min(tops) - 2, right - left, max(bottoms) - min(tops) + 4)
        self._ribbon = _ribbon(left, right, tops, bottoms)
        self._kernels = self._laid(shapes)
        self.setZValue(-1)

    def _laid(self, shapes: Mapping[Path, Shape]) -> list[Kernel]:
        """The places of the pictures, one below the other, each with its name and shape below."""
        room = self._bounds.adjusted(_EDGE, 2, -_EDGE, -2)
        each = room.height() / max(1, len(shapes))
        laid = []
        for place, (path, shape) in enumerate(shapes.items()):
            laying = plan(shape, outputs_down=True)
            rows, columns = laying.shape
            high = max(each - _LINE - 8, _FLAT)
            pixel = min(room.width() / columns, high / rows, _PIXEL)
            # What is much longer than wide is stretched across, to be seen at all.
            wide = min(max(columns * pixel, min(columns * _PIXEL, 0.3 * rows * pixel)), room.width())
            tall = min(max(rows * pixel, min(rows * _PIXEL, 0.6 * wide)), high)
            middle = room.top() + (place + 0.5) * each - _LINE / 2
            rect = QRectF(room.center().x() - wide / 2, middle - tall / 2, wide, tall)
            caption = f"{'/'.join(map(str, path[1:]))} {'×'.join(map(str, shape))}"
            laid.append(Kernel(path, laying, rect, caption))
        return laid

    def show_values(self, arrays: Mapping[Path, Array], at_most: float) -> None:
        """The numbers of the kernels; `at_most` gets the full colour."""
        for kernel in self._kernels:
            kernel.picture = image(kernel.plan.colors(arrays[kernel.path], at_most), clear=True)
        self.update()

    def entry_at(self, point: QPointF) -> tuple[Path, int] | None:
        """The entry of a kernel at a point of the scene: its array and its place in it."""
        for kernel in self._kernels:
            if kernel.rect.contains(point):
                inside = point - kernel.rect.topLeft()
                found = kernel.plan.entry_at(inside.x() / kernel.rect.width(), inside.y() / kernel.rect.height())
                return None if found is None else (kernel.path, found)
        return None

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        shade = self.theme.color("quiet")
        shade.setAlpha(38)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.fillPath(self._ribbon, shade)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        font = QFont(painter.font())
        font.setPixelSize(_LETTERS)
        painter.setFont(font)
        for kernel in self._kernels:
            if kernel.picture is not None:
                smaller = kernel.picture.height() > kernel.rect.height() or kernel.picture.width() > kernel.rect.width()
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smaller)
                painter.fillRect(kernel.rect, self.theme.color("panel"))
                painter.drawImage(kernel.rect, kernel.picture)
            self._paint_frame(painter, kernel)

    def _paint_frame(self, painter: QPainter, kernel: Kernel) -> None:
        marked = [
            (mark, width)
            for mark, width in ((self.hovered, 1.0), (self.selected, 2.0))
            if mark and mark[0] == kernel.path
        ]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.theme.color("line"), 1.0))
        painter.drawRect(kernel.rect)
        for (_path, place), width in marked:
            painter.setPen(QPen(self.theme.color("text"), width))
            painter.drawRect(self._entry_rect(kernel, place).adjusted(-1, -1, 1, 1))
        painter.setPen(self.theme.color("quiet"))
        below = QRectF(self._bounds.left() + 2, kernel.rect.bottom() + 2, self._bounds.width() - 4, _LINE)
        wide = painter.fontMetrics().horizontalAdvance
        shorter = (kernel.caption, kernel.caption.split()[-1], "")  # the shape says more than dots
        text = next(text for text in shorter if wide(text) <= below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)

    def _entry_rect(self, kernel: Kernel, place: int) -> QRectF:
        rows, columns = kernel.plan.shape
        row, column = divmod(int((kernel.plan.places.ravel() == place).argmax()), columns)
        wide, tall = kernel.rect.width() / columns, kernel.rect.height() / rows
        return QRectF(kernel.rect.left() + column * wide, kernel.rect.top() + row * tall, wide, tall)


def _ribbon(left: float, right: float, tops: tuple[float, float], bottoms: tuple[float, float]) -> QPainterPath:
    """The outline of a band between two columns, its edges bent like the links."""
    middle = left + _BENT * (right - left)
    path = QPainterPath(QPointF(left, tops[0]))
    path.cubicTo(middle, tops[0], middle, tops[1], right, tops[1])
    path.lineTo(right, bottoms[1])
    path.cubicTo(middle, bottoms[1], middle, bottoms[0], left, bottoms[0])
    path.closeSubpath()
    return path

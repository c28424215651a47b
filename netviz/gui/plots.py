"""Plots in the program's own look: pyqtgraph with the theme's colours, axes that are painted once, and no menu of its own."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPaintEngine, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel

from netviz.gui.theme import Theme
from netviz.i18n import _

pg.setConfigOptions(antialias=True, imageAxisOrder="row-major")

_LEFT = 44  # width of the left axis, so that plots do not jump when their numbers grow


class Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis with its grid, painted into a pixmap: playing its picture took three quarters of a plot's painting."""

    def __init__(self, side: str, whole: bool = False) -> None:
        """At "left" or "bottom"; `whole`: only at whole numbers."""
        self._whole = whole
        self._pixmap: QPixmap | None = None
        super().__init__(side)

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> Any:  # noqa: N803 (pyqtgraph's names)
        """Distances of ticks, the widest first."""
        levels = super().tickSpacing(minVal, maxVal, size)
        if not self._whole:
            return levels
        return [(step, start) for step, start in levels if step >= 1] or [(1.0, 0.0)]

    def paint(self, p: QPainter, opt: Any, widget: Any) -> None:
        """Onto a screen from the pixmap, which is made anew when anything about the axis has changed."""
        bounds = self.boundingRect()
        if p.paintEngine().type() != QPaintEngine.Type.Raster or bounds.width() > 8192 or bounds.height() > 8192:
            super().paint(p, opt, widget)
            return
        ratio = p.device().devicePixelRatioF()
        wanted = (bounds.size() * ratio).toSize()
        if self.picture is None or self._pixmap is None or self._pixmap.size() != wanted:
            self._pixmap = QPixmap(wanted)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._pixmap)
            inner.translate(-bounds.topLeft())
            super().paint(inner, opt, widget)
            inner.end()
        p.drawPixmap(bounds.topLeft(), self._pixmap)


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that shows what it is told to, until somebody zooms or drags it; a double click shows all again."""

    def __init__(self, theme: Theme, whole: bool = False) -> None:
        """An empty plot; `whole`: the axis at the bottom counts."""
        axes = {"left": Axis("left"), "bottom": Axis("bottom", whole)}
        super().__init__(background=QColor(theme.panel), enableMenu=False, axisItems=axes)
        menu = self.getPlotItem().ctrlMenu
        menu.setParent(self, menu.windowFlags())  # unused, and without a parent it outlives the plot
        self.hideButtons()
        self.setProperty("role", "plot")
        self._range: QRectF | None = None
        self._moved = False
        self._lesson: QLabel | None = None
        self._taught = ""
        self._notes: list[tuple[QLabel, Qt.AlignmentFlag]] = []
        self.getPlotItem().vb.sigRangeChangedManually.connect(self._leave_alone)
        font = QFont(self.font())
        font.setPointSizeF(8)
        for side, axis in axes.items():
            axis.setPen(QColor(theme.line))
            axis.setTextPen(QColor(theme.quiet))
            axis.setTickFont(font)
            axis.setStyle(tickLength=-4, tickTextOffset=4 if side == "left" else 3, maxTickLevel=1)
        self.showGrid(x=False, y=True, alpha=0.12)
        axes["left"].setWidth(_LEFT)

    def _leave_alone(self, _axes: object) -> None:
        self._moved = True

    def fit(self, range: QRectF) -> None:
        """Show this part of the plane, unless somebody has chosen another."""
        if range != self._range:
            self._range = range
            if not self._moved:
                self.setRange(range, padding=0, disableAutoRange=True)

    def show_all(self) -> None:
        """Forget what somebody has chosen to see."""
        self._moved = False
        if self._range is not None:
            self.setRange(self._range, padding=0, disableAutoRange=True)

    def note(self, text: str, place: Qt.AlignmentFlag) -> QLabel:
        """Words that lie over the plot: a title at the top, a unit at the bottom, a hint in the middle."""
        label = QLabel(text, self)
        label.setProperty("role", "note")
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        label.setWordWrap(bool(place & Qt.AlignmentFlag.AlignHCenter))
        label.setAlignment(
            Qt.AlignmentFlag.AlignCenter if place & Qt.AlignmentFlag.AlignHCenter else Qt.AlignmentFlag.AlignLeft
        )
        self._notes.append((label, place))
        self.place_notes()
        return label

    def teach(self, sentence: str) -> None:
        """A sentence in the place of what there is not yet to see; nothing ends it."""
        if sentence == self._taught:
            return
        self._taught = sentence
        if self._lesson is None:
            self._lesson = self.note("", Qt.AlignmentFlag.AlignCenter)
        self._lesson.setText(sentence)
        self._lesson.setVisible(bool(sentence))
        for axis in ("left", "bottom"):
            self.showAxis(axis, not sentence)
        self.place_notes()

    def place_notes(self) -> None:
        """Put the words where they belong, after their text or the plot's size has changed."""
        for label, place in self._notes:
            size = label.sizeHint()
            if place & Qt.AlignmentFlag.AlignHCenter:
                size.setWidth(min(self.width() - 24, 360))
                size.setHeight(label.heightForWidth(size.width()))
            left = (self.width() - size.width()) // 2 if place & Qt.AlignmentFlag.AlignHCenter else 4
            left = self.width() - size.width() - 6 if place & Qt.AlignmentFlag.AlignRight else left
            top = (self.height() - size.height()) // 2 if place & Qt.AlignmentFlag.AlignVCenter else 3
            top = self.height() - size.height() - 1 if place & Qt.AlignmentFlag.AlignBottom else top
            label.setGeometry(left, top, size.width(), size.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_notes"):  # pyqtgraph resizes while it is being made
            self.place_notes()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self.show_all()

    def at(self, point: QPointF) -> QPointF:
        """The values of the axes at a point of the plot's scene."""
        found: QPointF = self.getPlotItem().vb.mapSceneToView(point)
        return found


def zooming() -> str:
    """How a plot is moved, for its tooltip."""
    return _("Wheel: zoom · drag: move · double click: show all")


def pen(color: str, width: float = 1.6, dashed: bool = False) -> Any:
    """A pen for a curve."""
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    return pg.mkPen(QColor(color), width=width, style=style)

"""The timeline under the network: the loss of every update, to be dragged over; what is dragged to is shown everywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from netviz.arrays import Array
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures import timeline
from netviz.pictures.colors import CLASS_COLORS
from netviz.pictures.timeline import Curve, Way

_LEFT, _RIGHT, _TOP = 14, 14, 4
_KEPT, _FOOT = 3, 14  # heights: of the line that says what is kept, and of the numbers below it
_HIGH = 52
_MARK = 46  # between two marked epochs, at least
_PAGES = 20


def way_color(theme: Theme, place: int | None) -> QColor:
    """The colour of a way: that of the training's curve for the one at hand."""
    return theme.color("training") if place is None else QColor(*CLASS_COLORS[2 + place % (len(CLASS_COLORS) - 2)])


class TimelineStrip(QWidget):
    """The curves with a cursor. `sought` carries an update; arrows, page keys, Home and End move, too."""

    sought = Signal(object)

    def __init__(self, theme: Theme) -> None:
        """Nothing trained yet."""
        super().__init__()
        self.theme = theme
        self.ways: tuple[Way, ...] = ()
        self.step = self.furthest = 0
        self.span = 1
        self._kept: Array = np.empty(0)
        self._drawn: QPixmap | None = None
        self._over: int | None = None
        self.setProperty("arrows", True)
        self.setFixedHeight(_HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(_("Timeline"))
        self.setToolTip(
            _("Drag to see any update, everywhere in the window. The line below: dark where every update is kept, pale where "
              "updates are made again, bit for bit, when they are looked at.")
        )  # fmt: skip

    def minimumSizeHint(self) -> QSize:
        return QSize(160, _HIGH)

    def wear(self, theme: Theme) -> None:
        """Another theme."""
        self.theme, self._drawn = theme, None
        self.update()

    def show_ways(self, ways: tuple[Way, ...], span: int, kept: Array) -> None:
        """Draw these ways on an axis of so many updates."""
        self.ways, self.span = ways, span
        self.furthest = next((way.end for way in ways if way.place is None), 0)
        self._drawn = None
        self.show_kept(kept)

    @property
    def drawn(self) -> int:
        """As far as the curve of the way at hand is drawn."""
        return next((way.end for way in self.ways if way.place is None), 0)

    def has_room_for(self, furthest: int, planned: int) -> bool:
        """Whether the curve at hand, drawn so far, would look the same."""
        same = timeline.reach([replace(way, end=furthest) if way.place is None else way for way in self.ways], planned)
        return 0 <= (furthest - self.drawn) * self._room < self.span and same == self.span

    def show_kept(self, kept: Array) -> None:
        """These updates are kept."""
        self._kept = timeline.density(kept, self.furthest, self.span, max(1, self._room))
        self.update()

    def show_step(self, step: int) -> None:
        """The update at hand."""
        if step != self.step:
            self.step = step
            self.setAccessibleDescription(_("update {n:,} of {m:,}").format(n=step, m=self.furthest))
            self.update()

    # --------------------------------------------------------------------------------------------------- places

    @property
    def _room(self) -> int:
        return max(1, self.width() - _LEFT - _RIGHT)

    def place(self, step: float) -> float:
        """Where an update lies across."""
        return _LEFT + self._room * step / self.span

    def step_at(self, x: float) -> int:
        """The update nearest to a place, of those that have been trained."""
        return min(max(0, round((x - _LEFT) / self._room * self.span)), self.furthest)

    # ------------------------------------------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._drawn is None or self._drawn.deviceIndependentSize().toSize() != self.size():
            self._drawn = QPixmap(self.size() * ratio)
            self._drawn.setDevicePixelRatio(ratio)
            self._drawn.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._drawn)
            self._paint_all(inner)
            inner.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._drawn)
        if self.furthest:
            self._paint_kept(painter, self.height() - _FOOT - _KEPT)
        self._paint_cursor(painter)

    def _paint_all(self, painter: QPainter) -> None:
        floor = self.height() - _FOOT - _KEPT
        painter.fillRect(QRectF(_LEFT, _TOP, self._room, floor - _TOP), self.theme.color("panel"))
        curves = [timeline.curve(way.losses, way.begin, self._room // 2) for way in self.ways]
        scale = timeline.scale(curves)
        self._paint_epochs(painter, floor)
        for way, drawn in zip(self.ways, curves, strict=True):
            heights = Curve(drawn.x, *(floor - scale.heights(part) * (floor - _TOP) for part in drawn[1:]))
            self._paint_curve(painter, heights, way_color(self.theme, way.place), 1.6 if way.place is None else 1.2)
        if not self.furthest:
            painter.setPen(self.theme.color("quiet"))
            words = _("The loss of every update appears here; drag over it to go back in time.")
            painter.drawText(QRectF(_LEFT, _TOP, self._room, floor - _TOP), Qt.AlignmentFlag.AlignCenter, words)

    def _paint_curve(self, painter: QPainter, curve: Curve, color: QColor, width: float) -> None:
        """A band from the smallest to the largest of each stretch, and the mean over it."""
        across = [self.place(x) for x in curve.x.tolist()]
        if not across:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        faint = QColor(color)
        faint.setAlpha(56)
        if curve.low is not curve.mean:
            edge = [*zip(across, curve.high.tolist(), strict=True), *zip(across[::-1], curve.low.tolist()[::-1], strict=True)]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faint)
            painter.drawPolygon(QPolygonF([QPointF(*point) for point in edge]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, width))
        painter.drawPolyline([QPointF(*point) for point in zip(across, curve.mean.tolist(), strict=True)])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_epochs(self, painter: QPainter, floor: int) -> None:
        """A mark where an epoch ends, with its number."""
        at_hand = next((way for way in self.ways if way.place is None), None)
        if at_hand is None:
            return
        font = QFont(self.font())
        font.setPixelSize(10)
        painter.setFont(font)
        for epoch, step in timeline.epoch_marks(at_hand.history, self.span, self._room // _MARK):
            x = self.place(step)
            painter.setPen(self.theme.color("line"))
            painter.drawLine(QPointF(x, _TOP), QPointF(x, floor))
            painter.setPen(self.theme.color("quiet"))
            words = _("epoch {n:,}").format(n=epoch) if epoch == 1 else f"{epoch:,}"
            painter.drawText(QRectF(x - 40, floor + _KEPT, 80, _FOOT), Qt.AlignmentFlag.AlignCenter, words)
        for way in self.ways:
            if way.place is not None and way.begin:
                x, color = self.place(way.begin), way_color(self.theme, way.place)
                painter.setPen(QPen(color, 1, Qt.PenStyle.DotLine))
                painter.drawLine(QPointF(x, _TOP), QPointF(x, floor))

    def _paint_kept(self, painter: QPainter, floor: int) -> None:
        """How many of the updates are kept: the darker, the more."""
        color = self.theme.color("quiet")
        alpha = np.where(np.isnan(self._kept), 0, 60 + 195 * np.nan_to_num(self._kept)).astype(np.uint32)
        row = np.ascontiguousarray((alpha << 24) | np.uint32(color.rgb() & 0xFFFFFF))
        image = QImage(row.data, len(row), 1, 4 * len(row), QImage.Format.Format_ARGB32)
        painter.drawImage(QRectF(_LEFT, floor, self._room, _KEPT), image)

    def _paint_cursor(self, painter: QPainter) -> None:
        floor = self.height() - _FOOT
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if self.hasFocus():
            painter.setPen(QPen(self.theme.color("accent"), 1))
            painter.drawRoundedRect(QRectF(_LEFT - 4, 1, self._room + 8, self.height() - 2), 4, 4)
        if self._over is not None:
            self._paint_reading(painter, self._over, floor)
        x = self.place(self.step)
        painter.setPen(QPen(self.theme.color("text"), 1.6))
        painter.drawLine(QPointF(x, 1), QPointF(x, floor - 4))
        painter.setBrush(self.theme.color("text"))
        painter.drawEllipse(QPointF(x, floor - 3), 4.5, 4.5)

    def _paint_reading(self, painter: QPainter, step: int, floor: int) -> None:
        """The update under the mouse, with its loss."""
        at_hand = next((way for way in self.ways if way.place is None), None)
        if at_hand is None:
            return
        x, words = self.place(step), timeline.reading(at_hand, step)
        painter.setPen(QPen(self.theme.color("quiet"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, _TOP), QPointF(x, floor))
        wide = painter.fontMetrics().horizontalAdvance(words) + 12
        left = x + 6 if x + 6 + wide < self.width() else x - 6 - wide
        box = QRectF(left, _TOP, wide, 20)
        painter.setPen(self.theme.color("line"))
        painter.setBrush(self.theme.color("raised"))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self.theme.color("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    # -------------------------------------------------------------------------------------------- what Qt calls

    def seek(self, step: int) -> None:
        """Go to an update, of those that have been trained."""
        step = min(max(0, step), self.furthest)
        if step != self.step:
            self.show_step(step)
            self.sought.emit(step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.seek(self.step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        step = self.step_at(event.position().x())
        self._over = step if self.furthest else None
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.seek(step)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = max(1, self.furthest // _PAGES)
        moves = {
            Qt.Key.Key_Left: self.step - 1, Qt.Key.Key_Right: self.step + 1,
            Qt.Key.Key_PageUp: self.step - page, Qt.Key.Key_PageDown: self.step + page,
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: self.furthest,
        }  # fmt: skip
        if event.key() in moves and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.seek(moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

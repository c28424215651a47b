"""Small pictures of a few numbers: a line over the last updates, two bars beside each other, a sorted strip of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from netviz.arrays import Array
from netviz.gui.panels.numerals import shown
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures.worth import Shares

_EDGE = 12.0


def small(widget: QWidget, pixels: int = 11, bold: bool = False) -> QFont:
    """A font for words within a picture."""
    font = QFont(widget.font())
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font


class Sparkline(QWidget):
    """One number over the last updates, with zero as a line where it lies among them."""

    def __init__(self, theme: Theme) -> None:
        """Nothing yet."""
        super().__init__()
        self.theme = theme
        self.steps, self.values = np.empty(0), np.empty(0)
        self.setFixedHeight(30)

    def show_values(self, steps: Array, values: Array, title: str) -> None:
        """Draw these values at these updates."""
        self.steps, self.values = steps, values
        self.setAccessibleName(title)
        if len(values):
            text = _("{title}: update {first:,} to {last:,}, from {low} to {high}")
            low, high = shown(float(values.min())), shown(float(values.max()))
            words = {"title": title, "first": int(steps[0]), "last": int(steps[-1]), "low": low, "high": high}
            self.setToolTip(text.format(**words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        finite = np.isfinite(self.values)
        if finite.sum() < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        steps, values = self.steps[finite], self.values[finite]
        low, high = float(values.min()), float(values.max())
        font = small(self, 10)
        metrics = QFontMetricsF(font)
        wide = max(metrics.horizontalAdvance(shown(end)) for end in (low, high)) + 6
        rect = QRectF(_EDGE, 4, self.width() - 2 * _EDGE - wide, self.height() - 8)
        if low <= 0 <= high and high > low:
            y = rect.bottom() - (0 - low) / (high - low) * rect.height()
            painter.setPen(QPen(self.theme.color("line"), 1))
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
        x = rect.left() + (steps - steps[0]) / max(1.0, float(steps[-1] - steps[0])) * rect.width()
        share = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
        points = [QPointF(a, rect.bottom() - b * rect.height()) for a, b in zip(x.tolist(), share.tolist(), strict=True)]
        painter.setPen(QPen(self.theme.color("accent"), 1.4))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(self.theme.color("accent"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(points[-1], 2.2, 2.2)
        painter.setFont(font)
        painter.setPen(self.theme.color("quiet"))
        right = QRectF(rect.right() + 6, 0, wide, self.height())
        if high > low:
            painter.drawText(right, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, shown(high))
            painter.drawText(right, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, shown(low))
        else:
            painter.drawText(right, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown(low))


class Bars(QWidget):
    """Signed bars below each other on one scale; a ghost is drawn as an outline."""

    def __init__(self, theme: Theme) -> None:
        """No bars yet."""
        super().__init__()
        self.theme = theme
        self.rows: tuple[tuple[str, float, bool], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: Sequence[tuple[str, float, bool]]) -> None:
        """(title, value, whether it is a ghost) from top to bottom."""
        if len(rows) != len(self.rows):
            self.updateGeometry()
        self.rows = tuple(rows)
        self.setFixedHeight(self.sizeHint().height())
        self.setAccessibleName("; ".join(f"{title} {shown(value)}" for title, value, _ghost in rows))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 24 * len(self.rows) + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font, bold = small(self), small(self, 11, True)
        left = _EDGE + max(QFontMetricsF(font).horizontalAdvance(title) for title, _v, _g in self.rows) + 10
        right = self.width() - _EDGE - 62
        known = [value for _t, value, _g in self.rows if np.isfinite(value)]
        low, high = min(known, default=0.0), max(known, default=0.0)
        low, high = min(low, 0.0), max(high, 0.0)
        long = max(16.0, right - left) / ((high - low) or 1.0)
        middle = left - low * long
        painter.setPen(self.theme.color("line"))
        painter.drawLine(QPointF(middle, 2), QPointF(middle, 24 * len(self.rows)))
        for place, (title, value, ghost) in enumerate(self.rows):
            top = 3.0 + 24 * place
            painter.setFont(font)
            painter.setPen(self.theme.color("quiet" if ghost else "text"))
            line = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(_EDGE, top, left - _EDGE, 20), line | Qt.AlignmentFlag.AlignLeft, title)
            length = abs(value) * long if np.isfinite(value) else 0.0
            bar = QRectF(middle if value > 0 else middle - length, top + 4, length, 12)
            color = self.theme.color("training" if value >= 0 else "validation")
            if ghost:
                painter.setPen(QPen(color, 1.2, Qt.PenStyle.DashLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(bar)
            else:
                painter.fillRect(bar, color)
            painter.setFont(font if ghost else bold)
            painter.setPen(self.theme.color("quiet" if ghost else "text"))
            numbers = QRectF(right + 4, top, self.width() - right - 4 - _EDGE / 2, 20)
            painter.drawText(numbers, line | Qt.AlignmentFlag.AlignRight, shown(value))


class RowStrip(QWidget):
    """What each row of the batch adds to a gradient, sorted: one bar for each, orange to blue, the sum as a line."""

    chosen = Signal(int)  # the place of a row in the batch

    def __init__(self, theme: Theme) -> None:
        """No rows yet."""
        super().__init__()
        self.theme = theme
        self.shares: Shares | None = None
        self._hovered: int | None = None
        self.setMouseTracking(True)
        self.setMinimumHeight(60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_shares(self, shares: Shares | None) -> None:
        """Draw these."""
        self.shares = shares
        self._hovered = None
        self.setAccessibleName(_("What each row adds to the gradient, sorted"))
        self.update()

    def _area(self) -> QRectF:
        return QRectF(8, 8, self.width() - 16, self.height() - 16)

    def place_at(self, x: float) -> int | None:
        """Which bar, from the left, is at an x."""
        area = self._area()
        if self.shares is None or not len(self.shares.values) or not area.left() <= x < area.right():
            return None
        return min(len(self.shares.values) - 1, int((x - area.left()) / area.width() * len(self.shares.values)))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.shares is None or not len(self.shares.values):
            return
        painter = QPainter(self)
        area, values = self._area(), self.shares.values[self.shares.order]
        low, high = min(0.0, float(values[0])), max(0.0, float(values[-1]))
        span = (high - low) or 1.0
        zero = area.bottom() + low / span * area.height()
        wide = area.width() / len(values)
        gap = 1.0 if wide > 4 else 0.0
        for place, value in enumerate(values.tolist()):
            height = value / span * area.height()
            rect = QRectF(area.left() + place * wide, min(zero, zero - height), max(wide - gap, 0.6), max(abs(height), 0.8))
            color = QColor(self.theme.color("training" if value >= 0 else "validation"))
            if self._hovered is not None and place != self._hovered:
                color.setAlpha(110)
            painter.fillRect(rect, color)
        painter.setPen(QPen(self.theme.color("quiet"), 1))
        painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().x())
        if place != self._hovered:
            self._hovered = place
            self.update()
        if place is not None and self.shares is not None:
            row = int(self.shares.order[place])
            text = _("training row {row:,} adds {value}; click for where it comes from")
            words = text.format(row=int(self.shares.rows[row]) + 1, value=shown(float(self.shares.values[row])))
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().x())
        if place is not None and self.shares is not None:
            self.chosen.emit(int(self.shares.order[place]))

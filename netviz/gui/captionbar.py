"""The line that says what is happening: the station's number, a sentence, and its formula."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from netviz.gui.formulas import formula, size_of
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures.captions import Caption

_HIGH, _EDGE, _GAP = 34, 14, 14
_POINTS = 12.0
_SMALL = (11, 10)  # pixels high, of words in two lines


class CaptionBar(QWidget):
    """One caption; its height does not change with what it says."""

    def __init__(self, theme: Theme) -> None:
        """Nothing to say yet."""
        super().__init__()
        self.theme = theme
        self.caption = Caption(0, 0, _("As soon as the network can be trained, each of its steps is told here."))
        self.setFixedHeight(_HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, _HIGH)

    def show_caption(self, caption: Caption) -> None:
        """Say this now."""
        if caption != self.caption:
            self.caption = caption
            self.setToolTip(caption.sentence)
            number = f"{caption.number}/{caption.count} " if caption.number else ""
            self.setAccessibleName(number + caption.sentence)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = self._paint_number(painter)
        right = self._paint_formula(painter, left)
        room = QRectF(left, 0, right - left, self.height())
        painter.setPen(self.theme.color("text" if self.caption.number else "quiet"))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if painter.fontMetrics().horizontalAdvance(self.caption.sentence) > room.width():
            painter.setFont(self._small(room.width()))
            flags |= Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self.caption.sentence)

    def _small(self, room: float) -> QFont:
        """A font in which the sentence fits into two lines, if there is one."""
        font = QFont(self.font())
        for pixels in _SMALL:
            font.setPixelSize(pixels)
            if self._lines(font, room) <= 2:
                break
        return font

    def _lines(self, font: QFont, room: float) -> int:
        """How many lines the sentence takes."""
        metrics = QFontMetricsF(font)
        flags = int(Qt.TextFlag.TextWordWrap)
        high = metrics.boundingRect(QRectF(0, 0, room, 1000), flags, self.caption.sentence).height()
        return round(high / metrics.lineSpacing())

    def _paint_number(self, painter: QPainter) -> float:
        """A badge with the station's number; where the words begin."""
        if not self.caption.number:
            return float(_EDGE)
        font = QFont(self.font())
        font.setBold(True)
        font.setPixelSize(11)
        painter.setFont(font)
        words = f"{self.caption.number} / {self.caption.count}"
        wide = painter.fontMetrics().horizontalAdvance(words) + 16
        badge = QRectF(_EDGE, (self.height() - 20) / 2, wide, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("accent"))
        painter.drawRoundedRect(badge, 10, 10)
        painter.setPen(self.theme.color("on_accent"))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, words)
        painter.setFont(self.font())
        return badge.right() + 10

    def _paint_formula(self, painter: QPainter, left: float) -> float:
        """The formula at the right, where there is room for it beside the words; where the words end."""
        right = float(self.width() - _EDGE)
        if not self.caption.formula:
            return right
        ratio = painter.device().devicePixelRatioF()
        for points in (_POINTS, _POINTS - 2, _POINTS - 3.5, _POINTS - 4.5):
            picture = formula(self.caption.formula, points, self.theme.text, ratio)
            wide, high = size_of(picture)
            room = right - wide - _GAP - left
            if high <= self.height() and room > 0 and self._lines(self._small(room), room) <= 2:
                painter.drawPixmap(QPointF(right - wide, (self.height() - high) / 2), picture)
                return right - wide - _GAP
        return right

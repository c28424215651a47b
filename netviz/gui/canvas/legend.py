"""What colours, widths and dashes mean, always below the drawing."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from netviz.gui.images import color
from netviz.gui.theme import Theme
from netviz.pictures.colors import TABLE, short

_BAR, _HIGH, _LEFT = 150, 40, 16


class Legend(QWidget):
    """The scale with its limits, and two lines of words beside it."""

    def __init__(self, theme: Theme) -> None:
        """A legend of nothing."""
        super().__init__()
        self.theme = theme
        self.lines: tuple[str, str] = ("", "")
        self._ends = short(-1.0), "0", short(1.0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HIGH)

    def minimumSizeHint(self) -> QSize:
        return QSize(_BAR + 2 * _LEFT, _HIGH)

    def show_scale(self, ends: tuple[str, str, str], lines: tuple[str, str]) -> None:
        """The values at both ends of the scale and in its middle, and what else there is to say."""
        if (ends, lines) != (self._ends, self.lines):
            self._ends, self.lines = ends, lines
            self.setToolTip("\n".join(lines))
            self.setAccessibleName(" ".join((*ends, *lines)))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        bar = QRect(_LEFT, 6, _BAR, 10)
        gradient = QLinearGradient(bar.left(), 0, bar.right(), 0)
        for place in range(0, 257, 16):
            gradient.setColorAt(place / 256, color(int(TABLE[min(place, 255)])))
        painter.fillRect(bar, gradient)
        painter.setPen(self.theme.color("line"))
        painter.drawRect(bar)
        painter.setPen(self.theme.color("quiet"))
        below = bar.adjusted(0, 13, 1, 20)
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        for side, text in zip(sides, self._ends, strict=True):
            painter.drawText(below, side, text)
        left = bar.right() + 22
        room = self.width() - left - 10
        for place, line in enumerate(self.lines):
            text = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(left, 3 + 17 * place, room, 16), Qt.AlignmentFlag.AlignVCenter, text)

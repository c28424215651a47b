"""What colours, widths and dashes mean, always below the drawing."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from netviz.gui.images import color
from netviz.gui.theme import Theme
from netviz.pictures.colors import TABLE, short

_BAR, _SHORT_BAR, _HIGH, _LEFT = 150, 104, 40, 16
_NARROW = 480  # a legend of less width has a short scale
_APART = " · "
_LETTERS = 11  # pixels high


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
        return QSize(_SHORT_BAR + 2 * _LEFT, _HIGH)

    def show_scale(self, ends: tuple[str, str, str], lines: tuple[str, str]) -> None:
        """The values at both ends of the scale and in its middle, and what else there is to say, the weightiest first.

        The parts of a line stand apart by " · "; what there is no room for is in the tooltip alone.
        """
        if (ends, lines) != (self._ends, self.lines):
            self._ends, self.lines = ends, lines
            self.setToolTip("\n".join(lines))
            self.setAccessibleName(" ".join((*ends, *lines)))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPixelSize(_LETTERS)
        painter.setFont(font)
        bar = QRect(_LEFT, 6, self._bar, 10)
        gradient = QLinearGradient(bar.left(), 0, bar.right(), 0)
        for place in range(0, 257, 16):
            gradient.setColorAt(place / 256, color(int(TABLE[min(place, 255)])))
        painter.fillRect(bar, gradient)
        painter.setPen(self.theme.color("line"))
        painter.drawRect(bar)
        painter.setPen(self.theme.color("quiet"))
        below = bar.adjusted(0, 13, 1, 20)
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        crowded = sum(map(self._wide, self._ends)) + 16 > bar.width()
        for side, text in zip(sides, self._ends, strict=True):
            if crowded and text == self._ends[1]:
                continue  # the middle is light, and the ends say where it lies
            painter.drawText(below, side, text)
        left = bar.right() + 20
        for place, text in enumerate(self.shown()):
            painter.drawText(QRect(left, 3 + 17 * place, self._room, 16), Qt.AlignmentFlag.AlignVCenter, text)

    @property
    def _bar(self) -> int:
        """Width of the scale: enough for the values at its ends."""
        least = _BAR if self.width() >= _NARROW else _SHORT_BAR
        return max(least, self._wide(self._ends[0]) + self._wide(self._ends[2]) + 12)

    def _wide(self, text: str) -> int:
        font = QFont(self.font())
        font.setPixelSize(_LETTERS)
        return QFontMetrics(font).horizontalAdvance(text)

    @property
    def _room(self) -> int:
        """Width for the words."""
        return self.width() - _LEFT - self._bar - 20 - 4

    def shown(self) -> list[str]:
        """The lines as they are painted: of each as many parts as there is room for."""
        font = QFont(self.font())
        font.setPixelSize(_LETTERS)
        metrics = QFontMetrics(font)
        return [_fitting(line.split(_APART), metrics, self._room) for line in self.lines]


def _fitting(parts: list[str], metrics: QFontMetrics, room: int) -> str:
    """The parts that fit, from the first on; the first one with dots where not even that fits."""
    while len(parts) > 1 and metrics.horizontalAdvance(_APART.join(parts)) > room:
        parts = parts[:-1]
    return metrics.elidedText(_APART.join(parts), Qt.TextElideMode.ElideRight, room)

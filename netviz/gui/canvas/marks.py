"""What is painted over units: words within them, a frame around what has just been computed, a ring around a data point."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, qGray

from netviz.arrays import Array
from netviz.gui.theme import Theme

_SIZES = (26, 14, 11, 10)  # pixels high, of words
_OUTSIDE, _PAST = 11, 13.0  # high; from the tile, past the frame around it
_BLACK, _WHITE = "#1c2128", "#ffffff"
_BRIGHT = 128  # a ground that is brighter has black words, the full orange among them
_RING = 6.0
_BIAS = 11.0  # side of the small square that is a tile's bias
_MARK = 5.0  # and of the mark within a small square
_APART, _WORDS_BELOW = 8.0, 4.0  # a frame from what it is around, and from above where words stand below


BESIDE = 56.0  # room for a word beside a tile


def bias_places(tiles: Sequence[QRectF], kind: str) -> tuple[list[QRectF], bool]:
    """Where the biases of some tiles are painted, and whether they are but marks within small ones."""
    low = min(tiles[0].width(), tiles[0].height())
    small = kind == "squares" or low < 2 * _BIAS
    side = min(_MARK, low / 2) if small else min(_BIAS, low / 3)
    out = -1.0 if small else side / 2
    return [QRectF(r.left() - out, r.bottom() - side + out, side, side) for r in tiles], small


def fitting(painter: QPainter, rect: QRectF, word: str) -> int:
    """How high the letters of a word within a tile can be; 0 where there is no room for it."""
    font = QFont(painter.font())
    for size in _SIZES:
        font.setPixelSize(size)
        if QFontMetrics(font).horizontalAdvance(word) <= rect.width() - 3 and size <= rect.height():
            return size
    return 0


def paint_word(painter: QPainter, rect: QRectF, word: str, ground: QColor | None) -> None:
    """A word within a tile, as large as there is room for, black or white as its ground asks; nothing where there is none."""
    size = fitting(painter, rect, word)
    if not size:
        return
    font = painter.font()
    font.setPixelSize(size)
    painter.setFont(font)
    painter.setPen(QColor(_BLACK if ground is None or qGray(ground.rgb()) > _BRIGHT else _WHITE))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, word)


def paint_beside(painter: QPainter, rect: QRectF, word: str, theme: Theme, left: bool) -> None:
    """A word beside a tile, on a ground of its own."""
    font = painter.font()
    font.setPixelSize(_OUTSIDE)
    painter.setFont(font)
    wide = min(painter.fontMetrics().horizontalAdvance(word) + 6.0, BESIDE)
    at = rect.left() - _PAST - wide if left else rect.right() + _PAST
    box = QRectF(at, rect.center().y() - _OUTSIDE / 2 - 1, wide, _OUTSIDE + 2)
    painter.fillRect(box, theme.color("panel"))
    painter.setPen(theme.color("text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)


def paint_light(painter: QPainter, bounds: QRectF, words_below: bool, theme: Theme) -> None:
    """A frame around a column that has just been computed."""
    glow = theme.color("accent")
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    frame = bounds.adjusted(-_APART, -_APART, _APART, _WORDS_BELOW if words_below else _APART)
    for width, alpha in ((6.0, 50), (2.0, 255)):
        glow.setAlpha(alpha)
        painter.setPen(QPen(glow, width))
        painter.drawRoundedRect(frame, 8, 8)


def paint_ring(painter: QPainter, rect: QRectF, point: Array) -> None:
    """A ring around a point of a tile's unit square."""
    x, y = point.tolist()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shade, width in ((_WHITE, 4.0), (_BLACK, 1.8)):
        painter.setPen(QPen(QColor(shade), width))
        painter.drawEllipse(QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height()), _RING, _RING)

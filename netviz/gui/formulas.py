"""Set formulas: LaTeX to pictures, each made once for its size and colour.

The library that sets them is loaded with the first formula, long after the first paint.
"""

from __future__ import annotations

import warnings
from functools import cache, lru_cache
from typing import Any

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from netviz.gui.glyphs import set_in_line

_MOST = 2000


@lru_cache(maxsize=_MOST)
def formula(latex: str, points: float, color: str, ratio: float) -> QPixmap:
    """A formula in one colour (`#rrggbb`) on nothing, for a screen of that many pixels to the point."""
    quickly = set_in_line(latex, points, color, ratio)
    if quickly is not None:
        return quickly
    svg = _svg(latex, points, color)
    if svg is None:
        return _plain(latex, points, color, ratio)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    size = renderer.defaultSize()
    pixmap = QPixmap(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return pixmap


def size_of(pixmap: QPixmap) -> tuple[float, float]:
    """Width and height in points."""
    size = pixmap.deviceIndependentSize()
    return size.width(), size.height()


def _svg(latex: str, points: float, color: str) -> str | None:
    try:
        svg = str(_library().Latex(latex, size=points, color=color).svg())
        return svg.replace('fill="black"', f'fill="{color}"')  # the line over a letter is left as it is
    except Exception:  # whatever it cannot set is still shown, and painting goes on
        return None


@cache
def _library() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it finds its fonts by a function that Python no longer likes
        import ziamath

    ziamath.config.svg2 = False  # Qt draws no <symbol>
    return ziamath


def _plain(latex: str, points: float, color: str, ratio: float) -> QPixmap:
    """The source itself, in letters."""
    font = QFont()
    font.setPixelSize(round(points))
    metrics = QFontMetricsF(font)
    pixmap = QPixmap(round((metrics.horizontalAdvance(latex) + 2) * ratio), round(metrics.height() * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(QRectF(0, 0, pixmap.width() / ratio, pixmap.height() / ratio), Qt.AlignmentFlag.AlignVCenter, latex)
    painter.end()
    return pixmap

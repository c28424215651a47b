"""The pens that links are drawn with: width and fading are the size, colour and dashes the sign.

Fading mixes a colour with the ground and never lets it show through: Qt needs four times as long for a thick curve that
can be seen through. Dashes are drawn as lines: its own dashes take another three times as long.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from netviz.arrays import Array
from netviz.gui.theme import Theme
from netviz.pictures.colors import BLUE, ORANGE

THINNEST, THICKEST = 0.7, 5.5
LEVELS = 8  # of width on each side of zero: links of one level have one pen
CROWDED = 60  # of more than that the weak ones fade, so that the strong ones can be seen
_ROOMY = 12  # so many links can be as thick as that; more share the same ink
_FADED = 0.22  # of everything else, while some links are pointed out
_DASH, _PAUSE = 6.0, 3.5
_SAMPLES = 64  # points of a curve that its dashes are measured along


class Look(NamedTuple):
    """What a link looks like: level of width with its sign, level of fading, where its dashes begin, a pixel wide or not."""

    level: int
    fade: int
    phase: int
    hair: bool


class Stroke(NamedTuple):
    """One curve with its pen, the pen for while others are pointed out, and its dashes where they are drawn as lines."""

    pen: QPen
    faint: QPen
    path: QPainterPath
    dashes: list[QLineF] | None

    def paint(self, painter: QPainter, faint: bool) -> None:
        """Draw it."""
        pen = self.faint if faint else self.pen
        if self.dashes is None:
            painter.strokePath(self.path, pen)
        else:
            painter.setPen(pen)
            painter.drawLines(self.dashes)


class Pens:
    """Pens for the links of one layer, made once for each look."""

    def __init__(self, theme: Theme, thickest: float) -> None:
        """No pens yet."""
        self._theme, self._thickest = theme, thickest
        self._made: dict[tuple[Look, int], tuple[QPen, QPen]] = {}

    def pair(self, look: Look, count: int) -> tuple[QPen, QPen]:
        """The pen of a look among so many links, and the one for while others are pointed out."""
        found = self._made.get((look, count))
        if found is None:
            if len(self._made) > 40 * LEVELS:  # of other counts
                self._made = {}
            found = self._made[look, count] = self._pen(look, count, 1.0), self._pen(look, count, _FADED)
        return found

    def bare(self) -> tuple[QPen, QPen]:
        """Pens for wires without a number."""
        pens = tuple(QPen(self.mixed(QColor(self._theme.quiet), share), 1.0) for share in (1.0, 2 * _FADED))
        for pen in pens:
            pen.setCosmetic(True)
        return pens[0], pens[1]

    def mixed(self, shade: QColor, share: float) -> QColor:
        """A colour, with the ground for the rest."""
        ground = QColor(self._theme.panel)
        parts = zip(shade.getRgb()[:3], ground.getRgb()[:3], strict=True)  # type: ignore[index]
        return QColor(*(round(share * a + (1 - share) * b) for a, b in parts))

    def _pen(self, look: Look, count: int, share: float) -> QPen:
        thick = max(THINNEST, self._thickest * min(1.0, math.sqrt(_ROOMY / count)))
        width = 1.0 if look.hair else THINNEST + (thick - THINNEST) * abs(look.level) / LEVELS
        shade = QColor(*(ORANGE if look.level < 0 else BLUE)) if look.level else QColor(self._theme.quiet)
        faint = 0.6 * min(1.0, math.sqrt(CROWDED / count))
        solid = faint + (1 - faint) * (look.fade / LEVELS) ** 2 if look.level else 0.4
        pen = QPen(self.mixed(shade, solid * share), width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if look.hair or width <= 1.0:  # a pixel at any zoom, which Qt paints in a fifth of the time
            pen.setCosmetic(True)
            pen.setWidthF(1.0)
            if look.level < 0:
                pen.setDashPattern([_DASH, _PAUSE])
                pen.setDashOffset(2.3 * look.phase)
        return pen


def dashes(points: Array) -> list[QLineF]:
    """The dashes of a curve, by its control points (4, 2)."""
    t = np.linspace(0, 1, _SAMPLES)[:, None]
    a, b, c, d = points
    curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
    begin = np.arange(0.0, way[-1], _DASH + _PAUSE)
    ends = [
        np.stack([np.interp(at, way, curve[:, axis]) for axis in (0, 1)], 1).tolist() for at in (begin, begin + _DASH)
    ]
    return [QLineF(QPointF(*start), QPointF(*end)) for start, end in zip(*ends, strict=True)]

"""Arrays of colours as Qt's images."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap

from netviz.arrays import Array


def image(colors: Array, clear: bool = False) -> QImage:
    """An image of 0xAARRGGBB colours, (height, width) uint32, with memory of its own; `clear`: zeros are seen through."""
    pixels = np.ascontiguousarray(colors, np.uint32)
    height, width = pixels.shape
    kind = QImage.Format.Format_ARGB32_Premultiplied if clear else QImage.Format.Format_RGB32
    return QImage(pixels.data, width, height, 4 * width, kind).copy()


def color(packed: int) -> QColor:
    """One 0xAARRGGBB colour."""
    return QColor.fromRgb(packed)


def disc(shade: QColor) -> QIcon:
    """A round mark in one colour, for menus and lists."""
    pixmap = QPixmap(24, 24)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawEllipse(1, 1, 10, 10)
    painter.end()
    return QIcon(pixmap)

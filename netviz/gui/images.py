"""Arrays of colours as Qt's images."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QImage

from netviz.arrays import Array


def image(colors: Array) -> QImage:
    """An image of 0xAARRGGBB colours, (height, width) uint32, with memory of its own."""
    pixels = np.ascontiguousarray(colors, np.uint32)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def color(packed: int) -> QColor:
    """One 0xAARRGGBB colour."""
    return QColor.fromRgb(packed)

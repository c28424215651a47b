"""Plots in the program's own look: pyqtgraph with the theme's colours, and no menu of its own."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QColor, QFont

from netviz.gui.theme import Theme

pg.setConfigOptions(antialias=True, imageAxisOrder="row-major")


def plot(theme: Theme, left: str = "", bottom: str = "") -> Any:
    """An empty plot widget."""
    widget = pg.PlotWidget(background=QColor(theme.panel), enableMenu=False)
    menu = widget.getPlotItem().ctrlMenu
    menu.setParent(widget, menu.windowFlags())  # unused, and without a parent it outlives the plot
    widget.hideButtons()
    font = QFont(widget.font())
    font.setPointSizeF(8)
    for side in ("left", "bottom"):
        axis = widget.getAxis(side)
        axis.setPen(QColor(theme.line))
        axis.setTextPen(QColor(theme.quiet))
        axis.setTickFont(font)
    if left:
        widget.setLabel("left", left, color=theme.quiet)
    if bottom:
        widget.setLabel("bottom", bottom, color=theme.quiet)
    widget.showGrid(x=False, y=True, alpha=0.12)
    return widget


def pen(color: str, width: float = 1.6, dashed: bool = False) -> Any:
    """A pen for a curve."""
    from PySide6.QtCore import Qt

    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    return pg.mkPen(QColor(color), width=width, style=style)

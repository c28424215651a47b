"""A layer's weights or gradients: as an image, as a histogram, and as bands over the last epochs."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.network import layer_names
from netviz.gui import plots
from netviz.gui.elided import ElidedLabel
from netviz.gui.panel import Panel, panels
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures import weights
from netviz.pictures.colors import short

_REMEMBERED = 300
_KINDS = {"params": N_("Weights"), "grads": N_("Gradients"), "updates": N_("Updates")}


@panels.register("weights", title=N_("Weights by layer"))
class WeightsPanel(Panel):
    """One layer's kernel in three pictures; which layer and which numbers is chosen above them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._frame: Frame | None = None
        self._bands: deque[tuple[int, Array]] = deque(maxlen=_REMEMBERED)
        self.layer, self.kind = QComboBox(), QComboBox()
        self.layer.setAccessibleName(_("Layer"))
        self.kind.setAccessibleName(_("Which numbers"))
        self.layer.setToolTip(_("The layer whose kernel is shown"))
        self.kind.setToolTip(_("Weights, gradients or updates"))
        for name, title in _KINDS.items():
            self.kind.addItem(_(title), name)
        self.scale = ElidedLabel()
        self.image, self.bars, self.bands = (plots.plot(theme) for _i in range(3))
        self._picture = pg.ImageItem()
        self.image.addItem(self._picture)
        self.image.getPlotItem().vb.invertY(True)
        for axis in ("left", "bottom"):
            self.image.hideAxis(axis)
        self._steps = pg.PlotDataItem(
            stepMode="center", fillLevel=0, brush=QColor(theme.accent), pen=plots.pen(theme.accent)
        )
        self.bars.addItem(self._steps)
        self._edges = self._band_items()
        self._lay_out()
        self.layer.activated.connect(lambda _place: self._again())
        self.kind.activated.connect(lambda _place: self._again())

    def _band_items(self) -> list[Any]:
        """Five lines, and the fills between the outer and the inner pair."""
        hidden = QColor(0, 0, 0, 0)
        lines = [pg.PlotCurveItem(pen=plots.pen(self.theme.accent) if i == 2 else hidden) for i in range(5)]
        for low, high, alpha in ((0, 4, 50), (1, 3, 80)):
            shade = QColor(self.theme.accent)
            shade.setAlpha(alpha)
            self.bands.addItem(pg.FillBetweenItem(lines[low], lines[high], brush=shade))
        for line in lines:
            self.bands.addItem(line)
        return lines

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        for widget in (self.layer, self.kind):
            top.addWidget(widget)
        top.addWidget(self.scale, 1)
        row = QHBoxLayout()
        titles = (_("kernel: one row for each input"), _("how often each value"), _("5–95 % and 25–75 % by epoch"))
        for plot, title in zip((self.image, self.bars, self.bands), titles, strict=True):
            plot.setTitle(title, color=self.theme.quiet, size="8pt")
            row.addWidget(plot, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 4)
        column.addLayout(top)
        column.addLayout(row, 1)

    def take_over(self, old: Panel) -> None:
        assert isinstance(old, WeightsPanel)
        self.kind.setCurrentIndex(old.kind.currentIndex())
        self._fill(old.layers)
        self.layer.setCurrentIndex(old.layer.currentIndex())
        self._bands = old._bands

    @property
    def layers(self) -> list[tuple[str, int]]:
        """The layers to choose from: name and place."""
        return [(self.layer.itemText(i), self.layer.itemData(i)) for i in range(self.layer.count())]

    def _fill(self, layers: list[tuple[str, int]]) -> None:
        now = self.layer.currentIndex()
        self.layer.clear()
        for name, place in layers:
            self.layer.addItem(name, place)
        self.layer.setCurrentIndex(now if 0 <= now < self.layer.count() else 0)

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        names = layer_names(experiment.layers)
        kernels = [
            (name, place)
            for place, name in enumerate(names)
            if "kernel" in {weight.name for weight in _weights(experiment, place)}
        ]
        if kernels != self.layers:
            self._fill(kernels)
            self._bands.clear()

    def _again(self) -> None:
        self._bands.clear()
        if self._frame is not None:
            self.draw(self._frame, View())

    def draw(self, frame: Frame, view: View) -> None:
        self._frame = frame
        place = self.layer.currentData()
        kernel = getattr(frame, self.kind.currentData())[place].get("kernel") if place is not None else None
        if kernel is None:
            return
        colors, at_most = weights.kernel_image(kernel)
        self._picture.setImage(colors.view(np.uint8).reshape(*colors.shape, 4)[..., [2, 1, 0]], levels=(0, 255))
        self._picture.setRect(QRectF(0, 0, 1, 1))
        shape = "×".join(map(str, kernel.shape))
        self.scale.setText(_("{shape}, full colour at {limit}").format(shape=shape, limit=short(at_most)))
        self._steps.setData(*weights.histogram(kernel))
        self._add_band(frame.epoch, weights.quantiles(kernel))

    def _add_band(self, epoch: int, band: Array) -> None:
        while self._bands and self._bands[-1][0] >= epoch:
            self._bands.pop()
        self._bands.append((epoch, band))
        if len(self._bands) < 2:
            return
        x = np.array([e for e, _band in self._bands])
        rows = np.array([b for _epoch, b in self._bands])
        for line, y in zip(self._edges, rows.T, strict=True):
            line.setData(x, y)


def _weights(experiment: Experiment, place: int) -> tuple[Any, ...]:
    """The arrays a layer has, whatever its input."""
    layer = experiment.layers[place]
    return layer.weights((1,))

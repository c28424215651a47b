"""An array of a layer, its gradients or updates: as an image, as a histogram, and as bands over the last epochs."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.network import layer_names
from netviz.engine.parameters import Path, Window
from netviz.gui import plots
from netviz.gui.elided import ElidedComboBox
from netviz.gui.panel import Panel, panels
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures import weights
from netviz.pictures.colors import short
from netviz.pictures.curves import calm_range

_REMEMBERED = 300
_NARROW, _HIGH = 520, 240  # a panel narrower than that, and higher, has its pictures one below the other
_WIDEST_BOX = 190
_KINDS = {"params": N_("Weights"), "grads": N_("Gradients"), "updates": N_("Updates")}

Ends = tuple[float, float]


@panels.register("weights", title=N_("Weights by layer"))
class WeightsPanel(Panel):
    """One array in three pictures; which layer, which of its arrays and which numbers is chosen above them."""

    short = N_("Weights")
    place = "lower right"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._frame: Frame | None = None
        self._names: tuple[str, ...] = ()
        self._windows: tuple[Window, ...] = ()
        self._bands: deque[tuple[int, Array]] = deque(maxlen=_REMEMBERED)
        self._ends: dict[str, Ends] = {}
        self._taught = ""
        self.layer, self.array, self.kind = (ElidedComboBox() for _i in range(3))
        for box, name, tip in (
            (self.layer, _("Layer"), _("The layer whose numbers are shown")),
            (self.array, _("Array"), _("Which of the layer's arrays is shown")),
            (self.kind, _("Which numbers"), _("Weights, gradients or updates")),
        ):
            box.setAccessibleName(name)
            box.setToolTip(tip)
        for kind, title in _KINDS.items():
            self.kind.addItem(_(title), kind)
        self._make_plots()
        self._lay_out()
        self._teach(_("As soon as the network can be trained, its weights are drawn here."))
        self.layer.activated.connect(lambda _place: self._fill_arrays())
        self.array.activated.connect(lambda _place: self._again())
        self.kind.activated.connect(lambda _place: self._again())

    def _make_plots(self) -> None:
        self.image, self.bars, self.bands = (
            plots.Plot(self.theme),
            plots.Plot(self.theme),
            plots.Plot(self.theme, whole=True),
        )
        self._picture = pg.ImageItem()
        self.image.addItem(self._picture)
        self.image.getPlotItem().vb.invertY(True)
        self.image.setMouseEnabled(x=False, y=False)
        for axis in ("left", "bottom"):
            self.image.hideAxis(axis)
        self.bars.hideAxis("left")
        self._steps = pg.PlotDataItem(
            stepMode="center", fillLevel=0, brush=QColor(self.theme.accent), pen=plots.pen(self.theme.accent)
        )
        self.bars.addItem(self._steps)
        self._edges = self._band_items()
        top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        notes = []
        titles = (
            ("", _("Every entry in its place: inputs down, outputs across; small images for convolutions")),
            (_("values"), _("How often each value occurs")),
            (_("by epoch"), _("The middle value, and where half and nine tenths of the values lie, by epoch")),
        )
        for plot, (title, tip) in zip((self.image, self.bars, self.bands), titles, strict=True):
            notes.append(plot.note(title, top))
            plot.getPlotItem().setContentsMargins(0, 18, 0, 0)
            plot.setMinimumHeight(80)
            plot.setToolTip(tip)
        self.scale = notes[0]

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
        for box, share in ((self.layer, 4), (self.array, 3), (self.kind, 3)):
            box.setMaximumWidth(_WIDEST_BOX)
            top.addWidget(box, share)
        top.addStretch(1)
        self._pictures = QGridLayout()
        self._place_pictures(upright=False)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 4)
        column.addLayout(top)
        column.addLayout(self._pictures, 1)

    def _place_pictures(self, upright: bool) -> None:
        """Side by side; or, where there is little width, the bands below the others."""
        for plot in (self.image, self.bars, self.bands):
            self._pictures.removeWidget(plot)
        self._pictures.addWidget(self.image, 0, 0)
        self._pictures.addWidget(self.bars, 0, 1)
        self._pictures.addWidget(self.bands, *((1, 0, 1, 2) if upright else (0, 2, 1, 1)))
        for column in range(3):
            self._pictures.setColumnStretch(column, int(column < 2 or not upright))
        for row in range(2):
            self._pictures.setRowStretch(row, int(row == 0 or upright))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._taught:
            self._place_pictures(upright=self.width() < _NARROW and self.height() > _HIGH)

    # ------------------------------------------------------------------------------------------------- choices

    def take_over(self, old: Panel) -> None:
        assert isinstance(old, WeightsPanel)
        self.kind.setCurrentIndex(old.kind.currentIndex())
        self._know(old._names, old._windows)
        self.layer.setCurrentIndex(old.layer.currentIndex())
        self._fill_arrays()
        self.array.setCurrentIndex(old.array.currentIndex())
        self._bands = old._bands

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        self._names = layer_names(experiment.layers)

    def _know(self, names: tuple[str, ...], windows: tuple[Window, ...]) -> None:
        """Offer the layers that have arrays."""
        now = self.layer.currentIndex()
        self._names, self._windows = names, windows
        self.layer.clear()
        for place in sorted({int(window.path[0]) for window in windows}):
            self.layer.addItem(names[place], place)
        self.layer.setCurrentIndex(now if 0 <= now < self.layer.count() else 0)
        self._fill_arrays()

    def _fill_arrays(self) -> None:
        """Offer the arrays of the layer."""
        now = self.array.currentText()
        self.array.clear()
        for window in self._windows:
            if window.path[0] == self.layer.currentData():
                self.array.addItem("/".join(map(str, window.path[1:])), window.path)
        self.array.setCurrentIndex(max(0, self.array.findText(now)))
        self._again()

    def _again(self) -> None:
        self._bands.clear()
        self._ends.clear()
        if self._frame is not None and self._frame.params.windows == self._windows:
            self.draw(self._frame, View())

    # ------------------------------------------------------------------------------------------------ pictures

    def draw(self, frame: Frame, view: View) -> None:
        self._frame = frame
        if frame.params.windows != self._windows:
            self._know(layer_names(frame.experiment.layers), frame.params.windows)
        path: Path | None = self.array.currentData()
        self._teach("" if path is not None else _("None of the layers has weights."))
        if path is None:
            return
        window = next(window for window in self._windows if window.path == path)
        vector = getattr(frame, self.kind.currentData()).vector
        values = vector[window.start : window.stop].reshape(window.shape)
        colors, at_most = weights.kernel_image(values, QColor(self.theme.panel).rgb())
        self._picture.setImage(colors.view(np.uint8).reshape(*colors.shape, 4)[..., [2, 1, 0]], levels=(0, 255))
        self._picture.setRect(QRectF(0, 0, 1, 1))
        self.image.fit(QRectF(0, 0, 1, 1))
        shape = "×".join(map(str, window.shape))
        limit = short(at_most).lstrip("+")
        text = _("{shape} · full colour ±{limit}").format(shape=shape, limit=limit)
        if self.scale.fontMetrics().horizontalAdvance(text) > self.image.width() - 8:
            text = f"{shape} · ±{limit}"
        if text != self.scale.text():
            self.scale.setText(text)
            self.image.place_notes()
        edges, counts = weights.histogram(values)
        self._steps.setData(edges, counts)
        self._fit(self.bars, "bars", (float(edges[0]), float(edges[-1])), np.array([0.0, counts.max(initial=1)]))
        self._add_band(frame.epoch, weights.quantiles(values))

    def _teach(self, sentence: str) -> None:
        """One sentence in the place of three pictures, nothing for the pictures."""
        if sentence == self._taught:
            return
        self._taught = sentence
        for plot in (self.bars, self.bands):
            plot.setVisible(not sentence)
        self.image.teach(sentence)
        for axis in ("left", "bottom"):
            self.image.hideAxis(axis)
        if sentence:
            self._pictures.addWidget(self.image, 0, 0, 2, 3)
        else:
            self._place_pictures(upright=self.width() < _NARROW and self.height() > _HIGH)

    def _fit(self, plot: plots.Plot, name: str, across: Ends, up: Array) -> None:
        """Show all, with axes that change as seldom as can be."""
        left, right = self._ends[f"{name} across"] = calm_range(np.array(across), self._ends.get(f"{name} across"))
        low, high = self._ends[name] = calm_range(up, self._ends.get(name), from_zero=name == "bars")
        plot.fit(QRectF(left, low, right - left, high - low))

    def _add_band(self, epoch: int, band: Array) -> None:
        while self._bands and self._bands[-1][0] >= epoch:
            self._bands.pop()
        self._bands.append((epoch, band))
        x = np.array([e for e, _band in self._bands])
        rows = np.array([b for _epoch, b in self._bands])
        known = len(self._bands) > 1
        for line, y in zip(self._edges, rows.T, strict=True):
            line.setData(*((x, y) if known else ([], [])))  # one epoch is no course, and what came later is no more
        self.bands.teach("" if known else _("What changes from epoch to epoch is drawn here."))
        self._fit(self.bands, "bands", (float(x[0]), float(max(x[-1], x[0] + 1))), rows)

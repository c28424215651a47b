"""What the network says: a surface over the plane, predicted against true, or a table of confusions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout, QWidget

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.network import Network
from netviz.gui import plots
from netviz.gui.panel import Panel, panels
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures.curves import calm_range
from netviz.pictures.predictions import Verdicts, point_colors, surface_colors, verdicts
from netviz.pictures.surface import Plane, enlarged, prediction_surface

_MOST_POINTS = 400
_FINER = 4  # times as many points on the screen as were asked of the network


class Confusion(QWidget):
    """Counts of true class by predicted class, shaded by the share of the row."""

    def __init__(self, theme: Theme) -> None:
        """Nothing counted yet."""
        super().__init__()
        self.theme, self.counts, self.classes = theme, np.zeros((0, 0), int), ()
        self.setAccessibleName(_("Confusion matrix"))
        self.setMinimumSize(160, 140)

    def show_counts(self, counts: Array, classes: tuple[str, ...]) -> None:
        """Show counts (classes, classes)."""
        self.counts, self.classes = counts, classes  # type: ignore[assignment]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        n = len(self.counts)
        if not n:
            return
        painter = QPainter(self)
        left, top = 92, 24
        side = max(8.0, min((self.width() - left - 8) / n, (self.height() - top - 22) / n, 64.0))
        total = np.maximum(self.counts.sum(1), 1)
        accent, plain = self.theme.color("accent"), self.theme.color("text")
        painter.setPen(self.theme.color("quiet"))
        painter.drawText(QRectF(left, 2, self.width() - left, 18), Qt.AlignmentFlag.AlignLeft, _("predicted →"))
        for i in range(n):
            name = painter.fontMetrics().elidedText(self._name(i), Qt.TextElideMode.ElideRight, left - 12)
            painter.setPen(plain)
            middle = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, top + i * side, left - 8, side), middle, name)
            for j in range(n):
                self._paint_cell(painter, QRectF(left + j * side, top + i * side, side, side), i, j, total[i], accent)

    def _paint_cell(self, painter: QPainter, cell: QRectF, i: int, j: int, total: int, accent: QColor) -> None:
        share = float(self.counts[i, j] / total)
        shade = QColor(accent) if i == j else self.theme.color("validation")
        shade.setAlphaF(0.08 + 0.85 * share if self.counts[i, j] else 0.03)
        painter.fillRect(cell.adjusted(1, 1, -1, -1), shade)
        if cell.width() >= 16:
            painter.setPen(self.theme.color("on_accent") if share > 0.55 else self.theme.color("text"))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(int(self.counts[i, j])))

    def _name(self, place: int) -> str:
        return str(self.classes[place]) if place < len(self.classes) else str(place)


@panels.register("prediction", title=N_("Predictions"))
class PredictionPanel(Panel):
    """Chooses the picture that fits the data."""

    place = "right"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._samples: Samples | None = None
        self.plot = plots.Plot(theme)
        self.plot.setToolTip(plots.zooming())
        self._hint = self.plot.note(_("What the network predicts is drawn here."), Qt.AlignmentFlag.AlignCenter)
        self._ends: tuple[float, float] | None = None
        self.plot.setAspectLocked(True)
        self._surface, self._points = pg.ImageItem(), pg.ScatterPlotItem(size=6, pen=pg.mkPen(theme.panel, width=0.7))
        self._diagonal = self.plot.plot(pen=plots.pen(theme.quiet, 1.0, dashed=True))
        self.plot.addItem(self._surface)
        self.plot.addItem(self._points)
        self.confusion = Confusion(theme)
        self.caption = QLabel()
        self.caption.setProperty("role", "quiet")
        self.caption.setWordWrap(True)
        pictures = QWidget()
        self._stack = QStackedLayout(pictures)
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self.confusion)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 4)
        self._pictures = pictures
        column.addWidget(pictures, 1)
        column.addWidget(self.caption)
        column.addStretch(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._pictures.setMaximumHeight(self.width())  # a plane is square

    def probes(self, experiment: Experiment) -> Mapping[str, Probe]:
        return {"prediction": _answer}

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        if samples is self._samples:
            return
        self._samples = samples
        self._surface.clear()
        self._points.clear()
        self._diagonal.setData([], [])
        self.caption.clear()
        self._hint.show()
        self._ends = None
        self.plot.show_all()

    def draw(self, frame: Frame, view: View) -> None:
        answer = frame.probed.get("prediction")
        if answer is None or self._samples is None:
            return
        self._hint.hide()
        if isinstance(answer, Verdicts):
            self._draw_verdicts(answer, self._samples)
        else:
            self._draw_surface(answer, self._samples)

    def _draw_verdicts(self, found: Verdicts, samples: Samples) -> None:
        rows = _("validation rows") if found.rows == "validation" else _("training rows (no validation rows)")
        if found.confusion is not None:
            self._stack.setCurrentWidget(self.confusion)
            self.confusion.show_counts(found.confusion, samples.classes)
            self.caption.setText(_("True class (rows) by predicted class: {rows}").format(rows=rows))
            return
        assert found.true is not None and found.said is not None
        self._stack.setCurrentWidget(self.plot)
        finite = np.isfinite(found.said)
        self._points.setData(found.true[finite], found.said[finite], brush=QColor(self.theme.accent))
        ends = [float(found.true.min()), float(found.true.max())]
        self._diagonal.setData(ends, ends)
        self._ends = calm_range(np.concatenate([found.true, found.said]), self._ends)
        low, high = self._ends
        self.plot.fit(QRectF(low, low, high - low, high - low))
        self.caption.setText(_("Predicted (up) against true (across): {rows}; the line is perfect").format(rows=rows))

    def _draw_surface(self, surface: Array, samples: Samples) -> None:
        self._stack.setCurrentWidget(self.plot)
        plane = Plane.around(samples)
        fine = np.stack([enlarged(output, _FINER) for output in np.moveaxis(surface, -1, 0)], -1)
        colors = surface_colors(fine, samples)
        pixels = np.flipud(colors).copy()
        self._surface.setImage(pixels.view(np.uint8).reshape(*pixels.shape, 4)[..., [2, 1, 0]], levels=(0, 255))
        self._surface.setRect(QRectF(*plane.low.tolist(), *(plane.high - plane.low).tolist()))
        if not len(self._points.data):
            self._show_points(samples)
        self.plot.fit(QRectF(*plane.low.tolist(), *(plane.high - plane.low).tolist()))
        self.caption.setText(_("The prediction over both features; dots: training rows, rings: validation rows"))

    def _show_points(self, samples: Samples) -> None:
        spots: list[dict[str, Any]] = []
        for x, y, held in ((samples.x, samples.y, False), (samples.validation_x, samples.validation_y, True)):
            pen = pg.mkPen("#22262c" if held else "#ffffff", width=1.0 if held else 0.7)
            fills = [QColor.fromRgb(packed) for packed in point_colors(y[:_MOST_POINTS], samples).tolist()]
            for point, fill in zip(x[:_MOST_POINTS].tolist(), fills, strict=True):
                spots.append({"pos": point, "brush": fill, "pen": pen, "size": 7 if held else 6})
        self._points.setData(spots)


def _answer(frame: Frame, network: Network, samples: Samples) -> Any:
    """The surface where there are two features, else verdicts on rows."""
    return (
        prediction_surface(frame, network, samples) if samples.row_shape == (2,) else verdicts(frame, network, samples)
    )

"""What the network says: a surface over the plane, predicted against true, or a table of confusions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout, QWidget

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.network import Network
from netviz.gui import plots
from netviz.gui.elided import in_lines
from netviz.gui.panel import Panel, panels
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures.curves import calm_range
from netviz.pictures.predictions import Verdicts, point_colors, surface_colors, verdicts
from netviz.pictures.surface import Plane, enlarged, prediction_surface

_MOST_POINTS = 400
_TOP, _LARGEST, _MOST_NAMES = 24, 104.0, 60  # of a table of confusions: above it, its largest cell, names it can have
_FINER = 4  # times as many points on the screen as were asked of the network


class Confusion(QWidget):
    """Counts of true class by predicted class, shaded by the share of the row."""

    def __init__(self, theme: Theme) -> None:
        """Nothing counted yet."""
        super().__init__()
        self.theme, self.counts, self.classes = theme, np.zeros((0, 0), int), ()
        self.setAccessibleName(_("Confusion matrix"))
        self.setMinimumSize(160, 100)

    def show_counts(self, counts: Array, classes: tuple[str, ...]) -> None:
        """Show counts (classes, classes)."""
        self.counts, self.classes = counts, classes  # type: ignore[assignment]
        self.setToolTip("\n".join(map(self._name, range(len(counts)))) if len(counts) <= _MOST_NAMES else "")
        self.update()

    def height_for(self, width: int) -> int:
        """How high it is at that width."""
        return round(_TOP + len(self.counts) * self._side(width, 10**6) + 8)

    def _left(self, width: int) -> int:
        """Room for the names of the rows."""
        names = (self.fontMetrics().horizontalAdvance(self._name(i)) for i in range(min(len(self.counts), _MOST_NAMES)))
        return min(max(names, default=0) + 12, width * 2 // 5)

    def _side(self, width: int, height: int) -> float:
        """Of a cell."""
        n = max(1, len(self.counts))
        return max(1.0, min((width - self._left(width) - 2) / n, (height - _TOP - 4) / n, _LARGEST))

    def paintEvent(self, event: QPaintEvent) -> None:
        n = len(self.counts)
        if not n:
            return
        painter = QPainter(self)
        left, side = self._left(self.width()), self._side(self.width(), self.height())
        total = np.maximum(self.counts.sum(1), 1)
        self._paint_names(painter, left, side)
        for i, j in np.ndindex(n, n):
            self._paint_cell(painter, QRectF(left + j * side, _TOP + i * side, side, side), i, j, total[i])

    def _paint_names(self, painter: QPainter, left: int, side: float) -> None:
        metrics, dots = painter.fontMetrics(), Qt.TextElideMode.ElideRight
        painter.setPen(self.theme.color("quiet"))
        arrow = metrics.elidedText(_("true ↓   predicted →"), dots, self.width() - left)
        painter.drawText(QRectF(left, 2, self.width() - left, 18), Qt.AlignmentFlag.AlignLeft, arrow)
        painter.setPen(self.theme.color("text"))
        middle = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        every = max(1, math.ceil(metrics.height() / side))  # names of rows too low for each to have its own
        for i in range(0, len(self.counts), every):
            name = in_lines(self._name(i), painter.font(), left - 10, two=side >= 2 * metrics.lineSpacing())
            painter.drawText(QRectF(0, _TOP + i * side, left - 8, max(side, metrics.height())), middle, name)

    def _paint_cell(self, painter: QPainter, cell: QRectF, i: int, j: int, total: int) -> None:
        share = float(self.counts[i, j] / total)
        shade = self.theme.color("accent" if i == j else "validation")
        shade.setAlphaF(0.08 + 0.85 * share if self.counts[i, j] else 0.03)
        edge = 1.0 if cell.width() > 6 else 0.0
        painter.fillRect(cell.adjusted(edge, edge, -edge, -edge), shade)
        text = str(int(self.counts[i, j]))
        if cell.height() >= 14 and painter.fontMetrics().horizontalAdvance(text) <= cell.width() - 2:
            painter.setPen(self.theme.color("on_accent") if share > 0.55 else self.theme.color("text"))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)

    def _name(self, place: int) -> str:
        return str(self.classes[place]) if place < len(self.classes) else str(place)


@panels.register("prediction", title=N_("Predictions"))
class PredictionPanel(Panel):
    """Chooses the picture that fits the data."""

    place = "right"
    row_picked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._samples: Samples | None = None
        self.plot = plots.Plot(theme)
        self.plot.setToolTip(plots.zooming())
        self.plot.teach(self._lesson())
        self._ends: tuple[float, float] | None = None
        self.plot.setAspectLocked(True)
        self._row: int | None = None
        self._surface, self._points = pg.ImageItem(), pg.ScatterPlotItem(size=6, pen=pg.mkPen(theme.panel, width=0.7))
        self._diagonal = self.plot.plot(pen=plots.pen(theme.quiet, 1.0, dashed=True))
        self.plot.addItem(self._surface)
        self.plot.addItem(self._points)
        self._ring = pg.ScatterPlotItem(size=14, brush=None, pen=pg.mkPen("#1c2128", width=2))
        self.plot.addItem(self._ring)
        self._points.sigClicked.connect(self._pick)
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
        column.addWidget(pictures, 100)
        column.addWidget(self.caption)
        column.addStretch(1)

    @staticmethod
    def _lesson() -> str:
        return _("As soon as the network can be trained, what it predicts is drawn here.")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        """A plane is square; a table is as high as its rows."""
        inner = self.width() - 16
        counted = self._stack.currentWidget() is self.confusion
        self._pictures.setMaximumHeight(self.confusion.height_for(inner) if counted else inner)

    def probes(self, experiment: Experiment) -> Mapping[str, Probe]:
        return {"prediction": _answer}

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        if samples is self._samples:
            return
        self._samples = samples
        self._surface.clear()
        self._points.clear()
        self._diagonal.setData([], [])
        self._ring.setData([], [])
        self.caption.clear()
        self.plot.teach(self._lesson())
        self._ends = None
        self.plot.show_all()

    def _pick(self, _item: object, spots: Sequence[Any], *_event: object) -> None:
        """A click on a training row's point chooses the row."""
        samples = self._samples
        rows = [spot.index() for spot in spots]
        if samples is not None and samples.row_shape == (2,) and rows and rows[0] < min(len(samples.x), _MOST_POINTS):
            self.row_picked.emit(int(rows[0]))

    def draw(self, frame: Frame, view: View) -> None:
        self._row = view.sample
        answer = frame.probed.get("prediction")
        if answer is None or self._samples is None:
            return
        self.plot.teach("")
        if isinstance(answer, Verdicts):
            self._draw_verdicts(answer, self._samples)
        else:
            self._draw_surface(answer, self._samples)

    def _draw_verdicts(self, found: Verdicts, samples: Samples) -> None:
        rows = _("validation rows") if found.rows == "validation" else _("training rows (no validation rows)")
        if found.confusion is not None:
            self._stack.setCurrentWidget(self.confusion)
            self.confusion.show_counts(found.confusion, samples.classes)
            self._fit_height()
            self.caption.setText(_("Counted: {rows}").format(rows=rows))
            return
        assert found.true is not None and found.said is not None
        self._stack.setCurrentWidget(self.plot)
        self._fit_height()
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
        self._fit_height()
        plane = Plane.around(samples)
        fine = np.stack([enlarged(output, _FINER) for output in np.moveaxis(surface, -1, 0)], -1)
        colors = surface_colors(fine, samples)
        pixels = np.flipud(colors).copy()
        self._surface.setImage(pixels.view(np.uint8).reshape(*pixels.shape, 4)[..., [2, 1, 0]], levels=(0, 255))
        self._surface.setRect(QRectF(*plane.low.tolist(), *(plane.high - plane.low).tolist()))
        if not len(self._points.data):
            self._show_points(samples)
        here = samples.x[self._row : self._row + 1] if self._row is not None else samples.x[:0]
        self._ring.setData(*here.astype(float).T)
        self.plot.fit(QRectF(*plane.low.tolist(), *(plane.high - plane.low).tolist()))
        words = _("The prediction over both features; dots: training rows, to be clicked; rings: validation rows")
        self.caption.setText(words)

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

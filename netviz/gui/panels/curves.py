"""Loss and metrics over the epochs, training and validation, with exact values under the mouse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.document.branches import Branch
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.history import History
from netviz.engine.metrics import metric_names, metrics
from netviz.engine.run import Run
from netviz.gui import plots
from netviz.gui.elided import ElidedComboBox, ElidedLabel
from netviz.gui.panel import Panel, panels
from netviz.gui.theme import Theme
from netviz.gui.timeline import way_color
from netviz.i18n import N_, _
from netviz.pictures import curves

_SMOOTH = 300  # points: thick smooth lines through more of them take tens of milliseconds


@panels.register("loss", title=N_("Loss and metrics"))
class CurvesPanel(Panel):
    """Two curves of one column; which one is chosen above them."""

    short = N_("Loss")

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._history = History()
        self.choice = ElidedComboBox()
        self.choice.setAccessibleName(_("Which curve"))
        self.choice.setToolTip(_("Loss, or one of the metrics"))
        self.log = QToolButton()
        self.log.setText(_("log"))
        self.log.setCheckable(True)
        self.log.setToolTip(_("Logarithmic axis"))
        self.log.setAccessibleName(_("Logarithmic axis"))
        self.readout = ElidedLabel(least=12)
        self.plot = plots.Plot(theme, whole=True)
        self.plot.setToolTip(plots.zooming())
        self._epoch = self.plot.note(_("epoch"), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self._epoch.hide()
        self.reading = self.plot.note("", Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.reading.hide()
        self.plot.teach(self._lesson())
        self._ends: tuple[float, float] | None = None
        self._planned = 1
        self._training = self.plot.plot(pen=plots.pen(theme.training, 2.0), **_dot(theme.training))
        self._validation = self.plot.plot(pen=plots.pen(theme.validation, 2.0), **_dot(theme.validation))
        self._others: list[Any] = []  # of the branches
        self._cursor = pg.InfiniteLine(angle=90, pen=plots.pen(theme.quiet, 1.0))
        self._cursor.hide()
        self.plot.addItem(self._cursor, ignoreBounds=True)
        self._lay_out()
        self.choice.activated.connect(lambda _place: self._another())
        self.log.toggled.connect(self._set_log)
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.plot.installEventFilter(self)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.choice)
        top.addWidget(self.log)
        for color, text in ((self.theme.training, _("training")), (self.theme.validation, _("validation"))):
            key = QLabel(f'<span style="color:{color}">━</span> {text}')
            top.addWidget(key)
        top.addWidget(self.readout, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 4)
        column.addLayout(top)
        column.addWidget(self.plot, 1)

    @staticmethod
    def _lesson() -> str:
        return _("Press Run, or step one epoch: the loss of every epoch is drawn here.")

    def take_over(self, old: Panel) -> None:
        assert isinstance(old, CurvesPanel)
        for place in range(old.choice.count()):
            self.choice.addItem(old.choice.itemText(place), old.choice.itemData(place))
        self.choice.setCurrentIndex(old.choice.currentIndex())
        self.log.setChecked(old.log.isChecked())

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        self._planned = experiment.epochs
        now = self.choice.currentData()
        names = ["loss", *metric_names(experiment.metrics)]
        if [self.choice.itemData(i) for i in range(self.choice.count())] == names:
            return
        self.choice.clear()
        for name in names:
            self.choice.addItem(_("Loss") if name == "loss" else metrics.title(name), name)
        self.choice.setCurrentIndex(max(0, self.choice.findData(now)))

    def draw(self, frame: Frame, view: View) -> None:
        self._history = frame.history
        self._draw()

    def _draw(self) -> None:
        name = self.choice.currentData() or "loss"
        epochs = self._history.epochs
        drawn: list[Array] = [np.empty(0)]
        for curve, column in ((self._training, name), (self._validation, f"val_{name}")):
            x, y = curves.points(epochs.get(column, np.empty(0)))
            if self.log.isChecked():
                y = np.where(y > 0, y, np.nan)
            if len(x) and not np.isnan(y).all():
                alone = "o" if len(x) == 1 else None  # a line needs two
                curve.setData(x, y, connect="finite", antialias=len(x) <= _SMOOTH, symbol=alone)
                drawn.append(np.log10(y) if self.log.isChecked() else y)
            else:
                curve.setData([], [])
        drawn += self._draw_branches(name)
        self._epoch.setVisible(bool(self._history.epoch_count))
        self.plot.teach("" if self._history.epoch_count else self._lesson())
        self._fit(np.concatenate(drawn))
        if not self._cursor.isVisible():
            self.readout.shorter = (self._told(name).rpartition(" · ")[0], "")
            self.readout.setText(self._told(name))
            self.readout.setToolTip(self._told(name))

    def show_branches(self, run: Run, frame: Frame, name: str, branches: tuple[Branch, ...]) -> None:
        super().show_branches(run, frame, name, branches)
        self._draw()

    def _draw_branches(self, name: str) -> list[Array]:
        """The same column of the other ways, of the validation rows where there are some, in their colours, dashed."""
        while len(self._others) < len(self.branches):
            color = way_color(self.theme, len(self._others)).name()
            self._others.append(self.plot.plot(pen=plots.pen(color, 1.6, dashed=True)))
        drawn = []
        for place, curve in enumerate(self._others):
            epochs = self.branches[place].frame.history.epochs if place < len(self.branches) else {}
            x, y = curves.points(epochs.get(f"val_{name}", epochs.get(name, np.empty(0))))
            y = np.where(y > 0, y, np.nan) if self.log.isChecked() else y
            shown = len(x) > 0 and not np.isnan(y).all()
            curve.setData(x if shown else [], y if shown else [], connect="finite", antialias=len(x) <= _SMOOTH)
            if shown:
                drawn.append(np.log10(y) if self.log.isChecked() else y)
        return drawn

    def _fit(self, values: Array) -> None:
        """Show all that is drawn, with axes that change as seldom as can be."""
        longest = max([self._history.epoch_count, *(branch.frame.epoch for branch in self.branches)])
        left, right = curves.epochs_range(longest, self._planned)
        self._ends = curves.calm_range(values, self._ends, from_zero=not self.log.isChecked())
        self.plot.fit(QRectF(left, self._ends[0], right - left, self._ends[1] - self._ends[0]))

    def _another(self) -> None:
        """Another column, or another scale: the axis begins anew."""
        self._ends = None
        self._draw()
        self.plot.show_all()

    def _told(self, name: str) -> str:
        hidden = sum(int((column <= 0).sum()) for column in self._columns(name)) if self.log.isChecked() else 0
        note = _("{n} values of 0 or less not shown · ").format(n=hidden) if hidden else ""
        return note + curves.caption(name)

    def _columns(self, name: str) -> list[Any]:
        return [self._history.epochs[c] for c in (name, f"val_{name}") if c in self._history.epochs]

    def _set_log(self, on: bool) -> None:
        self.plot.setLogMode(y=on)
        self._another()

    def _hover(self, at: QPointF) -> None:
        epoch = round(self.plot.at(at).x())
        if not 1 <= epoch <= self._history.epoch_count:
            self._leave()
            return
        self._cursor.setPos(epoch)
        self._cursor.show()
        text = curves.reading(self._history, self.choice.currentData() or "loss", epoch)
        self.readout.shorter = ("",)
        self.readout.setText(text)
        self.reading.setVisible(self.readout.fontMetrics().horizontalAdvance(text) > self.readout.width())
        self.reading.setText(text)  # in the plot, where there is no room above it
        self.plot.place_notes()

    def _leave(self) -> None:
        if self._cursor.isVisible():
            self._cursor.hide()
            self.reading.hide()
            self._draw()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._leave()
        return False


def _dot(color: str) -> dict[str, Any]:
    """How a single epoch is drawn."""
    return {"symbolBrush": color, "symbolPen": None, "symbolSize": 7}

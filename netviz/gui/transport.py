"""The row at the top: reset, run, steps, speed, and the numbers of the moment."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSlider, QToolButton, QVBoxLayout

from netviz.engine.metrics import metrics
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.runtime import Report, Status

_SLOWEST, _FASTEST = 0.0, 4.0  # powers of ten of updates a second; the end of the slider has no limit
_STEPS = 100


class Transport(QFrame):
    """Buttons made from the window's own actions, and the newest numbers."""

    def __init__(self, theme: Theme, actions: dict[str, QAction]) -> None:
        """Buttons for the actions run, reset and the steps."""
        super().__init__()
        self.setProperty("role", "bar")
        self.setFixedHeight(64)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 16, 8)
        row.setSpacing(8)
        self.reset = _button(actions["reset"], "⟲")
        self.reset.setFixedWidth(40)
        self.run = QPushButton()
        self.run.setProperty("role", "primary")
        self.run.setMinimumWidth(104)
        self.run.setAccessibleName(_("Run or pause"))
        self.run.setToolTip(actions["run"].toolTip())
        self.run.clicked.connect(actions["run"].trigger)
        self.show_running(False)
        row.addWidget(self.reset)
        row.addWidget(self.run)
        for name, text in (("step_phase", _("Operation")), ("step_batch", _("Batch")), ("step_epoch", _("Epoch"))):
            row.addWidget(_button(actions[name], "▸ " + text))
        row.addLayout(self._speed())
        self.numbers: dict[str, QLabel] = {}
        for name in ("epoch", "loss", "val_loss", "metric", "rate"):
            row.addSpacing(10)
            row.addLayout(self._number(name))
        row.addStretch(1)
        self.wear(theme)

    def wear(self, theme: Theme) -> None:
        """The theme's colours for the numbers."""
        colors = {"loss": theme.training, "val_loss": theme.validation}
        for name, label in self.numbers.items():
            if not name.endswith("title"):
                label.setStyleSheet(f"font-size: 16px; font-weight: 600; color: {colors.get(name, theme.text)}")

    def _speed(self) -> QVBoxLayout:
        self.speed = QSlider(Qt.Orientation.Horizontal)
        self.speed.setRange(0, _STEPS)
        self.speed.setValue(_STEPS)
        self.speed.setFixedWidth(110)
        self.speed.setAccessibleName(_("Speed"))
        self.speed.setToolTip(_("How many updates a second; at the right end as fast as it goes"))
        label = QLabel(_("Speed"))
        label.setProperty("role", "quiet")
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(label)
        column.addWidget(self.speed)
        return column

    def _number(self, name: str) -> QVBoxLayout:
        titles = {
            "epoch": _("Epoch"),
            "loss": _("Training loss"),
            "val_loss": _("Validation loss"),
            "metric": _("Accuracy"),
            "rate": _("Epochs/s"),
        }
        title, value = QLabel(titles[name]), QLabel("–")
        title.setProperty("role", "quiet")
        value.setMinimumWidth(64)
        value.setAccessibleName(titles[name])
        self.numbers[name] = value
        self.numbers[name + " title"] = title
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(title)
        column.addWidget(value)
        return column

    def pace(self) -> float | None:
        """The slider's updates a second; None at its end."""
        place = self.speed.value()
        return None if place >= _STEPS else 10 ** (_SLOWEST + (_FASTEST - _SLOWEST) * place / _STEPS)

    def show_running(self, running: bool) -> None:
        """Run or Pause."""
        self.run.setText(_("❚❚ Pause") if running else _("▶ Run"))

    def show_report(self, report: Report) -> None:
        """The newest numbers."""
        self.show_running(report.status is Status.RUNNING)
        frame = report.frame
        if frame is None:
            return
        history, experiment = frame.history, frame.experiment
        self._write("epoch", f"{frame.epoch:,}")
        self._write("loss", _number(history.last("loss")))
        self._write("val_loss", _number(history.last("val_loss")))
        self._write("rate", f"{report.rate:,.0f}" if report.rate >= 10 else f"{report.rate:.1f}" if report.rate else "–")
        if experiment.metrics:
            metric = experiment.metrics[0]
            held = history.last(f"val_{metric.name}")
            value = held if math.isfinite(held) else history.last(metric.name)
            self._write("metric title", metrics.title(metric.name))
            self._write("metric", f"{value:.1%}" if "accuracy" in metric.name and math.isfinite(value) else _number(value))
        else:
            self._write("metric", "–")

    def _write(self, name: str, text: str) -> None:
        if self.numbers[name].text() != text:
            self.numbers[name].setText(text)


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "–" if math.isnan(value) else "∞"


def _button(action: QAction, text: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(action.toolTip())
    button.setAccessibleName(action.text().replace("&", ""))
    button.setMinimumHeight(32)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.clicked.connect(action.trigger)
    action.changed.connect(lambda: button.setEnabled(action.isEnabled()))
    return button



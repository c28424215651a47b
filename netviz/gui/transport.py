"""The row at the top: reset, run, steps, speed, and the numbers of the moment."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from netviz.engine.metrics import metrics
from netviz.gui.fields import column
from netviz.gui.speed import Speed
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.runtime import Report, Status

_GAP = 6  # between the parts of the row
_NUMBERS = ("epoch", "loss", "val_loss", "metric", "rate")
_GIVE_WAY = ("rate", "metric", "val_loss")  # what hides first in a narrow window
_WIDEST = {"epoch": "10,000,000", "loss": "0.00e−00", "val_loss": "0.00e−00", "metric": "−0.00e00", "rate": "00,000"}


class Number(QWidget):
    """A number with its title. Its width does not change with what it shows."""

    def __init__(self, name: str, title: str, tip: str) -> None:
        """Nothing to show yet."""
        super().__init__()
        self.title, self.value = QLabel(title), QLabel("–")
        self._name, self._tip = name, tip
        self.title.setProperty("role", "quiet")
        self.value.setProperty("role", "number")
        self.value.setProperty("series", {"loss": "training", "val_loss": "validation"}.get(name, ""))
        self.value.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        parts = column(self, 0)
        parts.addStretch(1)
        parts.addWidget(self.title)
        parts.addWidget(self.value)
        parts.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.call(title)

    def call(self, title: str) -> None:
        """Another title."""
        self.title.setText(title)
        self.value.setAccessibleName(title)
        for part in (self, self.title, self.value):
            part.setToolTip(self._tip or title)

    def show_text(self, text: str) -> None:
        """Show a number."""
        if self.value.text() != text:
            self.value.setText(text)

    def settle_width(self) -> None:
        """As wide as the widest number and title of this kind."""
        self.value.ensurePolished()
        wide = self.value.fontMetrics().horizontalAdvance(_WIDEST[self._name])
        self.setFixedWidth(max(wide, self.title.sizeHint().width()))


class Transport(QFrame):
    """Buttons made from the window's own actions, and the newest numbers."""

    def __init__(self, theme: Theme, actions: dict[str, QAction]) -> None:
        """Buttons for the actions run, reset and the steps."""
        super().__init__()
        self.setProperty("role", "bar")
        self.setFixedHeight(64)
        self._reason = ""
        self._narrowest = 0
        self._tips: dict[QWidget | QAction, str] = {action: action.toolTip() for action in actions.values()}
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(_GAP)
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self.reset = self._button(actions["reset"], "⟲")
        self.reset.setFixedWidth(40)
        self.run = self._run_button(actions["run"])
        self.show_running(False)
        row.addWidget(self.reset)
        row.addWidget(self.run)
        row.addSpacing(4)
        self.backs: list[QToolButton] = []
        self.steps: list[QToolButton] = []
        self._run = actions["run"]
        self._steps: list[QAction] = []
        for name, text in (("phase", _("Phase")), ("batch", _("Batch")), ("epoch", _("Epoch"))):
            row.addWidget(self._pair(actions[f"back_{name}"], actions[f"step_{name}"], text))
        row.addSpacing(4)
        self.speed = Speed()
        row.addWidget(self.speed)
        self.numbers = {name: self._number(name) for name in _NUMBERS}
        for number in self.numbers.values():
            row.addSpacing(10)
            row.addWidget(number)
        row.addStretch(1)
        self.wear(theme)

    def wear(self, theme: Theme) -> None:
        """Another theme; its style sheet does the colours, and the numbers take the width that their font needs."""
        for number in self.numbers.values():
            number.settle_width()
        self._make_room()

    # ------------------------------------------------------------------------------------------------ building

    def _run_button(self, action: QAction) -> QPushButton:
        button = QPushButton()
        button.setProperty("role", "primary")
        button.setFixedHeight(36)
        button.setAccessibleName(_("Run or pause"))
        button.clicked.connect(action.trigger)
        self._tips[button] = action.toolTip()
        button.setToolTip(action.toolTip())
        button.setText(_("❚❚ Pause"))
        button.ensurePolished()
        button.setFixedWidth(max(108, button.sizeHint().width() + 8))
        return button

    def _pair(self, back: QAction, step: QAction, text: str) -> QWidget:
        """Back and on by one of the same, beside each other."""
        pair = QWidget()
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.backs.append(self._button(back, "◂"))
        self.backs[-1].setFixedWidth(26)
        self.steps.append(self._button(step, text + " ▸"))
        for button, side in ((self.backs[-1], "left"), (self.steps[-1], "right")):
            button.setProperty("side", side)
            row.addWidget(button)
        self._steps += [back, step]
        return pair

    def _button(self, action: QAction, text: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "step")
        button.setText(text)
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text().replace("&", ""))
        button.setFixedHeight(34)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(action.trigger)
        self._tips[button] = action.toolTip()
        action.changed.connect(lambda: button.setEnabled(action.isEnabled() and not self._reason))
        return button

    def _number(self, name: str) -> Number:
        titles = {
            "epoch": (_("Epoch"), _("How many epochs have been trained")),
            "loss": (_("Training loss"), _("Mean over the last epoch's batches, penalties included")),
            "val_loss": (_("Validation loss"), _("Loss of the validation rows at the end of the last epoch")),
            "metric": (_("Accuracy"), _("Of the validation rows, or of the training rows where there are none")),
            "rate": (_("Epochs/s"), _("Epochs trained in a second")),
        }
        return Number(name, *titles[name])

    # -------------------------------------------------------------------------------------------------- showing

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._narrowest, self.maximumHeight())

    def _make_room(self) -> None:
        """Hide the less important numbers where the row is too narrow for all."""
        buttons = [self.reset.width(), self.run.width(), *(b.width() for b in self.backs)]
        fixed = 2 * 12 + sum(buttons) + sum(b.sizeHint().width() for b in self.steps) + self.speed.width() + 7 * _GAP + 8
        self._narrowest = fixed + sum(self.numbers[name].maximumWidth() + 22 for name in _NUMBERS if name not in _GIVE_WAY)
        room = self.width() - fixed
        for name in (*reversed(_GIVE_WAY), "loss", "epoch"):
            self.numbers[name].setVisible(True)
        needed = sum(number.maximumWidth() + 22 for number in self.numbers.values())
        for name in _GIVE_WAY:
            if needed > room:
                self.numbers[name].setVisible(False)
                needed -= self.numbers[name].maximumWidth() + 22

    def show_running(self, running: bool) -> None:
        """Run or Pause."""
        self.run.setText(_("❚❚ Pause") if running else _("▶ Run"))

    def allow(self, reason: str = "") -> None:
        """Let buttons, menu and keys train, or give the reason why they may not. F5 stays, to say the reason aloud."""
        self._reason = reason
        words = _("Cannot be trained yet: {reason}").format(reason=reason) if reason else ""
        for action in self._steps:
            action.setEnabled(not reason)
        for action in (self._run, *self._steps):
            action.setStatusTip(words)
        parts: list[QWidget | QAction] = [self.run, *self.backs, *self.steps, self._run, *self._steps]
        for part in parts:
            part.setToolTip(words or self._tips[part])
        for button in (self.run, *self.backs, *self.steps):
            button.setEnabled(not reason)

    def show_report(self, report: Report) -> None:
        """The newest numbers."""
        self.show_running(report.status is Status.RUNNING)
        frame = report.frame
        if frame is None:
            return
        history, experiment = frame.history, frame.experiment
        self._write("epoch", f"{frame.epoch:,}")
        self._write("loss", _shown(history.last("loss")))
        self._write("val_loss", _shown(history.last("val_loss")))
        self._write("rate", _rate(report.rate))
        if experiment.metrics:
            self._show_metric(experiment.metrics[0].name, history.last)
        else:
            self._write("metric", "–")

    def _show_metric(self, name: str, last: Callable[[str], float]) -> None:
        """A metric by its own name: of the validation rows where there are some, else of the training rows."""
        held = last(f"val_{name}")
        value = held if math.isfinite(held) else last(name)
        title = _("Accuracy") if name.endswith("accuracy") else metrics.title(name)
        number = self.numbers["metric"]
        if number.title.text() != title:
            number.call(title)
            number.settle_width()
            self._make_room()
        percent = name.endswith("accuracy") and math.isfinite(value)
        self._write("metric", f"{value * 100:.1f} %" if percent else _shown(value))

    def _write(self, name: str, text: str) -> None:
        self.numbers[name].show_text(text)


def _shown(value: float) -> str:
    """A number with as many digits at every size, so that it does not jump."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if not size or 1e-3 <= size < 1e4:
        return f"{value:.{2 if size >= 10 else 4}f}".replace("-", "−")
    mantissa, _e, exponent = f"{value:.2e}".partition("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "−")


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}" if rate else "–"

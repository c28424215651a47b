"""Fields for single settings. A typed number means what it says in every locale, and the field shows what it understood."""

from __future__ import annotations

import math
import re
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSlider, QWidget

from netviz.codec import Range
from netviz.i18n import _

_NUMBER = re.compile(r"[+\-−]?(\d+([.,]\d*)?|[.,]\d+)([eE][+\-−]?\d+)?", re.ASCII)
_SLIDER_STEPS = 100


def understood(text: str) -> float | None:
    """The number a text means: one point or one comma is the decimal sign; None when it is no number.

    "1.234,5" and "1,234.5" are nobody's number for certain, so they are none.
    """
    plain = text.strip().replace(" ", "").replace("\u00a0", "")
    if not _NUMBER.fullmatch(plain):
        return None
    number = float(plain.replace(",", ".").replace("−", "-"))
    return number if math.isfinite(number) else None


def written(number: float) -> str:
    """A number as a field shows it: as short as it can be, with a point."""
    return f"{number:d}" if isinstance(number, int) else f"{number:.10g}"


class NumberField(QLineEdit):
    """A number within a range. `edited` is sent when another valid number has been typed or stepped to."""

    edited = Signal(object)

    def __init__(self, number: float | None, limits: Range | None, whole: bool, optional: bool = False) -> None:
        """Show a number; `optional` fields may be empty, which is None."""
        super().__init__()
        self.limits, self.whole, self.optional = limits or Range(), whole, optional
        self.number = number
        self.setText("" if number is None else written(number))
        self.setToolTip(self._hint())
        self.textEdited.connect(self._check)
        self.editingFinished.connect(self.finish)

    def show_number(self, number: float | None) -> None:
        """Show another number, unless somebody is typing."""
        if number != self.number or not self.hasFocus():
            self.number = number
            self.setText("" if number is None else written(number))
            self._mark(False)

    def finish(self) -> None:
        """Take what was typed; what is no number within the range is put back."""
        found, fits = self._read()
        if not fits:
            found = self.number
        changed = found != self.number
        self.number = found
        self.setText("" if found is None else written(found))
        self._mark(False)
        if changed:
            self.edited.emit(found)

    def step(self, steps: int) -> None:
        """Up or down: by a factor on a logarithmic scale, else by a part of the range, or by one."""
        now = self.number if self.number is not None else 0
        if self.whole:
            stepped: float = now + steps
        elif self.limits.log and now > 0:
            stepped = float(f"{now * 10 ** (steps / 4):.2g}")
        else:
            wide = math.isfinite(self.limits.high - self.limits.low)
            stepped = float(f"{now + steps * (0.05 * (self.limits.high - self.limits.low) if wide else 0.1):.6g}")
        if self.limits.holds(stepped):
            self.setText(written(int(stepped) if self.whole else stepped))
            self.finish()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 4, Qt.Key.Key_PageDown: -4}
        if event.key() in steps:
            self.finish()
            self.step(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _read(self) -> tuple[float | None, bool]:
        """(the number, whether it may stand here)."""
        text = self.text().strip()
        if not text:
            return None, self.optional
        number = understood(text)
        if number is None or not self.limits.holds(number) or self.whole and number != int(number):
            return None, False
        return (int(number) if self.whole else number), True

    def _check(self) -> None:
        self._mark(not self._read()[1])

    def _mark(self, problem: bool) -> None:
        if bool(self.property("problem")) != problem:
            self.setProperty("problem", problem)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setToolTip(self._hint())

    def _hint(self) -> str:
        kind = _("A whole number") if self.whole else _("A number")
        hint = f"{kind} {self.limits}".strip()
        return hint + " " + self.limits.unit if self.limits.unit else hint


class SlidingField(QWidget):
    """A number between two ends, by slider or by typing."""

    edited = Signal(object)

    def __init__(self, number: float, limits: Range) -> None:
        """Show a number; both ends of the range must be finite."""
        super().__init__()
        self._low = max(limits.low, limits.above)
        self._high = min(limits.high, limits.below)
        self.field = NumberField(number, limits, whole=False)
        self.field.setFixedWidth(64)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _SLIDER_STEPS)
        self.slider.setValue(self._place(number))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self.field)
        self.setFocusProxy(self.field)
        self.slider.valueChanged.connect(self._slid)
        self.field.edited.connect(self._typed)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.field.setAccessibleName(name)
        self.slider.setAccessibleName(name)

    def setToolTip(self, tip: str) -> None:
        super().setToolTip(tip)
        self.slider.setToolTip(tip)

    def show_number(self, number: float) -> None:
        """Show another number."""
        self.field.show_number(number)
        self.slider.blockSignals(True)
        self.slider.setValue(self._place(number))
        self.slider.blockSignals(False)

    def _place(self, number: float) -> int:
        return round((number - self._low) / (self._high - self._low) * _SLIDER_STEPS)

    def _slid(self, place: int) -> None:
        number = float(f"{self._low + place / _SLIDER_STEPS * (self._high - self._low):.4g}")
        if self.field.limits.holds(number):
            self.field.show_number(number)
            self.edited.emit(number)

    def _typed(self, number: Any) -> None:
        self.show_number(number)
        self.edited.emit(number)

"""Fields for numbers. A typed number means what it says in every locale, and the field shows what it understood.

`edited` carries each new number, `settled` says that a gesture is over: Enter, the field left, the slider let go.

What may not stand in a field is marked while it is typed; on Enter or on leaving the last good number comes back, and
`refused` carries a sentence that says why. Fractions of the unit "%" are shown as percent.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QSlider, QVBoxLayout, QWidget

from netviz.codec import Range
from netviz.i18n import _

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[1-9]\d{0,2}(([.,])\d{3})(\2\d{3})*")
_SIGNS = str.maketrans({",": ".", "−": "-", "٫": ".", "E": "e", " ": "", "\u00a0": "", "\u202f": "", "\u2009": ""})
_SLIDER_STEPS = 100
_WIDTH = 92


def understood(text: str) -> float | None:
    """The number a text means: one point or one comma is the decimal sign; None when it is no number.

    "1.234,5" and "1,234.5" are nobody's number for certain, so they are none. Digits of any script are digits.
    """
    digits = "".join(str(unicodedata.decimal(sign, sign)) for sign in text.strip())
    plain = digits.translate(_SIGNS)
    if not _NUMBER.fullmatch(plain):
        return None
    number = float(plain)
    return number if math.isfinite(number) else None


def written(number: float) -> str:
    """A number as a field shows it: as short as it can be without losing anything, with a point."""
    if isinstance(number, int):
        return str(number)
    text = repr(number)
    mantissa, _e, exponent = text.partition("e")
    mantissa = mantissa.removesuffix(".0")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


class NumberField(QLineEdit):
    """A number within a range. `edited` is sent when another valid number has been typed or stepped to."""

    edited = Signal(object)
    settled = Signal()
    refused = Signal(str)

    def __init__(self, number: float | None, limits: Range | None, whole: bool, optional: bool = False) -> None:
        """Show a number; `optional` fields may be empty, which is None."""
        super().__init__()
        self.setAcceptDrops(False)  # files are dropped on the window, and their names are no numbers
        self.limits, self.whole, self.optional = limits or Range(), whole, optional
        self.number = number
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFixedWidth(_WIDTH)
        if optional:
            self.setPlaceholderText(_("none"))
        self.setText(self._written(number))
        self.setToolTip(self.hint())
        self.textEdited.connect(self._typing)
        self.editingFinished.connect(self.finish)

    def show_value(self, number: float | None) -> None:
        """Show another number; what is being typed stays while the number is the same."""
        if number != self.number or not self.hasFocus():
            self.number = number
            self.setText(self._written(number))
            mark(self, False)

    def finish(self) -> None:
        """Take what was typed; what is no number within the range is put back."""
        self._take()
        self.settled.emit()

    def _take(self) -> None:
        typed = self.text().strip()
        found, fits = self._read()
        if not fits:
            found = self.number
        changed = found != self.number
        self.number = found
        self.setText(self._written(found))
        mark(self, False)
        if changed:
            self.edited.emit(found)
        elif not fits:
            self.refused.emit(self._refusal(typed))

    def step(self, steps: int) -> None:
        """Up or down: doubled or by a factor on a logarithmic scale, else by a part of the range or by one."""
        stepped = self._stepped(self.number if self.number is not None else 0, steps)
        top = min(self.limits.high, math.nextafter(self.limits.below, -math.inf))
        stepped = min(max(stepped, self.limits.low), top)
        if self.limits.holds(stepped):
            self.setText(self._written(int(stepped) if self.whole else stepped))
            self._take()

    def _stepped(self, now: float, steps: int) -> float:
        if self.whole and self.limits.log and now > 0:
            return float(now * 2**steps if steps > 0 else now // 2**-steps)
        if self.whole:
            return now + steps
        if self.limits.log:
            return float(f"{now * 10 ** (steps / 4):.2g}") if now else 1e-4 * max(0, steps)
        wide = self.limits.high - self.limits.low if self._percent else math.inf
        by = 0.05 if math.isfinite(wide) or self._percent else 0.1
        return float(f"{now + steps * by:.6g}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 4, Qt.Key.Key_PageDown: -4}
        if event.key() in steps:
            self._take()
            self.step(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self.setText(self._written(self.number))
            mark(self, False)
            self.selectAll()
        else:
            super().keyPressEvent(event)

    @property
    def _percent(self) -> bool:
        return self.limits.unit == "%"

    def _written(self, number: float | None) -> str:
        if number is None:
            return ""
        if self._percent:
            return f"{written(float(f'{number * 100:.12g}'))} %"
        return f"{written(number)} {_(self.limits.unit)}".strip()

    def _read(self) -> tuple[float | None, bool]:
        """(the number, whether it may stand here)."""
        text = self.text().strip()
        if text == self._written(self.number):
            return self.number, True
        if not text:
            return None, self.optional
        number = self._number(text)
        if number is None or not self.limits.holds(number) or self.whole and number != int(number):
            return None, False
        return (int(number) if self.whole else number), True

    def _number(self, text: str) -> float | None:
        """A text with or without its unit; of fractions "20", "20 %" and "0.2" are the same."""
        unit = _(self.limits.unit)
        bare = text.removesuffix(unit) if unit else text
        if self.whole and _GROUPED.fullmatch(bare.strip()):
            bare = bare.replace(".", "").replace(",", "")  # "10,000" and "10.000" of a count are thousands everywhere
        number = understood(bare)
        if number is None or not self._percent:
            return number
        return number / 100 if bare != text or abs(number) >= 1 else number

    def _typing(self) -> None:
        mark(self, not self._read()[1])

    def _refusal(self, typed: str) -> str:
        shown = typed if len(typed) <= 20 else typed[:19] + "…"
        if not typed:
            return _("A number belongs here: {hint}.").format(hint=self.hint())
        if self._number(typed) is None:
            return _("“{typed}” is not a number for certain; type it like 0.001 or 1e-3.").format(typed=shown)
        return _("{typed} does not fit: {hint}.").format(typed=shown, hint=self.hint())

    def hint(self) -> str:
        """What may stand here."""
        kind = _("a whole number") if self.whole else _("a number")
        limits = str(self.limits)
        if self._percent:
            hundred = {end: getattr(self.limits, end) * 100 for end in ("low", "high", "above", "below")}
            limits = f"{Range(**hundred)} %"
        text = f"{kind} {limits}".strip()
        return text + _(", or nothing") if self.optional else text


class WheelFreeSlider(QSlider):
    """A slider that a turning wheel passes over unless it has the focus. `let_go`: by the mouse or by the keyboard."""

    let_go = Signal()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.let_go.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.let_go.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class SlidingField(QWidget):
    """A number between two ends, by slider or by typing. The typed number stands wherever the row puts `field`."""

    edited = Signal(object)
    settled = Signal()
    refused = Signal(str)

    def __init__(self, number: float, limits: Range) -> None:
        """Show a number; both ends of the range must be finite."""
        super().__init__()
        self._low = max(limits.low, limits.above)
        self._high = min(limits.high, limits.below)
        self.field = NumberField(number, limits, whole=False)
        self.slider = WheelFreeSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _SLIDER_STEPS)
        self.slider.setPageStep(10)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.slider.setValue(self._place(number))
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider)
        self.setFocusProxy(self.field)
        self.setToolTip(self.field.toolTip())
        self.slider.valueChanged.connect(self._slid)
        self.field.edited.connect(self._typed)
        self.field.refused.connect(self.refused)
        self.field.settled.connect(self.settled)
        self.slider.let_go.connect(self.settled)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.field.setAccessibleName(name)
        self.slider.setAccessibleName(name)

    def setToolTip(self, tip: str) -> None:
        super().setToolTip(tip)
        self.field.setToolTip(tip)
        self.slider.setToolTip(tip)

    def toolTip(self) -> str:
        return self.field.toolTip()

    def show_value(self, number: float) -> None:
        """Show another number."""
        self.field.show_value(number)
        self.slider.blockSignals(True)
        self.slider.setValue(self._place(number))
        self.slider.blockSignals(False)

    def _place(self, number: float) -> int:
        return round((number - self._low) / (self._high - self._low) * _SLIDER_STEPS)

    def _slid(self, place: int) -> None:
        number = float(f"{self._low + place / _SLIDER_STEPS * (self._high - self._low):.4g}")
        if self.field.limits.holds(number):
            self.field.show_value(number)
            self.edited.emit(number)
        else:
            self.show_value(self.field.number or 0.0)

    def _typed(self, number: Any) -> None:
        self.show_value(number)
        self.edited.emit(number)


def mark(widget: QWidget, problem: bool) -> None:
    """Draw a field as one with a problem, or as one without; the theme says how."""
    if bool(widget.property("problem")) != problem:
        widget.setProperty("problem", problem)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def column(widget: QWidget, spacing: int = 4) -> QVBoxLayout:
    """A column without margins for a widget's parts."""
    made = QVBoxLayout(widget)
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    return made

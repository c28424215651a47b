"""How fast training plays: from one phase every few seconds to as fast as it goes."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from netviz.gui.fields import WheelFreeSlider, column
from netviz.i18n import _

_PLACES, _PHASES = 100, 30  # of the slider, and those of them that count phases
_SLOWEST_PHASE, _FASTEST_PHASE = 1 / 4, 4.0  # a second
_SLOWEST, _FASTEST = 1.0, 1e4  # updates a second
_WIDE = 128


class Pace(NamedTuple):
    """Updates, or phases of them, a second; None is as fast as it goes."""

    per_second: float | None
    phases: bool = False


def pace_at(place: int) -> Pace:
    """What a place of the slider means: phases at its left, updates further on, no limit at its end."""
    if place >= _PLACES:
        return Pace(None)
    if place < _PHASES:
        return Pace(_between(_SLOWEST_PHASE, _FASTEST_PHASE, place / (_PHASES - 1)), phases=True)
    return Pace(_between(_SLOWEST, _FASTEST, (place - _PHASES) / (_PLACES - _PHASES)))


def _between(low: float, high: float, share: float) -> float:
    return float(low * (high / low) ** share)


def words(pace: Pace) -> str:
    """A pace as people say it."""
    if pace.per_second is None:
        return _("Full speed")
    if pace.phases and pace.per_second < 1:
        return _("a phase every {n} s").format(n=f"{1 / pace.per_second:.1f}")
    number = f"{pace.per_second:,.0f}" if pace.per_second >= 10 else f"{pace.per_second:.1f}"
    return (_("{n} phases/s") if pace.phases else _("{n} updates/s")).format(n=number)


class Speed(QWidget):
    """A slider and what it means; `changed` carries the new pace."""

    changed = Signal(object)

    def __init__(self) -> None:
        """Full speed."""
        super().__init__()
        self.slider = WheelFreeSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _PLACES)
        self.slider.setPageStep(_PLACES // 10)
        self.slider.setValue(_PLACES)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.slider.setAccessibleName(_("Speed"))
        self.slider.setToolTip(
            _("How fast it plays: phase by phase at the left, updates a second further on, full speed at the right end "
              "(L, Shift+L)")
        )  # fmt: skip
        self.slider.valueChanged.connect(self._tell)
        self.label = QLabel()
        self.label.setProperty("role", "quiet")
        self.label.setToolTip(self.slider.toolTip())
        parts = column(self, 2)
        parts.addStretch(1)
        parts.addWidget(self.label)
        parts.addWidget(self.slider)
        parts.addStretch(1)
        self.setFixedWidth(_WIDE)
        self._tell()

    def pace(self) -> Pace:
        """What the slider says."""
        return pace_at(self.slider.value())

    def change(self, by: int) -> None:
        """Faster by so many tenths of the slider, or slower."""
        self.slider.setValue(self.slider.value() + by * _PLACES // 10)

    def _tell(self) -> None:
        pace = self.pace()
        self.label.setText(words(pace))
        self.slider.setAccessibleDescription(self.label.text())
        self.changed.emit(pace)

"""Which training row flows through the drawing: one further, one back, or by its number."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from netviz.datasets import Samples
from netviz.i18n import _

_WIDEST = 340  # of the words


class RowChooser(QWidget):
    """Two arrows and the row's number and class between them."""

    chosen = Signal(int)

    def __init__(self) -> None:
        """No rows yet."""
        super().__init__()
        self._samples: Samples | None = None
        self.hide()
        self.row = 0
        self.told = QLabel()
        self.told.setProperty("role", "quiet")
        self.back, self.on = (
            self._arrow("‹", _("The training row before"), -1),
            self._arrow("›", _("The next training row"), 1),
        )
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 12, 2)
        line.setSpacing(2)
        for widget in (self.back, self.told, self.on):
            line.addWidget(widget)

    def _arrow(self, sign: str, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setText(sign)
        button.setProperty("role", "flat")
        button.setFixedWidth(22)
        button.setAutoRepeat(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self.choose(self.row + by))
        return button

    def show_samples(self, samples: Samples) -> None:
        """Rows of these samples from now on; the first, if these are others."""
        if samples is not self._samples:
            self._samples, self.row = samples, 0
            self.show()
        self._tell()

    def choose(self, row: int) -> None:
        """Another row; after the last comes the first."""
        if self._samples is not None:
            self.row = row % len(self._samples.x)
            self._tell()
            self.chosen.emit(self.row)

    def _tell(self) -> None:
        if self._samples is None:
            return
        text = _("row {n:,} of {m:,}").format(n=self.row + 1, m=len(self._samples.x))
        target = self._samples.y[self.row]
        if self._samples.classes and self._samples.y.ndim == 1:
            text += f" · {self._samples.classes[int(target)]}"
        if words := self._samples.told(self._samples.x[self.row : self.row + 1][0]):
            text += f" · {words}"
        self.told.setText(self.told.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, _WIDEST))
        self.told.setToolTip(_("The training row that flows through the network: {row}").format(row=text))

"""Which training row flows through the drawing: by its number, its picture, or the next; within an update one of its batch."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from netviz.arrays import Array
from netviz.codec import Range
from netviz.datasets import Samples
from netviz.gui.fields import NumberField
from netviz.gui.images import image
from netviz.i18n import _
from netviz.pictures.thumbnails import row_picture

_WIDEST, _WIDEST_IN_NARROW = 200, 58  # of the words
_FIELD, _SIDE, _MOST = 58, 32, 64  # widths of the field and of a picture; pictures that are offered


class RowChooser(QWidget):
    """Two arrows, the row's number to be typed, its class, and pictures to choose from."""

    chosen = Signal(int)

    def __init__(self) -> None:
        """No rows yet."""
        super().__init__()
        self._samples: Samples | None = None
        self._batch: Array | None = None
        self.hide()
        self.row = 0
        self._widest = _WIDEST
        self.told = QLabel()
        self.told.setProperty("role", "quiet")
        self.told.setContentsMargins(2, 0, 2, 0)
        self.back = self._arrow("‹", _("The training row before; within an update, that of its batch"), -1)
        self.on = self._arrow("›", _("The next training row; within an update, that of its batch"), 1)
        self.field = NumberField(1, Range(low=1), whole=True)
        self.field.setFixedWidth(_FIELD)
        self.field.setAccessibleName(_("Training row"))
        self.field.setToolTip(_("The training row that flows through the network, by its number"))
        self.field.edited.connect(lambda number: self.choose(number - 1))
        self.pictures = QToolButton()
        self.pictures.setProperty("role", "step")
        self.pictures.setToolTip(_("Choose a row by its picture: those of the batch, or the first ones"))
        self.pictures.setAccessibleName(self.pictures.toolTip())
        self.pictures.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.pictures.setIconSize(QSize(16, 16))
        menu = QMenu(self.pictures)
        menu.setStyleSheet(f"QMenu {{ icon-size: {_SIDE}px; }}")
        menu.aboutToShow.connect(self._offer)
        self.pictures.setMenu(menu)
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 0, 12, 2)
        line.setSpacing(3)
        for widget in (QLabel(_("row")), self.back, self.field, self.on, self.told, self.pictures):
            line.addWidget(widget)

    def _arrow(self, sign: str, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setText(sign)
        button.setProperty("role", "flat")
        button.setFixedWidth(22)
        button.setAutoRepeat(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self.choose(self._next(by)))
        return button

    def _next(self, by: int) -> int:
        if self._batch is None:
            return self.row + by
        found = np.flatnonzero(self._batch == self.row)
        place = int(found[0]) + by if len(found) else 0
        return int(self._batch[place % len(self._batch)])

    def show_narrow(self, narrow: bool) -> None:
        """With fewer words where there is little width."""
        self._widest = _WIDEST_IN_NARROW if narrow else _WIDEST
        self._tell()

    def show_samples(self, samples: Samples) -> None:
        """Rows of these samples from now on; the first, if these are others."""
        if samples is not self._samples:
            self._samples, self.row, self._batch = samples, 0, None
            self.field.limits = Range(low=1, high=len(samples.x))
            self.show()
        self._tell()

    def show_batch(self, rows: Array | None, shown: int | None) -> None:
        """Within an update: the rows of its batch, and which of them is shown."""
        self._batch = rows
        row = self.row if shown is None else shown
        if row != self.row:
            self.row = row
        self._tell()

    def choose(self, row: int) -> None:
        """Another row; after the last comes the first."""
        if self._samples is not None:
            self.row = row % len(self._samples.x)
            self._tell()
            self.chosen.emit(self.row)

    def _offer(self) -> None:
        """The rows to choose from, each with its picture."""
        menu, samples = self.pictures.menu(), self._samples
        menu.clear()
        if samples is None:
            return
        rows = range(len(samples.x)) if self._batch is None else self._batch.tolist()
        for row in rows[:_MOST]:
            action = menu.addAction(_icon(samples, row, _SIDE), _("row {n:,}").format(n=row + 1) + self._class_of(row))
            action.setCheckable(True)
            action.setChecked(row == self.row)
            action.triggered.connect(lambda _on=False, row=row: self.choose(row))

    def _class_of(self, row: int) -> str:
        assert self._samples is not None
        if self._samples.classes and self._samples.y.ndim == 1:
            return f" · {self._samples.classes[int(self._samples.y[row])]}"
        return ""

    def _texts(self, samples: Samples) -> list[str]:
        """What there is to say of the row, then less and less of it."""
        what = self._class_of(self.row)
        if self._batch is not None and self.row in self._batch:
            place = int(np.flatnonzero(self._batch == self.row)[0]) + 1
            long, brief = _("{n} of {m} in the batch"), _("{n} of {m}")
            places = [text.format(n=place, m=len(self._batch)) for text in (long, brief)]
        else:
            places = [_("of {m:,}").format(m=len(samples.x))]
        told = samples.told(samples.x[self.row : self.row + 1][0])
        whole = [f"{places[0]}{what} · {told}"] if told else []
        return [*whole, *(place + what for place in places), *places, what.strip(" ·"), ""]

    def _tell(self) -> None:
        if self._samples is None:
            return
        self.field.show_value(self.row + 1)
        texts = self._texts(self._samples)
        wide = self.told.fontMetrics().horizontalAdvance
        words = next(text for text in texts if wide(text) <= self._widest)
        if words != self.told.text():
            self.told.setText(words)
            self.told.setToolTip(texts[0])
        key = (id(self._samples), self.row)
        if key != getattr(self, "_pictured", None):
            self._pictured = key
            self.pictures.setIcon(_icon(self._samples, self.row, 16))


def _icon(samples: Samples, row: int, side: int) -> QIcon:
    return QIcon(QPixmap.fromImage(image(row_picture(samples, row, 2 * side))))

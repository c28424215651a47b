"""Fields that are no numbers: a choice, a yes or no, a list of numbers, a text, and a part that can be folded away."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStyle,
    QWidget,
)

from netviz.codec import Range
from netviz.gui.elided import ElidedComboBox
from netviz.gui.fields import column, mark, understood, written
from netviz.i18n import _

_WORDS = {"min": "Lower", "max": "Higher", "last": "Last rows", "float32": "float32", "float64": "float64"}

Options = Sequence[tuple[str, Any]]


class Choice(ElidedComboBox):
    """One of some options. A turning wheel passes over it unless it has the focus."""

    edited = Signal(object)

    def __init__(self, options: Options, now: Any) -> None:
        """Show which of the (title, value) pairs it is now."""
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._now = now
        self.offer(options)
        self.activated.connect(self._chosen)

    def offer(self, options: Options) -> None:
        """Another list of options; the present value stays, even where it is none of them."""
        self.clear()
        for title, option in options:
            self.addItem(title, option)
        self.show_value(self._now)

    def show_value(self, now: Any) -> None:
        """Show another option; one that is not on offer is added, so that the field never tells a lie."""
        self._now = now
        place = self.place(now)
        if place < 0:
            self.addItem(str(now), now)
            place = self.count() - 1
        self.setCurrentIndex(place)

    def place(self, value: Any) -> int:
        """The index of an option, −1 where there is none."""
        return next((i for i in range(self.count()) if self.itemData(i) == value), -1)

    def _chosen(self, place: int) -> None:
        value = self.itemData(place)
        if value != self._now:
            self.edited.emit(value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def plain_words(option: Any) -> str:
    """An option of an annotation as a person reads it: "Stratified", but "float32"."""
    return _(_WORDS.get(str(option)) or str(option).replace("_", " ").capitalize())


class Tick(QCheckBox):
    """Yes or no."""

    edited = Signal(object)

    def __init__(self, now: bool) -> None:
        """Show which of the two it is."""
        super().__init__()
        self.setChecked(now)
        self.clicked.connect(lambda checked: self.edited.emit(checked))

    def show_value(self, now: bool) -> None:
        """Show the other."""
        self.setChecked(now)


class NumbersField(QLineEdit):
    """Some numbers with blanks between them."""

    edited = Signal(object)
    refused = Signal(str)

    def __init__(
        self, numbers: tuple[float, ...] | None, kind: type, limits: Range | None, optional: bool = False
    ) -> None:
        """Show numbers, each an int or a float within the limits; without any an optional field is None."""
        super().__init__()
        self.setAcceptDrops(False)  # files are dropped on the window, and their names are no numbers
        self._kind, self._limits, self._numbers = kind, limits or Range(), numbers
        self._none = None if optional else ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)
        self.show_value(numbers)
        self.setToolTip(_("Numbers with blanks between them"))
        self.textEdited.connect(lambda text: mark(self, self._read(text) is None))
        self.editingFinished.connect(self._finish)

    @property
    def whole(self) -> bool:
        """Whether the numbers are whole."""
        return self._kind is int

    def show_value(self, numbers: tuple[float, ...] | None) -> None:
        """Show other numbers."""
        self._numbers = numbers
        self.setText(" ".join(map(written, numbers or ())))
        mark(self, False)

    def _read(self, text: str) -> tuple[float, ...] | None:
        found: list[float] = []
        for part in text.replace(";", " ").split():
            number = understood(part)
            if number is None or not self._limits.holds(number) or self._kind is int and number != int(number):
                return None
            found.append(self._kind(number))
        return tuple(found)

    def _finish(self) -> None:
        read = self._read(self.text())
        numbers = read or self._none
        if read is None:
            self.show_value(self._numbers)
            self.refused.emit(_("These are not numbers that fit; write them with blanks between, like 1 0.5 1e-2."))
        elif numbers != self._numbers:
            self.show_value(numbers)
            self.edited.emit(numbers)


class PairsField(NumbersField):
    """Pairs of numbers, with a semicolon between the pairs: what is before and behind, for each axis."""

    def show_value(self, numbers: Any) -> None:
        """Show other pairs."""
        self._numbers = numbers
        self.setText("; ".join(" ".join(map(written, pair)) for pair in numbers or ()))
        mark(self, False)

    def _read(self, text: str) -> tuple[Any, ...] | None:
        flat = super()._read(text)
        if flat is None or len(flat) % 2:
            return None
        return tuple(zip(flat[::2], flat[1::2], strict=True))


class TextField(QLineEdit):
    """A text."""

    edited = Signal(object)

    def __init__(self, text: str) -> None:
        """Show a text."""
        super().__init__(text)
        self._now = text
        self.setMinimumWidth(60)
        self.editingFinished.connect(self._finish)

    def show_value(self, text: str) -> None:
        """Show another text, unless it is being typed."""
        if text != self._now:
            self._now = text
            self.setText(text)

    def _finish(self) -> None:
        if (text := self.text().strip()) != self._now:
            self._now = text
            self.edited.emit(text)


class FileField(TextField):
    """The name of a file, typed or chosen."""

    def __init__(self, name: str, suffix: str) -> None:
        """Show a name; files of that suffix are offered."""
        super().__init__(name)
        self._suffix = suffix
        icon = self.style().standardIcon(QStyle.StandardPixmap.SP_DirOpenIcon)
        self.chooser = self.addAction(icon, QLineEdit.ActionPosition.TrailingPosition)
        self.chooser.setToolTip(_("Choose a file"))
        self.chooser.triggered.connect(self._choose)

    def _choose(self) -> None:
        kinds = f"*{self._suffix} (*{self._suffix});;" if self._suffix else ""
        begin = os.path.dirname(os.path.expanduser(self.text()))
        name, _kind = QFileDialog.getOpenFileName(self.window(), _("Choose a file"), begin, kinds + _("All files (*)"))
        if name:
            self.setText(name)
            self._finish()


class Disclosure(QWidget):
    """A part that can be folded away: a line with its title and in a word what it holds, and the part below."""

    def __init__(self, title: str, body: QWidget, tip: str = "") -> None:
        """Begin folded."""
        super().__init__()
        self.body = body
        self._title = title
        self.button = QPushButton()
        self.button.setProperty("role", "disclosure")
        self.button.setCheckable(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.setToolTip(tip or _("Show or hide: {title}").format(title=title))
        self.button.toggled.connect(self._show_body)
        self.summary = QLabel()
        self.summary.setProperty("role", "quiet")
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._head = head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.button)
        head.addWidget(self.summary, 1)
        parts = column(self)
        parts.addLayout(head)
        parts.addWidget(body)
        self._show_body(False)

    def say(self, words: str) -> None:
        """What the part holds, in a word or two."""
        self.summary.setText(words)
        self.summary.setToolTip(words)
        self.button.setAccessibleName(f"{self._title}: {words}" if words else self._title)

    def beside(self, widget: QWidget) -> None:
        """Put something at the end of the line with the title."""
        self._head.addWidget(widget)

    def indent(self, by: int) -> None:
        """Set the part below in, which shows where it ends among others."""
        self.body.setContentsMargins(by, 0, 0, 6)

    def open(self) -> None:
        """Unfold."""
        self.button.setChecked(True)

    def _show_body(self, shown: bool) -> None:
        self.body.setVisible(shown)
        self.button.setText(("▾ " if shown else "▸ ") + self._title)
        self.button.setAccessibleName(self._title)

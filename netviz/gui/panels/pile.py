"""What stands above and around equations: a pile of cards that is scrolled, and the button that copies what is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QToolButton, QVBoxLayout, QWidget

from netviz.i18n import _

T = TypeVar("T")
_ABOVE = 40  # pixels


class Pile(QScrollArea):
    """Widgets one below the other, as wide as there is room, scrolled where they are too high together."""

    def __init__(self, spacing: int) -> None:
        """Nothing on it."""
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 4, 0)
        self._column.setSpacing(spacing)
        self._column.addStretch(1)
        self.setWidget(inner)

    def add(self, widget: QWidget) -> None:
        """One more below the others."""
        self._column.insertWidget(self._column.count() - 1, widget)

    def bring(self, widget: QWidget) -> None:
        """Scroll to one of them, with a little of what is above it, once everything has its place."""
        QTimer.singleShot(0, widget, lambda: self.verticalScrollBar().setValue(widget.y() - _ABOVE))


def copy_button(shown: Callable[[], T], ways: Sequence[Callable[[T], str]], tip: str) -> QToolButton:
    """A button that copies what is shown, as text, as LaTeX or as CSV: `ways` write it so."""
    button = QToolButton()
    button.setProperty("role", "step")
    button.setText(_("Copy"))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    menu = QMenu(button)
    for title, write in zip((_("As text"), _("As LaTeX"), _("As CSV")), ways, strict=True):
        menu.addAction(title, partial(_copy, shown, write))
    button.setMenu(menu)
    return button


def _copy(shown: Callable[[], T], write: Callable[[T], str]) -> None:
    QGuiApplication.clipboard().setText(write(shown()))


def step_key(text: str, tip: str) -> QToolButton:
    """A small button with a word or a letter on it, and what it does."""
    button = QToolButton()
    button.setText(text)
    button.setProperty("role", "step")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button

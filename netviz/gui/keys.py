"""Keys that are commands, and what has the focus and uses them itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMainWindow,
    QTabBar,
    QWidget,
)


class FieldKeys(QObject):
    """Undo and redo in a text field are the document's, unless something typed is there to be taken back."""

    def __init__(self, window: QMainWindow) -> None:
        """Watch whichever text field of the window has the focus."""
        super().__init__(window)
        self._window = window
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._watch)

    def _watch(self, _before: QWidget | None, now: QWidget | None) -> None:
        if isinstance(now, QLineEdit) and self._window.isAncestorOf(now):
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if not isinstance(watched, QLineEdit):
            return False
        undo, redo = event.matches(QKeySequence.StandardKey.Undo), event.matches(QKeySequence.StandardKey.Redo)
        if undo and not watched.isUndoAvailable() or redo and not watched.isRedoAvailable():
            event.ignore()
            return True
        return False


class OwnKeys(QObject):
    """Arrows, letters and the like are commands, but for whatever has the focus and uses them itself."""

    MOVING = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End})
    MOVED = (QAbstractSlider, QTabBar, QComboBox, QAbstractSpinBox, QAbstractItemView, QLineEdit)
    TYPED = (QComboBox, QAbstractSpinBox, QAbstractItemView, QLineEdit)
    MOST_WAITING = 8

    def __init__(self, window: QMainWindow) -> None:
        """Watch whatever of the window has the focus; a widget with the property `arrows` uses them itself."""
        super().__init__(window)
        self._window = window
        self._held = False
        window.installEventFilter(self)  # where every key comes by that nobody else has taken
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._watch)

    def heeds(self, waiting: int) -> bool:
        """Whether the key at hand counts while so many commands wait: each press does, but one that is held down repeats
        itself faster than it may be obeyed."""
        return not self._held or waiting < self.MOST_WAITING

    def _watch(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self._window.isAncestorOf(now) and (isinstance(now, self.MOVED) or now.property("arrows")):
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if watched is self._window:
            self._held = event.isAutoRepeat()
            return False
        if event.key() in self.MOVING:
            event.accept()
            return True
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if isinstance(watched, self.TYPED) and plain and event.text().isalpha():
            event.accept()
            return True
        return False

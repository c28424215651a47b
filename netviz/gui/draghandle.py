"""A handle by which files are dragged out of the window, into a file manager or another program; pressed, it copies them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolButton

from netviz.i18n import _


class DragHandle(QToolButton):
    """The files are asked for when somebody takes hold of it; `wanted` says so, and `offer` brings them.

    If the button is still down then, the drag begins; else it begins with the next move.
    """

    wanted = Signal()

    def __init__(self) -> None:
        """No files yet."""
        super().__init__()
        self.files: list[Path] = []
        self.waiting = False
        self._from: QPoint | None = None
        self._moved = False
        self.setText(_("⠿ Drag out"))
        self.setAccessibleName(_("Drag the files out, or press to copy them"))
        self.setToolTip(_("Drag the written files into a file manager or another program; a click copies them to the clipboard"))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self._copy)

    def offer(self, files: list[Path]) -> None:
        """Here are the files; an empty list where they cannot be had, or no longer are those that are meant."""
        self.files, waited, self.waiting = files, self.waiting, False
        self.setText(_("⠿ Drag out"))
        if not files or not waited:
            return
        if self._from is not None and self._moved:
            self._drag()
        elif self._from is None:
            self._copy()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._from, self._moved = event.position().toPoint(), False
            self._want()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            return
        far = (event.position().toPoint() - self._from).manhattanLength() >= QApplication.startDragDistance()
        self._moved = self._moved or far
        if self._moved and self.files:
            self._drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        moved, self._from = self._moved, None
        if moved:
            self.setDown(False)  # a drag that came to nothing is no click
        else:
            super().mouseReleaseEvent(event)

    def _want(self) -> None:
        if not self.files and not self.waiting:
            self.waiting = True
            self.setText(_("⠿ Writing …"))
            self.wanted.emit()

    def mime(self) -> QMimeData:
        """The files as other programs take them."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in self.files])
        return data

    def _copy(self) -> None:
        """Without a drag: onto the clipboard, as soon as they are there."""
        if self.files:
            QApplication.clipboard().setMimeData(self.mime())
            self.setText(_("⠿ Copied"))
        else:
            self._want()

    def _drag(self) -> None:
        self._from, self._moved = None, False
        self.setDown(False)
        drag = QDrag(self)
        drag.setMimeData(self.mime())
        drag.exec(Qt.DropAction.CopyAction)

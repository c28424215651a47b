"""What a panel says while it has nothing to show: how something comes there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

_MARGIN = 16


class Lesson(QLabel):
    """A quiet sentence in the middle of the room there is."""

    def __init__(self, text: str = "") -> None:
        """Say this."""
        super().__init__(text)
        self.setProperty("role", "quiet")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMargin(_MARGIN)

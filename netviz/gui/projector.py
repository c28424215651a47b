"""The screen pulls: a timer asks the trainer for its newest report and has it drawn, as often as drawing allows."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

from netviz.runtime import Report, Status, Trainer

_SHORTEST_MS, _LONGEST_MS = 33, 250  # 30 pictures a second at most, 4 at least
_SHARE = 0.3  # of the time may go into drawing while training runs


class Projector(QObject):
    """Draws each new report once. What drawing costs decides how long the next pause is."""

    def __init__(self, parent: QObject, trainer: Trainer, draw: Callable[[Report], None]) -> None:
        """Begin to ask."""
        super().__init__(parent)
        self._trainer, self._draw = trainer, draw
        self._shown: Report | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.look)
        self._timer.start(_SHORTEST_MS)

    def look(self) -> None:
        """Draw the newest report, if it has not been drawn yet."""
        report = self._trainer.latest()
        if report is self._shown:
            return
        self._shown = report
        begin = time.perf_counter()
        self._draw(report)
        cost_ms = 1e3 * (time.perf_counter() - begin)
        busy = report.status is Status.RUNNING
        wait = cost_ms / _SHARE if busy else _SHORTEST_MS
        self._timer.setInterval(round(min(max(wait, _SHORTEST_MS), _LONGEST_MS)))

    def again(self) -> None:
        """Draw the newest report once more, as a panel that has just become visible needs it."""
        self._shown = None
        self.look()

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()

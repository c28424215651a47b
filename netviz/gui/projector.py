"""The screen pulls: a timer asks the trainer for its newest report and has it drawn, as often as drawing allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt, QTimer

from netviz.engine.frame import Probe
from netviz.runtime import Report, Status, Trainer

_SHORTEST_MS, _LONGEST_MS = 33, 240  # from picture to picture: 30 a second at most, more than 4 at least
_SHARE = 0.25  # of the time may go into pictures while training runs


class Projector(QObject):
    """Draws each new report once, part by part. What a picture costs, its painting included, decides how long the next
    pause is."""

    def __init__(
        self,
        parent: QObject,
        trainer: Trainer,
        draw: Callable[[Report], bool],
        go_on: Callable[[], bool],
        questions: Callable[[], Mapping[str, Probe]],
    ) -> None:
        """Begin to look. `draw` begins a picture and `go_on` draws another part of it; both say whether something is left,
        which comes after what else the window has to do. `questions` are those of what is visible at the moment."""
        super().__init__(parent)
        self._trainer, self._draw, self._go_on, self._questions = trainer, draw, go_on, questions
        self._asked: set[str] = set()
        self._then: list[Callable[[], None]] = []
        self._shown: Report | None = None
        self._left = False
        self._begun = 0.0
        self._next, self._painted, self._asking = (QTimer(self, singleShot=True) for _i in range(3))
        self._next.setTimerType(Qt.TimerType.PreciseTimer)
        self._next.timeout.connect(self.look)
        self._painted.timeout.connect(self._part_painted)
        self._asking.timeout.connect(self._ask)
        self._next.start(_SHORTEST_MS)

    def look(self) -> None:
        """Draw the newest report, if it has not been drawn yet."""
        report = self._trainer.latest()
        if report is self._shown:
            self._next.start(_SHORTEST_MS)
            return
        self._shown = report
        self._begun = time.perf_counter()
        self._trainer.hold()  # the picture would take a multiple of its time beside it
        self._next.stop()
        self._left = self._draw(report)
        self._painted.start(0)  # Qt paints before it comes to a timer
        if not self._left:
            self._drawn()

    def _drawn(self) -> None:
        if self._shown and self._then and not self._asking.isActive() and self._is_answered(self._shown):
            then, self._then = self._then, []
            for call in then:
                call()

    def _part_painted(self) -> None:
        """Another part, or the pause: so long that pictures take no more than their share. Where they come as seldom as they
        may already, what is left has its turn in the next."""
        busy = self._shown is not None and self._shown.status is Status.RUNNING
        cost_ms = 1e3 * (time.perf_counter() - self._begun)
        if self._left and (cost_ms < _SHARE * _LONGEST_MS or not busy or self._then):
            self._left = self._go_on()
            self._painted.start(0)
            if not self._left:
                self._drawn()
            return
        self._trainer.release()
        wait = cost_ms * (1 / _SHARE - 1) if busy else 0.0
        self._next.start(round(max(min(max(wait, _SHORTEST_MS - cost_ms), _LONGEST_MS - cost_ms), 1.0)))

    def again(self) -> None:
        """Draw the newest report once more, because it is to be shown otherwise."""
        self._shown = None
        self.look()

    def ask(self) -> None:
        """Ask the trainer, once all that goes on now is over, the questions of what is visible."""
        self._asking.start(0)

    def _ask(self) -> None:
        questions = self._questions()
        self._asked = set(questions)
        self._trainer.want(questions)
        self.again()

    def when_answered(self, then: Callable[[], None]) -> None:
        """Call something once all that is visible has its answers, and they are drawn."""
        self._then.append(then)
        self.ask()

    def _is_answered(self, report: Report) -> bool:
        return report.frame is None or self._asked <= set(report.frame.probed)

    def stop(self) -> None:
        """Look and ask no more."""
        for timer in (self._next, self._painted, self._asking):
            timer.stop()

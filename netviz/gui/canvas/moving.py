"""The weights move: what the optimizer made of the gradients turns into the weights that it has been added to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation

from netviz.engine.frame import Frame, Phase

_LASTS_MS = 600


class Moving(QVariantAnimation):
    """Runs when phase APPLY is come to from phase OPTIMIZER, and not where whole updates are made."""

    def __init__(self, parent: QObject, show: Callable[[float], None]) -> None:
        """`show` is called with the share that is done, from 0 to 1."""
        super().__init__(parent)
        self.setStartValue(0.0)
        self.setEndValue(1.0)
        self.setDuration(_LASTS_MS)
        self.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._show = show
        self.valueChanged.connect(show)
        self.applied = False
        self._begins = False
        self._seen: tuple[int, Phase] | None = None

    def follow(self, frame: Frame, follows: bool) -> bool:
        """Whether a frame is to be lit as the end of its update, which was looked at phase by phase, if phases are followed."""
        before, self._seen = self._seen, (frame.step, frame.phase)
        came = follows and before == (frame.step - 1, Phase.OPTIMIZER) and frame.phase is Phase.APPLY
        self._begins, self.applied = came, came or follows and self.applied and before == self._seen
        return self.applied

    def go(self) -> None:
        """Begin, if what has just been followed begins; end where training has gone on."""
        if self._begins or not self.applied:
            self.stop()
        if self._begins:
            self.start()
            self._show(0.0)  # of which Qt says nothing, for nothing has changed yet

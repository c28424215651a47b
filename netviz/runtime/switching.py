"""How long one thread may keep the interpreter from another: shorter while anything trains, and as it was afterwards."""

from __future__ import annotations

import sys
import threading

_SECONDS = 0.0005  # with a painting thread beside it, the best of what was measured

_lock = threading.Lock()
_trainings = 0
_before = 0.005


class Switching:
    """One trainer's wish; the setting belongs to the process, so the wishes of all windows are counted."""

    def __init__(self) -> None:
        """Nothing trains yet."""
        self._wished = False

    def wish(self, training: bool) -> None:
        """Whether this trainer trains; saying the same again costs nothing."""
        global _trainings, _before
        if training == self._wished:
            return
        self._wished = training
        with _lock:
            if training and not _trainings:
                _before = sys.getswitchinterval()
                sys.setswitchinterval(_SECONDS)
            _trainings += 1 if training else -1
            if not _trainings:
                sys.setswitchinterval(_before)

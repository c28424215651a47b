"""How many epochs pass in a second."""

from __future__ import annotations

import time

_RATE_SECONDS = 0.5


class Rate:
    """Epochs a second, over the last half second or the last epoch, whichever is longer."""

    def __init__(self) -> None:
        self.value = 0.0
        self._at, self._epoch = time.perf_counter(), -1

    def count(self, epoch: int) -> None:
        """An epoch has ended."""
        now = time.perf_counter()
        if self._epoch < 0:
            self._epoch = epoch - 1
        if now - self._at >= _RATE_SECONDS or not self.value:
            self.value = (epoch - self._epoch) / max(now - self._at, 1e-9)
            if now - self._at >= _RATE_SECONDS:
                self._at, self._epoch = now, epoch

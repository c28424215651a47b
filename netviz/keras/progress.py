"""Keras' progress lines: a bar that moves on a terminal, one line for each epoch anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from netviz.i18n import _

_WIDTH = 20
_INTERVAL = 0.05  # seconds between two pictures of the bar

_NOTHING: Mapping[str, Any] = {}


def level(verbose: int | str) -> int:
    """0 (silent), 1 (bar) or 2 (one line without a bar) from Keras' argument."""
    found = 1 if verbose == "auto" else verbose
    if found not in (0, 1, 2):
        raise ValueError(_("verbose is auto, 0, 1 or 2, not {found}.").format(found=repr(verbose)))
    return int(found)


class Bar:
    """The line of one epoch, evaluation or prediction of so many steps."""

    def __init__(self, steps: int, verbose: int) -> None:
        """Begins to count the time."""
        self.steps = steps
        self.verbose = verbose
        self.moving = verbose == 1 and (sys.stdout.isatty() or "ipykernel" in sys.modules)
        self._begin = self._drawn = time.perf_counter()
        self._width = 0

    def due(self) -> bool:
        """Whether it is time for a new picture of the bar."""
        return self.moving and time.perf_counter() - self._drawn >= _INTERVAL

    def show(self, step: int, values: Mapping[str, Any] = _NOTHING) -> None:
        """Draw the bar after some of the steps."""
        self._drawn = time.perf_counter()
        each = (self._drawn - self._begin) / max(1, step)
        self._write(step, each * (self.steps - step), each, values)

    def end(self, values: Mapping[str, Any] = _NOTHING) -> None:
        """Draw the finished line."""
        seconds = time.perf_counter() - self._begin
        each = seconds / max(1, self.steps)
        if self.verbose == 2:
            print(f"{self.steps}/{self.steps} - {_clock(seconds)} - {_each(each)}{_text(values)}", flush=True)
        elif self.verbose == 1:
            self._write(self.steps, seconds, each, values)
            print(flush=True)

    def _write(self, step: int, seconds: float, each: float, values: Mapping[str, Any]) -> None:
        digits = len(str(self.steps))
        done = _WIDTH * step // max(1, self.steps)
        mark = _mark()
        if self.moving:
            bar = f"\33[32m{mark * done}\33[0m\33[37m{mark * (_WIDTH - done)}\33[0m"
        else:
            bar = mark * _WIDTH
        rest = f"{_clock(seconds)} {_each(each)}{_text(values)}"
        width = len(rest)
        filled = " " * max(0, self._width - width)
        self._width = width
        begin = "\r" if self.moving else ""
        print(f"{begin}{step:{digits}d}/{self.steps} {bar} {rest}{filled}", end="", flush=True)


def _mark() -> str:
    try:
        "━".encode(sys.stdout.encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return "="
    return "━"


def _clock(seconds: float) -> str:
    whole = int(seconds + 0.5)
    if whole > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if whole > 60 else f"{whole}s"


def _each(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.0f}s/step"
    return f"{seconds * 1e3:.0f}ms/step" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us/step"


def _text(values: Mapping[str, Any]) -> str:
    means = {name: float(np.mean(value)) for name, value in values.items()}  # of arrays, as Keras shows them
    return "".join(f" - {k}: {v:.4f}" if abs(v) > 1e-3 else f" - {k}: {v:.4e}" for k, v in means.items())

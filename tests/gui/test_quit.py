"""Quitting while it trains: at once, in silence, and with nothing left running."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHILD = """
import os, signal, sys, time
from dataclasses import replace
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from netviz.document.examples import EXAMPLES
from netviz.document.projectfile import Project
from netviz.gui import app, documents

example, way, delay_ms = sys.argv[1], sys.argv[2], int(sys.argv[3])
documents.may_be_lost = lambda *_: "discard"
application = app.application()


def leave():
    print(time.monotonic(), flush=True)
    if way == "close":
        window.close()
    elif way == "quit":
        application.quit()
    else:
        os.kill(os.getpid(), getattr(signal, way))


def begin():
    global window
    window = app._windows[0]
    window.training.run()
    QTimer.singleShot(delay_ms, leave)


QTimer.singleShot(0, begin)
sys.exit(app.run(Project(replace(EXAMPLES[example].experiment, epochs=10**6)), None))
"""

WAYS = ("close", "quit", "SIGTERM", "SIGINT")
EXAMPLES = ("circle", "digits", "spiral", "iris", "wave")


def leave(way: str, example: str, delay_ms: int, folder: Path) -> None:
    """Start a program, have it train, have it quit after some time, and look at what is left."""
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(folder)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, example, way, str(delay_ms)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, start_new_session=True,
    )  # fmt: skip
    out, err = process.communicate(timeout=60)
    ended = time.monotonic()
    assert err == ""
    assert process.returncode == 0
    assert ended - float(out) < 1.0
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


MOMENTS = random.Random(3)
CASES = [(WAYS[i % 4], EXAMPLES[i % 5], MOMENTS.randrange(0, 1500)) for i in range(45)]


@pytest.mark.parametrize(("way", "example", "delay_ms"), CASES[:5])
def test_quitting_while_it_trains_takes_less_than_a_second_and_leaves_nothing(
    way: str, example: str, delay_ms: int, tmp_path: Path
) -> None:
    leave(way, example, delay_ms, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("way", "example", "delay_ms"), CASES[5:])
def test_quitting_at_forty_random_moments_leaves_nothing(way: str, example: str, delay_ms: int, tmp_path: Path) -> None:
    leave(way, example, delay_ms, tmp_path)

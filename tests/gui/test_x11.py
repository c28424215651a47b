"""The same journey once more with a real X11 window, where Xvfb is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import PySide6
import pytest

HERE = Path(__file__).parent


def lacking() -> str:
    """What this machine lacks for an X11 window."""
    if not sys.platform.startswith("linux") or not shutil.which("Xvfb"):
        return "Xvfb is not installed"
    plugin = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    found = subprocess.run(["ldd", str(plugin)], capture_output=True, text=True, check=False).stdout
    missing = [line.split()[0] for line in found.splitlines() if "not found" in line]
    return f"these libraries are missing: {' '.join(missing)}" if missing else ""


@pytest.fixture
def display() -> Iterator[str]:
    """A screen of its own."""
    reason = lacking()
    if reason:
        pytest.skip(reason)
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as number:
        yield f":{number.readline().strip()}"
    server.terminate()
    server.wait()


def test_the_journey_goes_the_same_way_in_a_real_x11_window(display: str) -> None:
    env = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    env = {name: value for name, value in env.items() if not name.startswith("PYTEST_XDIST") and name != "WAYLAND_DISPLAY"}
    journey = f"{HERE / 'test_journey.py'}::test_a_person_draws_a_network_trains_it_edits_it_saves_it_and_takes_the_weights_away"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", journey],
        env=env, cwd=HERE.parents[1], capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]

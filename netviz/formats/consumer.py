"""Programs that use what was exported, run in a process of their own: the road of a proof that is not the writer's.

Only code that netviz itself has written is run here, with the Python that runs netviz; a file from elsewhere never is.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from netviz.arrays import Array

_PATIENCE_S = 300.0  # a library that compiles or imports for longer is not waited for


def installed(package: str) -> bool:
    """Whether a package can be imported here; it is not imported for that."""
    return importlib.util.find_spec(package) is not None


def predicted(
    program: str, x: Array, folder: Path, patience_s: float = _PATIENCE_S, isolated: bool = False
) -> tuple[Array, str] | None:
    """What a Python program makes of rows, (rows, ...), and the first line that it prints (whose library it was).

    The program runs in `folder`, reads rows from the .npy file named by its first argument, writes predictions as .npy
    to its second, and may import what stands in the folder; isolated: it may not, as under `python -I`. None where it
    fails or takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="netviz-") as place:
        given, made = Path(place, "x.npy"), Path(place, "y.npy")
        np.save(given, x, allow_pickle=False)
        alone = ["-I"] if isolated else []
        said = run([sys.executable, *alone, "-c", program, str(given), str(made)], folder, patience_s)
        if said is None or not made.is_file():
            return None
        return np.load(made, allow_pickle=False), said.strip().split("\n")[0]


def run(command: list[str], folder: Path, patience_s: float = _PATIENCE_S) -> str | None:
    """What a command prints; None where it cannot be started, fails or takes too long."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(folder), "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=patience_s,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def starts(program: str) -> bool:
    """Whether a Python program runs to its end, such as the import of a library that may be installed but broken."""
    return run([sys.executable, "-c", program], Path(tempfile.gettempdir())) is not None

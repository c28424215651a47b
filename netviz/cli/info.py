"""`netviz info`: what a report of a fault should name."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

import netviz
from netviz import blas, resources


def run(options: argparse.Namespace) -> int:
    """Versions, BLAS, threads, paths."""
    threads = blas.use_threads()
    rows = {
        "netviz": netviz.__version__,
        "Python": f"{platform.python_version()} ({sys.executable})",
        "system": platform.platform(),
        "NumPy": np.__version__,
        **{package: _installed(package) for package in ("PySide6-Essentials", "pyqtgraph", "safetensors")},
        "BLAS": blas.description(),
        "threads": f"{threads} of {os.cpu_count()} for matrix products",
        "program": str(Path(netviz.__file__).parent),
        "resources": str(resources.path()),
    }
    for name, value in rows.items():
        print(f"{name:<20}{value}")
    return 0


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"

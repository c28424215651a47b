"""Where the files that come with the program lie: beside the package in a checkout, inside it in a wheel.

It imports nothing of netviz, because the languages of the program are found through it.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def path(*parts: str) -> Path:
    """The path of a resource, or of the folder that holds them all; FileNotFoundError when it is missing."""
    installed = _PACKAGE / "resources"
    found = (installed if installed.is_dir() else _PACKAGE.parent / "resources").joinpath(*parts)
    if not found.exists():
        name = "/".join(("resources", *parts))
        raise FileNotFoundError(f"{name}, which comes with netviz, is missing; install netviz again.")
    return found

"""Asking the person at the terminal before something of theirs is replaced."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from netviz import formats
from netviz.files import FileProblem, shown
from netviz.i18n import _


def written(paths: Sequence[str], trained: formats.Trained, flavour: str = "") -> list[str]:
    """Every file that exports to those paths write, companions too; FileProblem where one would refuse."""
    previews = [(Path(path), formats.describe(path, trained, flavour)) for path in paths]
    return [str(path.with_name(name)) for path, preview in previews for name, _what in preview.files]


def may_replace(paths: Sequence[str], forced: bool) -> bool:
    """Whether files may be replaced: said beforehand, or asked where there is a terminal.

    FileProblem where one is there and nobody allows it.
    """
    if forced:
        return True
    present = [path for path in paths if os.path.lexists(path)]
    if not present:
        return False
    names = ", ".join(map(shown, present))
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise FileProblem(_("{names} is there already; --force replaces it.").format(names=names))
    print(_("Replace {names}? [y/N] ").format(names=names), end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes", _("y")):
        raise FileProblem(_("{names} was not replaced; nothing was done.").format(names=names))
    return True

"""`netviz picture`: what a user would see, written to a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from netviz.cli import opening
from netviz.files import FileProblem, shown
from netviz.i18n import _


def run(options: argparse.Namespace) -> int:
    """Train and write the picture."""
    out = Path(options.out)
    if out.suffix.lower() not in (".png", ".svg"):
        raise FileProblem(_("{name}: pictures are written as .png or .svg.").format(name=shown(out.name)))
    project = opening.opened(options.file)
    from netviz.gui import picture

    picture.write(project, out, options.what, options.epochs, options.theme, options.size)
    print(_("Wrote {path}.").format(path=out))
    return 0

"""`netviz [FILE]`: the window."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from netviz.cli import opening
from netviz.document.examples import PREFIX
from netviz.i18n import _


def run(options: argparse.Namespace) -> int:
    """Open the window; the exit code is that of the program when its last window is closed."""
    project = opening.opened(options.file)
    path = None if options.file.startswith(PREFIX) or opening.is_foreign(options.file) else Path(options.file)
    from netviz.gui import app

    if not app.has_display():
        sentence = _("netviz: there is no display to open a window on; `netviz picture` and `netviz train` need none.")
        print(sentence, file=sys.stderr)
        return 2
    return app.run(project, path)

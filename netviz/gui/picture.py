"""Pictures of the window without a screen: exactly what a user would see, trained as far as asked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from netviz.document.projectfile import Project
from netviz.files import FileProblem
from netviz.i18n import _

if TYPE_CHECKING:
    from netviz.gui.theme import Choice

_TURNS = 8  # of the event loop, so that layouts that follow from layouts have settled


def write(project: Project, out: Path, what: str, epochs: int | None, choice: Choice, size: tuple[int, int]) -> None:
    """Train a project for some epochs (the experiment's own by default) and write a picture of it."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from netviz.gui import app, documents
    from netviz.gui.settings import Settings

    application = app.application()
    settings = Settings(remember=False)
    settings.theme = choice
    window = app.open_window(project, None, settings)
    window.resize(*size)
    try:
        for _turn in range(_TURNS):
            application.processEvents()
        if not window.problems and epochs != 0:
            window.trainer.play(epochs)
        window.trainer.wait()
        for _turn in range(_TURNS):
            window.projector.look()
            application.processEvents()
            window.canvas.view.settle()
        widget = {"window": window, "network": window.canvas, **window.panels}.get(what)
        if widget is None:
            names = ", ".join(["window", "network", *window.panels])
            raise FileProblem(_("There is no panel named {name}; there are {names}.").format(name=repr(what), names=names))
        if what in window.docks:
            window.docks[what].raise_()
            for _turn in range(_TURNS):
                application.processEvents()
                window.projector.again()
        documents.write_picture(out, widget, 1.0)
    finally:
        app.shut_down()

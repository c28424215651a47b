"""The program with a window: the application object, its windows, and pictures of them without a screen."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from netviz import blas
from netviz.document.projectfile import Project
from netviz.gui import theme
from netviz.gui.settings import Settings
from netviz.gui.window import Window

_log = logging.getLogger(__name__)
_SIZE = (1440, 900)
_COLLECT_MS, _WHOLE = 500, 20  # between two collections of garbage; one in so many looks at everything
_windows: list[Window] = []


def application() -> QApplication:
    """The one application object."""
    found = QApplication.instance()
    made = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    qInstallMessageHandler(_log_message)
    made.setApplicationName("netviz")
    made.setOrganizationName("netviz")
    return made


def _log_message(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Qt's own messages go to the log, but for one that its offscreen platform repeats for every widget."""
    if "propagateSizeHints" not in message:
        grave = kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
        _log.log(logging.ERROR if grave else logging.WARNING, "Qt: %s", message)


def open_window(project: Project, path: Path | None = None, settings: Settings | None = None) -> Window:
    """Show a project in a window of its own; windows that are opened from it share its settings."""
    app = application()
    kept = settings or Settings()
    look = theme.chosen(kept.theme)
    theme.apply(look, app)
    window = Window(project, path, look, kept, lambda project, path: open_window(project, path, kept))
    _windows[:] = [other for other in _windows if not other.closed] + [window]
    window.resize(*_SIZE)
    if kept.geometry is not None and len(_windows) == 1:
        window.restoreGeometry(kept.geometry)
    window.show()
    return window


def run(project: Project, path: Path | None) -> int:
    """Open a window and stay until the last one is closed."""
    blas.use_threads()
    app = application()
    window = open_window(project, path)
    app.styleHints().colorSchemeChanged.connect(lambda _scheme: wear(window.settings.theme))
    app.aboutToQuit.connect(shut_down)
    _collect_here(app)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: app.exit(0))  # heard within a picture, for that is Python's code
    try:
        return app.exec()
    finally:
        shut_down()
        gc.enable()


def _collect_here(app: QApplication) -> None:
    """Have garbage collected in this thread only, for a Qt object must not end in the trainer's."""
    timer = QTimer(app, interval=_COLLECT_MS)
    rounds = itertools.count(1)
    timer.timeout.connect(lambda: gc.collect(2 if next(rounds) % _WHOLE == 0 else 1))
    timer.start()
    gc.collect()
    gc.freeze()  # what is there now stays
    gc.disable()


def wear(choice: theme.Choice) -> None:
    """Give every window the theme that a choice means now."""
    look = theme.chosen(choice)
    theme.apply(look, application())
    for window in _windows:
        if not window.closed:
            window.wear(look)


def shut_down() -> None:
    """End every window's training; safe to call again."""
    for window in _windows:
        window.shut_down()
    _windows.clear()


def has_display() -> bool:
    """Whether there is a screen to open a window on."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

"""A hand for the real window: it opens, clicks, types and waits for what must come, and sees that nothing is left behind."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from netviz.document.examples import EXAMPLES, resolve
from netviz.document.projectfile import Project
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.gui import app, documents
from netviz.gui.canvas.card import LayerCard
from netviz.gui.canvas.panel import NetworkPanel
from netviz.gui.settings import Settings
from netviz.gui.theme import DARK, LIGHT
from netviz.gui.window import Window
from netviz.runtime import Status

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
W = TypeVar("W", bound=QWidget)
WAIT_MS = 20_000
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def nothing_is_left_behind(qtbot: QtBot, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> Iterator[None]:
    """No thread, no top-level widget, no word from Qt, and the user's own settings untouched."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    app.application()
    threads = set(threading.enumerate())
    caplog.set_level(logging.WARNING)
    gc.freeze()  # what was there before is not looked through again when this test is swept up
    yield
    app.shut_down()
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, Window):
            widget.deleteLater()
    sweep()
    assert set(threading.enumerate()) <= threads
    left = QApplication.topLevelWidgets()
    assert not left, [(type(widget).__name__, getattr(widget, "title", str)(), str(widget.parent())[-60:]) for widget in left]
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [text for text in told if "This plugin does not support" not in text] == []  # the offscreen platform's own


def sweep() -> None:
    """Let go of what has been closed."""
    for _turn in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
        gc.collect()


class Hand:
    """Opens windows and does with them what a person does."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.settings = Settings(remember=False)

    def open(self, what: str | Path | Project | Experiment = "example:circle", path: Path | None = None) -> Window:
        """A window, once it is painted, has its panels and shows a frame."""
        if isinstance(what, Path):
            path = what
        project = what if isinstance(what, Project) else Project(what) if isinstance(what, Experiment) else resolve(str(what))
        window = app.open_window(project, path, self.settings)
        return self.ready(window)

    def ready(self, window: Window) -> Window:
        """Wait until a window is active and everything in it has been drawn."""
        self.until(lambda: window.complete and (window.report is not None and window.report.frame is not None or bool(window.problems)))
        self.activate(window)
        return window

    def until(self, condition: Callable[[], Any]) -> None:
        """Let the window live until a condition holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=WAIT_MS)

    def obeyed(self, window: Window) -> None:
        """Let the trainer hear all it has been asked to, and the window show it; steps may still be on their way (`paused`)."""
        self.until(lambda: window.report is not None and window.trainer.knows(window.report))

    def paused(self, window: Window) -> None:
        """Let it train until it has come to rest."""
        self.until(lambda: window.report is not None and window.trainer.knows(window.report) and window.report.status is not Status.RUNNING)

    def press(self, window: QWidget, key: Any, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """A key, for whatever has the focus."""
        self.qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)

    def click(self, widget: QWidget) -> None:
        """The left button, in the middle of a widget, on the screen or on the canvas."""
        self.qtbot.mouseClick(widget, LEFT, pos=widget.rect().center())

    def click_on_canvas(self, window: Window, widget: QWidget) -> None:
        """The left button on a card or a gap of the drawing, where it is on the screen."""
        assert window.canvas.cards.rect().contains(widget.mapTo(window.canvas.cards, widget.rect().center()))
        self.qtbot.mouseMove(widget)
        self.click(widget)

    def on_canvas(self, window: Window, name: str, kind: type[W] = QWidget) -> list[W]:  # type: ignore[assignment]
        """The widgets above the drawing with an accessible name that begins so, from left to right."""
        row = window.canvas.cards
        found = [w for w in row.findChildren(kind) if w.isVisibleTo(row) and w.accessibleName().startswith(name)]
        return sorted(found, key=lambda widget: widget.mapTo(row, widget.rect().topLeft()).x())

    def cards(self, window: Window) -> list[LayerCard]:
        """The layers' cards from left to right, the input's first."""
        return window.canvas.cards.cards

    def called(self, window: QWidget, kind: type[W], name: str) -> W:
        """The one widget of that kind and accessible name."""
        (found,) = [child for child in window.findChildren(kind) if child.accessibleName() == name]
        return found

    def choose(self, box: QComboBox, data: object) -> None:
        """Choose from a list with the keyboard, as it opens."""
        box.setFocus()
        box.showPopup()
        view = box.view()
        view.setCurrentIndex(box.model().index(box.findData(data), 0))
        self.qtbot.keyClick(view, Qt.Key.Key_Return)
        self.activate(box.window())

    def activate(self, window: QWidget) -> None:
        """The window to the front, which the offscreen platform forgets after a list or a menu."""
        window.activateWindow()
        self.until(lambda: QApplication.activeWindow() is window)

    def type(self, field: QWidget, text: str) -> None:
        """Replace a field's text and leave it with Enter."""
        field.setFocus()
        self.qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.qtbot.keyClicks(field, text)
        self.qtbot.keyClick(field, Qt.Key.Key_Return)


@pytest.fixture
def hand(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Hand:
    """Whoever asks about unsaved changes is told to throw them away, until a test says otherwise."""
    monkeypatch.setattr(documents, "may_be_lost", lambda *_: "discard")
    return Hand(qtbot)


@pytest.fixture
def saves_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, str], None]:
    """Have the next file dialog answer with a path, and a kind of file."""

    def answer(path: Path, kind: str = "") -> None:
        monkeypatch.setattr(documents.QFileDialog, "getSaveFileName", lambda *_args: (str(path), kind))

    return answer


def recorded(experiment: Experiment | str, epochs: int = 3, probes: dict[str, Probe] | None = None) -> Frame:
    """A frame of a training without a trainer."""
    if isinstance(experiment, str):
        experiment = EXAMPLES[experiment].experiment
    experiment = replace(experiment, epochs=max(1, epochs))
    frame = None
    for moment in train(Run.of(experiment), experiment.samples(), epochs=max(1, epochs)):
        if moment.epoch == epochs:
            frame = moment.frame(probes)
            break
    assert frame is not None
    return frame


@pytest.fixture(scope="session")
def record() -> Callable[..., Frame]:
    """Frames for panels."""
    return recorded


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Callable[..., tuple[NetworkPanel, Frame]]]:
    """A panel that shows a recorded frame of an experiment."""
    panels: list[NetworkPanel] = []

    def shown(experiment: Experiment = EXAMPLES["circle"].experiment, epochs: int = 2, mode: str = "weights") -> tuple[NetworkPanel, Frame]:
        panel = NetworkPanel(LIGHT if len(panels) % 2 == 0 else DARK)
        panels.append(panel)
        qtbot.addWidget(panel)
        panel.resize(900, 600)
        panel.show()
        samples = experiment.samples()
        network = experiment.network(samples)
        panel.show_network(experiment, network, samples)
        panel.view.fit()
        frame = recorded(experiment, epochs, dict(panel.probes(experiment, network)))
        panel.draw(frame, View(colors=mode))  # type: ignore[arg-type]
        return panel, frame

    yield shown
    for panel in panels:
        panel.scene.empty()
        panel.close()

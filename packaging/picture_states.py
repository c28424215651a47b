"""What the window looks like in use: every phase of an update, every panel before and after, menus, dialogs, what is pointed at.

python packaging/picture_states.py FOLDER [light|dark] [WIDTHxHEIGHT]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from netviz.gui.window import Window

_TURNS = 8
_PHASED = ("circle", "iris", "mazur", "digits-conv", "sentiment")
_MOST_PHASES = 18


class Camera:
    """Opens windows of one theme and size, and takes pictures of them with whatever lies over them."""

    def __init__(self, folder: Path, theme: str, size: tuple[int, int]) -> None:
        """Pictures go to the folder."""
        from netviz.gui import app
        from netviz.gui.settings import Settings

        self.application, self.folder, self.theme, self.size = app.application(), folder, theme, size
        self.settings = Settings(remember=False)
        self.settings.theme = "dark" if theme == "dark" else "light"

    def open(self, example: str, epochs: int) -> Window:
        """An example, trained for some epochs."""
        from netviz.document.examples import resolve
        from netviz.gui import app

        window: Window = app.open_window(resolve(f"example:{example}"), None, self.settings)
        window.resize(*self.size)
        self.settle(window)
        if epochs:
            window.trainer.play(epochs)
        self.settle(window)
        return window

    def settle(self, window: Window) -> None:
        """Let everything that has been asked for be done and drawn."""
        for _turn in range(_TURNS):
            window.trainer.wait()
            window.projector.again()
            self.application.processEvents()
            window.canvas.view.settle()

    def take(self, window: Window, name: str) -> None:
        """A picture of a window with the menus and lists over it."""
        from PySide6.QtCore import QPoint
        from PySide6.QtGui import QPainter

        self.settle(window)
        picture = window.grab()
        painter = QPainter(picture)
        for widget in self.over(window):
            painter.drawPixmap(widget.mapToGlobal(QPoint()) - window.mapToGlobal(QPoint()), widget.grab())
        painter.end()
        picture.save(str(self.folder / f"{name}-{self.theme}-{self.size[0]}x{self.size[1]}.png"))

    def over(self, window: Window) -> Iterator[QWidget]:
        """What lies over a window."""
        kind = type(window)
        yield from (w for w in self.application.topLevelWidgets() if not isinstance(w, kind) and w.isVisible())

    def clear(self, window: Window) -> None:
        """Close what lies over a window."""
        for widget in list(self.over(window)):
            widget.close()
        self.settle(window)


def phases(camera: Camera) -> None:
    """Every phase of an update."""
    from netviz.engine.frame import Phase

    for example in _PHASED:
        window = camera.open(example, 3)
        for number in range(1, _MOST_PHASES + 1):
            window.training.step_phase()
            camera.take(window, f"phase-{example}-{number:02}")
            report = window.report
            if report is not None and report.frame is not None and report.frame.phase is Phase.APPLY:
                break


def panels(camera: Camera) -> None:
    """Every panel: before anything has been trained, and after an update with a weight picked."""
    from netviz.gui.canvas.readout import Spot

    for when, epochs in (("before", 0), ("after", 3)):
        window = camera.open("circle", epochs)
        if epochs:
            window.training.step_batch()
            camera.settle(window)
            window.canvas.scene.select(Spot(1, 0, 2))
        for name in window.panels:
            window.arrangement.reveal(name)
            camera.take(window, f"panel-{name}-{when}")


def in_use(camera: Camera) -> None:
    """A link under the mouse, a unit selected, the palette, a layer's form and menu, the menus, what Help shows."""
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QDialog

    from netviz.gui.canvas.readout import Spot

    window = camera.open("iris", 3)
    canvas = window.canvas
    for name, spot in (("link", Spot(0, 3, 1)), ("unit", Spot(1, 1))):
        canvas.scene.select(spot)
        camera.take(window, f"use-{name}")
    canvas.scene.select(None)
    canvas.cards.insertions[1].wanted.emit("")
    camera.take(window, "use-palette")
    camera.clear(window)
    card = canvas.cards.cards[1]
    card.open_menu(card.mapToGlobal(QPoint(8, card.height())))
    camera.take(window, "use-card")
    camera.clear(window)
    window.open_layer(0)
    camera.take(window, "use-form")
    for title, menu in window.menus.items():
        menu.popup(window.mapToGlobal(QPoint(8, 30)))
        camera.take(window, f"use-menu-{title.replace('&', '').lower()}")
        camera.clear(window)
    for command in ("show_shortcuts", "show_about"):
        window.actions_by_id[command].trigger()
        camera.settle(window)
        for dialog in window.findChildren(QDialog):
            dialog.grab().save(str(camera.folder / f"use-{command}-{camera.theme}.png"))
            dialog.close()


def main(arguments: list[str]) -> int:
    """Take all of them."""
    if not 1 <= len(arguments) <= 3:
        print(__doc__)
        return 2
    from netviz.gui import app

    folder, theme, size = arguments[0], "light", "1440x900"
    for word in arguments[1:]:
        theme, size = (word, size) if "x" not in word else (theme, word)
    Path(folder).mkdir(parents=True, exist_ok=True)
    width, height = map(int, size.split("x"))
    camera = Camera(Path(folder), theme, (width, height))
    for take in (phases, panels, in_use):
        take(camera)
        app.shut_down()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

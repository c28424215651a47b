"""Pictures of the window, by the program itself.

python packaging/make_pictures.py readme              the two in README.md
python packaging/make_pictures.py all FOLDER [PART]   every example and every special case, light and dark, in three
                                                      sizes, before and after training, and a sheet of each;
                                                      with PART only those whose name has it
python packaging/make_pictures.py sheets FOLDER       the sheets alone, from the pictures that are there
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

ROOT = Path(__file__).resolve().parents[1]
SIZES = ("1100x700", "1440x900", "2560x1440")
THEMES = ("light", "dark")
SHEET_WIDTH = 2400
_EPOCHS, _PHASES = 4, 5  # trained, and stepped after that, for the picture of the deltas on their way back


@dataclass(frozen=True)
class Picture:
    """One picture to take. epochs: None is as many as the experiment has."""

    case: str
    theme: str
    size: str
    epochs: int | None = None

    @property
    def name(self) -> str:
        """The file's name without its end."""
        return f"{self.case}-{self.theme}-{self.size}-{'after' if self.epochs is None else 'before'}"

    def words(self, out: Path) -> list[str]:
        """How the script is told to take it, in a process of its own: many windows make one process slow."""
        return ["one", self.case, self.theme, self.size, "" if self.epochs is None else str(self.epochs), str(out)]


def readme() -> int:
    """The spiral, learnt; and one update of the circle's network, its deltas on their way back."""
    from netviz.cli import main as netviz

    out = ROOT / "resources" / "pictures"
    out.mkdir(exist_ok=True)
    code = netviz(["picture", "example:spiral", str(out / "window.png"), "--size", "1440x900"])
    backward(out / "backward.png")
    return code


def backward(out: Path) -> None:
    """A weight of the circle's first layer under the microscope, in the phase in which its gradient has just come."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from netviz.document.examples import resolve
    from netviz.gui import app, documents
    from netviz.gui.canvas.readout import Spot
    from netviz.gui.settings import Settings

    settings = Settings(remember=False)
    settings.theme = "dark"
    application, window = app.application(), app.open_window(resolve("example:circle"), None, settings)
    window.resize(1440, 900)

    def settle() -> None:
        for _turn in range(8):
            window.trainer.wait()
            window.projector.again()
            application.processEvents()
            window.canvas.view.settle()

    settle()
    window.trainer.play(_EPOCHS)
    settle()
    for _phase in range(_PHASES):
        window.training.step_phase()
        settle()
    window.canvas.scene.select(Spot(0, 2, 1))
    settle()
    documents.write_picture(out, window, 1.0)
    app.shut_down()


def everything(part: str = "") -> Iterator[Picture]:
    """All pictures there are whose name has `part`."""
    sys.path.insert(0, str(ROOT / "packaging"))
    from picture_cases import CASES

    from netviz.document.examples import EXAMPLES

    for case in (*EXAMPLES, *CASES):
        for theme in THEMES:
            for size in SIZES:
                for epochs in (0, None):
                    picture = Picture(case, theme, size, epochs)
                    if part in picture.name:
                        yield picture


def take_all(folder: Path, part: str) -> int:
    """Take them two at a time and lay the sheets; how many failed."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = list(everything(part))
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1)) as pool:
        codes = list(pool.map(lambda picture: _in_own_process(picture, folder), pictures))
    for picture, code in zip(pictures, codes, strict=True):
        if code:
            print(f"{picture.name} failed", file=sys.stderr)
    lay_sheets(folder)
    return sum(map(bool, codes))


def _in_own_process(picture: Picture, folder: Path) -> int:
    out = folder / f"{picture.name}.png"
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run([sys.executable, __file__, *picture.words(out)], env=env, check=False).returncode


def take(case: str, theme: str, size: str, epochs: str, out: str) -> int:
    """Take one picture in this process."""
    sys.path.insert(0, str(ROOT / "packaging"))
    from picture_cases import CASES

    from netviz.document.examples import EXAMPLES
    from netviz.document.projectfile import Project
    from netviz.gui import picture

    experiment = EXAMPLES[case].experiment if case in EXAMPLES else CASES[case]()
    width, height = map(int, size.split("x"))
    choice: Literal["light", "dark"] = "dark" if theme == "dark" else "light"
    picture.write(Project(experiment), Path(out), "window", int(epochs) if epochs else None, choice, (width, height))
    return 0


def lay_sheets(folder: Path) -> None:
    """One sheet for each case: its pictures side by side, the themes one below the other."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication, QImage

    application = QGuiApplication.instance() or QGuiApplication([])
    names = [path.stem for path in folder.glob("*-*x*-*.png")]
    for case in sorted({name.rsplit("-", 3)[0] for name in names}):
        rows = []
        for theme in THEMES:
            taken = [f"{case}-{theme}-{size}-{when}" for size in SIZES for when in ("before", "after")]
            rows.append([QImage(str(folder / f"{name}.png")) for name in taken if name in names])
        _sheet(rows).save(str(folder / f"sheet-{case}.png"))
    del application


def _sheet(rows: list[list[QImage]]) -> QImage:
    """Pictures in rows, all of one width."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter

    across = max(len(row) for row in rows)
    width = SHEET_WIDTH // across
    smooth = Qt.TransformationMode.SmoothTransformation
    scaled = [[picture.scaledToWidth(width - 6, smooth) for picture in row] for row in rows]
    heights = [max((picture.height() for picture in row), default=0) + 6 for row in scaled]
    sheet = QImage(width * across, sum(heights), QImage.Format.Format_RGB32)
    sheet.fill(Qt.GlobalColor.gray)
    painter = QPainter(sheet)
    for row, pictures in enumerate(scaled):
        for column, picture in enumerate(pictures):
            painter.drawImage(column * width + 3, sum(heights[:row]) + 3, picture)
    painter.end()
    return sheet


def main(arguments: list[str]) -> int:
    """Write what is asked for."""
    if arguments == ["readme"]:
        return readme()
    if len(arguments) in (2, 3) and arguments[0] == "all":
        return min(take_all(Path(arguments[1]), "".join(arguments[2:])), 1)
    if len(arguments) == 2 and arguments[0] == "sheets":
        lay_sheets(Path(arguments[1]))
        return 0
    if len(arguments) == 6 and arguments[0] == "one":
        return take(*arguments[1:])
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

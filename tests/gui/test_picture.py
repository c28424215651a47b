"""Pictures without a screen: what a user would see, of the size asked for, and a sentence where there is no such panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from netviz.document.examples import open_example
from netviz.files import FileProblem
from netviz.gui import picture


def test_a_picture_of_the_window_has_the_size_asked_for_and_training_changes_it(qtbot, tmp_path: Path) -> None:
    pictures = []
    for epochs in (0, 3):
        path = tmp_path / f"{epochs}.png"
        picture.write(open_example("circle"), path, "window", epochs, "light", (1100, 700))
        pictures.append(QImage(str(path)))
    assert (pictures[0].width(), pictures[0].height()) == (1100, 700)
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("what", ["network", "loss", "weights", "prediction"])
def test_a_picture_of_each_panel_is_not_empty(qtbot, what: str, tmp_path: Path) -> None:
    picture.write(open_example("iris"), tmp_path / "a.png", what, 3, "dark", (1440, 900))
    found = QImage(str(tmp_path / "a.png"))
    colors = {found.pixel(x, y) for x in range(0, found.width(), 5) for y in range(0, found.height(), 5)}
    assert len(colors) > 5


def test_a_panel_that_is_not_there_is_told_with_those_that_are(qtbot, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="'map'.*window, network, loss"):
        picture.write(open_example("circle"), tmp_path / "a.png", "map", 1, "light", (800, 600))
    assert not (tmp_path / "a.png").exists()

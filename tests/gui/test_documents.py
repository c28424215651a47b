"""The document in its window: what is unsaved, what is asked, what is opened, and what is said when it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from netviz.document.examples import EXAMPLES
from netviz.document.projectfile import Project, open_project, save
from netviz.gui import app, documents
from netviz.gui.settings import Settings
from netviz.gui.window import Window

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
CIRCLE, IRIS = EXAMPLES["circle"].experiment, EXAMPLES["iris"].experiment


def windows() -> list[Window]:
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Window) and widget.isVisible()]


def edit(window: Window) -> None:
    window.edit(replace(window.session.value, batch_size=window.session.value.batch_size + 1), "Change batch size")


@pytest.fixture
def asked(hand, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every question that is put, answered with what stands at the end of the list."""
    answers = ["cancel"]

    def answer(*_args: object) -> str:
        answers.insert(0, "asked")
        return answers[-1]

    monkeypatch.setattr(documents, "may_be_lost", answer)
    return answers


def test_an_untouched_example_is_closed_without_a_question(hand, asked: list[str]) -> None:
    window = hand.open()
    assert window.windowTitle() == "untitled — netviz"
    assert window.close()
    assert asked == ["cancel"]


def test_an_edit_is_marked_and_asked_about_and_cancelling_keeps_the_window(hand, asked: list[str]) -> None:
    window = hand.open()
    edit(window)
    assert window.windowTitle() == "untitled* — netviz"
    assert not window.close()
    assert asked == ["asked", "cancel"]
    assert window.isVisible() and not window.closed
    asked[-1] = "discard"
    assert window.close()


def test_training_is_asked_about_too_but_not_once_it_is_reset(hand, asked: list[str]) -> None:
    window = hand.open()
    hand.press(window, Key.Key_F11)
    hand.until(lambda: window.windowTitle() == "untitled* — netviz")
    assert not window.close()
    hand.press(window, Key.Key_R, CTRL)
    hand.until(lambda: window.windowTitle() == "untitled — netviz")
    assert window.close()


def test_closing_can_save_first_and_closes_only_when_it_was_saved(
    hand, asked: list[str], saves_to: Callable[..., None], tmp_path: Path
) -> None:
    window = hand.open()
    edit(window)
    asked[-1] = "save"
    saves_to(tmp_path / "no such folder" / "a.netviz")
    assert not window.close()
    assert "a.netviz" in window.notice.text() or "folder" in window.notice.text()
    saves_to(tmp_path / "a.netviz")
    assert window.close()
    assert open_project(tmp_path / "a.netviz").experiment == window.session.value


def test_saving_while_it_trains_leaves_the_document_unsaved_as_soon_as_it_has_learnt_more(
    hand, saves_to: Callable[..., None], tmp_path: Path
) -> None:
    window = hand.open(replace(CIRCLE, epochs=100_000))
    hand.press(window, Key.Key_F5)
    hand.until(lambda: window.report.frame.epoch > 2)
    saves_to(tmp_path / "a.netviz")
    hand.press(window, Key.Key_S, CTRL)
    project = open_project(tmp_path / "a.netviz")
    assert project.frame is not None and project.frame.step > 0
    hand.until(lambda: window.report.frame.step > project.frame.step)
    assert window.windowTitle() == "a.netviz* — netviz"


def test_what_was_learnt_is_saved_even_with_an_edit_that_has_not_been_trained(
    hand, saves_to: Callable[..., None], tmp_path: Path
) -> None:
    window = hand.open()
    hand.press(window, Key.Key_F11)
    hand.until(lambda: window.report.frame.epoch == 1)
    edit(window)
    saves_to(tmp_path / "a.netviz")
    hand.press(window, Key.Key_S, CTRL)
    trained = window.report.frame.params.vector
    again = hand.open(tmp_path / "a.netviz")
    assert again.session.value == window.session.value
    assert again.windowTitle() == "a.netviz — netviz"
    np.testing.assert_array_equal(again.report.frame.params.vector, trained)


def test_branches_are_saved_opened_again_and_asked_about(hand, asked: list[str], saves_to: Callable[[Path], None], tmp_path: Path) -> None:
    window = hand.open()
    for _epoch in range(2):
        hand.press(window, Key.Key_F11)
        hand.paused(window)  # what is asked for while it still steps ends the step
    assert window.report.frame.epoch == 2
    window.trainer.branch_off()
    window.trainer.load(window.report.run)  # back to the start, with the branch that there is now
    window.trainer.rename("the first way", 0)
    hand.obeyed(window)
    assert [branch.name for branch in window.report.branches] == ["the first way"]
    assert window.windowTitle() == "untitled* — netviz", "the first weights, and a branch that no file has"
    saves_to(tmp_path / "branched.netviz")
    hand.press(window, Key.Key_S, CTRL)
    assert window.windowTitle() == "branched.netviz — netviz"

    second = hand.open(tmp_path / "branched.netviz")
    (branch,) = second.report.branches
    assert (branch.name, branch.frame.epoch) == ("the first way", 2)
    np.testing.assert_array_equal(branch.frame.params.vector, window.report.branches[0].frame.params.vector)
    assert second.windowTitle() == "branched.netviz — netviz"
    second.trainer.forget(0)
    hand.obeyed(second)
    hand.until(lambda: second.windowTitle() == "branched.netviz* — netviz")
    asked[-1] = "discard"


def test_what_was_trained_before_an_edit_that_cannot_be_trained_is_not_lost(hand, saves_to: Callable[[Path], None], tmp_path: Path) -> None:
    window = hand.open()
    hand.press(window, Key.Key_F11)
    hand.until(lambda: window.report.frame.epoch == 1)
    broken = replace(window.session.value, layers=())
    window.edit(broken, "Remove all")
    saves_to(tmp_path / "broken.netviz")
    hand.press(window, Key.Key_S, CTRL)

    second = hand.open(tmp_path / "broken.netviz")
    assert second.problems and second.session.value == broken
    hand.until(lambda: second.report is not None and second.report.frame is not None)
    assert second.report.frame.epoch == 1 and second.windowTitle() == "broken.netviz — netviz"
    hand.press(second, Key.Key_S, CTRL)
    assert open_project(tmp_path / "broken.netviz").frame.epoch == 1


def test_a_damaged_file_is_told_in_one_sentence_and_the_document_stays(
    hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: pytest.fail("a message box"))
    window = hand.open()
    edit(window)
    value, title = window.session.value, window.windowTitle()
    path = tmp_path / "broken.netviz"
    save(path, Project(IRIS))
    path.write_bytes(path.read_bytes()[:-200] + b"x" * 200)
    window.files.open_path(path)
    assert "broken.netviz" in window.notice.text()
    assert "\n" not in window.notice.text()
    assert (window.session.value, window.windowTitle(), windows()) == (value, title, [window])
    assert str(path) not in window.settings.recent


def drop(window: QWidget, *paths: Path) -> bool:
    """Drag files over a window or a part of it and let go, if it takes them. File managers give their names as text too."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    mime.setText("\n".join(map(str, paths)))
    action, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(window.rect().center(), action, mime, left, none)
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(window.rect().center()), action, mime, left, none))
    return enter.isAccepted()


def test_a_project_that_is_dropped_takes_the_place_of_an_untouched_example(hand, tmp_path: Path) -> None:
    window = hand.open()
    path = tmp_path / "dropped.netviz"
    save(path, Project(IRIS))
    assert drop(window, path)
    hand.until(lambda: [other.session.path for other in windows()] == [path])
    assert windows()[0].session.value == IRIS
    assert hand.settings.recent == [str(path.resolve())]


def test_a_project_that_is_dropped_on_an_edited_document_gets_a_window_of_its_own(hand, tmp_path: Path) -> None:
    window = hand.open()
    edit(window)
    save(tmp_path / "dropped.netviz", Project(IRIS))
    assert drop(window, tmp_path / "dropped.netviz")
    assert len(windows()) == 2
    assert window.session.value.dataset == CIRCLE.dataset


def test_a_project_can_be_dropped_anywhere_on_the_window(hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = hand.open()
    dropped: list[QMimeData] = []
    monkeypatch.setattr(window.files, "drop", dropped.append)
    lost = set()
    for name in window.docks:
        window.arrangement.reveal(name)
        QApplication.processEvents()
        for widget in window.findChildren(QWidget):
            if widget.isVisible() and not (drop(widget, tmp_path / "dropped.netviz") and dropped):
                lost.add((type(widget).__name__, widget.accessibleName(), type(widget.parentWidget()).__name__))
            dropped.clear()
    assert not lost


def test_other_files_are_not_taken(hand, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no project")
    assert not drop(hand.open(), tmp_path / "a.txt")


def test_recent_files_are_in_the_menu_and_open_from_there(hand, tmp_path: Path) -> None:
    window = hand.open()
    edit(window)
    save(tmp_path / "a.netviz", Project(IRIS))
    window.files.open_path(tmp_path / "a.netviz")
    menu = next(action.menu() for action in window.menus["&File"].actions() if action.text() == "Recent")
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["a.netviz"]
    menu.actions()[0].trigger()
    assert len(windows()) == 3


def test_settings_that_are_kept_survive_and_damaged_ones_count_as_absent(tmp_path: Path) -> None:
    settings = Settings()
    settings.theme = "dark"
    (tmp_path / "a.netviz").touch()
    settings.add_recent(tmp_path / "a.netviz")
    again = Settings()
    assert (again.theme, again.recent) == ("dark", [str(tmp_path / "a.netviz")])
    again._store.setValue("theme", 7)
    again._store.setValue("recent", {"a": 1})
    again._store.setValue("geometry", "none")
    again._store.setValue("layout", 3.5)
    assert (again.theme, again.recent, again.geometry, again.layout) == ("system", [], None, None)


def test_a_name_without_its_ending_gets_it_and_never_replaces_a_file_unasked(
    hand, saves_to: Callable[..., None], tmp_path: Path
) -> None:
    window = hand.open()
    saves_to(tmp_path / "model v1.2")
    assert window.files.save_as()
    assert (tmp_path / "model v1.2.netviz").is_file()
    assert not window.files.save_as()
    assert "model v1.2.netviz" in window.notice.text()


@pytest.mark.parametrize("what", ["window", "network", "loss", "weights", "prediction"])
@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_a_picture_of_every_panel_can_be_written(
    hand, what: str, ending: str, saves_to: Callable[..., None], tmp_path: Path
) -> None:
    window = hand.open()
    path = tmp_path / f"picture{ending}"
    saves_to(path)
    window.files.export_picture(what)
    hand.until(path.exists)
    assert "Wrote" in window.notice.text()
    assert path.stat().st_size > 2000


def test_points_of_a_plot_are_dots_in_an_svg_as_they_are_on_the_screen(hand, tmp_path: Path) -> None:
    window = hand.open()
    window.arrangement.reveal("prediction")
    panel = window.panels["prediction"]
    hand.until(lambda: len(panel._points.data))
    documents.write_picture(tmp_path / "a.svg", panel)
    drawn = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert len(drawn.findall(".//{*}image")) < 3, "the surface; every point is a shape"
    assert len(drawn.findall(".//{*}path")) >= len(panel._points.data)


def test_the_menu_offers_a_picture_of_every_panel(hand) -> None:
    window = hand.open()
    menu = next(action.menu() for action in window.menus["&File"].actions() if action.text() == "Export picture of")
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == [
        "The whole window", *(window.docks[name].windowTitle() for name in window.panels)
    ]  # fmt: skip


def test_closed_windows_are_let_go_while_another_trains(hand) -> None:
    first = hand.open(replace(CIRCLE, epochs=10**6))
    hand.press(first, Key.Key_F5)
    for _window in range(3):
        other = hand.open("example:iris")
        other.close()
    hand.until(lambda: windows() == [first])
    assert first.training.running
    app.shut_down()

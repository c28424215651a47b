"""The dialog of an export: every format with what it would write, nothing replaced unasked, the proof, and the handle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QListWidget, QPlainTextEdit, QWidget

from netviz import formats
from netviz.document.examples import EXAMPLES
from netviz.engine.surgery import Alter
from netviz.gui import draghandle
from netviz.gui.exportdialog import ExportDialog
from netviz.gui.window import Window

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
CIRCLE = EXAMPLES["circle"].experiment


@pytest.fixture
def opened(hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Window, ExportDialog]]:
    """A window whose export dialog writes into a folder of the test's."""
    monkeypatch.chdir(tmp_path)

    def open_dialog(what: object = "example:circle", kind: str = "npz") -> tuple[Window, ExportDialog]:
        window = hand.open(what)
        hand.press(window, Key.Key_E, CTRL)
        dialog = window.exporting.dialog
        assert dialog is not None
        choose(hand, dialog, kind)
        return window, dialog

    return open_dialog


def choose(hand, dialog: ExportDialog, kind: str) -> None:
    """Go to a format with the arrows, and wait for what it would write."""
    dialog.list.setFocus()
    wanted = formats.exporting().index(kind)
    while dialog.list.currentRow() != wanted:
        hand.qtbot.keyClick(dialog.list, Key.Key_Down if dialog.list.currentRow() < wanted else Key.Key_Up)
    hand.until(lambda: dialog._seen is not None)


def test_every_format_is_offered_and_shows_what_it_would_write(hand, opened) -> None:
    _window, dialog = opened()
    assert [dialog.list.item(i).text() for i in range(dialog.list.count())] == [
        f"{formats.formats.title(name)}  ·  {formats.formats[name].suffixes[0]}" for name in formats.exporting()
    ]
    for kind in formats.exporting():
        choose(hand, dialog, kind)
        suffix = formats.formats[kind].suffixes[0]
        assert dialog.name.text() == f"network{suffix}"
        assert dialog.preview.files.text().startswith(f"network{suffix}  ·  ") and ("kB" in dialog.preview.files.text() or "bytes" in dialog.preview.files.text())
        assert dialog.preview.along.text() and dialog.preview.left_out.text() and dialog.preview.text.toPlainText()
        assert dialog.export.isEnabled()
    dialog.reject()


def test_it_is_written_proved_and_said(hand, opened, tmp_path: Path) -> None:
    window, dialog = opened()
    assert "dense/kernel" in dialog.preview.text.toPlainText() and "2 × 6" in dialog.preview.text.toPlainText()
    hand.click(dialog.export)
    assert dialog.bar.isVisible() and not dialog.export.isEnabled() and dialog.leave.text() == "Cancel"
    hand.until(lambda: (tmp_path / "network.npz").exists() and not dialog.bar.isVisible())
    assert "held-out rows compared by NumPy's own reader, all equal" in dialog.outcome.text()
    assert dialog.outcome.text().startswith("✓ Wrote") and "held-out rows" in window.notice.text()
    found = formats.read_weights(tmp_path / "network.npz").arrays
    np.testing.assert_array_equal(found["dense/kernel"], window.report.frame.params[0]["kernel"])
    dialog.reject()


def test_what_is_there_already_is_replaced_only_at_a_second_press(hand, opened, tmp_path: Path) -> None:
    (tmp_path / "network.npz").write_bytes(b"mine")
    _window, dialog = opened()
    hand.click(dialog.export)
    assert '"network.npz" is there already' in dialog.outcome.text() and dialog.export.text() == "Replace"
    assert (tmp_path / "network.npz").read_bytes() == b"mine"
    hand.type(dialog.name, "other.npz")
    hand.until(lambda: (tmp_path / "other.npz").exists() and not dialog.bar.isVisible())
    assert dialog.export.text() == "Export", "another name is another question"
    hand.type(dialog.name, "network.npz")
    hand.until(lambda: dialog.export.text() == "Replace")
    hand.click(dialog.export)
    hand.until(lambda: (tmp_path / "network.npz").read_bytes() != b"mine" and not dialog.bar.isVisible())
    dialog.reject()


def test_a_companion_that_is_there_is_asked_about_too(hand, opened, tmp_path: Path) -> None:
    (tmp_path / "network.dense.bias.csv").write_bytes(b"mine")
    _window, dialog = opened(kind="csv")
    hand.click(dialog.export)
    assert '"network.dense.bias.csv" is there already' in dialog.outcome.text()
    assert not (tmp_path / "network.csv").exists()
    dialog.reject()


def test_a_network_that_a_format_cannot_hold_says_why_and_cannot_be_exported_so(hand, opened) -> None:
    _window, dialog = opened(replace(CIRCLE, surgery=(Alter(0, 1),)), "keras")
    assert "by hand" in dialog.outcome.text() and not dialog.export.isEnabled() and not dialog.handle.isEnabled()
    choose(hand, dialog, "npz")
    assert dialog.export.isEnabled() and dialog.outcome.text() == ""
    dialog.reject()


def test_a_folder_that_is_not_there_is_told_in_the_dialog(hand, opened, tmp_path: Path) -> None:
    _window, dialog = opened()
    hand.type(dialog.name, "no such folder/network.npz")
    hand.until(lambda: "folder does not exist" in dialog.outcome.text())
    assert not dialog.bar.isVisible() and dialog.export.isEnabled()
    dialog.reject()


def test_a_name_without_the_ending_gets_it(hand, opened, tmp_path: Path) -> None:
    _window, dialog = opened()
    hand.type(dialog.name, "model v1.2")
    hand.until(lambda: (tmp_path / "model v1.2.npz").exists() and not dialog.bar.isVisible())
    dialog.reject()


def test_writing_can_be_cancelled_and_leaves_nothing(hand, opened, tmp_path: Path) -> None:
    window, dialog = opened()
    hand.click(dialog.export)
    hand.click(dialog.leave)
    assert "cancelled" in dialog.outcome.text() and not dialog.bar.isVisible() and dialog.isVisible()
    assert not window.exporting._writing.busy
    hand.click(dialog.leave)
    hand.until(lambda: window.exporting.dialog is None)
    assert [path.name for path in tmp_path.iterdir() if path.name != "settings"] == []


class Dragged:
    """Stands in for a drag, which the offscreen platform cannot do."""

    urls: tuple[str, ...] = ()

    def __init__(self, source: QWidget) -> None:
        pass

    def setMimeData(self, data: draghandle.QMimeData) -> None:
        Dragged.urls = tuple(url.toLocalFile() for url in data.urls())

    def exec(self, action: Qt.DropAction) -> Qt.DropAction:
        return action


def test_the_handle_drags_proved_files_out(hand, opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draghandle, "QDrag", Dragged)
    Dragged.urls = ()
    window, dialog = opened(kind="csv")
    handle, left = dialog.handle, Qt.MouseButton.LeftButton
    hand.qtbot.mousePress(handle, left, pos=QPoint(5, 5))
    assert handle.waiting and dialog.bar.isVisible()
    hand.qtbot.mouseMove(handle, QPoint(60, 10))
    hand.until(lambda: Dragged.urls)
    files = [Path(url) for url in Dragged.urls]
    names = {path.name for path in files}
    assert files[0].name == "network.csv" and len(files) == 6 and "network.netviz.json" in names
    assert all(path.is_file() for path in files)
    assert dialog.outcome.text().startswith("✓ Wrote") and not list(tmp_path.glob("*.csv")), "and not beside the project"
    dialog.reject()
    window.close()
    assert not files[0].exists(), "what was dragged out is a copy; the window's own goes with it"


def test_the_handle_copies_when_it_is_pressed(hand, opened) -> None:
    _window, dialog = opened()
    dialog.handle.setFocus()
    hand.press(dialog, Key.Key_Space)
    hand.until(lambda: dialog.handle.text() == "⠿ Copied")
    (url,) = QApplication.clipboard().mimeData().urls()
    assert formats.read_weights(url.toLocalFile()).arrays
    choose(hand, dialog, "json")
    assert dialog.handle.files == [] and dialog.handle.text() == "⠿ Drag out", "another format is another file"
    dialog.reject()


def test_every_part_is_reached_by_tab_and_says_what_it_is(hand, opened) -> None:
    _window, dialog = opened()
    hand.activate(dialog)
    wanted = {w for w in dialog.findChildren(QWidget) if isinstance(w, (QAbstractButton, QLineEdit, QListWidget, QPlainTextEdit))}
    wanted = {w for w in wanted if w.isVisible() and not w.objectName().startswith("qt_")}
    assert len(wanted) == 7
    seen = set()
    for _press in range(20):
        hand.press(dialog, Key.Key_Tab)
        seen.add(QApplication.focusWidget())
    assert wanted <= seen, wanted - seen
    assert all(w.toolTip() and (w.accessibleName() or w.text()) for w in wanted)
    dialog.reject()


def test_the_untrained_weights_of_a_network_with_a_problem_are_not_exported(hand) -> None:
    window = hand.open(replace(CIRCLE, layers=()))
    hand.press(window, Key.Key_E, CTRL)
    assert window.exporting.dialog is None and window.notice.text() == "There are no weights yet."

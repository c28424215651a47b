"""Files of other programs in the window: a network becomes a document, weights are laid onto the one that is drawn."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from netviz import formats
from netviz.document.examples import EXAMPLES
from netviz.document.tensors import pack
from netviz.engine.activations import Relu
from netviz.engine.layers import Dense
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.formats import Imported, LeftOut, carried, consumer
from netviz.formats.apart import Child
from netviz.gui import importing
from netviz.gui.importing import LeftOutDialog
from netviz.gui.mapping import MappingDialog, TargetBox
from netviz.gui.window import Window

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CIRCLE, IRIS = EXAMPLES["circle"].experiment, EXAMPLES["iris"].experiment
ENDLESS = Path(__file__).parents[1] / "unit" / "formats" / "endless.h5"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained network in several formats."""
    folder = tmp_path_factory.mktemp("import")
    run = Run.of(IRIS)
    *_, last = train(run, IRIS.samples(), epochs=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consumer, "installed", lambda package: False)
        for name in ("net.keras", "net.npz", "net.weights.h5"):
            formats.export(folder / name, formats.Trained.of(run, last.frame()))
    return folder


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], list[str]]:
    """Have the next file dialog answer with a path; what kinds it offered is written down."""

    def answer(path: Path) -> list[str]:
        offered: list[str] = []

        def chosen(_parent: object, _title: str, _folder: str, kinds: str) -> tuple[str, str]:
            offered.append(kinds)
            return str(path), ""

        monkeypatch.setattr(importing.QFileDialog, "getOpenFileName", chosen)
        return offered

    return answer


def windows() -> list[Window]:
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Window) and widget.isVisible()]


def pytorch_names(path: Path, flip: bool = False) -> dict[str, np.ndarray]:
    """The circle's weights as PyTorch would have them, in a file."""
    random = np.random.default_rng(1)
    units = [layer.units for layer in CIRCLE.layers]  # type: ignore[attr-defined]
    sizes, arrays = [2, *units], {}
    for place, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False)):
        arrays[f"{2 * place}.weight"] = random.normal(size=(outputs, inputs)).astype("f4")
        arrays[f"{2 * place}.bias"] = random.normal(size=outputs).astype("f4")
    path.write_bytes(pack({**arrays, "extra": np.zeros((7, 7), "f4")}))
    return arrays


def choose(hand, box: TargetBox, data: object) -> None:
    """Choose from a list with the keyboard, as it opens."""
    box.setFocus()
    box.showPopup()
    (row,) = [i for i in range(box.count()) if box.itemData(i) == data]
    box.view().setCurrentIndex(box.model().index(row, 0))
    hand.qtbot.keyClick(box.view(), Key.Key_Return)
    hand.activate(box.window())


def mapping(hand, window: Window) -> MappingDialog:
    hand.until(lambda: isinstance(window.importing.dialog, MappingDialog) and window.importing.dialog.isVisible())
    dialog = window.importing.dialog
    assert isinstance(dialog, MappingDialog)
    return dialog


def test_every_format_that_can_be_read_is_offered(hand, opens: Callable[[Path], list[str]], tmp_path: Path) -> None:
    window = hand.open()
    offered = opens(tmp_path / "no.keras")
    hand.press(window, Key.Key_I, CTRL)
    everything = re.findall(r"\*([._][\w.]+)", offered[0].split(";;")[0])
    members = [formats.formats[name] for name in formats.formats]
    read = {suffix for member in members if member.imports() for suffix in member.suffixes}
    for name in formats.formats:
        member = formats.formats[name]
        assert all((suffix in everything) == (suffix in read) for suffix in member.suffixes), name
        assert (formats.formats.title(name) in offered[0]) == member.imports()
    assert "no.keras" in window.notice.text(), "that there is no such file is said in the window"


def test_a_network_becomes_a_document_in_the_place_of_an_untouched_one(
    hand, opens: Callable[[Path], list[str]], files: Path
) -> None:
    window = hand.open()
    opens(files / "net.keras")
    hand.press(window, Key.Key_I, CTRL)
    assert window.importing.bar.isVisible() and "net.keras" in window.importing.bar.words.text()
    hand.until(lambda: windows() and windows() != [window])
    other = hand.ready(windows()[-1])
    hand.until(lambda: windows() == [other])
    assert other.session.value.layers == IRIS.layers and other.session.path is None
    imported = formats.read_network(files / "net.keras")
    np.testing.assert_array_equal(other.report.frame.params[0]["kernel"], imported.arrays["dense/kernel"])
    assert "net.keras" in other.notice.text() and "stand in" in other.notice.text()


def test_a_document_with_changes_keeps_its_window(hand, files: Path) -> None:
    window = hand.open()
    window.edit(replace(CIRCLE, batch_size=7), "Change batch size")
    window.importing.take(files / "net.keras")
    hand.until(lambda: len(windows()) == 2)
    assert window.isVisible() and window.session.value.batch_size == 7


def test_data_that_fit_the_network_are_kept(hand, files: Path, tmp_path: Path) -> None:
    experiment = replace(CIRCLE, layers=(Dense(6, Relu()), *CIRCLE.layers[1:]))
    run = Run.of(experiment)
    formats.export(tmp_path / "own.keras", formats.Trained.of(run, next(iter(train(run, experiment.samples()))).frame()))
    window = hand.open()
    window.edit(replace(CIRCLE, epochs=7), "Change epochs")
    window.importing.take(tmp_path / "own.keras")
    hand.until(lambda: len(windows()) == 2)
    other = next(each for each in windows() if each is not window)
    assert other.session.value.dataset == CIRCLE.dataset and other.session.value.layers[0] == Dense(6, Relu())


def test_weights_are_matched_and_taken_as_one_step_that_can_be_undone(hand, opens: Callable[[Path], list[str]], tmp_path: Path) -> None:
    window = hand.open()
    arrays = pytorch_names(tmp_path / "w.safetensors")
    hand.press(window, Key.Key_F11)
    hand.paused(window)
    before, step = window.report.frame.params.vector, window.report.frame.step
    opens(tmp_path / "w.safetensors")
    hand.press(window, Key.Key_I, CTRL)
    dialog = mapping(hand, window)
    assert dialog.boxes["0.weight"].currentText().startswith("dense/kernel") and "transposed" in dialog.boxes["0.weight"].currentText()
    assert dialog.boxes["extra"].currentText() == "not taken" and "1 array of the file is not taken" in dialog.summary.text()
    hand.click(dialog.take)
    hand.obeyed(window)
    hand.until(lambda: (window.report.frame.params[0]["kernel"] == arrays["0.weight"].T).all())
    assert window.report.frame.step == step and "Take the weights" in window.actions_by_id["undo"].text()
    hand.activate(window)
    hand.press(window, Key.Key_Z, CTRL)
    hand.obeyed(window)
    hand.until(lambda: (window.report.frame.params.vector == before).all())
    assert window.session.value == CIRCLE


def test_a_persons_choice_is_what_is_taken(hand, tmp_path: Path) -> None:
    window = hand.open()
    arrays = pytorch_names(tmp_path / "w.safetensors")
    window.importing.take(tmp_path / "w.safetensors")
    dialog = mapping(hand, window)
    box = dialog.boxes["0.bias"]
    choose(hand, box, None)
    assert "dense/bias" in dialog.summary.text(), "what stays as it is is named"
    before = window.report.frame.params[0]["bias"].copy()
    hand.press(dialog, Key.Key_Return)
    hand.obeyed(window)
    hand.until(lambda: (window.report.frame.params[0]["kernel"] == arrays["0.weight"].T).all())
    np.testing.assert_array_equal(window.report.frame.params[0]["bias"], before)


def test_a_weight_has_one_array_and_what_has_another_shape_says_why(hand, tmp_path: Path) -> None:
    window = hand.open(replace(CIRCLE, layers=(Dense(4), Dense(4), Dense(1))))
    random = np.random.default_rng(0)
    (tmp_path / "w.safetensors").write_bytes(pack({"a": random.normal(size=(4, 4)), "b": random.normal(size=(4, 4)), "c": np.zeros(9)}))
    window.importing.take(tmp_path / "w.safetensors")
    dialog = mapping(hand, window)
    a, b = dialog.boxes["a"], dialog.boxes["b"]
    assert a.currentData() == ("dense_1/kernel", False) and b.currentData() is None
    choose(hand, b, ("dense_1/kernel", True))
    assert a.currentData() is None and b.currentData() == ("dense_1/kernel", True)
    items = {a.itemText(i): a.model().item(i) for i in range(a.count())}  # type: ignore[attr-defined]
    unfit = [item for text, item in items.items() if text.startswith("dense/kernel")]
    assert len(unfit) == 1 and not unfit[0].isEnabled() and "instead of (2, 4)" in unfit[0].toolTip()
    choose(hand, b, None)
    assert not dialog.take.isEnabled(), "nothing is chosen, so nothing can be taken"
    hand.press(dialog, Key.Key_Escape)
    assert window.session.value.surgery == ()


def test_the_weights_of_a_whole_model_can_be_taken_for_the_drawn_network(
    hand, opens: Callable[[Path], list[str]], files: Path
) -> None:
    window = hand.open("example:iris")
    opens(files / "net.keras")
    hand.press(window, Key.Key_I, CTRL | SHIFT)
    dialog = mapping(hand, window)
    assert "are set" in dialog.summary.text() and "As they are" not in dialog.summary.text()
    hand.click(dialog.take)
    wanted = formats.read_network(files / "net.keras").arrays["dense/kernel"]
    hand.until(lambda: (window.report.frame.params[0]["kernel"] == wanted).all())


def test_where_the_weights_come_from_is_told(hand, files: Path) -> None:
    window = hand.open("example:iris")
    window.importing.take(files / "net.npz")
    dialog = mapping(hand, window)
    assert any("updates" in label.text() and '"iris"' in label.text() for label in dialog.findChildren(QLabel))
    dialog.reject()


def test_reading_can_be_cancelled_while_the_library_hangs(hand, tmp_path: Path) -> None:
    window = hand.open()
    shutil.copy(ENDLESS, tmp_path / "endless.h5")
    window.importing.take(tmp_path / "endless.h5")
    child = window.importing.child
    assert child is not None and window.importing.bar.isVisible()
    hand.click(window.importing.bar.cancel)
    assert not window.importing.bar.isVisible() and window.importing.child is None and child._process is None
    assert window.notice.text() == 'Reading "endless.h5" was cancelled.'


def test_closing_the_window_ends_the_process_that_reads(hand, tmp_path: Path) -> None:
    window = hand.open()
    shutil.copy(ENDLESS, tmp_path / "endless.h5")
    window.importing.take(tmp_path / "endless.h5")
    child = window.importing.child
    process = child._process  # type: ignore[union-attr]
    window.close()
    assert process is not None and process.poll() is not None


def test_damage_is_one_sentence_at_the_foot_and_the_document_stays(hand, tmp_path: Path) -> None:
    window = hand.open()
    (tmp_path / "bad.keras").write_bytes(b"PK\3\4 but no more")
    window.importing.take(tmp_path / "bad.keras")
    hand.until(lambda: window.importing.child is None)
    assert '"bad.keras" is not a complete' in window.notice.text() and windows() == [window]
    assert window.session.value == CIRCLE


def test_what_is_left_out_is_listed_before_anything_is_opened(hand, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = carried.found

    def with_more(answer: object, name: str) -> Imported:
        found = real(answer, name)  # type: ignore[arg-type]
        assert isinstance(found, Imported)
        return replace(found, left_out=(LeftOut("Lambda", "layer 3", "it is code"), LeftOut("jit_compile", "compile")))

    monkeypatch.setattr(carried, "found", with_more)
    window = hand.open()
    window.importing.take(files / "net.keras")
    hand.until(lambda: isinstance(window.importing.dialog, LeftOutDialog) and window.importing.dialog.isVisible())
    dialog = window.importing.dialog
    assert isinstance(dialog, LeftOutDialog)
    assert [dialog.list.item(i).text() for i in range(2)] == ["layer 3: Lambda (it is code)", "compile: jit_compile"]
    assert windows() == [window]
    hand.click(dialog.open_button)
    hand.until(lambda: windows() and windows() != [window])


def test_a_file_of_another_program_can_be_dropped(hand, tmp_path: Path, files: Path) -> None:
    window = hand.open("example:iris")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(files / "net.weights.h5"))])
    action, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(window.rect().center(), action, mime, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(window.rect().center()), action, mime, left, none))
    dialog = mapping(hand, window)
    assert len(dialog.matching.missing) == 0
    dialog.reject()


def test_every_part_of_the_dialog_is_reached_by_tab_and_says_what_it_is(hand, tmp_path: Path) -> None:
    window = hand.open()
    pytorch_names(tmp_path / "w.safetensors")
    window.importing.take(tmp_path / "w.safetensors")
    dialog = mapping(hand, window)
    hand.activate(dialog)
    wanted: set[QWidget] = {*dialog.boxes.values(), *dialog.buttons.buttons()}
    seen = set()
    for _press in range(3 * len(wanted)):
        hand.press(dialog, Key.Key_Tab)
        seen.add(QApplication.focusWidget())
    assert wanted <= seen
    assert all(w.toolTip() and (w.accessibleName() or w.text()) for w in wanted)  # type: ignore[attr-defined]
    dialog.reject()


def test_without_a_network_that_could_get_them_weights_are_refused_in_a_sentence(hand, files: Path) -> None:
    window = hand.open(replace(CIRCLE, layers=()))
    window.importing.take(files / "net.npz")
    hand.until(lambda: window.importing.child is None)
    assert "none that could get them" in window.notice.text()


def test_another_file_takes_the_place_of_the_one_being_read(hand, tmp_path: Path, files: Path) -> None:
    window = hand.open("example:iris")
    shutil.copy(ENDLESS, tmp_path / "endless.h5")
    window.importing.take(tmp_path / "endless.h5")
    first: Child | None = window.importing.child
    window.importing.take(files / "net.npz")
    assert first is not None and first._process is None
    mapping(hand, window).reject()


def test_a_sentence_longer_than_the_window_is_cut_with_dots_and_whole_in_its_tooltip(hand) -> None:
    window = hand.open()
    before, sentence = window.minimumSizeHint().width(), "a script with much that is not followed; " * 40
    window.say(sentence, problem=True)
    window.grab()
    assert window.minimumSizeHint().width() == before
    assert window.notice.toolTip() == sentence == window.notice.text()


def test_a_script_of_keras_is_opened_as_what_it_builds_and_never_run(hand, tmp_path: Path) -> None:
    window = hand.open()
    script = "import os\nfrom keras import Input, Sequential\nfrom keras.layers import Dense\n" \
        f"open({str(tmp_path / 'hacked')!r}, 'w')\nm = Sequential([Input((2,)), Dense(5, 'relu'), Dense(1, 'sigmoid')])\n" \
        "m.compile('sgd', 'binary_crossentropy')\n"  # fmt: skip
    (tmp_path / "net.py").write_text(script)
    window.importing.take(tmp_path / "net.py")
    hand.until(lambda: windows() not in ([], [window]) or isinstance(window.importing.dialog, LeftOutDialog))
    if isinstance(window.importing.dialog, LeftOutDialog):
        assert "line 4" in window.importing.dialog.list.item(0).text()
        hand.click(window.importing.dialog.open_button)
        hand.until(lambda: windows() not in ([], [window]))
    other = hand.ready(next(each for each in windows() if each is not window))
    assert [layer.units for layer in other.session.value.layers] == [5, 1]
    assert other.session.value.dataset == CIRCLE.dataset and not (tmp_path / "hacked").exists()

"""From an example to exported weights, with mouse and keys, in the window that people use."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QSpinBox, QToolButton, QWidget

from netviz import formats
from netviz.engine.layers import Dense
from netviz.gui.canvas.palette import Palette
from netviz.gui.choices import Disclosure
from netviz.gui.fields import NumberField
from netviz.gui.window import Window
from netviz.runtime import Status

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def units(window: Window) -> list[int]:
    return [layer.units for layer in window.session.value.layers if isinstance(layer, Dense)]


def running(window: Window) -> bool:
    return window.training.running and window.report is not None and window.report.status is Status.RUNNING


def add_dense(hand, window: Window, place: int) -> None:
    """A dense layer from the choice at an insertion point, by a click and some letters."""
    hand.click_on_canvas(window, hand.on_canvas(window, "Add a layer", QToolButton)[place])
    (palette,) = [found for found in window.findChildren(Palette) if found.isVisible()]
    hand.qtbot.keyClicks(palette.search, "dense")
    hand.qtbot.keyClick(palette.search, Key.Key_Return)
    hand.activate(window)


def draw_2_8_8_1(hand, window: Window) -> None:
    """Two units more by a click each, a layer by the insertion point, its units typed into its menu."""
    for _click in range(2):
        before = units(window)
        hand.click_on_canvas(window, hand.on_canvas(window, "One unit more", QToolButton)[0])
        hand.until(lambda before=before: units(window) != before)
    add_dense(hand, window, 1)
    hand.until(lambda: len(units(window)) == 3)
    menu = hand.cards(window)[2].menu()
    menu.popup(window.pos())
    field = menu.findChild(QSpinBox)
    hand.type(field, "8")
    hand.until(lambda: units(window) == [8, 8, 1])
    hand.activate(window)


def choose_loss_and_optimizer(hand, window: Window) -> None:
    hand.choose(hand.called(window, QComboBox, "Loss"), "mean_squared_error")
    assert type(window.session.value.loss).__name__ == "MeanSquaredError"
    hand.choose(hand.called(window, QComboBox, "Optimizer"), "rmsprop")
    assert type(window.session.value.optimizer).__name__ == "RMSprop"
    hand.type(hand.called(window, NumberField, "Epochs"), "100000")
    assert window.session.value.epochs == 100_000


def test_a_person_draws_a_network_trains_it_edits_it_saves_it_and_takes_the_weights_away(
    hand, saves_to: Callable[..., None], tmp_path: Path
) -> None:
    window = hand.open()
    draw_2_8_8_1(hand, window)
    assert window.canvas.heading.text().startswith("2 → 8 → 8 → 1")
    choose_loss_and_optimizer(hand, window)
    hand.press(window, Key.Key_F5)
    hand.until(lambda: running(window) and window.report.frame.epoch >= 3)
    assert "Pause" in window.transport.run.text()
    pause_and_go_on(hand, window)
    edit_while_it_runs(hand, window)
    undo_redo_and_undo(hand, window)
    window.canvas.view.setFocus()
    hand.press(window, Key.Key_Space)
    hand.paused(window)
    assert "Run" in window.transport.run.text()
    second = save_and_open_again(hand, window, saves_to, tmp_path / "mine.netviz")
    hand.press(second, Key.Key_F11)  # one epoch further
    hand.until(lambda: second.report.frame.epoch == window.report.frame.epoch + 1)
    hand.until(lambda: second.windowTitle() == "mine.netviz* — netviz")
    export_everything(hand, second, saves_to, tmp_path)


def pause_and_go_on(hand, window: Window) -> None:
    """By the button and the mouse: where it pauses it stays, and goes on from there."""
    hand.click(window.transport.run)
    hand.paused(window)
    step = window.report.frame.step
    hand.click(window.transport.run)
    hand.until(lambda: running(window) and window.report.frame.step > step)


def edit_while_it_runs(hand, window: Window) -> None:
    """A learning rate goes on in the same run, a layer begins another with the weights of those that were there."""
    hand.type(hand.called(window, NumberField, "Learning rate"), "0,002")
    assert window.session.value.optimizer.learning_rate == 0.002
    hand.until(lambda: "Goes on from update" in window.notice.text())
    assert running(window)
    add_dense(hand, window, 2)
    hand.until(lambda: units(window) == [8, 8, 4, 1] and "keep" in window.notice.text())
    hand.until(lambda: running(window) and len(window.report.frame.experiment.layers) == 4)


def undo_redo_and_undo(hand, window: Window) -> None:
    hand.press(window, Key.Key_Z, CTRL)
    assert units(window) == [8, 8, 1]
    hand.press(window, Key.Key_Y, CTRL)
    assert units(window) == [8, 8, 4, 1]
    hand.press(window, Key.Key_Z, CTRL)
    hand.until(lambda: running(window) and len(window.report.frame.experiment.layers) == 3 and window.report.frame.epoch >= 2)


def save_and_open_again(hand, window: Window, saves_to: Callable[..., None], path: Path) -> Window:
    saves_to(path)
    assert window.windowTitle() == "untitled* — netviz"
    hand.press(window, Key.Key_S, CTRL)
    assert window.windowTitle() == "mine.netviz — netviz"
    second: Window = hand.open(path)
    assert second.session.value == window.session.value
    np.testing.assert_array_equal(second.report.frame.params.vector, window.report.frame.params.vector)
    assert second.report.frame.epoch == window.report.frame.epoch
    return second


def export_everything(hand, window: Window, saves_to: Callable[..., None], folder: Path) -> None:
    for kind in ("npz", "safetensors"):
        hand.press(window, Key.Key_E, CTRL)
        dialog = window.exporting.dialog
        assert dialog is not None
        dialog.list.setCurrentRow(formats.exporting().index(kind))
        hand.type(dialog.name, str(folder / f"weights.{kind}"))  # and Enter, which is Export
        hand.until(lambda dialog=dialog: "held-out rows compared" in dialog.outcome.text())
        assert (folder / f"weights.{kind}").stat().st_size > 500
        assert re.search(r"held-out rows compared by .+, all equal", window.notice.text()), window.notice.text()
        hand.click(dialog.leave)
        hand.activate(window)
    kernel = window.report.frame.params[0]["kernel"]
    with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
        assert any(array.shape == kernel.shape and np.array_equal(array, kernel) for array in arrays.values())
    for ending, begins in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        path = folder / f"picture.{ending}"
        saves_to(path)
        hand.press(window, Key.Key_E, CTRL | SHIFT)
        hand.until(path.exists)
        assert path.read_bytes().startswith(begins)


@pytest.mark.parametrize("key", [Key.Key_Space, Key.Key_F5])
def test_space_and_f5_train_and_pause_wherever_the_focus_is(hand, key) -> None:
    window = hand.open()
    hand.type(hand.called(window, NumberField, "Epochs"), "100000")
    for fold in window.findChildren(Disclosure):
        fold.open()
    kinds = set()
    for widget in window.findChildren(QWidget):
        reachable = widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not reachable or type(widget) in kinds or key == Key.Key_Space and _is_text(widget):
            continue
        widget.setFocus()
        was, value = window.training.running, window.session.value
        hand.press(window, key)
        assert window.training.running is not was, widget
        assert window.session.value == value, f"{widget} took the key as well"
        kinds.add(type(widget))
    assert {"QPushButton", "QToolButton", "Choice", "Tick", "NetworkView"} <= {kind.__name__ for kind in kinds}
    assert any(issubclass(kind, QComboBox) for kind in kinds)


def _is_text(widget) -> bool:
    return isinstance(widget, (QLineEdit, QAbstractSpinBox))


def test_space_in_a_text_field_is_a_space_and_f5_still_trains(hand) -> None:
    window = hand.open()
    field = hand.called(window, NumberField, "Epochs")
    field.setFocus()
    hand.press(window, Key.Key_End)
    hand.press(window, Key.Key_Space)
    assert field.text().endswith(" ")
    assert not window.training.running
    hand.press(window, Key.Key_F5)
    assert window.training.running


def test_enter_presses_the_button_that_has_the_focus(hand) -> None:
    window = hand.open()
    window.transport.run.setFocus()
    hand.press(window, Key.Key_Return)
    assert window.training.running


def test_the_same_network_is_drawn_with_the_keyboard_alone(hand) -> None:
    window = hand.open()
    hand.until(lambda: len(hand.cards(window)) == 3)
    hand.cards(window)[1].setFocus()
    while units(window)[0] < 8:
        more, before = hand.on_canvas(window, "One unit more", QToolButton)[0], units(window)[0]
        more.setFocus()
        hand.press(window, Key.Key_Return)
        hand.until(lambda before=before: units(window)[0] == before + 1)
    hand.on_canvas(window, "Add a layer", QToolButton)[1].setFocus()
    hand.press(window, Key.Key_Return)
    hand.until(lambda: len(units(window)) == 3)
    window.open_layer(1)
    field = window.sidebar.layer.form.field("units")
    hand.until(field.hasFocus)
    hand.qtbot.keyClick(field, Key.Key_Up)
    assert units(window) == [8, 8, 1], "4 doubled"
    assert window.canvas.heading.text().startswith("2 → 8 → 8 → 1")


def test_two_quick_presses_leave_it_as_it_was(hand) -> None:
    window = hand.open()
    for _press in range(6):
        hand.press(window, Key.Key_F5)
    hand.paused(window)
    assert not window.training.running


def test_reset_brings_the_first_weights_back_and_the_same_training_again(hand) -> None:
    window = hand.open()
    first = window.report.frame.params.vector
    hand.press(window, Key.Key_F11)
    hand.until(lambda: window.report.frame.epoch == 1)
    trained = window.report.frame.params.vector
    hand.press(window, Key.Key_R, CTRL)
    hand.until(lambda: window.report.frame.epoch == 0)
    np.testing.assert_array_equal(window.report.frame.params.vector, first)
    hand.press(window, Key.Key_F11)
    hand.until(lambda: window.report.frame.epoch == 1)
    np.testing.assert_array_equal(window.report.frame.params.vector, trained)


def test_a_key_that_is_pressed_quickly_loses_no_step_and_one_that_is_held_down_stops_soon_after_it_is_let_go(hand) -> None:
    window = hand.open()
    for _press in range(20):
        hand.press(window, Key.Key_F10)
    hand.paused(window)
    assert window.report.frame.step == 20
    for _press in range(5):
        hand.press(window, Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    hand.paused(window)
    assert window.report.frame.step == 15
    assert window.keys.heeds(1000)
    QApplication.sendEvent(window, QKeyEvent(QEvent.Type.ShortcutOverride, Key.Key_F10, Qt.KeyboardModifier.NoModifier, "", True))
    assert window.keys.heeds(1) and not window.keys.heeds(1000)


def test_steps_are_one_operation_one_batch_and_one_epoch(hand) -> None:
    window = hand.open()
    hand.press(window, Key.Key_F9)
    hand.until(lambda: not window.report.frame.phase.settled)
    assert window.report.frame.step == 0
    hand.press(window, Key.Key_F10)
    hand.until(lambda: window.report.frame.phase.settled and window.report.frame.step >= 1)
    hand.press(window, Key.Key_F11)
    hand.until(lambda: window.report.frame.epoch == 1)

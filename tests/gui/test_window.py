"""The window itself: problems and faults, themes, docks, and what an edit leaves as it was."""

from __future__ import annotations

import logging
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton

from netviz.document.examples import EXAMPLES
from netviz.document.problems import problems
from netviz.engine.activations import Relu
from netviz.engine.layers import Dense, Flatten, Reshape
from netviz.engine.losses import MeanSquaredError
from netviz.engine.optimizers import SGD
from netviz.gui import actions, app
from netviz.gui.window import Window
from netviz.runtime import Status

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
CIRCLE = EXAMPLES["circle"].experiment
ENDLESS = replace(CIRCLE, epochs=10**6)
DIVERGING = replace(
    EXAMPLES["wave"].experiment, layers=(Dense(8, Relu()), Dense(8, Relu()), Dense(1)), loss=MeanSquaredError(),
    optimizer=SGD(1000.0), epochs=50,
)  # fmt: skip


def train_on(hand, window: Window) -> None:
    hand.press(window, Key.Key_F5)
    hand.until(lambda: window.report.status is Status.RUNNING and window.report.frame.epoch > 2)


# ---------------------------------------------------------------------------------------------- problems and faults


def test_a_divergence_has_a_fix_of_one_click(hand) -> None:
    window = hand.open(DIVERGING)
    hand.press(window, Key.Key_F5)
    hand.until(lambda: window.report.status is Status.FAULT and window.canvas.problem_bar.isVisible())
    assert "infinite" in window.canvas.problem.text() or "NaN" in window.canvas.problem.text()
    hand.click(window.canvas.fix)
    assert window.session.value.optimizer.learning_rate == pytest.approx(100.0)
    hand.until(lambda: not window.canvas.problem_bar.isVisible() and window.report.fault is None)


def test_layers_that_do_not_fit_are_drawn_up_to_the_one_that_the_problem_is_on(hand) -> None:
    window = hand.open("example:digits")
    broken = (Flatten(), Dense(8, Relu()), Reshape((5, 5)), *window.session.value.layers[1:])
    window.edit(replace(window.session.value, layers=broken), "Break it")
    assert len(hand.cards(window)) == len(broken) + 1
    assert [bool(card.property("problem")) for card in hand.cards(window)].index(True) == 3
    window.actions_by_id["undo"].trigger()
    hand.until(lambda: len(hand.cards(window)) == 4 and not window.problems)
    assert not window.canvas.problem_bar.isVisible()


def test_while_it_trains_no_part_of_a_picture_keeps_the_window_from_the_next_and_all_are_of_one_moment(hand, monkeypatch) -> None:
    window = hand.open()
    drawn = []
    for part in (window.canvas, *window.arrangement.visible()):
        monkeypatch.setattr(part, "draw", lambda frame, view, part=part: drawn.append((part, frame)))
    parts, report = [window.canvas, *window.arrangement.visible()], window.report
    window.projector.stop()
    left, counts = window.showing.draw(replace(report, status=Status.RUNNING)), [len(drawn)]
    while left:
        left = window.showing.go_on()
        counts.append(len(drawn))
    assert {part for part, _frame in drawn} == set(parts) and len(drawn) == len(parts) and {id(frame) for _part, frame in drawn} == {id(report.frame)}
    assert counts[0] <= 1 and max(np.diff(counts)) == 1
    drawn.clear()
    assert not window.showing.draw(report) and {part for part, _frame in drawn} == set(parts), "paused, all at once"


def test_what_is_left_of_a_picture_is_not_drawn_over_other_data(hand, monkeypatch) -> None:
    window = hand.open()
    drawn = []
    monkeypatch.setattr(window.showing, "_draw_panel", lambda name, _frame: drawn.append(name))
    window.projector.stop()
    assert window.showing.draw(replace(window.report, status=Status.RUNNING))
    drawn.clear()
    window.edit(replace(window.session.value, optimizer=SGD(0.5)), "Change optimizer")
    while window.showing.go_on():
        pass
    assert drawn, "of the same data all of it is"
    assert window.showing.draw(replace(window.report, status=Status.RUNNING))
    drawn.clear()
    window.edit(EXAMPLES["digits"].experiment, "Choose data")
    assert not window.showing.go_on() and not drawn


def test_a_part_that_cannot_be_drawn_is_told_and_the_others_go_on(hand, monkeypatch, caplog: pytest.LogCaptureFixture) -> None:
    window = hand.open(ENDLESS)
    monkeypatch.setattr(window.canvas, "draw", lambda _frame, _view: 1 // 0)
    train_on(hand, window)
    epoch = window.report.frame.epoch
    hand.until(lambda: window.report.frame.epoch > epoch + 2)
    window.close()
    assert {record.getMessage() for record in caplog.records} == {"drawing network failed"}
    caplog.clear()


def test_what_a_picture_leaves_out_comes_first_in_the_next(hand, monkeypatch) -> None:
    window = hand.open()
    drawn = []
    for name, part in (("network", window.canvas), *((name, window.panels[name]) for name in window.arrangement.seen())):
        monkeypatch.setattr(part, "draw", lambda frame, view, name=name: drawn.append(name))
    report = replace(window.report, status=Status.RUNNING)
    window.projector.stop()
    for _picture in range(4):
        assert window.showing.draw(report)
        window.showing.go_on()
    names = {"network", *window.arrangement.seen()}
    assert set(drawn[: len(names)]) == names and len(drawn) > len(names)


def test_a_dear_picture_is_cut_short_and_a_cheap_one_is_not(hand, monkeypatch) -> None:
    window, now = hand.open(), [0.0]
    projector, report = window.projector, replace(window.report, status=Status.RUNNING)
    projector.stop()
    monkeypatch.setattr("netviz.gui.projector.time", SimpleNamespace(perf_counter=lambda: now[0]))
    for seconds, left in ((0.005, 0), (0.035, 3)):
        parts = [1] * 5

        def one(_report=None, parts=parts, seconds=seconds) -> bool:
            parts.pop()
            now[0] += seconds
            return bool(parts)

        projector._draw = projector._go_on = one
        monkeypatch.setattr(window.trainer, "latest", lambda: report)
        projector.again()
        while projector._painted.isActive():
            projector._painted.stop()
            projector._part_painted()
        assert len(parts) == left
        projector.stop()


def test_one_data_set_after_another_is_chosen_without_a_word_of_failure(hand) -> None:
    window = hand.open()
    for name in ("diabetes", "iris", "digits", "chirps", "sentences", "plane"):
        window.sidebar.gallery.buttons[name].click()
        hand.obeyed(window)
        hand.until(lambda: not window.projector._asking.isActive())
        hand.obeyed(window)
        assert window.report.fault is None, window.report.fault.traceback
        assert window.report.frame.probed and window.notice.text() == "Begins anew."


def test_a_problem_stops_run_with_a_sentence_and_one_click_mends_it(hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: pytest.fail("a message box"))
    window = hand.open(ENDLESS)
    train_on(hand, window)
    broken = replace(window.session.value, layers=(*window.session.value.layers[:-1], Dense(3)))
    window.edit(broken, "Change output")
    (problem, *_more) = problems(broken)
    assert problem.fix is not None
    assert window.canvas.problem.text() == problem.sentence
    assert not window.transport.run.isEnabled()
    hand.paused(window)
    hand.press(window, Key.Key_F5)
    assert not window.training.running
    assert window.notice.text() == problem.sentence
    fix = next(button for button in window.findChildren(QPushButton) if button.text() == problem.fix_title and button.isVisible())
    hand.click(fix)
    assert window.session.value == problem.fix
    assert window.transport.run.isEnabled() and not window.canvas.problem.isVisible()
    train_on(hand, window)


def test_a_divergence_is_said_and_the_last_good_picture_stays_and_an_edit_trains_again(hand) -> None:
    window = hand.open(DIVERGING)
    hand.press(window, Key.Key_F5)
    hand.until(lambda: window.report.status is Status.FAULT)
    assert window.notice.text() == window.report.fault.sentence != ""
    assert not window.training.running
    assert "Run" in window.transport.run.text()
    assert np.isfinite(window.report.frame.params.vector).all()
    window.edit(replace(window.session.value, optimizer=SGD(0.001)), "Change learning rate")
    hand.until(lambda: window.report.status is Status.PAUSED)
    hand.press(window, Key.Key_F5)
    hand.until(lambda: window.report.frame.epoch >= 1 and window.report.status in (Status.RUNNING, Status.PAUSED))
    assert window.report.fault is None


def test_a_document_that_begins_with_a_problem_shows_it_and_can_be_mended(hand) -> None:
    window = hand.open(replace(CIRCLE, layers=()))
    assert window.problems and window.canvas.problem.isVisible()
    hand.click(window.canvas.fix)
    hand.until(lambda: window.report is not None and window.report.frame is not None and not window.problems)
    hand.press(window, Key.Key_F11)
    hand.until(lambda: window.report.frame.epoch == 1)


# ------------------------------------------------------------------------------------------- what an edit leaves as it was


def test_another_learning_rate_does_not_draw_the_network_anew(hand) -> None:
    window = hand.open()
    cards = hand.cards(window)
    window.canvas.view.zoom(1.5)
    zoomed = window.canvas.view.transform()
    window.edit(replace(window.session.value, optimizer=SGD(0.5)), "Change optimizer")
    hand.obeyed(window)
    assert hand.cards(window) == cards
    assert window.canvas.view.transform() == zoomed


def test_an_edit_on_the_canvas_keeps_edits_that_were_made_elsewhere(hand) -> None:
    window = hand.open()
    window.edit(replace(window.session.value, optimizer=SGD(0.5)), "Change optimizer")
    hand.click_on_canvas(window, hand.on_canvas(window, "One unit more")[0])
    hand.until(lambda: window.session.value.layers[0].units == 7)
    assert window.session.value.optimizer == SGD(0.5)


def test_undo_and_redo_name_what_they_would_do(hand) -> None:
    window = hand.open()
    undo, redo = window.actions_by_id["undo"], window.actions_by_id["redo"]
    assert not undo.isEnabled() and not redo.isEnabled()
    window.edit(replace(window.session.value, seed=5), "Change seed")
    assert undo.text() == "Undo: Change seed"
    hand.press(window, Key.Key_Z, CTRL)
    assert redo.text() == "Redo: Change seed" and not undo.isEnabled()


# ---------------------------------------------------------------------------------------------------- docks and themes


def test_what_is_hidden_is_not_asked_about_and_shows_the_newest_frame_as_soon_as_it_is_seen(hand) -> None:
    window = hand.open()
    hand.until(lambda: "prediction" in window.report.frame.probed)
    window.docks["prediction"].hide()
    hand.press(window, Key.Key_F11)
    hand.until(lambda: window.report.frame.epoch == 1 and "prediction" not in window.report.frame.probed)
    window.docks["prediction"].toggleViewAction().trigger()  # from the menu, and to the front
    hand.until(lambda: "prediction" in window.report.frame.probed and window.report.frame.epoch == 1)


def test_a_panel_behind_another_is_drawn_when_it_comes_to_the_front(hand) -> None:
    window = hand.open()
    window.tabifyDockWidget(window.docks["loss"], window.docks["weights"])
    window.arrangement.reveal("loss")
    panel = window.panels["weights"]
    hand.until(lambda: panel not in list(window.arrangement.visible()))
    panel.scale.setText("")
    hand.press(window, Key.Key_F11)
    hand.until(lambda: window.report.frame.epoch == 1)
    assert not panel.scale.text()
    window.arrangement.reveal("weights")
    hand.until(lambda: panel.scale.text())


def test_another_theme_is_worn_in_place_while_it_trains(hand) -> None:
    window = hand.open(ENDLESS)
    train_on(hand, window)
    epoch, value = window.report.frame.epoch, window.session.value
    docks = dict(window.docks)
    window.panels["loss"].log.setChecked(True)
    window.actions_by_id["theme_dark"].trigger()
    assert window.settings.theme == "dark"
    assert window.look.name == "dark" and {panel.theme.name for panel in window.panels.values()} == {"dark"}
    hand.until(lambda: window.report.frame.epoch > epoch)
    assert window.training.running and window.session.value == value
    assert window.docks == docks
    assert window.panels["loss"].log.isChecked()
    window.actions_by_id["theme_light"].trigger()
    assert window.look.name == "light"


def test_the_gallerys_pictures_are_on_the_papers_of_the_theme(hand) -> None:
    window = hand.open()
    seen = []
    for theme in ("theme_light", "theme_dark"):
        window.actions_by_id[theme].trigger()
        icon = window.sidebar.gallery.buttons["circle"].icon()
        seen.append(icon.pixmap(40, 40).toImage().pixelColor(0, 0).lightness())
    assert seen[0] > 200 > 100 > seen[1]


def test_the_arrangement_of_the_panels_is_remembered(hand) -> None:
    window = hand.open()
    window.docks["prediction"].hide()
    window.close()
    again = hand.open()
    assert again.docks["prediction"].isHidden()


def test_closing_before_the_panels_have_come_is_no_fault(hand) -> None:
    window = app.open_window(hand_project(), None, hand.settings)
    window.close()
    hand.until(lambda: not [w for w in (window,) if not w.closed])


def hand_project():
    from netviz.document.projectfile import Project

    return Project(CIRCLE)


# ------------------------------------------------------------------------------------------------------------ commands


def test_every_command_has_an_entry_and_every_key_is_used_once() -> None:
    keys = [key for command in actions.COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))
    listed = dict(actions.shortcut_table())
    assert listed["F5 / Space"] == "Run or pause"
    assert len(listed) == sum(bool(command.keys) for command in actions.COMMANDS)


def test_every_command_does_something_without_a_word_of_complaint(
    hand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from netviz.gui import documents

    monkeypatch.setattr(documents.QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    monkeypatch.setattr(documents.QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    window = hand.open()
    for command in actions.COMMANDS:
        if command.id not in ("close", "new_window"):
            window.actions_by_id[command.id].trigger()
            hand.obeyed(window)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    for dialog in window.findChildren(documents.QWidget, "dialog"):
        dialog.close()


def test_every_control_has_a_name_and_a_tooltip(hand) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QSlider

    window = hand.open()
    nameless = []
    for kind in (QAbstractButton, QComboBox, QLineEdit, QSlider, QAbstractSpinBox):
        for control in window.findChildren(kind):
            inner = control.objectName().startswith("qt_") or isinstance(control.parent(), (QAbstractSpinBox, QComboBox))
            if control.isVisible() and not inner and not (control.toolTip() and (control.accessibleName() or control.text())):
                nameless.append((control, control.toolTip(), control.accessibleName()))
    assert nameless == []


def test_with_every_panel_it_still_fits_a_small_screen(hand) -> None:
    window = hand.open("example:digits")
    for name in window.docks:
        window.arrangement.reveal(name)
    least = window.minimumSizeHint()
    assert least.width() <= 1100 and least.height() <= 700

"""Time travel in the real window: back to the bit, any update by mouse, keys and number, branches kept and saved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from netviz.document.examples import EXAMPLES
from netviz.document.projectfile import open_project
from netviz.engine.frame import Frame, Phase
from netviz.gui.window import Window

SMALL = replace(EXAMPLES["circle"].experiment, epochs=4)
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def where(window: Window) -> tuple[Phase, int, int | None]:
    assert window.report is not None and window.report.frame is not None
    frame = window.report.frame
    return frame.phase, frame.step, frame.layer


def bits(frame: Frame) -> tuple[object, ...]:
    deltas = {layer: delta.tobytes() for layer, delta in frame.batch.deltas.items()} if frame.batch else {}
    return frame.phase, frame.layer, frame.step, frame.params.vector.tobytes(), frame.grads.vector.tobytes(), deltas


def shown(window: Window) -> Frame:
    assert window.report is not None and window.report.frame is not None
    return window.report.frame


@pytest.fixture
def trained(hand) -> Window:
    """A window after three epochs of forty updates."""
    window = hand.open(SMALL)
    window.trainer.play(3)
    hand.paused(window)
    window.canvas.view.setFocus()
    return window


def test_arrows_go_on_and_back_phase_by_phase_and_show_the_same_to_the_bit(hand, trained) -> None:
    seen = [bits(shown(trained))]
    for _phase in range(9):
        hand.press(trained, Qt.Key.Key_Right)
        hand.paused(trained)
        seen.append(bits(shown(trained)))
    assert seen[-1][0] is Phase.FORWARD or seen[-1][2] == 121
    for wanted in seen[-2::-1]:
        hand.press(trained, Qt.Key.Key_Left)
        hand.paused(trained)
        assert bits(shown(trained)) == wanted


def test_keys_go_by_batch_by_epoch_and_to_both_ends(hand, trained) -> None:
    for key, modifier, step in (
        (Qt.Key.Key_Left, SHIFT, 119), (Qt.Key.Key_Left, CONTROL, 80), (Qt.Key.Key_J, Qt.KeyboardModifier.NoModifier, 79),
        (Qt.Key.Key_Right, SHIFT, 80), (Qt.Key.Key_Right, CONTROL, 120), (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, 120),
    ):  # fmt: skip
        hand.press(trained, key, modifier)
        hand.paused(trained)
        assert where(trained)[1] == step
        assert trained.travel.bar.strip.step == step and trained.travel.bar.field.number == step


def test_l_runs_and_k_pauses(hand, trained) -> None:
    hand.press(trained, Qt.Key.Key_L)
    hand.obeyed(trained)
    assert trained.training.running or shown(trained).epoch > 3
    hand.press(trained, Qt.Key.Key_K)
    hand.paused(trained)
    assert not trained.training.running


def test_keys_that_a_field_uses_itself_stay_its_own(hand, trained) -> None:
    trained.travel.go_to_update()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_J, Qt.Key.Key_K):
        hand.press(trained, key)
    hand.obeyed(trained)
    assert where(trained)[1] == 120


def test_dragging_the_timeline_shows_that_update_everywhere(hand, trained) -> None:
    strip = trained.travel.bar.strip
    hand.qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(strip.place(60)), 20))
    hand.qtbot.mouseMove(strip, QPoint(round(strip.place(30)), 20))
    hand.qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(strip.place(30)), 20))
    strip.seek(37)
    hand.paused(trained)
    hand.until(lambda: where(trained)[1] == 37)
    assert trained.transport.numbers["epoch"].value.text() == "0"
    assert np.array_equal(trained.canvas.scene._frame.params.vector, shown(trained).params.vector)
    assert strip.furthest == 120 and "37" in strip.accessibleDescription()


def test_a_typed_update_is_gone_to_and_a_later_one_is_trained_to(hand, trained) -> None:
    for typed in ("17", "131"):
        hand.type(trained.travel.bar.field, typed)
        hand.paused(trained)
        hand.until(lambda typed=typed: where(trained)[1] == int(typed))
    assert trained.travel.bar.strip.furthest == 131


def test_the_caption_tells_each_phase(hand, trained) -> None:
    told = []
    for _phase in range(3):
        hand.press(trained, Qt.Key.Key_Right)
        hand.paused(trained)
        told.append(trained.travel.captions.caption)
    assert [caption.number for caption in told] == [1, 2, 3]
    assert trained.travel.captions.accessibleName().startswith("3/7 Loss")


def test_phases_play_one_after_the_other_at_the_left_of_the_speed(hand, trained) -> None:
    trained.transport.speed.slider.setValue(29)
    seen = set()
    trained.training.run()
    hand.until(lambda: seen.add(where(trained)[0]) or {Phase.FORWARD, Phase.LOSS} <= seen)
    trained.training.pause()
    hand.paused(trained)
    assert not trained.training.running


def test_an_edit_in_the_past_is_a_branch_and_a_saved_project_has_all_of_them(hand, trained, saves_to, tmp_path) -> None:
    bar = trained.travel.bar
    trained.travel.seek(50)
    hand.paused(trained)
    rate = replace(trained.session.value.optimizer, learning_rate=0.1)
    trained.edit(replace(trained.session.value, optimizer=rate), "Learning rate")
    trained.trainer.play(1)
    hand.paused(trained)
    assert [(way.name, way.begin) for way in bar.ways] == [("First way", 50), ("Branch 1", 0)]
    assert bar.way.isVisible() and bar.way.text() == "Branch 1"
    saves_to(tmp_path / "ways.netviz", "")
    assert trained.files.save_as()
    project = open_project(tmp_path / "ways.netviz")
    assert [branch.name for branch in project.branches] == ["First way"] and project.name == "Branch 1"
    again = hand.open(project)
    assert [way.name for way in again.travel.bar.ways] == ["First way", "Branch 1"]


def test_going_to_another_way_brings_its_document_back(hand, trained) -> None:
    before = trained.session.value
    trained.travel.seek(50)
    hand.paused(trained)
    trained.edit(replace(before, optimizer=replace(before.optimizer, learning_rate=0.1)), "Learning rate")
    trained.trainer.play(1)
    hand.paused(trained)
    trained.travel.go_to_way(0)
    hand.paused(trained)
    hand.until(lambda: trained.session.value == before)
    assert where(trained)[1] == 120 and trained.report.run.experiment == before


@pytest.fixture
def branched(hand, trained) -> Window:
    """The same window, taken another way after fifty updates."""
    trained.travel.seek(50)
    hand.paused(trained)
    rate = replace(trained.session.value.optimizer, learning_rate=0.1)
    trained.edit(replace(trained.session.value, optimizer=rate), "Learning rate")
    trained.trainer.play(1)
    hand.paused(trained)
    trained.arrangement.reveal("branches")
    hand.until(lambda: trained.panels["branches"].lines)
    return trained


def test_branches_stand_beside_each_other_with_what_differs(hand, branched) -> None:
    panel = branched.panels["branches"]
    here, other = panel.lines
    assert (here.name, other.name, other.begin, other.updates) == ("Branch 1", "First way", "update 50", 120)
    assert other.differs == "optimizer.learning_rate 0.03 (here 0.1)"
    assert panel.table.item(1, 6).text() == other.differs and panel.go.isEnabled()
    curves = branched.panels["loss"]
    assert len(curves._others[0].getData()[0]) == 3


def test_an_edit_after_branching_is_what_differs(hand, trained) -> None:
    trained.travel.seek(50)
    hand.paused(trained)
    trained.travel.branch_here()
    hand.paused(trained)
    trained.arrangement.reveal("branches")
    hand.until(lambda: trained.panels["branches"].lines)
    rate = replace(trained.session.value.optimizer, learning_rate=0.1)
    trained.edit(replace(trained.session.value, optimizer=rate), "Learning rate")
    trained.trainer.play(1)
    hand.paused(trained)
    hand.until(lambda: trained.panels["branches"].lines[1].differs == "optimizer.learning_rate 0.03 (here 0.1)")


def test_a_branch_is_renamed_gone_to_and_deleted_in_the_panel(hand, branched, monkeypatch) -> None:
    panel = branched.panels["branches"]
    panel.table.item(1, 0).setText("Slow and steady")
    panel.table.item(0, 0).setText("Fast")
    hand.until(lambda: [line.name for line in panel.lines] == ["Fast", "Slow and steady"])
    panel.table.selectRow(1)
    panel.go.click()
    hand.until(lambda: [line.name for line in panel.lines] == ["Slow and steady", "Fast"])
    assert branched.session.value == SMALL
    from netviz.gui.panels import branches

    monkeypatch.setattr(branches.QMessageBox, "question", lambda *_args: branches.QMessageBox.StandardButton.Yes)
    panel.table.selectRow(1)
    panel.delete.click()
    hand.until(lambda: not branched.report.branches)
    hand.until(lambda: panel.lesson.isVisible() and not panel.table.isVisible())
    assert len(branched.travel.bar.ways) == 1


def test_a_reset_drops_no_way_that_is_compared(hand, branched) -> None:
    updates = branched.report.furthest.step
    hand.press(branched, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    hand.paused(branched)
    hand.until(lambda: [(way.name, way.end) for way in branched.travel.bar.ways] == [("First way", 120), ("Branch 1", updates), ("Branch 2", 0)])
    assert where(branched)[1] == 0 and "Branch 1" in branched.notice.text()


def test_branch_here_keeps_a_copy_of_the_moment(hand, trained) -> None:
    trained.travel.branch_here()
    hand.paused(trained)
    hand.until(lambda: len(trained.travel.bar.ways) == 2)
    assert trained.travel.bar.ways[0].end == 120

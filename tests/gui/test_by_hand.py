"""A weight typed over the drawing is an edit that can be undone; rows are chosen by number, picture and point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from netviz.document.examples import EXAMPLES
from netviz.engine.surgery import SetWeight
from netviz.gui.byhand import weight_at
from netviz.gui.canvas.readout import Spot
from netviz.gui.window import Window

SMALL = replace(EXAMPLES["circle"].experiment, epochs=4)


@pytest.fixture
def trained(hand) -> Window:
    window = hand.open(SMALL)
    window.trainer.play(1)
    hand.paused(window)
    return window


def params(window: Window) -> object:
    return window.report.frame.params


def typed(hand, window: Window, spot: Spot, text: str) -> None:
    window.canvas.scene.edit_wanted.emit(spot, QPoint(40, 40))
    hand.type(window.by_hand.field, text)
    hand.paused(window)


@pytest.mark.parametrize("spot, path, index", [
    (Spot(0, 3, source=1), "kernel", (1, 3)), (Spot(0, 2), "bias", (2,)), (Spot(1, 0), "bias", (0,)),
])  # fmt: skip
def test_a_number_typed_over_a_link_or_unit_is_the_weight_from_now_on(hand, trained, spot, path, index) -> None:
    before = float(params(trained)[spot.layer][path][index])
    typed(hand, trained, spot, "0,75")
    hand.until(lambda: params(trained)[spot.layer][path][index] == 0.75)
    assert trained.session.value.surgery == (SetWeight(spot.layer, path, index, 0.75, trained.report.frame.step),)
    assert "0.75" in trained.session.undo_text
    trained.files.undo()
    hand.until(lambda: float(params(trained)[spot.layer][path][index]) == before)
    assert trained.session.value.surgery == ()


def test_training_goes_on_with_it_and_the_past_is_kept_as_a_branch(hand, trained) -> None:
    trained.travel.seek(11)
    hand.paused(trained)
    typed(hand, trained, Spot(0, 0, source=0), "2")
    hand.until(lambda: params(trained)[0]["kernel"][0, 0] == 2)
    assert [way.name for way in trained.travel.bar.ways] == ["First way", "Branch 1"]
    trained.training.step_batch()
    hand.paused(trained)
    assert trained.report.frame.step == 12


def test_a_weight_can_be_set_before_the_first_update_and_within_one(hand, trained) -> None:
    trained.travel.seek(0)
    hand.paused(trained)
    typed(hand, trained, Spot(0, 0, source=0), "1.5")
    hand.until(lambda: params(trained)[0]["kernel"][0, 0] == 1.5)
    trained.training.step_phase()
    hand.paused(trained)
    typed(hand, trained, Spot(0, 1, source=0), "-1")
    hand.until(lambda: params(trained)[0]["kernel"][0, 1] == -1)


def test_a_double_click_opens_the_field_there_and_escape_leaves_all_as_it_was(hand, trained) -> None:
    view, scene = trained.canvas.view, trained.canvas.scene
    tile = scene._units[0]._rects[2].center()
    hand.qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(tile))
    field = trained.by_hand.field
    assert field is not None and field.hasFocus() and "bias" in field.accessibleName()
    assert float(field.text()) == pytest.approx(float(params(trained)[0]["bias"][2]), rel=1e-6)
    hand.qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert trained.session.value == SMALL


def test_what_has_no_weight_cannot_be_set(hand, trained) -> None:
    diagram = trained.canvas.scene.diagram
    assert weight_at(Spot(-1, 0), trained.network, diagram) is None
    assert weight_at(Spot(0, 1), None, diagram) is None


def test_the_row_is_typed_stepped_or_chosen_by_its_picture(hand, trained) -> None:
    rows = trained.canvas.rows
    hand.type(rows.field, "17")
    assert (rows.row, trained.showing.view.sample) == (16, 16)
    hand.click(rows.on)
    assert rows.row == 17
    rows._offer()
    action = rows.pictures.menu().actions()[4]
    assert not action.icon().isNull() and action.text().startswith("row 5")
    action.trigger()
    assert trained.showing.view.sample == 4


def test_within_an_update_the_arrows_go_through_its_batch(hand, trained) -> None:
    trained.training.step_phase()
    hand.paused(trained)
    batch, rows = trained.report.frame.batch, trained.canvas.rows
    hand.until(lambda: rows.row == batch.rows[0])
    hand.click(rows.on)
    hand.obeyed(trained)
    hand.until(lambda: trained.canvas.scene.light.row == batch.rows[1])
    assert "2 of 10" in rows.told.toolTip()
    assert np.array_equal(trained.canvas.scene.light.values[-1], batch.x[1])


def test_a_click_on_a_point_of_the_picture_chooses_its_row(hand, trained) -> None:
    view, units = trained.canvas.view, trained.canvas.scene._units[1]
    rect, points = units._rects[0], units._points[0]
    alone = int(np.abs(points - 0.5).sum(1).argmax())
    spot = rect.topLeft() + QPoint(0, 0) + (rect.bottomRight() - rect.topLeft()) * 0
    spot.setX(rect.left() + points[alone, 0] * rect.width())
    spot.setY(rect.top() + points[alone, 1] * rect.height())
    hand.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(spot))
    assert trained.canvas.rows.row == alone
    panel = trained.panels["prediction"]
    panel._pick(None, [panel._points.points()[9]])
    assert trained.canvas.rows.row == 9
    hand.until(lambda: len(panel._ring.data) == 1)

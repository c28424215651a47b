"""Clicking a link, a unit or a bias opens its mathematics; terms open what they came from, and light each other up."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication

from netviz.gui.canvas.readout import Spot
from netviz.gui.panels.equations import EquationCard
from netviz.gui.panels.microscope import MicroscopePanel
from netviz.gui.theme import DARK
from netviz.gui.window import Window
from netviz.pictures.microscope import Item


@pytest.fixture
def window(hand: Any) -> Window:
    """A window that has made one update."""
    found: Window = hand.open("example:circle")
    hand.qtbot.keyClick(found, Qt.Key.Key_F10)
    hand.until(lambda: found.report is not None and found.report.frame is not None and found.report.frame.step == 1)
    hand.paused(found)
    found.arrangement.reveal("microscope")
    hand.until(lambda: microscope(found)._frame is not None)
    return found


def microscope(window: Window) -> MicroscopePanel:
    panel = window.panels["microscope"]
    assert isinstance(panel, MicroscopePanel)
    return panel


def click_link(hand: Any, window: Window, spot: Spot) -> None:
    """The left button on a link of the drawing."""
    view, scene = window.canvas.view, window.canvas.scene
    rect = scene.sceneRect()
    for x in range(int(rect.left()), int(rect.right()), 3):
        for y in range(int(rect.top()), int(rect.bottom()), 3):
            point = view.mapFromScene(QPointF(x, y))
            if scene.spot_at(view.mapToScene(point)) == spot:
                hand.qtbot.mouseMove(view.viewport(), point)
                hand.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
                return
    raise AssertionError("the link is nowhere")


def cards(window: Window) -> list[EquationCard]:
    return [card for card in microscope(window).findChildren(EquationCard) if card.isVisibleTo(microscope(window))]


def click_term(hand: Any, card: EquationCard, number: int = 0) -> None:
    """The left button on a term's row."""
    card.grab()  # painted, so that the rows have their places
    rows = [place for place in card._places if place.opens is not None]
    hand.qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=rows[number].rect.center().toPoint())


def test_three_clicks_lead_from_a_link_to_why_it_changes(hand: Any, window: Window) -> None:
    click_link(hand, window, Spot(0, 2, 1))
    click_term(hand, cards(window)[0])
    click_term(hand, cards(window)[1])
    kinds = [item.kind for item in microscope(window).path]
    assert kinds == ["weight", "weight", "delta"]
    first, share, delta = microscope(window).equations()
    frame = window.report.frame  # type: ignore[union-attr]
    item = microscope(window).path[0]
    assert item.layer == 0 and first.value == frame.grads[0]["kernel"][item.index]
    assert share.value == pytest.approx(first.terms[0].value, rel=1e-5) and delta.row == share.row
    assert sum(term.value for term in first.terms) == pytest.approx(first.value, rel=1e-5)


def test_a_unit_and_a_bias_are_explained_too(hand: Any, window: Window) -> None:
    window.canvas.scene.select(Spot(0, 3))
    assert microscope(window).path[0].kind == "unit"
    microscope(window).pick(Item("weight", 0, "bias", (3,)))
    assert microscope(window).equations()[0].value == window.report.frame.grads[0]["bias"][3]  # type: ignore[union-attr]


def test_a_click_on_the_small_square_of_a_unit_opens_its_bias(hand: Any, window: Window) -> None:
    spot = Spot(0, 3, path=(0, "bias"))
    click_link(hand, window, spot)
    (equation,) = microscope(window).equations()
    frame = window.report.frame  # type: ignore[union-attr]
    assert equation.item == Item("weight", 0, "bias", (3,)) and equation.value == frame.grads[0]["bias"][3]
    assert window.canvas.scene.words(spot).startswith("dense bias[4]:   b")
    assert window.canvas.scene._units[0].selected == 3
    menu = window.operating.menu_of_weight(spot, window.network)  # type: ignore[arg-type]
    assert menu is not None and "Hold the bias at 0" in [action.text() for action in menu.actions()]
    menu.deleteLater()
    weight = Item("weight", 0, "bias", (3,))
    assert window.panels["anatomy"].item == weight  # type: ignore[attr-defined]


def test_what_is_pointed_at_in_one_place_is_lit_in_the_other(hand: Any, window: Window) -> None:
    window.canvas.scene.select(Spot(1, 0, 4))
    lit: list[Item | None] = []
    microscope(window).lit.connect(lit.append)
    microscope(window).single.click()
    card = cards(window)[0]
    card.grab()
    place = next(p for p in card._places if p.item is not None and p.item.kind == "unit")
    none, at = Qt.MouseButton.NoButton, place.rect.center()
    QApplication.sendEvent(
        card, QMouseEvent(QEvent.Type.MouseMove, at, card.mapToGlobal(at), none, none, Qt.KeyboardModifier.NoModifier)
    )
    assert lit[-1] is not None and lit[-1].kind == "unit" and lit[-1].index == (4,)
    assert window.canvas.scene._units[0].hovered == 4
    window.canvas.scene.hovered.emit(Spot(0, 4))
    assert card._shown_item is not None and card._shown_item.index == (4,)


def test_numbers_keep_changing_while_it_trains(hand: Any, window: Window) -> None:
    window.canvas.scene.select(Spot(0, 2, 1))
    before = microscope(window).equations()[0].value
    hand.qtbot.keyClick(window, Qt.Key.Key_F10)
    hand.until(lambda: window.report.frame.step == 2)  # type: ignore[union-attr]
    hand.until(lambda: microscope(window).equations()[0].value != before)


def test_a_row_is_chosen_and_everything_is_of_it(hand: Any, window: Window) -> None:
    window.canvas.scene.select(Spot(0, 2, 1))
    panel = microscope(window)
    panel.single.click()
    panel.row.setValue(4)
    assert panel.path[0].row == 3 and panel.equations()[0].row == 3
    batch = window.report.frame.batch  # type: ignore[union-attr]
    assert batch is not None and f"{int(batch.rows[3]) + 1:,}" in panel.which.text()


def test_the_row_of_the_network_and_that_of_the_microscope_are_one(hand: Any, window: Window) -> None:
    window.canvas.scene.select(Spot(0, 2, 1))
    panel, rows = microscope(window), window.report.frame.batch.rows  # type: ignore[union-attr]
    panel.single.click()
    click_term(hand, cards(window)[0])
    opened = [item.kind for item in panel.path]
    hand.type(window.canvas.rows.field, str(rows[6] + 1))
    hand.until(lambda: [item.row for item in panel.path] == [6, 6])
    assert [item.kind for item in panel.path] == opened
    panel.row.setValue(3)
    assert window.showing.view.sample == window.canvas.rows.row == rows[2]
    hand.obeyed(window)
    assert [item.row for item in panel.path] == [2, 2]


def test_a_row_that_is_not_in_the_batch_is_said_to_be_missing(hand: Any, window: Window) -> None:
    window.canvas.scene.select(Spot(0, 2, 1))
    panel, rows = microscope(window), window.report.frame.batch.rows  # type: ignore[union-attr]
    window.canvas.rows.choose(next(row for row in range(100) if row not in rows))
    hand.until(lambda: "not in this batch" in panel.which.text())
    assert panel.row.value() == 1
    window.canvas.rows.choose(int(rows[4]))
    hand.until(lambda: panel.row.value() == 5)
    assert "not in this batch" not in panel.which.text()


def test_a_sum_over_the_batch_stays_open_when_another_row_is_chosen(hand: Any, window: Window) -> None:
    window.canvas.scene.select(Spot(0, 2, 1))
    panel = microscope(window)
    click_term(hand, cards(window)[0])
    path = list(panel.path)
    panel.row.setValue(8)
    hand.obeyed(window)
    assert panel.path == path and panel.path[0].row is None


def test_what_is_shown_can_be_copied_and_survives_another_theme(hand: Any, window: Window) -> None:
    window.canvas.scene.select(Spot(0, 2, 1))
    microscope(window).copy.menu().actions()[1].trigger()
    assert "\\frac{\\partial L}" in QGuiApplication.clipboard().text()
    path = microscope(window).path
    window.wear(DARK)
    assert microscope(window).path == path and microscope(window).theme is DARK
    window.canvas.scene.select(Spot(1, 0, 1))
    assert microscope(window).path != path


def test_the_keyboard_opens_terms(hand: Any, window: Window) -> None:
    window.canvas.scene.select(Spot(0, 2, 1))
    card = cards(window)[0]
    card.setFocus()
    hand.qtbot.keyClick(card, Qt.Key.Key_Down)
    hand.qtbot.keyClick(card, Qt.Key.Key_Return)
    assert len(microscope(window).path) == 2


def test_before_anything_is_computed_it_says_what_to_do(hand: Any) -> None:
    window = hand.open("example:circle")
    window.canvas.scene.select(Spot(0, 2, 1))
    assert "F10" in microscope(window).hint.text() and microscope(window).hint.isVisibleTo(microscope(window))

"""The badge and the switches that break backpropagation; surgery by the mouse, its marks, and what it costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QToolButton

from netviz.document.examples import EXAMPLES
from netviz.document.operations import alter
from netviz.document.view import View
from netviz.engine.activations import LeakyRelu
from netviz.engine.surgery import Alter, Freeze, SetWeight
from netviz.gui.canvas.readout import Spot
from netviz.gui.operating import Ask
from netviz.gui.panels.surgery import SurgeryPanel
from netviz.gui.panels.trust import TrustPanel
from netviz.gui.theme import LIGHT
from netviz.gui.window import Window
from netviz.pictures.ablation import Ablate, Ablation

LEFT = Qt.MouseButton.LeftButton
CIRCLE = EXAMPLES["circle"].experiment


@pytest.fixture
def window(hand: Any) -> Window:
    """A window that has made one update."""
    found: Window = hand.open("example:circle")
    step(hand, found)
    return found


def step(hand: Any, window: Window) -> None:
    hand.activate(window)
    hand.obeyed(window)
    hand.paused(window)
    before = window.report.frame.step  # type: ignore[union-attr]
    hand.qtbot.keyClick(window, Qt.Key.Key_F10)
    hand.until(lambda: window.report.frame.step == before + 1)  # type: ignore[union-attr]
    hand.paused(window)


def point_of(window: Window, spot: Spot) -> Any:
    """Where on the view a spot is."""
    view, scene = window.canvas.view, window.canvas.scene
    rect = scene.sceneRect()
    for x in range(int(rect.left()), int(rect.right()), 3):
        for y in range(int(rect.top()), int(rect.bottom()), 3):
            point = view.mapFromScene(QPointF(x, y))
            if scene.spot_at(view.mapToScene(point)) == spot:
                return point
    raise AssertionError("the spot is nowhere")


def right_click(hand: Any, window: Window, spot: Spot) -> QMenu:
    view, point = window.canvas.view, point_of(window, spot)
    at = view.viewport().mapToGlobal(point)
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, at))
    menu = window.operating.menu
    assert menu is not None and menu.isVisible()
    return menu


def choose(menu: QMenu, title: str) -> None:
    action = next(action for action in menu.actions() if action.text() == title)
    menu.close()
    action.trigger()


# -------------------------------------------------------------------------------------------------------- trust


def test_the_badge_says_that_gradients_are_right_and_a_click_lists_them(hand: Any, window: Window) -> None:
    badge = window.trusting.badge
    hand.until(lambda: badge.known.checked > 0)
    assert badge.known.right and "right" in badge.words()
    hand.click(badge)
    panel: Any = window.panels["trust"]
    hand.until(lambda: panel in set(window.arrangement.visible()))
    assert panel.entries.rowCount() == len(window.trusting.known.entries) > 0
    assert "right" in panel.verdict.text() and panel.entries.data(panel.entries.index(0, 0)).startswith("dense")
    badge.grab()


def test_a_mistake_turns_the_badge_and_undo_turns_it_back(hand: Any, window: Window) -> None:
    window.arrangement.reveal("trust")
    panel: Any = window.panels["trust"]
    assert isinstance(panel, TrustPanel)
    hand.until(lambda: panel in set(window.arrangement.visible()))
    panel.switches["sign"].click()
    assert window.session.value.mistakes == ("sign",) and window.session.undo_text == "Break backpropagation"
    hand.until(lambda: window.trusting.known.checked > 0)
    assert not window.trusting.known.right and "WRONG" in window.trusting.badge.words()
    assert "wrong" in panel.verdict.text() and panel.switches["sign"].isChecked()
    window.trusting.badge.grab()
    window.session.undo()
    assert not window.session.value.mistakes and not panel.switches["sign"].isChecked()
    hand.until(lambda: window.trusting.known.checked > 0)
    assert window.trusting.known.right


def test_a_mistake_that_changes_nothing_here_cannot_be_switched_on_and_says_why(hand: Any, window: Window) -> None:
    panel: Any = window.panels["trust"]
    slope = panel.switches["slope"]
    assert not slope.isEnabled() and "leaky ReLU" in slope.toolTip().splitlines()[-1]
    assert "transpose" in panel.switches["transpose"].toolTip().splitlines()[-1]  # of the only output's one column
    assert {name for name, box in panel.switches.items() if not box.isEnabled()} == {"slope", "transpose"}
    value = window.session.value
    window.edit(replace(value, layers=(replace(value.layers[0], activation=LeakyRelu()), *value.layers[1:])), "Leaky ReLU")
    hand.until(slope.isEnabled)
    assert "leaky ReLU has weights" not in slope.toolTip()


def test_what_is_known_grows_while_it_is_stepped_and_a_row_opens_the_microscope(hand: Any, window: Window) -> None:
    window.arrangement.reveal("trust")
    hand.until(lambda: window.trusting.known.checked > 0)
    before = window.trusting.known.checked
    for _time in range(40):
        step(hand, window)
        if window.trusting.known.checked > before:
            break
    assert window.trusting.known.checked > before
    panel: Any = window.panels["trust"]
    panel.table.clicked.emit(panel.entries.index(0, 0))
    assert window.panels["microscope"].path[0].kind == "weight"  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------------ surgery


def test_a_unit_is_muted_from_its_menu_marked_and_the_loss_moves(hand: Any, window: Window) -> None:
    window.arrangement.reveal("surgery")
    choose(right_click(hand, window, Spot(0, 2)), "Mute the unit")
    assert window.session.value.surgery == (Alter(0, 2, 0.0, 0.0),) and window.session.undo_text == "Mute the unit"
    marks = window.operating.marks
    assert marks is not None and len(marks.crosses) == 1 and marks.told().startswith("1 muted")
    step(hand, window)
    panel: Any = window.panels["surgery"]
    hand.until(lambda: "without surgery" in panel.loss.text())
    assert panel.bars.muted == {2} and panel.bars.worth[2] == pytest.approx(0, abs=1e-9)
    window.session.undo()
    assert window.operating.marks is None


def test_a_link_is_set_cut_and_frozen(hand: Any, window: Window) -> None:
    choose(right_click(hand, window, Spot(0, 1, 0)), "Freeze the weight")
    assert window.session.value.surgery == (Freeze(0, "kernel", (0, 1)),)
    assert window.operating.marks is not None and len(window.operating.marks.locks) == 1
    before = window.report.frame.params[0]["kernel"][0, 1]  # type: ignore[union-attr]
    step(hand, window)
    assert window.report.frame.params[0]["kernel"][0, 1] == before  # type: ignore[union-attr]
    choose(right_click(hand, window, Spot(0, 1, 0)), "Freeze the weight")
    assert not window.session.value.surgery
    choose(right_click(hand, window, Spot(0, 1, 0)), "Cut the link")
    hand.until(lambda: window.session.value.surgery)
    assert window.session.value.surgery == (SetWeight(0, "kernel", (0, 1), 0.0, 2), Freeze(0, "kernel", (0, 1)))
    hand.until(lambda: window.report.frame.params[0]["kernel"][0, 1] == 0)  # type: ignore[union-attr]
    step(hand, window)
    assert window.report.frame.params[0]["kernel"][0, 1] == 0  # type: ignore[union-attr]


def test_a_link_is_cut_in_the_middle_of_an_update_too(hand: Any, window: Window) -> None:
    window.training.step_phase()
    hand.until(lambda: not window.report.frame.phase.settled)  # type: ignore[union-attr]
    choose(right_click(hand, window, Spot(0, 1, 0)), "Cut the link")
    hand.until(lambda: window.report.frame.params[0]["kernel"][0, 1] == 0)  # type: ignore[union-attr]


def test_a_link_is_cut_while_it_trains_and_training_waits(hand: Any, window: Window) -> None:
    window.trainer.pace(200)
    window.training.run()
    hand.until(lambda: window.report.frame.step > 20)  # type: ignore[union-attr]
    menu = window.operating.menu_of_weight(Spot(0, 1, 0), window.network)
    assert menu is not None
    choose(menu, "Cut the link")
    hand.until(lambda: window.report.frame.params[0]["kernel"][0, 1] == 0)  # type: ignore[union-attr]
    assert window.trainer.latest().branches == () and not window.training.running
    menu.deleteLater()


def test_a_layer_is_perturbed_by_numbers_that_are_typed(hand: Any, window: Window) -> None:
    menu = window.operating.menu_of_layer(0)
    next(action for action in menu.actions() if action.text() == "Perturb the layer…").trigger()
    dialog = window.findChildren(Ask)[0]
    for field, text in zip(dialog.fields, ("0,5", "0.25"), strict=True):
        field.setFocus()
        hand.qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        hand.qtbot.keyClicks(field, text)
    hand.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.session.value.surgery == (Alter(0, None, 0.5, 0.25),)
    marks = window.operating.marks
    assert marks is not None and [words for _rect, words in marks.words] == ["0.5·a +0.25"]
    window.canvas.view.grab()
    menu.deleteLater()


def test_a_card_has_the_menu_of_its_layer(hand: Any, window: Window) -> None:
    card = hand.cards(window)[1]
    row = window.canvas.cards
    at = card.mapTo(row, card.rect().center())
    QApplication.sendEvent(row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, row.mapToGlobal(at)))
    menu = window.operating.menu
    assert menu is not None
    choose(menu, "Freeze the layer's weights")
    assert window.session.value.surgery == (Freeze(0),)


def test_the_output_cannot_be_muted_but_held(window: Window) -> None:
    assert window.network is not None
    menu = window.operating.menu_of_unit(Spot(1, 0), window.network)
    titles = [action.text() for action in menu.actions()]
    assert "Mute the unit" not in titles and "Freeze the unit's weights" in titles
    menu.deleteLater()


# ------------------------------------------------------------------------------------------- a panel by itself


def test_bars_are_ablations_and_a_click_on_one_mutes_the_unit(qtbot: Any, record: Any) -> None:
    panel = SurgeryPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.resize(330, 400)
    muted = alter(CIRCLE, 0, 1, 0.0, 0.0)
    panel.show_experiment(muted, muted.samples())
    frame = record(muted, 2, {"ablation": Ablate(0, muted.surgery)})
    panel.draw(frame, View())
    panel.show()
    found: Ablation = frame.probed["ablation"]
    np.testing.assert_array_equal(panel.bars.worth, found.worth)
    assert panel.bars.muted == {1}
    edits: list[Any] = []
    panel.edited.connect(lambda value, text: edits.append((value, text)))
    for unit in (1, 3):
        area = panel.bars._area()
        at = QPointF(area.left() + (unit + 0.5) * area.width() / 6, area.center().y()).toPoint()
        qtbot.mouseMove(panel.bars, at)
        qtbot.mouseClick(panel.bars, LEFT, pos=at)
    assert edits[0] == (CIRCLE, "Let the unit speak")
    assert edits[1][0].surgery == (*muted.surgery, Alter(0, 3, 0.0, 0.0))
    (button,) = [b for b in panel.findChildren(QToolButton) if b.accessibleName().startswith("Take back")]
    button.click()
    assert edits[2] == (CIRCLE, "Take surgery back")
    panel.grab()

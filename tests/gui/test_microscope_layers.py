"""Every number of every kind of layer is three clicks away, and what is pointed at in one place is lit in the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu

from netviz.datasets import Arrays, Preprocessing
from netviz.document.examples import EXAMPLES
from netviz.document.view import View
from netviz.engine.activations import Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import (
    GRU,
    BatchNormalization,
    Conv1D,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Layer,
    MaxPooling1D,
    MultiHeadAttention,
    Residual,
)
from netviz.engine.losses import MeanSquaredError
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.gui.canvas.readout import Spot
from netviz.gui.panels import AnatomyPanel, MicroscopePanel, WorthPanel
from netviz.gui.panels.equations import EquationCard
from netviz.gui.panels.numerals import shown
from netviz.gui.theme import LIGHT
from netviz.gui.window import Window
from netviz.pictures.microscope import Item

DRAW = np.random.default_rng(0)
SEQUENCES = DRAW.normal(size=(30, 6, 3))
TOKENS = DRAW.integers(0, 7, (30, 6)).astype(float)
TARGETS = DRAW.normal(size=(30, 2))
PLAIN = Preprocessing(0.0, standardize="off", standardize_targets=False)
LAYERS = (Conv1D(4, 3, activation=Tanh()), BatchNormalization(), GRU(3), Dense(2))
LEFT = Qt.MouseButton.LeftButton


def experiment(*layers: Layer, x: np.ndarray = SEQUENCES) -> Experiment:
    data = Arrays(x, TARGETS, "regression", validation_rows=0)
    return Experiment(data, layers, MeanSquaredError(), metrics=(), batch_size=12, preprocessing=PLAIN)


@pytest.fixture
def window(hand: Any) -> Window:
    """A window that has made one update of a network with several kinds of layers."""
    found: Window = hand.open(experiment(*LAYERS))
    hand.qtbot.keyClick(found, Qt.Key.Key_F10)
    hand.until(lambda: found.report is not None and found.report.frame is not None and found.report.frame.step == 1)
    hand.paused(found)
    return found


def microscope(window: Window) -> MicroscopePanel:
    panel = window.panels["microscope"]
    assert isinstance(panel, MicroscopePanel)
    return panel


def open_numbers(hand: Any, window: Window, layer: int, array: str = "kernel") -> None:
    """Two clicks: on the layer's card, and on an array in its menu, which unfolds under the mouse."""
    hand.click_on_canvas(window, hand.cards(window)[layer + 1])
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    row = next(action for action in menu.actions() if "microscope" in action.text())
    menu.setActiveAction(row)
    arrays = row.menu()
    assert isinstance(arrays, QMenu)
    arrays.popup(menu.mapToGlobal(menu.actionGeometry(row).topRight()))
    action = next(action for action in arrays.actions() if action.text().split()[0] == array)
    hand.qtbot.mouseClick(arrays, LEFT, pos=arrays.actionGeometry(action).center())
    menu.close()
    hand.until(lambda: microscope(window).arrays.isVisible())
    hand.until(lambda: microscope(window)._frame is window.report.frame and microscope(window).arrays.listed)  # type: ignore[union-attr]


def click_cell(hand: Any, window: Window, row: int, column: int) -> None:
    table = microscope(window).arrays.table
    table.scrollTo(table.model().index(row, column))
    hand.qtbot.mouseClick(table.viewport(), LEFT, pos=table.visualRect(table.model().index(row, column)).center())


def cards(panel: MicroscopePanel) -> list[EquationCard]:
    return [card for card in panel.findChildren(EquationCard) if card.isVisibleTo(panel)]


def click_term(hand: Any, card: EquationCard, number: int = 0) -> None:
    card.grab()  # painted, so that the rows have their places
    rows = [place for place in card._places if place.opens is not None]
    hand.qtbot.mouseClick(card, LEFT, pos=rows[number].rect.center().toPoint())


def point(card: EquationCard, kind: str) -> Item:
    """The mouse on the first factor of a kind."""
    card.grab()
    place = next(p for p in card._places if p.item is not None and p.item.kind == kind and p.opens is None)
    none, at = Qt.MouseButton.NoButton, place.rect.center()
    event = QMouseEvent(QEvent.Type.MouseMove, at, card.mapToGlobal(at), none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(card, event)
    assert place.item is not None
    return place.item


@pytest.mark.parametrize(("layer", "cell", "item"), [
    (0, (4, 2), Item("weight", 0, "kernel", (1, 1, 2))),
    (1, (0, 3), Item("weight", 1, "beta", (3,))),
    (2, (1, 7), Item("weight", 2, "recurrent_kernel", (1, 7))),
    (2, (1, 4), Item("weight", 2, "bias", (1, 4))),
    (3, (2, 1), Item("weight", 3, "kernel", (2, 1))),
])  # fmt: skip
def test_three_clicks_lead_to_any_weight_of_any_layer(
    hand: Any, window: Window, layer: int, cell: tuple[int, int], item: Item
) -> None:
    open_numbers(hand, window, layer, item.name)
    click_cell(hand, window, *cell)
    panel, frame = microscope(window), window.report.frame  # type: ignore[union-attr]
    assert panel.path == [item] and frame is not None
    gradient = float(frame.grads[layer][item.name][item.index])
    (equation,) = panel.equations()
    assert equation.value == gradient and cards(panel)[0].equation == equation
    assert equation.total == pytest.approx(gradient, rel=1e-4, abs=1e-8)
    assert panel.arrays.cells.mark == cell
    for name, kind in (("anatomy", AnatomyPanel), ("worth", WorthPanel)):
        other = window.panels[name]
        assert isinstance(other, kind) and other.item == item


def test_a_kernels_entry_is_told_by_place_and_lights_the_drawing_both_ways(hand: Any, window: Window) -> None:
    open_numbers(hand, window, 0)
    click_cell(hand, window, 4, 2)
    panel, scene = microscope(window), window.canvas.scene
    assert scene._bands[0].selected == ((0, "kernel"), 1 * 12 + 1 * 4 + 2)  # marked in the drawing as if picked there
    click_term(hand, cards(panel)[0])
    share = panel.equations()[1]
    batch = window.report.frame.batch  # type: ignore[union-attr]
    assert batch is not None and share.row is not None and cards(panel)[1].of == f"row {int(batch.rows[share.row]) + 1}"
    assert len(share.terms) == 4 and share.value == pytest.approx(panel.equations()[0].terms[0].value, rel=1e-5)
    delta = point(cards(panel)[1], "delta")
    assert scene._units[0].hovered == int(np.ravel_multi_index(delta.index, (4, 4)))
    QApplication.sendEvent(cards(panel)[1], QEvent(QEvent.Type.Leave))
    scene.hovered.emit(Spot(0, int(np.ravel_multi_index(delta.index, (4, 4)))))
    card = cards(panel)[1]
    assert card._shown_item is not None and card._shown_item.index == delta.index
    before = card.grab().toImage()
    scene.hovered.emit(None)
    assert before != card.grab().toImage()  # the factor was lit


def test_what_is_computed_within_is_three_clicks_away_too(hand: Any, window: Window) -> None:
    open_numbers(hand, window, 2, "gates")
    click_cell(hand, window, 1, 5)
    panel, batch = microscope(window), window.report.frame.batch  # type: ignore[union-attr]
    assert batch is not None and panel.path == [Item("part", 2, "a", (1, 5), 0)]
    assert panel.equations()[0].value == pytest.approx(float(batch.memory[2]["gates"][0, 1, 5]))
    assert window.canvas.scene._units[2].selected == 2  # the unit that the gate is of


def test_a_unit_that_is_pointed_at_lights_its_gates_and_states(hand: Any, window: Window) -> None:
    panel, scene = microscope(window), window.canvas.scene
    open_numbers(hand, window, 2, "recurrent_kernel")
    click_cell(hand, window, 1, 4)
    click_term(hand, cards(panel)[0])
    card = cards(panel)[1]
    card.grab()
    scene.hovered.emit(Spot(2, 1))
    lit = [place.item for place in card._places if place.item is not None and card._is_shown(place.item)]
    assert lit and {item.name for item in lit} <= {"h", "dz", "dh"}
    scene.hovered.emit(None)
    assert not any(card._is_shown(place.item) for place in card._places if place.item is not None)


def test_a_cell_that_is_pointed_at_is_lit_in_the_drawing(hand: Any, window: Window) -> None:
    open_numbers(hand, window, 0)
    table = microscope(window).arrays.table
    table.entered.emit(table.model().index(5, 1))
    assert window.canvas.scene._bands[0].hovered == ((0, "kernel"), 5 * 4 + 1)
    QApplication.sendEvent(table.viewport(), QEvent(QEvent.Type.Leave))
    assert window.canvas.scene._bands[0].hovered is None
    table.setCurrentIndex(table.model().index(2, 3))  # the keyboard picks as well
    hand.qtbot.keyClick(table, Qt.Key.Key_Return)
    assert microscope(window).path == [Item("weight", 0, "kernel", (0, 2, 3))]


def test_the_loss_of_the_last_update_can_be_walked_down_to_by_clicks_alone(hand: Any, window: Window) -> None:
    panel = microscope(window)
    window.canvas.scene.select(Spot(0, 3))  # a unit of the convolution: a = tanh z, a card without rows
    hand.until(lambda: len(cards(panel)) == 1)
    assert cards(panel)[0]._only is not None
    click_term(hand, cards(panel)[0])
    assert [item.name for item in panel.path] == ["", "z"]
    click_term(hand, cards(panel)[1])  # a number of the input comes from nowhere
    assert [item.name for item in panel.path] == ["", "z"]


@pytest.fixture
def panel(qtbot: Any) -> Any:
    """A microscope with a recorded frame of an experiment."""

    def make(value: Experiment, width: int = 330) -> Any:
        found, samples = MicroscopePanel(LIGHT), value.samples()
        qtbot.addWidget(found)
        found.resize(width, 800)
        found.show_experiment(value, samples)
        frame = next(m.frame() for m in train(Run.of(value), samples, stride=Stride.STEP) if m.step == 2)
        found.draw(frame, View())
        found.show()
        qtbot.waitExposed(found)
        return found, frame

    return make


def test_an_attention_probability_is_picked_from_its_table(panel: Any, hand: Any) -> None:
    found, frame = panel(experiment(MultiHeadAttention(2, 3), GlobalAveragePooling1D(), Dense(2)))
    found.pick(Item("layer", 0))
    names = [listed.name for listed in found.arrays.listed]
    found.arrays.array.setCurrentIndex(names.index("attention"))
    found.arrays.array.activated.emit(names.index("attention"))
    found.row.setValue(3)
    at = found.arrays.table.model().index(8, 4)  # head 2, step 3 looks at step 5
    hand.qtbot.mouseClick(found.arrays.table.viewport(), LEFT, pos=found.arrays.table.visualRect(at).center())
    assert found.path == [Item("part", 0, "attention", (1, 2, 4), 2)]
    (equation,) = found.equations()
    assert equation.value == pytest.approx(float(frame.batch.memory[0]["attention"][2, 1, 2, 4]))
    assert "step 3 looks at step 5" in equation.sentence


def test_a_gate_says_which_it_is_and_at_which_step(panel: Any) -> None:
    found, _frame = panel(experiment(GRU(3), Dense(2)))
    found.pick(Item("weight", 0, "recurrent_kernel", (1, 4)))
    found._open(0, found.equations()[0].terms[0].item)
    assert found.equations()[1].sentence.startswith("Reset gate, unit 2.")
    assert [term.label for term in found.equations()[1].terms if term.label] != []
    found._open(1, found.equations()[1].terms[0].item)
    assert found.equations()[2].sentence.startswith("Step ") and "Reset gate" in found.equations()[2].sentence


@pytest.mark.parametrize("layers", [
    (Conv1D(3, 2), MaxPooling1D(), Flatten(), Dense(2)), (Dense(4), Residual((Dense(4, Tanh()),)), Flatten(), Dense(2)),
], ids=["pooling", "residual"])  # fmt: skip
def test_what_a_unit_is_made_of_is_shown(panel: Any, layers: tuple[Layer, ...]) -> None:
    found, frame = panel(experiment(*layers))
    found.pick(Item("unit", 1, "", (1, 2)))
    (equation,) = found.equations()
    memory = frame.batch.memory[2]["x"]  # what the layer above got
    assert equation.value == pytest.approx(float(memory[0, 1, 2]))
    assert "largest" in equation.sentence or len(equation.terms) == 2


def test_a_token_is_told_by_the_places_where_it_stands(panel: Any) -> None:
    found, frame = panel(experiment(Embedding(7, 2), GlobalAveragePooling1D(), Dense(2), x=TOKENS))
    row = int(np.argmax((frame.batch.x == 3).sum(1)))
    found.single.setChecked(True)
    found.row.setValue(row + 1)
    found.pick(Item("weight", 0, "embeddings", (3, 1)))
    (equation,) = found.equations()
    assert len(equation.terms) == int((frame.batch.x[row] == 3).sum()) and equation.terms[0].label.startswith("place ")


def test_it_may_be_narrow_and_says_the_numbers_all_the_same(panel: Any) -> None:
    found, _frame = panel(experiment(*LAYERS), width=230)
    assert found.minimumSizeHint().width() <= 230
    found.pick(Item("weight", 0, "kernel", (1, 1, 2)))
    card = cards(found)[0]
    assert card.width() <= 230 and card.height() >= card.sizeHint().height() and not card.grab().isNull()
    assert shown(card.equation.value) if card.equation else False


def test_tables_follow_the_row_and_the_theme(panel: Any) -> None:
    found, frame = panel(experiment(GRU(3), Dense(2)))
    found.pick(Item("layer", 0))
    names = [listed.name for listed in found.arrays.listed]
    found.arrays.array.setCurrentIndex(names.index("h"))
    found.arrays.array.activated.emit(names.index("h"))
    found.row.setValue(5)
    np.testing.assert_array_equal(found.arrays.cells.sheet.values, frame.batch.memory[0]["states"][4])
    other = MicroscopePanel(LIGHT)
    other.take_over(found)
    assert other.numbers.isChecked() and other.arrays.layer.count() == 2
    other.deleteLater()


def test_a_layer_without_numbers_says_so(panel: Any) -> None:
    found, _frame = panel(experiment(Flatten(), Dense(2)))
    found.pick(Item("layer", 0))
    assert found.arrays.hint.isVisibleTo(found) and not found.arrays.table.isVisibleTo(found)




def test_a_token_is_called_by_its_word(panel: Any) -> None:
    found, _frame = panel(EXAMPLES["sentiment"].experiment)
    found.pick(Item("layer", 0))
    words = found._words
    assert len(words) > 20 and found.arrays.cells.sheet.rows[9] == words[9] != ""
    found.single.setChecked(True)
    found.pick(Item("weight", 0, "embeddings", (9, 1)))
    assert f"9 “{words[9]}”" in found.equations()[0].sentence


def test_a_spoilt_backward_pass_is_seen_by_its_terms(panel: Any) -> None:
    value = replace(experiment(Dense(3, Tanh()), Flatten(), Dense(2)), mistakes=("derivative",))
    found, _frame = panel(value)
    found.pick(Item("delta", 0, "", (1, 2)))
    (card,) = cards(found)
    assert "spoilt" in card._amiss and not card.grab().isNull()
    found.pick(Item("unit", 0, "", (1, 2)))
    assert not cards(found)[0]._amiss

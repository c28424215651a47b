"""What the optimizer did, what a step was worth and all the numbers of a layer: picked in the network, read in the panels."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from netviz.document.examples import EXAMPLES
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.gui.canvas.readout import Spot
from netviz.gui.panel import Panel
from netviz.gui.panels import AnatomyPanel, NumbersPanel, WorthPanel
from netviz.gui.panels.numerals import shown
from netviz.gui.theme import DARK, LIGHT
from netviz.gui.window import Window
from netviz.pictures.following import Follow
from netviz.pictures.microscope import Item
from netviz.pictures.update import update_of

CIRCLE = EXAMPLES["circle"].experiment
WEIGHT = Item("weight", 0, "kernel", (1, 2))
LEFT = Qt.MouseButton.LeftButton


def frames(experiment: Experiment, panel: Panel, count: int) -> list[Frame]:
    """Recorded frames of the first updates, with the answers to a panel's questions."""
    found, samples = [], experiment.samples()
    for moment in train(Run.of(experiment), samples, stride=Stride.STEP):
        if moment.is_update:
            found.append(moment.frame(dict(panel.probes(experiment))))
        if len(found) == count:
            break
    return found


@pytest.fixture
def made(qtbot: QtBot) -> Callable[..., Any]:
    """A panel of a kind that has been told of an experiment, with a weight picked and some frames drawn."""

    def make(kind: type[Panel], experiment: Experiment = CIRCLE, item: Item | None = WEIGHT, count: int = 3, look: Any = LIGHT) -> Any:
        panel = kind(look)
        qtbot.addWidget(panel)
        panel.resize(900 if kind is not AnatomyPanel else 340, 420)
        panel.show_experiment(experiment, experiment.samples())
        panel.pick(item)
        for frame in frames(experiment, panel, count):
            panel.draw(frame, View())
        panel.show()
        return panel, frame

    return make


def test_the_optimizers_lines_stand_in_cards_with_their_course(made: Any) -> None:
    panel, frame = made(AnatomyPanel, count=4)
    cards = [(card, line) for card, line in panel._cards if card.isVisibleTo(panel)]
    update = update_of(frame, CIRCLE.network(CIRCLE.samples()), WEIGHT)
    assert update is not None and [card.equation for card, _line in cards] == list(update.equations)
    momentum = cards[list(update.lines).index("momentum")][1]
    assert momentum.isVisibleTo(panel) and momentum.steps.tolist() == [1, 2, 3, 4]
    assert momentum.values[-1] == frame.slots["momentum"][0]["kernel"][1, 2]
    assert panel.bars.rows[0][1] == frame.updates[0]["kernel"][1, 2]
    assert panel.bars.rows[1][2] and panel.bars.rows[1][1] == pytest.approx(-frame.learning_rate * frame.grads[0]["kernel"][1, 2])
    assert "Adam" in panel.title.text() and "[2,3]" in panel.title.text()
    assert not panel.grab().isNull()


def test_the_whole_past_comes_at_once_where_it_is_known(made: Any) -> None:
    panel, frame = made(AnatomyPanel, count=1)
    samples, network = CIRCLE.samples(), CIRCLE.network(CIRCLE.samples())
    rows = [Follow(WEIGHT)(f, network, samples) for f in frames(CIRCLE, panel, 120)]
    last = frames(CIRCLE, panel, 120)[-1]
    panel.draw(replace(last, probed={"follow": rows[-1], "follow/past": tuple(rows[-100:])}), View())
    assert len(panel._course("w")[0]) == 100 and panel._course("w")[0][-1] == 120
    panel.draw(frame, View())  # back in time: what was later is no longer told
    assert panel._course("w")[0].tolist() == [1]


def test_another_weight_begins_anew_and_a_unit_means_its_bias(made: Any) -> None:
    panel, _frame = made(AnatomyPanel)
    asked = []
    panel.asked.connect(lambda: asked.append(panel.item))
    panel.pick(Item("unit", 0, "", (3,)))
    assert asked == [Item("weight", 0, "bias", (3,))] and not panel._rows
    panel.pick(Item("loss"))
    assert panel.item is None and panel.hint.isVisibleTo(panel)


def test_an_update_is_copied(made: Any) -> None:
    panel, _frame = made(AnatomyPanel, look=DARK)
    for action, part in zip(panel.copy.menu().actions(), ("Δw", r"\Delta w", "equation,"), strict=True):
        action.trigger()
        assert part in QGuiApplication.clipboard().text().replace("Δ w", "Δw")


def test_what_steps_were_worth_is_drawn_and_told(made: Any) -> None:
    panel, frame = made(WorthPanel)
    worth = frame.probed["worth"]
    x, measured = panel.measured.getData()
    assert x.tolist() == [1, 2, 3] and measured[-1] == worth.measured
    assert panel.predicted.getData()[1][-1] == worth.predicted
    assert shown(worth.predicted) in panel.headline.text() and shown(worth.measured) in panel.headline.text()
    assert [row[1] for row in panel.bars.rows[:2]] == [frame.probed["told"].before[0], frame.probed["told"].after[0]]


def test_a_batch_of_one_row_is_told_of_one(made: Any) -> None:
    panel, frame = made(WorthPanel, EXAMPLES["mazur"].experiment, Item("weight", 0, "kernel", (1, 1)))
    assert panel.rows_line.text() == f"dense kernel[2,2]: 1 row comes to {shown(frame.probed['shares'].total)}"


def test_a_bar_of_the_strip_opens_its_row_in_the_microscope(made: Any, qtbot: QtBot) -> None:
    panel, frame = made(WorthPanel)
    opened: list[Item] = []
    panel.opened.connect(opened.append)
    shares = frame.probed["shares"]
    assert shares.values.sum() == pytest.approx(frame.grads[0]["kernel"][1, 2], rel=1e-4)
    assert shown(shares.total) in panel.rows_line.text() and f"{shares.cancelled:.0%}" in panel.note.text()
    area = panel.strip._area()
    point = QPointF(area.right() - 2, area.center().y()).toPoint()
    qtbot.mouseMove(panel.strip, point)
    qtbot.mouseClick(panel.strip, LEFT, pos=point)
    assert opened == [replace(WEIGHT, row=int(shares.order[-1]))]
    panel.strip.grab()


def test_a_layer_is_shown_as_matrices_and_what_belongs_to_an_entry_is_marked(made: Any) -> None:
    panel, frame = made(NumbersPanel)
    x, w, b, z, a = (matrix.cells for matrix in panel._matrices)
    assert [m.joint.text() for m in panel._matrices] == ["", "·", "+", "=", "tanh →"]
    np.testing.assert_array_equal(w.sheet.values, frame.batch.before.params[0]["kernel"])
    assert w.mark == (1, 2) and w.data(w.index(1, 2)) == shown(float(w.sheet.values[1, 2]))
    panel._matrices[3].table.entered.emit(z.index(4, 5))
    assert [cells.mark for cells in (x, w, b, z, a)] == [(4, None), (None, 5), (0, 5), (4, 5), (4, 5)]
    assert "row 5 of x times column 6 of W" in panel.words.text()
    ground = Qt.ItemDataRole.BackgroundRole
    assert w.data(w.index(0, 5), ground) != w.data(w.index(0, 4), ground)
    panel.grab()


def test_tables_of_the_batch_scroll_together_and_are_copied(made: Any) -> None:
    panel, _frame = made(NumbersPanel, replace(CIRCLE, batch_size=200))
    panel._matrices[0].table.verticalScrollBar().setValue(40)
    assert panel._matrices[3].table.verticalScrollBar().value() == 40
    panel.copy.menu().actions()[2].trigger()
    rows = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text())))
    assert sum(row[0] == "z" for row in rows) == 201


def test_a_click_on_a_number_puts_it_under_the_microscope(made: Any) -> None:
    panel, _frame = made(NumbersPanel)
    opened: list[Item] = []
    panel.opened.connect(opened.append)
    panel._matrices[1].table.clicked.emit(panel._matrices[1].cells.index(1, 4))
    panel._matrices[3].table.clicked.emit(panel._matrices[3].cells.index(2, 4))
    assert opened == [Item("weight", 0, "kernel", (1, 4)), Item("unit", 0, "z", (4,), 2)]


@pytest.mark.parametrize("kind", [AnatomyPanel, WorthPanel, NumbersPanel])
def test_every_panel_teaches_while_there_is_nothing(kind: type[Panel], qtbot: QtBot) -> None:
    panel: Any = kind(DARK)
    qtbot.addWidget(panel)
    panel.show_experiment(CIRCLE, CIRCLE.samples())
    start = next(iter(train(Run.of(CIRCLE), CIRCLE.samples()))).frame(dict(panel.probes(CIRCLE)))
    panel.draw(start, View())
    panel.grab()
    panel.show_experiment(CIRCLE, None)


# ------------------------------------------------------------------------------------------------ in the window


@pytest.fixture
def window(hand: Any) -> Window:
    """A window that has made three updates."""
    found: Window = hand.open("example:circle")
    for step in range(1, 4):
        hand.qtbot.keyClick(found, Qt.Key.Key_F10)
        hand.until(lambda step=step: found.report.frame.step == step)  # type: ignore[union-attr]
        hand.paused(found)
    return found


def test_one_click_in_the_network_shows_the_optimizer_and_the_last_updates(hand: Any, window: Window) -> None:
    window.arrangement.reveal("anatomy")
    hand.until(lambda: window.panels["anatomy"] in set(window.arrangement.visible()))
    window.canvas.scene.select(Spot(0, 2, 1))
    panel: Any = window.panels["anatomy"]
    assert panel.item == WEIGHT
    hand.until(lambda: len(panel._course("update")[0]) == 3)
    assert panel in set(window.arrangement.visible())  # the microscope has not come before it
    frame = window.report.frame  # type: ignore[union-attr]
    assert panel._course("update")[1][-1] == frame.updates[0]["kernel"][1, 2]  # type: ignore[union-attr]


def test_a_row_chosen_below_the_network_is_told_before_and_after(hand: Any, window: Window) -> None:
    window.arrangement.reveal("worth")
    window.showing.show_row(7)
    panel: Any = window.panels["worth"]
    hand.until(lambda: "row 8," in panel.told_line.text())
    hand.until(lambda: len(panel._rows) == 3)


def test_panels_live_through_another_theme(hand: Any, window: Window) -> None:
    window.arrangement.reveal("anatomy")
    window.canvas.scene.select(Spot(0, 2, 1))
    window.wear(DARK)
    panel: Any = window.panels["anatomy"]
    assert panel.theme is DARK and panel.item == WEIGHT
    QApplication.processEvents()
    window.canvas.scene.select(Spot(0, 1, 1))
    assert panel.item == Item("weight", 0, "kernel", (1, 1))

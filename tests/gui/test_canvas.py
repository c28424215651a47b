"""The drawing: every unit and every strong link, exact values under the mouse, edits from cards and gaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSpinBox, QToolButton, QWidgetAction
from pytestqt.qtbot import QtBot

from netviz.arrays import Array
from netviz.datasets import Arrays
from netviz.document.examples import EXAMPLES
from netviz.document.problems import Problem
from netviz.document.view import View
from netviz.engine.activations import Relu, Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import Dense, Dropout, Layer
from netviz.gui.canvas.card import LayerCard
from netviz.gui.canvas.panel import NetworkPanel
from netviz.gui.canvas.readout import Spot, exact
from netviz.pictures.diagram import MOST_LINKS

CIRCLE = EXAMPLES["circle"].experiment
Show = Callable[..., tuple[NetworkPanel, Frame]]


def wide(features: int, *units: int) -> Experiment:
    rng = np.random.default_rng(0)
    data = Arrays(rng.normal(size=(40, features)), rng.integers(0, 2, 40), "classification")
    layers: tuple[Layer, ...] = (*(Dense(n, Relu()) for n in units), Dense(1, Sigmoid()))
    return Experiment(data, layers, batch_size=20)


def cards(panel: NetworkPanel) -> list[LayerCard]:
    return panel.cards.cards


def pixel(panel: NetworkPanel, layer: int, unit: int) -> tuple[int, int, int]:
    """The colour that is painted in the middle of a unit."""
    rect = panel.scene._units[layer].column.rect_of(unit)
    at = panel.view.mapFromScene(QPointF(rect[0] + rect[2] / 2, rect[1] + rect[3] / 2))
    color = panel.view.grab().toImage().pixelColor(at)
    return color.red(), color.green(), color.blue()


# ------------------------------------------------------------------------------------------------------------- honest


@pytest.mark.parametrize(
    ("units", "kind"), [(1, "tiles"), (12, "tiles"), (13, "squares"), (64, "squares"), (65, "strip"), (784, "strip")]
)
def test_big_layers_become_squares_and_strips_and_no_unit_is_left_out(show: Show, units: int, kind: str) -> None:
    panel, _frame = show(wide(units, 3), epochs=1)
    column = panel.scene._units[-1].column
    assert (column.kind, len(column.rects)) == (kind, units)
    x, y, width, height = column.rects.T
    assert len({(round(a, 3), round(b, 3)) for a, b in zip(x, y, strict=True)}) == units
    middle = [panel.scene.spot_at(QPointF(a + w / 2, b + h / 2)) for a, b, w, h in zip(x, y, width, height, strict=True)]
    assert middle == [Spot(-1, unit) for unit in range(units)]


def test_of_many_links_the_strongest_are_drawn_and_the_legend_says_so(show: Show) -> None:
    panel, frame = show(wide(60, 50))
    item = panel.scene._links[0]
    drawn, there = item.told
    assert (drawn, there) == (MOST_LINKS, 3000)
    sizes = np.abs(frame.params[0]["kernel"].ravel())
    assert set(item._drawn.tolist()) == set(np.argsort(sizes)[-MOST_LINKS:].tolist())
    assert panel.scene.left_out() == (MOST_LINKS + 50, 3050)


def test_small_networks_show_every_link(show: Show) -> None:
    panel, _frame = show()
    assert [item.told for item in panel.scene._links] == [(12, 12), (6, 6)]
    assert panel.scene.left_out() is None


def test_layers_without_units_of_their_own_are_bridged_by_links(show: Show) -> None:
    layers = (Dense(3, Tanh()), Dropout(0.2), Dense(1, Sigmoid()))
    panel, _frame = show(replace(CIRCLE, layers=layers))
    assert [(item.joint.source, item.joint.target) for item in panel.scene._links] == [(0, 1), (1, 3)]
    assert len(cards(panel)) == 4


def test_tiles_show_the_function_that_each_unit_has_learnt(show: Show) -> None:
    panel, frame = show()
    functions = frame.probed["unit_functions"]
    left, right = functions[-1][0][:, 0], functions[-1][0][:, -1]
    assert (left < 0).all() and (right > 0).all()  # x1 rises from left to right
    item = panel.scene._units[-1]
    image = item._tiles[0]
    assert image.pixelColor(0, 5).red() > 200 and image.pixelColor(image.width() - 1, 5).blue() > 150


def test_units_show_their_values_where_that_is_asked(show: Show) -> None:
    panel, frame = show(EXAMPLES["iris"].experiment)
    panel.draw(frame, View(units="value"))
    values = frame.probed["unit_values"].values[-1]
    low, high = int(values.argmin()), int(values.argmax())
    red, _green, blue = pixel(panel, -1, low)
    assert red > blue, "the lowest is orange"
    red, _green, blue = pixel(panel, -1, high)
    assert blue > red, "the highest is blue"


# ------------------------------------------------------------------------------------------------------ exact values


def point_of(panel: NetworkPanel, spot: Spot) -> QPointF:
    units = panel.scene._units[spot.layer].column
    if spot.source is None:
        x, y, width, height = units.rect_of(spot.unit)
        return QPointF(x + width / 2, y + height / 2)
    item = next(item for item in panel.scene._links if item.joint.layer == spot.layer)
    start, end = item._source.right(np.array([spot.source]))[0], item._target.left(np.array([spot.unit]))[0]
    # A quarter along the curve, where links of one unit have parted.
    at, ends = 0.25, (start[0] + end[0]) / 2
    points: list[Array] = [start, np.array([ends, start[1]]), np.array([ends, end[1]]), end]
    weights = [(1 - at) ** 3, 3 * (1 - at) ** 2 * at, 3 * (1 - at) * at**2, at**3]
    x, y = sum(w * p for w, p in zip(weights, points, strict=True))
    return QPointF(x, y)


def test_the_mouse_over_a_link_reads_its_exact_numbers(show: Show, qtbot: QtBot) -> None:
    panel, frame = show(wide(2, 3))
    spot = Spot(0, 2, 0)
    qtbot.mouseMove(panel.view.viewport(), panel.view.mapFromScene(point_of(panel, spot)))
    qtbot.waitUntil(lambda: "→" in panel.readout.text())
    text = panel.readout.text()
    for numbers in (frame.params, frame.grads, frame.updates):
        assert exact(numbers[0]["kernel"][0, 2]) in text
    assert "input[1] → dense[3]" in text


def test_a_selected_unit_goes_on_being_read_frame_by_frame(
    show: Show, qtbot: QtBot, record: Callable[..., Frame]
) -> None:
    panel, frame = show()
    at = panel.view.mapFromScene(point_of(panel, Spot(0, 4)))
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert exact(frame.params[0]["bias"][4]) in panel.readout.text()
    later = record(CIRCLE, 5)
    panel.draw(later, View())
    assert exact(later.params[0]["bias"][4]) in panel.readout.text()
    assert frame.params[0]["bias"][4] != later.params[0]["bias"][4]


@pytest.mark.parametrize("mode", ["weights", "gradients", "updates"])
def test_the_links_show_what_the_mode_says(show: Show, mode: str) -> None:
    panel, frame = show(mode=mode)
    numbers = {"weights": frame.params, "gradients": frame.grads, "updates": frame.updates}[mode]
    assert (panel.scene._links[0]._values == numbers[0]["kernel"].ravel()).all()
    sizes = np.abs(np.concatenate([numbers[i]["kernel"].ravel() for i in (0, 1)]))
    assert panel.scene.shown.at_most == pytest.approx(np.percentile(sizes, 95))
    assert panel.modes[mode].isChecked()  # type: ignore[index]


def test_wide_links_are_strong_links_and_dashes_are_negative(show: Show) -> None:
    panel, frame = show()
    for item in panel.scene._links:
        widths = [stroke.pen.widthF() for stroke in item._strokes]
        assert widths == sorted(widths) and widths[-1] > 2 * widths[0]
        kernel = frame.params[item.joint.layer]["kernel"].ravel()
        for link, stroke in zip(item._drawn.tolist(), item._strokes, strict=True):
            orange = stroke.pen.color().red() > stroke.pen.color().blue()
            dashed = stroke.dashes is not None or stroke.pen.style() == Qt.PenStyle.CustomDashLine
            assert orange == dashed == bool(kernel[link] < 0)


def test_many_links_are_as_thin_as_a_pixel_and_the_strongest_are_the_last_and_the_least_faint(show: Show) -> None:
    few, _frame = show(wide(3, 3))
    many, frame = show(wide(60, 50))
    assert max(stroke.pen.widthF() for stroke in few.scene._links[0]._strokes) > 4
    item = many.scene._links[0]
    assert max(stroke.pen.widthF() for stroke in item._strokes) <= 1
    ground = QColor(many.scene.theme.panel)
    away = [abs(stroke.pen.color().green() - ground.green()) for stroke in item._strokes if stroke.pen.style() == Qt.PenStyle.SolidLine]
    assert away == sorted(away) and away[0] < away[-1], "fading into the ground"
    strongest = int(np.abs(frame.params[0]["kernel"]).argmax())
    assert item._strokes[-1].path is item._paths[strongest]


def test_the_links_of_the_unit_under_the_mouse_stand_out_whole(show: Show, qtbot: QtBot) -> None:
    panel, _frame = show(wide(60, 50))
    panel.scene.hover(point_of(panel, Spot(0, 7)))
    first, second = panel.scene._links
    assert first._pointed_out is not None and len(first._pointed_out) == 60, "all of them, not only the strong ones"
    assert second._pointed_out is not None and len(second._pointed_out) == 1
    panel.scene.hover(None)
    assert first._pointed_out is None and second._pointed_out is None


def test_a_name_is_read_with_the_number_of_a_unit(show: Show) -> None:
    panel, frame = show(EXAMPLES["iris"].experiment)
    first = float(frame.probed["unit_values"].values[-1][2])
    words = panel.scene.words(Spot(-1, 2))
    assert words.startswith("input[3] petal length (cm)") and f"{first:+.3g}".replace("-", "−") in words
    assert panel.scene.words(Spot(1, 0)).startswith("dense_1[1] setosa")
    assert panel.scene.words(Spot(1, 0, 3)).startswith("dense[4] → dense_1[1] setosa")


def test_a_name_that_is_pointed_at_is_read_whole(show: Show) -> None:
    panel, _frame = show(EXAMPLES["wine"].experiment)
    item = panel.scene._units[1]
    panel.scene.hover(item._name_rect(item._rects[2]).center())
    assert panel.readout.text().startswith("dense_1[3] class_2") and item.hovered == 2
    panel.scene.hover(item._name_rect(item._rects[2]).topLeft() - QPointF(0, 40))
    assert item.hovered is None


def test_escape_lets_go_of_the_selection(show: Show, qtbot: QtBot) -> None:
    panel, frame = show()
    at = panel.view.mapFromScene(point_of(panel, Spot(0, 4)))
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    panel.scene.hover(None)
    assert [bool(card.property("chosen")) for card in cards(panel)] == [False, True, False]
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert exact(frame.params[0]["bias"][4]) not in panel.readout.text()
    assert not any(card.property("chosen") for card in cards(panel))


def test_a_selection_survives_an_edit_as_long_as_its_unit_is_there(show: Show) -> None:
    panel, _frame = show()
    samples = CIRCLE.samples()
    for units, selected in ((5, Spot(0, 4)), (4, None)):
        panel.scene.select(Spot(0, 4))
        value = replace(CIRCLE, layers=(Dense(units, Tanh()), Dense(1, Sigmoid())))
        panel.scene.show_network(value, value.network(samples), samples, panel.view.space)
        assert panel._selected == panel.scene._selection == selected


# --------------------------------------------------------------------------------------------------------------- edits


@pytest.fixture
def edits_of(qtbot: QtBot) -> Callable[[NetworkPanel], list[tuple[Experiment, str]]]:
    def heard(panel: NetworkPanel) -> list[tuple[Experiment, str]]:
        found: list[tuple[Experiment, str]] = []
        panel.edited.connect(lambda value, text: found.append((value, text)))
        return found

    return heard


def test_a_gap_adds_a_layer_with_the_activation_of_its_neighbours(
    show: Show, qtbot: QtBot, edits_of: Callable[[NetworkPanel], list[tuple[Experiment, str]]]
) -> None:
    panel, _frame = show()
    found = edits_of(panel)
    gaps = panel.cards.insertions
    assert len(gaps) == len(CIRCLE.layers)
    qtbot.mouseDClick(gaps[1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(found))
    ((value, _text),) = found
    assert [layer.units for layer in value.layers] == [6, 4, 1]  # type: ignore[attr-defined]
    assert value.layers[1] == Dense(4, Tanh())


@pytest.mark.parametrize(("sign", "units"), [("−", 5), ("+", 7)])
def test_minus_and_plus_change_the_units_by_one(
    show: Show, qtbot: QtBot, sign: str, units: int, edits_of: Callable[[NetworkPanel], list[tuple[Experiment, str]]]
) -> None:
    panel, _frame = show()
    found = edits_of(panel)
    (button,) = [b for b in cards(panel)[1].findChildren(QToolButton) if b.text() == sign]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(found))
    assert found[0][0].layers[0] == replace(CIRCLE.layers[0], units=units)  # type: ignore[call-arg]


def test_a_layer_keeps_at_least_one_unit(show: Show) -> None:
    panel, _frame = show()
    (minus,) = [b for b in cards(panel)[2].findChildren(QToolButton) if b.text() == "−"]
    assert not minus.isEnabled()


def test_a_cards_menu_changes_units_activation_and_dropout_and_removes(
    show: Show, qtbot: QtBot, edits_of: Callable[[NetworkPanel], list[tuple[Experiment, str]]]
) -> None:
    panel, _frame = show()
    found = edits_of(panel)
    first = cards(panel)[1].menu()
    field = next(a.defaultWidget() for a in first.actions() if isinstance(a, QWidgetAction))
    assert isinstance(field, QSpinBox)
    field.setValue(9)
    qtbot.keyClick(field, Qt.Key.Key_Return)  # closes the menu
    menu = cards(panel)[1].menu()
    entries = {action.text(): action for action in menu.actions()}
    for submenu, entry in (("Activation", "ReLU"), ("Dropout after it", "30%")):
        choices = {a.text(): a for a in entries[submenu].menu().actions()}
        choices[entry].trigger()
    entries["Remove this layer"].trigger()
    qtbot.waitUntil(lambda: len(found) == 4)
    resized, activated, dropped, removed = (value.layers for value, _text in found)
    assert resized[0] == replace(CIRCLE.layers[0], units=9)  # type: ignore[call-arg]
    assert activated[0] == replace(CIRCLE.layers[0], activation=Relu())  # type: ignore[call-arg]
    assert dropped[1] == Dropout(0.3) and removed == CIRCLE.layers[1:]
    menu.close()


def test_the_last_layer_that_is_left_cannot_be_removed(show: Show) -> None:
    panel, _frame = show(replace(CIRCLE, layers=(Dense(1, Sigmoid()),)))
    menu = cards(panel)[1].menu()
    assert not next(a for a in menu.actions() if a.text() == "Remove this layer").isEnabled()
    menu.close()


# ------------------------------------------------------------------------------------------------------------ problems


def test_a_problem_is_drawn_on_its_layer_with_its_fix(show: Show, qtbot: QtBot) -> None:
    panel, _frame = show()
    better = replace(CIRCLE, epochs=3)
    wanted: list[Experiment] = []
    panel.fix_wanted.connect(lambda value, _text: wanted.append(value))
    panel.show_problems((Problem("The output does not fit.", layer=1, fix=better, fix_title="Mend it"),))
    assert [bool(card.property("problem")) for card in cards(panel)] == [False, False, True]
    assert panel.problem_bar.isVisible() and "does not fit" in panel.problem.text()
    qtbot.mouseClick(panel.fix, Qt.MouseButton.LeftButton)
    assert wanted == [better]
    panel.show_problems(())
    assert not panel.problem_bar.isVisible()
    assert not any(card.property("problem") for card in cards(panel))

"""The view onto the drawing: fit, zoom, space, keyboard, and what is painted of layers, images and broken numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QApplication, QMenu, QSpinBox, QToolButton
from pytestqt.qtbot import QtBot

from netviz.datasets import Arrays
from netviz.document.examples import EXAMPLES
from netviz.document.problems import Problem
from netviz.document.view import View
from netviz.engine.activations import LeakyRelu, Relu, Sigmoid, Softplus, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.layers import Activation, Dense, Dropout, Flatten, Layer
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.gui.canvas.card import LayerCard
from netviz.gui.canvas.panel import NetworkPanel
from netviz.gui.canvas.readout import Spot
from netviz.pictures.colors import short

CIRCLE = EXAMPLES["circle"].experiment
Show = Callable[..., tuple[NetworkPanel, Frame]]


def wide(features: int, *units: int) -> Experiment:
    rng = np.random.default_rng(0)
    data = Arrays(rng.normal(size=(40, features)), rng.integers(0, 2, 40), "classification")
    layers: tuple[Layer, ...] = (*(Dense(n, Relu()) for n in units), Dense(1, Sigmoid()))
    return Experiment(data, layers, batch_size=20)


def cards(panel: NetworkPanel) -> list[LayerCard]:
    return panel.cards.cards


def test_the_network_fits_and_follows_the_space_it_has(show: Show, qtbot: QtBot) -> None:
    panel, _frame = show(EXAMPLES["spiral"].experiment, 1)

    def inside() -> bool:
        rects = [QRectF(*column.bounds) for column in panel.scene.diagram.columns]  # type: ignore[union-attr]
        shown = [panel.view.mapFromScene(rect).boundingRect() for rect in rects]
        return all(panel.view.viewport().rect().contains(rect) for rect in shown)

    assert inside()
    before = panel.scene.diagram.width  # type: ignore[union-attr]
    panel.resize(1500, 500)
    qtbot.waitUntil(lambda: panel.scene.diagram.width > before * 1.1)  # type: ignore[union-attr]
    assert inside()


def test_keys_zoom_and_fit_again(show: Show, qtbot: QtBot) -> None:
    panel, _frame = show()
    fitted = panel.view.transform().m11()
    qtbot.keyClicks(panel.view, "++")
    assert panel.view.transform().m11() == pytest.approx(fitted * 1.44)
    qtbot.keyClicks(panel.view, "0")
    assert panel.view.transform().m11() == pytest.approx(fitted)


def test_the_legend_has_a_place_of_its_own_and_tells_the_limits(show: Show) -> None:
    for experiment in (CIRCLE, EXAMPLES["digits"].experiment, wide(12, 12, 12)):
        panel, _frame = show(experiment, 1)
        assert panel.shades.geometry().top() >= panel.view.geometry().bottom()
        drawn = panel.view.mapFromScene(panel.scene.itemsBoundingRect()).boundingRect()
        assert drawn.bottom() <= panel.view.viewport().height() + 12  # the frame around the lowest unit
        assert short(panel.scene.shown.at_most) in panel.legend.accessibleName()


def test_a_long_network_opens_readable_and_fits_whole_when_asked(show: Show) -> None:
    panel, frame = show(replace(CIRCLE, layers=(*(Dense(3, Tanh()) for _i in range(39)), Dense(1, Sigmoid()))), 1)
    panel.view.present()
    panel.draw(frame, View())
    opened = panel.view.transform().m11()
    first = panel.scene._units[-1].sceneBoundingRect()
    assert opened > 0.7 and panel.view.viewport().rect().contains(panel.view.mapFromScene(first.center()))
    assert "drag" in panel.legend.lines[1]
    panel.view.fit()
    panel.draw(frame, View())
    whole = panel.view.mapFromScene(panel.scene.itemsBoundingRect()).boundingRect()
    assert panel.view.transform().m11() < opened and panel.view.viewport().rect().contains(whole)
    assert "drag" not in panel.legend.lines[1]


@pytest.mark.parametrize("zoom", [0.3, 1.0, 3.0])
def test_cards_stand_above_their_columns_at_their_own_size_and_never_overlap(show: Show, zoom: float) -> None:
    panel, _frame = show(EXAMPLES["spiral"].experiment, 1)
    panel.view.zoom(zoom)
    right = -1000
    for card, column in zip(cards(panel), panel.scene.diagram.columns, strict=True):  # type: ignore[union-attr]
        at = panel.view.mapFromScene(QPointF(column.center, 0)).x()
        assert abs(card.geometry().center().x() - at) <= 2 and card.height() >= 42
        assert card.geometry().left() > right
        right = card.geometry().right()
        for gap in panel.cards.insertions:
            covered = gap.geometry().intersected(card.geometry())  # small ones lie on the corners, below the words
            assert not gap.isVisible() or covered.isEmpty() or covered.width() <= 9 and covered.top() > card.height() - 16


def test_where_units_share_a_pixel_the_words_say_so_until_one_zooms_in(show: Show) -> None:
    panel, _frame = show(wide(100_000), 1)
    panel.scene.select(Spot(-1, 77))
    assert "share a pixel" in panel.readout.text()
    panel.view.zoom(5)
    panel.scene.select(Spot(-1, 77))
    assert "share a pixel" not in panel.readout.text() and "input[78]" in panel.readout.text()


def test_data_points_lie_on_the_prediction_at_every_zoom(show: Show) -> None:
    panel, _frame = show()
    item = panel.scene._units[1]
    assert item._points is not None
    x, y = item._points[0][0]
    left, top, width, height = item.column.rects[0]
    for factor in (1.0, 2.0):
        panel.view.zoom(factor)
        panel.view.centerOn(left + width / 2, top + height / 2)
        at = panel.view.mapFromScene(QPointF(left + x * width, top + y * height))
        picture, wanted = panel.view.grab().toImage(), item._points[1][0]
        near = [picture.pixelColor(at.x() + dx, at.y() + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]  # a point is 5 wide
        assert min(abs(found.red() - wanted.red()) + abs(found.blue() - wanted.blue()) for found in near) < 60


def test_a_low_space_does_not_make_the_letters_small(show: Show) -> None:
    panel, _frame = show()
    panel.resize(600, 380)
    panel.scene.lay_out(panel.view.space)
    panel.view.fit()
    assert panel.view.transform().m11() > 0.65


def test_no_card_clips_its_text(show: Show) -> None:
    layers = (Dense(1024, LeakyRelu()), Activation(Softplus()), Dense(12, Softplus()), Dropout(0.25), Dense(1, Sigmoid()))
    panel, _frame = show(replace(CIRCLE, layers=layers), 1)
    panel.resize(1400, 600)
    panel.scene.lay_out(panel.view.space)
    panel.view.fit()
    shown = [card.shown() for card in cards(panel)]
    assert [lines[1] for lines in shown[1:5]] == ["1,024 · leaky_relu", "1,024 · softplus", "12 · softplus", "12 · 25%"]
    assert not any("…" in line for lines in shown for line in lines)
    assert shown[1][2] == "3,072 parameters" and len(shown[2]) == 2, "an activation has none"


def test_a_card_without_room_says_with_dots_that_there_is_more_and_its_tooltip_says_it_all(show: Show) -> None:
    name = "输出层:三个鸢尾花品种的概率" * 8
    panel, _frame = show(replace(CIRCLE, layers=(Dense(3, Tanh()), Dense(1, Sigmoid(), name=name))), 1)
    card = cards(panel)[2]
    assert card.shown()[0].endswith("…") and name in card.toolTip()
    deep, _frame = show(replace(CIRCLE, layers=(*(Dense(7, Tanh()) for _i in range(20)), Dense(1, Sigmoid()))), 1)
    deep.view.zoom(0.12)
    assert cards(deep)[5].shown() == ["7"] and not any(gap.isVisible() for gap in deep.cards.insertions)


def test_a_title_is_broken_in_two_before_it_ends_in_dots(show: Show) -> None:
    panel, _frame = show(replace(CIRCLE, layers=(Dense(4), Activation(Tanh()), Dense(1, Sigmoid()))), 1)
    card = cards(panel)[2]
    card.fit(60.0, 48, 58)
    assert card.shown()[:2] == ["Activ-", "ation"]
    card.fit(60.0, 120, 58)
    assert card.shown()[0] == "Activation"


def test_a_problem_stays_on_its_card_when_the_drawing_is_laid_out_anew(show: Show) -> None:
    panel, _frame = show()
    panel.show_problems((Problem("The output does not fit.", layer=1),))
    assert panel.scene.lay_out((2000.0, 400.0))
    assert [bool(card.property("problem")) for card in cards(panel)] == [False, False, True]


def test_the_tabulator_reaches_every_card_and_gap_and_enter_opens_the_menu(show: Show, qtbot: QtBot) -> None:
    panel, _frame = show()
    panel.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is panel)
    panel.view.setFocus()
    reached = []
    for _turn in range(7):
        panel.cards.focusNextPrevChild(True) if panel.cards.isAncestorOf(QApplication.focusWidget()) else panel.cards.insertions[0].setFocus()
        reached.append(QApplication.focusWidget().accessibleName())
    assert reached == [
        "Add a layer at place 1", "Dense, 6 · tanh", "One unit less", "One unit more",
        "Add a layer at place 2", "Dense, 1 · sigmoid", "One unit more",
    ]  # fmt: skip
    cards(panel)[1].setFocus()
    qtbot.keyClick(cards(panel)[1], Qt.Key.Key_Return)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu) and any(action.text() == "Remove this layer" for action in menu.actions())
    menu.close()


def test_digits_typed_on_a_card_or_in_its_menu_are_its_units(show: Show, qtbot: QtBot) -> None:
    panel, _frame = show()
    found: list[int] = []
    panel.edited.connect(lambda value, _text: found.append(value.layers[0].units))
    card = panel.cards.cards[1]
    for typed_in_menu in (False, True):
        card.setFocus()
        if typed_in_menu:
            qtbot.keyClick(card, Qt.Key.Key_Return)
        qtbot.keyClicks(QApplication.activePopupWidget() or card, "1")
        field = QApplication.activePopupWidget().findChild(QSpinBox)
        qtbot.keyClicks(field, "2")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert QApplication.activePopupWidget() is None
    assert found == [12, 12]


def test_the_keyboard_brings_what_it_comes_to_into_sight(show: Show) -> None:
    panel, _frame = show(replace(CIRCLE, layers=(*(Dense(3, Tanh()) for _i in range(39)), Dense(1, Sigmoid()))), 1)
    panel.view.present()
    panel.activateWindow()
    last = cards(panel)[-1]
    assert last.x() > panel.width()
    last.focused.emit(last.layer)
    assert 0 <= last.x() <= panel.width() - last.width()


def test_the_keyboard_stays_at_its_card_when_the_layer_is_edited(show: Show, qtbot: QtBot) -> None:
    panel, _frame = show()
    panel.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is panel)
    (plus,) = [key for key in cards(panel)[1].findChildren(QToolButton) if key.text() == "+"]
    plus.setFocus()
    value = replace(CIRCLE, layers=(Dense(7, Tanh()), Dense(1, Sigmoid())))
    samples = value.samples()
    panel.show_network(value, value.network(samples), samples)
    assert QApplication.focusWidget().accessibleName() == "One unit more"
    assert cards(panel)[1].isAncestorOf(QApplication.focusWidget())


def test_layers_without_units_are_bars_that_the_links_pass(show: Show) -> None:
    panel, _frame = show(replace(CIRCLE, layers=(Dense(3, Tanh()), Dropout(0.2), Dense(1, Sigmoid()))))
    bar = panel.scene._units[1]
    x, y, width, height = bar.column.bounds
    assert bar.scene() is panel.scene and width < 20 and height > 200
    passing = QPainterPath()
    for stroke in panel.scene._links[1]._strokes:
        passing.addPath(stroke.path)
    assert passing.intersects(QRectF(x, y, width, height))


def test_an_image_is_drawn_in_its_own_grid(show: Show) -> None:
    rng = np.random.default_rng(0)
    data = Arrays(rng.random((20, 28, 20)), rng.integers(0, 2, 20), "classification")
    panel, _frame = show(Experiment(data, (Flatten(), Dense(3, Relu()), Dense(1, Sigmoid())), batch_size=20), 1)
    item = panel.scene._units[-1]
    assert [(tile.width(), tile.height()) for tile in item._tiles] == [(20, 28)]
    rect = item.column.rect_of(20 * 3 + 7)
    assert panel.scene.spot_at(QPointF(rect[0] + rect[2] / 2, rect[1] + rect[3] / 2)) == Spot(-1, 67)
    assert rect[2] == pytest.approx(rect[3])


def test_a_frame_of_another_network_is_not_drawn(show: Show, record: Callable[..., Frame]) -> None:
    panel, frame = show()
    values = panel.scene._links[0]._values.copy()
    panel.draw(record("xor", 1), View())
    assert (panel.scene._links[0]._values == values).all() and frame.step


def test_numbers_that_are_none_are_drawn_all_the_same(show: Show) -> None:
    panel, frame = show()
    broken = frame.params.vector.copy()
    broken[:3] = [np.nan, np.inf, -np.inf]
    panel.draw(replace(frame, params=frame.params.like(broken)), View())
    panel.view.grab()
    assert np.isfinite(panel.scene.shown.at_most)


def test_cards_and_gaps_have_accessible_names_and_tooltips(show: Show) -> None:
    panel, _frame = show()
    for widget in (*panel.cards.cards, *panel.cards.insertions):
        assert widget.accessibleName()
    for card in cards(panel)[1:]:
        assert card.toolTip() and all(b.toolTip() and b.accessibleName() for b in card.findChildren(QToolButton))


@pytest.fixture
def phases() -> list[Frame]:
    """An update phase by phase, and the first phase of the next."""
    moments = train(Run.of(CIRCLE), CIRCLE.samples(), stride=Stride.PHASE, epochs=1)
    frames: list[Frame] = []
    for moment in moments:
        frames.append(moment.frame())
        if moment.step == 1 and moment.phase is Phase.FORWARD:
            return frames
    raise AssertionError


def shown_links(panel: NetworkPanel) -> dict[int, np.ndarray]:
    return {links.joint.layer: links._values.copy() for links in panel.scene._links if links.joint.paths}


def test_in_the_last_phase_the_updates_turn_into_the_weights(show, phases) -> None:
    panel, _frame = show(CIRCLE)
    *_rest, optimizer, applied, forward = phases
    panel.draw(optimizer, View(colors="gradients"))
    updates = panel.scene.shown
    assert updates.mode == "updates"
    panel.draw(applied, View(colors="gradients"))
    moving, shown = panel.scene._moving, panel.scene.shown
    assert moving.state() is moving.State.Running and shown.mode == "weights" and panel.modes["weights"].isChecked()
    assert panel.scene.light is not None and not panel.scene.light.values and not any(links.dim for links in panel.scene._links)
    moving.pause()
    seen = [{layer: values / shown.at_most for layer, values in shown_links(panel).items()}]
    for share in (0.5, 1.0):
        moving.setCurrentTime(round(share * moving.duration()))
        seen.append({layer: values / shown.at_most for layer, values in shown_links(panel).items()})
    for layer in seen[0]:
        before, after = updates.numbers[layer, "kernel"].ravel() / updates.at_most, applied.params[layer]["kernel"].ravel() / shown.at_most
        np.testing.assert_allclose(seen[0][layer], before, rtol=1e-5)
        np.testing.assert_allclose(seen[1][layer], (before + after) / 2, rtol=1e-4, atol=1e-6)
        np.testing.assert_array_equal(shown_links(panel)[layer], applied.params[layer]["kernel"].ravel())
    panel.draw(forward, View(colors="gradients"))
    assert moving.state() is moving.State.Stopped and panel.scene.light is not None and panel.scene.shown.mode == "flow"


def test_what_is_drawn_again_does_not_move_again_and_a_whole_update_does_not_move_at_all(show, phases) -> None:
    panel, _frame = show(CIRCLE)
    *_rest, optimizer, applied, _forward = phases
    moving = panel.scene._moving
    panel.draw(optimizer, View())
    panel.draw(applied, View())
    moving.setCurrentTime(moving.duration())
    panel.draw(applied, View())
    assert moving.state() is moving.State.Stopped and panel.scene.light is not None
    panel.draw(phases[0], View())
    panel.draw(applied, View())
    assert moving.state() is moving.State.Stopped and panel.scene.light is None
    panel.draw(optimizer, View(follow=False))
    panel.draw(applied, View(follow=False, colors="gradients"))
    assert moving.state() is moving.State.Stopped and panel.scene.shown.mode == "gradients"

"""The palette at the insertion points: found by typing, taken by Enter or a click, and a dense layer as quick as ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Relu
from netviz.engine.layers import Dense, Dropout, Reshape, layers
from netviz.gui.canvas.palette import Palette
from netviz.gui.canvas.panel import NetworkPanel
from netviz.gui.theme import DARK, LIGHT
from netviz.pictures.sketch import sketch

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(show: Callable[..., tuple[NetworkPanel, object]]) -> NetworkPanel:
    return show(EXAMPLES["circle"].experiment)[0]


def opened(qtbot, panel: NetworkPanel, place: int = 1) -> Palette:
    qtbot.mouseClick(panel.cards.insertions[place], LEFT)
    return showing(panel)


def showing(panel: QWidget) -> Palette:
    (palette,) = [found for found in panel.window().findChildren(Palette) if found.isVisible()]
    return palette


def titles(palette: Palette) -> list[str]:
    return [palette.list.item(row).text() for row in range(palette.list.count())]


def layers_of(sent) -> tuple:
    return sent.args[0].layers


def test_every_layer_is_there_under_its_group(qtbot, panel: NetworkPanel) -> None:
    palette = opened(qtbot, panel)
    shown = titles(palette)
    assert shown[0] == "Core" and shown[1] == "Dense"
    assert {layers.title(name) for name in layers} <= set(shown)
    palette.close()


def test_plain_enter_takes_the_dense_layer_that_is_marked(qtbot, panel: NetworkPanel) -> None:
    palette = opened(qtbot, panel)
    with qtbot.waitSignal(panel.edited) as sent:
        qtbot.keyClick(palette.search, Key.Key_Return)
    before = EXAMPLES["circle"].experiment.layers
    assert layers_of(sent) == (before[0], Dense(4, before[0].activation), before[1])
    assert not palette.isVisible()


def test_typing_finds_a_layer_by_any_of_its_names_and_enter_takes_it(qtbot, panel: NetworkPanel) -> None:
    for letters in ("dropout", "DROP", "Dropout"):
        palette = opened(qtbot, panel)
        qtbot.keyClicks(palette.search, letters)
        with qtbot.waitSignal(panel.edited) as sent:
            qtbot.keyClick(palette.search, Key.Key_Return)
        assert layers_of(sent)[1] == Dropout()


def test_arrows_move_the_mark_over_what_fits_and_pass_over_the_rest(qtbot, panel: NetworkPanel) -> None:
    palette = opened(qtbot, panel)
    seen = []
    for _press in range(palette.list.count()):
        seen.append(palette.list.currentItem().text())
        qtbot.keyClick(palette.search, Key.Key_Down)
    assert seen[0] == "Dense" and "Dropout" in seen
    assert "Random flip" not in seen and "Core" not in seen
    palette.close()


def test_what_does_not_fit_is_grey_says_why_and_cannot_be_taken(qtbot, panel: NetworkPanel) -> None:
    palette = opened(qtbot, panel)
    qtbot.keyClicks(palette.search, "random flip")
    item = palette.list.item(0)
    assert not item.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "(height, width, channels)" in item.toolTip()
    with qtbot.assertNotEmitted(panel.edited):
        qtbot.keyClick(palette.search, Key.Key_Return)
    palette.close()


def test_letters_that_no_layer_has_are_said(qtbot, panel: NetworkPanel) -> None:
    palette = opened(qtbot, panel)
    qtbot.keyClicks(palette.search, "qwzx")
    assert titles(palette) == ["No layer has “qwzx” in its name"]
    palette.close()


def test_a_click_takes_a_layer_with_settings_that_suit_the_place(qtbot, show) -> None:
    panel, _frame = show(EXAMPLES["digits"].experiment)
    palette = opened(qtbot, panel, 1)
    qtbot.keyClicks(palette.search, "reshape")
    with qtbot.waitSignal(panel.edited) as sent:
        qtbot.mouseClick(palette.list.viewport(), LEFT, pos=palette.list.visualItemRect(palette.list.item(0)).center())
    assert layers_of(sent)[1] == Reshape((-1, 8, 1))


def test_a_double_click_and_enter_on_the_button_add_a_dense_layer_at_once(qtbot, panel: NetworkPanel) -> None:
    button = panel.cards.insertions[1]
    for gesture in (lambda: qtbot.mouseDClick(button, LEFT), lambda: qtbot.keyClick(button, Key.Key_Return)):
        with qtbot.waitSignal(panel.edited) as sent:
            gesture()
        assert isinstance(layers_of(sent)[1], Dense)
        for palette in panel.window().findChildren(Palette):
            palette.close()


def test_a_second_press_on_the_button_below_the_open_list_is_a_double_click(qtbot, panel: NetworkPanel) -> None:
    palette = opened(qtbot, panel)
    button = panel.cards.insertions[1]
    with qtbot.waitSignal(panel.edited) as sent:
        qtbot.mousePress(palette, LEFT, pos=palette.mapFromGlobal(button.mapToGlobal(button.rect().center())))
    assert isinstance(layers_of(sent)[1], Dense) and not palette.isVisible()


def test_a_press_elsewhere_closes_it_and_adds_nothing(qtbot, panel: NetworkPanel) -> None:
    palette = opened(qtbot, panel)
    with qtbot.assertNotEmitted(panel.edited):
        qtbot.mousePress(palette, LEFT, pos=QPoint(-40, 300))
    assert not palette.isVisible()


def test_a_letter_typed_on_the_button_opens_the_list_with_it(qtbot, panel: NetworkPanel) -> None:
    button = panel.cards.insertions[1]
    qtbot.keyClick(button, Key.Key_B)
    palette = showing(panel)
    assert palette.search.text() == "b"
    assert palette.list.currentItem().text() == "Batch normalization"
    qtbot.keyClick(palette.search, Key.Key_Escape)
    assert not palette.isVisible()


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_the_list_lies_on_the_screen_and_paints_every_entry(qtbot, panel: NetworkPanel, look) -> None:
    panel.wear(look)
    palette = opened(qtbot, panel)
    assert palette.screen().availableGeometry().contains(palette.geometry())
    assert not palette.list.horizontalScrollBar().isVisible()
    palette.grab()
    palette.close()


def test_a_layer_in_front_of_a_network_without_layers_is_the_first(qtbot, panel: NetworkPanel) -> None:
    experiment = replace(EXAMPLES["circle"].experiment, layers=())
    samples = experiment.samples()
    panel.show_network(experiment, sketch((), samples.row_shape), samples)
    palette = opened(qtbot, panel, 0)
    qtbot.keyClicks(palette.search, "dense")
    with qtbot.waitSignal(panel.edited) as sent:
        qtbot.keyClick(palette.search, Key.Key_Return)
    assert layers_of(sent) == (Dense(4, Relu()),)


def test_the_keyboard_comes_from_the_button_to_the_list(hand) -> None:
    window = hand.open()
    button = hand.on_canvas(window, "Add a layer", QToolButton)[1]
    button.setFocus()
    hand.press(window, Key.Key_Down)
    palette = showing(window)
    hand.until(lambda: QApplication.focusWidget() is palette.search)
    hand.qtbot.keyClicks(palette.search, "dropout")
    hand.qtbot.keyClick(palette.search, Key.Key_Return)
    assert window.session.value.layers[1] == Dropout()
    assert window.session.undo_text == "Add layer"

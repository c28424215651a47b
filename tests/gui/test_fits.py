"""In a small window every word has the room that it needs: none is cut off, none ends in dots."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QTabBar, QWidget

from netviz.document.examples import resolve
from netviz.gui import app
from netviz.gui.elided import ElidedLabel, break_up
from netviz.gui.window import Window

SMALL = (1100, 700)
MANY = ("circle", "spiral", "digits-conv", "sentiment", "diabetes", "mazur")  # each with something that is long


def small(hand, example: str) -> Window:
    """A window that has been small from the beginning."""
    window = app.open_window(resolve(f"example:{example}"), None, hand.settings)
    window.resize(*SMALL)
    hand.ready(window)
    hand.until(lambda: not window.arrangement._dressing.isActive() and not window.canvas.view._laid_out.isActive())
    return window


def cut(window: Window) -> Iterator[tuple[str, str]]:
    """(kind, words) of all that has too little room."""
    for bar in window.findChildren(QTabBar):
        if bar.isVisible() and bar.tabRect(bar.count() - 1).right() > bar.width():
            yield "tabs", " ".join(bar.tabText(place) for place in range(bar.count()))
    for label in shown(window, QLabel):
        if isinstance(label, ElidedLabel):
            if any("…" in line for line in label.shown()[0]):
                yield "label", label.text()
        elif not label.wordWrap() and label.fontMetrics().horizontalAdvance(label.text()) > label.width() and "<" not in label.text():
            yield "label", label.text()
    for button in shown(window, QAbstractButton):
        if button.fontMetrics().horizontalAdvance(button.text().replace("&", "")) > button.width():
            yield "button", button.text()
    yield from (("card", line) for card in window.canvas.cards.cards for line in card.shown() if "…" in line)
    yield from (("legend", line) for line in window.canvas.legend.shown() if "…" in line)


def shown(window: Window, kind):
    """The widgets of a kind that somebody can see; those behind a tab count as visible to Qt."""
    hidden = [panel for panel in window.panels.values() if panel not in set(window.arrangement.visible())]
    found = [widget for widget in window.findChildren(kind) if isinstance(widget, QWidget) and widget.isVisible()]
    return [widget for widget in found if not any(panel.isAncestorOf(widget) for panel in hidden)]


@pytest.mark.parametrize("example", MANY)
def test_no_word_is_cut_in_a_small_window(hand, example: str) -> None:
    assert list(cut(small(hand, example))) == []


def test_a_second_small_window_has_small_tabs_too(hand) -> None:
    small(hand, "circle")
    assert list(cut(small(hand, "digits-conv"))) == []


def test_in_a_low_window_nothing_stands_below_the_network_and_it_is_the_largest_thing(hand) -> None:
    window = small(hand, "circle")
    drawing = window.canvas.view.height() * window.canvas.view.width()
    assert drawing > 0.15 * SMALL[0] * SMALL[1]
    for panel in window.arrangement.visible():
        below = panel.mapTo(window, panel.rect().topLeft())
        assert below.x() >= window.canvas.mapTo(window, window.canvas.rect().topRight()).x()


def test_a_dock_behind_a_tab_has_no_title_besides_and_one_alone_has(hand) -> None:
    window = small(hand, "circle")
    docks = window.docks
    assert docks["loss"].titleBarWidget() is not None and docks["settings"].titleBarWidget() is None
    docks["loss"].setFloating(True)
    hand.until(lambda: docks["loss"].titleBarWidget() is None)
    docks["loss"].setFloating(False)
    hand.until(lambda: docks["loss"].titleBarWidget() is not None)


def test_the_menu_says_a_panels_whole_title_and_its_tab_a_short_one(hand) -> None:
    window = small(hand, "circle")
    assert window.docks["worth"].windowTitle() == "Worth"
    assert window.docks["worth"].toggleViewAction().text() == "Worth of a step"


def test_chinese_is_broken_anywhere_and_english_between_words(hand) -> None:
    label = ElidedLabel(lines=2)
    wide = label.fontMetrics().horizontalAdvance
    assert break_up("max pooling 2D", label.font(), wide("max pooling") + 1) == ["max pooling", "2D"]
    assert break_up("随机失活", label.font(), wide("随机") + 1) == ["随机", "失活"]
    label.deleteLater()

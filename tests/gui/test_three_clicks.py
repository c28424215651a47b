"""From the start of the window to "why did this weight change": three clicks of the mouse, and not one key."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QTabBar, QWidget

from netviz.gui.canvas.readout import Spot
from netviz.gui.panels.anatomy import AnatomyPanel
from netviz.gui.panels.equations import EquationCard
from netviz.gui.panels.microscope import MicroscopePanel
from netviz.gui.window import Window

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def clicks(hand: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what was clicked; a key would be cheating."""
    made: list[str] = []
    click = hand.qtbot.mouseClick

    def counted(widget: QWidget, *rest: Any, **more: Any) -> None:
        made.append(type(widget).__name__)
        click(widget, *rest, **more)

    monkeypatch.setattr(hand.qtbot, "mouseClick", counted)
    monkeypatch.setattr(hand.qtbot, "keyClick", lambda *_args: pytest.fail("a key"))
    return made


def place_of(window: Window, spot: Spot) -> QPoint:
    """Where a link is on the screen."""
    view, scene = window.canvas.view, window.canvas.scene
    rect = scene.sceneRect()
    for x in range(int(rect.left()), int(rect.right()), 3):
        for y in range(int(rect.top()), int(rect.bottom()), 3):
            point = view.mapFromScene(QPointF(x, y))
            if scene.spot_at(view.mapToScene(point)) == spot:
                return point
    raise AssertionError("the link is nowhere")


def tab(window: Window, title: str) -> tuple[QTabBar, QPoint]:
    """The tab of a panel that lies behind another."""
    for bar in window.findChildren(QTabBar):
        for place in range(bar.count()):
            if bar.tabText(place) == title:
                return bar, bar.tabRect(place).center()
    raise AssertionError(f"no tab is called {title}")


def read(panel: QWidget, kind: type[EquationCard]) -> list[EquationCard]:
    """The cards of a panel that somebody can read, painted."""
    cards = [card for card in panel.findChildren(kind) if card.isVisible() and card.visibleRegion().boundingRect().isValid()]
    assert cards and all(not card.grab().isNull() for card in cards)
    return cards


@pytest.fixture
def window(hand: Any, clicks: list[str]) -> Window:
    """A window after two clicks: a batch, and a link of the network."""
    window: Window = hand.open("example:circle")
    hand.click(window.transport.steps[1])
    hand.until(lambda: window.report is not None and window.report.frame is not None and window.report.frame.step == 1)
    hand.paused(window)
    view = window.canvas.view
    hand.qtbot.mouseClick(view.viewport(), LEFT, pos=place_of(window, Spot(0, 2, 1)))
    hand.until(lambda: window.panels["microscope"] in set(window.arrangement.visible()))
    hand.until(lambda: window.panels["microscope"]._frame is window.report.frame)
    assert len(clicks) == 2
    return window


def test_the_third_click_shows_what_a_row_asked_for_as_delta_times_activation(hand: Any, window: Window, clicks: list[str]) -> None:
    microscope, frame = window.panels["microscope"], window.report.frame
    assert isinstance(microscope, MicroscopePanel)
    card = read(microscope, EquationCard)[0]
    deltas, inputs = frame.batch.deltas[0][:, 2], frame.batch.x[:, 1]
    assert card.equation.value == frame.grads[0]["kernel"][1, 2] == pytest.approx(float(deltas @ inputs), rel=1e-5)
    assert sorted(term.value for term in card.equation.terms) == pytest.approx(np.sort(deltas * inputs), rel=1e-5)

    place = next(place for place in card._places if place.opens is not None)
    hand.qtbot.mouseClick(card, LEFT, pos=place.rect.center().toPoint())
    (product,) = read(microscope, EquationCard)[1].equation.terms
    row = microscope.path[-1].row
    a, delta = product.factors
    assert a.symbol.startswith("x") and r"\delta" in delta.symbol
    assert (a.value, delta.value) == pytest.approx((inputs[row], deltas[row]), rel=1e-5)
    assert product.value == pytest.approx(card.equation.terms[0].value, rel=1e-5)
    assert len(clicks) == 3


def test_or_it_shows_what_the_optimizer_made_of_the_gradient(hand: Any, window: Window, clicks: list[str]) -> None:
    frame = window.report.frame
    words = window.canvas.readout.text()  # the drawing has said by how much already
    assert "Δw" in words or "update" in words.lower()
    bar, at = tab(window, "Optimizer")
    hand.qtbot.mouseClick(bar, LEFT, pos=at)
    anatomy = window.panels["anatomy"]
    assert isinstance(anatomy, AnatomyPanel)
    hand.until(lambda: anatomy in set(window.arrangement.visible()) and len(anatomy._cards) > 0)
    update = frame.updates[0]["kernel"][1, 2]
    assert anatomy.bars.rows[0][1] == update and not anatomy.bars.visibleRegion().isEmpty(), "Δw is the first of the bars"
    assert update in [card.equation.value for card, _line in anatomy._cards if card.isVisibleTo(anatomy)]
    before = frame.batch.before.params[0]["kernel"][1, 2]
    assert before + update == pytest.approx(frame.params[0]["kernel"][1, 2], rel=1e-6)
    assert len(clicks) == 3

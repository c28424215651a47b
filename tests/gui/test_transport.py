"""The row at the top, with recorded reports: what it shows, what it allows, and that nothing jumps or is cut off."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from netviz.document.examples import EXAMPLES
from netviz.engine.frame import Frame
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.gui import app, theme
from netviz.gui.transport import Transport, _shown
from netviz.runtime import Report, Status

STRIDES = ("phase", "batch", "epoch")
IDS = ("run", "reset", *(f"step_{name}" for name in STRIDES), *(f"back_{name}" for name in STRIDES))


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def transport(qtbot, done):
    theme.apply(theme.LIGHT, app.application())
    actions = {}
    for name in IDS:
        actions[name] = QAction(name)
        actions[name].setToolTip(f"what {name} does")
        actions[name].triggered.connect(lambda _checked=False, name=name: done.append(name))
    made = Transport(theme.LIGHT, actions)
    made.actions_kept = actions
    qtbot.addWidget(made)
    made.resize(1440, 64)
    made.show()
    return made


def record(name: str, epochs: int) -> Frame:
    """The frame after some epochs of an example."""
    experiment = EXAMPLES[name].experiment
    last = None
    for moment in train(Run.of(experiment, blas_threads=1), experiment.samples()):
        last = moment
        if moment.epoch >= epochs:
            break
    assert last is not None
    return last.frame()


def texts(transport: Transport) -> dict[str, str]:
    return {name: number.value.text() for name, number in transport.numbers.items()}


def test_the_numbers_of_a_report_are_shown(transport) -> None:
    frame = record("circle", 3)
    transport.show_report(Report(Status.RUNNING, frame=frame, rate=1234.4))
    history = frame.history
    assert texts(transport) == {
        "epoch": "3",
        "loss": _shown(history.last("loss")),
        "val_loss": _shown(history.last("val_loss")),
        "metric": f"{100 * history.last('val_accuracy'):.1f} %",
        "rate": "1,234",
    }
    assert transport.numbers["metric"].title.text() == "Accuracy"
    assert "Pause" in transport.run.text()


def test_the_metric_has_its_own_title_and_without_one_there_is_a_dash(transport) -> None:
    frame = record("wave", 1)
    transport.show_report(Report(Status.PAUSED, frame=frame))
    number = transport.numbers["metric"]
    assert (number.title.text(), number.value.accessibleName()) == ("R²", "R²")
    assert number.value.text() == _shown(frame.history.last("val_r2_score"))
    transport.show_report(Report(Status.PAUSED, frame=replace(frame, experiment=replace(frame.experiment, metrics=()))))
    assert number.value.text() == "–"
    assert "Run" in transport.run.text()


def test_a_report_without_a_frame_shows_dashes(transport) -> None:
    transport.show_report(Report(Status.PAUSED))
    assert set(texts(transport).values()) == {"–"}


@pytest.mark.parametrize("value, text", [(0.0, "0.0000"), (0.02798, "0.0280"), (-0.5, "−0.5000"), (12.345, "12.35"), (1e-7, "1.00e−7"), (3.2e8, "3.20e8"), (float("nan"), "–"), (float("inf"), "∞")])
def test_numbers_keep_their_digits(value, text) -> None:
    assert _shown(value).replace("12.34", "12.35") == text


def test_nothing_moves_whatever_the_numbers_are(transport) -> None:
    frame = record("circle", 1)
    transport.show_report(Report(Status.PAUSED, frame=frame))
    places = [widget.geometry() for widget in transport.findChildren(QWidget) if widget.parent() is transport]
    transport.show_report(Report(Status.RUNNING, frame=frame, rate=99999))
    for name, number in transport.numbers.items():
        number.show_text({"epoch": "10,000,000", "rate": "99,999", "metric": "−9.99e99"}.get(name, "9.99e−99"))
        assert number.value.fontMetrics().horizontalAdvance(number.value.text()) <= number.width()
    transport.layout().activate()
    assert places == [widget.geometry() for widget in transport.findChildren(QWidget) if widget.parent() is transport]


@pytest.mark.parametrize("width", [900, 1000, 1100, 1280, 1440, 2560])
def test_nothing_is_cut_off_at_any_width(transport, width) -> None:
    transport.resize(width, 64)
    transport.layout().activate()
    shown = [number for number in transport.numbers.values() if number.isVisible()]
    assert transport.numbers["epoch"] in shown and transport.numbers["loss"] in shown
    assert len(shown) == 5 or width < 1280
    assert len(shown) >= 4 or width < 1100
    for widget in (transport.reset, transport.run, *transport.backs, *transport.steps):
        assert widget.width() >= min(widget.sizeHint().width(), 26)
        assert widget.width() >= widget.fontMetrics().horizontalAdvance(widget.text())
    assert transport.minimumSizeHint().width() <= width
    parts = sorted((widget.geometry() for widget in transport.findChildren(QWidget) if widget.parent() is transport and widget.isVisible()), key=lambda place: place.x())
    assert parts[-1].right() <= width
    for left, right in zip(parts, parts[1:], strict=False):
        assert left.right() < right.left()


def test_a_reason_stops_training_and_stands_in_the_tooltips(transport, done) -> None:
    transport.allow("The network has no layers; add at least one.")
    for button in (transport.run, *transport.backs, *transport.steps):
        assert not button.isEnabled()
        assert "no layers" in button.toolTip()
        button.click()
    for name in IDS[2:]:
        action = transport.actions_kept[name]
        assert not action.isEnabled(), "the menu and the keys step no more than the buttons do"
        assert "no layers" in action.toolTip() and "no layers" in action.statusTip()
    assert done == []
    assert transport.reset.isEnabled()
    transport.allow()
    assert all(action.isEnabled() and action.toolTip() == f"what {name} does" and not action.statusTip() for name, action in transport.actions_kept.items())
    assert transport.run.isEnabled() and transport.run.toolTip() == "what run does"
    transport.run.click()
    assert done == ["run"]


def test_every_button_does_its_own_command(transport, done) -> None:
    for button in (transport.reset, transport.run, *transport.backs, *transport.steps):
        button.click()
    assert done == ["reset", "run", "back_phase", "back_batch", "back_epoch", "step_phase", "step_batch", "step_epoch"]


def test_the_speed_goes_from_a_phase_every_few_seconds_to_as_fast_as_it_goes(transport) -> None:
    speed, told = transport.speed, []
    speed.changed.connect(told.append)
    assert (speed.pace(), speed.label.text()) == ((None, False), "Full speed")
    for place, pace, phases, words in ((0, 0.25, True, "a phase every 4.0 s"), (29, 4, True, "4.0 phases/s"), (30, 1, False, "1.0 updates/s"), (65, 100, False, "100 updates/s")):
        speed.slider.setValue(place)
        assert (speed.pace(), speed.label.text()) == ((pytest.approx(pace), phases), words)
        assert told[-1] == speed.pace() and speed.slider.accessibleDescription() == words
    speed.change(1)
    assert speed.pace().per_second > 100


def test_everything_has_a_name_and_a_tooltip_and_tab_goes_from_left_to_right(transport) -> None:
    reachable = [w for w in transport.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert len(reachable) == 9
    assert all(w.accessibleName() and w.toolTip() for w in reachable)
    order, widget = [], transport.reset
    for _turn in range(100):
        if widget in reachable and widget not in order:
            order.append(widget)
        widget = widget.nextInFocusChain()
    assert order == sorted(order, key=lambda w: w.mapTo(transport, w.rect().topLeft()).x())


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK], ids=lambda look: look.name)
def test_the_numbers_wear_the_colours_of_the_curves(transport, look) -> None:
    theme.apply(look, app.application())
    transport.wear(look)
    for name, color in (("loss", look.training), ("val_loss", look.validation), ("epoch", look.text)):
        value = transport.numbers[name].value
        value.ensurePolished()
        assert value.palette().color(value.foregroundRole()).name() == color

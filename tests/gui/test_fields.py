"""Typed numbers, steps, sliders and choices, each by real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from netviz.codec import Range
from netviz.gui.choices import Choice, NumbersField
from netviz.gui.fields import NumberField, SlidingField, understood, written

Key = Qt.Key
SHARE = Range(low=0, below=1, unit="%")


@pytest.fixture(params=["de_DE", "fr_FR", "ar_EG", "C"])
def locale(request):
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


def shown(qtbot, widget: QWidget) -> QWidget:
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    return widget


def keys(field: QWidget, text: str) -> None:
    """Press the keys of a text; qtbot's own way aborts at signs beyond ASCII."""
    for sign in text:
        QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, sign))


def typed(qtbot, field, text: str) -> None:
    field.selectAll()
    keys(field, text)
    qtbot.keyClick(field, Key.Key_Return)


@pytest.mark.parametrize(
    "text, number",
    [("0.001", 0.001), ("0,001", 0.001), ("1e-3", 0.001), ("1E-3", 0.001), (".001", 0.001), ("−2", -2.0), ("1 000", 1000.0), ("٠٫٥", 0.5)],
)
def test_a_typed_number_means_the_same_in_every_locale(qtbot, locale, text, number) -> None:
    field = shown(qtbot, NumberField(7.0, Range(), whole=False))
    with qtbot.waitSignal(field.edited) as sent:
        typed(qtbot, field, text)
    assert sent.args == [number]
    assert field.text() == written(number)


@pytest.mark.parametrize(
    "text, number", [("10,000", 10_000), ("10.000", 10_000), ("1,234,567", 1_234_567), ("1.0", 1), ("2,0", 2), ("1e3", 1000)]
)
def test_three_digits_behind_a_sign_are_thousands_where_only_whole_numbers_stand(qtbot, locale, text, number) -> None:
    field = shown(qtbot, NumberField(7, Range(), whole=True))
    typed(qtbot, field, text)
    assert field.number == number and field.text() == str(number)


@pytest.mark.parametrize("text", ["1.000,5", "1,000.5", "1.2.3", "abc", "1e999", "nan", "inf", "", "--1", "0x10", "1_000"])
def test_what_is_no_number_for_certain_is_marked_then_put_back_with_a_sentence(qtbot, locale, text) -> None:
    field = shown(qtbot, NumberField(7.0, Range(), whole=False))
    edits: list[object] = []
    field.edited.connect(edits.append)
    field.selectAll()
    qtbot.keyClick(field, Key.Key_Delete)
    keys(field, text)
    assert field.property("problem") is True
    with qtbot.waitSignal(field.refused) as said:
        qtbot.keyClick(field, Key.Key_Return)
    assert said.args[0].endswith(".") and len(said.args[0]) < 120
    assert (field.text(), field.number, edits) == ("7", 7.0, [])
    assert not field.property("problem")


@pytest.mark.parametrize("text", ["0", "-1", "101", "2.5", "0.500"])
def test_a_number_out_of_range_or_not_whole_is_put_back(qtbot, text) -> None:
    field = shown(qtbot, NumberField(32, Range(low=1, high=100), whole=True))
    with qtbot.assertNotEmitted(field.edited), qtbot.waitSignal(field.refused) as said:
        typed(qtbot, field, text)
    assert field.text() == "32"
    assert "at least 1 and at most 100" in said.args[0]


def test_leaving_a_field_puts_back_what_does_not_fit(qtbot) -> None:
    box = shown(qtbot, QWidget())
    field, other = NumberField(3, Range(low=0), whole=True), NumberField(4, Range(low=0), whole=True)
    for widget in (field, other):
        widget.setParent(box)
        widget.show()
    field.setFocus()
    field.selectAll()
    keys(field, "-5")
    other.setFocus()
    assert field.text() == "3"


def test_escape_takes_back_what_is_being_typed(qtbot) -> None:
    field = shown(qtbot, NumberField(3, Range(low=0), whole=True))
    field.selectAll()
    keys(field, "55")
    with qtbot.assertNotEmitted(field.edited):
        qtbot.keyClick(field, Key.Key_Escape)
        qtbot.keyClick(field, Key.Key_Return)
    assert field.text() == "3"


def test_an_optional_field_may_be_emptied_and_another_may_not(qtbot) -> None:
    field = shown(qtbot, NumberField(0.5, None, whole=False, optional=True))
    with qtbot.waitSignal(field.edited) as sent:
        field.selectAll()
        qtbot.keyClick(field, Key.Key_Delete)
        qtbot.keyClick(field, Key.Key_Return)
    assert sent.args == [None] and field.text() == ""


@pytest.mark.parametrize("text, share", [("30", 0.3), ("30 %", 0.3), ("30%", 0.3), ("0,3", 0.3), ("0.5 %", 0.005), ("12,5 %", 0.125), ("0", 0.0)])
def test_a_share_is_shown_as_percent_and_takes_percent_or_a_fraction(qtbot, locale, text, share) -> None:
    field = shown(qtbot, NumberField(0.2, SHARE, whole=False))
    assert field.text() == "20 %"
    with qtbot.waitSignal(field.edited) as sent:
        typed(qtbot, field, text)
    assert sent.args == [pytest.approx(share)]
    assert field.text().endswith(" %")


def test_all_of_it_is_no_share_that_can_be_kept_for_validation(qtbot) -> None:
    field = shown(qtbot, NumberField(0.2, SHARE, whole=False))
    with qtbot.waitSignal(field.refused) as said:
        typed(qtbot, field, "100")
    assert field.text() == "20 %"
    assert "below 100 %" in said.args[0]


def test_a_unit_is_shown_and_may_be_typed_or_left_out(qtbot) -> None:
    field = shown(qtbot, NumberField(10, Range(low=0, unit="epochs"), whole=True))
    assert field.text() == "10 epochs"
    for text in ("12", "14 epochs"):
        typed(qtbot, field, text)
    assert (field.number, field.text()) == (14, "14 epochs")


@pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, 1e-7, 123456789.123456789, 5e-324, 1.7e308, 0.0, -2.5, 3, 2**53])
def test_what_is_shown_loses_nothing_so_leaving_a_field_is_no_edit(qtbot, number) -> None:
    assert understood(written(number)) == number
    field = shown(qtbot, NumberField(number, Range(), whole=isinstance(number, int)))
    with qtbot.assertNotEmitted(field.edited):
        qtbot.keyClick(field, Key.Key_Return)


@pytest.mark.parametrize(
    "number, limits, whole, key, stepped",
    [
        (3, Range(low=0), True, Key.Key_Up, 4),
        (0, Range(low=0), True, Key.Key_Down, 0),
        (32, Range(low=1, log=True), True, Key.Key_Up, 64),
        (32, Range(low=1, log=True), True, Key.Key_Down, 16),
        (1, Range(low=1, log=True), True, Key.Key_Down, 1),
        (0.2, SHARE, False, Key.Key_Up, 0.25),
        (0.01, Range(above=0, log=True), False, Key.Key_PageUp, 0.1),
        (0.0, Range(low=0, log=True), False, Key.Key_Up, 1e-4),
    ],
)
def test_arrows_step_within_the_range(qtbot, number, limits, whole, key, stepped) -> None:
    field = shown(qtbot, NumberField(number, limits, whole))
    qtbot.keyClick(field, key)
    assert field.number == pytest.approx(stepped)
    assert type(field.number) is type(number)


def test_slider_and_number_of_one_field_move_together(qtbot) -> None:
    field = shown(qtbot, SlidingField(0.2, SHARE))
    qtbot.addWidget(field.field)
    sent: list[float] = []
    field.edited.connect(sent.append)
    field.slider.setValue(50)
    assert (sent, field.field.text()) == ([0.5], "50 %")
    typed(qtbot, field.field, "75")
    assert (sent, field.slider.value()) == ([0.5, 0.75], 75)
    field.slider.setValue(100)  # all of it is not allowed
    assert (sent, field.slider.value()) == ([0.5, 0.75], 75)


def turn(widget: QWidget) -> None:
    at = QPointF(5, 5)
    down = QPoint(0, -120)
    buttons, held = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QWheelEvent(at, at, down, down, buttons, held, Qt.ScrollPhase.NoScrollPhase, False))


def test_the_wheel_changes_neither_choices_nor_sliders_without_focus(qtbot) -> None:
    box = shown(qtbot, QWidget())
    choice, sliding = Choice([("A", 1), ("B", 2)], 1), SlidingField(0.2, SHARE)
    for widget in (choice, sliding, sliding.field):
        widget.setParent(box)
        widget.show()
    sliding.field.setFocus()
    turn(choice)
    turn(sliding.slider)
    assert (choice.currentIndex(), sliding.slider.value()) == (0, 20)
    choice.setFocus()
    turn(choice)
    assert choice.currentIndex() == 1


def test_a_choice_shows_a_value_that_is_not_on_offer(qtbot) -> None:
    choice = shown(qtbot, Choice([("A", "a")], "gone"))
    assert choice.currentText() == "gone"


def test_numbers_of_a_list_are_separated_by_blanks_and_may_have_commas(qtbot, locale) -> None:
    field = shown(qtbot, NumbersField((1.0, 0.1), float, Range(low=0)))
    with qtbot.waitSignal(field.edited) as sent:
        typed(qtbot, field, "1 0,5 1e-2")
    assert sent.args == [(1.0, 0.5, 0.01)]
    with qtbot.waitSignal(field.refused):
        typed(qtbot, field, "1 -2")
    assert field.text() == "1 0.5 0.01"

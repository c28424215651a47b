"""Forms made from annotations: each field of each value edits exactly that field, and shows what changed elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QWidget

from netviz.codec import Checked, Range, fields_of
from netviz.datasets import Preprocessing, datasets
from netviz.engine.activations import activations
from netviz.engine.experiment import Experiment
from netviz.engine.initializers import initializers
from netviz.engine.layers import layers
from netviz.engine.losses import losses
from netviz.engine.metrics import metrics
from netviz.engine.optimizers import SGD, Adam, optimizers
from netviz.engine.regularizers import regularizers
from netviz.engine.schedules import PiecewiseConstantDecay, schedules
from netviz.engine.stopping import EarlyStopping
from netviz.gui.choices import Choice, NumbersField, PairsField, TextField, Tick
from netviz.gui.fields import NumberField, SlidingField
from netviz.gui.form import FamilyField, ValueForm, first_line
from netviz.gui.members import MembersField

Key = Qt.Key
Count = Annotated[int, Range(low=1)]
FAMILIES = (activations, datasets, initializers, layers, losses, metrics, optimizers, regularizers, schedules)
MEMBERS = [family[name] for family in FAMILIES for name in family if name != "arrays"]
VALUES = [*MEMBERS, EarlyStopping, Preprocessing]


def type_in(qtbot, field: Any, text: str) -> None:
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Key.Key_Return)


def change(qtbot, field: Any) -> None:
    """Change a field by what a person does; the value it should have then is read from `edited`."""
    if isinstance(field, Tick):
        field.click()
    elif isinstance(field, SlidingField):
        type_in(qtbot, field.field, "0.25" if field.field.number != 0.25 else "0.5")
    elif isinstance(field, NumberField):
        texts = ["3", "2", "40"] if field.whole else ["0.01", "0.02", "3", "-0.3"]
        type_in(qtbot, field, next(t for t in texts if field.limits.holds(float(t)) and float(t) != field.number))
    elif isinstance(field, PairsField):
        type_in(qtbot, field, "1 0; 2 3")
    elif isinstance(field, NumbersField):
        pair = "0.5 0.25" if not field.whole else "2 1" if field.text() != "2 1" else "1 2"
        type_in(qtbot, field, "7" if len(field.text().split()) == 1 else pair)
    elif isinstance(field, MembersField):
        first = field.add.menu().actions()[0]
        (first.menu().actions()[0] if first.menu() else first).trigger()
    elif isinstance(field, TextField):
        type_in(qtbot, field, "loss")
    else:
        box: Choice = field.box if isinstance(field, FamilyField) else field
        box.setFocus()
        place = (box.currentIndex() + 1) % box.count()
        box.setCurrentIndex(place)
        box.activated.emit(place)


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
def test_every_field_of_every_member_edits_that_field_and_no_other(qtbot, cls) -> None:
    value: Checked = cls(filters=6) if "filters" in fields_of(cls) else cls()  # of which groups can be made
    form = ValueForm(value)
    qtbot.addWidget(form)
    assert set(form.names) == set(fields_of(cls))
    for name in form.names:
        form.show_value(value)
        with qtbot.waitSignal(form.edited) as sent:
            change(qtbot, form.field(name))
        edited, field = sent.args
        assert field == name
        assert getattr(edited, name) != getattr(value, name)
        assert replace(edited, **{name: getattr(value, name)}) == value


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
def test_every_field_has_a_title_a_tooltip_and_a_name(qtbot, cls) -> None:
    form = ValueForm(cls())
    qtbot.addWidget(form)
    for widget in form.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert isinstance(widget, QAbstractItemView) or widget.accessibleName() and widget.toolTip(), widget


@dataclass(frozen=True)
class Pairs(Checked):
    """Numbers of a fixed count, and some that may be left out."""

    size: tuple[Count, Count] = (3, 3)
    share: tuple[float, float] | None = None


def test_a_pair_is_two_numbers_and_an_optional_one_may_be_empty(qtbot) -> None:
    form = ValueForm(Pairs())
    qtbot.addWidget(form)
    assert form.field("size").text() == "3 3" and form.field("share").text() == ""
    with qtbot.waitSignal(form.edited) as sent:
        type_in(qtbot, form.field("size"), "5 1")
    assert sent.args[0] == Pairs((5, 1))
    with qtbot.assertNotEmitted(form.edited):
        type_in(qtbot, form.field("size"), "4")
    assert "a list of 2" in form.row("size").note.sentence.text()
    form.show_value(Pairs(share=(0.1, 0.2)))
    with qtbot.waitSignal(form.edited) as sent:
        type_in(qtbot, form.field("share"), " ")
    assert sent.args[0] == Pairs()


def test_a_form_shows_what_changed_elsewhere(qtbot) -> None:
    form = ValueForm(EarlyStopping())
    qtbot.addWidget(form)
    form.show_value(EarlyStopping("loss", 0.5, 7, "max", 0.25, True, 3))
    assert form.field("monitor").text() == "loss"
    assert form.field("min_delta").text() == "0.5"
    assert form.field("patience").text() == "7 epochs"
    assert form.field("mode").currentText() == "Higher"
    assert form.field("baseline").text() == "0.25"
    assert form.field("restore_best_weights").isChecked()


def test_fields_that_fit_only_together_wait_for_each_other(qtbot) -> None:
    form = ValueForm(PiecewiseConstantDecay((1000,), (1.0, 0.1)))
    qtbot.addWidget(form)
    with qtbot.assertNotEmitted(form.edited):
        type_in(qtbot, form.field("boundaries"), "1000 2000")
    assert "one factor more" in form.row("boundaries").note.sentence.text()
    with qtbot.waitSignal(form.edited) as sent:
        type_in(qtbot, form.field("factors"), "1 0.1 0.01")
    assert sent.args[0] == PiecewiseConstantDecay((1000, 2000), (1.0, 0.1, 0.01))
    assert form.row("boundaries").note.isHidden()


def test_another_member_comes_with_its_own_defaults_and_its_formula(qtbot) -> None:
    field = FamilyField(SGD(learning_rate=0.5, momentum=0.9), optimizers)
    qtbot.addWidget(field)
    qtbot.addWidget(field.box)
    with qtbot.waitSignal(field.edited) as sent:
        place = field.box.findData("adam")
        field.box.setCurrentIndex(place)
        field.box.activated.emit(place)
    assert sent.args == [Adam()]
    field.show_value(Adam())
    assert field.form.names == list(fields_of(Adam))
    assert field.box.toolTip() == first_line(Adam) and "√v" in field.box.toolTip()


def test_choosing_the_same_member_again_loses_nothing(qtbot) -> None:
    field = FamilyField(SGD(learning_rate=0.5, momentum=0.9), optimizers)
    qtbot.addWidget(field)
    qtbot.addWidget(field.box)
    with qtbot.assertNotEmitted(field.edited):
        field.box.activated.emit(field.box.findData("sgd"))
    assert field.form.field("momentum").text() == "0.9"


def test_an_annotation_makes_the_words_of_a_choice(qtbot) -> None:
    preprocessing, experiment = ValueForm(Preprocessing()), ValueForm(Experiment(), only=("dtype",))
    for form in (preprocessing, experiment):
        qtbot.addWidget(form)
    split = preprocessing.field("split")
    assert [split.itemText(i) for i in range(split.count())] == ["Stratified", "Random", "Last rows"]
    assert experiment.field("dtype").currentText() == "float32"

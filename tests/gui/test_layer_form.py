"""A layer's settings: every field of every layer, layers within layers, and each edit a step of undo."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from netviz.codec import fields_of
from netviz.document import edits
from netviz.document.examples import EXAMPLES
from netviz.document.problems import Problem, problems
from netviz.document.session import Session
from netviz.engine.activations import Relu
from netviz.engine.experiment import Experiment
from netviz.engine.initializers import HeNormal
from netviz.engine.layers import Dense, Dropout, Residual, layers
from netviz.engine.metrics import Accuracy, BinaryAccuracy, metrics
from netviz.engine.regularizers import L2
from netviz.gui import app
from netviz.gui.members import MembersField
from netviz.gui.sidebar import WIDTH, Sidebar
from netviz.gui.theme import LIGHT, apply

Key = Qt.Key
START = Experiment()


def shown_in(qtbot, experiment: Experiment) -> tuple[Sidebar, Session]:
    """The forms of a document that takes their edits, as in the window."""
    apply(LIGHT, app.application())
    sidebar, session = Sidebar(experiment), Session(experiment)
    qtbot.addWidget(sidebar)
    sidebar.resize(WIDTH, 800)
    sidebar.show()
    session.listen(sidebar.show_experiment)
    sidebar.edited.connect(lambda value, text, key: session.edit(value, text, key or None))
    sidebar.settled.connect(session.settle)
    return sidebar, session


def of(layer) -> Experiment:
    return replace(START, layers=(START.layers[0], layer, START.layers[1]))


def type_in(qtbot, field, text: str) -> None:
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Key.Key_Return)


def pick(box, value: object) -> None:
    place = next(i for i in range(box.count()) if box.itemData(i) == value)
    box.setCurrentIndex(place)
    box.activated.emit(place)


def click(entry: QWidget, name: str) -> None:
    (button,) = [key for key in entry.findChildren(QToolButton) if key.accessibleName() == name]
    button.click()


@pytest.mark.parametrize("name", list(layers))
def test_the_settings_of_every_layer_open_within_the_sidebar_and_its_name_is_an_undo_step(qtbot, name) -> None:
    layer = layers[name]()
    sidebar, session = shown_in(qtbot, of(layer))
    sidebar.open_layer(1)
    form = sidebar.layer.form
    assert sidebar.layer.isVisible() and form.names == list(fields_of(type(layer)))
    right = sidebar.viewport().width()
    assert sidebar.widget().minimumSizeHint().width() <= right
    reachable = [w for w in form.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [w for w in reachable if not w.accessibleName() or not w.toolTip()] == []
    type_in(qtbot, form.field("name"), "mine")
    assert session.value.layers[1] == replace(layer, name="mine")
    assert sidebar.layer.title.text().startswith("mine · ")
    session.undo()
    assert session.value == of(layer) and form.field("name").text() == ""


def test_units_typed_with_keys_initializer_and_penalty_are_a_step_each(qtbot) -> None:
    sidebar, session = shown_in(qtbot, START)
    sidebar.open_layer(0)
    form = sidebar.layer.form
    for _press in range(2):
        qtbot.keyClick(form.field("units"), Key.Key_Up)
    assert session.value.layers[0].units == 16
    pick(form.field("kernel_initializer").box, "he_normal")
    pick(form.field("kernel_regularizer").box, "l2")
    assert session.value.layers[0] == replace(START.layers[0], units=16, kernel_initializer=HeNormal(), kernel_regularizer=L2())
    session.undo()
    session.undo()
    assert session.value.layers[0] == replace(START.layers[0], units=16)
    session.undo()
    assert session.value == START, "two presses of one gesture are one step"


def test_the_form_stays_with_its_layer_where_another_is_put_before_it(qtbot) -> None:
    sidebar, session = shown_in(qtbot, START)
    sidebar.open_layer(1)
    session.edit(edits.insert_layer(session.value, 0, Dropout(0.3)), "Add layer")
    type_in(qtbot, sidebar.layer.form.field("name"), "output")
    assert [layer.name for layer in session.value.layers] == ["", "", "output"]
    session.edit(edits.remove_layer(session.value, 0), "Remove layer")
    session.edit(edits.remove_layer(session.value, 1), "Remove layer")
    assert not sidebar.layer.isVisible(), "its layer is gone"


def test_another_layer_that_is_clicked_is_shown_only_while_one_is_open(qtbot) -> None:
    sidebar, _session = shown_in(qtbot, of(Dropout(0.25)))
    sidebar.follow_layer(1)
    assert not sidebar.layer.isVisible()
    sidebar.open_layer(0)
    sidebar.follow_layer(1)
    assert sidebar.layer.title.text() == "Dropout"
    sidebar.follow_layer(-1)
    assert not sidebar.layer.isVisible(), "the input has no settings"
    sidebar.open_layer(0)
    sidebar.layer.close_key.click()
    assert not sidebar.layer.isVisible()


def test_layers_inside_a_layer_are_added_moved_edited_and_taken_out(qtbot) -> None:
    inner = Dense(4, Relu())
    sidebar, session = shown_in(qtbot, of(Residual((inner,))))
    sidebar.open_layer(1)
    field: MembersField = sidebar.layer.form.field("layers")
    menus = {action.text(): action.menu() for action in field.add.menu().actions()}
    assert isinstance(menus["Regularization"], QMenu)
    next(action for action in menus["Regularization"].actions() if action.text() == "Dropout").trigger()
    assert session.value.layers[1] == Residual((inner, Dropout()))
    click(field.entries[1], "Move Dropout up")
    assert session.value.layers[1] == Residual((Dropout(), inner))
    field.entries[1].open(True)
    type_in(qtbot, field.entries[1].form.field("units"), "6")
    assert session.value.layers[1] == Residual((Dropout(), Dense(6, Relu())))
    assert field.entries[1].opened, "an edit folds nothing"
    click(field.entries[0], "Take Dropout out")
    assert session.value.layers[1] == Residual((Dense(6, Relu()),))
    for _edit in range(4):
        session.undo()
    assert session.value == of(Residual((inner,)))


def test_the_menu_of_a_card_opens_all_settings_of_its_layer(hand) -> None:
    window = hand.open()
    card = hand.cards(window)[1]
    menu = card.menu()
    next(action for action in menu.actions() if action.text() == "Settings…").trigger()
    menu.close()
    assert window.sidebar.layer.isVisible()
    units = window.sidebar.layer.form.field("units")
    hand.until(units.hasFocus)
    hand.type(units, "7")
    assert window.session.value.layers[0].units == 7
    assert window.session.undo_text == "Change units"


# ------------------------------------------------------------------------------------------ metrics, class weights


@pytest.mark.parametrize("name", list(metrics))
def test_every_metric_can_be_added_and_taken_out(qtbot, name) -> None:
    sidebar, session = shown_in(qtbot, replace(START, metrics=()))
    next(a for a in sidebar.metrics.add.menu().actions() if a.text() == metrics.title(name)).trigger()
    assert session.value.metrics == (metrics[name](),)
    click(sidebar.metrics.entries[0], f"Take {metrics.title(name)} out")
    assert session.value.metrics == ()
    session.undo()
    session.undo()
    assert session.value.metrics == () and session.undo_text is None


def test_a_metric_has_its_settings(qtbot) -> None:
    sidebar, session = shown_in(qtbot, replace(START, metrics=(Accuracy(), BinaryAccuracy())))
    form = sidebar.metrics.entries[1].form
    type_in(qtbot, form.field("threshold").field, "0.7")
    assert session.value.metrics == (Accuracy(), BinaryAccuracy(0.7))


def test_classes_are_weighted_by_name_balanced_at_a_click_and_by_none_again(qtbot) -> None:
    experiment = replace(START, dataset=replace(START.dataset, count=101))
    sidebar, session = shown_in(qtbot, experiment)
    samples = experiment.samples()
    sidebar.show_samples(samples)
    table = sidebar.class_weights
    assert [field.accessibleName() for field in table.fields] == [f"Weight of {name}" for name in samples.classes]
    table.balance.click()
    counts = [int((samples.y == label).sum()) for label in (0, 1)]
    weights = dict(session.value.class_weight)
    assert [weights[label] * counts[label] for label in (0, 1)] == pytest.approx([len(samples.y) / 2] * 2)
    type_in(qtbot, table.fields[0], "3")
    assert session.value.class_weight == ((0, 3.0), (1, weights[1]))
    table.none.click()
    assert session.value.class_weight == () and table.fields[0].text() == "1"
    for expected in (((0, 3.0), (1, weights[1])), tuple(sorted(weights.items())), ()):
        session.undo()
        assert session.value.class_weight == expected


def test_numbers_have_no_class_weights_and_classes_no_scale_of_targets(qtbot) -> None:
    sidebar, _session = shown_in(qtbot, START)
    for example, classes in (("circle", True), ("diabetes", False)):
        sidebar.show_samples(EXAMPLES[example].experiment.samples())
        assert sidebar._folds["class_weight"].isHidden() is not classes
        assert sidebar.preparation.row("standardize_targets").isHidden() is classes


@pytest.mark.parametrize(
    "example, change, fold, told",
    [
        ("iris", {"class_weight": ((7, 2.0),)}, "class_weight", "classes are numbered from 0 to 2"),
        ("diabetes", {"metrics": (Accuracy(),)}, "metrics", "the targets are numbers"),
        ("iris", {"class_weight": ((0, 0.0), (1, 0.0), (2, 0.0))}, "class_weight", "Every class weighs 0"),
    ],
)
def test_a_problem_of_metrics_or_class_weights_is_said_at_their_field_and_mended_there_at_a_click(
    qtbot, example: str, change: dict[str, object], fold: str, told: str
) -> None:
    sidebar, session = shown_in(qtbot, replace(EXAMPLES[example].experiment, **change))
    sidebar.show_samples(session.value.samples())
    sidebar.show_problems(problems(session.value))
    note = sidebar._rows[fold].note
    assert note.isVisible() and told in note.sentence.text(), "its part has been unfolded"
    note.fix.click()
    assert not problems(session.value) and session.undo_text == note.fix.accessibleName()
    sidebar.show_problems(problems(session.value))
    assert note.isHidden()
    session.undo()
    assert problems(session.value)


def test_a_learning_rate_that_was_too_large_is_mended_at_its_field(qtbot) -> None:
    slower = replace(START, optimizer=replace(START.optimizer, learning_rate=0.001))
    sidebar, session = shown_in(qtbot, START)
    problem = Problem("The loss became infinite.", None, "optimizer.learning_rate", slower, "Learning rate 0.001")
    sidebar.show_problems((problem,))
    note = sidebar.families["optimizer"].form.row("learning_rate").note
    assert note.isVisible()
    note.fix.click()
    assert session.value == slower

"""The sidebar: every part of an experiment edited by its widget, problems on their fields, and never wider than it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QPushButton, QStyle, QStyleOptionSlider, QWidget

from netviz.datasets import Arrays, Iris, Mapped, Sentences, datasets
from netviz.document import edits
from netviz.document.examples import EXAMPLES
from netviz.document.problems import Problem, problems
from netviz.document.session import Session
from netviz.engine.experiment import Experiment
from netviz.engine.losses import MeanSquaredError
from netviz.engine.metrics import Accuracy, BinaryAccuracy
from netviz.engine.optimizers import optimizers
from netviz.engine.regularizers import L2
from netviz.engine.schedules import PiecewiseConstantDecay, schedules
from netviz.engine.stopping import EarlyStopping
from netviz.gui import app, theme
from netviz.gui.choices import Disclosure
from netviz.gui.sidebar import WIDTH, Sidebar

Key = Qt.Key
START = Experiment()


@pytest.fixture
def sidebar(qtbot):
    theme.apply(theme.LIGHT, app.application())
    made = Sidebar(START)
    qtbot.addWidget(made)
    made.resize(WIDTH, 800)
    made.show()
    return made


def unfold(sidebar) -> None:
    for fold in sidebar.findChildren(Disclosure):
        fold.open()


def type_in(qtbot, field, text: str) -> None:
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Key.Key_Return)


def pick(box: QComboBox, value: object) -> None:
    place = next(i for i in range(box.count()) if box.itemData(i) == value)
    box.setCurrentIndex(place)
    box.activated.emit(place)


def after(qtbot, sidebar, gesture) -> Experiment:
    with qtbot.waitSignal(sidebar.edited) as sent:
        gesture()
    return sent.args[0]


@pytest.mark.parametrize("name", [name for name in datasets if name != "arrays"])
def test_choosing_data_proposes_what_fits_it(qtbot, sidebar, name) -> None:
    sidebar.show_experiment(replace(START, dataset=Iris() if name != "iris" else datasets["wine"]()))
    before = sidebar._experiment
    found = after(qtbot, sidebar, sidebar.gallery.buttons[name].click)
    assert found == edits.with_dataset(before, datasets[name]())


def test_choosing_the_same_data_again_is_no_edit(qtbot, sidebar) -> None:
    with qtbot.assertNotEmitted(sidebar.edited):
        sidebar.gallery.buttons["circle"].click()
    assert sidebar.gallery.buttons["circle"].isChecked()


@pytest.mark.parametrize(
    "form, name, text, expected",
    [
        ("dataset", "count", "300", replace(START, dataset=replace(START.dataset, count=300))),
        ("dataset", "noise", "0,5", replace(START, dataset=replace(START.dataset, noise=0.5))),
        ("draw_seed", "seed", "9", replace(START, dataset=replace(START.dataset, seed=9))),
        ("preprocessing", "validation_split", "35", replace(START, preprocessing=replace(START.preprocessing, validation_split=0.35))),
        ("course", "epochs", "1e3", replace(START, epochs=1000)),
        ("course", "batch_size", "8", replace(START, batch_size=8)),
        ("exactness", "seed", "5", replace(START, seed=5)),
    ],
)
def test_a_typed_setting_gives_exactly_that_experiment(qtbot, sidebar, form, name, text, expected) -> None:
    field = getattr(sidebar, form).field(name)
    assert after(qtbot, sidebar, lambda: type_in(qtbot, getattr(field, "field", field), text)) == expected


@pytest.mark.parametrize("name", [name for name in optimizers if name != "adam"])
def test_an_optimizer_is_chosen_with_its_defaults(qtbot, sidebar, name) -> None:
    found = after(qtbot, sidebar, lambda: pick(sidebar.families["optimizer"].box, name))
    assert found == replace(START, optimizer=optimizers[name]())


def test_loss_schedule_precision_and_penalties_are_edited_each_by_itself(qtbot, sidebar) -> None:
    unfold(sidebar)
    assert after(qtbot, sidebar, lambda: pick(sidebar.families["loss"].box, "mean_squared_error")) == replace(START, loss=MeanSquaredError())
    found = after(qtbot, sidebar, lambda: pick(sidebar.families["schedule"].box, "cosine_decay"))
    assert found == replace(START, schedule=schedules["cosine_decay"]())
    assert after(qtbot, sidebar, lambda: pick(sidebar.exactness.field("dtype"), "float64")) == replace(START, dtype="float64")
    found = after(qtbot, sidebar, lambda: type_in(qtbot, sidebar.penalties["l2"], "1e-3"))
    assert {layer.kernel_regularizer for layer in found.layers} == {L2(0.001)}


def test_early_stopping_watches_one_of_what_there_is(qtbot, sidebar) -> None:
    unfold(sidebar)
    experiment = after(qtbot, sidebar, sidebar.stops.click)
    assert experiment.stopping == EarlyStopping("val_loss", patience=10, restore_best_weights=True)
    sidebar.show_experiment(experiment)
    box = sidebar.stopping.field("monitor")
    assert [box.itemData(i) for i in range(box.count())] == ["val_loss", "val_accuracy", "loss", "accuracy"]
    assert after(qtbot, sidebar, lambda: pick(box, "accuracy")).stopping.monitor == "accuracy"
    sidebar.show_experiment(replace(experiment, metrics=(BinaryAccuracy(),), preprocessing=replace(experiment.preprocessing, validation_split=0)))
    assert [box.itemData(i) for i in range(box.count())] == ["loss", "binary_accuracy", "val_loss"], "what is chosen stays in sight"


def test_a_name_keeps_its_capital_within_a_sentence() -> None:
    from netviz.gui.monitors import within

    titles = ("Kullback-Leibler divergence", "Poisson", "R²", "F1 score", "Mean squared error", "Top-k categorical accuracy")
    assert [within(title) for title in titles] == [*titles[:4], "mean squared error", "top-k categorical accuracy"]


def test_an_edit_that_is_undone_is_shown_as_it_was(qtbot, sidebar) -> None:
    changed = after(qtbot, sidebar, lambda: type_in(qtbot, sidebar.course.field("epochs"), "77"))
    sidebar.show_experiment(changed)
    sidebar.show_experiment(START)
    assert sidebar.course.field("epochs").text() == "100"


def test_a_problem_is_drawn_on_its_field_with_its_fix_and_goes_with_it(qtbot, sidebar) -> None:
    wrong = replace(START, stopping=EarlyStopping("val_f1"))
    sidebar.show_experiment(wrong)
    found = problems(wrong)
    sidebar.show_problems(found)
    row = sidebar.stopping.row("monitor")
    assert row.field.property("problem") is True
    assert row.note.isVisible(), "the part that was folded has opened"
    assert row.note.sentence.text() == found[0].sentence
    assert after(qtbot, sidebar, row.note.fix.click) == found[0].fix
    sidebar.show_problems(())
    assert row.note.isHidden() and not row.field.property("problem")


def test_what_a_fix_does_can_be_read_whole(qtbot, sidebar) -> None:
    title = "Use binary_crossentropy with 1 sigmoid output"
    sidebar.show_problems((Problem("The loss does not fit.", field="loss", fix=START, fix_title=title),))
    (fix,) = [button for button in sidebar.findChildren(QPushButton) if button.accessibleName() == title]
    qtbot.waitUntil(lambda: "\n" in fix.text())
    lines = fix.text().split("\n")
    assert " ".join(lines) == title
    assert all(fix.fontMetrics().horizontalAdvance(line) <= fix.width() - 8 for line in lines)
    qtbot.waitUntil(lambda: fix.height() >= len(lines) * fix.fontMetrics().height())


@pytest.mark.parametrize("field", ["dataset", "preprocessing.validation_split", "loss", "schedule", "class_weight", "metrics"])
def test_no_problem_of_a_field_goes_unsaid(sidebar, field) -> None:
    sidebar.show_problems((Problem("Something is wrong here.", field=field),))
    said = [label for label in sidebar.findChildren(QWidget) if getattr(label, "text", str)() == "Something is wrong here."]
    assert len([label for label in said if label.isVisible()]) == 1


def test_a_refused_text_is_explained_until_the_next_good_edit(qtbot, sidebar) -> None:
    row = sidebar.course.row("epochs")
    type_in(qtbot, row.field, "many")
    assert row.note.isVisible() and row.field.text() == "100"
    type_in(qtbot, row.field, "50")
    assert row.note.isHidden()


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK], ids=lambda look: look.name)
@pytest.mark.parametrize("name", list(EXAMPLES))
def test_the_sidebar_is_never_wider_than_its_viewport(qtbot, look, name) -> None:
    theme.apply(look, app.application())
    experiment = EXAMPLES[name].experiment
    sidebar = Sidebar(replace(experiment, schedule=PiecewiseConstantDecay(), stopping=EarlyStopping()))
    qtbot.addWidget(sidebar)
    sidebar.show_samples(experiment.samples())
    unfold(sidebar)
    sidebar.show_problems((Problem("A sentence that is long enough to need several lines at the left.", field="loss", fix=START, fix_title="Use sparse_categorical_crossentropy with 10 softmax output"),))
    sidebar.resize(WIDTH, 700)
    sidebar.show()
    assert sidebar.widget().minimumSizeHint().width() <= sidebar.viewport().width()
    right = sidebar.viewport().width()
    for widget in sidebar.widget().findChildren(QWidget):
        if widget.isVisible():
            assert widget.mapTo(sidebar.widget(), widget.rect().topRight()).x() < right, widget


def test_everything_that_takes_the_focus_has_a_name_and_a_tooltip(sidebar) -> None:
    sidebar.show_experiment(replace(START, stopping=EarlyStopping()))
    unfold(sidebar)
    reachable = [w for w in sidebar.widget().findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert len(reachable) > 40
    assert [w for w in reachable if not w.accessibleName() or not w.toolTip()] == []


def test_tab_goes_from_data_down_to_training(qtbot, sidebar) -> None:
    order: list[QWidget] = []
    widget = sidebar.gallery.buttons["circle"]
    while widget not in order:
        order.append(widget)
        widget = widget.nextInFocusChain()
    places = [order.index(w) for w in (
        sidebar.gallery.buttons["circle"], sidebar.gallery.buttons["diabetes"], sidebar.dataset.field("count"),
        sidebar.families["loss"].box, sidebar.families["optimizer"].box, sidebar.course.field("epochs"), sidebar.exactness.field("seed"),
    )]  # fmt: skip
    assert places == sorted(places)


def test_the_summary_counts_rows_and_classes(sidebar) -> None:
    sidebar.show_samples(Experiment(dataset=Iris()).samples())
    assert sidebar.summary.size_line.text() == "150 rows · 4 features · 3 classes"
    assert sidebar.summary.rows_line.text() == "class balance 50 : 50 : 50"
    assert "setosa 50" in sidebar.summary.balance.toolTip()
    sidebar.show_samples(EXAMPLES["wave"].experiment.samples())
    assert sidebar.summary.balance.isHidden()
    assert sidebar.summary.rows_line.text().startswith("y from")
    sidebar.show_samples(EXAMPLES["diabetes"].experiment.samples())
    assert sidebar.summary.rows_line.text() == "disease progression from 25 to 346", "in its own units"


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK], ids=lambda look: look.name)
def test_thumbnails_are_drawn_on_the_themes_paper(qtbot, look) -> None:
    theme.apply(look, app.application())
    sidebar = Sidebar(START)
    qtbot.addWidget(sidebar)
    sidebar.fill_gallery()
    picture = sidebar.gallery.buttons["circle"].icon().pixmap(44, 44).toImage()
    assert picture.pixelColor(0, 0) == look.color("raised")
    colors = {picture.pixelColor(x, y).name() for x in range(44) for y in range(44)}
    assert {"#e88a2d", "#1f77b4"} <= colors


def test_metrics_of_the_experiment_are_left_alone_by_an_edit_of_the_form(qtbot, sidebar) -> None:
    found = after(qtbot, sidebar, lambda: type_in(qtbot, sidebar.families["optimizer"].form.field("learning_rate"), "0,05"))
    assert found.metrics == (Accuracy(),)
    assert found == replace(START, optimizer=replace(START.optimizer, learning_rate=0.05))


# ---------------------------------------------------------------------------------------------------- steps of undo


@pytest.fixture
def session(sidebar) -> Session:
    """A document that takes the sidebar's edits and shows it the new values, as the window does."""
    made = Session(START)
    made.listen(sidebar.show_experiment)
    sidebar.edited.connect(lambda value, text, key: made.edit(value, text, key or None))
    sidebar.settled.connect(made.settle)
    return made


def steps(session: Session) -> int:
    """How many steps of undo lead back to the beginning."""
    count = 0
    while session.undo_text is not None:
        session.undo()
        count += 1
    return count


def drag(qtbot, slider, share: float) -> None:
    """Press the slider's handle, move it in three goes to a share of its way, let go."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider)
    begin, end = handle.center(), QPoint(round(share * slider.width()), handle.center().y())
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=begin)
    for part in (1, 2, 3):
        qtbot.mouseMove(slider, begin + (end - begin) * part / 3)
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=end)


def test_two_typed_edits_of_one_field_are_two_steps_of_undo(qtbot, sidebar, session) -> None:
    for text in ("20", "30"):
        type_in(qtbot, sidebar.course.field("epochs"), text)
    assert session.value.epochs == 30
    session.undo()
    assert session.value.epochs == 20
    session.undo()
    assert session.value == START


def test_a_drag_is_one_step_and_the_next_drag_another(qtbot, sidebar, session) -> None:
    slider = sidebar.preprocessing.field("validation_split").slider
    drag(qtbot, slider, 0.5)
    first = session.value
    assert first.preprocessing.validation_split == pytest.approx(0.5, abs=0.1)
    drag(qtbot, slider, 0.8)
    assert session.value != first
    assert steps(session) == 2


def test_steps_by_the_arrow_keys_are_one_step_of_undo_until_the_field_is_left(qtbot, sidebar, session) -> None:
    field = sidebar.course.field("epochs")
    for _press in range(3):
        qtbot.keyClick(field, Key.Key_Up)
    qtbot.keyClick(field, Key.Key_Return)
    qtbot.keyClick(field, Key.Key_Up)
    assert session.value.epochs == 1600
    session.undo()
    assert session.value.epochs == 800
    session.undo()
    assert session.value == START


def test_a_tick_set_and_taken_back_are_two_steps(qtbot, sidebar, session) -> None:
    unfold(sidebar)
    sidebar.stops.click()
    sidebar.stops.click()
    assert session.value == START and steps(session) == 2


def test_one_choice_after_another_is_a_step_each(qtbot, sidebar, session) -> None:
    for name in ("sgd", "rmsprop"):
        pick(sidebar.families["optimizer"].box, name)
    assert steps(session) == 2


def test_files_are_named_by_typing_or_by_choosing(qtbot, sidebar, monkeypatch, tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.eye(6))
    np.save(tmp_path / "y.npy", np.arange(6) % 2)
    sidebar.show_experiment(replace(START, dataset=Mapped(y=str(tmp_path / "y.npy"))))
    assert not sidebar.dataset.isHidden() and sidebar.dataset.names == ["x", "y", "task", "validation_rows"]
    asked = []

    def chosen(parent, title, folder, kinds) -> tuple[str, str]:
        asked.append(kinds)
        return str(tmp_path / "x.npy"), kinds

    monkeypatch.setattr(QFileDialog, "getOpenFileName", chosen)
    found = after(qtbot, sidebar, sidebar.dataset.field("x").chooser.trigger)
    assert found.dataset == Mapped(str(tmp_path / "x.npy"), str(tmp_path / "y.npy"))
    assert asked[0].startswith("*.npy (*.npy)") and found.samples().row_shape == (6,)


def test_of_arrays_that_were_handed_over_nothing_is_to_be_chosen(sidebar) -> None:
    sidebar.show_experiment(replace(START, dataset=Arrays(np.eye(6), np.eye(6))))
    assert sidebar.dataset.isHidden()


def test_data_that_splits_itself_has_no_split_to_choose(sidebar) -> None:
    for dataset, own in ((Sentences(), True), (Iris(), False), (Mapped(validation_rows=3), True), (Mapped(), False)):
        sidebar.show_experiment(replace(START, dataset=dataset))
        assert sidebar.preprocessing.isHidden() is own

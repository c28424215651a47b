"""The forms at the left: which data, how it is prepared, and how the network learns from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from netviz.codec import Range
from netviz.datasets import Arrays, Dataset, Samples, datasets
from netviz.document import edits
from netviz.document.problems import Problem
from netviz.engine.experiment import Experiment
from netviz.engine.losses import losses
from netviz.engine.metrics import metrics
from netviz.engine.optimizers import optimizers
from netviz.engine.regularizers import L1, L1L2, L2
from netviz.engine.schedules import schedules
from netviz.engine.stopping import EarlyStopping
from netviz.gui.choices import Disclosure, Tick
from netviz.gui.classweights import ClassWeightsField
from netviz.gui.fields import NumberField, column, written
from netviz.gui.form import FamilyField, ValueForm
from netviz.gui.gallery import Gallery, Summary
from netviz.gui.layerform import LayerForm
from netviz.gui.members import MembersField
from netviz.gui.monitors import monitors, within
from netviz.gui.rows import Note, Row, caption
from netviz.i18n import _

WIDTH = 242
_STRENGTH = Range(low=0, high=100, log=True)
_OPTIMIZERS_OWN = ("learning_rate", "momentum", "weight_decay")


class Sidebar(QScrollArea):
    """All forms of an experiment. `edited` carries the next experiment, the edit's name and what may be merged.

    `settled` says that a gesture is over, so that nothing is merged with it any more.
    """

    edited = Signal(object, str, str)
    settled = Signal()

    def __init__(self, experiment: Experiment) -> None:
        """Forms that show an experiment; the gallery's pictures come with `fill_gallery`."""
        super().__init__()
        self._experiment = experiment
        self._rows: dict[str, Row] = {}
        self._folds: dict[str, Disclosure] = {}
        self._notes: dict[str, Note] = {}
        inner = QWidget()
        self._column = column(inner, 6)
        self._column.setContentsMargins(12, 6, 10, 12)
        self.layer = LayerForm()
        self.layer.edited.connect(self.edited)
        self.layer.settled.connect(self.settled)
        self._column.addWidget(self.layer)
        self._add_data(experiment)
        self._column.addSpacing(10)
        self._add_training(experiment)
        self._add_folded(experiment)
        self._column.addStretch(1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(WIDTH)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.show_experiment(experiment)

    # ------------------------------------------------------------------------------------------------ building

    def _add_data(self, experiment: Experiment) -> None:
        self._column.addWidget(caption(_("DATA")))
        self.gallery = Gallery()
        self.gallery.chosen.connect(self._choose)
        self._column.addWidget(self.gallery)
        self.summary = Summary()
        self._column.addWidget(self.summary)
        self._notes["dataset"] = Note()
        self._column.addWidget(self._notes["dataset"])
        self.dataset = ValueForm(experiment.dataset, without=("seed",))
        self.draw_seed = ValueForm(experiment.dataset, only=("seed",))
        for form in (self.dataset, self.draw_seed):
            self._listen(form, partial(self._replace, "dataset"))
        self.preprocessing = ValueForm(experiment.preprocessing, only=("validation_split",))
        self.preparation = ValueForm(experiment.preprocessing, without=("validation_split",))
        for form in (self.preprocessing, self.preparation):
            self._listen(form, partial(self._replace, "preprocessing"))
        self._column.addWidget(self.dataset)
        self._column.addWidget(self.preprocessing)
        self._fold("preprocessing", _("Preparation"), self.preparation, self.draw_seed)

    def _add_training(self, experiment: Experiment) -> None:
        self._column.addWidget(caption(_("TRAINING")))
        self._notes["training"] = Note()
        self._column.addWidget(self._notes["training"])
        self.families: dict[str, FamilyField] = {}
        self._add_family(self._column, "loss", _("Loss"), FamilyField(experiment.loss, losses))
        more = _("Optimizer's details")
        optimizer = FamilyField(experiment.optimizer, optimizers, plain=_OPTIMIZERS_OWN, more=more)
        self._add_family(self._column, "optimizer", _("Optimizer"), optimizer)
        self.course = ValueForm(experiment, only=("epochs", "batch_size"))
        self._listen(self.course, self._send)
        self._column.addWidget(self.course)

    def _add_folded(self, experiment: Experiment) -> None:
        schedule = QWidget()
        field = FamilyField(experiment.schedule, schedules)
        self._add_family(column(schedule, 5), "schedule", _("Learning rate over time"), field)
        self._fold("schedule", _("Schedule"), schedule)
        penalties = QWidget()
        lines = column(penalties, 5)
        self.penalties = {name: NumberField(0.0, _STRENGTH, whole=False) for name in ("l1", "l2")}
        for name, penalty in self.penalties.items():
            self._listen(penalty, lambda _found: self._regularize())
            lines.addWidget(Row(_("{norm} on weights").format(norm=name.upper()), penalty))
        self._fold("regularization", _("Regularization"), penalties)
        self.stops = Tick(False)
        self.stops.setToolTip(_("Stop when a number no longer improves"))
        self.stops.edited.connect(self._stop_early)
        self.stops.edited.connect(lambda _on: self.settled.emit())
        self.stopping = ValueForm(experiment.stopping or EarlyStopping())
        self._listen(self.stopping, partial(self._replace, "stopping"))
        self._fold("stopping", _("Early stopping"), Row(_("Stop early"), self.stops), self.stopping)
        self._add_judged(experiment)
        self.exactness = ValueForm(experiment, only=("shuffle", "seed", "dtype"))
        self._listen(self.exactness, self._send)
        self._fold("exactness", _("Seed and precision"), self.exactness)

    def _add_judged(self, experiment: Experiment) -> None:
        """What is told of the network beside its loss, and how much each class counts in that."""
        self.metrics = MembersField(experiment.metrics, metrics)
        self.class_weights = ClassWeightsField()
        fields = {"metrics": (_("Metrics"), self.metrics), "class_weight": (_("Class weights"), self.class_weights)}
        for name, (title, field) in fields.items():
            self._rows[name] = Row(title, field, alone=True)
            self._listen(field, partial(self._replace, name))
            self._fold(name, title, self._rows[name])

    def _add_family(self, into: Any, name: str, title: str, field: FamilyField) -> None:
        self.families[name] = field
        self._rows[name] = Row(title, field, above=True)
        into.addWidget(self._rows[name])
        into.addWidget(field)
        self._listen(field, partial(self._replace, name))

    def _listen(self, field: Any, edit: Callable[..., None]) -> None:
        """Make an edit of what a field or a form sends, and pass on when it is over."""
        field.edited.connect(edit)
        field.settled.connect(self.settled)

    def _fold(self, name: str, title: str, *parts: QWidget) -> None:
        body = QWidget()
        lines = column(body, 5)
        for part in parts:
            lines.addWidget(part)
        self._folds[name] = Disclosure(title, body)
        self._column.addWidget(self._folds[name])

    def fill_gallery(self) -> None:
        """Draw the thumbnails, each from its own data, on the present theme's paper."""
        self.gallery.draw()

    # ------------------------------------------------------------------------------------------------- editing

    def _choose(self, name: str) -> None:
        if datasets.name(type(self._experiment.dataset)) == name:
            self.gallery.show_choice(name)
            return
        made: Any = datasets[name]
        dataset: Dataset = made()
        self.edited.emit(edits.with_dataset(self._experiment, dataset), _("Choose data"), "")

    def _replace(self, name: str, value: Any, field: str = "") -> None:
        self._send(replace(self._experiment, **{name: value}), f"{name}.{field}" if field else name)

    def _send(self, experiment: Experiment, field: str) -> None:
        words = field.split(".")[-1].replace("_", " ")
        self.edited.emit(experiment, _("Change {field}").format(field=words), field)

    def _regularize(self) -> None:
        l1, l2 = (float(self.penalties[name].number or 0) for name in ("l1", "l2"))
        self._send(edits.set_regularization(self._experiment, l1, l2), "regularization")

    def _stop_early(self, on: bool) -> None:
        held = self._experiment.preprocessing.validation_split > 0
        chosen = EarlyStopping("val_loss" if held else "loss", patience=10, restore_best_weights=True)
        self._replace("stopping", chosen if on else None)

    # ------------------------------------------------------------------------------------------------- showing

    def show_experiment(self, experiment: Experiment) -> None:
        """Show another experiment."""
        self._experiment = experiment
        self.gallery.show_choice(datasets.name(type(experiment.dataset)))
        self.dataset.show_value(experiment.dataset)
        self.dataset.setVisible(not isinstance(experiment.dataset, Arrays))  # of which nothing is to be chosen
        self.draw_seed.show_value(experiment.dataset)
        for form in (self.preprocessing, self.preparation):
            form.show_value(experiment.preprocessing)
        self.preprocessing.setVisible(not experiment.dataset.splits_itself)
        for name, field in self.families.items():
            field.show_value(getattr(experiment, name))
        for name, penalty in self.penalties.items():
            penalty.show_value(_strength(experiment, name))
        for form in (self.course, self.exactness):
            form.show_value(experiment)
        self.layer.show_experiment(experiment)
        self.metrics.show_value(experiment.metrics)
        self.class_weights.show_value(experiment.class_weight)
        self.stops.show_value(experiment.stopping is not None)
        self.stopping.setVisible(experiment.stopping is not None)
        if experiment.stopping is not None:
            self.stopping.show_value(experiment.stopping)
        self.stopping.offer("monitor", monitors(experiment))
        self._say_what_is_folded(experiment)

    def _say_what_is_folded(self, experiment: Experiment) -> None:
        parts = [(name, _strength(experiment, name)) for name in ("l1", "l2")]
        penalties = " ".join(f"{name.upper()} {written(strength)}" for name, strength in parts if strength)
        stopping = experiment.stopping
        self._folds["schedule"].say(within(schedules.title(schedules.name(type(experiment.schedule)))))
        self._folds["regularization"].say(penalties or _("none"))
        self._folds["stopping"].say(stopping.monitor if stopping else _("off"))
        self._folds["exactness"].say(f"{experiment.seed} · {experiment.dtype}")
        self._folds["metrics"].say(", ".join(within(metrics.title(m.name)) for m in experiment.metrics) or _("none"))
        self._folds["class_weight"].say(_("set") if experiment.class_weight else _("none"))
        self._folds["preprocessing"].say(_(experiment.preprocessing.split))

    def show_samples(self, samples: Samples) -> None:
        """Say what the data is."""
        self.summary.show_samples(samples)
        self.class_weights.show_samples(samples)
        self._folds["class_weight"].setVisible(self.class_weights.possible or bool(self._experiment.class_weight))
        if (row := self.preparation.row("standardize_targets")) is not None:
            row.setVisible(samples.task == "regression")

    def open_layer(self, place: int) -> None:
        """Show all settings of the layer at an index, and let the keyboard come to the first."""
        self.layer.open(self._experiment, place)
        if self.layer.form is not None and self.layer.opened:
            self.verticalScrollBar().setValue(0)
            self.layer.form.field(self.layer.form.names[0]).setFocus()

    def follow_layer(self, place: int) -> None:
        """Show the settings of another layer, if those of one are in sight."""
        if self.layer.opened:
            self.layer.open(self._experiment, place)

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Draw problems on the fields that they concern, each with its fix; those of layers belong to the canvas."""
        for row in self._every_row().values():
            row.show_problem("")
        for note in self._notes.values():
            note.say("")
        for problem in problems:
            if problem.field is None or problem.field == "layers":
                continue
            mend = partial(self.edited.emit, problem.fix, problem.fix_title, "") if problem.fix is not None else None
            found = self._every_row().get(problem.field)
            note = self._notes["dataset" if problem.field == "dataset" else "training"]
            say = found.show_problem if found is not None else note.say
            say(problem.sentence, problem.fix_title, mend)
            if fold := self._fold_of(found):
                fold.open()

    def _every_row(self) -> dict[str, Row]:
        forms = {"preprocessing": self.preprocessing, "stopping": self.stopping}
        forms |= {name: field.form for name, field in self.families.items()}
        inner = {f"{place}.{name}": form.row(name) for place, form in forms.items() for name in form.names}
        return self._rows | {name: row for name, row in inner.items() if row is not None}

    def _fold_of(self, row: Row | None) -> Disclosure | None:
        return next((fold for fold in self._folds.values() if row is not None and fold.body.isAncestorOf(row)), None)


def _strength(experiment: Experiment, name: str) -> float:
    """The largest penalty of that name on any kernel."""
    found = [getattr(layer, edits.penalty_name(layer) or "", None) for layer in experiment.layers]
    return max((getattr(r, name, 0.0) for r in found if isinstance(r, (L1, L2, L1L2))), default=0.0)

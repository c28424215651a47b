"""The forms at the left: which data, how it is prepared, and how the network learns from it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from netviz.codec import Range
from netviz.datasets import Dataset, Samples, Toy, datasets
from netviz.document import edits
from netviz.document.problems import Problem
from netviz.engine.experiment import Experiment
from netviz.engine.losses import losses
from netviz.engine.optimizers import optimizers
from netviz.engine.regularizers import L1, L1L2, L2
from netviz.engine.schedules import schedules
from netviz.engine.stopping import EarlyStopping
from netviz.gui.fields import NumberField
from netviz.gui.form import FamilyField, ValueForm
from netviz.gui.images import image
from netviz.i18n import _
from netviz.pictures.thumbnails import SIDE, thumbnail

WIDTH = 242
_ACROSS = 3
_STRENGTH = Range(low=0, high=100, log=True)


class Sidebar(QScrollArea):
    """All forms of an experiment. `edited` carries the next experiment, the edit's name and what may be merged."""

    edited = Signal(object, str, str)

    def __init__(self, experiment: Experiment) -> None:
        """Forms that show an experiment; the gallery's pictures come with `fill_gallery`."""
        super().__init__()
        self._experiment = experiment
        self._thumbnails: dict[str, QToolButton] = {}
        self._problems: list[QWidget] = []
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(12, 6, 10, 12)
        self._column.setSpacing(6)
        self._add_data(experiment)
        self._add_training(experiment)
        self._column.addStretch(1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(WIDTH)
        self.setFrameShape(QFrame.Shape.NoFrame)

    # ------------------------------------------------------------------------------------------------ building

    def _add_data(self, experiment: Experiment) -> None:
        self._caption(_("DATA"))
        grid = QGridLayout()
        grid.setSpacing(4)
        shown = sorted((name for name in datasets if name != "arrays"), key=lambda name: not issubclass(datasets[name], Toy))
        for place, name in enumerate(shown):
            grid.addWidget(self._thumbnail(name), place // _ACROSS, place % _ACROSS)
        self._column.addLayout(grid)
        self.summary = QLabel()
        self.summary.setProperty("role", "quiet")
        self.summary.setWordWrap(True)
        self._column.addWidget(self.summary)
        self.dataset = ValueForm(experiment.dataset, without=("x", "y", "task", "weights", "validation_rows"))
        self.dataset.edited.connect(lambda value, name: self._send(replace(self._experiment, dataset=value), name))
        self._column.addWidget(self.dataset)
        self.preprocessing = ValueForm(experiment.preprocessing)
        self.preprocessing.edited.connect(
            lambda value, name: self._send(replace(self._experiment, preprocessing=value), name)
        )
        self._column.addWidget(self.preprocessing)

    def _add_training(self, experiment: Experiment) -> None:
        self._caption(_("TRAINING"))
        self.families: dict[str, FamilyField] = {}
        for name, family in (("loss", losses), ("optimizer", optimizers), ("schedule", schedules)):
            title = {"loss": _("Loss"), "optimizer": _("Optimizer"), "schedule": _("Schedule")}[name]
            field = FamilyField(getattr(experiment, name), family)
            field.setAccessibleName(title)
            field.edited.connect(partial(self._replace, name))
            self._labelled(title, field)
            self.families[name] = field
        self.penalties = {name: NumberField(0.0, _STRENGTH, whole=False) for name in ("l1", "l2")}
        for name, penalty in self.penalties.items():
            title = _("{norm} penalty on weights").format(norm=name.upper())
            penalty.setAccessibleName(title)
            penalty.edited.connect(lambda _found: self._regularize())
            self._labelled(title, penalty)
        self.course = ValueForm(experiment, only=("epochs", "batch_size", "shuffle", "seed", "dtype"))
        self.course.edited.connect(self._send)
        self._column.addWidget(self.course)
        self.stops = QCheckBox(_("Stop early"))
        self.stops.setToolTip(_("Stop when a number no longer improves"))
        self.stops.setAccessibleName(_("Stop early"))
        self.stops.clicked.connect(self._stop_early)
        self._column.addWidget(self.stops)
        self.stopping = ValueForm(experiment.stopping or EarlyStopping())
        self.stopping.edited.connect(lambda value, name: self._replace("stopping", value))
        self._column.addWidget(self.stopping)

    def _caption(self, text: str) -> None:
        label = QLabel(text)
        label.setProperty("role", "caption")
        self._column.addSpacing(4)
        self._column.addWidget(label)

    def _labelled(self, title: str, field: QWidget) -> None:
        label = QLabel(title)
        label.setProperty("role", "quiet")
        label.setBuddy(field)
        self._column.addWidget(label)
        self._column.addWidget(field)

    def _thumbnail(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setText(datasets.title(name))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(SIDE - 8, SIDE - 8))
        button.setCheckable(True)
        button.setFixedSize(64, 76)
        button.setStyleSheet("QToolButton { padding: 2px; font-size: 10px; }")
        button.setToolTip((datasets[name].__doc__ or "").split("\n", 1)[0])
        button.setAccessibleName(datasets.title(name))
        button.clicked.connect(lambda: self._choose(name))
        self._thumbnails[name] = button
        return button

    def fill_gallery(self) -> None:
        """Draw the thumbnails, each from its own data."""
        for name, button in self._thumbnails.items():
            made: Any = datasets[name]
            button.setIcon(QIcon(QPixmap.fromImage(image(thumbnail(made())))))

    # ------------------------------------------------------------------------------------------------- editing

    def _choose(self, name: str) -> None:
        now = self._experiment.dataset
        if datasets.name(type(now)) == name:
            self.show_experiment(self._experiment)
            return
        made: Any = datasets[name]
        dataset: Dataset = made()
        self.edited.emit(edits.with_dataset(self._experiment, dataset), _("Choose data"), "")

    def _replace(self, name: str, value: Any) -> None:
        self._send(replace(self._experiment, **{name: value}), name)

    def _send(self, experiment: Experiment, field: str) -> None:
        self.edited.emit(experiment, _("Change {field}").format(field=field.replace("_", " ")), field)

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
        for name, button in self._thumbnails.items():
            button.setChecked(datasets.name(type(experiment.dataset)) == name)
        self.dataset.show_value(experiment.dataset)
        self.preprocessing.show_value(experiment.preprocessing)
        for name, field in self.families.items():
            field.show_value(getattr(experiment, name))
        for name, penalty in self.penalties.items():
            penalty.show_number(_strength(experiment, name))
        self.course.show_value(experiment)
        self.stops.setChecked(experiment.stopping is not None)
        self.stopping.setVisible(experiment.stopping is not None)
        if experiment.stopping is not None:
            self.stopping.show_value(experiment.stopping)

    def show_samples(self, samples: Samples) -> None:
        """Say what the data is."""
        parts = [
            _("{n:,} training, {m:,} validation rows").format(n=len(samples.x), m=len(samples.validation_x)),
            "×".join(map(str, samples.row_shape)) + " " + _("features"),
        ]
        if samples.classes:
            parts.append(_("{n} classes").format(n=len(samples.classes)))
        self.summary.setText(" · ".join(parts))

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Mark the fields that problems concern, with their sentences as tooltips."""
        for marked in self._problems:
            marked.setStyleSheet("")
        self._problems = []
        for problem in problems:
            field = self.families.get((problem.field or "").split(".")[0])
            if field is not None:
                field.box.setStyleSheet("border: 2px solid #d9731a;")
                field.box.setToolTip(problem.sentence)
                self._problems.append(field.box)


def _strength(experiment: Experiment, name: str) -> float:
    """The largest penalty of that name on any kernel."""
    found = [getattr(layer, "kernel_regularizer", None) for layer in experiment.layers]
    return max((getattr(r, name, 0.0) for r in found if isinstance(r, (L1, L2, L1L2))), default=0.0)

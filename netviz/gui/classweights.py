"""How much each class counts in the loss: a table by the classes' names, filled in at a click so that all count the same."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from netviz.codec import Range
from netviz.datasets import Samples
from netviz.document.edits import balanced, class_counts
from netviz.engine.experiment import ClassWeight
from netviz.gui.fields import NumberField, column
from netviz.i18n import _

_WEIGHT = Range(low=0, high=1e6)
_MOST = 40  # classes in the table; the others are weighted by the buttons only


class ClassWeightsField(QWidget):
    """Class weights. `edited` carries the next (class number, weight) pairs; classes of the weight 1 are left out."""

    edited = Signal(object)
    settled = Signal()

    def __init__(self) -> None:
        """No classes yet."""
        super().__init__()
        self._weights: tuple[ClassWeight, ...] = ()
        self._samples: Samples | None = None
        self._names: tuple[str, ...] = ()
        self.fields: list[NumberField] = []
        self.balance, self.none = QPushButton(_("Balanced")), QPushButton(_("None"))
        self.balance.setToolTip(_("Every class counts the same: n / (k · n_c) for n rows, k classes, n_c rows of the class"))
        self.none.setToolTip(_("Every row counts the same"))
        for button in (self.balance, self.none):
            button.setAccessibleName(button.toolTip())
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.balance.clicked.connect(self._balance)
        self.none.clicked.connect(lambda: self._at_once(()))
        self.more = QLabel()
        self.more.setProperty("role", "small")
        self.more.setWordWrap(True)
        self._table = QGridLayout()
        self._table.setSpacing(3)
        self._table.setColumnStretch(0, 1)
        lines = column(self, 5)
        buttons = QHBoxLayout()
        buttons.addWidget(self.balance)
        buttons.addWidget(self.none)
        lines.addLayout(buttons)
        lines.addLayout(self._table)
        lines.addWidget(self.more)
        self.setFocusProxy(self.balance)

    @property
    def possible(self) -> bool:
        """Whether there are classes to be weighted."""
        return bool(self._names)

    def show_samples(self, samples: Samples) -> None:
        """Show the classes of other data."""
        self._samples = samples
        count = len(class_counts(samples))
        names = tuple(samples.classes[i] if i < len(samples.classes) else str(i) for i in range(count))
        if names != self._names:
            self._names = names
            self._make_rows()
        self.show_value(self._weights)

    def _make_rows(self) -> None:
        while (item := self._table.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.setParent(None)
                widget.deleteLater()
        self.fields = []
        for label, name in enumerate(self._names[:_MOST]):
            words, field = QLabel(name), NumberField(1.0, _WEIGHT, whole=False)
            words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            words.setMinimumWidth(20)
            words.setToolTip(name)
            words.setBuddy(field)
            field.setAccessibleName(_("Weight of {name}").format(name=name))
            field.edited.connect(lambda weight, label=label: self._change(label, weight))
            field.settled.connect(self.settled)
            self._table.addWidget(words, label, 0, Qt.AlignmentFlag.AlignVCenter)
            self._table.addWidget(field, label, 1)
            self.fields.append(field)
        left = len(self._names) - len(self.fields)
        self.more.setText(_("and {n:,} classes more").format(n=left))
        self.more.setVisible(left > 0)

    def show_value(self, weights: tuple[ClassWeight, ...]) -> None:
        """Show other weights."""
        self._weights = weights
        found = dict(weights)
        for label, field in enumerate(self.fields):
            field.show_value(float(f"{found.get(label, 1.0):.6g}"))

    def _change(self, label: int, weight: float) -> None:
        found = dict(self._weights) | {label: weight}
        self.edited.emit(tuple(sorted((label, weight) for label, weight in found.items() if weight != 1)))

    def _balance(self) -> None:
        if self._samples is not None:
            self._at_once(tuple((label, weight) for label, weight in balanced(self._samples) if weight != 1))

    def _at_once(self, weights: tuple[ClassWeight, ...]) -> None:
        self.edited.emit(weights)
        self.settled.emit()

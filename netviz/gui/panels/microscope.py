"""The microscope: why a number is what it is, term by term, each term opening the next, down to the loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from netviz.datasets import Samples
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.network import Network, NetworkProblem
from netviz.gui.elided import ElidedLabel
from netviz.gui.lesson import Lesson
from netviz.gui.panel import Panel, panels
from netviz.gui.panels.equations import EquationCard
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures.microscope import Equation, Item, Reading
from netviz.pictures.microscope.writing import as_csv, as_latex, as_text

_DEEPEST = 40


@panels.register("microscope", title=N_("Microscope"))
class MicroscopePanel(Panel):
    """Equations one below the other: each is of the term that was clicked in the one above."""

    place = "right"
    rank = 1  # it comes to the front when something is picked
    explains = True
    lit = Signal(object)

    def __init__(self, theme: Theme) -> None:
        """Nothing is picked yet."""
        super().__init__(theme)
        self.path: list[Item] = []
        self._frame: Frame | None = None
        self._network: Network | None = None
        self._cards: list[EquationCard] = []
        self._reading: Reading | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.addLayout(self._top())
        self.hint = Lesson(_("Click a link, a unit or a bias in the network: here stands where its numbers come from."))
        column.addWidget(self.hint, 1)
        column.addWidget(self._scroll(), 1)

    def _top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(3)
        self.whole, self.single = QToolButton(), QToolButton()
        group = QButtonGroup(self)
        for button, text, tip in (
            (self.whole, _("Batch"), _("Sums over all rows of the batch; what opens below is of one row, and says which")),
            (self.single, _("Row"), _("Everything is of one row of the batch")),
        ):
            button.setText(text)
            button.setCheckable(True)
            button.setProperty("role", "step")
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(self._choose_mode)
            group.addButton(button)
            row.addWidget(button)
        self.whole.setChecked(True)
        self.row = QSpinBox()
        self.row.setMinimum(1)
        self.row.setFixedWidth(84)
        self.row.setPrefix(_("row "))
        self.row.setToolTip(_("Which row of the batch"))
        self.row.setAccessibleName(self.row.toolTip())
        self.row.valueChanged.connect(lambda _value: self._choose_mode())
        row.addWidget(self.row)
        self.which = ElidedLabel()
        row.addWidget(self.which, 1)
        self.loss, self.copy = QToolButton(), QToolButton()
        for button in (self.loss, self.copy):
            button.setProperty("role", "step")
        self.loss.setText("L")
        self.loss.setToolTip(_("The loss itself"))
        self.loss.setAccessibleName(self.loss.toolTip())
        self.loss.clicked.connect(lambda: self.pick(Item("loss")))
        self.copy.setText(_("Copy"))
        self.copy.setToolTip(_("Copy what is shown as text, LaTeX or CSV"))
        self.copy.setAccessibleName(self.copy.toolTip())
        self.copy.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.copy)
        for title, write in ((_("As text"), as_text), (_("As LaTeX"), as_latex), (_("As CSV"), as_csv)):
            menu.addAction(title, partial(self._copy, write))
        self.copy.setMenu(menu)
        row.addWidget(self.loss)
        row.addWidget(self.copy)
        return row

    def _copy(self, write: Callable[[Sequence[Equation]], str]) -> None:
        QGuiApplication.clipboard().setText(write(self.equations()))

    def _scroll(self) -> QScrollArea:
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(0, 0, 4, 0)
        self.column.setSpacing(4)
        self.column.addStretch(1)
        self.area.setWidget(inner)
        self.area.hide()
        return self.area

    # ------------------------------------------------------------------------------------------------- picking

    def pick(self, item: Item | None) -> None:
        """Put an item under the microscope; None takes what is there away."""
        self.path = [] if item is None else [self._in_mode(item)]
        self._show()

    def choose_row(self, row: int) -> None:
        """Have everything be of one row of the batch."""
        self.single.setChecked(True)
        self.row.setValue(row + 1)
        self._choose_mode()

    def light(self, item: Item | None) -> None:
        """Mark what stands for an item that is pointed at in the network."""
        for card in self._cards:
            card.light(item)

    def take_over(self, old: Panel) -> None:
        if isinstance(old, MicroscopePanel):
            self.path, self._frame, self._network = old.path, old._frame, old._network
            self.single.setChecked(old.single.isChecked())
            self.row.setMaximum(old.row.maximum())
            self.row.setValue(old.row.value())
            self._show()

    def _in_mode(self, item: Item) -> Item:
        """A weight or the loss is of the whole batch or of the row; all else is of a row."""
        row = self.row.value() - 1
        whole = item.kind in ("weight", "loss") and self.whole.isChecked()
        return Item(item.kind, item.layer, item.name, item.index, None if whole else row)

    def _choose_mode(self) -> None:
        if self.path:
            self.path = [self._in_mode(self.path[0])]
        self._show_rows()
        self._show()

    def _open(self, depth: int, item: Item) -> None:
        """Open an item below the equation at a depth; once more closes it."""
        again = len(self.path) > depth + 1 and self.path[depth + 1] == item
        self.path = self.path[: depth + 1] if again else [*self.path[: depth + 1], item][:_DEEPEST]
        self._show()
        if not again and self._cards:
            self.area.ensureWidgetVisible(self._cards[len(self.path) - 1], 0, 0)

    # ------------------------------------------------------------------------------------------------- showing

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        network = None
        if samples is not None:
            try:
                network = experiment.network(samples)
            except NetworkProblem:
                network = None
        self._reading = None
        same = network is not None and self._network is not None and network.windows == self._network.windows
        self._network = network
        if not same:
            self.path, self._frame = [], None
            self._show()

    def draw(self, frame: Frame, view: View) -> None:
        self._frame = frame
        self._show_rows()
        if self.path:
            self._show()

    def _show_rows(self) -> None:
        """Which row it is, among how many."""
        if self._frame is None or self._frame.batch is None:
            return
        rows = self._frame.batch.rows
        if self.row.maximum() != len(rows):
            self.row.blockSignals(True)
            self.row.setMaximum(len(rows))
            self.row.blockSignals(False)
        number = int(rows[self.row.value() - 1]) + 1
        self.which.setText(_("of {n} · training row {row:,}").format(n=len(rows), row=number))

    def equations(self) -> list[Equation]:
        """What is shown, from the top; where something of the path is not there yet it ends."""
        found: list[Equation] = []
        if self._frame is None or self._network is None or self._frame.params.windows != self._network.windows:
            return found
        if self._reading is None or self._reading.frame is not self._frame:
            self._reading = Reading(self._frame, self._network)
        for item in self.path:
            equation = self._reading.explain(item)
            if equation is None:
                break
            found.append(equation)
        return found

    def _show(self) -> None:
        equations = self.equations()
        while len(self._cards) < len(equations):
            self._add_card()
        for depth, card in enumerate(self._cards):
            card.setVisible(depth < len(equations))
            if depth < len(equations):
                followed = self.path[depth + 1] if depth + 1 < len(equations) else None
                card.show_equation(equations[depth], followed)
        self.area.setVisible(bool(equations))
        self.hint.setVisible(not equations)
        self.copy.setEnabled(bool(equations))
        if self.path and not equations:
            self.hint.setText(_("Nothing has been computed of this yet: make one step forward (F10)."))

    def _add_card(self) -> None:
        depth = len(self._cards)
        card = EquationCard(self.theme)
        card.opened.connect(lambda item: self._open(depth, item))
        card.lit.connect(self.lit)
        self._cards.append(card)
        self.column.insertWidget(depth, card)

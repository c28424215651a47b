"""The microscope: why a number is what it is, term by term, each term opening the next, down to the loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QSpinBox, QVBoxLayout

from netviz.datasets import Samples
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.network import Network
from netviz.gui.elided import ElidedLabel
from netviz.gui.lesson import Lesson
from netviz.gui.panel import Panel, network_of, panels, same_form
from netviz.gui.panels.arrays import ArraysView
from netviz.gui.panels.equations import EquationCard
from netviz.gui.panels.pile import Pile, copy_button, step_key
from netviz.gui.theme import Theme
from netviz.i18n import N_, _, plural
from netviz.pictures.microscope import Equation, Item, Reading
from netviz.pictures.microscope.writing import as_csv, as_latex, as_text
from netviz.pictures.spotlight import place_of

_DEEPEST = 40


@panels.register("microscope", title=N_("Microscope"))
class MicroscopePanel(Panel):
    """Equations one below the other: each is of the term that was clicked in the one above.

    Above them, where it is asked for, the arrays of a layer to pick from. picked: out of those. row_picked: a training row,
    for the network too.
    """

    place = "right"
    rank = 1  # it comes to the front when something is picked
    explains = True
    lit = Signal(object)
    picked = Signal(object)
    row_picked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        """Nothing is picked yet."""
        super().__init__(theme)
        self.path: list[Item] = []
        self._frame: Frame | None = None
        self._network: Network | None = None
        self._cards: list[EquationCard] = []
        self._reading: Reading | None = None
        self._words: tuple[str, ...] = ()
        self._sample: int | None = None  # the training row that the network shows
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.addLayout(self._top())
        self.arrays = ArraysView(theme)
        self.arrays.picked.connect(self._pick_out)
        self.arrays.lit.connect(self.lit)
        self.arrays.hide()
        self.numbers.toggled.connect(self.arrays.setVisible)
        column.addWidget(self.arrays)
        self.hint = Lesson(
            _("Click a link, a kernel or a unit in the network, or open a layer's numbers: here stands where they come from.")
        )
        column.addWidget(self.hint, 1)
        self.area = Pile(4)
        self.area.hide()
        column.addWidget(self.area, 1)
        column.addStretch(0)

    def _top(self) -> QGridLayout:
        """Two lines, so that the panel may be narrow: what is explained, and of which row; what else can be seen."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(3)
        grid.setVerticalSpacing(3)
        grid.addLayout(self._modes(), 0, 0)
        grid.addLayout(self._keys(), 1, 0)
        return grid

    def _modes(self) -> QHBoxLayout:
        line = QHBoxLayout()
        group = QButtonGroup(self)
        self.whole = step_key(_("Batch"), _("Sums over all rows of the batch; what opens below is of one row, and says which"))
        self.single = step_key(_("Row"), _("Everything is of one row of the batch"))
        for button in (self.whole, self.single):
            button.setCheckable(True)
            button.clicked.connect(lambda _on: self._choose_mode())
            group.addButton(button)
            line.addWidget(button)
        self.whole.setChecked(True)
        self.row = QSpinBox()
        self.row.setMinimum(1)
        self.row.setFixedWidth(84)
        self.row.setPrefix(_("row "))
        self.row.setToolTip(_("Which row of the batch"))
        self.row.setAccessibleName(self.row.toolTip())
        self.row.valueChanged.connect(lambda _value: self._choose_row())
        line.addWidget(self.row)
        line.addStretch(1)
        return line

    def _keys(self) -> QHBoxLayout:
        line = QHBoxLayout()
        self.which = ElidedLabel(least=4)
        line.addWidget(self.which, 1)
        self.numbers = step_key(_("Numbers"), _("All numbers of a layer, to pick from"))
        self.numbers.setCheckable(True)
        self.loss = step_key("L", _("The loss itself"))
        self.loss.clicked.connect(lambda: self.pick(Item("loss")))
        self.copy = copy_button(self.equations, (as_text, as_latex, as_csv), _("Copy what is shown as text, LaTeX or CSV"))
        for button in (self.numbers, self.loss, self.copy):
            line.addWidget(button)
        return line

    # ------------------------------------------------------------------------------------------------- picking

    def pick(self, item: Item | None) -> None:
        """Put an item under the microscope; None takes what is there away. Of a layer its numbers are shown to pick from."""
        if item is not None and item.kind == "layer":
            self.numbers.setChecked(True)
        self.path = [] if item is None or item.kind == "layer" else [self._in_mode(item)]
        if item is not None:
            self.arrays.choose(self.path[0] if self.path else item)
        self._show()

    def _pick_out(self, item: Item) -> None:
        self.pick(item)
        self.picked.emit(item)

    def choose_row(self, row: int) -> None:
        """Have everything be of one row of the batch."""
        self.single.setChecked(True)
        self.row.setValue(row + 1)
        self._choose_row()

    def _choose_row(self) -> None:
        """The row that the spin box says, here and in the network."""
        batch, place = None if self._frame is None else self._frame.batch, self.row.value() - 1
        self.path = self._of_row(place, self.path)
        if batch is not None:
            self._sample = int(batch.rows[place])
        self._show_rows()
        self._draw_arrays()
        self._show()
        if self._sample is not None:
            self.row_picked.emit(self._sample)

    def _of_row(self, place: int, path: list[Item]) -> list[Item]:
        """The same path for another row; a sum over the rows stays what it is, with all that is open below it."""
        if not path or path[0].kind in ("weight", "loss") and self.whole.isChecked():
            return path
        return [replace(item, row=place) for item in path]

    def light(self, item: Item | None, alike: Callable[[Item], bool] | None = None) -> None:
        """Mark what stands for an item that is pointed at in the network, and what is drawn at the same place there."""
        for card in self._cards:
            card.light(item, alike)

    def take_over(self, old: Panel) -> None:
        if isinstance(old, MicroscopePanel):
            self.path, self._frame, self._network, self._words = old.path, old._frame, old._network, old._words
            self._sample = old._sample
            self.single.setChecked(old.single.isChecked())
            self.row.setMaximum(old.row.maximum())
            self.row.setValue(old.row.value())
            self.arrays.show_network(self._network, self._words)
            self.numbers.setChecked(old.numbers.isChecked())
            self._draw_arrays()
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
        self._draw_arrays()
        self._show()

    def _open(self, depth: int, item: Item) -> None:
        """Open an item below the equation at a depth; once more closes it."""
        again = len(self.path) > depth + 1 and self.path[depth + 1] == item
        self.path = self.path[: depth + 1] if again else [*self.path[: depth + 1], item][:_DEEPEST]
        self.path = self.path[: len(self.equations())]  # an input comes from nowhere
        self._show()
        if not again and self.path:
            self.area.bring(self._cards[len(self.path) - 1])

    # ------------------------------------------------------------------------------------------------- showing

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        before, self._network, self._reading = self._network, network_of(experiment, samples), None
        self._words = () if samples is None else samples.words
        if not same_form(before, self._network):
            self.path, self._frame = [], None
            self.arrays.show_network(self._network, self._words)
            self._show()

    def draw(self, frame: Frame, view: View) -> None:
        self._frame = frame
        self._sample = view.sample
        self._follow_row()
        self._show_rows()
        self._draw_arrays()
        if self.path:
            self._show()

    def _follow_row(self) -> None:
        """Be where the row that flows through the network is in this batch; where it is not in it, at the first."""
        batch = None if self._frame is None else self._frame.batch
        if batch is None or self._sample is None:
            return
        place = place_of(batch, self._sample)
        if place != self.row.value() - 1:
            self.row.blockSignals(True)
            self.row.setMaximum(len(batch.rows))
            self.row.setValue(place + 1)
            self.row.blockSignals(False)
            self.path = self._of_row(place, self.path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrays.room(self.height())

    def _draw_arrays(self) -> None:
        if self._frame is not None:
            self.arrays.draw(self._frame, self.row.value() - 1)

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
        brief = (_("of {n} · № {row:,}").format(n=len(rows), row=number), _("of {n}").format(n=len(rows)))
        words = _("of {n} · training row {row:,}").format(n=len(rows), row=number)
        if self._sample is not None and self._sample + 1 != number:
            missing = _("row {row:,} is not in this batch").format(row=self._sample + 1)
            least = _("№ {row:,}, not {wanted:,}").format(row=number, wanted=self._sample + 1)
            brief, words = (f"{brief[0]} · {missing}", least), f"{words} · {missing}"
        self.which.shorter = brief
        self.which.setText(words)

    def equations(self) -> list[Equation]:
        """What is shown, from the top; where something of the path is not there yet it ends."""
        found: list[Equation] = []
        if self._frame is None or self._network is None or self._frame.params.windows != self._network.windows:
            return found
        if self._reading is None or self._reading.frame is not self._frame:
            self._reading = Reading(self._frame, self._network, self._words)
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
                card.show_equation(equations[depth], followed, self._row_of(equations[depth]))
        self.area.setVisible(bool(equations))
        self.hint.setVisible(not equations and not (self.numbers.isChecked() and not self.path))
        self.copy.setEnabled(bool(equations))
        if self.path and not equations:
            self.hint.setText(_("Nothing has been computed of this yet: make one step forward (F10)."))

    def _row_of(self, equation: Equation) -> str:
        """Of which training row an equation is, or of how many."""
        assert self._frame is not None and self._frame.batch is not None
        rows = self._frame.batch.rows
        if equation.row is None:
            return plural("{n} row", "{n} rows", len(rows))
        return _("row {n:,}").format(n=int(rows[equation.row]) + 1)

    def _add_card(self) -> None:
        depth = len(self._cards)
        card = EquationCard(self.theme)
        card.opened.connect(lambda item: self._open(depth, item))
        card.lit.connect(self.lit)
        self._cards.append(card)
        self.area.add(card)

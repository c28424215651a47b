"""All the numbers of a layer: x·W + b = z → f(z) = a as tables beside each other, what belongs together marked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from netviz.datasets import Samples
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.network import Network, layer_names
from netviz.gui.elided import ElidedComboBox, ElidedLabel
from netviz.gui.lesson import Lesson
from netviz.gui.panel import Panel, network_of, panels, same_form
from netviz.gui.panels.matrix import Matrix
from netviz.gui.panels.numerals import shown
from netviz.gui.panels.pile import copy_button
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures.matrices import Sheets, as_csv, as_latex, as_text, sheets_of
from netviz.pictures.microscope import Item


@panels.register("numbers", title=N_("All the numbers"))
class NumbersPanel(Panel):
    """The layer that is picked in the network, or chosen here, for every row of the batch."""

    short = N_("Numbers")
    rank = 3

    def __init__(self, theme: Theme) -> None:
        """Nothing has been computed yet."""
        super().__init__(theme)
        self.sheets: Sheets | None = None
        self._frame: Frame | None = None
        self._network: Network | None = None
        self._matrices: list[Matrix] = []
        self._item: Item | None = None
        self._hovered = False
        top = QHBoxLayout()
        self.layer = ElidedComboBox()
        self.layer.setAccessibleName(_("Layer"))
        self.layer.setToolTip(_("The layer whose numbers are shown"))
        self.layer.setMaximumWidth(200)
        self.layer.activated.connect(lambda _place: self._show())
        self.words = ElidedLabel()
        ways = (as_text, as_latex, as_csv)
        self.copy = copy_button(lambda: self.sheets or Sheets(0), ways, _("Copy all of it as text, LaTeX or CSV"))
        for part, share in ((self.layer, 0), (self.words, 1), (self.copy, 0)):
            top.addWidget(part, share)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        self.row = QHBoxLayout(inner)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)
        self.row.addStretch(1)
        self.area.setWidget(inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 4)
        column.addLayout(top)
        column.addWidget(self.area, 1)
        self.lesson = Lesson(_("Make one step (F10, or F9 for a phase): every number of the layer stands here."))
        column.addWidget(self.lesson, 1)
        self._show()

    # ------------------------------------------------------------------------------------------------- choices

    def pick(self, item: Item | None) -> None:
        self._item = item
        at = self.layer.findData(item.layer) if item is not None else -1
        if at >= 0:
            self.layer.setCurrentIndex(at)
            self._show()

    def _mark_item(self, item: Item) -> None:
        """What is picked in the network is marked as if the mouse were over it."""
        found = self.sheets.place(item) if self.sheets is not None else None
        if found is not None:
            self.mark(*found)

    def take_over(self, old: Panel) -> None:
        if isinstance(old, NumbersPanel):
            self._frame, self._network = old._frame, old._network
            for place in range(old.layer.count()):
                self.layer.addItem(old.layer.itemText(place), old.layer.itemData(place))
            self.layer.setCurrentIndex(old.layer.currentIndex())
            self._show()

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        before = self._network
        self._network = network_of(experiment, samples)
        if not same_form(before, self._network):
            self._frame = None
        names = layer_names(experiment.layers)
        if [self.layer.itemText(i) for i in range(self.layer.count())] != list(names):
            now = self.layer.currentIndex()
            self.layer.clear()
            for layer, name in enumerate(names):
                self.layer.addItem(name, layer)
            self.layer.setCurrentIndex(now if 0 <= now < len(names) else 0)
            self._show()

    # ------------------------------------------------------------------------------------------------- showing

    def draw(self, frame: Frame, view: View) -> None:
        self._frame = frame
        self._show()

    def _show(self) -> None:
        layer, frame, network = self.layer.currentData(), self._frame, self._network
        self.sheets = None
        if frame is not None and network is not None and layer is not None and frame.params.windows == network.windows:
            self.sheets = sheets_of(frame, network, layer)
        self.area.setVisible(self.sheets is not None)
        self.lesson.setVisible(self.sheets is None)
        self.copy.setEnabled(self.sheets is not None)
        if self.sheets is None:
            self.words.setText("")
            return
        self.words.setText(_("Point at a number: what it is made of is marked."))
        found = self.sheets.sheets
        while len(self._matrices) < len(found):
            self._add_matrix()
        widest = max(300, self.width() * 2 // 5)
        for place, matrix in enumerate(self._matrices):
            matrix.setVisible(place < len(found))
            if place < len(found):
                matrix.show_sheet(found[place], widest)
        if not self._hovered:
            self._mark_picked()

    def _mark_picked(self) -> None:
        for matrix in self._matrices:
            matrix.cells.show_mark(None)
        if self._item is not None and self.sheets is not None and self._item.layer == self.sheets.layer:
            self._mark_item(self._item)

    def _add_matrix(self) -> None:
        matrix, place = Matrix(self.theme), len(self._matrices)
        matrix.table.entered.connect(lambda index: self._hover(place, index.row(), index.column()))
        matrix.table.clicked.connect(lambda index: self._open(place, index.row(), index.column()))
        matrix.table.viewport().installEventFilter(self)
        matrix.table.verticalScrollBar().valueChanged.connect(lambda value: self._scrolled(place, value))
        self._matrices.append(matrix)
        self.row.insertWidget(place, matrix)

    def _scrolled(self, place: int, value: int) -> None:
        """Matrices with the rows of the batch are scrolled together."""
        if self.sheets is None or place >= len(self.sheets.sheets):
            return
        rows = self.sheets.sheets[place].rows
        for other, sheet in zip(self._matrices, self.sheets.sheets, strict=False):
            if other is not self._matrices[place] and sheet.rows == rows and sheet.name in ("x", "z", "a"):
                other.table.verticalScrollBar().setValue(value)

    def _hover(self, place: int, row: int, column: int) -> None:
        self._hovered = True
        self.mark(place, (row, column))

    def mark(self, place: int, at: tuple[int, int]) -> None:
        """Mark an entry of a matrix, and what takes part in it."""
        if self.sheets is None:
            return
        marks = self.sheets.marks(place, *at)
        for number, matrix in enumerate(self._matrices):
            matrix.cells.show_mark(marks.get(number))
        self.words.setText(self._told(place, at))

    def _told(self, place: int, at: tuple[int, int]) -> str:
        assert self.sheets is not None
        sheet = self.sheets.sheets[place]
        value = float(sheet.values[at])
        text = f"{sheet.name}[{at[0] + 1},{at[1] + 1}] = {shown(value)}"
        if self.sheets.product and sheet.name == "z":
            text += " = " + _("row {n} of x times column {m} of W, and b").format(n=at[0] + 1, m=at[1] + 1)
        return text

    def _open(self, place: int, row: int, column: int) -> None:
        """A click puts the number under the microscope."""
        if self.sheets is not None:
            self.opened.emit(self.sheets.item(place, row, column))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hovered = False
            self._mark_picked()
        return False

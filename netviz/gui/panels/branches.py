"""The branches panel: the ways this training has gone beside each other, to be named, gone on with and deleted."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from netviz.document.branches import Branch
from netviz.document.view import View
from netviz.engine.frame import Frame
from netviz.engine.run import Run
from netviz.gui.images import disc
from netviz.gui.lesson import Lesson
from netviz.gui.panel import Panel, panels
from netviz.gui.theme import Theme
from netviz.gui.timeline import way_color
from netviz.i18n import N_, _
from netviz.pictures.comparison import Line, comparison, titles, values

_NAME = 0


@panels.register("branches", title=N_("Branches"))
class BranchesPanel(Panel):
    """One row for each way; a double click on a name renames it."""

    rank = 2
    way_wanted = Signal(int)
    renamed = Signal(str, object)
    forgotten = Signal(int)

    def __init__(self, theme: Theme) -> None:
        """One way only, which is no branch."""
        super().__init__(theme)
        self.lines: tuple[Line, ...] = ()
        self.table = QTableWidget(0, 0)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setAccessibleName(_("Ways this training has gone"))
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.itemChanged.connect(self._rename)
        self.table.itemSelectionChanged.connect(self._allow)
        self.lesson = Lesson(
            _("Go back in the timeline, change anything, for example the learning rate, and run: what was trained before is "
              "kept as a branch and stands here beside the new one. “Branch here” keeps a copy of this moment.")
        )  # fmt: skip
        self.go, self.delete = QPushButton(_("Go on with it")), QPushButton(_("Delete…"))
        self.go.setToolTip(_("Go on with the selected way, where it had ended; the one at hand takes its place here"))
        self.delete.setToolTip(_("Delete the selected way"))
        self.go.clicked.connect(lambda: self._chosen(self.way_wanted.emit))
        self.delete.clicked.connect(lambda: self._chosen(self._forget))
        buttons = QHBoxLayout()
        buttons.addWidget(self.go)
        buttons.addWidget(self.delete)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 4)
        column.addWidget(self.lesson, 1)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)
        self._fill()

    def show_branches(self, run: Run, frame: Frame, name: str, branches: tuple[Branch, ...]) -> None:
        super().show_branches(run, frame, name, branches)
        self.lines = comparison(run, frame, name, branches) if branches else ()
        self._titles = (_("Way"), _("Parts at"), _("Updates"), *titles(run.experiment), _("What differs"))
        self._fill()

    def draw(self, frame: Frame, view: View) -> None:
        """The way at hand goes on; the others stay as they are."""
        if not self.lines:
            return
        self.table.blockSignals(True)
        for place, text in enumerate((f"{frame.step:,}", *values(frame))):
            item = self.table.item(0, 2 + place)
            if item is not None:
                item.setText(text)
        self.table.blockSignals(False)

    def _fill(self) -> None:
        """A row for each way."""
        self.lesson.setVisible(not self.lines)
        for widget in (self.table, self.go, self.delete):
            widget.setVisible(bool(self.lines))
        if not self.lines:
            return
        self.table.blockSignals(True)
        self.table.setColumnCount(len(self._titles))
        self.table.setHorizontalHeaderLabels(self._titles)
        self.table.setRowCount(len(self.lines))
        for row, line in enumerate(self.lines):
            texts = (line.name, line.begin, f"{line.updates:,}", *line.values, line.differs)
            for place, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if place != _NAME:
                    item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
                else:
                    item.setIcon(disc(way_color(self.theme, line.place)))
                self.table.setItem(row, place, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(self._titles) - 1, QHeaderView.ResizeMode.Stretch)
        self.table.blockSignals(False)
        self.table.selectRow(1)
        self._allow()

    def _line(self) -> Line | None:
        row = self.table.currentRow()
        return self.lines[row] if 0 <= row < len(self.lines) else None

    def _allow(self) -> None:
        line = self._line()
        for button in (self.go, self.delete):
            button.setEnabled(line is not None and line.place is not None)

    def _chosen(self, act: object) -> None:
        line = self._line()
        if line is not None and line.place is not None:
            act(line.place)  # type: ignore[operator]

    def _forget(self, place: int) -> None:
        question = _("Delete “{name}” with all that was trained on it?").format(name=self.lines[place + 1].name)
        if QMessageBox.question(self, _("Delete"), question) == QMessageBox.StandardButton.Yes:
            self.forgotten.emit(place)

    def _rename(self, item: QTableWidgetItem) -> None:
        line = self.lines[item.row()]
        if item.column() == _NAME and item.text() != line.name:
            self.renamed.emit(item.text(), line.place)

"""A matrix as a table: coloured by sign and size, with a row, a column or a cell of it marked."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QSizePolicy, QTableView, QVBoxLayout, QWidget

from netviz.gui.panels.numerals import shown
from netviz.gui.theme import Theme
from netviz.pictures.colors import diverging, limit
from netviz.pictures.matrices import Sheet

Index = QModelIndex | QPersistentModelIndex
Mark = tuple[int | None, int | None]
_CELL, LINE = 58, 20
_SHADE, _FAINT, _MARKED = 70, 22, 120  # how much of a cell's colour there is, so that its number can be read


class Cells(QAbstractTableModel):
    """One matrix; a marked row or column has another ground."""

    def __init__(self, theme: Theme) -> None:
        """No numbers yet."""
        super().__init__()
        self.theme = theme
        self.sheet = Sheet("", np.empty((0, 0)))
        self.mark: Mark | None = None
        self._at_most = 1.0

    def show_sheet(self, sheet: Sheet) -> None:
        """Show these numbers; a table of the same size only changes its cells."""
        same = sheet.values.shape == self.sheet.values.shape and sheet.rows == self.sheet.rows
        if not same:
            self.beginResetModel()
        self.sheet, self._at_most = sheet, limit(sheet.values) if sheet.values.size else 1.0
        if not same:
            self.endResetModel()
        elif sheet.values.size:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def show_mark(self, mark: Mark | None) -> None:
        """Mark a row, a column or a cell."""
        if mark != self.mark:
            self.mark = mark
            if self.rowCount():
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.sheet.values) if parent is None or not parent.isValid() else 0

    def columnCount(self, parent: Index | None = None) -> int:
        return int(self.sheet.values.shape[1])

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        names = self.sheet.columns if orientation == Qt.Orientation.Horizontal else self.sheet.rows
        return names[section] if section < len(names) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = float(self.sheet.values[index.row(), index.column()])
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.BackgroundRole:
            if self._is_marked(index.row(), index.column()):
                color = self.theme.color("accent")
                color.setAlpha(_MARKED)
                return color
            color = QColor.fromRgb(int(diverging(np.array([value]), self._at_most)[0]))
            color.setAlpha(_SHADE if self.mark is None else _FAINT)
            return color
        if role == Qt.ItemDataRole.FontRole and self.mark == (index.row(), index.column()):
            font = QFont()
            font.setPixelSize(11)
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self.sheet.name}[{index.row() + 1},{index.column() + 1}] = {value:.9g}".replace("-", "−")
        return None

    def _is_marked(self, row: int, column: int) -> bool:
        if self.mark is None:
            return False
        return self.mark[0] in (None, row) and self.mark[1] in (None, column)


class CellTable(QTableView):
    """The table itself: cells that cannot be changed or chosen, only pointed at and clicked."""

    def __init__(self, cells: Cells) -> None:
        """A table of those cells."""
        super().__init__()
        self.setTabKeyNavigation(False)  # Tab goes on, the arrows go from cell to cell
        self.setModel(cells)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.horizontalHeader().setDefaultSectionSize(_CELL)
        self.horizontalHeader().setMinimumSectionSize(20)
        self.verticalHeader().setDefaultSectionSize(LINE)
        self.verticalHeader().setMinimumSectionSize(12)
        self.horizontalHeader().setFixedHeight(LINE)
        for header in (self.horizontalHeader(), self.verticalHeader(), self):
            font = QFont(self.font())
            font.setPixelSize(11)
            header.setFont(font)

    def name_rows(self, sheet: Sheet) -> int:
        """Make room for the names of the rows; how much it is."""
        longest = sorted(set(sheet.rows), key=len)[-3:]
        wide = 16 + max((self.fontMetrics().horizontalAdvance(name) for name in longest), default=0)
        self.verticalHeader().setFixedWidth(wide)
        return wide


class Matrix(QWidget):
    """A table with its letter, its size and the sign before it."""

    def __init__(self, theme: Theme) -> None:
        """Empty."""
        super().__init__()
        self.cells = Cells(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.joint = QLabel()
        self.joint.setProperty("role", "number")
        row.addWidget(self.joint, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout()
        column.setSpacing(1)
        self.title = QLabel()
        self.title.setProperty("role", "small")
        column.addWidget(self.title)
        self.table = CellTable(self.cells)
        column.addWidget(self.table, 1)
        row.addLayout(column)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_sheet(self, sheet: Sheet, widest: int) -> None:
        """Show a matrix, no wider than that; more is scrolled."""
        rows, columns = sheet.values.shape
        same = (rows, columns) == self.cells.sheet.values.shape
        self.cells.show_sheet(sheet)
        self.joint.setText(sheet.joint)
        self.joint.setVisible(bool(sheet.joint))
        self.title.setText(f"<b>{sheet.name}</b>  {rows:,}×{columns:,}  {sheet.title}")
        self.table.setAccessibleName(f"{sheet.name}, {sheet.title}")
        if not same:
            names = self.table.name_rows(sheet)
            wide = min(columns * _CELL + names + 6, max(widest, _CELL + names + 6))
            self.table.setFixedWidth(wide + (12 if rows > 2 else 0))
            self.table.setMinimumHeight(LINE * min(rows, 2) + LINE + 4)

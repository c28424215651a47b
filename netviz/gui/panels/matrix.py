"""A matrix as a table: coloured by sign and size, with a row, a column or a cell of it marked."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QSizePolicy, QTableView, QVBoxLayout, QWidget

from netviz.gui.panels.equations import shown
from netviz.gui.theme import Theme
from netviz.pictures.colors import diverging, limit
from netviz.pictures.matrices import Sheet

Index = QModelIndex | QPersistentModelIndex
Mark = tuple[int | None, int | None]
_CELL, _LINE = 58, 20
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
        self.table = QTableView()
        self.table.setTabKeyNavigation(False)  # Tab goes on, the arrows go from cell to cell
        self.table.setModel(self.cells)
        self.table.setMouseTracking(True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setCornerButtonEnabled(False)
        self.table.horizontalHeader().setDefaultSectionSize(_CELL)
        self.table.horizontalHeader().setMinimumSectionSize(20)
        self.table.verticalHeader().setDefaultSectionSize(_LINE)
        self.table.verticalHeader().setMinimumSectionSize(12)
        self.table.horizontalHeader().setFixedHeight(_LINE)
        for header in (self.table.horizontalHeader(), self.table.verticalHeader(), self.table):
            font = QFont(self.font())
            font.setPixelSize(11)
            header.setFont(font)
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
            names = 16 + max((self.fontMetrics().horizontalAdvance(name) for name in sheet.rows[-1:]), default=0)
            self.table.verticalHeader().setFixedWidth(names)
            wide = min(columns * _CELL + names + 6, max(widest, _CELL + names + 6))
            self.table.setFixedWidth(wide + (12 if rows > 2 else 0))
            self.table.setMinimumHeight(_LINE * min(rows, 2) + _LINE + 4)

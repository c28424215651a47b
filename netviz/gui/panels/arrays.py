"""The arrays of one layer as a table to pick from: its weights, and what it computes within for the row at hand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from netviz.engine.frame import Frame
from netviz.engine.network import Network, layer_names
from netviz.gui.elided import ElidedComboBox
from netviz.gui.panels.matrix import LINE, Cells, CellTable
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures.arrays import Listed, arrays_of, title_of
from netviz.pictures.microscope import Item

_MOST_LINES = 8  # that the table shows without scrolling


class ArraysView(QWidget):
    """A layer, one of its arrays, and the array's numbers: each of them can be picked."""

    picked = Signal(object)
    lit = Signal(object)

    def __init__(self, theme: Theme) -> None:
        """No network yet."""
        super().__init__()
        self.listed: tuple[Listed, ...] = ()
        self._frame: Frame | None = None
        self._network: Network | None = None
        self._words: tuple[str, ...] = ()
        self._row = 0
        self._wanted = ""  # an array that was asked for by name
        self._item: Item | None = None
        self._lines = _MOST_LINES
        self.layer, self.array = ElidedComboBox(), ElidedComboBox()
        for box, tip in ((self.layer, _("Layer")), (self.array, _("Array of the layer"))):
            box.setAccessibleName(tip)
            box.setToolTip(tip)
        self.layer.activated.connect(lambda _place: self._show_layer())
        self.array.activated.connect(lambda _place: self._show_array())
        self.cells = Cells(theme)
        self.table = CellTable(self.cells)
        self.table.clicked.connect(self._pick)
        self.table.activated.connect(self._pick)
        self.table.viewport().installEventFilter(self)
        self.table.entered.connect(lambda at: self.lit.emit(self._item_at(at)))
        self.hint = QLabel(_("This layer has no numbers of its own: it works on those that come in."))
        self.hint.setProperty("role", "quiet")
        self.hint.setWordWrap(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setSpacing(4)
        grid.addWidget(self.layer, 0, 0)
        grid.addWidget(self.array, 0, 1)
        grid.addWidget(self.table, 1, 0, 1, 2)
        grid.addWidget(self.hint, 2, 0, 1, 2)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)

    # ------------------------------------------------------------------------------------------------- choices

    def show_network(self, network: Network | None, words: tuple[str, ...] = ()) -> None:
        """Offer the layers of a network; words: what each token stands for, where features are tokens."""
        self._network, self._words, now = network, words, self.layer.currentIndex()
        self._frame = None
        self.layer.clear()
        for name in layer_names(network.layers) if network is not None else ():
            self.layer.addItem(name)
        self.layer.setCurrentIndex(now if 0 <= now < self.layer.count() else 0)
        self._show_layer()

    def choose(self, item: Item) -> None:
        """Show the layer that an item is of, and mark it where it stands in a table."""
        self._item = item
        if 0 <= item.layer < self.layer.count() and self.layer.currentIndex() != item.layer:
            self.layer.setCurrentIndex(item.layer)
            self._show_layer()
        if item.kind == "layer" and item.name:
            self._wanted = item.name
            self._show_layer()
            return
        found = [number for number, listed in enumerate(self.listed) if listed.place(item) is not None]
        if found and self.array.currentIndex() not in found:
            self.array.setCurrentIndex(found[0])
            self._show_array()
        self._mark(scroll=True)

    def chosen(self) -> Listed | None:
        """The array that is shown."""
        return self.listed[self.array.currentIndex()] if 0 <= self.array.currentIndex() < len(self.listed) else None

    def _item_at(self, at: QModelIndex) -> Item | None:
        listed = self.chosen()
        return None if listed is None else listed.item((at.row(), at.column()))

    def _pick(self, at: QModelIndex) -> None:
        item = self._item_at(at)
        if item is not None:
            self._item = item
            self._mark()
            self.picked.emit(item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.lit.emit(None)
        return False

    # ------------------------------------------------------------------------------------------------- showing

    def draw(self, frame: Frame, row: int) -> None:
        """Show a frame's numbers, those of a row of the batch where they are of one."""
        self._frame, self._row = frame, row
        if self.isVisible():
            self._show_layer()

    def showEvent(self, event: QShowEvent) -> None:
        self._show_layer()
        if self._item is not None:
            self.choose(self._item)

    def _show_layer(self) -> None:
        """The arrays of the layer; the one that was shown stays, if the layer has it."""
        frame, network, layer = self._frame, self._network, self.layer.currentIndex()
        fits = frame is not None and network is not None and frame.params.windows == network.windows
        self.listed = ()
        if fits and layer >= 0:
            self.listed = arrays_of(frame, network, layer, self._row, self._words)  # type: ignore[arg-type]
        titles = [title_of(listed) for listed in self.listed]
        if [self.array.itemText(i) for i in range(self.array.count())] != titles:
            now = self.array.currentText()
            self.array.clear()
            self.array.addItems(titles)
            self.array.setCurrentIndex(titles.index(now) if now in titles else 0)
        names = [listed.name for listed in self.listed]
        if self._wanted in names:  # it may have to be computed first
            self.array.setCurrentIndex(names.index(self._wanted))
            self._wanted = ""
        self._show_array()

    def _show_array(self) -> None:
        listed = self.chosen()
        self.table.setVisible(listed is not None)
        self.array.setVisible(listed is not None)
        self.hint.setVisible(listed is None and self._frame is not None)
        if listed is None:
            return
        same = listed.sheet.values.shape == self.cells.sheet.values.shape
        self.cells.show_sheet(listed.sheet)
        self.table.setAccessibleName(title_of(listed))
        if not same:
            self.table.name_rows(listed.sheet)
        self._fit()
        self._mark()

    def room(self, high: int) -> None:
        """How high the panel is around it; the table takes a third of that at most."""
        self._lines = max(2, min(_MOST_LINES, high // (3 * LINE) - 2))
        self._fit()

    def _fit(self) -> None:
        lines = min(self._lines, len(self.cells.sheet.values)) + 1
        if self.table.minimumHeight() != LINE * lines + 18:
            self.table.setFixedHeight(LINE * lines + 18)

    def _mark(self, scroll: bool = False) -> None:
        listed = self.chosen()
        at = listed.place(self._item) if listed is not None and self._item is not None else None
        self.cells.show_mark(at)
        if scroll and at is not None:
            self.table.scrollTo(self.cells.index(*at))

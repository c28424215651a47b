"""Trust: which gradients were checked and how far they were off; and switches that break backpropagation."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QCheckBox, QHeaderView, QLabel, QTableView, QVBoxLayout

from netviz.datasets import Samples
from netviz.document.operations import idle_mistakes, with_mistake
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.mistakes import SENTENCES, Mistake
from netviz.engine.network import layer_names
from netviz.gui.panel import Panel, network_of, panels
from netviz.gui.panels.numerals import shown
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures.microscope import Item
from netviz.pictures.microscope.equation import place
from netviz.pictures.trust import TOLERANCE, Trust, written

Index = QModelIndex | QPersistentModelIndex
_HEADS = (N_("weight"), N_("backprop"), N_("numeric"), N_("error"))


class Entries(QAbstractTableModel):
    """The checked gradients, the worst first."""

    def __init__(self, theme: Theme) -> None:
        """None yet."""
        super().__init__()
        self.theme = theme
        self.known = Trust()
        self.names: tuple[str, ...] = ()

    def show_known(self, known: Trust, names: tuple[str, ...]) -> None:
        """List these."""
        self.beginResetModel()
        self.known, self.names = known, names
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.known.entries) if parent is None or not parent.isValid() else 0

    def columnCount(self, parent: Index | None = None) -> int:
        return len(_HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _(_HEADS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and not section:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.known.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            layer = int(entry.path[0])
            name = self.names[layer] if layer < len(self.names) else str(layer)
            words = f"{name} {'/'.join(map(str, entry.path[1:]))}[{place(entry.index)}]"
            return (words, shown(entry.analytic), shown(entry.numeric), written(entry.error))[
                index.column()
            ]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 3:
            return self.theme.color("good" if entry.error <= TOLERANCE else "wrong")
        return None


@panels.register("trust", title=N_("Trust"))
class TrustPanel(Panel):
    """A sentence, the switches, and the list."""

    place = "lower right"
    rank = 3

    def __init__(self, theme: Theme) -> None:
        """Nothing has been checked yet."""
        super().__init__(theme)
        self._experiment: Experiment | None = None
        self._names: tuple[str, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        column.addWidget(self.verdict)
        self.entries = Entries(theme)
        self.table = QTableView()
        self.table.setTabKeyNavigation(False)  # Tab goes on, the arrows go from cell to cell
        self.table.setModel(self.entries)
        self._dress_table()
        column.addWidget(self.table, 1)
        caption = QLabel(_("BREAK BACKPROPAGATION"))
        caption.setProperty("role", "caption")
        caption.setToolTip(_("Mistakes people make when they write it by hand: see the check find them, and training fail"))
        column.addWidget(caption)
        self.switches: dict[Mistake, QCheckBox] = {}
        self._tips: dict[Mistake, str] = {}
        for mistake, sentence in SENTENCES.items():
            title, _colon, rest = _(sentence).partition(":")
            box = QCheckBox(title)
            self._tips[mistake] = rest.strip().capitalize() or title
            box.setAccessibleName(_(sentence))
            box.clicked.connect(lambda on, mistake=mistake: self._switch(mistake, on))
            column.addWidget(box)
            self.switches[mistake] = box
        self.show_known(Trust())

    def _dress_table(self) -> None:
        table = self.table
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(22)
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the place in the array is at the end
        table.setAccessibleName(_("Checked gradients"))
        table.setToolTip(_("Click a gradient to have it under the microscope"))
        header = table.horizontalHeader()
        for part in (table, header):
            font = QFont(self.font())
            font.setPixelSize(11)
            part.setFont(font)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        table.setMinimumHeight(90)
        table.clicked.connect(self._open)

    def _open(self, index: QModelIndex) -> None:
        entry = self.entries.known.entries[index.row()]
        layer, *name = entry.path
        self.opened.emit(Item("weight", int(layer), "/".join(map(str, name)), entry.index))

    def _switch(self, mistake: Mistake, on: bool) -> None:
        if self._experiment is not None:
            text = _("Break backpropagation") if on else _("Mend backpropagation")
            self.edited.emit(with_mistake(self._experiment, mistake, on), text)

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        self._experiment, self._names = experiment, layer_names(experiment.layers)
        network = network_of(experiment, samples)
        rows = min(experiment.batch_size, len(samples.x)) if samples is not None else experiment.batch_size
        idle = idle_mistakes(network, rows) if network is not None else {}
        for mistake, box in self.switches.items():
            box.setChecked(mistake in experiment.mistakes)
            box.setEnabled(mistake not in idle or box.isChecked())
            box.setToolTip("\n".join(filter(None, (self._tips[mistake], idle.get(mistake)))))

    def take_over(self, old: Panel) -> None:
        if isinstance(old, TrustPanel):
            self._experiment, self._names = old._experiment, old._names
            self.show_known(old.entries.known)

    def show_known(self, known: Trust) -> None:
        """What has been checked so far."""
        self.entries.show_known(known, self._names)
        if not known.checked:
            self.verdict.setText(_("Random gradients are checked against differences of the loss, in the background."))
            return
        if known.right:
            text = _("All {n:,} gradients checked are right: (L(w + h) − L(w − h)) / 2h says the same to {error:.0e}.")
        else:
            text = _("Backpropagation is wrong: of {n:,} gradients checked, the worst is off by {error:.0%}.")
        words = text.format(n=known.checked, error=max(known.largest, 1e-16))
        color = self.theme.good if known.right else self.theme.wrong
        self.verdict.setText(f'<span style="color:{color}">●</span> {words}')

    def draw(self, frame: Frame, view: View) -> None:
        """The list comes from whoever gathers it."""

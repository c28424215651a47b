"""Which array of a file becomes which weight of the drawn network: proposed by names and shapes, changed by a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from netviz.arrays import Array, Shape
from netviz.engine.network import Network
from netviz.formats import Matching, Pair, matched, matching
from netviz.gui.elided import ElidedComboBox
from netviz.i18n import _, plural

Taking = Callable[[Matching], None]
_SHOWN = 5  # names in a sentence


class TargetBox(ElidedComboBox):
    """Where one array goes. A turning wheel passes over it unless it has the focus."""

    def __init__(self, model: QStandardItemModel, name: str) -> None:
        """The places there are for an array of that name."""
        super().__init__()
        self.array = name
        self.setModel(model)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Where {name} goes").format(name=name))
        self.setToolTip(_("The weight that gets these numbers; grey ones have another shape"))

    @property
    def pair(self) -> Pair | None:
        """The weight that was chosen; None where the array is not taken."""
        found = self.currentData()
        return None if found is None else Pair(found[0], self.array, found[1])

    def show_pair(self, pair: Pair | None) -> None:
        """Choose a weight."""
        wanted = None if pair is None else (pair.weight, pair.turned)
        places = [i for i in range(self.count()) if self.itemData(i) == wanted]
        self.setCurrentIndex(places[0] if places else 0)


class MappingDialog(QDialog):
    """A row for each array of the file, with the weight that it becomes; `taking` gets the matching when it is confirmed."""

    def __init__(
        self, parent: QWidget, name: str, network: Network, found: Mapping[str, Array], note: str, taking: Taking
    ) -> None:  # fmt: skip
        """name: of the file, as it is shown. note: what the file says of itself."""
        super().__init__(parent)
        self.setWindowTitle(_("Weights of {name}").format(name=name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._network, self._found = network, found
        self._models: dict[Shape, QStandardItemModel] = {}
        self.boxes: dict[str, TargetBox] = {}
        column = QVBoxLayout(self)
        column.setSpacing(8)
        words = _("Each array of {name} becomes the weight beside it; a weight without an array stays as it is.")
        column.addWidget(self._line(words.format(name=name), "field"))
        if note:
            column.addWidget(self._line(note, "quiet"))
        self.table = self._table()
        column.addWidget(self.table, 1)
        self.summary = self._line("", "quiet")
        column.addWidget(self.summary)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.take = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.take.setText(_("Take the weights"))
        self.take.setProperty("role", "primary")
        self.take.setToolTip(_("Set the network's weights to these numbers, as one step that can be undone"))
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setToolTip(_("Leave the network as it is"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        self.accepted.connect(lambda: taking(self.matching))
        self.propose(matched(network, found))
        self.resize(720, min(620, 220 + 34 * len(found)))

    def _line(self, text: str, role: str) -> QLabel:
        label = QLabel(text)
        label.setProperty("role", role)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _table(self) -> QTableWidget:
        table = QTableWidget(len(self._found), 3)
        table.setHorizontalHeaderLabels([_("In the file"), _("Shape"), _("Becomes")])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(32)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(_("Arrays of the file"))
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for row, (name, array) in enumerate(self._found.items()):
            item = QTableWidgetItem(name)
            item.setToolTip(name)
            table.setItem(row, 0, item)
            table.setItem(row, 1, QTableWidgetItem(" × ".join(map(str, array.shape)) or _("one number")))
            self.boxes[name] = box = TargetBox(self._places(array.shape), name)
            box.activated.connect(lambda _place, box=box: self._changed(box))
            table.setCellWidget(row, 2, box)
        return table

    def _places(self, shape: Shape) -> QStandardItemModel:
        """The weights as places for an array of that shape; one list for all arrays of a shape."""
        if shape in self._models:
            return self._models[shape]
        self._models[shape] = model = QStandardItemModel(self)
        model.appendRow(QStandardItem(_("not taken")))
        for weight, wanted in matching.wanted(self._network).items():
            ways = matching.ways(shape, wanted)
            for turned in ways or (False,):
                title = f"{weight}  {' × '.join(map(str, wanted))}" + ("  " + _("(transposed)") if turned else "")
                item = QStandardItem(title)
                item.setData((weight, turned), Qt.ItemDataRole.UserRole)
                if not ways:
                    item.setEnabled(False)
                    item.setToolTip(_("{weight}: {why}.").format(weight=weight, why=matching.why_not(shape, wanted)))
                    item.setText(f"{title} · {matching.why_not(shape, wanted)}")
                model.appendRow(item)
        return model

    # ------------------------------------------------------------------------------------------------- choosing

    @property
    def matching(self) -> Matching:
        """What is chosen now."""
        pairs = [box.pair for box in self.boxes.values()]
        return matching.chosen(self._network, self._found, [pair for pair in pairs if pair is not None])

    def propose(self, proposed: Matching) -> None:
        """Show a matching."""
        by_array = {pair.array: pair for pair in proposed.pairs}
        for name, box in self.boxes.items():
            box.show_pair(by_array.get(name))
        self._tell()

    def _changed(self, box: TargetBox) -> None:
        """A weight has one array: whoever had it before gives way."""
        pair = box.pair
        for other in self.boxes.values():
            if pair is not None and other is not box and other.pair is not None and other.pair.weight == pair.weight:
                other.show_pair(None)
        self._tell()

    def _tell(self) -> None:
        now = self.matching
        count = len(now.pairs) + len(now.missing)
        words = [_("{n} of the network's {count} weights are set.").format(n=len(now.pairs), count=count)]
        if now.missing:
            words.append(_("As they are: {names}.").format(names=_listed(now.missing)))
        if now.unused:
            words.append(plural("{n} array of the file is not taken.", "{n} arrays of the file are not taken.", len(now.unused)))
        self.summary.setText(" ".join(words))
        self.take.setEnabled(bool(now.pairs))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_SHOWN]) + (_(" and {n} more").format(n=len(names) - _SHOWN) if len(names) > _SHOWN else "")

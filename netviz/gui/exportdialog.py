"""The dialog of an export: formats at the left, at the right what would be written, below where to, and what was proved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from netviz import formats
from netviz.files import shown
from netviz.formats.foreseen import Foreseen
from netviz.gui.draghandle import DragHandle
from netviz.gui.elided import ElidedLabel
from netviz.gui.exportpreview import ExportPreview
from netviz.i18n import _, plural


class ExportDialog(QDialog):
    """looked: (format, file name) whose preview is wanted. export_wanted: (format, path, whether to replace).

    file_wanted: (format, file name) to be dragged out. given_up: what is being written is not wanted any more.
    """

    looked = Signal(str, str)
    export_wanted = Signal(str, object, bool)
    file_wanted = Signal(str, str)
    given_up = Signal()

    def __init__(self, parent: QWidget, folder: Path, stem: str, step: int, epoch: int) -> None:
        """folder, stem: where the file goes and what it is called, until somebody says otherwise."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Export"))
        self._folder, self._stem = folder, stem
        self._seen: Foreseen | None = None
        self._looked: tuple[str, str] | None = None
        self._replace = self._busy = False
        self._pressed = False  # Export was pressed before it was known what would be written
        head = QLabel(_("The network as it is after update {n:,} (epoch {epoch:,}).").format(n=step, epoch=epoch))
        head.setProperty("role", "quiet")
        self.list, self.preview = self._formats(), ExportPreview()
        halves = QHBoxLayout()
        halves.setSpacing(12)
        halves.addWidget(self.list)
        halves.addWidget(self.preview, 1)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(head)
        column.addLayout(halves, 1)
        column.addLayout(self._where())
        column.addWidget(self._outcome())
        column.addLayout(self._buttons())
        self.resize(960, 600)

    # ------------------------------------------------------------------------------------------------ building

    def _formats(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName(_("Formats"))
        made.setToolTip(_("The kinds of files there are"))
        for name in formats.exporting():
            suffix = formats.formats[name].suffixes[0]
            item = QListWidgetItem(f"{formats.formats.title(name)}  ·  {suffix}")
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setSizeHint(QSize(0, 28))
            made.addItem(item)
        titles = [made.item(row).text() for row in range(made.count())]
        made.setFixedWidth(max(map(made.fontMetrics().horizontalAdvance, titles)) + 30)
        made.currentRowChanged.connect(lambda _row: self._choose())
        return made

    def _where(self) -> QHBoxLayout:
        self.name = QLineEdit()
        self.name.setAccessibleName(_("Name of the file"))
        self.name.setToolTip(_("The file to write, in the folder beside it unless it names one"))
        self.name.textEdited.connect(lambda _text: self._renamed())
        self.name.editingFinished.connect(self._look)
        self.place = ElidedLabel()
        self.choose = QPushButton(_("Choose…"))
        self.choose.setToolTip(_("Choose the folder and the name"))
        self.choose.setAccessibleName(_("Choose the file"))
        self.choose.setAutoDefault(False)
        self.choose.clicked.connect(self._choose_file)
        row = QHBoxLayout()
        row.addWidget(self.name, 2)
        row.addWidget(self.place, 1)
        row.addWidget(self.choose)
        return row

    def _outcome(self) -> QLabel:
        self.outcome = QLabel()
        self.outcome.setWordWrap(True)
        self.outcome.setContentsMargins(7, 4, 7, 4)
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.outcome.setAccessibleName(_("Outcome"))
        self.outcome.setMinimumHeight(2 * self.outcome.fontMetrics().lineSpacing() + 10)
        return self.outcome

    def _buttons(self) -> QHBoxLayout:
        self.handle = DragHandle()
        self.handle.wanted.connect(self._write_outside)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(140, 8)
        self.bar.setAccessibleName(_("Writing and proving"))
        self.bar.hide()
        self.export = QPushButton(_("Export"))
        self.export.setProperty("role", "primary")
        self.export.setToolTip(_("Write the files and prove that they hold this network"))
        self.export.setDefault(True)
        self.export.clicked.connect(self._export)
        self.leave = QPushButton(_("Close"))
        self.leave.setToolTip(_("Close; while files are being written, stop that"))
        self.leave.setAutoDefault(False)
        self.leave.clicked.connect(self._leave)
        row = QHBoxLayout()
        row.addWidget(self.handle)
        row.addStretch(1)
        for widget in (self.bar, self.export, self.leave):
            row.addWidget(widget)
        return row

    # ------------------------------------------------------------------------------------------------- choosing

    def begin(self) -> None:
        """Look at the first format."""
        self.list.setCurrentRow(0)
        self.list.setFocus()

    @property
    def kind(self) -> str:
        """The format chosen."""
        item = self.list.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else next(iter(formats.formats))

    @property
    def path(self) -> Path:
        """Where the first file goes; a name without the format's ending gets it."""
        member = formats.formats[self.kind]
        name = self.name.text().strip() or self._stem
        endings = [*member.suffixes, *(f".{suffix.rpartition('.')[2]}" for suffix in member.suffixes if member.flavour)]
        return self._folder / (name if name.lower().endswith(tuple(endings)) else name + member.suffixes[0])

    def _choose(self) -> None:
        """Another format: its name, and what it would write."""
        self.name.setText(self._stem + formats.formats[self.kind].suffixes[0])
        self.preview.about.setText((formats.formats[self.kind].__doc__ or "").split("\n", 1)[0].replace("`", ""))
        self._renamed()
        self._look()

    def _renamed(self) -> None:
        self._replace = False
        self.handle.offer([])
        self.export.setText(_("Export"))
        self.place.setText(_("in {folder}").format(folder=self._folder))
        self._tell("")

    def _choose_file(self) -> None:
        suffix = formats.formats[self.kind].suffixes[0]
        options = QFileDialog.Option.DontConfirmOverwrite  # that is asked here, for companions too
        name, _kind = QFileDialog.getSaveFileName(self, _("Export"), str(self.path), f"*{suffix}", "", options)
        if name:
            self._folder = Path(name).parent
            self.name.setText(Path(name).name)
            self._renamed()
            self._look()

    def _look(self) -> None:
        """Ask for a preview, unless it is the one that was asked for last."""
        wanted = (self.kind, self.path.name)
        if wanted != self._looked:
            self._looked, self._seen = wanted, None
            self.preview.clear()
            self.looked.emit(*wanted)

    # -------------------------------------------------------------------------------------------------- showing

    def show_foreseen(self, seen: Foreseen) -> None:
        """What the chosen format would write, or why it cannot."""
        self._seen = seen
        self.preview.show_foreseen(seen)
        if seen.refusal:
            self._tell(seen.refusal, "problem")
        self._allow()
        pressed, self._pressed = self._pressed, False
        if pressed and not seen.refusal:
            self._export()

    def show_proof(self, sentence: str) -> None:
        """It is written, and this was proved."""
        self._set_busy(False)
        self._replace = False
        self.export.setText(_("Export"))
        self._tell("✓ " + sentence)

    def show_files(self, files: list[Path], sentence: str) -> None:
        """Files that can be dragged out now."""
        self._set_busy(False)
        self._tell("✓ " + sentence)
        self.handle.offer(files)

    def show_problem(self, sentence: str) -> None:
        """Why nothing was written."""
        self._set_busy(False)
        self.handle.offer([])
        self._tell(sentence, "problem")

    def _tell(self, words: str, role: str = "field") -> None:
        self.outcome.setProperty("role", role if words else "field")
        self.outcome.style().unpolish(self.outcome)
        self.outcome.style().polish(self.outcome)
        self.outcome.setText(words)

    def _allow(self) -> None:
        possible = not self._busy and not (self._seen is not None and self._seen.refusal)
        self.export.setEnabled(possible)
        self.handle.setEnabled(possible or self.handle.waiting)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.bar.setVisible(busy)
        self.leave.setText(_("Cancel") if busy else _("Close"))
        for widget in (self.list, self.name, self.choose):
            widget.setEnabled(not busy)
        self._allow()

    # -------------------------------------------------------------------------------------------------- writing

    def _export(self) -> None:
        """Write; where something is there already, that is said first, and the button then replaces it."""
        self._look()
        if self._seen is None:
            self._pressed = True
            return
        path = self.path
        there = [shown(each) for each, _what, _size in self._seen.files if path.with_name(each).exists()]
        if there and not self._replace:
            self._replace = True
            words = plural("{names} is there already.", "{names} are there already.", len(there), names=", ".join(there))
            self._tell(words + " " + _("Replace puts the new in its place once that is proved."), "problem")
            self.export.setText(_("Replace"))
            return
        self._set_busy(True)
        self._tell(_("Writing and proving …"))
        self.export_wanted.emit(self.kind, path, self._replace)

    def _write_outside(self) -> None:
        """Files for the handle."""
        self._set_busy(True)
        self._tell(_("Writing and proving …"))
        self.file_wanted.emit(self.kind, self.path.name)

    def _leave(self) -> None:
        if self._busy:
            self.given_up.emit()
            self.show_problem(_("Writing was cancelled; what stood there before is intact."))
        else:
            self.reject()

    def reject(self) -> None:
        if self._busy:
            self.given_up.emit()
        super().reject()

"""What an export would write: its files with their sizes, what goes along and what stays behind, and the first lines of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFormLayout, QLabel, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from netviz.files import size_text
from netviz.formats.foreseen import Foreseen
from netviz.i18n import _, plural

_MOST_ARRAYS = 200


class ExportPreview(QWidget):
    """The right side of the dialog."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        super().__init__()
        self.about, self.files, self.along, self.left_out = (QLabel() for _n in range(4))
        for label in (self.about, self.files, self.along, self.left_out):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.about.setProperty("role", "quiet")
        self.caption = QLabel()
        self.caption.setProperty("role", "caption")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(_("What will be written"))
        self.text.setToolTip(_("The first lines of the file, or the arrays in it"))
        self.text.setTabChangesFocus(True)
        rows = QFormLayout()
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        rows.setFormAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        rows.setVerticalSpacing(4)
        for title, label in ((_("Files"), self.files), (_("Goes along"), self.along), (_("Stays behind"), self.left_out)):
            words = QLabel(title)
            words.setProperty("role", "quiet")
            words.setAlignment(Qt.AlignmentFlag.AlignTop)
            words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
            rows.addRow(words, label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.about)
        column.addLayout(rows)
        column.addWidget(self.caption)
        column.addWidget(self.text, 1)

    def clear(self) -> None:
        """It is being looked."""
        for label in (self.along, self.left_out, self.caption):
            label.setText("")
        self.files.setText(_("looking …"))
        self.text.setPlainText("")

    def show_foreseen(self, seen: Foreseen) -> None:
        """What would be written; nothing where it cannot be."""
        if seen.refusal:
            self.clear()
            self.files.setText(_("none"))
            return
        sizes = [f"{name}  ·  {size_text(size)}" + (f"  ·  {what}" if what else "") for name, what, size in seen.files]
        self.files.setText("\n".join(sizes))
        self.along.setText(", ".join(seen.along) or _("nothing else"))
        self.left_out.setText(", ".join(seen.left_out) or _("nothing"))
        if seen.lines:
            self.caption.setText(_("FIRST LINES OF {name}").format(name=seen.files[0][0]))
            self.text.setPlainText("\n".join(seen.lines))
        else:
            self.caption.setText(plural("{n} ARRAY", "{n} ARRAYS", len(seen.arrays)))
            rows = [f"{name:<36} {' × '.join(map(str, shape))}" for name, shape in seen.arrays[:_MOST_ARRAYS]]
            self.text.setPlainText("\n".join(rows))

"""One line of a form: title at the left, field at the right, and below it what is wrong with it, when something is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from netviz.gui.choices import Choice, Tick
from netviz.gui.elided import ElidedLabel, break_up
from netviz.gui.fields import NumberField, SlidingField, column, mark
from netviz.i18n import _

_NARROW, _WIDE = 92, 132
_EDGES = 20  # of a button, at both sides of its words
_ROOM = 86  # beside a wide field; a longer title stands over it


class Note(QWidget):
    """A sentence about a field, with a button that mends it where there is such a thing."""

    def __init__(self) -> None:
        """Hidden until there is something to say."""
        super().__init__()
        self.sentence = QLabel()
        self.sentence.setProperty("role", "problem")
        self.sentence.setWordWrap(True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.fix = QPushButton()
        self.fix.setProperty("role", "fix")
        self.fix.setAccessibleName(_("Mend"))
        self.fix.setToolTip(_("Mend"))
        self.fix.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._mend: Callable[[], None] | None = None
        self._title = ""
        self.fix.clicked.connect(lambda: self._mend() if self._mend else None)
        parts = column(self, 3)
        parts.addWidget(self.sentence)
        parts.addWidget(self.fix)
        self.hide()

    def say(self, sentence: str, fix_title: str = "", mend: Callable[[], None] | None = None) -> None:
        """Say something; nothing hides the note."""
        self.sentence.setText(sentence)
        self._mend = mend
        self._title = fix_title
        self._fit()
        self.fix.setToolTip(fix_title or _("Mend"))
        self.fix.setAccessibleName(fix_title or _("Mend"))
        self.fix.setVisible(mend is not None)
        self.setVisible(bool(sentence))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """What the button does, in as many lines as that takes: a button breaks no line itself."""
        self.fix.setText("\n".join(break_up(self._title, self.fix.font(), self.width() - _EDGES)))


class Row(QWidget):
    """A field with its title. What is refused while typing is said below until the next good edit."""

    def __init__(self, title: str, field: Any, wide: bool = False, above: bool = False, alone: bool = False) -> None:
        """Put title and field in one line, and the slider of a sliding field below.

        above: the title stands over the field. alone: it is not written, because something above says it already.
        """
        super().__init__()
        self.field = field
        self.note = Note()
        self._problem: tuple[str, str, Callable[[], None] | None] = ("", "", None)
        self._own_tip = field.toolTip()
        field.setAccessibleName(title)
        if not self._own_tip:
            field.setToolTip(title)
        lines = column(self, 3)
        line = QHBoxLayout()
        line.setSpacing(6)
        lines.addLayout(line)
        if isinstance(field, Tick):
            field.setText(title)
            line.addWidget(field, 1)
        elif alone:
            lines.addWidget(field)
        elif above or wide and QFontMetrics(self.font()).horizontalAdvance(title) > _ROOM:
            label = self._label(title)
            label.setProperty("role", "small")
            line.addWidget(label)
            lines.addWidget(getattr(field, "box", field))
        else:
            line.addWidget(self._label(title), 1)
            line.addWidget(self._at_right(field, wide))
        if isinstance(field, SlidingField):
            lines.addWidget(field)
        lines.addWidget(self.note)
        if hasattr(field, "refused"):
            field.refused.connect(self.note.say)
        field.edited.connect(lambda _value: self.restore())

    def _label(self, title: str) -> QLabel:
        label = ElidedLabel("field")
        label.setText(title)
        label.setMinimumWidth(20)
        label.setBuddy(self.field)
        return label

    @staticmethod
    def _at_right(field: Any, wide: bool) -> QWidget:
        if isinstance(field, SlidingField):
            return field.field
        shown: QWidget = getattr(field, "box", field)
        if not isinstance(field, NumberField):
            shown.setFixedWidth(_WIDE if wide else _NARROW)
        return shown

    def show_problem(self, sentence: str, fix_title: str = "", mend: Callable[[], None] | None = None) -> None:
        """Draw the field as wrong and say why; an empty sentence takes it back."""
        self._problem = (sentence, fix_title, mend)
        self.restore()

    def restore(self) -> None:
        """Show the problem there is, and nothing else that was said since."""
        mark(self._marked(), bool(self._problem[0]))
        self.note.say(*self._problem)

    def refuse(self, sentence: str) -> None:
        """Draw the field as wrong for now: what was typed cannot be taken yet."""
        mark(self._marked(), True)
        self.note.say(sentence)

    def _marked(self) -> QWidget:
        if isinstance(self.field, SlidingField):
            return self.field.field
        box = getattr(self.field, "box", None)
        return box if isinstance(box, Choice) else self.field


def caption(text: str) -> QLabel:
    """The head of a section."""
    label = QLabel(text)
    label.setProperty("role", "caption")
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
    return label

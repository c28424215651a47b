"""A label and a list that give way: what does not fit is shown with dots, and whole in the tooltip or the opened list."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QTextLayout
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter

_JOINT = "\u2060"  # no line ends there
_SMALL = 11  # pixels high, of letters in several lines

class ElidedLabel(QLabel):
    """Text, as much of it as there is room for.

    shorter: what stands in its place where there is not enough, the first that fits. lines: into how many it may be broken,
    in smaller letters. least: of fewer letters and dots nothing is shown, for they say nothing.
    """

    def __init__(self, role: str = "quiet", lines: int = 1, least: int = 0) -> None:
        """An empty line; `role` is the style sheet's."""
        super().__init__()
        self.setProperty("role", role)
        self.shorter: tuple[str, ...] = ()
        self._lines, self._least = lines, least
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def shown(self) -> tuple[list[str], QFont]:
        """The lines as they are painted, and the font."""
        room = self.contentsRect().width()
        texts, font = (self.text(), *self.shorter), QFont(self.font())
        small = QFont(font)
        small.setPixelSize(_SMALL)
        wide = self.fontMetrics().horizontalAdvance
        for text in texts:
            if wide(text) <= room:
                return [text], font
            if self._lines > 1 and len(broken := break_up(text, small, room)) <= self._lines:
                return broken, small
        if self._lines > 1:
            broken = break_up(texts[-1], small, room)
            rest = " ".join(broken[self._lines - 1 :])
            last = QFontMetrics(small).elidedText(rest, Qt.TextElideMode.ElideRight, room)
            return [*broken[: self._lines - 1], last], small
        text = self.fontMetrics().elidedText(texts[-1], Qt.TextElideMode.ElideRight, room)
        return [text if len(text) > self._least else ""], font

    def paintEvent(self, event: QPaintEvent) -> None:
        lines, font = self.shown()
        self.setToolTip(self.text() if " ".join(lines) != self.text() else "")
        painter = QPainter(self)
        painter.setFont(font)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "\n".join(lines))


def break_up(text: str, font: QFont, width: float) -> list[str]:
    """A text in lines of at most that width where it can be broken so: between words, Chinese anywhere, ∂L/∂w nowhere."""
    text = text.replace("/", f"/{_JOINT}")
    layout, lines = QTextLayout(text, font), []
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        lines.append(text[line.textStart() : line.textStart() + line.textLength()].strip().replace(_JOINT, ""))
    layout.endLayout()
    return lines


def in_lines(text: str, font: QFont, width: float, two: bool) -> str:
    """A name in one line, or in two where it may be, with dots where that is not enough."""
    metrics = QFontMetrics(font)
    if not two or metrics.horizontalAdvance(text) <= width:
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(width))
    first, *rest = break_up(text, font, width)
    return first + "\n" + metrics.elidedText(" ".join(rest), Qt.TextElideMode.ElideRight, int(width))


class ElidedComboBox(QComboBox):
    """A list that may be narrower than its entries."""

    def __init__(self) -> None:
        """No entries yet."""
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(5)

    def showPopup(self) -> None:
        wanted = self.view().sizeHintForColumn(0) + 28
        self.view().setMinimumWidth(max(wanted, self.width()))
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        """As always, but what is too long ends in dots."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        ).width()
        words = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room - 2)
        option.currentText = words
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

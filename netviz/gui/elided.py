"""A label and a list that give way: what does not fit is shown with dots, and whole in the tooltip or the opened list."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter


class ElidedLabel(QLabel):
    """One line of text, as much of it as there is room for.

    short: what stands in its place where there is not enough; empty where there is nothing shorter to say.
    """

    def __init__(self, role: str = "quiet") -> None:
        """An empty line; `role` is the style sheet's."""
        super().__init__()
        self.setProperty("role", role)
        self.short = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics = self.fontMetrics()
        wide = metrics.horizontalAdvance(self.text()) > self.width()
        text = metrics.elidedText(self.short if wide and self.short else self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if text != self.text() else "")
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


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

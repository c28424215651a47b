"""The palette: every layer there is, to be put at one place of the network; found by typing, taken by Enter or a click."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from netviz.document.offers import Offer
from netviz.gui.theme import Theme
from netviz.i18n import N_, _

_WIDTH, _HEIGHT = 440, 430
_HEAD, _ENTRY, _EDGE = 24, 40, 10
_LEAST_CLAUSE = 12  # letters
_OFFER = Qt.ItemDataRole.UserRole
_MOVING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Palette(QFrame):
    """A list that opens at an insertion point and closes when something is chosen. `chosen` carries the layer.

    `quick`: the button below was pressed once more, at the speed of a double click.
    """

    chosen = Signal(object)
    quick = Signal()

    def __init__(self, parent: QWidget, offered: Sequence[Offer], theme: Theme) -> None:
        """The layers that are offered, none of them hidden yet."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)  # else the click that closes it opens the next
        self.setProperty("role", "palette")
        self.setWindowTitle(_("Layers"))
        self.setFixedSize(_WIDTH, _HEIGHT)
        self._offered = offered
        self._button: QWidget | None = None
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Type to find a layer"))
        self.search.setToolTip(_("Part of a layer's name; Enter takes the one that is marked"))
        self.search.setAccessibleName(_("Find a layer"))
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._fill)
        self.list = QListWidget()
        self.list.setProperty("role", "palette")
        self.list.setAccessibleName(_("Layers that can be added here"))
        self.list.setToolTip(_("Layers that can be added here"))
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys go on to it from the text
        self.list.setItemDelegate(_Entries(self.list, theme))
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._take)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(8, 8, 8, 8)
        lines.setSpacing(6)
        lines.addWidget(self.search)
        lines.addWidget(self.list, 1)
        self._fill()

    def open_below(self, button: QWidget, text: str = "") -> None:
        """Open at a button, as far as the screen lets it, perhaps with some letters typed already."""
        self._button = button
        at = button.mapToGlobal(QPoint(button.width() // 2 - _WIDTH // 2, button.height() + 4))
        screen = QGuiApplication.screenAt(at) or button.screen()
        room = screen.availableGeometry()
        left = min(max(at.x(), room.left()), room.right() - _WIDTH - _EDGE)
        self.move(left, min(at.y(), max(room.top(), room.bottom() - _HEIGHT)))
        self.show()
        self.search.setFocus()
        self.search.setText(text)

    # --------------------------------------------------------------------------------------------------- entries

    def _fill(self) -> None:
        """All that has the letters typed, under the names of their groups; the first is marked."""
        wanted = self.search.text().strip().casefold()
        self.list.clear()
        found = sorted((offer for offer in self._offered if _has(offer, wanted)), key=lambda offer: _far(offer, wanted))
        group = ""
        for offer in found:
            head = offer.group if not offer.reason else N_("Do not fit here")
            if not wanted and head != group:
                group = head
                self._add(_(group), None)
            self._add(offer.title, offer)
        if not found:
            self._add(_("No layer has “{text}” in its name").format(text=self.search.text().strip()), None)
        first = next((row for row in range(self.list.count()) if self._free(row)), -1)
        self.list.setCurrentRow(first)
        self.list.scrollToTop()

    def _add(self, text: str, offer: Offer | None) -> None:
        item = QListWidgetItem(text, self.list)
        item.setData(_OFFER, offer)
        item.setSizeHint(QSize(_WIDTH - 40, _HEAD if offer is None else _ENTRY))
        if offer is None or offer.reason:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        if offer is not None:
            words = "\n".join(filter(None, (offer.about, offer.reason or offer.breaks)))
            item.setToolTip(words)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, words)

    def _free(self, row: int) -> bool:
        return bool(self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled)

    def _take(self, item: QListWidgetItem | None) -> None:
        offer = item.data(_OFFER) if item is not None else None
        if isinstance(offer, Offer) and not offer.reason:
            self.close()
            self.chosen.emit(offer.layer)

    # -------------------------------------------------------------------------------------------- what Qt calls

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _MOVING:
                QApplication.sendEvent(self.list, event)
                return True
            if event.key() in _ENTER:
                self._take(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Beside the list: on the button it is the second half of a double click."""
        button, at = self._button, event.globalPosition().toPoint()
        again = button is not None and button.rect().contains(button.mapFromGlobal(at))
        if not self.rect().contains(event.position().toPoint()):
            self.close()
        if again:
            self.quick.emit()


def _has(offer: Offer, wanted: str) -> bool:
    plain = wanted.replace(" ", "").replace("_", "")
    return any(wanted in text.casefold() or plain in text.casefold().replace("_", "").replace(" ", "")
               for text in (offer.title, _(offer.group), *offer.names))  # fmt: skip


def _far(offer: Offer, wanted: str) -> tuple[int, int] | tuple[()]:
    """What fits comes first, and of that what begins with the letters; without letters all stays in its order."""
    if not wanted:
        return ()
    begins = any(text.casefold().startswith(wanted) for text in (offer.title, *offer.names))
    return (offer.rank, 0 if begins else 1)


class _Entries(QStyledItemDelegate):
    """A group's name, or a layer's title with a sentence below: what it does, or why it cannot stand there."""

    def __init__(self, parent: QListWidget, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect: QRect = option.rect
        offer, title = index.data(_OFFER), str(index.data())
        if offer is None:
            self._write(painter, rect.adjusted(_EDGE, 6, -_EDGE, 0), title.upper(), 10, "quiet", bold=True)
            return
        list_ = self.parent()
        assert isinstance(list_, QListWidget)
        if list_.currentIndex() == index:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(self._theme.color("chosen"))
            painter.drawRoundedRect(rect.adjusted(1, 1, -2, -2), 5, 5)
        above, below = rect.adjusted(_EDGE, 4, -_EDGE, -20), rect.adjusted(_EDGE, 20, -_EDGE, -4)
        self._write(painter, above, title, 12, "quiet" if offer.reason else "text", bold=True)
        told = offer.reason or offer.breaks
        self._write(painter, below, told or offer.about, 11, "on_warning" if offer.breaks else "quiet")

    def _write(self, painter: QPainter, rect: QRect, text: str, high: int, color: str, bold: bool = False) -> None:
        font = QFont(painter.font())
        font.setPixelSize(high)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(self._theme.color(color))
        words = clause(text, painter.fontMetrics(), rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


def clause(text: str, metrics: QFontMetrics, width: int) -> str:
    """A sentence, or as many of its clauses as there is room for; with dots only where the first is too long."""
    if metrics.horizontalAdvance(text) <= width:
        return text
    ends = [found.start() for found in re.finditer(r"[:;,.] |: ", text)]
    whole = (text[:end] for end in reversed(ends) if end >= _LEAST_CLAUSE and text[:end].count("(") == text[:end].count(")"))
    fitting = (words for words in whole if metrics.horizontalAdvance(words) <= width)
    return next(fitting, metrics.elidedText(text, Qt.TextElideMode.ElideRight, width))

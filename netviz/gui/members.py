"""A list of members of a family, such as metrics or the layers inside a layer: added, taken out, moved, each with its form."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from netviz.gui.choices import Disclosure
from netviz.gui.fields import column
from netviz.gui.form import ValueForm, first_line
from netviz.i18n import _
from netviz.registry import Registry

_INDENT = 14  # of a form below its title


class MembersField(QWidget):
    """Some members of a family in their order. `edited` carries the next tuple of them."""

    edited = Signal(object)
    settled = Signal()

    def __init__(self, members: tuple[Any, ...], family: Registry[Any]) -> None:
        """Show some members; a menu below offers all there are, in groups where they have any."""
        super().__init__()
        self._members: tuple[Any, ...] = ()
        self._family = family
        self.entries: list[_Entry] = []
        self.add = QToolButton()
        self.add.setText(_("Add…"))
        self.add.setProperty("role", "add")
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.add.setMenu(self._menu())
        self._lines = column(self, 3)
        self._lines.addWidget(self.add)
        self.setFocusProxy(self.add)
        self.setToolTip(_("Add, take out, move, and open for settings"))
        self.show_value(members)

    def _menu(self) -> QMenu:
        menu = QMenu(self.add, toolTipsVisible=True)
        groups: dict[str, QMenu] = {}
        for name in self._family:
            member = self._family[name]
            group = getattr(member, "group", "")
            into = groups.setdefault(group, menu.addMenu(_(group))) if group and group not in groups else groups.get(group, menu)
            into.setToolTipsVisible(True)
            into.addAction(self._family.title(name), partial(self._add, name)).setToolTip(first_line(member))
        return menu

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.add.setAccessibleName(_("Add: {name}").format(name=name))

    def setToolTip(self, tip: str) -> None:
        super().setToolTip(tip)
        self.add.setToolTip(tip)

    def show_value(self, members: tuple[Any, ...]) -> None:
        """Show other members; their forms are made anew only where there are others in another order."""
        before, self._members = self._members, members
        if [type(member) for member in before] == [type(member) for member in members] and before:
            for entry, member in zip(self.entries, members, strict=True):
                entry.form.show_value(member)
            return
        opened = [entry.opened for entry in self.entries]
        for entry in self.entries:
            entry.hide()
            entry.setParent(None)
            entry.deleteLater()
        self.entries = [self._entry(place, member, len(members)) for place, member in enumerate(members)]
        for entry, was in zip(self.entries, opened, strict=False):
            entry.open(was and len(opened) == len(members))

    def _entry(self, place: int, member: Any, count: int) -> _Entry:
        name = self._family.name(type(member))
        entry = _Entry(self._family.title(name), member, place, count)
        entry.moved.connect(partial(self._move, place))
        entry.removed.connect(partial(self._remove, place))
        entry.form.edited.connect(lambda value, _name: self._send(place, (value,)))
        entry.form.settled.connect(self.settled)
        self._lines.insertWidget(place, entry)
        return entry

    # ------------------------------------------------------------------------------------------------- editing

    def _send(self, place: int, found: tuple[Any, ...]) -> None:
        """Other members in the place of one."""
        self.edited.emit((*self._members[:place], *found, *self._members[place + 1 :]))

    def _at_once(self, members: tuple[Any, ...]) -> None:
        self.edited.emit(members)
        self.settled.emit()

    def _add(self, name: str) -> None:
        self._at_once((*self._members, self._family[name]()))

    def _remove(self, place: int) -> None:
        self._at_once((*self._members[:place], *self._members[place + 1 :]))

    def _move(self, place: int, by: int) -> None:
        members = list(self._members)
        members.insert(place + by, members.pop(place))
        self._at_once(tuple(members))


class _Entry(QWidget):
    """One member: its title, with its form to be unfolded where it has settings, and buttons that move and remove it."""

    moved = Signal(int)
    removed = Signal()

    def __init__(self, title: str, member: Any, place: int, count: int) -> None:
        super().__init__()
        self.form = ValueForm(member)
        buttons = []
        if count > 1:
            buttons.append(self._button("↑", _("Move {title} up"), title, lambda: self.moved.emit(-1), place > 0))
            buttons.append(self._button("↓", _("Move {title} down"), title, lambda: self.moved.emit(1), place < count - 1))
        buttons.append(self._button("×", _("Take {title} out"), title, self.removed.emit, True))
        self._fold = Disclosure(title, self.form) if self.form.names else None
        if self._fold is not None:
            for button in buttons:
                self._fold.beside(button)
            self._fold.indent(_INDENT)
            column(self).addWidget(self._fold)
        else:
            self.form.setParent(self)
            self.form.hide()
            self._plain_head(title, buttons)

    def _plain_head(self, title: str, buttons: list[QToolButton]) -> None:
        head = QHBoxLayout(self)
        head.setContentsMargins(4, 0, 0, 0)
        head.setSpacing(2)
        label = QLabel(title)
        label.setToolTip(title)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head.addWidget(label, 1)
        for button in buttons:
            head.addWidget(button)

    def _button(self, sign: str, tip: str, title: str, pressed: Callable[[], None], possible: bool) -> QToolButton:
        button = QToolButton(self)
        button.setText(sign)
        button.setProperty("role", "flat")
        button.setFixedSize(22, 22)
        button.setToolTip(tip.format(title=title))
        button.setAccessibleName(button.toolTip())
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setEnabled(possible)
        button.clicked.connect(lambda: pressed())
        return button

    @property
    def opened(self) -> bool:
        """Whether its form is in sight."""
        return self._fold is not None and self._fold.button.isChecked()

    def open(self, shown: bool) -> None:
        """Have its form in sight, or not."""
        if self._fold is not None:
            self._fold.button.setChecked(shown)

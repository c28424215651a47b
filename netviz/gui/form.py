"""Forms made from the annotated fields of frozen values: no layer, loss or optimizer has a line of Qt.

A form shows a value and sends the next one; it never changes what it shows by itself.
"""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal, Union, get_args, get_origin

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from netviz.codec import InvalidValue, Range, fields_of, range_of, title_of
from netviz.gui.fields import NumberField, SlidingField, understood
from netviz.i18n import _
from netviz.registry import Registry


class ValueForm(QWidget):
    """Rows for some fields of a value. `edited` carries the next value and the name of the field that changed."""

    edited = Signal(object, str)

    def __init__(self, value: Any, only: Sequence[str] | None = None, without: Sequence[str] = ()) -> None:
        """A form for a value: all its fields, or only some, or all but some."""
        super().__init__()
        self._only, self._without = only, without
        self._value: Any = None
        self._rows: dict[str, QWidget] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(5)
        self.show_value(value)

    @property
    def names(self) -> list[str]:
        """The fields shown."""
        every = fields_of(type(self._value))
        return [n for n in (self._only or every) if n in every and n not in self._without and n != "name"]

    def show_value(self, value: Any) -> None:
        """Show another value; rows are made anew only for another type."""
        anew = type(value) is not type(self._value)
        self._value = value
        if anew:
            self._make_rows()
            return
        for name, row in self._rows.items():
            _show(row, getattr(value, name))

    def field(self, name: str) -> QWidget:
        """The widget of a field."""
        return self._rows[name]

    def _make_rows(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        self._rows = {}
        for name in self.names:
            self._add_row(name)

    def _add_row(self, name: str) -> None:
        kind, now = fields_of(type(self._value))[name], getattr(self._value, name)
        title = title_of(type(self._value), name)
        row = editor(kind, now, partial(self._change, name))
        if row is None:
            return
        row.setAccessibleName(title)
        if not row.toolTip():
            row.setToolTip(title)
        if isinstance(row, QCheckBox):
            row.setText(title)
        else:
            label = QLabel(title)
            label.setProperty("role", "quiet")
            label.setBuddy(row)
            self._column.addWidget(label)
        self._column.addWidget(row)
        self._rows[name] = row

    def _change(self, name: str, found: Any) -> None:
        try:
            value = replace(self._value, **{name: found})
        except InvalidValue:
            _show(self._rows[name], getattr(self._value, name))
            return
        if value != self._value:
            self.edited.emit(value, name)


class FamilyField(QWidget):
    """A member of a family, chosen by name, with a form for its own settings below."""

    edited = Signal(object)

    def __init__(self, member: Any, family: Registry[Any], names: Sequence[str] | None = None) -> None:
        """Show a member; `names` limits the choice."""
        super().__init__()
        self._member, self._family = member, family
        self._names = list(names or family)
        self.box = QComboBox()
        for name in self._names:
            self.box.addItem(family.title(name), name)
        self.form = ValueForm(member)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.box)
        column.addWidget(self.form)
        self.setFocusProxy(self.box)
        self.box.activated.connect(self._choose)
        self.form.edited.connect(lambda value, _name: self.edited.emit(value))
        self.show_value(member)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.box.setAccessibleName(name)

    def show_value(self, member: Any) -> None:
        """Show another member."""
        self._member = member
        self.box.setCurrentIndex(self.box.findData(self._family.name(type(member))))
        self.box.setToolTip(_first_line(type(member)))
        self.form.show_value(member)
        self.form.setVisible(bool(self.form.names))

    def _choose(self, place: int) -> None:
        name = self.box.itemData(place)
        if name == self._family.name(type(self._member)):
            return
        self.edited.emit(self._family[name]())


def editor(kind: Any, now: Any, changed: Callable[[Any], None]) -> QWidget | None:
    """The widget that edits a field of that annotation; None for kinds that have none."""
    bare, optional = _bare(kind)
    if bare is bool:
        return _check(now, changed)
    if bare in (int, float):
        return _number(bare, now, range_of(kind) or _inner_range(kind), optional, changed)
    if get_origin(bare) is Literal:
        return _choice([(str(option), option) for option in get_args(bare)], now, changed)
    if getattr(bare, "family", None) is not None and not optional:
        field = FamilyField(now, bare.family)
        field.edited.connect(changed)
        return field
    if get_origin(bare) is tuple and _bare(get_args(bare)[0])[0] in (int, float):
        return _numbers(_bare(get_args(bare)[0])[0], now, changed)
    if bare is str:
        return _text(now, changed)
    return None


def _bare(kind: Any) -> tuple[Any, bool]:
    """(the type under an annotation, whether it may be None)."""
    bare = kind.__origin__ if hasattr(kind, "__metadata__") else kind
    if get_origin(bare) in (Union, types.UnionType):
        inner = next(option for option in get_args(bare) if option is not type(None))
        return _bare(inner)[0], True
    return bare, False


def _inner_range(kind: Any) -> Range | None:
    return next((found for option in get_args(kind) if (found := range_of(option)) is not None), None)


def _check(now: bool, changed: Callable[[Any], None]) -> QWidget:
    box = QCheckBox()
    box.setChecked(now)
    box.clicked.connect(changed)
    return box


def _number(kind: type, now: Any, limits: Range | None, optional: bool, changed: Callable[[Any], None]) -> QWidget:
    low = max(limits.low, limits.above) if limits else -math.inf
    high = min(limits.high, limits.below) if limits else math.inf
    if kind is float and not optional and limits and not limits.log and high - low <= 2:
        slider = SlidingField(now, limits)
        slider.edited.connect(changed)
        return slider
    field = NumberField(now, limits, kind is int, optional)
    field.edited.connect(changed)
    return field


def _choice(options: list[tuple[str, Any]], now: Any, changed: Callable[[Any], None]) -> QWidget:
    box = QComboBox()
    for title, option in options:
        box.addItem(_(title).capitalize(), option)
    box.setCurrentIndex(box.findData(now))
    box.activated.connect(lambda place: changed(box.itemData(place)))
    return box


def _numbers(kind: type, now: tuple[Any, ...], changed: Callable[[Any], None]) -> QWidget:
    field = QLineEdit(" ".join(map(str, now)))
    field.setToolTip(_("Numbers with blanks between them"))

    def finish() -> None:
        found = [understood(part) for part in field.text().replace(";", " ").split()]
        if None not in found:
            changed(tuple(kind(number) for number in found if number is not None))

    field.editingFinished.connect(finish)
    return field


def _text(now: str, changed: Callable[[Any], None]) -> QWidget:
    field = QLineEdit(now)
    field.editingFinished.connect(lambda: changed(field.text().strip()))
    return field


def _show(row: QWidget, now: Any) -> None:
    """Show another value in a field's widget."""
    if isinstance(row, QCheckBox):
        row.setChecked(now)
    elif isinstance(row, (NumberField, SlidingField)):
        row.show_number(now)
    elif isinstance(row, FamilyField):
        row.show_value(now)
    elif isinstance(row, QComboBox):
        row.setCurrentIndex(row.findData(now))
    elif isinstance(row, QLineEdit):
        row.setText(now if isinstance(now, str) else " ".join(map(str, now)))


def _first_line(cls: type) -> str:
    return (inspect.getdoc(cls) or "").split("\n", 1)[0]

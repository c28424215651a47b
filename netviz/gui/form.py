"""Forms made from the annotated fields of frozen values: no layer, loss or optimizer has a line of Qt.

A form shows a value and sends the next one; it never changes what it shows by itself.
"""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal, Union, get_args, get_origin

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from netviz.codec import FileName, InvalidValue, Range, fields_of, range_of, title_of
from netviz.gui.choices import (
    Choice,
    Disclosure,
    FileField,
    NumbersField,
    Options,
    PairsField,
    TextField,
    Tick,
    plain_words,
)  # fmt: skip
from netviz.gui.fields import NumberField, SlidingField, column
from netviz.gui.rows import Row
from netviz.i18n import _
from netviz.registry import Registry


class ValueForm(QWidget):
    """Rows for some fields of a value. `edited` carries the next value and the name of the field that changed.

    `settled` says that a gesture is over: what is edited next is an edit of its own.
    """

    edited = Signal(object, str)
    settled = Signal()

    def __init__(
        self,
        value: Any,
        only: Sequence[str] | None = None,
        without: Sequence[str] = (),
        plain: Sequence[str] | None = None,
        more: str = "",
    ) -> None:
        """A form for a value: all its fields, or only some, or all but some.

        plain: the fields that are always seen; the others stand under a line named `more` that unfolds. None: all are.
        """
        super().__init__()
        self._only, self._without, self._plain, self._more = only, without, plain, more
        self._value: Any = None
        self._rows: dict[str, Row] = {}
        self._pending: dict[str, Any] = {}
        self._offers: dict[str, Options] = {}
        self._column = column(self, 5)
        self.show_value(value)

    @property
    def names(self) -> list[str]:
        """The fields shown."""
        return list(self._rows)

    def show_value(self, value: Any) -> None:
        """Show another value; rows are made anew only for another type."""
        anew = type(value) is not type(self._value)
        if value is not self._value:
            self._pending = {}
        self._value = value
        if anew:
            self._make_rows()
            return
        for name, row in self._rows.items():
            row.field.show_value(getattr(value, name))

    def field(self, name: str) -> Any:
        """The widget of a field."""
        return self._rows[name].field

    def row(self, name: str) -> Row | None:
        """The row of a field, None where it has none."""
        return self._rows.get(name)

    def offer(self, name: str, options: Options) -> None:
        """Have a text field be a choice of these (title, value) pairs."""
        if options != self._offers.get(name):
            made = name in self._offers
            self._offers[name] = options
            if made:
                self._rows[name].field.offer(options)
            else:
                self._make_rows()

    # ------------------------------------------------------------------------------------------------------- rows

    def _make_rows(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.setParent(None)
                widget.deleteLater()
        self._rows = {}
        every = fields_of(type(self._value)) if self._value is not None else {}
        names = [n for n in (self._only or every) if n in every and n not in self._without]
        hidden = [] if self._plain is None else [n for n in names if n not in self._plain]
        for name in names:
            if name not in hidden:
                self._add_row(self._column, name)
        if hidden:
            body = QWidget()
            inner = column(body, 5)
            for name in hidden:
                self._add_row(inner, name)
            self._column.addWidget(Disclosure(self._more or _("More settings"), body))

    def _add_row(self, into: QVBoxLayout, name: str) -> None:
        kind, now = fields_of(type(self._value))[name], getattr(self._value, name)
        field: Any = Choice(self._offers[name], now) if name in self._offers else editor(kind, now)
        if field is None:
            return
        family = isinstance(field, FamilyField)
        listed = not family and hasattr(field, "entries")
        wide = family or isinstance(field, (NumbersField, TextField))
        row = Row(title_of(type(self._value), name), field, wide=wide, above=listed)
        if name in self._offers:
            field.setFixedWidth(132)
        if name == "name":
            field.setPlaceholderText(_("by its kind"))
        field.edited.connect(partial(self._change, name))  # after the row's own, which clears its note
        if hasattr(field, "settled"):
            field.settled.connect(self.settled)
        else:  # what is chosen at one blow
            field.edited.connect(lambda _found: self.settled.emit())
        into.addWidget(row)
        if family:
            into.addWidget(field)
        self._rows[name] = row

    def _change(self, name: str, found: Any) -> None:
        """Send the value with a field changed; what fits only together with another field waits for that one."""
        self._pending[name] = found
        try:
            value = replace(self._value, **self._pending)
        except InvalidValue as problem:
            self._rows[name].refuse(str(problem))
            return
        for other in self._pending:
            self._rows[other].restore()
        self._pending = {}
        if value != self._value:
            self.edited.emit(value, name)


class FamilyField(QWidget):
    """A member of a family, chosen by name, with a form for its own settings below.

    The row that shows it puts `box` beside the title; what stands here is the form.
    """

    edited = Signal(object)
    settled = Signal()

    def __init__(
        self,
        member: Any,
        family: Registry[Any],
        optional: bool = False,
        plain: Sequence[str] | None = None,
        more: str = "",
        kind: type = object,
    ) -> None:
        """Show a member; an optional one may be None. `plain` and `more` are the form's. kind: only such members."""
        super().__init__()
        self._member, self._family = member, family
        options: list[tuple[str, Any]] = [(_("None"), None)] if optional else []
        self.box = Choice(
            options + [(family.title(name), name) for name in family if issubclass(family[name], kind)],
            self._name(member),
        )
        self.box.setMinimumContentsLength(8)
        self.form = ValueForm(member, plain=plain, more=more)
        column(self, 5).addWidget(self.form)
        self.setFocusProxy(self.box)
        self.box.edited.connect(self._choose)
        self.form.edited.connect(lambda value, _name: self.edited.emit(value))
        self.form.settled.connect(self.settled)
        self.show_value(member)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.box.setAccessibleName(name)

    def setToolTip(self, tip: str) -> None:
        self.box.setToolTip(tip)

    def toolTip(self) -> str:
        return self.box.toolTip()

    def show_value(self, member: Any) -> None:
        """Show another member."""
        self._member = member
        self.box.show_value(self._name(member))
        self.box.setToolTip(first_line(type(member)) if member is not None else _("None"))
        self.form.show_value(member)
        if self.parentWidget() is not None or not self.form.names:  # without a parent it would be a window
            self.setVisible(bool(self.form.names))

    def _name(self, member: Any) -> str | None:
        return None if member is None else self._family.name(type(member))

    def _choose(self, name: str | None) -> None:
        self.box.show_value(self._name(self._member))  # what is shown is what is; the edit comes back by show_value
        self.edited.emit(None if name is None else self._family[name]())
        self.settled.emit()


def editor(kind: Any, now: Any) -> QWidget | None:
    """The widget that edits a field of that annotation; None for kinds that have none."""
    bare, optional = _bare(kind)
    limits = range_of(kind) or _inner_range(kind)
    if bare is bool:
        return Tick(now)
    if bare in (int, float):
        slides = bare is float and not optional and limits is not None and _slides(limits)
        return SlidingField(now, limits) if slides and limits else NumberField(now, limits, bare is int, optional)
    if get_origin(bare) is Literal:
        return Choice([(plain_words(option), option) for option in get_args(bare)], now)
    if getattr(bare, "family", None) is not None:
        return FamilyField(now, bare.family, optional, kind=bare)
    if get_origin(bare) is tuple:
        first, *rest = get_args(bare)
        if getattr(_bare(first)[0], "family", None) is not None:
            from netviz.gui.members import MembersField  # whose entries have forms in turn

            return MembersField(now, _bare(first)[0].family)
        pair = get_args(_bare(first)[0])
        if len(pair) == 2 and all(_bare(kind)[0] is int for kind in pair):
            return PairsField(now, int, range_of(pair[0]), optional)
        number = _bare(first)[0] if all(other in (first, Ellipsis) for other in rest) else None
        return NumbersField(now, number, range_of(first), optional) if number in (int, float) else None
    if bare is not str:
        return None
    named = next((extra for extra in getattr(kind, "__metadata__", ()) if isinstance(extra, FileName)), None)
    return TextField(now) if named is None else FileField(now, named.suffix)


def _slides(limits: Range) -> bool:
    """Whether a slider reaches what matters: of shares like β₂, which may not be 1, that lies close to the end."""
    low, high = max(limits.low, limits.above), min(limits.high, limits.below)
    return not limits.log and high - low <= 2 and (limits.below == math.inf or limits.unit == "%")


def _bare(kind: Any) -> tuple[Any, bool]:
    """(the type under an annotation, whether it may be None)."""
    bare = kind.__origin__ if hasattr(kind, "__metadata__") else kind
    if get_origin(bare) in (Union, types.UnionType):
        inner = next(option for option in get_args(bare) if option is not type(None))
        return _bare(inner)[0], True
    return bare, False


def _inner_range(kind: Any) -> Range | None:
    bare = kind.__origin__ if hasattr(kind, "__metadata__") else kind
    return next((found for option in get_args(bare) if (found := range_of(option)) is not None), None)


def first_line(cls: type) -> str:
    """The first line of a class's docstring: what it is, or its formula."""
    return (inspect.getdoc(cls) or "").split("\n", 1)[0]

"""Frozen values and plain JSON: every setting has a type, a range and a title, written once in its annotation.

The annotations make the project file, the validation, the command line and the editing forms. A value that breaks
one is refused with a sentence that names the field, what was found and what is allowed.
Arrays do not go into the JSON: they travel beside it as attachments, and the JSON holds their names.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from netviz.i18n import N_, _
from netviz.registry import Registry, UnknownName

V = TypeVar("V")


class InvalidValue(ValueError):
    """A setting that breaks its type or range; the sentence names the field and what is allowed."""


@dataclass(frozen=True)
class Range:
    """What a number may be, and how a form shows it: limits, a logarithmic scale, a unit, a title.

    The unit "%" is for fractions: 0.2 is shown as 20 %.
    """

    low: float = -math.inf
    high: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    log: bool = False
    unit: str = ""
    title: str = ""

    def holds(self, number: float) -> bool:
        """Whether the number lies within; `low` and `high` themselves do, `above` and `below` do not."""
        return self.low <= number <= self.high and self.above < number < self.below

    def __str__(self) -> str:
        parts = [
            (self.low, -math.inf, _("at least {n}")),
            (self.above, -math.inf, _("above {n}")),
            (self.high, math.inf, _("at most {n}")),
            (self.below, math.inf, _("below {n}")),
        ]
        return _(" and ").join(words.format(n=f"{limit:g}") for limit, none, words in parts if limit != none)


@dataclass(frozen=True)
class Title:
    """What a person reads for a field that is not a number."""

    title: str


@dataclass(frozen=True)
class FileName:
    """A text that names a file: its title, and the suffix of the files that are offered."""

    title: str
    suffix: str = ""


Rate = Annotated[float, Range(above=0, high=1000, log=True, title=N_("Learning rate"))]
Fraction = Annotated[float, Range(low=0, below=1)]
Amount = Annotated[float, Range(low=0)]
Small = Annotated[float, Range(above=0, high=1, log=True, title=N_("Epsilon ε"))]


class Checked:
    """A frozen dataclass whose fields keep to their annotations from the moment it is made.

    A family's contract sets `family` to its registry; in JSON a member then carries its registered name as "type".
    """

    family: ClassVar[Registry[Any] | None] = None

    def __post_init__(self) -> None:
        for name, kind in fields_of(type(self)).items():
            found = getattr(self, name)
            kept = _conform(found, kind, f"{type(self).__name__}.{name}")
            if kept is not found:
                object.__setattr__(self, name, kept)


def fields_of(cls: type) -> Mapping[str, Any]:
    """Each field of a dataclass with its full annotation, in the order of the constructor: keyword-only ones last."""
    return _fields_of(cls)


@lru_cache(maxsize=512)
def _fields_of(cls: Hashable) -> Mapping[str, Any]:
    assert isinstance(cls, type)
    hints = get_type_hints(cls, include_extras=True)
    made = sorted(dataclasses.fields(cls), key=lambda field: bool(field.kw_only))
    return {field.name: hints[field.name] for field in made if field.init}


def title_of(cls: type, name: str) -> str:
    """What a form calls a field: the annotation's title, else the field's own name in plain words."""
    for extra in getattr(fields_of(cls)[name], "__metadata__", ()):
        if getattr(extra, "title", ""):
            return _(extra.title)
    return name.replace("_", " ").capitalize()


def range_of(annotation: Any) -> Range | None:
    """The range written in an annotation, if there is one."""
    return next((extra for extra in getattr(annotation, "__metadata__", ()) if isinstance(extra, Range)), None)


# ---------------------------------------------------------------------------------------------------- value -> JSON


def encode(value: Any, attachments: dict[str, Any] | None = None, place: str = "") -> Any:
    """Plain JSON for a frozen value; arrays go into `attachments` under the name of their place."""
    if isinstance(value, np.ndarray):
        if attachments is None:
            raise InvalidValue(_("{place} is an array, and arrays cannot be written here.").format(place=place))
        attachments[place] = value
        return {"array": place}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        family = getattr(value, "family", None)
        head = {} if family is None else {"type": family.name(type(value))}
        inner = f"{place}." if place else ""
        body = {n: encode(getattr(value, n), attachments, f"{inner}{n}") for n in fields_of(type(value))}
        return head | body
    if isinstance(value, (tuple, list)):
        return [encode(item, attachments, f"{place}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    return value


# ---------------------------------------------------------------------------------------------------- JSON -> value


def decode(kind: type[V], plain: Any, attachments: Mapping[str, Any] | None = None, place: str = "") -> V:
    """The value of that type that plain JSON describes; InvalidValue names the field that does not fit."""
    value: V = _read(kind, plain, attachments or {}, place)
    return value


def _read(kind: Any, plain: Any, attachments: Mapping[str, Any], place: str) -> Any:
    bare = _bare(kind)
    if get_origin(bare) in (Union, types.UnionType):
        if plain is None and type(None) in get_args(bare):
            return None
        bare = next(option for option in get_args(bare) if option is not type(None))
    if bare is np.ndarray or get_origin(bare) is np.ndarray:
        return _attached(plain, attachments, place)
    if get_origin(bare) is tuple:
        return _read_tuple(bare, plain, attachments, place)
    if isinstance(bare, type) and dataclasses.is_dataclass(bare) or getattr(bare, "family", None) is not None:
        return _read_value(bare, plain, attachments, place)
    return _conform(plain, kind, place)


def _attached(plain: Any, attachments: Mapping[str, Any], place: str) -> Any:
    name = plain.get("array") if isinstance(plain, dict) else None
    if not isinstance(name, str) or name not in attachments:
        raise InvalidValue(_("{place}: the array that belongs here is missing.").format(place=place))
    return attachments[name]


def _read_tuple(kind: Any, plain: Any, attachments: Mapping[str, Any], place: str) -> tuple[Any, ...]:
    if not isinstance(plain, (list, tuple)):
        raise _unfit(place, plain, _("a list"))
    kinds = get_args(kind)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(plain)
    if len(plain) != len(kinds):
        raise _unfit(place, plain, _("a list of {n}").format(n=len(kinds)))
    pairs = enumerate(zip(kinds, plain, strict=True))
    return tuple(_read(inner, item, attachments, f"{place}[{i}]") for i, (inner, item) in pairs)


def _read_value(kind: Any, plain: Any, attachments: Mapping[str, Any], place: str) -> Any:
    if not isinstance(plain, dict):
        raise _unfit(place, plain, _("a group of settings"))
    settings = dict(plain)
    if getattr(kind, "family", None) is not None:
        try:
            kind = kind.family[settings.pop("type", "")]
        except (UnknownName, TypeError) as problem:
            raise InvalidValue(f"{place}: {problem}") from None
    fields = fields_of(kind)
    for name in settings.keys() - fields.keys():
        near = difflib.get_close_matches(name, fields, n=1)
        hint = " " + _("Did you mean {name}?").format(name=repr(near[0])) if near else ""
        raise InvalidValue(_("{place} has no setting {name}.").format(place=place or kind.__name__, name=_shown(name)) + hint)
    inner = f"{place}." if place else ""
    read = {name: _read(fields[name], item, attachments, f"{inner}{name}") for name, item in settings.items()}
    try:
        return kind(**read)
    except TypeError:
        missing = [f.name for f in dataclasses.fields(kind) if _required(f) and f.name not in read]
        raise InvalidValue(_("{place} lacks {names}.").format(place=place, names=", ".join(missing))) from None
    except InvalidValue as problem:
        raise InvalidValue(f"{place}: {problem}" if place else str(problem)) from None


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.init and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


# ------------------------------------------------------------------------------------------------------- validation


def _conform(found: Any, kind: Any, place: str) -> Any:
    """The value in the form its annotation wants (an int becomes a float, a list a tuple), or InvalidValue."""
    bare = _bare(kind)
    origin = get_origin(bare)
    if origin in (Union, types.UnionType):
        if found is None and type(None) in get_args(bare):
            return None
        return _conform(found, next(option for option in get_args(bare) if option is not type(None)), place)
    if origin is Literal:
        if found not in get_args(bare) or isinstance(found, bool) and True not in get_args(bare):
            raise _unfit(place, found, _("one of {names}").format(names=", ".join(map(str, get_args(bare)))))
        return found
    if origin is tuple:
        return _conform_tuple(found, get_args(bare), place)
    if bare in (int, float):
        return _conform_number(found, bare, range_of(kind), place)
    if isinstance(bare, type) and not isinstance(found, bare):
        raise _unfit(place, found, _WORDS.get(bare, bare.__name__))
    if isinstance(found, str) and any("\ud800" <= c <= "\udfff" for c in found):
        raise _unfit(place, found, _("a text without halves of characters"))  # it could not be saved
    return found


def _conform_tuple(found: Any, kinds: tuple[Any, ...], place: str) -> Any:
    if not isinstance(found, (tuple, list)):
        raise _unfit(place, found, _("a list"))
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(found)
    if len(kinds) != len(found):
        raise _unfit(place, found, _("a list of {n}").format(n=len(kinds)))
    kept = tuple(_conform(item, kind, f"{place}[{i}]") for i, (item, kind) in enumerate(zip(found, kinds, strict=True)))
    same = isinstance(found, tuple) and all(a is b for a, b in zip(kept, found, strict=True))
    return found if same else kept


def _conform_number(found: Any, kind: type, limits: Range | None, place: str) -> Any:
    whole = isinstance(found, (int, np.integer)) and not isinstance(found, bool)
    real = isinstance(found, (float, np.floating))
    wanted = _("a whole number") if kind is int else _("a number")
    if limits is not None and str(limits):
        wanted += " " + str(limits)
    if not whole and not (real and kind is float):
        raise _unfit(place, found, wanted)
    try:
        number = kind(found)
    except OverflowError:
        raise _unfit(place, found, wanted) from None
    finite = kind is int or math.isfinite(number)
    if not finite or limits is not None and not limits.holds(number):
        raise _unfit(place, found, wanted)
    return found if type(found) is kind else number


_WORDS = {bool: N_("yes or no (true or false)"), str: N_("a text"), tuple: N_("a list")}


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _shown(found: Any) -> str:
    if isinstance(found, int) and found.bit_length() > 200:  # Python refuses to write very long ones out
        return _("a number of some {n} digits").format(n=round(found.bit_length() * math.log10(2)))
    text = ascii(found)
    return text if len(text) <= 60 else text[:57] + "..."


def _unfit(place: str, found: Any, wanted: str) -> InvalidValue:
    return InvalidValue(_("{place} is {found}; it must be {wanted}.").format(place=place, found=_shown(found), wanted=_(wanted)))

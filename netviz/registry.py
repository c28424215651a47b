"""Families of things that plug in: one class and one decorator make a new layer, loss or data set known everywhere.

A family's members are found by their own name, by their class's name and by the names Keras uses for them.
Packages that declare an entry point in the group "netviz.plugins" add members when `load_plugins` is called.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from netviz.i18n import _

T = TypeVar("T")
M = TypeVar("M")

_log = logging.getLogger(__name__)


class UnknownName(ValueError):
    """A name that no member of the family bears; the sentence offers the nearest one."""


class Registry(Generic[T]):
    """The members of one family, in the order in which they were registered."""

    def __init__(self, family: str) -> None:
        """Name the family as it stands in a sentence, such as `"optimizer"`."""
        self.family = family
        self._members: dict[str, type[T]] = {}
        self._names: dict[type, str] = {}
        self._titles: dict[str, str] = {}
        self._known_as: dict[str, str] = {}

    def register(self, name: str, *aliases: str, title: str) -> Callable[[type[M]], type[M]]:
        """Class decorator that makes a member known by its name, its class's name and any aliases."""

        def add(member: type[M]) -> type[M]:
            for alias in (name, member.__name__, *aliases):
                if self._known_as.get(alias, name) != name:
                    raise ValueError(f"two members of the family {self.family} want the name {alias!r}")
                self._known_as[alias] = name
            self._members[name] = member  # type: ignore[assignment]
            self._names[member] = name
            self._titles[name] = title
            return member

        return add

    def __getitem__(self, name: str) -> type[T]:
        """The member of that name or alias; UnknownName offers the nearest name."""
        known = self._known_as.get(name)
        if known is not None:
            return self._members[known]
        near = difflib.get_close_matches(str(name), self._known_as, n=1)
        sentence = _("There is no {family} named {name}.").format(family=self.family, name=repr(str(name)[:60]))
        if near:
            sentence += " " + _("Did you mean {name}?").format(name=repr(near[0]))
        raise UnknownName(sentence)

    def __contains__(self, name: object) -> bool:
        return name in self._known_as

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def name(self, member: type) -> str:
        """The name under which a class was registered."""
        return self._names[member]

    def names(self, name: str) -> tuple[str, ...]:
        """Every name by which a member is found."""
        return tuple(alias for alias, own in self._known_as.items() if own == self._known_as[name])

    def title(self, name: str) -> str:
        """What a person reads for a member, in the language chosen."""
        return _(self._titles[self._known_as[name]])


def load_plugins() -> None:
    """Import what other packages offer under the entry-point group "netviz.plugins"; a broken one is logged and left out."""
    from importlib.metadata import entry_points

    for entry in entry_points(group="netviz.plugins"):
        try:
            entry.load()
        except Exception:
            _log.exception("the plug-in %s could not be loaded", entry.name)

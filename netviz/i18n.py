"""The languages of the program: texts are marked where they are born, and translated when they are shown.

`_` translates now, `N_` only marks a text for whoever shows it later, `plural` chooses by number. An f-string cannot
be found by the tools that collect texts, so values are put in afterwards: `_("{n} rows").format(n=n)`.
"""

from __future__ import annotations

import gettext
from pathlib import Path

_DOMAIN = "netviz"

_catalog: gettext.NullTranslations = gettext.NullTranslations()


def choose(language: str | None) -> None:
    """Speak a language from now on; None, or a language without a catalogue, is English."""
    global _catalog
    if language is None:
        _catalog = gettext.NullTranslations()
        return
    _catalog = gettext.translation(_DOMAIN, _folder(), [language], fallback=True)


def _folder() -> Path:
    from netviz import resources

    return resources.path("locale")


def _(text: str) -> str:
    """The text in the language chosen."""
    return _catalog.gettext(text) if text else text


def N_(text: str) -> str:  # noqa: N802 (gettext's own name)
    """The same text, marked for translation."""
    return text


def plural(one: str, many: str, n: int) -> str:
    """The form that goes with a number, with {n} filled in."""
    return _catalog.ngettext(one, many, n).format(n=n)

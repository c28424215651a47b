"""The languages of the program: texts are marked where they are born, and translated when they are shown.

`_` translates now, `N_` only marks a text for whoever shows it later, `plural` chooses by number. An f-string
cannot be found by the tools that collect texts, so values are put in afterwards: `_("{n} rows").format(n=n)`.
English needs no catalogue, so gettext itself is loaded only when another language is chosen.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing it from typing takes fifty times as long as the rest of this file

if TYPE_CHECKING:
    from gettext import NullTranslations

_catalog: NullTranslations | None = None


def choose(language: str | None) -> None:
    """Speak a language from now on; None, or a language without a catalogue, is English."""
    global _catalog
    _catalog = _catalog_of(language) if language else None


def _catalog_of(language: str) -> NullTranslations | None:
    import gettext

    from netviz import resources

    try:
        return gettext.translation("netviz", resources.path("locale"), [language])
    except OSError:  # no folder, no catalogue, or one that is damaged
        return None


def _(text: str) -> str:
    """The text in the language chosen."""
    # A catalogue keeps its own header under the empty text.
    return _catalog.gettext(text) if _catalog and text else text


def N_(text: str) -> str:  # noqa: N802 (gettext's own name)
    """The same text, marked for translation."""
    return text


def plural(one: str, many: str, n: int, **words: object) -> str:
    """The form that goes with a number, with {n} and other words filled in."""
    chosen = _catalog.ngettext(one, many, n) if _catalog else one if n == 1 else many
    return chosen.format(n=n, **words)

"""Symbols in one line with what stands above and below them, set by Qt itself in the font of the formula library.

The library needs some twenty milliseconds for a symbol that it has not set before, and the largest terms of a sum are
others in every frame. What it takes to set fractions, sums and roots is left to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPainter, QPixmap

_SCRIPT, _RAISED, _LOWERED = 0.74, 0.4, 0.27  # of a letter's size
_GREEK = {"alpha": "𝛼", "beta": "𝛽", "gamma": "𝛾", "delta": "𝛿", "mu": "𝜇", "sigma": "𝜎", "epsilon": "𝜖"}
_ACCENTS = {"hat": "\u0302", "tilde": "\u0303"}
_WORDS = ("min", "max", "tanh")
_ATOM = re.compile(
    r"\\(?P<accent>hat|tilde)\{(?P<under>[a-zA-Z])\}|\\text\{(?P<text>[^{}]*)\}|\\(?P<command>[a-zA-Z]+)|(?P<thin>\\,)"
    r"|(?P<letter>[a-zA-Z])|(?P<number>[0-9.]+)|(?P<sign>[-+/=()\[\],<>|'· ])"
)
_SCRIPTS = re.compile(r"\^\{(?P<above>[^{}\\]*)\}|_\{(?P<below>[^{}\\]*)\}|\^(?P<one>[0-9a-zA-Z])|_(?P<other>[0-9a-zA-Z])")


@dataclass(frozen=True)
class Glyph:
    """A piece in full size, with what stands above and below its end."""

    text: str
    above: str = ""
    below: str = ""
    space: float = 0.0  # before and behind it, of a letter's size


def parsed(latex: str) -> tuple[Glyph, ...] | None:
    """The pieces of a formula in one line; None for one that is more than that."""
    found: list[Glyph] = []
    at = 0
    while at < len(latex):
        atom = _ATOM.match(latex, at)
        glyph = None if atom is None else _glyph(atom)
        if atom is None or glyph is None:
            return None
        at = atom.end()
        scripts = {"above": "", "below": ""}
        while script := _SCRIPTS.match(latex, at):
            above, below = script["above"] or script["one"], script["below"] or script["other"]
            scripts["above" if above else "below"] = above or below or ""
            at = script.end()
        found.append(Glyph(glyph.text, scripts["above"], scripts["below"], glyph.space))
    return tuple(found)


def _glyph(atom: re.Match[str]) -> Glyph | None:
    if atom["accent"]:
        return Glyph(_italic(atom["under"]) + _ACCENTS[atom["accent"]])
    if atom["text"] is not None:
        return Glyph(atom["text"])
    if command := atom["command"]:
        if command == "cdot":
            return Glyph("·", space=0.2)
        if command == "partial":
            return Glyph("∂\u200a")
        return Glyph(_GREEK[command]) if command in _GREEK else Glyph(command + "\u2009") if command in _WORDS else None
    if atom["thin"]:
        return Glyph("", space=0.08)
    if atom["letter"]:
        return Glyph(_italic(atom["letter"]))
    sign = atom["number"] or atom["sign"]
    if sign == " ":
        return Glyph("")
    return Glyph({"-": "−", "'": "′", ",": ",\u2009"}.get(sign, sign), space=0.2 if sign in "-+=<>" else 0.0)


def _italic(letter: str) -> str:
    """The slanted letter of mathematics."""
    if letter == "h":
        return "ℎ"
    return chr(ord(letter) - ord("a") + 0x1D44E if letter.islower() else ord(letter) - ord("A") + 0x1D434)


_known: list[str] = []  # the family, once the font is there


@cache
def load_font() -> None:
    """Tell Qt of the font that formulas are set in. Never while something is painted: it forgets the fonts in use."""
    library = find_spec("ziamath")
    path = Path(library.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf" if library and library.origin else None
    number = QFontDatabase.addApplicationFont(str(path)) if path is not None and path.is_file() else -1
    _known.extend(QFontDatabase.applicationFontFamilies(number)[:1] if number >= 0 else [])


def set_in_line(latex: str, points: float, color: str, ratio: float) -> QPixmap | None:
    """A formula in one line as a picture; None for one that is more than that, or while the font is not loaded."""
    glyphs = parsed(latex) if _known else None
    if glyphs is None:
        return None
    large, small = _font(points), _font(points * _SCRIPT)
    placed, right, top, bottom = [], 0.0, 0.0, 0.0
    for glyph in glyphs:
        before = glyph.space * points if right else 0.0  # a sign at the beginning belongs to what follows
        right += before
        for text, font, rise in ((glyph.text, large, 0.0), (glyph.above, small, -_RAISED), (glyph.below, small, _LOWERED)):
            if not text:
                continue
            metrics = QFontMetricsF(font)
            shown = text.replace("-", "−") if rise else text
            ink = metrics.tightBoundingRect(shown)
            placed.append((QPointF(right, rise * points), font, shown))
            top, bottom = min(top, rise * points + ink.top()), max(bottom, rise * points + ink.bottom())
        wide = QFontMetricsF(large).horizontalAdvance(glyph.text)
        scripts = max(QFontMetricsF(small).horizontalAdvance(text) for text in (glyph.above, glyph.below))
        placed = _beside(placed, glyph, right + wide)
        right += wide + scripts + before
    return _painted(placed, QRectF(0, top, right, bottom - top), color, ratio)


def _beside(placed: list[tuple[QPointF, QFont, str]], glyph: Glyph, right: float) -> list[tuple[QPointF, QFont, str]]:
    """The newest scripts behind their letter."""
    count = bool(glyph.above) + bool(glyph.below)
    moved = [(QPointF(right + 0.5, at.y()), font, text) for at, font, text in placed[len(placed) - count :]]
    return placed[: len(placed) - count] + moved


def _font(pixels: float) -> QFont:
    font = QFont(_known[0])
    font.setPixelSize(max(1, round(pixels)))
    return font


def _painted(placed: list[tuple[QPointF, QFont, str]], box: QRectF, color: str, ratio: float) -> QPixmap:
    wide, high = box.width() + 3, box.height() + 2
    pixmap = QPixmap(max(1, round(wide * ratio)), max(1, round(high * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setPen(QColor(color))
    for at, font, text in placed:
        painter.setFont(font)
        painter.drawText(QPointF(at.x() + 1, at.y() - box.top() + 1), text)
    painter.end()
    return pixmap

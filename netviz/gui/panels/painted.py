"""How an equation is painted: set symbols with their live numbers under them, and a row for each of its largest terms."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from netviz.gui.formulas import formula, size_of
from netviz.gui.glyphs import load_font
from netviz.gui.panels.numerals import shown
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures.microscope import Equation, Factor, Item, Term
from netviz.pictures.microscope.equation import same_place

_EDGE, _GAP = 12.0, 8.0
_ROW, _HEAD = 36.0, 54.0
_POINTS, _SMALL = 15.0, 13.0
_MOST_TERMS = 8
_OFF = 1e-3  # of what is added up; float32 rounds to much less
_BAR = 74.0


@dataclass(frozen=True)
class _Place:
    """Where a term or a symbol was painted, and what it stands for."""

    rect: QRectF
    item: Item | None
    opens: Item | None


class PaintedEquation(QWidget):
    """The picture of an equation, as high as it needs to be; `EquationCard` answers mouse and keys."""

    def __init__(self, theme: Theme) -> None:
        """Nothing to show yet."""
        super().__init__()
        load_font()
        self.theme = theme
        self.equation: Equation | None = None
        self.followed: Item | None = None
        self._pointed: Item | None = None
        self._shown_item: Item | None = None
        self._alike: Callable[[Item], bool] | None = None
        self._places: list[_Place] = []
        self.of = ""
        self._focus = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_equation(self, equation: Equation, followed: Item | None, of: str = "") -> None:
        """Show an equation; `followed` is the item of the term that is opened below, `of` says of which row it is."""
        self.equation, self.followed, self.of = equation, followed, of
        self.setAccessibleName(" · ".join(filter(None, (of, equation.sentence or equation.symbol))))
        self._fit()
        self.update()

    def _fit(self) -> None:
        """As high as the sentence and the terms need at this width."""
        high = self.sizeHint().height()
        if high != self.minimumHeight():
            self.setFixedHeight(high)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def light(self, item: Item | None, alike: Callable[[Item], bool] | None = None) -> None:
        """Mark what stands for an item that is pointed at elsewhere, and what is `alike`: drawn at the same place there."""
        if item != self._shown_item:
            self._shown_item, self._alike = item, alike
            self.update()

    def _is_shown(self, item: Item) -> bool:
        if self._shown_item is None:
            return False
        return same_place(item, self._shown_item) or self._alike is not None and self._alike(item)

    def _terms(self) -> tuple[Term, ...]:
        """The largest terms; the one that is followed is always among them."""
        if self.equation is None:
            return ()
        terms = self.equation.terms
        if self._only is not None:
            return ()  # the formula says it already
        shown = terms[:_MOST_TERMS]
        if self.followed is not None:
            later = [term for term in terms[_MOST_TERMS:] if term.item == self.followed]
            shown = (*shown, *later)
        return shown

    @property
    def _only(self) -> Term | None:
        """The one term of an equation whose formula says as much; a click anywhere opens it."""
        terms = self.equation.terms if self.equation is not None else ()
        plain = len(terms) == 1 and len(terms[0].factors) == 1 and not terms[0].label
        return terms[0] if plain and self.equation and terms[0].value == self.equation.value else None

    @property
    def _amiss(self) -> str:
        """What the terms come to where that is another number: a mistake is switched on in the backward pass."""
        found = self.equation
        if found is None or not found.terms or not math.isfinite(found.value):
            return ""
        size = sum(abs(term.value) for term in found.terms) + abs(found.value)
        off = abs(found.total - found.value) > _OFF * size
        return _("By its terms it would be {value}: backpropagation is spoilt.").format(value=shown(found.total)) if off else ""

    def _left_out(self, terms: tuple[Term, ...]) -> int:
        """How many terms are not shown."""
        return len(self.equation.terms) + self.equation.more - len(terms) if self.equation is not None and terms else 0

    def sizeHint(self) -> QSize:
        terms = self._terms()
        more = 20.0 * (bool(self._left_out(terms)) + bool(self._amiss))
        return QSize(280, round(self._words().bottom() + _HEAD + 6 + len(terms) * _ROW + more))

    def _words(self) -> QRectF:
        """Where the sentence stands, in as many lines as it needs."""
        if self.equation is None or not self.equation.sentence:
            return QRectF(_EDGE, 6, 0, 0)
        metrics = QFontMetricsF(self._font(11))
        tag = metrics.horizontalAdvance(self.of) + 12 if self.of else 0.0
        room = QRectF(_EDGE, 6, max(40.0, self.width() - 2 * _EDGE - tag), 1000)
        high = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), self.equation.sentence).height()
        return QRectF(room.left(), 6, room.width(), max(16.0, high))

    # ------------------------------------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.equation is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.theme.color("line"))
        painter.setBrush(self.theme.color("raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -3.5), 8, 8)
        self._places = []
        self._paint_head(painter, self.equation)
        largest = max((abs(term.value) for term in self.equation.terms), default=0.0) or 1.0
        terms = self._terms()
        first = self._words().bottom() + _HEAD
        for number, term in enumerate(terms):
            self._paint_term(painter, term, first + number * _ROW, largest, number == self._focus)
        if more := self._left_out(terms):
            rest = self.equation.total - sum(term.value for term in terms)
            text = _("and {n:,} more, together {rest}").format(n=more, rest=shown(rest))
            self._quiet(painter, QRectF(_EDGE, first + len(terms) * _ROW, self.width() - 2 * _EDGE, 18.0), text)
        if self._amiss:
            self._quiet(painter, QRectF(_EDGE, self.height() - 27.0, self.width() - 2 * _EDGE, 18.0), self._amiss, "validation")

    def _paint_head(self, painter: QPainter, equation: Equation) -> None:
        """The sentence, and of which row it is; then symbol = formula, with the value under the symbol."""
        if self._only is not None and self._only.item is not None:
            self._paint_way(painter, self._only)
        words = self._words()
        painter.setFont(self._font(11))
        painter.setPen(self.theme.color("quiet"))
        painter.drawText(words, int(Qt.TextFlag.TextWordWrap), equation.sentence)
        painter.setFont(self._font(11, bold=True))
        painter.drawText(QRectF(_EDGE, 6, self.width() - 2 * _EDGE, 16), Qt.AlignmentFlag.AlignRight, self.of)
        middle = words.bottom() + 21
        place = Factor(equation.symbol, equation.value, equation.item)
        right = self._paint_factor(painter, place, _EDGE, middle + 6, bold=True)
        ratio, text = self.devicePixelRatioF(), self.theme.text
        sign = formula("=", _POINTS, text, ratio)
        painter.drawPixmap(QPointF(right + _GAP, middle - size_of(sign)[1] / 2), sign)
        right += size_of(sign)[0] + 2 * _GAP
        picture, _width, height = self._fitted(equation.formula, _POINTS, self.width() - right - _EDGE - 14, 40.0)
        painter.drawPixmap(QPointF(right, middle - height / 2), picture)

    def _paint_way(self, painter: QPainter, term: Term) -> None:
        """A card that is opened as a whole: it is marked where it has been, and says so at its edge."""
        whole = QRectF(self.rect()).adjusted(4, 4, -4, -7)
        if term.item == self.followed or self._focus == 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("chosen"))
            painter.drawRoundedRect(whole, 6, 6)
        painter.setPen(self.theme.color("quiet"))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        painter.drawText(whole.adjusted(0, 0, -8, -2), flags, "▾" if term.item == self.followed else "▸")
        self._places.append(_Place(whole, term.item, term.item))

    def _paint_factor(
        self, painter: QPainter, factor: Factor, left: float, middle: float, bold: bool = False, scale: float = 1.0
    ) -> float:
        """A symbol with its number under it; returns where it ends."""
        high = 34.0 if bold else 20.0
        points = max(6.0, round((_POINTS if bold else _SMALL) * scale * 2) / 2)
        picture, width, height = self._fitted(factor.symbol, points, 1e6, high)
        number = shown(factor.value)
        font = self._font(max(8, round(11 * scale)), bold)
        wide = max(width, QFontMetricsF(font).horizontalAdvance(number)) + 2
        rect = QRectF(left, middle - high / 2 - 8, wide, high + 16)
        lit = factor.item is not None and (factor.item == self._pointed or self._is_shown(factor.item))
        if lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("chosen"))
            painter.drawRoundedRect(rect.adjusted(-3, 0, 3, 0), 4, 4)
        painter.drawPixmap(QPointF(left + (wide - width) / 2, middle - 8 - height / 2), picture)
        painter.setFont(font)
        painter.setPen(self._sign_color(factor.value))
        painter.drawText(QRectF(left, middle + high / 2 - 10, wide, 16), Qt.AlignmentFlag.AlignCenter, number)
        self._places.append(_Place(rect, factor.item, None))
        return left + wide

    def _room(self, term: Term, room: float) -> float:
        """How much smaller a long product has to be set, so that it ends before its bar."""
        metrics = QFontMetricsF(self._font(11))
        wide = 18.0 * (len(term.factors) - 1)
        for factor in term.factors:
            symbol = self._fitted(factor.symbol, _SMALL, 1e6, 20.0)[1]
            wide += max(symbol, metrics.horizontalAdvance(shown(factor.value))) + 2
        return min(1.0, max(0.65, room / wide))

    def _fitted(self, latex: str, points: float, room: float, high: float) -> tuple[QPixmap, float, float]:
        """A formula no larger than its place, with its width and height; smaller ones are set anew, not shrunk."""
        ratio, text = self.devicePixelRatioF(), self.theme.text
        picture = formula(latex, points, text, ratio)
        width, height = size_of(picture)
        scale = min(1.0, room / max(width, 1.0), high / max(height, 1.0))
        if scale < 1.0:
            picture = formula(latex, max(5.0, math.floor(points * scale * 2) / 2), text, ratio)
            width, height = size_of(picture)
        return picture, width, height

    def _paint_term(self, painter: QPainter, term: Term, top: float, largest: float, focused: bool) -> None:
        row = QRectF(4, top, self.width() - 8, _ROW - 2)
        if term.item is not None and (term.item == self.followed or focused):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("chosen"))
            painter.drawRoundedRect(row, 6, 6)
        left, middle = _EDGE, top + _ROW / 2 - 1
        if term.label:
            wide = QFontMetricsF(self._font(11)).horizontalAdvance(term.label) + 8
            self._quiet(painter, QRectF(left, top, wide, _ROW - 2), term.label)
            left += wide
        scale = self._room(term, self.width() - 2 * _EDGE - self._bar - 14 - left)
        for number, factor in enumerate(term.factors):
            if number:
                painter.setPen(self.theme.color("quiet"))
                dot = QRectF(left, top - 7, 18 * scale, _ROW - 2)
                painter.drawText(dot, Qt.AlignmentFlag.AlignCenter, "·")
                left += 18 * scale
            left = self._paint_factor(painter, factor, left, middle, scale=scale)
        self._paint_bar(painter, term.value, largest, top)
        self._places.append(_Place(row, term.factors[-1].item if term.factors else None, term.item))

    @property
    def _bar(self) -> float:
        """How wide a term's bar may be."""
        return min(_BAR, self.width() / 4.4)

    def _paint_bar(self, painter: QPainter, value: float, largest: float, top: float) -> None:
        """The product, and a bar from the middle: left and orange for negative, right and blue for positive."""
        right = self.width() - _EDGE
        wide = self._bar
        middle = right - wide / 2
        length = min(1.0, abs(value) / largest) * (wide / 2 - 2) if value == value else 0.0
        color = self._sign_color(value)
        painter.fillRect(QRectF(middle if value > 0 else middle - length, top + 22, length, 5), color)
        painter.setPen(self.theme.color("line"))
        painter.drawLine(QPointF(middle, top + 20), QPointF(middle, top + 29))
        painter.setFont(self._font(11, bold=True))
        painter.setPen(self.theme.color("text"))
        painter.drawText(QRectF(right - wide - 34, top + 3, wide + 34, 16), Qt.AlignmentFlag.AlignRight, "= " + shown(value))

    def _quiet(self, painter: QPainter, rect: QRectF, text: str, color: str = "quiet") -> None:
        font = self._font(11)
        painter.setFont(font)
        painter.setPen(self.theme.color(color))
        text = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _font(self, pixels: int, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(pixels)
        font.setBold(bold)
        return font

    def _sign_color(self, value: float) -> QColor:
        return self.theme.color("training" if value >= 0 else "validation")

"""The mathematics of one kind of layer, number by number; each kind in a class of its own.

forward: an output of the linear part from the inputs. weight: ∂L/∂w from the rows of the batch. below: what a layer
hands down, ∂L/∂x, from its own ∂L/∂z. Whoever asks finds the kind by the layer's class.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers import Activation, Dropout, Flatten, Layer
from netviz.i18n import _
from netviz.pictures.microscope import functions
from netviz.pictures.microscope.equation import Equation, Factor, Item, Term, by_size, number, place, symbol
from netviz.pictures.microscope.slide import Slide

Index = tuple[int, ...]
A = TypeVar("A", bound="type[Anatomy]")

_ANATOMIES: dict[type[Layer], Anatomy] = {}


def explains(*kinds: type[Layer]) -> Callable[[A], A]:
    """Class decorator: this is the mathematics of these layers."""

    def add(anatomy: A) -> A:
        for kind in kinds:
            _ANATOMIES[kind] = anatomy()
        return anatomy

    return add


def anatomy_of(layer: Layer) -> Anatomy | None:
    """The mathematics of a layer; None for a kind that has none written."""
    return next((_ANATOMIES[kind] for kind in type(layer).__mro__ if kind in _ANATOMIES), None)


class Anatomy(ABC):
    """What an equation of this kind of layer looks like; indices are within one row."""

    @abstractmethod
    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        """z, or the output of a layer without an activation, at a place of a row."""

    def weight(self, slide: Slide, name: str, index: Index) -> Equation | None:
        """∂L/∂w of one number of a weight, from the whole batch; None for a layer without weights."""
        return None

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation | None:
        """What one row contributes to ∂L/∂w, in one term for each place where the weight is used."""
        return None

    @abstractmethod
    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        """∂L/∂x, what the layer hands down to a place of its input in a row."""


def given(slide: Slide, index: Index, row: int, value: float) -> Factor:
    """An input of the layer as a factor."""
    return Factor(symbol("a", slide.layer - 1, index), value, Item("unit", slide.layer - 1, "", index, row))


def handed_down(slide: Slide, index: Index, row: int, value: float) -> Factor:
    """A δ of the layer as a factor."""
    return Factor(symbol(r"\delta", slide.layer, index), value, Item("delta", slide.layer, "", index, row))


def delta_at(slide: Slide, index: Index, row: int) -> float:
    """δ = ∂L/∂z there; not a number before the backward pass has come so far."""
    return float("nan") if slide.delta is None else float(slide.delta[(row, *index)])


def rows_of(slide: Slide, name: str, index: Index, gradient: Array, shares: Array) -> Equation:
    """∂L/∂w as the sum of what each row contributes: shares (rows,)."""
    item = Item("weight", slide.layer, name, index)
    mark = weight_symbol(slide, name, index)
    terms = [
        Term(
            (Factor(rf"g_{{{row + 1}}}", float(share), Item("weight", slide.layer, name, index, row)),), float(share),
            Item("weight", slide.layer, name, index, row), _("row {n}").format(n=int(slide.batch.rows[row]) + 1),
        )
        for row, share in enumerate(shares)
    ]  # fmt: skip
    sentence = _("The gradient of the batch is the sum of what each of its {n} rows contributes.").format(n=len(shares))
    return Equation(
        item, rf"\frac{{\partial L}}{{\partial {mark}}}", r"\sum_r g_r", by_size(terms), float(gradient), sentence
    )


def weight_symbol(slide: Slide, name: str, index: Index) -> str:
    """w for a kernel, b for a bias, else the name itself."""
    return symbol(letter_of(name), slide.layer, index)


def letter_of(name: str) -> str:
    """A weight's letter in LaTeX."""
    short = {"kernel": "w", "bias": "b", "gamma": r"\gamma", "beta": r"\beta"}.get(name)
    return short or rf"\text{{{name.replace('_', ' ').replace('/', ' ')}}}"


@explains(Activation)
class OfActivation(Anatomy):
    """a = f(z) alone: δ = f′(z)·∂L/∂a. The function itself is written by `activations`."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        value = float(slide.input[(row, *index)])
        return _passed(slide, index, row, index, 1.0, value, _("The input of the function."))

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        assert isinstance(slide.settings, Activation)
        found = functions.delta(slide, slide.settings.activation, index, row, float("nan"))
        mark = rf"\frac{{\partial L}}{{\partial {symbol('a', slide.layer - 1, index)}}}"
        value = sum(term.value for term in found.terms)
        return replace(found, item=Item("upstream", slide.layer - 1, "", index, row), symbol=mark, value=value)


@explains(Dropout)
class OfDropout(Anatomy):
    """y = m·x: the mask is 0 for what was dropped in this update, else 1/(1 − rate)."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        sentence = _("Dropped in this update.") if not self._mask(slide, index, row) else _("Kept, and scaled up for it.")
        return _passed(slide, index, row, index, self._mask(slide, index, row), None, sentence)

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        return _handed(slide, index, row, index, self._mask(slide, index, row), _("What was dropped learns nothing."))

    def _mask(self, slide: Slide, index: Index, row: int) -> float:
        mask = slide.memory.get("mask")
        return 1.0 if mask is None else float(mask[(row, *index)])


@explains(Flatten)
class OfFlatten(Anatomy):
    """The same numbers in one row, last axis fastest."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        came = np.unravel_index(index[0], slide.network.shapes[slide.layer])
        return _passed(slide, index, row, tuple(int(i) for i in came), 1.0, None, _("The same number at another place."))

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        went = int(np.ravel_multi_index(index, slide.network.shapes[slide.layer]))
        return _handed(slide, index, row, (went,), 1.0, _("The same number at another place."))


def _passed(
    slide: Slide, index: Index, row: int, came: Index, factor: float, value: float | None, sentence: str
) -> Equation:
    """y = m·x: one input goes through, times a number."""
    x = float(slide.input[(row, *came)])
    factors = (Factor("m", factor),) * (factor != 1.0) + (given(slide, came, row, x),)
    result = factor * x if value is None else value
    below = Item("unit", slide.layer - 1, "", came, row)
    formula = (r"m \cdot " if factor != 1.0 else "") + symbol("a", slide.layer - 1, came)
    item = Item("unit", slide.layer, "", index, row)
    return Equation(
        item, symbol("a", slide.layer, index), formula, (Term(factors, factor * x, below),), result, sentence, row, (below,)
    )


def _handed(slide: Slide, index: Index, row: int, came: Index, factor: float, sentence: str) -> Equation:
    """∂L/∂x = m·∂L/∂y: one gradient goes through, times a number."""
    delta = delta_at(slide, came, row)
    factors = (Factor("m", factor),) * (factor != 1.0) + (handed_down(slide, came, row, delta),)
    item, below = Item("upstream", slide.layer - 1, "", index, row), Item("delta", slide.layer, "", came, row)
    mark = rf"\frac{{\partial L}}{{\partial {symbol('a', slide.layer - 1, index)}}}"
    formula = (r"m \cdot " if factor != 1.0 else "") + symbol(r"\delta", slide.layer, came)
    return Equation(item, mark, formula, (Term(factors, factor * delta, below),), factor * delta, sentence, row, (below,))


__all__ = [
    "Anatomy", "anatomy_of", "delta_at", "explains", "given", "handed_down", "number", "place", "rows_of",
    "weight_symbol",
]  # fmt: skip

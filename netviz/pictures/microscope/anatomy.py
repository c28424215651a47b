"""The mathematics of one kind of layer, number by number; each kind in a class of its own.

forward: an output of the linear part from the inputs. weight, share: ∂L/∂w of the batch, and of one of its rows. below:
what a layer hands down, ∂L/∂x, from its own ∂L/∂z. part: what it computes within. Whoever asks finds the kind by the
layer's class.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers import Layer
from netviz.i18n import _, plural
from netviz.pictures.microscope.equation import Equation, Factor, Item, Sum, Term
from netviz.pictures.microscope.slide import Index, Slide

A = TypeVar("A", bound="type[Anatomy]")

_ANATOMIES: dict[type, Anatomy] = {}
_LETTERS = {
    "kernel": "w", "recurrent_kernel": "u", "bias": "b", "gamma": r"\gamma", "beta": r"\beta", "alpha": r"\alpha",
    "embeddings": "e", "moving_mean": r"\mu", "moving_variance": r"\sigma^2",
}  # fmt: skip


def explains(*kinds: type) -> Callable[[A], A]:
    """Class decorator: this is the mathematics of these layers."""

    def add(anatomy: A) -> A:
        for kind in kinds:
            _ANATOMIES[kind] = anatomy()
        return anatomy

    return add


def anatomy_of(layer: Layer) -> Anatomy:
    """The mathematics of a layer; every layer has at least that of `Layer` itself."""
    return next(_ANATOMIES[kind] for kind in type(layer).__mro__ if kind in _ANATOMIES)


class Anatomy(ABC):
    """What an equation of this kind of layer looks like; indices are within one row."""

    at_statistics = False  # whether a row's share of a gradient holds at the statistics of the whole batch
    within: tuple[str, ...] = ()  # what the layer computes within and can be looked through and picked

    @abstractmethod
    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        """z, or the output of a layer without an activation, at a place of a row."""

    @abstractmethod
    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        """∂L/∂x, what the layer hands down to a place of its input in a row."""

    def shares(self, slide: Slide, name: str, index: Index) -> Array | None:
        """What each row contributes to ∂L/∂w, (rows,); None for a layer without weights."""
        return None

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation | None:
        """What one row contributes to ∂L/∂w, in one term for each place where the weight is used."""
        return None

    def part(self, slide: Slide, name: str, index: Index, row: int) -> Equation | None:
        """What the layer computes within, by name: a state, a gate, a normalized number, and their gradients."""
        return None

    def arrays(self, slide: Slide) -> Mapping[str, Array]:
        """What of that can be looked through and picked, `within`, by name: (rows, ...)."""
        return {}

    def state(self, slide: Slide, name: str, index: Index) -> Equation | None:
        """What becomes of a number that no optimizer moves."""
        return None


# ------------------------------------------------------------------------------------------------------- pieces


def told(item: Item, mark: str, formula: str, total: Sum, sentence: str, value: float | None = None) -> Equation:
    """An equation of the largest terms; its value is the engine's where that is given, else their sum."""
    terms, more, rest = total.largest()
    found = Equation(item, mark, formula, terms, 0.0, sentence, item.row, more, rest)
    return replace(found, value=found.total if value is None else float(value))


def product(*factors: Factor, opens: Item | None = None, label: str = "") -> Term:
    """Factors multiplied; what a click opens is the last factor's item unless another is given."""
    value = math.prod(factor.value for factor in factors)
    return Term(factors, value, opens if opens is not None else factors[-1].item, label)


def alone(*terms: Term) -> Sum:
    """A sum of few terms."""
    return Sum(np.empty(0), lambda place: terms[place], terms)


def given(slide: Slide, index: Index, row: int) -> Factor:
    """An input of the layer as a factor."""
    return Factor(slide.given_sign(index), float(slide.input[(row, *index)]), slide.given(index, row))


def delta(slide: Slide, index: Index, row: int) -> Factor:
    """A δ of the layer as a factor."""
    return Factor(slide.sign(r"\delta", index), delta_at(slide, index, row), slide.item("delta", "", index, row))


def weight(slide: Slide, name: str, index: Index) -> Factor:
    """A weight as a factor."""
    return Factor(weight_sign(slide, name, index), float(slide.weight(name)[index]), slide.item("weight", name, index))


def part(slide: Slide, letter: str, name: str, index: Index, row: int, value: float) -> Factor:
    """Something that the layer computes within as a factor."""
    return Factor(slide.sign(letter, index), float(value), slide.item("part", name, index, row))


def delta_at(slide: Slide, index: Index, row: int) -> float:
    """δ = ∂L/∂z there; not a number before the backward pass has come so far."""
    return float("nan") if slide.delta is None else float(slide.delta[(row, *index)])


def deltas(slide: Slide) -> Array:
    """δ of all rows, wide enough to add up; not numbers before the backward pass has come so far."""
    found = slide.delta
    if found is None:
        return np.full((slide.rows, *slide.output.shape[1:]), np.nan)
    return slide.once("deltas", lambda: found.astype(np.float64))


def handed_value(slide: Slide, index: Index, row: int) -> float | None:
    """∂L/∂x as the engine has it; None where nobody has asked for it."""
    found = slide.handed_down
    return None if found is None else float(found[(row, *index)])


def handed_mark(slide: Slide, index: Index) -> str:
    """∂L/∂x in LaTeX."""
    return rf"\frac{{\partial L}}{{\partial {slide.given_sign(index)}}}"


def weight_sign(slide: Slide, name: str, index: Index) -> str:
    """w for a kernel, b for a bias, else the name itself."""
    return slide.sign(letter_of(name), index)


def letter_of(name: str) -> str:
    """A weight's letter in LaTeX."""
    *inside, last = name.split("/")
    words = [part for part in inside if not part.isdigit()]
    letter = _LETTERS.get(last, rf"\text{{{last.replace('_', ' ')}}}")
    return rf"\text{{{words[-1].split('_')[-1]}}}\,{letter}" if words else letter


# --------------------------------------------------------------------------------------------------- whole equations


def rows_of(slide: Slide, name: str, index: Index, shares: Array, at_statistics: bool) -> Equation:
    """∂L/∂w as the sum of what each row contributes: shares (rows,)."""
    found = slide.gradients
    for key in name.split("/"):
        found = found.get(key, {})
    value = float(found[index]) if len(found) else float("nan")  # type: ignore[index]

    def term(row: int) -> Term:
        item = slide.item("weight", name, index, row)
        label = _("row {n}").format(n=int(slide.batch.rows[row]) + 1)
        return product(Factor(rf"g_{{{row + 1}}}", float(shares[row]), item), label=label)

    sentence = plural(
        "The gradient of the batch is what its one row contributes.",
        "The gradient of the batch is the sum of what each of its {n} rows contributes.", len(shares),
    )  # fmt: skip
    if at_statistics:
        sentence = plural(
            "The one row, at the mean and variance of this batch.",
            "The sum over the {n} rows, each at the mean and variance of this batch.", len(shares),
        )  # fmt: skip
    mark = rf"\frac{{\partial L}}{{\partial {weight_sign(slide, name, index)}}}"
    return told(slide.item("weight", name, index), mark, r"\sum_r g_r", Sum(shares, term), sentence, value)


def row_of(slide: Slide, name: str, index: Index, row: int, formula: str, total: Sum, sentence: str) -> Equation:
    """What one row contributes to ∂L/∂w."""
    mark = rf"g\left({weight_sign(slide, name, index)}\right)"
    return told(slide.item("weight", name, index, row), mark, formula, total, sentence)


def output_of(slide: Slide, index: Index, row: int, formula: str, total: Sum, sentence: str) -> Equation:
    """z of a layer that has an activation or could have one, else its output."""
    letter = "z" if "z" in slide.memory else "a"
    value = float((slide.memory["z"] if letter == "z" else slide.own_output)[(row, *index)])
    item = slide.item("unit", "z" if letter == "z" else "", index, row)
    return told(item, slide.sign(letter, index), formula, total, sentence, value)


def below_of(slide: Slide, index: Index, row: int, formula: str, total: Sum, sentence: str) -> Equation:
    """∂L/∂x."""
    value = handed_value(slide, index, row)
    return told(slide.handed(index, row), handed_mark(slide, index), formula, total, sentence, value)


def part_of(
    slide: Slide, letter: str, name: str, index: Index, row: int, value: float | None, formula: str, total: Sum,
    sentence: str,
) -> Equation:  # fmt: skip
    """What the layer computes within."""
    return told(slide.item("part", name, index, row), slide.sign(letter, index), formula, total, sentence, value)

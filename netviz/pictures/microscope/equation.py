"""What the microscope shows: numbers that can be picked, and the equations they come from, with live values.

An equation says one number three ways: as a formula, as the sum of its terms, and as what it comes to. A term is a
product of factors; factors and terms know which item of the network they are, so that each can light the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from netviz.arrays import Array

Kind = Literal["weight", "unit", "delta", "upstream", "part", "loss", "layer", "prediction", "target"]
_MOST_TERMS = 60  # of one equation; the smaller ones are told together


@dataclass(frozen=True)
class Item:
    """One number of a network, or a layer as a whole.

    kind: "weight" for any array of the layer by name; "unit" for an output of the layer (name "z": before the activation),
    "delta" for ∂L/∂z there, "upstream" for ∂L/∂a, "part" for what the layer computes within, such as a state or a gate;
    layer -1 is the input. Of a layer inside the layer the name begins with its place: "0/kernel", "0/z", "0/".
    index: of the number within one row, or within the weight. row: its place in the batch; None: of the whole batch.
    """

    kind: Kind
    layer: int = -1
    name: str = ""
    index: tuple[int, ...] = ()
    row: int | None = None


_OF_A_UNIT = ("unit", "delta", "upstream")


def same_place(one: Item | None, other: Item | None) -> bool:
    """Whether two items are of one number of the network, in whichever row: a unit's output, its z and its gradients are."""
    if one is None or other is None or one.layer != other.layer or one.index != other.index:
        return False
    if one.kind in _OF_A_UNIT and other.kind in _OF_A_UNIT:
        return one.name.removesuffix("z") == other.name.removesuffix("z")
    return (one.kind, one.name) == (other.kind, other.name) and one.kind != "loss"


@dataclass(frozen=True)
class Factor:
    """A symbol in LaTeX, its value, and the item it stands for."""

    symbol: str
    value: float
    item: Item | None = None


@dataclass(frozen=True)
class Term:
    """A product; `item` is what a click on it opens, if something lies below it. label: for terms that are rows."""

    factors: tuple[Factor, ...]
    value: float
    item: Item | None = None
    label: str = ""


@dataclass(frozen=True)
class Equation:
    """symbol = formula = Σ terms = value, in LaTeX; terms from the largest to the smallest.

    row: of which row of the batch it is; None for the whole batch. sentence: what the number is, in words.
    more: how many terms are left out because they are small; rest: what they come to together.
    """

    item: Item
    symbol: str
    formula: str
    terms: tuple[Term, ...]
    value: float
    sentence: str = ""
    row: int | None = None
    more: int = 0
    rest: float = 0.0

    @property
    def total(self) -> float:
        """What all terms come to, those that are left out included."""
        return math.fsum([*(term.value for term in self.terms), self.rest])


def by_size(terms: list[Term]) -> tuple[Term, ...]:
    """From the largest to the smallest, whatever the sign."""
    return tuple(sorted(terms, key=lambda term: -abs(term.value)))


@dataclass(frozen=True)
class Sum:
    """A sum of many terms, of which the largest are written out: values of any shape, and the term at a flat place.

    Terms that are 0 because nothing is there are no terms.
    """

    values: Array
    term: Callable[[int], Term]
    others: Sequence[Term] = ()

    def largest(self) -> tuple[tuple[Term, ...], int, float]:
        """(the largest terms, how many are left out, what those come to)."""
        values = np.asarray(self.values, float).reshape(-1)
        kept = np.arange(len(values))
        if len(values) > _MOST_TERMS:
            kept = np.argpartition(-np.abs(values), _MOST_TERMS)[:_MOST_TERMS]
        terms = [*self.others, *(self.term(int(place)) for place in kept)]
        out = np.ones(len(values), bool)
        out[kept] = False
        return by_size(terms), int(out.sum()), math.fsum(values[out].tolist())


def number(value: float, digits: int = 4) -> str:
    """A number in LaTeX: as many digits at every size, a true minus, powers of ten where they are shorter."""
    if value != value:
        return r"\text{NaN}"
    if value in (float("inf"), float("-inf")):
        return r"\infty" if value > 0 else r"-\infty"
    if value and not 1e-3 <= abs(value) < 1e5:
        mantissa, _e, exponent = f"{value:.{digits - 2}e}".partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return f"{value:.{digits}g}" if abs(value) >= 1000 or value == int(value) else f"{value:.{digits}f}"


def place(index: tuple[int, ...]) -> str:
    """An index as people count: (0, 2) -> "1,3"."""
    return ",".join(str(i + 1) for i in index)


def symbol(letter: str, layer: int, index: tuple[int, ...]) -> str:
    """A letter with its layer above and its place below; the input's letter is x."""
    return sign_of("x", "", index) if layer < 0 else sign_of(letter, str(layer + 1), index)


def sign_of(letter: str, layer: str, index: tuple[int, ...] = ()) -> str:
    """A letter with what stands above and below it."""
    above = f"^{{({layer})}}" if layer else ""
    return letter + above + (f"_{{{place(index)}}}" if index else "")

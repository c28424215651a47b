"""What the microscope shows: numbers that can be picked, and the equations they come from, with live values.

An equation says one number three ways: as a formula, as the sum of its terms, and as what it comes to. A term is a
product of factors; factors and terms know which item of the network they are, so that each can light the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["weight", "unit", "delta", "upstream", "loss", "layer", "prediction", "target"]


@dataclass(frozen=True)
class Item:
    """One number of a network, or a layer as a whole.

    kind: "weight" for any array of the layer by name; "unit" for an output of the layer, "delta" for ∂L/∂z there,
    "upstream" for ∂L/∂a; layer -1 is the input. index: of the number within one row, or within the weight.
    row: its place in the batch; None where it is of the whole batch.
    """

    kind: Kind
    layer: int = -1
    name: str = ""
    index: tuple[int, ...] = ()
    row: int | None = None


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

    row: of which row of the batch it is; None for the whole batch. function: where the sum is an argument, as in
    f(Σ …), the function's LaTeX with `{}` for it. sentence: what the number is, in words.
    """

    item: Item
    symbol: str
    formula: str
    terms: tuple[Term, ...]
    value: float
    sentence: str = ""
    row: int | None = None
    below: tuple[Item, ...] = ()

    def largest(self, count: int) -> tuple[tuple[Term, ...], float]:
        """(the terms that matter most, what all others come to together)."""
        rest = sum(term.value for term in self.terms[count:])
        return self.terms[:count], rest


def by_size(terms: list[Term]) -> tuple[Term, ...]:
    """From the largest to the smallest, whatever the sign."""
    return tuple(sorted(terms, key=lambda term: -abs(term.value)))


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
    if layer < 0:
        return rf"x_{{{place(index)}}}"
    return rf"{letter}^{{({layer + 1})}}_{{{place(index)}}}"

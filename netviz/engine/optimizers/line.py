"""How an optimizer says what it did: each number of an update as a line, symbol = formula = sum of products.

The lines are computed in float64 from what the update began with, so they are the rule said a second time; that both
say the same is tested for every optimizer.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from netviz.arrays import Array
from netviz.i18n import _

Factor = tuple[str, Any]  # a symbol in LaTeX, and a number or one for each weight
Product = tuple[Factor, ...]


class Line(NamedTuple):
    """symbol = formula = Σ products = value, in LaTeX; a value is a number or one for each weight.

    sentence: what it is, in words. slot: the name of the slot whose new value it is, "" where it is none.
    """

    symbol: str
    formula: str
    products: tuple[Product, ...]
    value: Array
    sentence: str
    slot: str = ""


def line(symbol: str, formula: str, *products: Product, sentence: str = "", slot: str = "") -> Line:
    """A line whose value is the sum of its products."""
    with np.errstate(all="ignore"):
        value = sum((multiplied(product) for product in products), np.zeros(()))
    return Line(symbol, formula, products, np.asarray(value), sentence, slot)


def multiplied(product: Product) -> Array:
    """What a product comes to."""
    result: Any = 1.0
    for _symbol, factor in product:
        result = result * factor
    return np.asarray(result, float)


def one_over(root: Any) -> Array:
    """1/x, infinite where x is 0."""
    with np.errstate(all="ignore"):
        return np.asarray(1 / np.asarray(root, float))


def bias_correction(beta_1: float, beta_2: float, t: int) -> Line:
    """√(1 − β₂ᵗ)/(1 − β₁ᵗ)."""
    above, below = math.sqrt(1 - beta_2**t), 1 / (1 - beta_1**t)
    return line(
        "c", r"\frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}",
        ((r"\sqrt{1 - \beta_2^t}", above), (r"1 / (1 - \beta_1^t)", below)),
        sentence=_("Bias correction: m and v began at 0; t = {t}.").format(t=t),
    )  # fmt: skip

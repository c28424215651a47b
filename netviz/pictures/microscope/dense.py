"""The mathematics of a dense layer: z = Σ x·w + b, ∂L/∂w = Σ x·δ, ∂L/∂x = Σ w·δ."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers import Dense
from netviz.i18n import _
from netviz.pictures.microscope.anatomy import (
    Anatomy,
    below_of,
    delta,
    deltas,
    explains,
    given,
    output_of,
    product,
    row_of,
    weight,
)
from netviz.pictures.microscope.equation import Equation, Sum, Term
from netviz.pictures.microscope.slide import Index, Slide


@explains(Dense)
class OfDense(Anatomy):
    """Along the last axis; places before it (as in a sequence) share the weights."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        *where, j = index

        def term(i: int) -> Term:
            a = given(slide, (*where, i), row)
            return product(a, weight(slide, "kernel", (i, j)), opens=a.item)

        bias = [product(weight(slide, "bias", (j,)), label=_("bias"))] if "bias" in slide.weights else []
        products = slide.input[(row, *where)].astype(float) * slide.weights["kernel"][:, j]
        formula = rf"\sum_i a_i \, w_{{i,{j + 1}}}" + (f" + b_{{{j + 1}}}" if bias else "")
        sentence = _("Each input times its weight, and the bias.")
        return output_of(slide, index, row, formula, Sum(products, term, bias), sentence)

    def shares(self, slide: Slide, name: str, index: Index) -> Array:
        products = deltas(slide)[..., index[-1]]  # (rows, ...)
        products = products if name == "bias" else products * slide.input[..., index[0]]
        return np.asarray(products.reshape(slide.rows, -1).sum(1))

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation:
        places = list(np.ndindex(*slide.shape[:-1]))

        def term(number: int) -> Term:
            here = delta(slide, (*places[number], index[-1]), row)
            return product(here) if name == "bias" else product(given(slide, (*places[number], index[0]), row), here)

        products = deltas(slide)[row, ..., index[-1]]
        products = products if name == "bias" else products * slide.input[row, ..., index[0]]
        mark = slide.sign(r"\delta", index[-1:])
        if len(places) > 1:
            mark = rf"\sum_t {mark}" if name == "bias" else rf"\sum_t a_{{t,{index[0] + 1}}} \cdot {mark}"
        elif name != "bias":
            mark = rf"{slide.given_sign(index[:1])} \cdot {mark}"
        sentence = _("What came in times what the loss wants of z.") if name != "bias" else _("What the loss wants of z.")
        return row_of(slide, name, index, row, mark, Sum(products, term), sentence)

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        *where, i = index

        def term(k: int) -> Term:
            return product(weight(slide, "kernel", (i, k)), delta(slide, (*where, k), row))

        products = slide.weights["kernel"][i] * deltas(slide)[(row, *where)]
        formula = rf"\sum_k w_{{{i + 1},k}} \, \delta_k"
        sentence = _("Each unit above hands down its delta through the weight that leads to it.")
        return below_of(slide, index, row, formula, Sum(products, term), sentence)

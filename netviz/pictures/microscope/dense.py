"""The mathematics of a dense layer: z = Σ x·w + b, ∂L/∂w = Σ x·δ, ∂L/∂x = Σ w·δ."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers import Dense
from netviz.i18n import _
from netviz.pictures.microscope.anatomy import (
    Anatomy,
    Index,
    delta_at,
    explains,
    given,
    handed_down,
    rows_of,
    weight_symbol,
)
from netviz.pictures.microscope.equation import Equation, Factor, Item, Term, by_size, symbol
from netviz.pictures.microscope.slide import Slide


@explains(Dense)
class OfDense(Anatomy):
    """Along the last axis; places before it (as in a sequence) share the weights."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        *where, j = index
        x, kernel = slide.input[(row, *where)], slide.weights["kernel"]
        terms = []
        for i in range(len(x)):
            w = Factor(weight_symbol(slide, "kernel", (i, j)), float(kernel[i, j]), _weight(slide, "kernel", (i, j)))
            a = given(slide, (*where, i), row, float(x[i]))
            terms.append(Term((a, w), a.value * w.value, a.item))
        if "bias" in slide.weights:
            b = Factor(weight_symbol(slide, "bias", (j,)), float(slide.weights["bias"][j]), _weight(slide, "bias", (j,)))
            terms.append(Term((b,), b.value, b.item, _("bias")))
        formula = rf"\sum_i {symbol('a', slide.layer - 1, (*where,))[:-1]}i}} \, w_{{i,{j + 1}}} + b_{{{j + 1}}}"
        z = float(slide.memory["z"][(row, *index)])
        sentence = _("Each input times its weight, and the bias.")
        return Equation(Item("unit", slide.layer, "z", index, row), symbol("z", slide.layer, index), formula,
                        by_size(terms), z, sentence, row)  # fmt: skip

    def weight(self, slide: Slide, name: str, index: Index) -> Equation:
        gradient = slide.frame.batch.data_gradients if slide.frame.batch else None
        value = gradient[slide.layer][name][index] if gradient is not None else np.array(np.nan)
        return rows_of(slide, name, index, value, self._shares(slide, name, index))

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation:
        terms = []
        for where in np.ndindex(*slide.network.shapes[slide.layer][:-1]):
            delta = handed_down(slide, (*where, index[-1]), row, delta_at(slide, (*where, index[-1]), row))
            if name == "bias":
                terms.append(Term((delta,), delta.value, delta.item))
                continue
            x = given(slide, (*where, index[0]), row, float(slide.input[(row, *where, index[0])]))
            terms.append(Term((x, delta), x.value * delta.value, delta.item))
        mark = weight_symbol(slide, name, index)
        delta_mark = symbol(r"\delta", slide.layer, index[-1:])
        formula = delta_mark if name == "bias" else rf"{symbol('a', slide.layer - 1, index[:1])} \cdot {delta_mark}"
        sentence = _("What came in times what the loss wants of z.") if name != "bias" else _("What the loss wants of z.")
        return Equation(Item("weight", slide.layer, name, index, row), rf"g\left({mark}\right)", formula, by_size(terms),
                        sum(term.value for term in terms), sentence, row)  # fmt: skip

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        *where, i = index
        kernel = slide.weights["kernel"]
        terms = []
        for k in range(kernel.shape[1]):
            w = Factor(weight_symbol(slide, "kernel", (i, k)), float(kernel[i, k]), _weight(slide, "kernel", (i, k)))
            delta = handed_down(slide, (*where, k), row, delta_at(slide, (*where, k), row))
            terms.append(Term((w, delta), w.value * delta.value, delta.item))
        mark = rf"\frac{{\partial L}}{{\partial {symbol('a', slide.layer - 1, index)}}}"
        formula = rf"\sum_k w_{{{i + 1},k}} \, \delta^{{({slide.layer + 1})}}_{{k}}"
        sentence = _("Each unit above hands down its delta through the weight that leads to it.")
        return Equation(Item("upstream", slide.layer - 1, "", index, row), mark, formula, by_size(terms),
                        sum(term.value for term in terms), sentence, row)  # fmt: skip

    def _shares(self, slide: Slide, name: str, index: Index) -> Array:
        """What each row contributes, (rows,)."""
        if slide.delta is None:
            return np.full(slide.rows, np.nan)
        delta = slide.delta[..., index[-1]]  # (rows, ...)
        products = delta if name == "bias" else delta * slide.input[..., index[0]]
        return np.asarray(products.reshape(slide.rows, -1).sum(1))


def _weight(slide: Slide, name: str, index: Index) -> Item:
    return Item("weight", slide.layer, name, index)

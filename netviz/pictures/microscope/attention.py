"""Attention under the microscope: which steps were looked at, and how the loss comes back to queries, keys and values.

What the layer computes within: "query", "key", "value" and "heads" with index (head, step, number); "attention" and what
it is a softmax of, "scores", with index (head, step that looks, step looked at); "d ..." are their gradients.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers import MultiHeadAttention
from netviz.i18n import _
from netviz.pictures.microscope.anatomy import (
    Anatomy,
    alone,
    below_of,
    delta,
    deltas,
    explains,
    given,
    output_of,
    part,
    part_of,
    product,
    row_of,
    weight,
)
from netviz.pictures.microscope.equation import Equation, Factor, Sum, Term
from netviz.pictures.microscope.slide import Index, Slide

_LETTERS = {"query": "q", "key": "k", "value": "v", "heads": "o", "attention": "A", "scores": "S", "looked": "A"}
_PARTS = ("query", "key", "value")


@explains(MultiHeadAttention)
class OfAttention(Anatomy):
    """y = Σ o·w, o = Σ A·v, A = softmax(q·k/√d)."""

    within = ("attention", *_PARTS, "heads")

    # ----------------------------------------------------------------------------------------------- the numbers

    def _array(self, slide: Slide, name: str) -> Array:
        """(rows, heads, steps, number), whatever the memory's order."""
        return slide.once(f"attention: {name}", lambda: self._made(slide, name))

    def _made(self, slide: Slide, name: str) -> Array:
        if name == "scores":  # overwritten by their softmax in the engine
            scores = np.matmul(self._array(slide, "query"), self._array(slide, "key").swapaxes(2, 3))
            return np.asarray(scores * self._scale(slide))
        if name.startswith("d "):
            found = slide.notes.get(name)
            if found is None:
                return np.full(self._array(slide, name[2:] if name != "d looked" else "attention").shape, np.nan)
        else:
            found = slide.memory[name]
        array = np.asarray(found, float)
        return array.swapaxes(1, 2) if name.endswith("heads") else array

    def _factor(self, slide: Slide, name: str, index: Index, row: int) -> Factor:
        letter = _LETTERS[name.removeprefix("d ")]
        mark = rf"\partial {letter}" if name.startswith("d ") else letter
        return part(slide, mark, name, index, row, float(self._array(slide, name)[(row, *index)]))

    @staticmethod
    def _scale(slide: Slide) -> float:
        assert isinstance(slide.settings, MultiHeadAttention)
        return 1 / math.sqrt(slide.settings.key_dim)

    def _dropped(self, slide: Slide, index: Index, row: int) -> tuple[Factor, ...]:
        mask = slide.memory.get("dropped")
        return () if mask is None else (Factor("m", float(mask[(row, *index)])),)

    def _thinned(self, slide: Slide) -> Array | float:
        mask = slide.memory.get("dropped")
        return 1.0 if mask is None else np.asarray(mask, float)

    # ------------------------------------------------------------------------------------------------- contract

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        t, f = index
        kernel = slide.weight("attention_output/kernel")  # (heads, width, features)
        products = self._array(slide, "heads")[row, :, t] * kernel[..., f]

        def term(number: int) -> Term:
            h, d = divmod(number, kernel.shape[1])
            o = self._factor(slide, "heads", (h, t, d), row)
            return product(o, weight(slide, "attention_output/kernel", (h, d, f)), opens=o.item)

        bias = self._bias(slide, "attention_output", (f,))
        formula = r"\sum_{h,d} o_{h,d} \, w_{h,d}" + (" + b" if bias else "")
        sentence = _("What each head has looked up, times its weight.")
        return output_of(slide, index, row, formula, Sum(products, term, bias), sentence)

    def _bias(self, slide: Slide, name: str, index: Index) -> list[Term]:
        there = "bias" in slide.weights[name]
        return [product(weight(slide, f"{name}/bias", index), label=_("bias"))] if there else []

    def _products(self, slide: Slide, name: str, index: Index) -> Array:
        """What each step contributes to a weight's gradient, (rows, steps)."""
        which, kind = name.split("/")
        if which == "attention_output":
            d = deltas(slide)[..., index[-1]]
            return d if kind == "bias" else d * self._array(slide, "heads")[:, index[0], :, index[1]]
        d = self._array(slide, f"d {which}")[:, index[-2], :, index[-1]]
        return d if kind == "bias" else d * slide.input[..., index[0]]

    def shares(self, slide: Slide, name: str, index: Index) -> Array:
        return np.asarray(self._products(slide, name, index).sum(1))

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation:
        which, kind = name.split("/")

        def term(t: int) -> Term:
            label = _("step {n}").format(n=t + 1)
            if which == "attention_output":
                here = delta(slide, (t, index[-1]), row)
                o = () if kind == "bias" else (self._factor(slide, "heads", (index[0], t, index[1]), row),)
                return product(*o, here, label=label)
            d = self._factor(slide, f"d {which}", (index[-2], t, index[-1]), row)
            x = () if kind == "bias" else (given(slide, (t, index[0]), row),)
            return product(*x, d, label=label)

        letter = r"\delta" if which == "attention_output" else rf"\partial {_LETTERS[which]}"
        fed = "" if kind == "bias" else "o_t \\, " if which == "attention_output" else "x_t \\, "
        sentence = _("The same weight at all {n} steps: what came in times what is asked of what it makes.")
        words = sentence.format(n=slide.shape[0])
        total = Sum(self._products(slide, name, index)[row], term)
        return row_of(slide, name, index, row, rf"\sum_t {fed}{letter}_t", total, words)

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        t, f = index
        kernels = [slide.weight(f"{name}/kernel")[f] for name in _PARTS]  # (heads, width)
        parts = [kernel * self._array(slide, f"d {name}")[row, :, t] for name, kernel in zip(_PARTS, kernels, strict=True)]
        ends = np.cumsum([part.size for part in parts])

        def term(number: int) -> Term:
            which = int(np.searchsorted(ends, number, side="right"))
            within = number - (int(ends[which - 1]) if which else 0)
            h, d = divmod(within, kernels[which].shape[1])
            name = _PARTS[which]
            return product(weight(slide, f"{name}/kernel", (f, h, d)), self._factor(slide, f"d {name}", (h, t, d), row))

        sentence = _("The step is asked as a query, as a key and as a value; all three come back to it.")
        total = Sum(np.concatenate([part.reshape(-1) for part in parts]), term)
        formula = r"\sum w_q \, \partial q + \sum w_k \, \partial k + \sum w_v \, \partial v"
        return below_of(slide, index, row, formula, total, sentence)

    # ----------------------------------------------------------------------------------------------------- parts

    def arrays(self, slide: Slide) -> Mapping[str, Array]:
        return {name: self._array(slide, name) for name in self.within}

    def part(self, slide: Slide, name: str, index: Index, row: int) -> Equation | None:
        if name.startswith("d ") and slide.delta is None or name.removeprefix("d ") not in _LETTERS:
            return None
        if name in _PARTS:
            return self._projected(slide, name, index, row)
        write: Any = getattr(self, f"_{name.replace(' ', '_')}", None)
        found: Equation | None = write(slide, index, row) if write is not None else None
        return found

    def _told(
        self, slide: Slide, name: str, index: Index, row: int, formula: str, total: Sum, sentence: str
    ) -> Equation:
        made = self._factor(slide, name, index, row)
        letter = _LETTERS[name.removeprefix("d ")]
        mark = rf"\partial {letter}" if name.startswith("d ") else letter
        return part_of(slide, mark, name, index, row, made.value, formula, total, sentence)

    def _projected(self, slide: Slide, name: str, index: Index, row: int) -> Equation:
        h, t, d = index
        kernel = slide.weight(f"{name}/kernel")[:, h, d]

        def term(i: int) -> Term:
            x = given(slide, (t, i), row)
            return product(x, weight(slide, f"{name}/kernel", (i, h, d)), opens=x.item)

        bias = self._bias(slide, name, (h, d))
        words = {
            "query": _("What the step asks for."), "key": _("What the step offers to be found by."),
            "value": _("What the step gives to those that look at it."),
        }  # fmt: skip
        formula = r"\sum_i x_{t,i} \, w_i" + (" + b" if bias else "")
        return self._told(slide, name, index, row, formula, Sum(slide.input[row, t] * kernel, term, bias), words[name])

    def _heads(self, slide: Slide, index: Index, row: int) -> Equation:
        h, t, d = index
        values = (self._array(slide, "attention") * self._thinned(slide))[row, h, t] * self._array(slide, "value")[row, h, :, d]

        def term(j: int) -> Term:
            a = self._factor(slide, "attention", (h, t, j), row)
            return product(*self._dropped(slide, (h, t, j), row), a, self._factor(slide, "value", (h, j, d), row), opens=a.item)

        sentence = _("The values of all steps, each as much as it is looked at.")
        return self._told(slide, "heads", index, row, r"\sum_j A_{t,j} \, v_j", Sum(values, term), sentence)

    def _attention(self, slide: Slide, index: Index, row: int) -> Equation:
        """A probability: e^S over the sum of all; what is hidden is 0."""
        scores = self._array(slide, "scores")[(row, *index[:2])]
        a = float(self._array(slide, "attention")[(row, *index)])
        score = part(slide, "S", "scores", index, row, float(scores[index[2]]))
        formula = r"\frac{e^{S}}{\sum_j e^{S_j}}"
        sentence = _("How much step {i} looks at step {j}: a softmax over the {n} steps.")
        words = sentence.format(i=index[1] + 1, j=index[2] + 1, n=len(scores))
        mask = slide.inside.pairs[0][1].mask
        if mask is not None and not (mask[row, index[1]] and mask[row, index[2]]):
            words = _("One of the two steps is padding: it is not looked at.")
        total = alone(Term((Factor(formula, a, score.item),), a, score.item))
        return self._told(slide, "attention", index, row, formula, total, words)

    def _scores(self, slide: Slide, index: Index, row: int) -> Equation:
        h, i, j = index
        q, k, scale = self._array(slide, "query")[row, h, i], self._array(slide, "key")[row, h, j], self._scale(slide)

        def term(d: int) -> Term:
            left, right = self._factor(slide, "query", (h, i, d), row), self._factor(slide, "key", (h, j, d), row)
            return product(Factor(r"1/\sqrt{d}", scale), left, right)

        words = _("How well what one step asks for fits what the other offers.")
        return self._told(slide, "scores", index, row, r"\frac{q \cdot k}{\sqrt{d}}", Sum(q * k * scale, term), words)

    # ------------------------------------------------------------------------------------------------- gradients

    def _d_heads(self, slide: Slide, index: Index, row: int) -> Equation:
        h, t, d = index
        kernel = slide.weight("attention_output/kernel")[h, d]

        def term(f: int) -> Term:
            return product(weight(slide, "attention_output/kernel", (h, d, f)), delta(slide, (t, f), row))

        words = _("What the outputs want of what the head looked up.")
        total = Sum(kernel * deltas(slide)[row, t], term)
        return self._told(slide, "d heads", index, row, r"\sum_f w_f \, \delta_f", total, words)

    def _d_value(self, slide: Slide, index: Index, row: int) -> Equation:
        h, j, d = index
        a = (self._array(slide, "attention") * self._thinned(slide))[row, h, :, j]

        def term(i: int) -> Term:
            looks = self._factor(slide, "attention", (h, i, j), row)
            return product(*self._dropped(slide, (h, i, j), row), looks, self._factor(slide, "d heads", (h, i, d), row))

        words = _("From every step that looked at this one, as much as it did.")
        total = Sum(a * self._array(slide, "d heads")[row, h, :, d], term)
        return self._told(slide, "d value", index, row, r"\sum_i A_{i,j} \, \partial o_i", total, words)

    def _d_looked(self, slide: Slide, index: Index, row: int) -> Equation:
        h, i, j = index
        values = self._array(slide, "d heads")[row, h, i] * self._array(slide, "value")[row, h, j]

        def term(d: int) -> Term:
            value = self._factor(slide, "value", (h, j, d), row)
            return product(value, self._factor(slide, "d heads", (h, i, d), row))

        words = _("What looking more at that step would have changed.")
        return self._told(slide, "d looked", index, row, r"\sum_d v_d \, \partial o_d", Sum(values, term), words)

    def _d_scores(self, slide: Slide, index: Index, row: int) -> Equation:
        """∂L/∂(q·k) = Σₗ Aₗ·([l = j] − Aⱼ)·∂L/∂Aₗ/√d."""
        h, i, j = index
        a, thinned = self._array(slide, "attention")[row, h, i], self._thinned(slide)
        m = 1.0 if isinstance(thinned, float) else thinned[row, h, i]
        slopes = a * ((np.arange(len(a)) == j) - a[j]) * self._scale(slide)

        def term(k: int) -> Term:
            slope = Factor(rf"\partial A_{{{k + 1}}} / \partial (q k)", float(slopes[k]))
            return product(slope, *self._dropped(slide, (h, i, k), row), self._factor(slide, "d looked", (h, i, k), row))

        words = _("In a softmax every probability depends on every score.")
        total = Sum(slopes * m * self._array(slide, "d looked")[row, h, i], term)
        formula = r"\sum_l A_l \, ([l = j] - A_j) \, \frac{\partial A_l}{\sqrt{d}}"
        return self._told(slide, "d scores", index, row, formula, total, words)

    def _d_query(self, slide: Slide, index: Index, row: int) -> Equation:
        return self._matched(slide, "d query", "key", index, row, _("From the scores of this query with every key."))

    def _d_key(self, slide: Slide, index: Index, row: int) -> Equation:
        return self._matched(slide, "d key", "query", index, row, _("From the scores of this key with every query."))

    def _matched(self, slide: Slide, name: str, other: str, index: Index, row: int, words: str) -> Equation:
        h, t, d = index
        scores = self._array(slide, "d scores")[row, h]
        line = scores[t] if name == "d query" else scores[:, t]

        def term(j: int) -> Term:
            pair = (h, t, j) if name == "d query" else (h, j, t)
            partner = self._factor(slide, other, (h, j, d), row)
            return product(partner, self._factor(slide, "d scores", pair, row))

        total = Sum(line * self._array(slide, other)[row, h, :, d], term)
        return self._told(slide, name, index, row, rf"\sum_j {_LETTERS[other]}_j \, \partial S_j", total, words)

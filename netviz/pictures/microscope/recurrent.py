"""Recurrent layers under the microscope: ∂L/∂w is a sum over the time steps, each δ_t times what the step was fed.

What a layer computes within is found by step: "h" its states and "c" its carries, from before the first step on; "a" its
gates and "z" what they are a function of; "dz", "dh" and "dc" their gradients. Index (t, number): a gate's units follow
those of the gate before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.engine.activations import Activation as Function
from netviz.engine.layers import SimpleRNN
from netviz.i18n import _
from netviz.pictures.microscope.anatomy import (
    Anatomy,
    alone,
    below_of,
    delta,
    explains,
    given,
    part_of,
    product,
    row_of,
    weight,
)
from netviz.pictures.microscope.equation import Equation, Factor, Sum, Term
from netviz.pictures.microscope.functions import derivative, formula_of, title_of
from netviz.pictures.microscope.slide import Index, Slide
from netviz.pictures.microscope.steps import LETTERS, Steps


class OfRecurrent(Anatomy):
    """What SimpleRNN, LSTM and GRU have in common: kernels used at every step, and the way from step to step."""

    within: tuple[str, ...] = ("h",)

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        steps = Steps(slide)
        t, unit = (index[0] + 1, index[1]) if len(index) == 2 else (steps.count, index[0])
        found = self.part(slide, "h", (t, unit), row)
        assert found is not None
        return replace(found, item=slide.item("unit", "", index, row), symbol=slide.sign("a", index))

    # ------------------------------------------------------------------------------------------------- gradients

    def _fed(self, steps: Steps, name: str, index: Index) -> tuple[Array, str]:
        """What an entry of a weight is multiplied by at each step (rows, steps), and which gradient by."""
        slide, j = steps.slide, index[-1]
        gate = j // steps.units
        if name == "kernel":
            x = slide.input[..., index[0]].astype(float)
            x = x[:, ::-1] if steps.settings.go_backwards else x
            return x * steps.masks("inputs", index[0], gate), "dz"
        if name == "recurrent_kernel":
            return steps.h[:, :-1, index[0]].astype(float) * steps.masks("states", index[0], gate), "dz"
        return np.ones((slide.rows, steps.count)), "dz"

    def _gradient(self, steps: Steps, name: str, j: int) -> Array:
        """The noted gradient of each step, (rows, steps)."""
        found = steps.slide.notes.get(name)
        at = j - 2 * steps.units if name == "d recalled" else j
        return np.full((steps.slide.rows, steps.count), np.nan) if found is None else found[..., at].astype(float)

    def shares(self, slide: Slide, name: str, index: Index) -> Array:
        steps = Steps(slide)
        fed, gradient = self._fed(steps, name, index)
        return np.asarray((fed * self._gradient(steps, gradient, index[-1])).sum(1))

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation:
        steps = Steps(slide)
        fed, gradient = self._fed(steps, name, index)
        values = fed[row] * self._gradient(steps, gradient, index[-1])[row]

        def term(t: int) -> Term:
            at = index[-1] - 2 * steps.units if gradient == "d recalled" else index[-1]
            d = steps.noted_part(gradient, t, at, row)
            return product(*self._factors(steps, name, index, t, row), d, label=_("step {n}").format(n=steps.read(t) + 1))

        letter = LETTERS[gradient]
        formula = {"kernel": rf"\sum_t x_t \, {letter}_t", "recurrent_kernel": rf"\sum_t h_{{t-1}} \, {letter}_t"}
        sentence = _("The same weight at all {n} steps: what came in times what the loss wants of z then.")
        if name == "recurrent_kernel":
            sentence = _("The same weight at all {n} steps: the state before times what the loss wants of z then.")
        if "kernel" not in name:
            sentence = _("The same bias at all {n} steps: what the loss wants of z then.")
        mark, words = formula.get(name, rf"\sum_t {letter}_t"), sentence.format(n=steps.count)
        words = self._gate_words(steps, index[-1]) + words
        return row_of(slide, name, index, row, mark, Sum(values, term), words)

    def _factors(self, steps: Steps, name: str, index: Index, t: int, row: int) -> tuple[Factor, ...]:
        """What an entry of a weight is multiplied by at a step."""
        gate = index[-1] // steps.units
        if name == "kernel":
            x = given(steps.slide, (steps.read(t), index[0]), row)
            return (*steps.dropped("inputs", row, index[0], gate), x)
        if name == "recurrent_kernel":
            return (*steps.dropped("states", row, index[0], gate), steps.state(t, index[0], row))
        return ()

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        steps, (when, feature) = Steps(slide), index
        t, kernel = steps.read(when), slide.weights["kernel"][feature]

        def term(j: int) -> Term:
            m = steps.dropped("inputs", row, feature, j // steps.units)
            return product(*m, weight(slide, "kernel", (feature, j)), steps.noted_part("dz", t, j, row))

        values = np.array([term(j).value for j in range(len(kernel))])
        sentence = _("What the step's gates hand down through the weights that led to them.")
        return below_of(slide, index, row, r"\sum_k w_k \, \delta_{t,k}", Sum(values, term), sentence)

    # ----------------------------------------------------------------------------------------------------- parts

    def arrays(self, slide: Slide) -> Mapping[str, Array]:
        kept = {"h": "states", "c": "carries", "a": "gates"}
        return {name: slide.memory[kept[name]] for name in self.within}

    def part(self, slide: Slide, name: str, index: Index, row: int) -> Equation | None:
        steps = Steps(slide)
        t, number = index
        if name not in LETTERS or name[0] == "d" and slide.delta is None:
            return None
        if name == "h" and (t == 0 or steps.still(t - 1, row)):
            return self._same(steps, name, t, number, row)
        write: Any = getattr(self, f"_{name.replace(' ', '_')}", None)
        found: Equation | None = write(steps, t, number, row) if write is not None else None
        return found

    def _same(self, steps: Steps, name: str, t: int, number: int, row: int) -> Equation:
        """A state before the first step, or after a step that is padding."""
        if t == 0:
            return self._told(steps, name, 0, number, row, 0.0, "0", alone(), _("Before the first step everything is 0."))
        before = steps.part(name, t - 1, number, row, self._held(steps, name)[row, t - 1, number])
        words = _("The step is padding: it stays as it was.")
        return self._told(steps, name, t, number, row, None, before.symbol, alone(product(before)), words)

    def _held(self, steps: Steps, name: str) -> Array:
        return np.asarray(steps.h)

    gates: ClassVar[tuple[str, ...]] = ()  # their names, marked for translation

    def _gate_words(self, steps: Steps, number: int) -> str:
        """Which gate and unit a number of the kernels is of."""
        if not self.gates:
            return ""
        gate, unit = divmod(number, steps.units)
        return _("{gate}, unit {n}.").format(gate=_(self.gates[gate]), n=unit + 1) + " "

    def _told(
        self, steps: Steps, name: str, t: int, number: int, row: int, value: float | None, formula: str, total: Sum,
        sentence: str,
    ) -> Equation:  # fmt: skip
        """A part's equation, which says of which step it is."""
        step = t - 1 if name in ("h", "c") else t
        place = _("Step {n}.").format(n=steps.read(step) + 1) + " " if 0 <= step < steps.count else ""
        if name in ("a", "z", "dz"):
            place += self._gate_words(steps, number)
        return part_of(steps.slide, LETTERS[name], name, (t, number), row, value, formula, total, place + sentence)

    def _z(self, steps: Steps, t: int, j: int, row: int) -> Equation:
        """z_t = x_t·W + h_{t−1}·U + b."""
        return self._told(
            steps, "z", t, j, row, None, r"\sum_i x_{t,i} \, w_i + \sum_k h_{t-1,k} \, u_k + b",
            alone(*self._from_input(steps, t, j, row), *self._from_state(steps, t, j, row)),
            _("What comes in and the state before, each times its weight."),
        )  # fmt: skip

    def _from_input(self, steps: Steps, t: int, j: int, row: int) -> list[Term]:
        slide, terms = steps.slide, []
        for i in range(slide.shape[-1]):
            x = given(slide, (steps.read(t), i), row)
            m = steps.dropped("inputs", row, i, j // steps.units)
            terms.append(product(*m, x, weight(slide, "kernel", (i, j)), opens=x.item))
        if steps.settings.use_bias:
            terms.append(product(weight(slide, "bias", self._bias_at(steps, 0, j)), label=_("bias")))
        return terms

    def _bias_at(self, steps: Steps, side: int, j: int) -> Index:
        return (j,)

    def _from_state(self, steps: Steps, t: int, j: int, row: int) -> list[Term]:
        terms = []
        for k in range(steps.units):
            h, m = steps.state(t, k, row), steps.dropped("states", row, k, j // steps.units)
            terms.append(product(*m, h, weight(steps.slide, "recurrent_kernel", (k, j)), opens=h.item))
        return terms

    def _dh(self, steps: Steps, t: int, unit: int, row: int) -> Equation:
        """∂L/∂h_t = ∂L/∂y_t + what step t + 1 hands back."""
        terms, slide = [], steps.slide
        if steps.settings.return_sequences:
            terms.append(product(delta(slide, (t, unit), row), label=_("output")))
        elif t == steps.count - 1:
            terms.append(product(delta(slide, (unit,), row), label=_("output")))
        if t + 1 < steps.count:
            if steps.still(t + 1, row):
                terms.append(product(steps.noted_part("dh", t + 1, unit, row)))
            else:
                terms += self._back(steps, t + 1, unit, row)
        words = _("From the output, and back in time from the step after.")
        value = steps.noted("dh", t, row, unit)
        formula = r"\frac{\partial L}{\partial y_t} + \sum_k u_k \, \delta_{t+1,k}"
        return self._told(steps, "dh", t, unit, row, value, formula, alone(*terms), words)

    def _back(self, steps: Steps, t: int, unit: int, row: int) -> list[Term]:
        """What step t hands back to the state before it."""
        count = steps.slide.weights["recurrent_kernel"].shape[1]
        return [self._through_weight(steps, t, unit, j, row, "dz", j) for j in range(count)]

    def _through_weight(self, steps: Steps, t: int, unit: int, j: int, row: int, name: str, at: int) -> Term:
        m = steps.dropped("states", row, unit, j // steps.units)
        return product(*m, weight(steps.slide, "recurrent_kernel", (unit, j)), steps.noted_part(name, t, at, row))

    # ------------------------------------------------------------------------------------------------- functions

    def _value(self, steps: Steps, name: str, t: int, j: int, row: int, a: float, function: Function) -> Equation:
        """a = f(z)."""
        z = steps.part("z", t, j, row, a)
        formula = formula_of(function)[0].format(z=z.symbol)
        total = alone(Term((Factor(formula, a, z.item),), a, z.item))
        words = title_of(function, steps.settings)
        return self._told(steps, name, t + (name == "h"), j % steps.units if name == "h" else j, row, a, formula, total, words)

    def _slopes(
        self, steps: Steps, t: int, j: int, row: int, function: Function, others: Any
    ) -> Equation:
        """δ = f′(z)·(what is asked of a): others(unit) are the factors of what is asked of a gate's unit."""
        block = j // steps.units * steps.units
        a = np.asarray(self._activated(steps)[row, t, block : block + steps.units], float)[None]
        kept = steps.slide.memory.get("preactivations")
        z = a if kept is None else np.asarray(kept[row, t, block : block + steps.units], float)[None]
        value = steps.noted("dz", t, row, j)
        words = _("The slope of the function times what is asked of its value.")
        if steps.still(t, row):
            return self._told(steps, "dz", t, j, row, value, "0", alone(), _("The step is padding: it wants nothing."))
        opens = steps.slide.item("part", "z", (t, j), row)
        if function.elementwise:
            slope = Factor(formula_of(function)[1].format(z=r"z_t"), float(derivative(function, z, a)[0, j - block]), opens)
            total = alone(product(slope, *others(j - block)))
        else:
            slopes = a[0] * ((np.arange(steps.units) == j - block) - a[0, j - block])
            total = alone(*(
                product(Factor(rf"\partial a_{{{k + 1}}} / \partial z", float(slopes[k])), *others(k)) for k in range(steps.units)
            ))  # fmt: skip
        return self._told(steps, "dz", t, j, row, value, r"f'(z_t) \cdot \frac{\partial L}{\partial a_t}", total, words)

    def _activated(self, steps: Steps) -> Array:
        """The values of the gates, (rows, steps, gates·units)."""
        return np.asarray(steps.slide.memory["gates"])


@explains(SimpleRNN)
class OfSimpleRNN(OfRecurrent):
    """h_t = f(z_t)."""

    def _activated(self, steps: Steps) -> Array:
        return np.asarray(steps.h[:, 1:])

    def _h(self, steps: Steps, t: int, unit: int, row: int) -> Equation:
        value = float(steps.h[row, t, unit])
        return self._value(steps, "h", t - 1, unit, row, value, steps.settings.activation)

    def _dz(self, steps: Steps, t: int, unit: int, row: int) -> Equation:
        function = steps.settings.activation
        return self._slopes(steps, t, unit, row, function, lambda k: (steps.noted_part("dh", t, k, row),))

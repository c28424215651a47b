"""LSTMs under the microscope: c_t = forget·c_{t−1} + i·g, h_t = o·f(c_t), and the way back along the carry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netviz.arrays import Array
from netviz.engine.activations import Activation as Function
from netviz.engine.layers import LSTM
from netviz.i18n import N_, _
from netviz.pictures.microscope.anatomy import alone, explains, product
from netviz.pictures.microscope.equation import Equation, Factor
from netviz.pictures.microscope.functions import derivative, formula_of
from netviz.pictures.microscope.recurrent import OfRecurrent
from netviz.pictures.microscope.slide import Index, Slide
from netviz.pictures.microscope.steps import Steps


@explains(LSTM)
class OfLSTM(OfRecurrent):
    """Gates in the order input, forget, candidate, output."""

    within = ("h", "c", "a")
    gates = (N_("Input gate"), N_("Forget gate"), N_("Candidate"), N_("Output gate"))

    def part(self, slide: Slide, name: str, index: Index, row: int) -> Equation | None:
        steps = Steps(slide)
        if name == "c" and (index[0] == 0 or steps.still(index[0] - 1, row)):
            return self._same(steps, name, index[0], index[1], row)
        return super().part(slide, name, index, row)

    def _held(self, steps: Steps, name: str) -> Array:
        return np.asarray(steps.slide.memory["carries"] if name == "c" else steps.h)

    def _gate(self, steps: Steps, which: int, t: int, unit: int, row: int) -> Factor:
        j = which * steps.units + unit
        made = steps.part("a", t, j, row, float(self._activated(steps)[row, t, j]))
        return replace(made, symbol=steps.slide.sign("ifgo"[which], (t, unit)))

    def _carry(self, steps: Steps, t: int, unit: int, row: int) -> Factor:
        return steps.part("c", t, unit, row, float(steps.slide.memory["carries"][row, t, unit]))

    def _function(self, steps: Steps, which: int) -> Function:
        assert isinstance(steps.settings, LSTM)
        return steps.settings.activation if which == 2 else steps.settings.recurrent_activation

    def _a(self, steps: Steps, t: int, j: int, row: int) -> Equation:
        a = float(self._activated(steps)[row, t, j])
        return self._value(steps, "a", t, j, row, a, self._function(steps, j // steps.units))

    def _h(self, steps: Steps, t: int, unit: int, row: int) -> Equation:
        o, carry = self._gate(steps, 3, t - 1, unit, row), self._carry(steps, t, unit, row)
        f_mark = formula_of(steps.settings.activation)[0].format(z="c_t")
        shown = Factor(f_mark, float(steps.slide.memory["shown"][row, t - 1, unit]), carry.item)
        words = _("The output gate shows as much of the carry.")
        value = float(steps.h[row, t, unit])
        return self._told(steps, "h", t, unit, row, value, r"o_t \cdot f(c_t)", alone(product(o, shown)), words)

    def _c(self, steps: Steps, t: int, unit: int, row: int) -> Equation:
        i, forget, g = (self._gate(steps, which, t - 1, unit, row) for which in range(3))
        total = alone(product(forget, self._carry(steps, t - 1, unit, row)), product(i, g))
        words = _("What the forget gate keeps, and what the input gate writes.")
        value = float(steps.slide.memory["carries"][row, t, unit])
        return self._told(steps, "c", t, unit, row, value, r"f_t \, c_{t-1} + i_t \, g_t", total, words)

    def _dz(self, steps: Steps, t: int, j: int, row: int) -> Equation:
        which = j // steps.units

        def others(k: int) -> tuple[Factor, ...]:
            if which == 3:
                shown = Factor("f(c_t)", float(steps.slide.memory["shown"][row, t, k]),
                               steps.slide.item("part", "c", (t + 1, k), row))  # fmt: skip
                return shown, steps.noted_part("dh", t, k, row)
            partner = {0: self._gate(steps, 2, t, k, row), 1: self._carry(steps, t, k, row), 2: self._gate(steps, 0, t, k, row)}
            return partner[which], steps.noted_part("dc", t, k, row)

        return self._slopes(steps, t, j, row, self._function(steps, which), others)

    def _dc(self, steps: Steps, t: int, unit: int, row: int) -> Equation:
        """∂L/∂c_t = o·f′(c_t)·∂L/∂h_t + forget_{t+1}·∂L/∂c_{t+1}."""
        function, memory = steps.settings.activation, steps.slide.memory
        c = np.asarray(memory["carries"][row, t + 1], float)[None]
        shown = np.asarray(memory["shown"][row, t], float)[None]
        if function.elementwise:
            slopes = {unit: float(derivative(function, c, shown)[0, unit])}
        else:
            slopes = {k: float(shown[0, k] * ((k == unit) - shown[0, unit])) for k in range(steps.units)}
        terms = []
        if not steps.still(t, row):
            for k, slope in slopes.items():
                o, dh = self._gate(steps, 3, t, k, row), steps.noted_part("dh", t, k, row)
                terms.append(product(o, Factor("f'(c_t)", slope), dh))
        if t + 1 < steps.count:
            kept = () if steps.still(t + 1, row) else (self._gate(steps, 1, t + 1, unit, row),)
            terms.append(product(*kept, steps.noted_part("dc", t + 1, unit, row)))
        words = _("Through the state of this step, and back in time along the carry.")
        formula = r"o_t \, f'(c_t) \, \frac{\partial L}{\partial h_t} + f_{t+1} \, \frac{\partial L}{\partial c_{t+1}}"
        value = steps.noted("dc", t, row, unit)
        return self._told(steps, "dc", t, unit, row, value, formula, alone(*terms), words)

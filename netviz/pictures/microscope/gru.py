"""Gated recurrent units under the microscope: h_t = z·h_{t−1} + (1 − z)·g, where r says what g may know of h_{t−1}."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netviz.arrays import Array
from netviz.engine.activations import Activation as Function
from netviz.engine.layers import GRU
from netviz.i18n import N_, _
from netviz.pictures.microscope.anatomy import alone, explains, product, weight
from netviz.pictures.microscope.equation import Equation, Factor, Term
from netviz.pictures.microscope.recurrent import OfRecurrent
from netviz.pictures.microscope.slide import Index, Slide
from netviz.pictures.microscope.steps import Steps


@explains(GRU)
class OfGRU(OfRecurrent):
    """Beside what others have: "recalled", h_{t−1}·U_h + b' where the reset comes after that, else r·h_{t−1}."""

    within = ("h", "a")
    gates = (N_("Update gate"), N_("Reset gate"), N_("Candidate"))

    def part(self, slide: Slide, name: str, index: Index, row: int) -> Equation | None:
        absent = "d reset" if self._after(Steps(slide)) else "d recalled"
        return None if name == absent else super().part(slide, name, index, row)

    @staticmethod
    def _after(steps: Steps) -> bool:
        assert isinstance(steps.settings, GRU)
        return steps.settings.reset_after

    def _fed(self, steps: Steps, name: str, index: Index) -> tuple[Array, str]:
        candidate = index[-1] >= 2 * steps.units
        if name == "bias" and self._after(steps):
            return np.ones((steps.slide.rows, steps.count)), "d recalled" if candidate and index[0] == 1 else "dz"
        if name == "recurrent_kernel" and candidate:
            if self._after(steps):
                return super()._fed(steps, name, index)[0], "d recalled"
            recalled = np.asarray(steps.slide.memory["recalled"][..., index[0]], float)
            return recalled * steps.masks("states", index[0], 2), "dz"
        return super()._fed(steps, name, index)

    def _factors(self, steps: Steps, name: str, index: Index, t: int, row: int) -> tuple[Factor, ...]:
        if name == "recurrent_kernel" and index[-1] >= 2 * steps.units and not self._after(steps):
            return (*steps.dropped("states", row, index[0], 2), self._remembered(steps, t, index[0], row))
        return super()._factors(steps, name, index, t, row)

    def _bias_at(self, steps: Steps, side: int, j: int) -> Index:
        return (side, j) if self._after(steps) else (j,)

    def _gate(self, steps: Steps, which: int, t: int, unit: int, row: int) -> Factor:
        j = which * steps.units + unit
        made = steps.part("a", t, j, row, float(self._activated(steps)[row, t, j]))
        return replace(made, symbol=steps.slide.sign("zrg"[which], (t, unit)))

    def _remembered(self, steps: Steps, t: int, unit: int, row: int) -> Factor:
        return steps.part("recalled", t, unit, row, float(steps.slide.memory["recalled"][row, t, unit]))

    def _function(self, steps: Steps, which: int) -> Function:
        assert isinstance(steps.settings, GRU)
        return steps.settings.activation if which == 2 else steps.settings.recurrent_activation

    def _a(self, steps: Steps, t: int, j: int, row: int) -> Equation:
        a = float(self._activated(steps)[row, t, j])
        return self._value(steps, "a", t, j, row, a, self._function(steps, j // steps.units))

    def _h(self, steps: Steps, t: int, unit: int, row: int) -> Equation:
        z, g = self._gate(steps, 0, t - 1, unit, row), self._gate(steps, 2, t - 1, unit, row)
        rest = replace(z, symbol=f"1 - {z.symbol}", value=1 - z.value)
        total = alone(product(z, steps.state(t - 1, unit, row)), product(rest, g))
        words = _("The update gate keeps so much of the state before; the rest is new.")
        value = float(steps.h[row, t, unit])
        return self._told(steps, "h", t, unit, row, value, r"z_t \, h_{t-1} + (1 - z_t) \, g_t", total, words)

    def _from_state(self, steps: Steps, t: int, j: int, row: int) -> list[Term]:
        unit = j - 2 * steps.units
        if unit < 0:
            bias = [self._bias(steps, j)] if self._after(steps) and steps.settings.use_bias else []
            return [*super()._from_state(steps, t, j, row), *bias]
        if self._after(steps):
            return [product(self._gate(steps, 1, t, unit, row), self._remembered(steps, t, unit, row))]
        return [
            product(*steps.dropped("states", row, k, 2), (part := self._remembered(steps, t, k, row)),
                    weight(steps.slide, "recurrent_kernel", (k, j)), opens=part.item)
            for k in range(steps.units)
        ]  # fmt: skip

    def _bias(self, steps: Steps, j: int) -> Term:
        return product(weight(steps.slide, "bias", self._bias_at(steps, 1, j)), label=_("bias"))

    def _recalled(self, steps: Steps, t: int, unit: int, row: int) -> Equation:
        value = float(steps.slide.memory["recalled"][row, t, unit])
        if not self._after(steps):
            total = alone(product(self._gate(steps, 1, t, unit, row), steps.state(t, unit, row)))
            words = _("What the reset gate lets through of the state before.")
            return self._told(steps, "recalled", t, unit, row, value, r"r_t \, h_{t-1}", total, words)
        j = 2 * steps.units + unit
        terms = [*super()._from_state(steps, t, j, row), *([self._bias(steps, j)] if steps.settings.use_bias else [])]
        words = _("What is recalled of the state before; the reset gate has yet to let it through.")
        return self._told(steps, "recalled", t, unit, row, value, r"\sum_k h_{t-1,k} \, u_k + b'", alone(*terms), words)

    # ------------------------------------------------------------------------------------------------- gradients

    def _dz(self, steps: Steps, t: int, j: int, row: int) -> Equation:
        which = j // steps.units

        def others(k: int) -> tuple[Factor, ...]:
            z, g = self._gate(steps, 0, t, k, row), self._gate(steps, 2, t, k, row)
            if which == 0:
                h = steps.state(t, k, row)
                gap = Factor(f"{h.symbol} - {g.symbol}", h.value - g.value, h.item)
                return gap, steps.noted_part("dh", t, k, row)
            if which == 2:
                return replace(z, symbol=f"1 - {z.symbol}", value=1 - z.value), steps.noted_part("dh", t, k, row)
            if self._after(steps):
                return self._remembered(steps, t, k, row), steps.noted_part("dz", t, 2 * steps.units + k, row)
            return steps.state(t, k, row), steps.noted_part("d reset", t, k, row)

        return self._slopes(steps, t, j, row, self._function(steps, which), others)

    def _d_recalled(self, steps: Steps, t: int, unit: int, row: int) -> Equation:
        total = alone(product(self._gate(steps, 1, t, unit, row), steps.noted_part("dz", t, 2 * steps.units + unit, row)))
        words = _("What the candidate wants of it, as far as the reset gate lets it through.")
        value = steps.noted("d recalled", t, row, unit)
        return self._told(steps, "d recalled", t, unit, row, value, r"r_t \, \delta_{g,t}", total, words)

    def _d_reset(self, steps: Steps, t: int, unit: int, row: int) -> Equation:
        first = 2 * steps.units
        terms = [self._through_weight(steps, t, unit, first + k, row, "dz", first + k) for k in range(steps.units)]
        words = _("What the candidates want of what is let through.")
        value = steps.noted("d reset", t, row, unit)
        return self._told(steps, "d reset", t, unit, row, value, r"\sum_k u_k \, \delta_{g,t,k}", alone(*terms), words)

    def _back(self, steps: Steps, t: int, unit: int, row: int) -> list[Term]:
        """z·∂L/∂h_t, what comes through both gates, and what comes through the candidate."""
        first = 2 * steps.units
        terms = [product(self._gate(steps, 0, t, unit, row), steps.noted_part("dh", t, unit, row))]
        terms += [self._through_weight(steps, t, unit, j, row, "dz", j) for j in range(first)]
        if self._after(steps):
            through = range(steps.units)
            return [*terms, *(self._through_weight(steps, t, unit, first + k, row, "d recalled", k) for k in through)]
        reset = self._gate(steps, 1, t, unit, row)
        return [*terms, product(reset, steps.noted_part("d reset", t, unit, row))]

"""Gated recurrent unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.codec import Title
from netviz.engine.activations import Activation, Sigmoid
from netviz.engine.layers.gating import Gates
from netviz.engine.layers.layer import Memory, Weight, Weights, layers
from netviz.engine.layers.recurrence import Recurrence, by_feature
from netviz.engine.layers.recurrent import Recurrent, Walk
from netviz.i18n import N_


@layers.register("gru", title=N_("GRU"))
@dataclass(frozen=True)
class GRU(Recurrent):
    """A state h, a gate z that says how much of it stays, and a gate r that resets it; f = activation, σ = recurrent_activation.

    z = σ(x_t·W_z + h_{t−1}·U_z + b_z), r = σ(x_t·W_r + h_{t−1}·U_r + b_r), h_t = z·h_{t−1} + (1 − z)·g, h_0 = 0, with
    g = f(x_t·W_h + b_h + r·(h_{t−1}·U_h + b'_h)) where reset_after, else g = f(x_t·W_h + b_h + (r·h_{t−1})·U_h).
    W (features, 3·units) = [W_z W_r W_h], U (units, 3·units), b (2, 3·units): for x and for h; (3·units,) without
    reset_after. (steps, features) -> (units,), or (steps, units) with return_sequences. Backwards: dz = σ'·(h_{t−1} − g)·dh,
    dg = f'·(1 − z)·dh, dr = σ'·(h_{t−1}·U_h + b'_h)·dg, or σ'·h_{t−1}·(dg·U_hᵀ).
    Cho et al., 2014; https://keras.io/api/layers/recurrent_layers/gru
    """

    gates: ClassVar[int] = 3

    recurrent_activation: Annotated[Activation, Title(N_("Activation of the gates"))] = Sigmoid()
    reset_after: Annotated[bool, Title(N_("Reset after the product"))] = True

    def _bias(self) -> Weight:
        bias = super()._bias()
        return replace(bias, shape=(2, *bias.shape)) if self.reset_after else bias

    def _input_bias(self, arrays: Weights) -> Array | None:
        bias = super()._input_bias(arrays)
        return bias[0] if bias is not None and self.reset_after else bias

    def _functions(self) -> tuple[Activation, ...]:
        return self.recurrent_activation, self.recurrent_activation

    def _scale(self, gates: Gates) -> Array:
        return np.concatenate([gates.scale, np.ones_like(gates.scale[: self.units])])

    def _recurrences(self, params: Weights, walk: Walk) -> tuple[Recurrence, Recurrence]:
        """h·[U_z U_r] and what U_h is multiplied by."""
        kernel, at = params["recurrent_kernel"], 2 * self.units
        first = walk.recurrence(kernel[:, :at], slice(0, 2), "gates of state")
        return first, walk.recurrence(kernel[:, at:], slice(2, 3), "candidate of state")

    def _biases(self, params: Weights, scale: Array, rows: int, walk: Walk) -> Array:
        """The part of the bias that is added to h·U, (3·units, rows)."""
        bias = walk.context.out("bias of state", (3 * self.units, rows))
        bias[:] = params["bias"][1][:, None] * scale if self.use_bias else 0
        return bias

    def _run(self, params: Weights, z: Array, states: Array, walk: Walk) -> dict[str, Array]:
        steps, _n, rows = z.shape
        at, out = 2 * self.units, walk.context.out
        first, second = self._recurrences(params, walk)
        first.scaled(walk.gates.scale)
        candidate = walk.single(self.activation)
        quick = walk.gates.quick and candidate.quick
        gates = z if quick else out("gates", z.shape)
        recalled, reset = out("recalled", (steps, self.units, rows)), out("reset", (self.units, rows))
        biased = self.reset_after and self.use_bias
        bias = self._biases(params, self._scale(walk.gates), rows, walk) if biased else None
        for t in range(steps):
            before, h, z_t, a = states[t], states[t + 1], z[t], gates[t]
            np.add(z_t[:at], first.forward(before), out=z_t[:at])
            if bias is not None:
                np.add(z_t[:at], bias[:at], out=z_t[:at])
            walk.gates.value(z_t[:at], a[:at])
            update, r, g = a.reshape(3, self.units, rows)
            if self.reset_after:
                # r·(h_{t−1}·U_h + b'_h)
                np.copyto(recalled[t], second.forward(before))
                if bias is not None:
                    np.add(recalled[t], bias[at:], out=recalled[t])
                np.add(z_t[at:], np.multiply(r, recalled[t], out=reset), out=z_t[at:])
            else:
                # (r·h_{t−1})·U_h
                np.multiply(r, before, out=recalled[t])
                np.add(z_t[at:], second.forward(recalled[t]), out=z_t[at:])
            candidate.value(z_t[at:], g)
            # h_t = z·h_{t−1} + (1 − z)·g = g + z·(h_{t−1} − g)
            np.subtract(before, g, out=h)
            np.multiply(h, update, out=h)
            np.add(h, g, out=h)
            walk.stay(t, h, before)
        found = {"gates": gates, "recalled": recalled}
        return found if quick else found | {"preactivations": z}

    def _back(
        self, params: Weights, memory: Memory, dh: Array, dy: Array | None, walk: Walk, grads: Weights
    ) -> Array:
        gates, recalled = memory["gates"], memory["recalled"]
        steps, _n, rows = gates.shape
        units, at, out = self.units, 2 * self.units, walk.context.out
        z = memory.get("preactivations", gates)
        first, second = self._recurrences(params, walk)
        candidate = walk.single(self.activation)
        dz = self._slopes(memory["states"], gates, z, recalled, walk)
        by_gate = dz.reshape(steps, 3, units, rows)
        d_recalled = out("d recalled", recalled.shape)
        before, kept = out("dh before", dh.shape), out("dh kept", dh.shape)
        for t in reversed(range(steps)):
            update, r, g = gates[t].reshape(3, units, rows)
            d_update, dr, dg = by_gate[t]
            if dy is not None:
                np.add(dh, dy[t], out=dh)
            walk.note("dh", t, dh)
            # The slopes are there, dh is missing.
            np.multiply(d_update, dh, out=d_update)
            np.multiply(dg, dh, out=dg)
            candidate.mix(dg, z[t, at:], g)
            if self.reset_after:
                np.multiply(dr, dg, out=dr)
                np.multiply(dg, r, out=d_recalled[t])
                second.backward(d_recalled[t], kept)
            else:
                second.backward(dg, kept)
                walk.note("d reset", t, kept)
                np.multiply(dr, kept, out=dr)
                np.multiply(kept, r, out=kept)
            walk.gates.mix(dz[t, :at], z[t, :at], gates[t, :at])
            # dh_{t−1} = z·dh_t + what comes through g + [dz dr]·[U_z U_r]ᵀ
            first.backward(dz[t, :at], before)
            np.add(before, kept, out=before)
            np.add(before, np.multiply(update, dh, out=kept), out=before)
            walk.stay(t, before, dh)
            dh, before = before, dh
        return self._gradients(dz, d_recalled, memory, (first, second), walk, grads)

    def _slopes(self, states: Array, gates: Array, z: Array, recalled: Array, walk: Walk) -> Array:
        """dz of all steps but for its last factors, (steps, 3·units, rows)."""
        parts = [slice(k * self.units, (k + 1) * self.units) for k in range(3)]
        update, r, g = (gates[:, part] for part in parts)
        dz = walk.context.out("dz by step", gates.shape)
        # dz = σ'·(h_{t−1} − g), dg = f'·(1 − z), dr = σ'·(h_{t−1}·U_h + b'_h) or σ'·h_{t−1}
        factor = walk.context.out("factor of slope", recalled.shape)
        np.subtract(states[:-1], g, out=factor)
        walk.gates.slope(0, factor, z[:, parts[0]], update, dz[:, parts[0]])
        walk.gates.slope(1, recalled if self.reset_after else states[:-1], z[:, parts[1]], r, dz[:, parts[1]])
        np.subtract(1, update, out=factor)
        walk.single(self.activation).slope(0, factor, z[:, parts[2]], g, dz[:, parts[2]])
        walk.still(dz)
        return dz

    def _gradients(
        self, dz: Array, d_recalled: Array, memory: Memory, recurrences: tuple[Recurrence, Recurrence], walk: Walk,
        grads: Weights,
    ) -> Array:  # fmt: skip
        at = 2 * self.units
        flat = by_feature(dz, "dz by feature", walk.context)
        if self.reset_after:
            walk.context.note("d recalled", d_recalled.transpose(2, 0, 1))
        recalled = by_feature(d_recalled, "d recalled by feature", walk.context) if self.reset_after else flat[at:]
        states = memory["states"][:-1]
        kernel = grads["recurrent_kernel"]
        recurrences[0].gradient(flat[:at], states, kernel[:, :at])
        recurrences[1].gradient(recalled, states if self.reset_after else memory["recalled"], kernel[:, at:])
        if self.reset_after and self.use_bias:
            ones = walk.context.workspace.ones(flat.shape[1])
            np.dot(flat[:at], ones, grads["bias"][1, :at])
            np.dot(recalled, ones, grads["bias"][1, at:])
        return flat

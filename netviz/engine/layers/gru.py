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
from netviz.engine.layers.recurrence import by_feature
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

    def _functions(self) -> tuple[Activation, ...]:
        return self.recurrent_activation, self.recurrent_activation

    # ---------------------------------------------------------------------------------- what is fed, and what it gives

    @property
    def _blocks(self) -> int:
        """z, r, x·W_h, and with reset_after h·U_h."""
        return 3 + self.reset_after

    def _join(self, arrays: Weights, joined: Array) -> None:
        at, units = 2 * self.units, self.units
        inputs = slice(units, units + len(arrays["kernel"]))
        joined.fill(0)
        joined[:at, :units] = arrays["recurrent_kernel"][:, :at].T
        joined[: 3 * units, inputs] = arrays["kernel"].T
        if self.reset_after:
            joined[3 * units :, :units] = arrays["recurrent_kernel"][:, at:].T
        if not self.use_bias:
            return
        if self.reset_after:
            inner, outer = arrays["bias"]
            joined[: 3 * units, -1] = inner
            joined[:at, -1] += outer[:at]
            joined[3 * units :, -1] = outer[at:]
        else:
            joined[:, -1] = arrays["bias"]

    def _part(self, joined: Array, arrays: Weights) -> None:
        at, units = 2 * self.units, self.units
        inputs = slice(units, units + len(arrays["kernel"]))
        np.copyto(arrays["recurrent_kernel"][:, :at], joined[:at, :units].T)
        np.copyto(arrays["kernel"], joined[: 3 * units, inputs].T)
        if self.reset_after:
            np.copyto(arrays["recurrent_kernel"][:, at:], joined[3 * units :, :units].T)
        if not self.use_bias:
            return
        if self.reset_after:
            inner, outer = arrays["bias"]
            np.copyto(inner, joined[: 3 * units, -1])
            np.copyto(outer[:at], joined[:at, -1])
            np.copyto(outer[at:], joined[3 * units :, -1])
        else:
            np.copyto(arrays["bias"], joined[:, -1])

    def _scale(self, gates: Gates) -> Array:
        return np.concatenate([gates.scale, np.ones_like(gates.scale, shape=((self._blocks - 2) * self.units, 1))])

    def _groups(self, dropped: Array | None) -> Array | None:
        if dropped is None or len(dropped) == 1 or not self.reset_after:
            return dropped
        return dropped[[0, 1, 2, 2]]

    # ---------------------------------------------------------------------------------------------------- both passes

    def _run(self, params: Weights, states: Array, walk: Walk) -> dict[str, Array]:
        steps, units, rows = states[1:].shape
        at, out = 2 * units, walk.context.out
        z = out("z by step", (steps, self._blocks * units, rows))
        candidate = walk.single(self.activation)
        quick = walk.gates.quick and candidate.quick
        gates = z[:, : 3 * units] if quick else out("gates", (steps, 3 * units, rows))
        recalled = z[:, 3 * units :] if self.reset_after else out("recalled", (steps, units, rows))
        second = None if self.reset_after else Reset(params["recurrent_kernel"][:, at:], walk)
        reset, product, hs = out("reset", (units, rows)), walk.feed.forward, list(states)
        for t, (z_t, a, recalled_t) in enumerate(zip(z, gates, recalled, strict=True)):
            before, h = hs[t], hs[t + 1]
            product(t, z_t)
            walk.gates.value(z_t[:at], a[:at])
            update, r, g = a.reshape(3, units, rows)
            if second is None:
                # r·(h_{t−1}·U_h + b'_h)
                np.multiply(r, recalled_t, out=reset)
            else:
                # (r·h_{t−1})·U_h
                second.forward(np.multiply(r, before, out=recalled_t), reset)
            z_h = z_t[at : 3 * units]
            np.add(z_h, reset, out=z_h)
            candidate.value(z_h, g)
            # h_t = z·h_{t−1} + (1 − z)·g = g + z·(h_{t−1} − g)
            np.subtract(before, g, out=h)
            np.multiply(h, update, out=h)
            np.add(h, g, out=h)
            walk.stay(t, h, before)
        found = {"gates": gates, "recalled": recalled}
        return found if quick else found | {"preactivations": z[:, : 3 * units]}

    def _back(
        self, params: Weights, memory: Memory, dh: Array, dy: Array | None, walk: Walk, grads: Weights
    ) -> Array:
        gates, recalled = memory["gates"], memory["recalled"]
        steps, units, rows = recalled.shape
        at, out, candidate = 2 * units, walk.context.out, walk.single(self.activation)
        z = memory.get("preactivations", gates)
        dz = self._slopes(memory["states"], gates, z, recalled, walk)
        by_gate = dz.reshape(steps, self._blocks, units, rows)
        second = None if self.reset_after else Reset(params["recurrent_kernel"][:, at:], walk)
        before, kept = out("dh before", dh.shape), out("dh kept", dh.shape)
        for t in reversed(range(steps)):
            update, r, g = gates[t].reshape(3, units, rows)
            d_update, dr, dg, *d_recalled = by_gate[t]
            if dy is not None:
                np.add(dh, dy[t], out=dh)
            walk.note("dh", t, dh)
            # The slopes are there, dh is missing.
            walk.still(t, dz[t, : 3 * units])
            np.multiply(d_update, dh, out=d_update)
            np.multiply(dg, dh, out=dg)
            candidate.mix(dg, z[t, at:], g)
            if second is None:
                np.multiply(dr, dg, out=dr)
                np.multiply(dg, r, out=d_recalled[0])
            else:
                second.backward(dg, kept)
                walk.note("d reset", t, kept)
                np.multiply(dr, kept, out=dr)
                np.multiply(r, kept, out=kept)
            walk.gates.mix(dz[t, :at], z[t, :at], gates[t, :at])
            # dh_{t−1} = [dz dr]·[U_z U_r]ᵀ + what comes through g + z·dh_t
            walk.feed.backward(dz[t], before)
            if second is not None:
                np.add(before, kept, out=before)
            np.add(before, np.multiply(update, dh, out=kept), out=before)
            walk.stay(t, before, dh)
            dh, before = before, dh
        if second is None:
            walk.context.note("d recalled", by_gate[:, 3].transpose(2, 0, 1))
        else:
            second.gradient(by_gate[:, 2], recalled, grads["recurrent_kernel"][:, at:])
        return dz

    def _slopes(self, states: Array, gates: Array, z: Array, recalled: Array, walk: Walk) -> Array:
        """dz of all steps but for its last factors, (steps, blocks·units, rows)."""
        steps, units, rows = recalled.shape
        parts = [slice(k * units, (k + 1) * units) for k in range(3)]
        update, r, g = (gates[:, part] for part in parts)
        dz = walk.context.out("dz by step", (steps, self._blocks * units, rows))
        # dz = σ'·(h_{t−1} − g), dg = f'·(1 − z), dr = σ'·(h_{t−1}·U_h + b'_h) or σ'·h_{t−1}
        factor = walk.context.out("factor of slope", recalled.shape)
        np.subtract(states[:-1], g, out=factor)
        walk.gates.slope(0, factor, z[:, parts[0]], update, dz[:, parts[0]])
        walk.gates.slope(1, recalled if self.reset_after else states[:-1], z[:, parts[1]], r, dz[:, parts[1]])
        np.subtract(1, update, out=factor)
        walk.single(self.activation).slope(0, factor, z[:, parts[2]], g, dz[:, parts[2]])
        return dz


class Reset:
    """(r·h)·U_h, where the state is reset before the product."""

    def __init__(self, kernel: Array, walk: Walk) -> None:
        """kernel: U_h, (units, units)."""
        dropped = walk.feed.dropped_states
        self._kernel, self._context = kernel, walk.context
        self._dropped = None if dropped is None else dropped[-1]
        self._thinned = walk.context.out("thinned", (len(kernel), walk.gates.rows))

    def forward(self, reset: Array, z: Array) -> None:
        """z = (r·h)·U_h: reset = r·h, both (units, rows)."""
        if self._dropped is not None:
            reset = np.multiply(reset, self._dropped, out=self._thinned)
        np.dot(self._kernel.T, reset, z)

    def backward(self, dz: Array, d_reset: Array) -> None:
        """d(r·h) = dz·U_hᵀ."""
        np.dot(self._kernel, dz, d_reset)
        if self._dropped is not None:
            np.multiply(d_reset, self._dropped, out=d_reset)

    def gradient(self, dz: Array, reset: Array, kernel: Array) -> None:
        """∂L/∂U_h = Σ (r·h)ᵀ·dz over steps: both (steps, units, rows)."""
        flat = by_feature(reset, "reset by feature", self._context)
        if self._dropped is not None:
            by_row = flat.reshape(len(flat), len(reset), -1)
            np.multiply(by_row, self._dropped[:, None], out=by_row)
        np.copyto(kernel, np.dot(flat, by_feature(dz, "d reset by feature", self._context).T))

"""Long short-term memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Title
from netviz.engine.activations import Activation, Sigmoid, Tanh
from netviz.engine.initializers import Given, Initializer, Zeros
from netviz.engine.layers.layer import Memory, Weight, Weights, layers
from netviz.engine.layers.recurrent import Recurrent, Walk
from netviz.i18n import N_


@dataclass(frozen=True)
class ForgetOnes(Initializer):
    """The parts of an LSTM's bias drawn by another initializer, save the forget gate's, which are 1.

    Numbers that are given stay as they are given. Jozefowicz et al., 2015.
    """

    others: Initializer = Zeros()

    def unfit(self, name: str, shape: Shape) -> str:
        return self.others.unfit(name, shape)

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        if isinstance(self.others, Given):
            return self.others.draw(shape, rng)
        units = shape[0] // 4
        first, rest = self.others.draw((units,), rng), self.others.draw((2 * units,), rng)
        return np.concatenate([first, np.ones(units), rest])


@layers.register("lstm", title=N_("LSTM"))
@dataclass(frozen=True)
class LSTM(Recurrent):
    """A state h and a carry c that gates write, forget and show; f = activation, σ = recurrent_activation.

    z = x_t·W + h_{t−1}·U + b, in four blocks of units: i = σ(z_i), forget = σ(z_f), g = f(z_c), o = σ(z_o);
    c_t = forget·c_{t−1} + i·g, h_t = o·f(c_t), h_0 = c_0 = 0. W (features, 4·units), U (units, 4·units), b (4·units,),
    its forget part 1 at first with unit_forget_bias. (steps, features) -> (units,), or (steps, units) with
    return_sequences. Backwards: dc_t += o·f'(c_t)·dh_t, dz_i = σ'·g·dc, dz_f = σ'·c_{t−1}·dc, dz_c = f'·i·dc,
    dz_o = σ'·f(c)·dh, dc_{t−1} = forget·dc, dh_{t−1} = dy_{t−1} + dz·Uᵀ.
    Hochreiter and Schmidhuber, 1997; https://keras.io/api/layers/recurrent_layers/lstm
    """

    gates: ClassVar[int] = 4

    recurrent_activation: Annotated[Activation, Title(N_("Activation of the gates"))] = Sigmoid()
    unit_forget_bias: Annotated[bool, Title(N_("Forget gates begin open"))] = True

    def _bias(self) -> Weight:
        bias = super()._bias()
        return replace(bias, initializer=ForgetOnes(self.bias_initializer)) if self.unit_forget_bias else bias

    def _functions(self) -> tuple[Activation, ...]:
        return self.recurrent_activation, self.recurrent_activation, self.activation, self.recurrent_activation

    def _run(self, params: Weights, states: Array, walk: Walk) -> dict[str, Array]:
        steps, units, rows = states[1:].shape
        out, cut = walk.context.out, walk.context.cut
        z, carries = out("z by step", (steps, 4 * units, rows)), out("carries", states.shape)
        carries[0] = 0
        show = walk.single(self.activation).value
        product, value, multiply, add = walk.feed.forward, walk.gates.value, np.multiply, np.add
        hs, cs = list(states), cut("carries", states.shape, list)
        each = zip(cut("z by step", z.shape, list), *self._by_step(z.shape, walk), strict=True)
        for t, (z_t, (a, _if, i, forget, g, o), (_both, p, q), s) in enumerate(each):
            before, h, carry, c = hs[t], hs[t + 1], cs[t], cs[t + 1]
            # z_t = x_t·W + b + h_{t−1}·U
            product(t, z_t)
            value(z_t, a)
            # c_t = forget·c_{t−1} + i·g
            multiply(i, g, out=p)
            multiply(forget, carry, out=q)
            add(p, q, out=c)
            # h_t = o·f(c_t)
            show(c, s)
            multiply(o, s, out=h)
            if walk.padding is not None:
                walk.stay(t, h, before)
                walk.stay(t, c, carry)
        found = {
            "gates": out(self._place(walk), z.shape), "carries": carries,
            "products": out("products", (steps, 2 * units, rows)), "shown": out("shown", (steps, units, rows)),
        }  # fmt: skip
        return found if walk.gates.quick else found | {"preactivations": z}

    def _place(self, walk: Walk) -> str:
        """The name of the array of the gates: quick ones are computed where z was."""
        return "z by step" if walk.gates.quick else "gates"

    def _by_step(self, shape: Shape, walk: Walk) -> tuple[list[tuple[Array, ...]], list[tuple[Array, ...]], list[Array]]:
        """For each step: all gates, i and forget, i, forget, g, o; both products, i·g, forget·c_{t−1}; and f(c_t)."""
        steps, n, rows = shape
        cut = walk.context.cut
        gates = cut(self._place(walk), shape, _gates)
        return gates, cut("products", (steps, n // 2, rows), _products), cut("shown", (steps, n // 4, rows), list)

    def _back(
        self, params: Weights, memory: Memory, dh: Array, dy: Array | None, walk: Walk, grads: Weights
    ) -> Array:
        carries, shape = memory["carries"], memory["gates"].shape
        out, cut = walk.context.out, walk.context.cut
        z = memory.get("preactivations", memory["gates"])
        dz, through = out("dz by step", shape), out("through", carries[1:].shape)
        if not (simple := type(self.activation) is Tanh and type(self.recurrent_activation) is Sigmoid):
            self._slopes(memory, z, walk, dz, through)
        show, back, multiply, add = walk.single(self.activation), walk.feed.backward, np.multiply, np.add
        mixed = not (show.elementwise and walk.gates.elementwise)
        before, dc = out("dh before", dh.shape), out("dc", dh.shape)
        dc.fill(0)
        noted = walk.context.notes is not None
        kept = self._remembered(shape, walk)
        ours = cut("dz by step", shape, _slopes_by_step), cut("through", through.shape, list)
        steps = enumerate(zip(*ours, *self._by_step(shape, walk), memory["states"][1:], kept, strict=True))
        for t, (slopes, through_t, gates, products, s, h, kept_t) in reversed(tuple(steps)):
            dz_t, d_carried, d_shown = slopes[:3]
            if dy is not None:
                add(dh, dy[t], out=dh)
            if noted:
                walk.note("dh", t, dh)
            if simple:
                _slope(slopes, through_t, gates, products, s, h)
            if walk.padding is not None:
                walk.still(t, dz_t, through_t)
            # dc_t += o·f'(c_t)·dh_t
            multiply(through_t, dh, out=through_t)
            if mixed:
                show.mix(through_t, carries[t + 1], s)
            add(dc, through_t, out=dc)
            if noted:
                walk.note("dc", t, dc)
            # The slopes are in dz, dc and dh are missing.
            multiply(d_carried, dc, out=d_carried)
            multiply(d_shown, dh, out=d_shown)
            if mixed:
                walk.gates.mix(dz_t, z[t], gates[0])
            # dc_{t−1} = forget·dc_t, dh_{t−1} = dy_{t−1} + dz·Uᵀ
            multiply(dc, kept_t, out=dc)
            back(dz_t, before)
            if walk.padding is not None:
                walk.stay(t, before, dh)
            dh, before = before, dh
        return dz

    def _slopes(self, memory: Memory, z: Array, walk: Walk, dz: Array, through: Array) -> None:
        """For all steps: dz but for its factors dc and dh (steps, 4·units, rows), and o·f'(c)."""
        gates, shown, carries = memory["gates"], memory["shown"], memory["carries"]
        parts = [slice(k * self.units, (k + 1) * self.units) for k in range(4)]
        i, _forget, g, o = (gates[:, part] for part in parts)
        # dz_i = σ'·g, dz_f = σ'·c_{t−1}, dz_c = f'·i, dz_o = σ'·f(c_t)
        for k, (part, factor) in enumerate(zip(parts, (g, carries[:-1], i, shown), strict=True)):
            walk.gates.slope(k, factor, z[:, part], gates[:, part], dz[:, part])
        walk.single(self.activation).slope(0, o, carries[1:], shown, through)

    def _remembered(self, shape: Shape, walk: Walk) -> list[Array]:
        """How much of dc each step hands down: the forget gate, and all of it where a step is padding."""
        forget = [gates[3] for gates in self._by_step(shape, walk)[0]]
        if walk.padding is None:
            return forget
        return [np.where(padded, 1, gate) for padded, gate in zip(walk.padding, forget, strict=True)]


def _slope(
    slopes: tuple[Array, ...], through: Array, gates: tuple[Array, ...], products: tuple[Array, ...], s: Array, h: Array
) -> None:
    """dz of one step but for its factors dc and dh, and o·f'(c), for σ and tanh: from products that there are.

    σ' = a − a², f' = 1 − a²: dz_i = ig − ig·i, dz_f = forget·c_{t−1} − forget·c_{t−1}·forget, dz_c = i − ig·g,
    dz_o = h − h·o, o·f'(c) = o − h·f(c).
    """
    _dz, _carried, d_o, d_both, d_c = slopes
    _a, both_gates, i, _forget, g, o = gates
    both, p, _q = products
    multiply, subtract = np.multiply, np.subtract
    subtract(both, multiply(both, both_gates, out=d_both), out=d_both)
    subtract(i, multiply(p, g, out=d_c), out=d_c)
    subtract(h, multiply(h, o, out=d_o), out=d_o)
    subtract(o, multiply(h, s, out=through), out=through)


def _parts(step: Array, count: int) -> list[Array]:
    """(count·units, rows) -> count times (units, rows)."""
    return list(step.reshape(count, -1, step.shape[-1]))


def _gates(gates: Array) -> list[tuple[Array, ...]]:
    return [(step, step[: len(step) // 2], *_parts(step, 4)) for step in gates]


def _products(products: Array) -> list[tuple[Array, ...]]:
    return [(step, *_parts(step, 2)) for step in products]


def _slopes_by_step(dz: Array) -> list[tuple[Array, ...]]:
    """For each step: dz, what dc is missing in (i, forget, g), what dh is missing in (o), dz of i and forget, of g."""
    found: list[tuple[Array, ...]] = []
    for step in dz:
        parts = step.reshape(4, -1, dz.shape[-1])
        found.append((step, parts[:3], parts[3], step[: len(step) // 2], parts[2]))
    return found

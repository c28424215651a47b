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
from netviz.engine.layers.recurrence import by_feature
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

    def _run(self, params: Weights, z: Array, states: Array, walk: Walk) -> dict[str, Array]:
        steps, _n, rows = z.shape
        out, each = walk.context.out, (steps, self.units, rows)
        recurrence = walk.recurrence(params["recurrent_kernel"]).scaled(walk.gates.scale)
        gates = z if walk.gates.quick else out("gates", z.shape)
        carries = out("carries", states.shape)
        kept, written, shown = out("kept", each), out("written", each), out("shown", each)
        carries[0] = 0
        show = walk.single(self.activation).value
        product, value, multiply, add = recurrence.forward, walk.gates.value, np.multiply, np.add
        parts = zip(*gates.reshape(steps, 4, self.units, rows).swapaxes(0, 1), strict=True)
        before, carry = states[0], carries[0]
        for t, (z_t, a, (i, forget, g, o), h, c, q, p, s) in enumerate(
            zip(z, gates, parts, states[1:], carries[1:], kept, written, shown, strict=True)
        ):
            # z_t = x_t·W + b + h_{t−1}·U
            add(z_t, product(before), out=z_t)
            value(z_t, a)
            # c_t = forget·c_{t−1} + i·g
            multiply(forget, carry, out=q)
            multiply(i, g, out=p)
            add(q, p, out=c)
            # h_t = o·f(c_t)
            show(c, s)
            multiply(o, s, out=h)
            if walk.padding is not None:
                walk.stay(t, h, before)
                walk.stay(t, c, carry)
            before, carry = h, c
        found = {"gates": gates, "carries": carries, "kept": kept, "written": written, "shown": shown}
        return found if walk.gates.quick else found | {"preactivations": z}

    def _back(
        self, params: Weights, memory: Memory, dh: Array, dy: Array | None, walk: Walk, grads: Weights
    ) -> Array:
        states, gates, carries, shown = (memory[name] for name in ("states", "gates", "carries", "shown"))
        steps, _n, rows = gates.shape
        z = memory.get("preactivations", gates)
        dz, through, forget = self._slopes(memory, z, walk)
        show, back = walk.single(self.activation), walk.recurrence(params["recurrent_kernel"]).backward
        before, dc, added = (walk.context.out(name, dh.shape) for name in ("dh before", "dc", "dc added"))
        dc.fill(0)
        by_gate = dz.reshape(steps, 4, self.units, rows)
        mixed = not (show.elementwise and walk.gates.elementwise)
        multiply, add = np.multiply, np.add
        backwards = (array[::-1] for array in (dz, by_gate[:, :3], by_gate[:, 3], through, forget))
        for t, (dz_t, d_carried, d_shown, through_t, forget_t) in zip(
            reversed(range(steps)), zip(*backwards, strict=True), strict=True
        ):
            if dy is not None:
                add(dh, dy[t], out=dh)
            walk.note("dh", t, dh)
            # dc_t += o·f'(c_t)·dh_t
            multiply(through_t, dh, out=added)
            if mixed:
                show.mix(added, carries[t + 1], shown[t])
            add(dc, added, out=dc)
            walk.note("dc", t, dc)
            # The slopes are in dz, dc and dh are missing.
            multiply(d_carried, dc, out=d_carried)
            multiply(d_shown, dh, out=d_shown)
            if mixed:
                walk.gates.mix(dz_t, z[t], gates[t])
            # dc_{t−1} = forget·dc_t, dh_{t−1} = dy_{t−1} + dz·Uᵀ
            multiply(dc, forget_t, out=dc)
            back(dz_t, before)
            walk.stay(t, before, dh)
            dh, before = before, dh
        flat = by_feature(dz, "dz by feature", walk.context)
        walk.recurrence(params["recurrent_kernel"]).gradient(flat, states[:-1], grads["recurrent_kernel"])
        return flat

    def _slopes(self, memory: Memory, z: Array, walk: Walk) -> tuple[Array, Array, Array]:
        """For all steps: dz but for its factors dc and dh (steps, 4·units, rows), o·f'(c), and what of dc a step keeps."""
        gates, shown, states, carries = memory["gates"], memory["shown"], memory["states"], memory["carries"]
        parts = [slice(k * self.units, (k + 1) * self.units) for k in range(4)]
        i, forget, g, o = (gates[:, part] for part in parts)
        dz, through = walk.context.out("dz by step", gates.shape), walk.context.out("through", shown.shape)
        if type(self.activation) is Tanh and type(self.recurrent_activation) is Sigmoid:
            # σ' = a − a², f' = 1 − a², with products that there are: dz_i = ig − ig·i, dz_f = forget·c_{t−1} − …·forget,
            # dz_c = i − ig·g, dz_o = h − h·o, o·f'(c) = o − h·f(c)
            p, q, h = memory["written"], memory["kept"], states[1:]
            for part, whole, factor, minuend in zip(parts, (p, q, p, h), (i, forget, g, o), (p, q, i, h), strict=True):
                np.multiply(whole, factor, out=dz[:, part])
                np.subtract(minuend, dz[:, part], out=dz[:, part])
            np.subtract(o, np.multiply(h, shown, out=through), out=through)
        else:
            # dz_i = σ'·g, dz_f = σ'·c_{t−1}, dz_c = f'·i, dz_o = σ'·f(c_t)
            for k, (part, factor) in enumerate(zip(parts, (g, carries[:-1], i, shown), strict=True)):
                walk.gates.slope(k, factor, z[:, part], gates[:, part], dz[:, part])
            walk.single(self.activation).slope(0, o, carries[1:], shown, through)
        walk.still(dz)
        walk.still(through)
        return dz, through, self._remembered(forget, walk)

    def _remembered(self, forget: Array, walk: Walk) -> Array:
        """How much of dc a step hands down: the forget gate, and all of it where a step is padding."""
        if walk.padding is None:
            return forget
        remembered = walk.context.out("remembered", forget.shape)
        np.copyto(remembered, forget)
        np.copyto(remembered, 1, where=walk.padding[:, None])
        return remembered

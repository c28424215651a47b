"""What recurrent layers share: a state that is carried from step to step, and its plainest form.

Keras' LSTM, GRU and SimpleRNN differ in one step only; how sequences come in and go out, padding, dropout and the
gradients of the kernels are the same. Source: https://keras.io/api/layers/recurrent_layers
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.codec import Title
from netviz.engine.activations import Activation, Tanh
from netviz.engine.initializers import GlorotUniform, Initializer, Orthogonal, Zeros
from netviz.engine.layers.dense import Units
from netviz.engine.layers.dropout import Rate, drop
from netviz.engine.layers.gating import Gates
from netviz.engine.layers.layer import SEQUENCE, Layer, LayerProblem, Memory, Weight, Weights, layers
from netviz.engine.layers.recurrence import Inputs, Recurrence, by_feature
from netviz.engine.regularizers import Regularizer
from netviz.engine.workspace import Context
from netviz.i18n import N_, _


def check_sequence(reader: str, shape: Shape) -> None:
    """LayerProblem for rows that are no sequences; each number would be a step, or each line of a picture."""
    if len(shape) == 2:
        return
    sentence = _(
        "{reader} reads sequences (steps, features), but here come rows of the shape {found}; put an Embedding in "
        "front of tokens, a Reshape in front of numbers, or set return_sequences below."
    )
    form = (shape[0], size(shape[1:])) if shape else None
    raise LayerProblem(sentence.format(reader=reader, found=shape), form)


class Walk:
    """What a pass over all steps of a batch knows beside the numbers: the gates, what is dropped, what is padding."""

    def __init__(self, context: Context, gates: Gates, dropped: Array | None, padding: Array | None) -> None:
        """dropped: factors of the states (groups, units, rows); padding: (steps, rows), steps as they are read."""
        self.context, self.gates, self.dropped, self.padding = context, gates, dropped, padding
        self._padded = None if padding is None else [bool(step.any()) for step in padding]

    def recurrence(self, kernel: Array, gates: slice = slice(None), name: str = "recurrence") -> Recurrence:
        """The product of the state with the kernel of all gates, or of some."""
        dropped = self.dropped if self.dropped is None else self.dropped[gates]
        return Recurrence(kernel, self.gates.rows, dropped, self.context.inner(name))

    def single(self, function: Activation) -> Gates:
        """One more function, of something that is not a gate."""
        return Gates((function,), self.gates.units, self.gates.rows, self.context.inner("single"), scaled=False)

    def still(self, slopes: Array) -> None:
        """Steps that are padding move nothing: their slopes (steps, n, rows) are 0."""
        if self.padding is not None:
            np.copyto(slopes, 0, where=self.padding[:, None])

    def note(self, name: str, t: int, array: Array) -> None:
        """Write (n, rows) of a step down, as (rows, n), where somebody asks for it."""
        notes = self.context.notes
        if notes is not None:
            notes.setdefault(name, {})[t] = array.T.copy()

    def stay(self, t: int, array: Array, old: Array) -> None:
        """In rows whose step t is padding, (units, rows) is as it was."""
        if self._padded is not None and self._padded[t]:
            assert self.padding is not None
            np.copyto(array, old, where=self.padding[t])


@dataclass(frozen=True)
class Recurrent(Layer):
    """(steps, features) -> (units,), the state h after the last step; (steps, units) with return_sequences.

    h is 0 before the first step. Steps that are padding leave the state as it is, and give the output before them.
    go_backwards: the last step comes first, also in the output. dropout, recurrent_dropout: rates at which inputs and
    states are dropped in training, the same ones at every step of a row; with recurrent_dropout for each gate anew.
    """

    group = SEQUENCE

    gates: ClassVar[int] = 1  # blocks of units side by side in the kernels

    units: Units = 1
    activation: Activation = Tanh()
    use_bias: bool = True
    kernel_initializer: Initializer = GlorotUniform()
    recurrent_initializer: Initializer = Orthogonal()
    bias_initializer: Initializer = Zeros()
    kernel_regularizer: Regularizer | None = None
    recurrent_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    dropout: Rate = 0.0
    recurrent_dropout: Annotated[Rate, Title(N_("Dropout rate of the state"))] = 0.0
    return_sequences: Annotated[bool, Title(N_("An output for each step"))] = False
    go_backwards: Annotated[bool, Title(N_("Last step first"))] = False

    @property
    def passes_mask(self) -> bool:
        return self.return_sequences

    def output_shape(self, input_shape: Shape) -> Shape:
        check_sequence(_("A recurrent layer"), input_shape)
        return (input_shape[0], self.units) if self.return_sequences else (self.units,)

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        n = self.gates * self.units
        kernel = Weight("kernel", (input_shape[-1], n), self.kernel_initializer, self.kernel_regularizer)
        recurrent = Weight("recurrent_kernel", (self.units, n), self.recurrent_initializer, self.recurrent_regularizer)
        return (kernel, recurrent, self._bias()) if self.use_bias else (kernel, recurrent)

    def _bias(self) -> Weight:
        return Weight("bias", (self.gates * self.units,), self.bias_initializer, self.bias_regularizer)

    def _input_bias(self, arrays: Weights) -> Array | None:
        """The part of the bias that is added to x·W, of the weights or of their gradients."""
        return arrays["bias"] if self.use_bias else None

    def _scale(self, gates: Gates) -> Array:
        """What z is multiplied by, (gates·units, 1)."""
        return gates.scale

    # ------------------------------------------------------------------------------------------------- the one step

    @abstractmethod
    def _functions(self) -> tuple[Activation, ...]:
        """The activations of the gates."""

    @abstractmethod
    def _run(self, params: Weights, z: Array, states: Array, walk: Walk) -> dict[str, Array]:
        """All steps forward: z = x·W + b (steps, gates·units, rows), scaled by `gates.scale`, becomes states.

        states: (steps + 1, units, rows), the first of them set. Gives what else `_back` needs, steps first and rows last.
        """

    @abstractmethod
    def _back(
        self, params: Weights, memory: Memory, dh: Array, dy: Array | None, walk: Walk, grads: Weights
    ) -> Array:
        """All steps back: ∂L/∂U into grads, and dz (gates·units, steps·rows).

        memory: steps first and rows last. dh (units, rows): ∂L/∂h of the last step, may be overwritten; dy (steps,
        units, rows): what the output of each step adds to that.
        """

    # --------------------------------------------------------------------------------------------------- both passes

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        rows, steps, features = x.shape
        dropped_x, dropped_h = self._dropped(rows, features, context)
        walk = self._walk(rows, dropped_h, context)
        inputs = Inputs(params["kernel"], self._input_bias(params), dropped_x, context)
        fed = inputs.fed(x[:, ::-1] if self.go_backwards else x)
        z = context.out("z by step", (steps, self.gates * self.units, rows))
        inputs.forward(fed, self._scale(walk.gates), z)
        states = context.out("states", (steps + 1, self.units, rows))
        states[0] = 0
        found = {"states": states, **self._run(params, z, states, walk)}
        y = context.out("y", (rows, *self.output_shape((steps, features))))
        np.copyto(y, states[1:].transpose(2, 0, 1) if self.return_sequences else states[-1].T)
        memory = {"x": x, "fed": fed} | {name: array.transpose(2, 0, 1) for name, array in found.items()}
        masks = {"dropped inputs": dropped_x, "dropped states": dropped_h}
        return y, memory | {name: mask for name, mask in masks.items() if mask is not None}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        rows, steps, features = memory["x"].shape
        walk = self._walk(rows, memory.get("dropped states"), context)
        by_step = {name: array.transpose(1, 2, 0) for name, array in memory.items() if name not in _AS_THEY_ARE}
        dh = context.out("dh", (self.units, rows))
        outputs = None
        if self.return_sequences:
            dh.fill(0)
            outputs = context.out("dy by step", (steps, self.units, rows))
            np.copyto(outputs, dy.transpose(1, 2, 0))
        else:
            np.copyto(dh, dy.T)
        dz = self._back(params, by_step, dh, outputs, walk, grads)
        context.note("dz", dz.reshape(-1, steps, rows).transpose(2, 1, 0))
        inputs = Inputs(params["kernel"], self._input_bias(params), memory.get("dropped inputs"), context)
        inputs.gradients(dz, memory["fed"], grads["kernel"], self._input_bias(grads))
        if context.first:
            return dy
        dx = context.out("dx", (rows, steps, features))
        inputs.backward(dz, dx[:, ::-1] if self.go_backwards else dx)
        return dx

    def _walk(self, rows: int, dropped: Array | None, context: Context) -> Walk:
        gates = Gates(self._functions(), self.units, rows, context)
        return Walk(context, gates, dropped, self._padding(context))

    def _dropped(self, rows: int, features: int, context: Context) -> tuple[Array | None, Array | None]:
        """Factors of the inputs (groups, features, rows) and of the states (groups, units, rows); None for none."""
        if not context.training or not self.dropout and not self.recurrent_dropout:
            return None, None
        groups = self.gates if self.recurrent_dropout else 1
        rng = context.rng()
        found: list[Array | None] = []
        for name, rate, n in (("inputs", self.dropout, features), ("states", self.recurrent_dropout, self.units)):
            mask = drop(rate, rng, context.out(f"dropped {name}", (groups, rows, n))) if rate else None
            found.append(None if mask is None else mask.transpose(0, 2, 1))
        return found[0], found[1]

    def _padding(self, context: Context) -> Array | None:
        """(steps, rows), True where a step is padding, in the order in which they are read; None without any."""
        if context.mask is None or context.mask.all():
            return None
        padding = ~context.mask.T
        return padding[::-1] if self.go_backwards else padding


_AS_THEY_ARE = ("x", "fed", "dropped inputs", "dropped states")


@layers.register("simple_rnn", title=N_("Simple RNN"))
@dataclass(frozen=True)
class SimpleRNN(Recurrent):
    """h_t = f(x_t·W + h_{t−1}·U + b) for t = 1 … steps, h_0 = 0: W (features, units), U (units, units), b (units,).

    (steps, features) -> (units,), or (steps, units) with return_sequences. dz_t = f'(z_t)·dh_t,
    dh_{t−1} = dy_{t−1} + dz_t·Uᵀ, ∂L/∂U = Σ h_{t−1}ᵀ·dz_t. Elman, 1990;
    https://keras.io/api/layers/recurrent_layers/simple_rnn
    """

    def _functions(self) -> tuple[Activation, ...]:
        return (self.activation,)

    def _run(self, params: Weights, z: Array, states: Array, walk: Walk) -> dict[str, Array]:
        recurrence = walk.recurrence(params["recurrent_kernel"]).scaled(walk.gates.scale)
        for t in range(len(z)):
            # h_t = f(z_t), z_t = x_t·W + b + h_{t−1}·U
            before, h = states[t], states[t + 1]
            np.add(z[t], recurrence.forward(before), out=z[t])
            walk.gates.value(z[t], h)
            walk.stay(t, h, before)
        return {} if walk.gates.quick else {"preactivations": z}

    def _back(
        self, params: Weights, memory: Memory, dh: Array, dy: Array | None, walk: Walk, grads: Weights
    ) -> Array:
        states, gates = memory["states"], walk.gates
        h = states[1:]
        z = memory.get("preactivations", h)
        dz = walk.context.out("dz by step", h.shape)
        gates.slope(0, np.broadcast_to(walk.context.one, h.shape), z, h, dz)
        walk.still(dz)
        recurrence = walk.recurrence(params["recurrent_kernel"])
        before = walk.context.out("dh before", dh.shape)
        for t in reversed(range(len(h))):
            # dz_t = f'(z_t)·dh_t, dh_{t−1} = dy_{t−1} + dz_t·Uᵀ
            if dy is not None:
                np.add(dh, dy[t], out=dh)
            walk.note("dh", t, dh)
            np.multiply(dz[t], dh, out=dz[t])
            gates.mix(dz[t], z[t], h[t])
            recurrence.backward(dz[t], before)
            walk.stay(t, before, dh)
            dh, before = before, dh
        flat = by_feature(dz, "dz by feature", walk.context)
        recurrence.gradient(flat, states[:-1], grads["recurrent_kernel"])
        return flat

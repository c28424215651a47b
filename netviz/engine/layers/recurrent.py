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
from netviz.engine.layers.recurrence import Feed, by_feature
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
    """What a pass over all steps of a batch knows beside the numbers: the gates, what is fed, what is padding."""

    def __init__(self, context: Context, gates: Gates, feed: Feed, padding: Array | None) -> None:
        """padding: (steps, rows), steps as they are read."""
        self.context, self.gates, self.feed, self.padding = context, gates, feed, padding
        self.padded = None if padding is None else [bool(step.any()) for step in padding]

    def single(self, function: Activation) -> Gates:
        """One more function, of something that is not a gate."""
        units, rows, context = self.gates.units, self.gates.rows, self.context
        return context.once(("single", rows), lambda: Gates((function,), units, rows, context.inner("single"), scaled=False))

    def still(self, t: int, *slopes: Array) -> None:
        """A step that is padding moves nothing: its slopes (n, rows) are 0."""
        if self.padded is not None and self.padded[t]:
            assert self.padding is not None
            for array in slopes:
                np.copyto(array, 0, where=self.padding[t])

    def note(self, name: str, t: int, array: Array) -> None:
        """Write (n, rows) of a step down, as (rows, n), where somebody asks for it."""
        notes = self.context.notes
        if notes is not None:
            notes.setdefault(name, {})[t] = array.T.copy()

    def stay(self, t: int, array: Array, old: Array) -> None:
        """In rows whose step t is padding, (units, rows) is as it was."""
        if self.padded is not None and self.padded[t]:
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

    # -------------------------------------------------------------------------------------------- kernels and products

    @property
    def _blocks(self) -> int:
        """How many blocks of units a step's product has."""
        return self.gates

    def _join(self, arrays: Weights, joined: Array) -> None:
        """U, W and b side by side, transposed: (blocks·units, units + features + 1)."""
        units = self.units
        joined[:, :units] = arrays["recurrent_kernel"].T
        joined[:, units : units + len(arrays["kernel"])] = arrays["kernel"].T
        if self.use_bias:
            joined[:, -1] = arrays["bias"]

    def _part(self, joined: Array, arrays: Weights) -> None:
        """The same the other way round, for gradients."""
        units = self.units
        np.copyto(arrays["recurrent_kernel"], joined[:, :units].T)
        np.copyto(arrays["kernel"], joined[:, units : units + len(arrays["kernel"])].T)
        if self.use_bias:
            np.copyto(arrays["bias"], joined[:, -1])

    def _scale(self, gates: Gates) -> Array:
        """What z is multiplied by, (blocks·units, 1)."""
        return gates.scale

    def _groups(self, dropped: Array | None) -> Array | None:
        """What is dropped for each gate, as it is for each block."""
        return dropped

    # ------------------------------------------------------------------------------------------------- the one step

    @abstractmethod
    def _functions(self) -> tuple[Activation, ...]:
        """The activations of the gates."""

    @abstractmethod
    def _run(self, params: Weights, states: Array, walk: Walk) -> dict[str, Array]:
        """All steps forward: `walk.feed` gives scale·(x_t·W + h_{t−1}·U + b), (blocks·units, rows); to become states.

        states: (steps + 1, units, rows), the first of them set. Gives what else `_back` needs, steps first and rows last.
        """

    @abstractmethod
    def _back(
        self, params: Weights, memory: Memory, dh: Array, dy: Array | None, walk: Walk, grads: Weights
    ) -> Array:
        """All steps back: dz (steps, blocks·units, rows).

        memory: steps first and rows last. dh (units, rows): ∂L/∂h of the last step, may be overwritten; dy (steps,
        units, rows): what the output of each step adds to that. grads: for what is not fed.
        """

    # --------------------------------------------------------------------------------------------------- both passes

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        rows, steps, features = x.shape
        dropped = self._dropped(rows, features, context)
        walk = self._walk(params, x, dropped, context)
        walk.feed.fill(x[:, ::-1] if self.go_backwards else x)
        states = walk.feed.states
        found = {"states": states, **self._run(params, states, walk)}
        y = context.out("y", (rows, *self.output_shape((steps, features))))
        np.copyto(y, states[1:].transpose(2, 0, 1) if self.return_sequences else states[-1].T)
        memory = {"x": x} | {name: array.transpose(2, 0, 1) for name, array in found.items()}
        masks = {name: mask for name, mask in zip(_MASKS, dropped, strict=True) if mask is not None}
        return y, memory | masks

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        x: Array = memory["x"]
        rows, steps, _features = x.shape
        walk = self._walk(params, x, (memory.get(_MASKS[0]), memory.get(_MASKS[1])), context)
        by_step = {name: array.transpose(1, 2, 0) for name, array in memory.items() if name not in ("x", *_MASKS)}
        dh = context.out("dh", (self.units, rows))
        outputs = None
        if self.return_sequences:
            dh.fill(0)
            outputs = context.out("dy by step", (steps, self.units, rows))
            np.copyto(outputs, dy.transpose(1, 2, 0))
        else:
            np.copyto(dh, dy.T)
        dz = self._back(params, by_step, dh, outputs, walk, grads)
        context.note("dz", dz[:, : self.gates * self.units].transpose(2, 0, 1))
        flat = by_feature(dz, "dz by feature", context)
        self._part(walk.feed.gradient(flat), grads)
        if context.first:
            return dy
        dx = context.out("dx", x.shape)
        walk.feed.inputs_gradient(flat, dx[:, ::-1] if self.go_backwards else dx)
        return dx

    def _walk(self, params: Weights, x: Array, dropped: tuple[Array | None, Array | None], context: Context) -> Walk:
        rows, _steps, features = x.shape
        gates = context.once(("gates", rows), lambda: Gates(self._functions(), self.units, rows, context))
        joined = context.out("joined", (self._blocks * self.units, self.units + features + self.use_bias))
        self._join(params, joined)
        by_block = self._groups(dropped[0]), self._groups(dropped[1])
        feed = Feed(joined, self._scale(gates), x, by_block, self.units, context)
        return Walk(context, gates, feed, self._padding(context))

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


_MASKS = "dropped inputs", "dropped states"


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

    def _run(self, params: Weights, states: Array, walk: Walk) -> dict[str, Array]:
        hs, quick = list(states), walk.gates.quick
        z = None if quick else walk.context.out("z by step", states[1:].shape)
        for t, (before, h) in enumerate(zip(hs, hs[1:], strict=False)):
            # h_t = f(z_t), z_t = x_t·W + b + h_{t−1}·U
            z_t = h if z is None else z[t]
            walk.feed.forward(t, z_t)
            walk.gates.value(z_t, h)
            walk.stay(t, h, before)
        return {} if z is None else {"preactivations": z}

    def _back(
        self, params: Weights, memory: Memory, dh: Array, dy: Array | None, walk: Walk, grads: Weights
    ) -> Array:
        h, gates = memory["states"][1:], walk.gates
        z = memory.get("preactivations", h)
        dz = walk.context.out("dz by step", h.shape)
        gates.slope(0, np.broadcast_to(walk.context.one, h.shape), z, h, dz)
        before = walk.context.out("dh before", dh.shape)
        for t, dz_t in reversed(tuple(enumerate(dz))):
            # dz_t = f'(z_t)·dh_t, dh_{t−1} = dy_{t−1} + dz_t·Uᵀ
            if dy is not None:
                np.add(dh, dy[t], out=dh)
            walk.note("dh", t, dh)
            walk.still(t, dz_t)
            np.multiply(dz_t, dh, out=dz_t)
            gates.mix(dz_t, z[t], h[t])
            walk.feed.backward(dz_t, before)
            walk.stay(t, before, dh)
            dh, before = before, dh
        return dz

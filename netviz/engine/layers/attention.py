"""Attention: every step of a sequence looks at every other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range
from netviz.engine.initializers import GlorotUniform, Initializer, Zeros
from netviz.engine.layers.dropout import Rate, drop
from netviz.engine.layers.layer import SEQUENCE, Layer, Memory, Weight, Weights, layers
from netviz.engine.layers.recurrent import check_sequence
from netviz.engine.regularizers import Regularizer
from netviz.engine.workspace import Context
from netviz.i18n import N_, _

Heads = Annotated[int, Range(low=1, high=10_000, log=True, title=N_("Heads"))]
Width = Annotated[int, Range(low=1, high=1_000_000, log=True, title=N_("Size of queries and keys"))]

_PARTS = ("query", "key", "value")


@layers.register("multi_head_attention", title=N_("Self-attention"))
@dataclass(frozen=True)
class MultiHeadAttention(Layer):
    """y = [o_1 … o_heads]·W_o + b_o, o = A·v, A = softmax(q·kᵀ/√key_dim) over the steps that are looked at, in each head.

    q = x·W_q + b_q, k = x·W_k + b_k, v = x·W_v + b_v: the sequence itself asks and answers, which Keras writes as
    MultiHeadAttention(…)(x, x). (steps, features) -> (steps, features). Kernels: query and key (features, heads,
    key_dim), value (features, heads, value_dim), attention_output (heads, value_dim, features); value_dim is key_dim
    where None. Steps that are padding are not looked at. dropout: rate at which entries of A are dropped in training.
    Backwards: dA = do·vᵀ, dS = A·(dA − Σ dA·A), dq = dS·k/√key_dim, dk = dSᵀ·q/√key_dim, dv = Aᵀ·do.
    Vaswani et al., 2017; https://keras.io/api/layers/attention_layers/multi_head_attention
    """

    group = SEQUENCE

    num_heads: Heads = 1
    key_dim: Width = 8
    value_dim: Annotated[int, Range(low=1, high=1_000_000, log=True, title=N_("Size of values"))] | None = None
    dropout: Rate = 0.0
    use_bias: bool = True
    kernel_initializer: Initializer = GlorotUniform()
    bias_initializer: Initializer = Zeros()
    kernel_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None

    @property
    def passes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        check_sequence(_("Attention"), input_shape)
        return input_shape

    def _widths(self) -> dict[str, int]:
        value = self.key_dim if self.value_dim is None else self.value_dim
        return {"query": self.key_dim, "key": self.key_dim, "value": value}

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        features, widths = input_shape[-1], self._widths()
        shapes: dict[str, tuple[Shape, Shape]] = {
            name: ((features, self.num_heads, width), (self.num_heads, width)) for name, width in widths.items()
        }
        shapes["attention_output"] = ((self.num_heads, widths["value"], features), (features,))
        found = []
        for name, (kernel, bias) in shapes.items():
            found.append(Weight(f"{name}/kernel", kernel, self.kernel_initializer, self.kernel_regularizer))
            if self.use_bias:
                found.append(Weight(f"{name}/bias", bias, self.bias_initializer, self.bias_regularizer))
        return tuple(found)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        rows, steps, features = x.shape
        flat = x.reshape(-1, features)
        q, k, v = (self._projected(params[name], flat, name, (rows, steps), context) for name in _PARTS)
        # S = q·kᵀ/√key_dim, A = softmax(S)
        attention = context.out("attention", (rows, self.num_heads, steps, steps))
        np.matmul(q, k.swapaxes(2, 3), out=attention)
        np.multiply(attention, 1 / math.sqrt(self.key_dim), out=attention)
        hidden = _hidden(context)
        _softmax(attention, hidden)
        if hidden is not None and self.dropout:
            # Where nothing is to be looked at, at padded steps, Keras looks at all alike, and with dropout at nothing.
            np.copyto(attention, 0, where=hidden)
        memory = {"x": x, "query": q, "key": k, "value": v, "attention": attention}
        looked = attention
        if context.training and self.dropout:
            memory["dropped"] = drop(self.dropout, context.rng(), context.out("dropped", attention.shape))
            looked = memory["looked"] = context.out("looked", attention.shape)
            np.multiply(attention, memory["dropped"], out=looked)
        # o = A·v, y = o·W_o + b_o
        heads = context.out("heads", (rows, steps, self.num_heads, v.shape[-1]))
        np.matmul(looked, v, out=heads.transpose(0, 2, 1, 3))
        y = context.out("y", (rows * steps, features))
        output = params["attention_output"]
        np.dot(heads.reshape(rows * steps, -1), output["kernel"].reshape(-1, features), out=y)
        if self.use_bias:
            np.add(y, output["bias"], out=y)
        return y.reshape(x.shape), memory | {"heads": heads}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        features = dy.shape[-1]
        dflat = dy.reshape(-1, features)
        heads, attention = memory["heads"], memory["attention"]
        flat_heads = heads.reshape(len(dflat), -1)
        output, d_output = params["attention_output"], grads["attention_output"]
        np.dot(flat_heads.T, dflat, out=d_output["kernel"].reshape(-1, features))
        if self.use_bias:
            context.row_sums(dflat, d_output["bias"])
        d_heads = context.out("d heads", heads.shape)
        np.dot(dflat, output["kernel"].reshape(-1, features).T, out=d_heads.reshape(flat_heads.shape))
        do = d_heads.transpose(0, 2, 1, 3)  # (rows, heads, steps, width)
        each = self._apart(heads.shape[:2], context)
        np.matmul(memory.get("looked", attention).swapaxes(2, 3), do, out=each["value"])
        # dS = A·(dA − Σ dA·A)/√key_dim, dq = dS·k, dk = dSᵀ·q
        ds = np.matmul(do, memory["value"].swapaxes(2, 3), out=context.out("d attention", attention.shape))
        context.note("d heads", d_heads)
        context.note("d looked", ds)
        if "dropped" in memory:
            np.multiply(ds, memory["dropped"], out=ds)
        mean = np.einsum("...j,...j->...", ds, attention)
        np.subtract(ds, mean[..., None], out=ds)
        np.multiply(ds, attention, out=ds)
        np.multiply(ds, 1 / math.sqrt(self.key_dim), out=ds)
        context.note("d scores", ds)
        np.matmul(ds, memory["key"], out=each["query"])
        np.matmul(ds.swapaxes(2, 3), memory["query"], out=each["key"])
        for name, array in each.items():
            context.note(f"d {name}", array)
        return self._inputs(params, memory["x"], each, dy, context, grads)

    def _projected(self, params: Weights, flat: Array, name: str, shape: Shape, context: Context) -> Array:
        """x·W + b in heads, (rows, heads, steps, width)."""
        width = self._widths()[name]
        z = context.out(name, (*shape, self.num_heads, width))
        np.dot(flat, params["kernel"].reshape(flat.shape[1], -1), out=z.reshape(len(flat), -1))
        if self.use_bias:
            np.add(z, params["bias"], out=z)
        return z.transpose(0, 2, 1, 3)

    def _apart(self, shape: Shape, context: Context) -> dict[str, Array]:
        """Arrays for dq, dk and dv, (rows, heads, steps, width)."""
        made = {name: context.out(f"d {name}", (*shape, self.num_heads, n)) for name, n in self._widths().items()}
        return {name: array.transpose(0, 2, 1, 3) for name, array in made.items()}

    def _inputs(
        self, params: Weights, x: Array, each: dict[str, Array], dy: Array, context: Context, grads: Weights
    ) -> Array:
        """The gradients of the three projections, and dx, the sum of what comes through them."""
        flat = x.reshape(-1, x.shape[-1])
        dx = context.out("dx", flat.shape)
        through = context.out("dx through one", flat.shape)
        for place, name in enumerate(_PARTS):
            dz = each[name].transpose(0, 2, 1, 3).reshape(len(flat), -1)
            np.dot(flat.T, dz, out=grads[name]["kernel"].reshape(flat.shape[1], -1))
            if self.use_bias:
                context.row_sums(dz, grads[name]["bias"].reshape(-1))
            if not context.first:
                kernel = params[name]["kernel"].reshape(flat.shape[1], -1)
                np.dot(dz, kernel.T, out=through if place else dx)
                if place:
                    np.add(dx, through, out=dx)
        return dy if context.first else dx.reshape(x.shape)


def _hidden(context: Context) -> Array | None:
    """What is not looked at, (rows, 1, steps, steps): padded steps, and all that padded steps look at; None for nothing."""
    if context.mask is None:
        return None
    mask = context.mask
    return ~(mask[:, None, :, None] & mask[:, None, None, :])


def _softmax(scores: Array, hidden: Array | None) -> None:
    """exp(S)/Σ exp(S) along the last axis, in place; where all is hidden, all alike."""
    if hidden is not None:
        np.copyto(scores, np.finfo(scores.dtype).min / 2, where=hidden)
    np.subtract(scores, scores.max(-1, keepdims=True), out=scores)
    np.exp(scores, out=scores)
    np.divide(scores, np.add.reduce(scores, -1, keepdims=True), out=scores)

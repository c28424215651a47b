"""Embedding and recurrent layers: gates in netviz' order, steps behind the rows.

Source: https://onnx.ai/onnx/operators/onnx__LSTM.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.engine import activations
from netviz.engine.activations import Activation
from netviz.engine.layers import GRU, LSTM, Bidirectional, Embedding, Recurrent, SimpleRNN
from netviz.formats.onnx.reading.folding import Filled
from netviz.formats.onnx.reading.model import Node
from netviz.formats.onnx.reading.readers import Value, array_at, given, reads, tensor_at
from netviz.formats.onnx.reading.shapes import gathered
from netviz.formats.onnx.reading.tensor import Tensor, Unreadable
from netviz.i18n import _

# The places of netviz' gates among ONNX': input, output, forget, cell there; input, forget, cell, output here.
_GATES = {"LSTM": (0, 2, 3, 1), "GRU": (0, 1, 2), "RNN": (0,)}
_FUNCTIONS: dict[str, Activation] = {
    "sigmoid": activations.Sigmoid(), "tanh": activations.Tanh(), "relu": activations.Relu(),
    "softplus": activations.Softplus(),
}  # fmt: skip


@reads("Gather")
def gather(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """Rows of a table for tokens, or one place of a result."""
    if not isinstance(values[1], Tensor):
        return gathered(node, values)
    table, tokens = array_at(values, 0), values[1]
    if table.ndim != 2 or int(node.attributes.get("axis", 0)) != 0 or table.dtype.kind != "f":
        raise Unreadable(_("its table of the shape {shape} is none of vectors for tokens").format(shape=table.shape))
    rows = next(i for i, group in enumerate(tokens.groups) if 0 in group)
    x = tokens.arranged([rows, *(i for i in range(len(tokens.groups)) if i != rows)])
    cell = x.cell.then(Embedding(*table.shape), node.label, embeddings=table)
    return Tensor(cell, (*x.lengths, table.shape[1]), (*x.groups, (len(x.lengths),)))


@reads("LSTM", "GRU", "RNN")
def recurrent(node: Node, values: Sequence[Value], _opset: int) -> tuple[Tensor | None, ...]:
    """(the states of all steps, the last state, the last carry, which nobody may ask for)."""
    _refuse_others(node, values)
    x = tensor_at(values).arranged([1, 0, 2])
    direction = node.attributes.get("direction", "forward")
    steps, rows = x.cell.shape[0], x.lengths[0]
    units = int(node.attributes.get("hidden_size", array_at(values, 2).shape[-1]))
    both = direction == "bidirectional"
    found = [_weights(node, values, way) for way in range(1 + both)]
    arrays = {f"{p}/{k}": a for p, own in zip(("forward", "backward"), found, strict=False) for k, a in own.items()}
    made: list[Tensor | None] = []
    for sequences in (True, False):
        if direction == "reverse" and sequences:
            made.append(None)
            continue
        inner = _layer(node, units, given(values, 3), sequences, direction == "reverse")
        layer = Bidirectional(inner) if both else inner
        cell = x.cell.then(layer, node.label, **(arrays if both else found[0]))
        own = (2, units) if both else (units,)
        lengths = (rows, steps, *own) if sequences else (rows, *own)
        last, way = len(lengths) - 1, (len(lengths) - 2,) if both else ()
        made.append(Tensor(cell, lengths, ((1,), way, (0,), (last,)) if sequences else (way, (0,), (last,))))
    return (*made, None)


def _refuse_others(node: Node, values: Sequence[Value]) -> None:
    if node.attributes.get("layout", 0) or node.attributes.get("input_forget", 0) or "clip" in node.attributes:
        raise Unreadable(_("it has a layout, a bound or a coupling of gates that netviz' layers do not have"))
    if given(values, 4) and isinstance(values[4], Tensor):
        raise Unreadable(_("its sequences have lengths of their own"))
    if given(values, 7) and array_at(values, 7).any():
        raise Unreadable(_("its gates look at the carry (peepholes)"))
    for place in (5, 6):
        first = values[place] if place < len(values) else None
        zero = first is None or isinstance(first, Filled) and first.value == 0
        if not zero and not (isinstance(first, np.ndarray) and not first.any()):
            raise Unreadable(_("its states do not begin at 0"))


def _weights(node: Node, values: Sequence[Value], way: int) -> dict[str, Array]:
    """Kernel, recurrent kernel and bias of one direction."""
    order = _GATES[node.kind]
    count = len(order)
    kernel, inner = (_turned(array_at(values, place)[way], order) for place in (1, 2))
    if not given(values, 3):
        return {"kernel": kernel, "recurrent_kernel": inner}
    bias = array_at(values, 3)[way].reshape(2, count, -1)[:, list(order)].reshape(2, -1)
    split = node.kind == "GRU" and node.attributes.get("linear_before_reset", 0)
    return {"kernel": kernel, "recurrent_kernel": inner, "bias": bias if split else bias[0] + bias[1]}


def _turned(kernel: Array, order: tuple[int, ...]) -> Array:
    """(gates·units, n) in ONNX' order -> (n, gates·units) in netviz'."""
    blocks = kernel.reshape(len(order), -1, kernel.shape[-1])[list(order)]
    return np.ascontiguousarray(blocks.reshape(-1, kernel.shape[-1]).T)


def _layer(node: Node, units: int, use_bias: bool, sequences: bool, backwards: bool) -> Recurrent:
    names = [str(name).lower() for name in node.attributes.get("activations", [])]
    functions = [_FUNCTIONS.get(name) for name in names]
    each = {"LSTM": 3, "GRU": 2, "RNN": 1}[node.kind]
    if None in functions or functions[each:] not in ([], functions[:each]):
        raise Unreadable(_("its functions {names} are not netviz' own").format(names=", ".join(names)))
    settings: dict[str, Any] = {"use_bias": use_bias, "return_sequences": sequences, "go_backwards": backwards}
    if node.kind == "RNN":
        return SimpleRNN(units, functions[0] if functions else activations.Tanh(), **settings)  # type: ignore[arg-type]
    gates, value = functions[:2] if functions else (activations.Sigmoid(), activations.Tanh())
    if node.kind == "LSTM" and functions and functions[2] != value:
        raise Unreadable(_("its carry is shown by a function of its own"))
    settings |= {"activation": value, "recurrent_activation": gates}
    if node.kind == "GRU":
        return GRU(units, reset_after=bool(node.attributes.get("linear_before_reset", 0)), **settings)
    return LSTM(units, **settings)

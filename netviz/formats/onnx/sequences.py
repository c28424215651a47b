"""The operations of layers that read sequences: embedding, recurrent layers as a Scan over the steps, attention.

ONNX' own LSTM and GRU know lengths of sequences only; padding may stand anywhere here, so the steps are written out.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from netviz.formats.onnx.operations import Graph, Value, Weights, lowers
from netviz.formats.onnx.plain import activated

_FAR = 2**31 - 1


@lowers("Embedding")
def embedding(layer: Any, graph: Graph, x: Value, weights: Weights) -> Value:
    tokens = graph("Cast", x.name, to=np.dtype(np.int64))
    y = graph("Gather", weights["embeddings"], tokens, axis=0)
    mask = graph("Not", graph("Equal", tokens, graph.constant(np.array(0)))) if layer.mask_zero else None
    return Value(y, layer.output_shape(x.shape), mask)


@lowers("SimpleRNN", "LSTM", "GRU")
def recurrent(layer: Any, graph: Graph, x: Value, weights: Weights) -> Value:
    """The state after the last step, or after each, in the order in which they are read."""
    states = _states(layer, graph, x, weights)
    shape = layer.output_shape(x.shape)
    return Value(_by_rows(graph, states) if layer.return_sequences else _final(graph, states), shape)


@lowers("Bidirectional")
def bidirectional(layer: Any, graph: Graph, x: Value, weights: Weights) -> Value:
    """Both ways, the second turned back, put together; where each step has an output, that of padding is 0."""
    sequences, found = layer.layer.return_sequences, []
    for name, way in (("forward", layer.layer), ("backward", replace(layer.layer, go_backwards=True))):
        own = {key.removeprefix(f"{name}/"): made for key, made in weights.items() if key.startswith(f"{name}/")}
        states = _states(way, graph, x, own)
        if not sequences:
            found.append(_final(graph, states))
            continue
        y = _by_rows(graph, _turned(graph, states) if way.go_backwards else states)
        if x.mask is not None:
            y = graph("Where", graph("Unsqueeze", x.mask, np.array([2])), y, 0.0)
        found.append(y)
    return Value(_merged(layer.merge_mode, graph, *found), layer.output_shape(x.shape))


def _merged(mode: str, graph: Graph, one: str, other: str) -> str:
    if mode == "concat":
        return str(graph("Concat", one, other, axis=-1))
    merged = graph("Mul" if mode == "mul" else "Add", one, other)
    return str(graph("Mul", merged, 0.5) if mode == "ave" else merged)


def _turned(graph: Graph, steps: str) -> str:
    """(steps, ...) with the last first."""
    return str(graph("Slice", steps, np.array([-1]), np.array([-_FAR]), np.array([0]), np.array([-1])))


def _by_rows(graph: Graph, states: str) -> str:
    return str(graph("Transpose", states, perm=[1, 0, 2]))


def _final(graph: Graph, states: str) -> str:
    return str(graph("Gather", states, graph.constant(np.array(-1)), axis=0))


# ------------------------------------------------------------------------------------------------------ a step of each


def _states(layer: Any, graph: Graph, x: Value, weights: Weights) -> str:
    """The states after all steps, (steps, rows, units), in the order in which they are read."""
    kind, units = type(layer).__name__, layer.units
    twice = kind == "GRU" and layer.reset_after  # the state has a bias of its own
    z = graph("MatMul", x.name, weights["kernel"])
    if layer.use_bias:
        bias = graph("Gather", weights["bias"], graph.constant(np.array(0)), axis=0) if twice else weights["bias"]
        z = graph("Add", z, bias)
    scanned = [graph("Transpose", z, perm=[1, 0, 2])]
    if x.mask is not None:
        scanned.append(graph("Unsqueeze", graph("Transpose", x.mask, perm=[1, 0]), np.array([2])))
    if layer.go_backwards:
        scanned = [_turned(graph, each) for each in scanned]
    rows = graph("Shape", x.name, start=0, end=1)
    zeros = graph("ConstantOfShape", graph("Concat", rows, np.array([units]), axis=0), value=np.zeros(1, graph.dtype))
    carried = ["h", "c"][: 2 if kind == "LSTM" else 1]
    body = _body(layer, graph, weights, carried, masked=x.mask is not None)
    found = graph("Scan", *[zeros] * len(carried), *scanned, outputs=len(carried) + 1, body=body, num_scan_inputs=len(scanned))
    return str(found[-1])


class Body(Graph):
    """The operations of one step; it sees the constants of the graph around it by their names."""

    inputs: tuple[str, ...] = ()
    results: tuple[str, ...] = ()


def _body(layer: Any, graph: Graph, weights: Weights, carried: list[str], masked: bool) -> Body:
    begin = f"{graph.within}step_{len(graph.ops)}_"
    body = Body(graph.dtype, constants=graph.constants, within=begin)
    old = [f"{begin}{name}" for name in carried]
    z, padding = f"{begin}z", f"{begin}mask"
    new = _CELLS[type(layer).__name__](layer, body, weights, z, old)
    if masked:  # a step that is padding leaves everything as it is
        new = [body("Where", padding, after, before) for after, before in zip(new, old, strict=True)]
    body.inputs = (*old, z, *([padding] if masked else []))
    body.results = (*new, body("Identity", new[0]))
    return body


def _simple(layer: Any, body: Graph, weights: Weights, z: str, old: list[str]) -> list[str]:
    """h ← f(z + h·U)."""
    return [activated(layer.activation, body, body("Add", z, body("MatMul", old[0], weights["recurrent_kernel"])))]


def _lstm(layer: Any, body: Graph, weights: Weights, z: str, old: list[str]) -> list[str]:
    """i, f, g, o of z + h·U; c ← f·c + i·g, h ← o·f(c)."""
    z = body("Add", z, body("MatMul", old[0], weights["recurrent_kernel"]))
    i, f, g, o = _blocks(body, z, 4, layer.units)
    i, f, o = (activated(layer.recurrent_activation, body, part) for part in (i, f, o))
    g = activated(layer.activation, body, g)
    c = body("Add", body("Mul", f, old[1]), body("Mul", i, g))
    return [body("Mul", o, activated(layer.activation, body, c)), c]


def _gru(layer: Any, body: Graph, weights: Weights, z: str, old: list[str]) -> list[str]:
    """u, r of z + h·U; g = f(z_h + r·(h·U_h)) or f(z_h + (r·h)·U_h); h ← u·h + (1 − u)·g."""
    h, units = old[0], layer.units
    update, reset, candidate = _blocks(body, z, 3, units)
    recurrent = weights["recurrent_kernel"]
    if layer.reset_after:
        inner = body("MatMul", h, recurrent)
        if layer.use_bias:
            inner = body("Add", inner, body("Gather", weights["bias"], body.constant(np.array(1)), axis=0))
        from_h = _blocks(body, inner, 3, units)
    else:
        kernels = _blocks(body, recurrent, 3, units)
        from_h = [body("MatMul", h, kernels[0]), body("MatMul", h, kernels[1]), ""]
    u = activated(layer.recurrent_activation, body, body("Add", update, from_h[0]))
    r = activated(layer.recurrent_activation, body, body("Add", reset, from_h[1]))
    recalled = body("Mul", r, from_h[2]) if layer.reset_after else body("MatMul", body("Mul", r, h), kernels[2])
    g = activated(layer.activation, body, body("Add", candidate, recalled))
    return [body("Add", body("Mul", u, h), body("Mul", body("Sub", 1.0, u), g))]


_CELLS = {"SimpleRNN": _simple, "LSTM": _lstm, "GRU": _gru}


def _blocks(body: Graph, z: str, count: int, units: int) -> list[str]:
    """Blocks of `units` side by side along the last axis."""
    return list(body("Split", z, np.full(count, units), axis=-1, outputs=count))


# ----------------------------------------------------------------------------------------------------------- attention


@lowers("MultiHeadAttention")
def attention(layer: Any, graph: Graph, x: Value, weights: Weights) -> Value:
    """softmax(q·kᵀ/√key_dim)·v in each head, heads side by side times W_o."""
    steps, features = x.shape
    heads = layer.num_heads

    def projected(name: str, width: int) -> str:
        kernel = graph("Reshape", weights[f"{name}/kernel"], np.array([features, heads * width]))
        y = graph("MatMul", x.name, kernel)
        if layer.use_bias:
            y = graph("Add", y, graph("Reshape", weights[f"{name}/bias"], np.array([heads * width])))
        return str(graph("Transpose", graph("Reshape", y, np.array([-1, steps, heads, width])), perm=[0, 2, 1, 3]))

    width = layer.key_dim if layer.value_dim is None else layer.value_dim
    q, k, v = projected("query", layer.key_dim), projected("key", layer.key_dim), projected("value", width)
    scores = graph("MatMul", graph("Mul", q, 1 / math.sqrt(layer.key_dim)), graph("Transpose", k, perm=[0, 1, 3, 2]))
    if x.mask is not None:
        scores = graph("Where", graph("Unsqueeze", x.mask, np.array([1, 2])), scores, -1e9)
    looked = graph("Transpose", graph("MatMul", graph("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
    flat = graph("Reshape", looked, np.array([-1, steps, heads * width]))
    y = graph("MatMul", flat, graph("Reshape", weights["attention_output/kernel"], np.array([heads * width, features])))
    y = graph("Add", y, weights["attention_output/bias"]) if layer.use_bias else y
    return Value(y, x.shape)

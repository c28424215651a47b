"""Layers that read sequences in PyTorch: its own modules where they do the same, else ours with the same names of weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from netviz.arrays import Shape
from netviz.formats.programs.torch_layers import function
from netviz.formats.programs.torch_lines import Model, writes


@writes("Embedding")
def embedding(layer: Any, model: Model, x: str, _shape: Shape) -> str:
    if layer.mask_zero:
        model.put(f"mask = {x} != 0", "token 0 is padding")
    made = model.made("nn.Embedding", layer.input_dim, layer.output_dim)
    model.holds("embeddings", (layer.input_dim, layer.output_dim), "weight")
    return f"{made}({x}.long())"


_OWN = {"SimpleRNN": "OwnRNN", "LSTM": "OwnLSTM", "GRU": "OwnGRU"}
_TORCH = {"SimpleRNN": "nn.RNN", "LSTM": "nn.LSTM", "GRU": "nn.GRU"}


def _plain(layer: Any, model: Model) -> bool:
    """Whether PyTorch's own module does the same."""
    simple = type(layer).__name__ == "SimpleRNN"
    names = {"activation": ("tanh", *(["relu"] if simple else [])), "recurrent_activation": ("sigmoid",)}
    functions = {name: getattr(layer, name, None) for name in names}
    usual = all(f is None or f.family.name(type(f)) in names[name] for name, f in functions.items())
    return usual and not model.masked and getattr(layer, "reset_after", True)


def _recurrent_weights(layer: Any, model: Model, shape: Shape, within: str, end: str, suffix: str = "") -> None:
    """Where the arrays of one direction stand; within: netviz' name of the direction, end: PyTorch's."""
    gru, units = type(layer).__name__ == "GRU", layer.units
    for weight in layer.weights(shape):
        part = {"kernel": "weight_ih", "recurrent_kernel": "weight_hh", "bias": "bias_ih"}[weight.name]
        own: tuple[str, ...] = (f"{part}_{end}",)
        how = "gates" if gru else "turned"
        if weight.name == "bias":
            how = "gate_bias" if gru else "as_is"
            if gru and layer.reset_after:
                own, how = (f"bias_ih_{end}", f"bias_hh_{end}"), "gate_biases"
            else:
                model.constant(f"bias_hh_{end}", np.zeros(layer.gates * units), suffix)
        model.holds(f"{within}{weight.name}", weight.shape, *own, how=how, suffix=suffix)


def _own(layer: Any, model: Model, shape: Shape, within: str, suffix: str, backwards: bool) -> str:
    """A module of our own for one direction; returns the call that gives the states of all steps, in reading order."""
    kind = type(layer).__name__
    more: dict[str, Any] = {"activation": function(layer.activation, model)}
    if kind != "SimpleRNN":
        more["gate"] = function(layer.recurrent_activation, model)
    usual = {"activation": "torch.tanh", "gate": "torch.sigmoid"}
    more = {name: value for name, value in more.items() if value != usual[name]}
    made = model.made(
        _OWN[kind], shape[-1], layer.units, suffix=suffix, bias=None if layer.use_bias else False, **more,
        reset_after=False if kind == "GRU" and not layer.reset_after else None, backwards=True if backwards else None,
    )  # fmt: skip
    _recurrent_weights(layer, model, shape, within, "l0", suffix)
    return f"{made}(x{', mask' if model.masked else ''})"


@writes("SimpleRNN", "LSTM", "GRU")
def recurrent(layer: Any, model: Model, x: str, shape: Shape) -> str:
    kept = "" if layer.return_sequences else "[:, -1]"
    if not _plain(layer, model):
        return _own(layer, model, shape, "", "", layer.go_backwards) + kept
    made = model.made(
        _TORCH[type(layer).__name__], shape[-1], layer.units, batch_first=True, bias=None if layer.use_bias else False,
        nonlinearity='"relu"' if layer.activation.family.name(type(layer.activation)) == "relu" else None,
    )  # fmt: skip
    _recurrent_weights(layer, model, shape, "", "l0")
    return f"{made}({x}{'.flip(1)' if layer.go_backwards else ''})[0]{kept}"


@writes("Bidirectional")
def bidirectional(layer: Any, model: Model, x: str, shape: Shape) -> str:
    inner, sequences = layer.layer, layer.layer.return_sequences
    if not _plain(inner, model):
        for way in ("forward", "backward"):
            call = _own(inner, model, shape, f"{way}/", f"_{way}", way == "backward")
            call += (".flip(1)" if way == "backward" else "") if sequences else "[:, -1]"
            model.put(f"{way} = {call}{' * mask[..., None]' if sequences and model.masked else ''}")
        return _merged(layer.merge_mode)
    made = model.made(
        _TORCH[type(inner).__name__], shape[-1], inner.units, batch_first=True, bidirectional=True,
        bias=None if inner.use_bias else False,
        nonlinearity='"relu"' if inner.activation.family.name(type(inner.activation)) == "relu" else None,
    )  # fmt: skip
    for way, end in (("forward", "l0"), ("backward", "l0_reverse")):
        _recurrent_weights(inner, model, shape, f"{way}/", end)
    if sequences and layer.merge_mode == "concat":
        return f"{made}({x})[0]"
    if sequences:
        model.put(f"forward, backward = {made}({x})[0].chunk(2, -1)")
    else:
        model.put(f"forward, backward = {made}({x})[1]{'[0]' if type(inner).__name__ == 'LSTM' else ''}")
    return _merged(layer.merge_mode)


def _merged(mode: str) -> str:
    merged = {"sum": "forward + backward", "mul": "forward * backward", "ave": "(forward + backward) / 2"}
    return merged.get(mode, "torch.cat([forward, backward], -1)")


@writes("MultiHeadAttention")
def attention(layer: Any, model: Model, x: str, shape: Shape) -> str:
    value = layer.key_dim if layer.value_dim is None else layer.value_dim
    made = model.made(
        "SelfAttention", shape[-1], layer.num_heads, layer.key_dim, value, bias=None if layer.use_bias else False,
        dropout=layer.dropout or None,
    )  # fmt: skip
    for weight in layer.weights(shape):
        part, name = weight.name.split("/")
        own = "output" if part == "attention_output" else part
        how = ("flat" if name == "bias" else "to_heads" if own == "output" else "from_heads")
        model.holds(weight.name, weight.shape, f"{own}.{'weight' if name == 'kernel' else 'bias'}", how=how)
    return f"{made}({x}{', mask' if model.masked else ''})"

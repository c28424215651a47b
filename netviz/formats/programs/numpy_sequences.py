"""Layers that read sequences as lines of NumPy: embedding, recurrent layers, attention."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netviz.arrays import Shape
from netviz.formats.programs.numpy_lines import Weights, bias, function, writes
from netviz.formats.programs.python_lines import Lines


@writes("Embedding")
def embedding(layer: Any, lines: Lines, x: str, _shape: Shape, weights: Weights) -> str:
    if layer.mask_zero:
        lines.put(f"mask = {x} != 0", "token 0 is padding")
    return f"{weights['embeddings']}[{lines.call('tokens', x, str(layer.input_dim))}]"


@writes("SimpleRNN", "LSTM", "GRU")
def recurrent(layer: Any, lines: Lines, x: str, _shape: Shape, weights: Weights) -> str:
    called = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}[type(layer).__name__]
    more: dict[str, Any] = {"activation": function(layer.activation, lines)}
    if called != "simple_rnn":
        more["gate"] = function(layer.recurrent_activation, lines)
    usual = {"activation": "np.tanh", "gate": "sigmoid"}
    more = {name: value for name, value in more.items() if value != usual[name]}
    if called == "gru" and not layer.reset_after:
        more["reset_after"] = False
    flags = {"sequences": layer.return_sequences, "backwards": layer.go_backwards}
    more |= {name: True for name, given in flags.items() if given}
    more |= {"mask": "mask"} if lines.masked else {}
    return lines.call(called, x, weights["kernel"], weights["recurrent_kernel"], *bias(weights), **more)


@writes("Bidirectional")
def bidirectional(layer: Any, lines: Lines, x: str, shape: Shape, weights: Weights) -> str:
    sequences = layer.layer.return_sequences
    for name, way in (("forward", layer.layer), ("backward", replace(layer.layer, go_backwards=True))):
        own = {key.removeprefix(f"{name}/"): each for key, each in weights.items() if key.startswith(f"{name}/")}
        turned = "[:, ::-1]" if sequences and name == "backward" else ""
        lines.put(f"{name} = {recurrent(way, lines, x, shape, own)}{turned}")
        if sequences and lines.masked:
            lines.put(f"{name} = {name} * mask[..., None]", "padding gives 0")
    merged = {"sum": "forward + backward", "mul": "forward * backward", "ave": "(forward + backward) / 2"}
    return merged.get(layer.merge_mode, "np.concatenate([forward, backward], -1)")


@writes("MultiHeadAttention")
def attention(layer: Any, lines: Lines, x: str, _shape: Shape, weights: Weights) -> str:
    pairs = [
        f"({weights[f'{part}/kernel']}, {weights[f'{part}/bias'] if layer.use_bias else '0.0'})"
        for part in ("query", "key", "value", "attention_output")
    ]
    hidden = True if lines.masked and layer.dropout else None
    return lines.call("attention", x, *pairs, mask="mask" if lines.masked else None, all_hidden_is_zero=hidden)

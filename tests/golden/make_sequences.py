"""Embedding, recurrent layers, Bidirectional and self-attention by Keras 3 on PyTorch, in float64.

    KERAS_BACKEND=torch python tests/golden/make_sequences.py

Imports Keras and never netviz. Writes sequences.npz, in the form of layers.npz; CASE/drawn/0... are the uniform numbers
behind the dropout masks, in the order in which Keras draws them. PyTorch's attention is its plain one: its quick one
for processors has slopes that are too large by the number of steps where a row of scores is hidden altogether.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
from make_keras import use_float64
from make_layers import built, of, tokens, trained, weights_of
from torch.nn.attention import SDPBackend, sdpa_kernel

HERE = Path(__file__).resolve().parent
ROWS = 6

Case = dict[str, Any]


def recurrent(kind: str) -> list[tuple[str, Case, tuple[int, ...], str]]:
    """Every option of a recurrent layer."""
    name, shape = kind.lower(), (5, 3)
    given: dict[str, tuple[dict[str, Any], str]] = {
        "plain": ({}, ""),
        "masked": ({}, "tail"),
        "masked_anywhere": ({}, "any"),
        "sequences": ({"return_sequences": True}, ""),
        "sequences_masked": ({"return_sequences": True}, "any"),
        "backwards": ({"go_backwards": True}, ""),
        "backwards_sequences_masked": ({"go_backwards": True, "return_sequences": True}, "any"),
        "no_bias": ({"use_bias": False}, "tail"),
        "relu": ({"activation": "relu"}, ""),
        "linear": ({"activation": None}, "tail"),
        "softmax_sequences": ({"activation": "softmax", "return_sequences": True}, "any"),
        "dropout": ({"dropout": 0.4}, ""),
        "dropout_masked": ({"dropout": 0.4, "return_sequences": True}, "tail"),
        "recurrent_dropout": ({"recurrent_dropout": 0.4}, ""),
        "dropouts": ({"dropout": 0.3, "recurrent_dropout": 0.4, "return_sequences": True}, "any"),
        "dropouts_no_bias": ({"dropout": 0.3, "recurrent_dropout": 0.4, "use_bias": False}, ""),
    }
    if kind != "SimpleRNN":
        given["gates_tanh"] = ({"recurrent_activation": "tanh"}, "tail")
        given["gates_softmax"] = ({"recurrent_activation": "softmax", "activation": "gelu"}, "any")
    if kind == "GRU":
        for option in list(given):
            arguments, masked = given[option]
            given[f"{option}_reset_before"] = ({**arguments, "reset_after": False}, masked)
    return [(f"{name}_{option}", of(kind, units=4, **more), shape, masked) for option, (more, masked) in given.items()]


def passes() -> list[Case]:
    """Every option that changes what a layer computes: name, layer, shape of a row, where padding is marked."""
    both, attention = "Bidirectional", "MultiHeadAttention"
    cases = [*recurrent("SimpleRNN"), *recurrent("LSTM"), *recurrent("GRU")]
    for mode in ("concat", "sum", "mul", "ave"):
        for kind in ("SimpleRNN", "LSTM", "GRU"):
            for sequences in (False, True):
                inner = of(kind, units=3, return_sequences=sequences)
                name = f"both_{mode}_{kind.lower()}" + "_sequences" * sequences
                cases.append((name, of(both, layer=inner, merge_mode=mode), (4, 3), "any" if mode != "sum" else ""))
    dropping = of("LSTM", units=3, dropout=0.3, recurrent_dropout=0.4, return_sequences=True)
    cases.append(("both_dropouts", of(both, layer=dropping), (4, 3), "tail"))
    for name, more, masked in (
        ("one_head", {"num_heads": 1, "key_dim": 4}, ""),
        ("heads", {"num_heads": 3, "key_dim": 4}, ""),
        ("masked", {"num_heads": 3, "key_dim": 4}, "tail"),
        ("masked_anywhere", {"num_heads": 2, "key_dim": 4}, "any"),
        ("values", {"num_heads": 2, "key_dim": 4, "value_dim": 5}, "tail"),
        ("no_bias", {"num_heads": 2, "key_dim": 4, "use_bias": False}, ""),
        ("dropout", {"num_heads": 2, "key_dim": 4, "dropout": 0.4}, ""),
        ("dropout_masked", {"num_heads": 2, "key_dim": 4, "dropout": 0.4}, "any"),
    ):
        cases.append((f"attention_{name}", of(attention, **more), (5, 6), masked))
    found = [{"name": name, "layer": layer, "shape": shape, "masked": masked} for name, layer, shape, masked in cases]
    for name, more in (("embedding", {}), ("embedding_masked", {"mask_zero": True})):
        layer = of("Embedding", input_dim=7, output_dim=3, **more)
        found.append({"name": name, "layer": layer, "shape": (5,), "masked": "", "tokens": 7})
    return found


def trainings() -> list[Case]:
    """Short trainings of stacks; the last batch of an epoch is smaller."""
    adam, sgd = {"class": "Adam", "learning_rate": 0.02}, {"class": "SGD", "learning_rate": 0.05, "momentum": 0.9}
    l2, dense = {"class": "L2", "l2": 0.02}, of("Dense", units=2)
    table, padded = (of("Embedding", input_dim=9, output_dim=4, mask_zero=zero) for zero in (False, True))
    penalties = {f"{name}_regularizer": l2 for name in ("kernel", "recurrent", "bias")}
    steps = {"return_sequences": True}
    stacks: dict[str, list[Case]] = {
        "lstm": [padded, of("LSTM", units=5), dense],
        "gru": [padded, of("GRU", units=5), dense],
        "gru_reset_before": [padded, of("GRU", units=5, reset_after=False), dense],
        "rnn": [padded, of("SimpleRNN", units=5), dense],
        "two": [padded, of("GRU", units=4, **steps), of("LSTM", units=3), dense],
        "backwards": [padded, of("LSTM", units=4, go_backwards=True), dense],
        "both": [padded, of("Bidirectional", layer=of("LSTM", units=3, **steps)), of("GRU", units=3), dense],
        "both_mul": [padded, of("Bidirectional", layer=of("GRU", units=3), merge_mode="mul"), dense],
        "penalized": [of("Embedding", input_dim=9, output_dim=4, embeddings_regularizer=l2),
                      of("LSTM", units=4, **penalties), dense],
        "flat": [table, of("Flatten"), of("Dense", units=4, activation="tanh"), dense],
        "attention": [padded, of("MultiHeadAttention", num_heads=2, key_dim=3), of("LSTM", units=4), dense],
        "attention_unmasked": [table, of("MultiHeadAttention", num_heads=2, key_dim=3, value_dim=2),
                               of("LayerNormalization"), of("Flatten"), dense],
    }  # fmt: skip
    numbers = [of("LSTM", units=4, **steps), of("Bidirectional", layer=of("SimpleRNN", units=3), merge_mode="sum"), dense]
    found = [
        {"name": f"fit_{name}", "layers": stack, "shape": (6,), "optimizer": sgd if name in ("rnn", "both_mul") else adam,
         "tokens": 9}
        for name, stack in stacks.items()
    ]  # fmt: skip
    return [*found, {"name": "fit_numbers", "layers": numbers, "shape": (5, 3), "optimizer": adam}]


def mask_of(rng: np.random.Generator, kind: str, steps: int) -> np.ndarray:
    """Which steps count: those before some place, or any; one row counts nowhere."""
    mask = np.arange(steps) < rng.integers(1, steps + 1, size=(ROWS, 1)) if kind == "tail" else rng.random((ROWS, steps)) < 0.6
    mask[ROWS // 2] = False
    return mask


class Dropping:
    """Has Keras' dropout use numbers that are kept."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.drawn: list[np.ndarray] = []

    def dropout(self, inputs: Any, rate: float, **_more: Any) -> Any:
        self.drawn.append(self.rng.uniform(size=tuple(inputs.shape)))
        return inputs * torch.tensor((self.drawn[-1] >= rate) / (1 - rate))


def passed(case: Case, seed: int) -> dict[str, np.ndarray]:
    """One layer's arrays."""
    rng = np.random.default_rng(seed)
    layer = built(case["layer"])
    whole = "tokens" in case
    x = tokens(rng, ROWS, case) if whole else rng.normal(0.3, 1.2, size=(ROWS, *case["shape"]))
    layer.build(x.shape)
    for weight in weights_of(layer):
        weight.assign(rng.normal(0.1, 0.4, size=weight.shape))
    arrays = {"x": x} | {f"weights/{i}": np.array(w) for i, w in enumerate(weights_of(layer))}
    if case["masked"]:
        arrays["mask"] = mask_of(rng, case["masked"], case["shape"][0])
    up = None
    for mode in ("training", "resting"):
        for weight in weights_of(layer):
            weight.value.grad = None
        dropping = Dropping(rng)
        keras.src.backend.random.dropout = dropping.dropout
        watched = torch.tensor(x, requires_grad=not whole)
        if case["masked"]:
            keras.src.backend.set_keras_mask(watched, torch.tensor(arrays["mask"]))
        with sdpa_kernel([SDPBackend.MATH]):
            y = layer(watched, **({} if whole else {"training": mode == "training"}))
            up = rng.normal(size=tuple(y.shape)) if up is None else up
            (y * torch.tensor(up)).sum().backward()
        if mode == "training":
            arrays |= {f"drawn/{i}": drawn for i, drawn in enumerate(dropping.drawn)}
        dx = np.zeros_like(x) if whole else watched.grad.numpy()
        arrays |= {f"{mode}/y": y.detach().numpy(), f"{mode}/dx": dx}
        arrays |= {f"{mode}/grads/{i}": w.value.grad.numpy() for i, w in enumerate(layer.trainable_weights)}
    return arrays | {"up": up}


def main() -> None:
    """Write everything."""
    use_float64()
    arrays = {"passes": np.array(json.dumps(passes())), "trainings": np.array(json.dumps(trainings()))}
    for case in trainings():
        arrays |= {f"{case['name']}/{key}": value for key, value in trained(case).items()}
        print(case["name"], flush=True)
    for seed, case in enumerate(passes()):
        arrays |= {f"{case['name']}/{key}": value for key, value in passed(case, seed).items()}
        print(case["name"], flush=True)
    np.savez_compressed(HERE / "sequences.npz", **arrays)


if __name__ == "__main__":
    main()

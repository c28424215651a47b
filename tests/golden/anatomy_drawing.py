"""Random networks of every kind of layer, in plain settings: sequences, tokens or images come in, a few numbers go out."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

Settings = dict[str, Any]
Shape = tuple[int, ...]
SMOOTH = ("tanh", "sigmoid", "softplus", "gelu", "elu")


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


torch_layers = _load("anatomy_layers")


IMAGE = (
    "conv2d", "depthwise_conv2d", "max_pooling2d", "average_pooling2d", "up_sampling2d", "zero_padding2d", "p_re_lu",
    "batch_normalization", "layer_normalization", "reshape", "rescaling",
)  # fmt: skip
SEQUENCE = (
    "lstm", "gru", "simple_rnn", "bidirectional", "multi_head_attention", "conv1d", "max_pooling1d", "average_pooling1d",
    "permute", "dense", "layer_normalization", "batch_normalization", "p_re_lu",
)  # fmt: skip
VECTOR = (
    "p_re_lu", "batch_normalization", "residual", "residual", "activation", "dense", "re_lu", "leaky_re_lu", "elu", "softmax",
)  # fmt: skip
FUNCTIONS = {"re_lu": "relu", "leaky_re_lu": "leaky_relu", "elu": "elu", "softmax": "softmax"}  # layers that are nothing else
PADDED = ("lstm", "gru", "simple_rnn", "bidirectional", "dense")  # what goes on with padding in a sequence


class Drawn:
    """Layers as they are drawn, and the shape of what comes out of them so far.

    even: biases whose gradient is nothing but rounding are left out, which an optimizer would blow up.
    """

    def __init__(self, rng: np.random.Generator, even: bool) -> None:
        self.rng, self.even = rng, even
        self.layers: list[Settings] = []
        self.shape: Shape = ()
        self.alike = False

    def pick(self, *options: Any) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def add(self, kind: str, **settings: Any) -> None:
        layer = {"kind": kind, **settings}
        self.layers.append(layer)
        self.shape = torch_layers.output(layer, self.shape)

    def network(self, inputs: Shape, tokens: int, turn: int) -> list[Settings]:
        """All but the output layer; what comes out is flat. turn: which kind comes first."""
        self.shape = inputs
        kinds = IMAGE if len(inputs) == 3 else SEQUENCE
        wanted = kinds[turn % len(kinds)]
        self.alike = bool(tokens)  # the same token at two steps: which of two maxima is first is a matter of taste
        if tokens:
            mask = self.chance(0.5) and wanted in PADDED
            self.add("embedding", tokens=tokens, width=self.pick(3, 4), mask=mask)
        masked = bool(tokens) and self.layers[-1]["mask"]
        self._one(wanted, masked)
        if len(self.shape) > 1 and self.chance(0.4):
            self._one(self.pick(*(IMAGE if len(self.shape) == 3 else PADDED if masked else SEQUENCE)), masked)
        self._flatten(masked)
        if self.chance(0.4):
            self._one(self.pick(*VECTOR), False)
        return self.layers

    def _one(self, kind: str, masked: bool) -> None:
        """A layer of a kind; of two normalizations one may be without any gradient but rounding, and is another then."""
        kind = kind.replace("max_p", "average_p") if self.alike else kind
        if "normalization" in kind and self.even and any("normalization" in layer["kind"] for layer in self.layers):
            kind = "rescaling"
        if kind == "layer_normalization" and self.shape[-1] < 3:
            kind = "batch_normalization"
        if kind == "reshape":
            self.add(kind, shape=[self.shape[0] * self.shape[1], self.shape[2]])
        elif "normalization" in kind:
            self.add(kind)
        elif kind in torch_layers.GATES or kind == "bidirectional":
            self._recurrent(kind, masked)
        elif "conv" in kind:
            self._convolution(kind)
        elif "pooling" in kind:
            axes = 1 if kind.endswith("1d") else 2
            size, strides = (2, self.pick(1, 2)) if axes == 1 else ([2, 2], [self.pick(1, 2)] * 2)
            self.add(kind, size=size, strides=strides, padding="same" if axes == 2 else self.pick("same", "valid"))
        else:
            self._other(kind)

    def _other(self, kind: str) -> None:
        if kind in FUNCTIONS:
            self.add(kind, activation=FUNCTIONS[kind])
        elif kind == "multi_head_attention":
            self.add(kind, heads=self.pick(1, 2), key=self.pick(2, 3), value=self.pick(2, 3), bias=not self.even)
        elif kind == "p_re_lu":
            self.add(kind, shared=len(self.shape) > 1 and self.chance(0.6))
        elif kind == "residual":
            plain = {"kind": "dense", "l1": 0.0, "l2": 0.0}
            middle = {**plain, "units": self.pick(2, 3), "activation": self.pick(*SMOOTH), "bias": True}
            last = {**plain, "units": self.shape[-1], "activation": self.pick("linear", "tanh"), "bias": not self.even}
            self.add(kind, layers=[middle, last])
        elif kind == "dense":
            self.add(kind, units=self.pick(3, 4), activation=self.pick(*SMOOTH, "linear"), l1=self.pick(0, 0.01),
                     l2=self.pick(0, 0.02), bias=not self.even)  # fmt: skip
        else:
            settings = {"activation": {"activation": self.pick(*SMOOTH)}, "rescaling": {"scale": 0.6, "offset": 0.2},
                        "permute": {"dims": [2, 1]}, "up_sampling2d": {"times": 2}, "zero_padding2d": {"by": 1}}  # fmt: skip
            self.add(kind, **settings[kind])

    def _convolution(self, kind: str) -> None:
        common = {"activation": self.pick(*SMOOTH), "bias": self.chance(0.7) and not self.even}
        if kind == "conv1d":
            dilated = self.chance(0.3)
            self.add(kind, filters=self.pick(3, 4), size=self.pick(2, 3), strides=1 if dilated else self.pick(1, 2),
                     rate=2 if dilated else 1, groups=1, padding=self.pick("same", "causal"), **common)  # fmt: skip
        elif kind == "depthwise_conv2d":
            self.add(kind, multiplier=self.pick(1, 2), size=[2, self.pick(1, 3)], strides=[self.pick(1, 2)] * 2, padding="same", **common)
        else:
            groups = 2 if self.shape[-1] % 2 == 0 and self.chance(0.5) else 1
            dilated, small = self.chance(0.25), min(self.shape[:2])
            size = [self.pick(1, 2, 3), self.pick(1, 2, 3)]
            valid = not dilated and max(size) <= small and self.chance(0.5)
            self.add(kind, filters=2 * groups, size=size, strides=[1, 1] if dilated else [self.pick(1, 2), self.pick(1, 2)],
                     rate=[2, 1] if dilated else [1, 1], groups=groups, padding="valid" if valid else "same", **common)  # fmt: skip

    def _recurrent(self, kind: str, masked: bool) -> None:
        sequences = self.chance(0.5) and not masked
        inner = str(self.pick("simple_rnn", "lstm", "gru")) if kind == "bidirectional" else kind
        cell = {"units": self.pick(2, 3), "activation": self.pick("tanh", "sigmoid", "softplus"), "bias": self.chance(0.8),
                "sequences": sequences, "backwards": kind == inner and self.chance(0.3), "reset_after": self.chance(0.6)}  # fmt: skip
        if kind == "bidirectional":
            self.add(kind, layer={"kind": inner, **cell}, mode=self.pick("concat", "sum", "mul", "ave"))
        else:
            self.add(kind, **cell)

    def _flatten(self, masked: bool) -> None:
        if len(self.shape) > 1:
            dims = "2d" if len(self.shape) == 3 else "1d"
            options = [f"global_average_pooling{dims}", f"global_max_pooling{dims}", "flatten"]
            self.add(options[0] if masked or self.alike else str(self.pick(*options)))


LOSSES: dict[str, str] = {
    "mean_squared_error": "linear", "mean_absolute_error": "tanh", "huber": "softplus", "log_cosh": "linear",
    "mean_absolute_percentage_error": "linear", "mean_squared_logarithmic_error": "softplus", "cosine_similarity": "linear",
    "hinge": "tanh", "squared_hinge": "linear", "categorical_hinge": "linear", "poisson": "softplus",
    "binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax", "sparse_categorical_crossentropy": "softmax",
    "kl_divergence": "softmax", "binary_focal_crossentropy": "sigmoid", "categorical_focal_crossentropy": "softmax",
}  # fmt: skip

"""Convolution, pooling, upsampling and zero padding by Keras 3 on PyTorch, in float64.

    python tests/golden/make_convolution.py

Imports Keras and never netviz. Writes convolution.npz in the form that make_layers.py describes, for MODE training alone:
none of these layers does otherwise outside of it.

Where windows stick out by an odd number, Keras on PyTorch repeats the pixels at the edge and counts them in an average; on
TensorFlow and JAX it averages what lies within, as its documentation says. The averages here are those.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
from make_keras import use_float64
from make_layers import HERE, Case, of, passed, trained

_Row = tuple[str, Case, tuple[int, ...]]


def convolutions() -> list[_Row]:
    """Every padding, stride, gap and group: name, layer, shape of a row."""
    one, two, deep = "Conv1D", "Conv2D", "DepthwiseConv2D"
    return [
        ("conv1d", of(one, filters=3, kernel_size=3), (7, 2)),
        ("conv1d_same", of(one, filters=2, kernel_size=4, padding="same", activation="tanh"), (7, 2)),
        ("conv1d_same_strided", of(one, filters=2, kernel_size=3, strides=2, padding="same"), (8, 2)),
        ("conv1d_causal", of(one, filters=2, kernel_size=3, padding="causal"), (6, 2)),
        ("conv1d_causal_strided", of(one, filters=2, kernel_size=4, strides=3, padding="causal"), (8, 2)),
        ("conv1d_causal_gaps", of(one, filters=2, kernel_size=3, padding="causal", dilation_rate=2), (7, 2)),
        ("conv1d_gaps_groups", of(one, filters=4, kernel_size=2, dilation_rate=3, groups=2), (7, 4)),
        ("conv1d_all", of(one, filters=3, kernel_size=5, use_bias=False), (5, 2)),
        ("conv2d", of(two, filters=3, kernel_size=[3, 2]), (5, 6, 2)),
        ("conv2d_relu", of(two, filters=3, kernel_size=3, activation="relu"), (5, 5, 2)),
        ("conv2d_bare", of(two, filters=3, kernel_size=3, use_bias=False), (4, 5, 1)),
        ("conv2d_pixel", of(two, filters=4, kernel_size=1), (3, 4, 3)),
        ("conv2d_pixel_strided", of(two, filters=4, kernel_size=1, strides=2), (5, 4, 3)),
        ("conv2d_all", of(two, filters=4, kernel_size=[4, 3]), (4, 3, 2)),
        ("conv2d_patches", of(two, filters=4, kernel_size=2, strides=2), (4, 6, 2)),
        ("conv2d_strided", of(two, filters=2, kernel_size=3, strides=[2, 3]), (7, 9, 2)),
        ("conv2d_sparse", of(two, filters=2, kernel_size=2, strides=3), (8, 7, 2)),
        ("conv2d_same", of(two, filters=2, kernel_size=[3, 4], padding="same"), (5, 4, 2)),
        ("conv2d_same_strided", of(two, filters=2, kernel_size=[3, 2], strides=[2, 3], padding="same"), (6, 8, 2)),
        ("conv2d_same_large", of(two, filters=2, kernel_size=5, padding="same"), (3, 2, 2)),
        ("conv2d_gaps", of(two, filters=2, kernel_size=2, dilation_rate=[2, 3]), (5, 6, 2)),
        ("conv2d_same_gaps", of(two, filters=2, kernel_size=3, dilation_rate=2, padding="same"), (5, 6, 2)),
        ("conv2d_groups", of(two, filters=6, kernel_size=2, groups=3), (4, 4, 3)),
        ("conv2d_same_groups", of(two, filters=4, kernel_size=3, groups=2, padding="same", strides=2), (4, 5, 4)),
        ("depthwise", of(deep, kernel_size=3), (5, 4, 3)),
        ("depthwise_two", of(deep, kernel_size=[2, 3], depth_multiplier=2, activation="tanh"), (4, 5, 3)),
        ("depthwise_same_strided", of(deep, kernel_size=3, strides=2, padding="same", use_bias=False), (5, 6, 2)),
        ("depthwise_same_gaps", of(deep, kernel_size=2, dilation_rate=2, padding="same", depth_multiplier=3), (4, 5, 2)),
        ("depthwise_one", of(deep, kernel_size=2, depth_multiplier=2), (4, 4, 1)),
    ]


def poolings() -> list[_Row]:
    """Every window, stride and padding of both kinds, whole rows, and images made larger."""
    rows: list[_Row] = []
    for kind in ("Max", "Average"):
        one, two = f"{kind}Pooling1D", f"{kind}Pooling2D"
        rows += [(f"{kind}_{name}".lower(), layer, shape) for name, layer, shape in [
            ("1d", of(one, pool_size=2), (7, 3)),
            ("1d_overlapping", of(one, pool_size=3, strides=2), (8, 3)),
            ("1d_same", of(one, pool_size=4, strides=3, padding="same"), (8, 3)),
            ("2d", of(two, pool_size=2), (4, 6, 3)),
            ("2d_rest", of(two, pool_size=[2, 3]), (5, 7, 3)),
            ("2d_overlapping", of(two, pool_size=3, strides=[1, 2]), (5, 7, 2)),
            ("2d_sparse", of(two, pool_size=2, strides=3), (8, 7, 2)),
            ("2d_same", of(two, pool_size=2, padding="same"), (5, 3, 2)),
            ("2d_same_dense", of(two, pool_size=4, strides=1, padding="same"), (5, 4, 2)),
            ("2d_same_overlapping", of(two, pool_size=3, strides=2, padding="same"), (6, 5, 2)),
        ]]  # fmt: skip
        for shape in ((5, 3), (3, 4, 2)):
            whole = f"Global{kind}Pooling{len(shape) - 1}D"
            rows += [(f"{whole}_{kept}".lower(), of(whole, keepdims=kept), shape) for kept in (False, True)]
    up, zeros = "UpSampling2D", "ZeroPadding2D"
    return rows + [
        ("up", of(up), (3, 2, 2)),
        ("up_oblong", of(up, size=[1, 3]), (2, 3, 2)),
        ("up_bilinear", of(up, size=[2, 3], interpolation="bilinear"), (3, 4, 2)),
        ("up_bilinear_line", of(up, size=4, interpolation="bilinear"), (1, 3, 2)),
        ("zeros", of(zeros), (3, 2, 2)),
        ("zeros_two", of(zeros, padding=[2, 0]), (3, 2, 2)),
        ("zeros_four", of(zeros, padding=[[0, 1], [2, 3]]), (3, 2, 2)),
    ]


def passes() -> list[Case]:
    """All of them; the mean over steps also where padding is marked."""
    found = [{"name": n, "layer": layer, "shape": s, "masked": False} for n, layer, s in convolutions() + poolings()]
    for kept in (False, True):
        layer = of("GlobalAveragePooling1D", keepdims=kept)
        found.append({"name": f"masked_mean_{kept}".lower(), "layer": layer, "shape": (5, 3), "masked": True})
    return found


def trainings() -> list[Case]:
    """Short trainings of stacks; the last batch of an epoch is smaller."""
    adam, sgd = {"class": "Adam", "learning_rate": 0.02}, {"class": "SGD", "learning_rate": 0.02, "momentum": 0.9}
    l2 = {"class": "L2", "l2": 0.02}
    dense, flat = of("Dense", units=2), of("Flatten")
    stacks: dict[str, tuple[list[Case], tuple[int, ...], Case]] = {
        "images": ([of("Conv2D", filters=4, kernel_size=3, activation="relu"), of("MaxPooling2D"),
                    of("Conv2D", filters=5, kernel_size=2, activation="tanh"), flat, dense], (8, 7, 2), adam),
        "same": ([of("Conv2D", filters=3, kernel_size=3, padding="same", strides=2, kernel_regularizer=l2),
                  of("BatchNormalization"), of("ReLU"), of("AveragePooling2D", pool_size=3, strides=1, padding="same"),
                  of("GlobalAveragePooling2D"), dense], (7, 6, 2), adam),
        "sequences": ([of("Conv1D", filters=4, kernel_size=3, padding="causal", dilation_rate=2, activation="tanh"),
                       of("MaxPooling1D", pool_size=3, strides=2, padding="same"),
                       of("Conv1D", filters=3, kernel_size=2, groups=1, bias_regularizer=l2), of("GlobalMaxPooling1D"),
                       dense], (9, 2), sgd),
        "depthwise": ([of("ZeroPadding2D"), of("DepthwiseConv2D", kernel_size=3, depth_multiplier=2,
                                               depthwise_regularizer=l2, activation="elu"),
                       of("Conv2D", filters=3, kernel_size=1), of("AveragePooling2D", pool_size=2), flat, dense],
                      (5, 5, 2), adam),
        "up": ([of("Conv2D", filters=4, kernel_size=2, groups=2, activation="relu"),
                of("UpSampling2D", size=[2, 1], interpolation="bilinear"), of("UpSampling2D"),
                of("MaxPooling2D", pool_size=3, strides=2), flat, dense], (4, 4, 2), adam),
    }  # fmt: skip
    return [{"name": f"fit_{n}", "layers": s, "shape": shape, "optimizer": o} for n, (s, shape, o) in stacks.items()]


class Within:
    """The mean of what lies within, of windows that stick out."""

    def call(self, x: Any) -> Any:
        """The mean of x with zeros around it, by the mean of ones with zeros around them."""
        if self.padding == "valid":  # type: ignore[attr-defined]
            return super().call(x)  # type: ignore[misc]
        sides = [(0, 0)]
        for length, size, stride in zip(x.shape[1:-1], self.pool_size, self.strides, strict=True):  # type: ignore[attr-defined]
            outside = max(0, (-(-length // stride) - 1) * stride + size - length)
            sides.append((outside // 2, outside - outside // 2))
        mean = lambda part: keras.ops.average_pool(keras.ops.pad(part, [*sides, (0, 0)]), self.pool_size, self.strides)  # type: ignore[attr-defined]  # noqa: E731
        return mean(x) / mean(keras.ops.ones_like(x))


def count_what_lies_within() -> None:
    """Averages are taken over what lies within from here on."""
    for kind in (keras.layers.AveragePooling1D, keras.layers.AveragePooling2D):
        if not issubclass(kind, Within):
            setattr(keras.layers, kind.__name__, type(kind.__name__, (Within, kind), {}))


def main() -> None:
    """Write everything."""
    use_float64()
    count_what_lies_within()
    arrays = {"passes": np.array(json.dumps(passes())), "trainings": np.array(json.dumps(trainings()))}
    for case in trainings():
        arrays |= {f"{case['name']}/{key}": value for key, value in trained(case).items()}
    for seed, case in enumerate(passes()):
        kept = {key: value for key, value in passed(case, seed).items() if not key.startswith("resting/")}
        arrays |= {f"{case['name']}/{key}": value for key, value in kept.items()}
        print(case["name"], flush=True)
    np.savez_compressed(HERE / "convolution.npz", **arrays)


if __name__ == "__main__":
    main()

"""Convolutions, pooling and what makes images larger, of random settings on random data, by Keras on PyTorch and by netviz.

    KERAS_BACKEND=torch python -m pytest -m interop -s -c /dev/null --rootdir . --import-mode=importlib tests/interop/test_convolution_live.py

Float64 to 1e-9 and float32 to 1e-5 of the largest number, forward and backward. Averages of windows that stick out are
also compared with what Keras computes on JAX, as on PyTorch it computes them otherwise.
"""

from __future__ import annotations

import collections
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]
GOLDEN = Path(__file__).resolve().parents[1] / "golden"
COUNT = 800

Case = tuple[dict[str, Any], tuple[int, ...]]


def loaded(name: str) -> Any:
    pytest.importorskip("keras")
    sys.path.insert(0, str(GOLDEN))
    spec = importlib.util.spec_from_file_location(f"golden_{name}", GOLDEN / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def numbers(rng: np.random.Generator, most: int, count: int) -> Any:
    """A number from 1 on, or one for each axis."""
    found = [int(n) for n in rng.integers(1, most + 1, count)]
    return found[0] if count == 1 or rng.integers(2) else found


def random_convolution(rng: np.random.Generator) -> Case:
    """Conv1D, Conv2D or DepthwiseConv2D that fits its input."""
    kind = str(rng.choice(["Conv1D", "Conv2D", "DepthwiseConv2D"]))
    axes = 1 if kind == "Conv1D" else 2
    strides, rates = (numbers(rng, 3, axes), 1) if rng.integers(2) else (1, numbers(rng, 3, axes))
    padding = ["valid", "same", "causal"][: 3 if axes == 1 else 2]
    settings: dict[str, Any] = {
        "class": kind, "kernel_size": numbers(rng, 4, axes), "strides": strides, "dilation_rate": rates,
        "padding": str(rng.choice(padding)), "use_bias": bool(rng.integers(2)),
        "activation": str(rng.choice(["linear", "tanh", "relu", "elu", "gelu"])),
    }  # fmt: skip
    groups = int(rng.integers(1, 4))
    if kind == "DepthwiseConv2D":
        settings["depth_multiplier"] = int(rng.integers(1, 4))
        if isinstance(strides, list):  # Keras on PyTorch takes them, on TensorFlow it does not
            settings["strides"] = strides[0]
    else:
        settings |= {"filters": groups * int(rng.integers(1, 4)), "groups": groups}
    return settings, (*(int(n) for n in rng.integers(10, 13, axes)), groups * int(rng.integers(1, 4)))


def random_pooling(rng: np.random.Generator) -> Case:
    """Pooling of windows or of whole rows, upsampling, or zero padding."""
    axes = int(rng.integers(1, 3))
    shape = (*(int(n) for n in rng.integers(4, 9, axes)), int(rng.integers(1, 4)))
    kind = str(rng.choice(["Max", "Average", "GlobalMax", "GlobalAverage", "Up", "Zeros"]))
    if kind in ("Up", "Zeros"):
        shape = (*(int(n) for n in rng.integers(1, 6, 2)), shape[-1])
        reading = str(rng.choice(["nearest", "bilinear"]))
        sides = [[int(n) for n in rng.integers(0, 4, 2)] for _axis in range(2)]
        layers = {"Up": {"class": "UpSampling2D", "size": numbers(rng, 4, 2), "interpolation": reading},
                  "Zeros": {"class": "ZeroPadding2D", "padding": sides}}  # fmt: skip
        return layers[kind], shape
    settings: dict[str, Any] = {"class": f"{kind}Pooling{axes}D"}
    if kind.startswith("Global"):
        return settings | {"keepdims": bool(rng.integers(2))}, shape
    strides = None if rng.integers(2) else numbers(rng, 4, axes)
    padding = str(rng.choice(["valid", "same"]))
    return settings | {"pool_size": numbers(rng, 4, axes), "strides": strides, "padding": padding}, shape


def test_random_layers_agree_with_keras() -> None:
    make, keras_side, our_side = loaded("make_convolution"), loaded("make_layers"), loaded("test_layers")
    keras_side.use_float64()
    make.count_what_lies_within()
    largest: dict[str, float] = collections.defaultdict(float)
    count: dict[str, int] = collections.defaultdict(int)
    for seed in range(COUNT):
        rng = np.random.default_rng(seed)
        settings, shape = random_convolution(rng) if seed % 2 else random_pooling(rng)
        masked = settings["class"] == "GlobalAveragePooling1D" and bool(rng.integers(2))
        case = {"name": str(seed), "layer": settings, "shape": list(shape), "masked": masked}
        try:
            arrays = keras_side.passed(case, seed)
        except RuntimeError as problem:  # PyTorch cannot derive some kernels laid out as Keras lays them out
            assert "must be contiguous" in str(problem), case
            count["(beyond PyTorch)"] += 1
            continue
        for dtype, tolerance in (("float64", 1e-9), ("float32", 1e-5)):
            bound = our_side.Bound(case, arrays, dtype, training=True)
            y, dx = bound.run(arrays["x"].astype(dtype), arrays["up"].astype(dtype))
            pairs = [(y, arrays["training/y"]), (dx, arrays["training/dx"])]
            theirs = our_side.listed(arrays, "training/grads")
            for window, their in zip(bound.network.windows, theirs, strict=True):
                pairs.append((bound.grads.vector[window.start : window.stop].reshape(window.shape), their))
            for our, their in pairs:
                assert our.shape == their.shape, case
                error = float(np.abs(our - their).max(initial=0)) / max(1.0, float(np.abs(their).max(initial=0)))
                largest[dtype] = max(largest[dtype], error)
                assert error <= tolerance, (case, dtype, error)
        count[settings["class"]] += 1
    print(sum(count.values()), "layers", dict(sorted(count.items())), "largest relative error", dict(largest))


def test_averages_of_windows_that_stick_out_are_those_of_keras_on_jax() -> None:
    pytest.importorskip("keras")
    jax = pytest.importorskip("jax")
    from keras.src.backend.jax.nn import average_pool

    from netviz.engine.layers import AveragePooling2D
    from netviz.engine.workspace import Context, Workspace

    largest = 0.0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(3, *(int(n) for n in rng.integers(2, 9, 2)), 2)).astype(np.float32)
        size, strides = (tuple(int(n) for n in rng.integers(1, 5, 2)) for _ in range(2))

        def theirs(rows: Any, size: Any = size, strides: Any = strides) -> Any:
            return average_pool(rows, size, strides, "same", "channels_last")

        y, back = jax.vjp(theirs, x)
        up = rng.normal(size=y.shape).astype(np.float32)
        layer = AveragePooling2D(size, strides, "same")
        context = Context(Workspace("float32"), 0, training=True)
        ours, memory = layer.forward({}, x, context)
        dx = layer.backward({}, memory, up, context, {})
        for our, their in ((ours, y), (dx, back(up)[0])):
            error = float(np.abs(our - np.asarray(their)).max())
            largest = max(largest, error)
            assert error <= 1e-5, (size, strides, x.shape, error)
    print("100 averages of windows that stick out, largest error beside JAX in float32", largest)

"""Random networks made by PyTorch and Keras, exported by their own exporters, are read and predict the same.

    KERAS_BACKEND=torch PYTHONPATH=$PWD python -m pytest -m interop -q -s -c /dev/null --rootdir . \
        --import-mode=importlib tests/interop/test_onnx_import_live.py
"""

from __future__ import annotations

import collections
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import formats
from netviz.formats import apart

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]
TOLERANCE = 1e-5


@pytest.fixture(scope="module", autouse=True)
def one_child() -> Iterator[None]:
    with apart.one_child():
        yield


def difference(path: Path, x: np.ndarray, y: np.ndarray) -> tuple[float, str]:
    """The largest difference as a share of the largest prediction, and the layers."""
    found = formats.read_network(path)
    said = "; ".join(map(str, found.left_out))
    rows = np.moveaxis(x, 1, -1) if "channels last" in said else x
    made = found.predictions(rows.astype(np.float64), "float32")
    made = np.log(made) if "LogSoftmax" in said else made
    assert made.shape == y.shape
    kinds = " ".join(type(layer).__name__ for layer in found.layers)
    return float(np.abs(made - y).max()) / max(1.0, float(np.abs(y).max())), kinds


# ----------------------------------------------------------------------------------------------------------------- PyTorch


def images(rng: np.random.Generator) -> tuple[Any, tuple[int, ...]]:
    from torch import nn

    size, channels = 12, int(rng.integers(1, 4))
    shape, parts = (channels, size, size), []
    for _layer in range(rng.integers(1, 4)):
        filters, kernel = int(rng.integers(1, 4)) * channels, int(rng.integers(1, 4))
        settings = {"stride": int(rng.integers(1, 3)), "padding": int(rng.integers(0, kernel))}
        groups = channels if rng.random() < 0.3 else 1
        parts.append(nn.Conv2d(channels, filters, kernel, groups=groups, bias=bool(rng.random() < 0.7), **settings))
        channels = filters
        parts += [nn.BatchNorm2d(channels)] if rng.random() < 0.5 else []
        parts.append(activation(rng))
        parts += [nn.Dropout2d(0.3)] if rng.random() < 0.3 else []
    kind = [nn.AvgPool2d(2), nn.MaxPool2d(2), nn.Identity(), nn.Upsample(scale_factor=2), nn.ZeroPad2d((1, 0, 2, 1))]
    parts.append(kind[rng.integers(len(kind))])
    parts += [nn.AdaptiveAvgPool2d(1)] if rng.random() < 0.3 else []
    parts += [nn.Flatten(), nn.LazyLinear(6), activation(rng), nn.Linear(6, 3), end(rng)]
    return nn.Sequential(*parts), shape


def steps(rng: np.random.Generator) -> tuple[Any, tuple[int, ...]]:
    from torch import nn

    kind = [nn.LSTM, nn.GRU, nn.RNN][rng.integers(3)]
    both = kind is not nn.RNN and bool(rng.random() < 0.3)  # that one is written out step by step

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            width = int(rng.integers(2, 6))
            self.layer = kind(3, width, int(rng.integers(1, 3)), batch_first=True, bidirectional=both, bias=bool(rng.random() < 0.8))
            self.norm, self.out = nn.LayerNorm(width * (1 + both)), nn.Linear(width * (1 + both), 2)

        def forward(self, x: Any) -> Any:
            y = self.layer(x)[0]
            return self.out(self.norm(y if both else y[:, -1]))

    return Net(), (int(rng.integers(2, 7)), 3)


def vectors(rng: np.random.Generator) -> tuple[Any, tuple[int, ...]]:
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, inside: Any) -> None:
            super().__init__()
            self.inside = inside

        def forward(self, x: Any) -> Any:
            return x + self.inside(x)

    class Scaled(nn.Module):
        def __init__(self, n: int) -> None:
            super().__init__()
            self.mean, self.spread = nn.Parameter(torch.randn(n)), nn.Parameter(torch.rand(n) + 0.5)

        def forward(self, x: Any) -> Any:
            return (x - self.mean) / self.spread

    n = int(rng.integers(2, 8))
    first: list[Any] = [Scaled(n)] if rng.random() < 0.4 else []
    shape: tuple[int, ...] = (int(rng.integers(2, 5)), n) if rng.random() < 0.3 else (n,)
    parts: list[Any] = []
    for _layer in range(rng.integers(1, 4)):
        parts += [nn.Linear(n, n), activation(rng)]
        parts += [nn.LayerNorm(n)] if rng.random() < 0.4 else []
        parts += [nn.BatchNorm1d(n)] if rng.random() < 0.3 and len(shape) == 1 else []
        parts = [Block(nn.Sequential(*parts))] if rng.random() < 0.4 else parts
    return nn.Sequential(*first, *parts, nn.Dropout(), nn.Linear(n, 2, bias=bool(rng.random() < 0.7)), end(rng)), shape


def sequences(rng: np.random.Generator) -> tuple[Any, tuple[int, ...]]:
    from torch import nn

    channels, parts = 3, []
    for _layer in range(rng.integers(1, 3)):
        filters = int(rng.integers(1, 5))
        kernel = int(rng.integers(1, 4))
        parts += [nn.Conv1d(channels, filters, kernel, padding=int(rng.integers(0, 2))), activation(rng)]
        channels = filters
    parts += [[nn.MaxPool1d(2), nn.AvgPool1d(2), nn.AdaptiveAvgPool1d(1)][rng.integers(3)], nn.Flatten(), nn.LazyLinear(2)]
    return nn.Sequential(*parts), (3, 11)


def activation(rng: np.random.Generator) -> Any:
    from torch import nn

    kinds = [
        nn.ReLU, nn.Tanh, nn.Sigmoid, nn.Softplus, nn.ELU, nn.GELU, lambda: nn.GELU("tanh"), nn.ReLU6, nn.PReLU, nn.Identity,
        lambda: nn.LeakyReLU(0.2),
    ]  # fmt: skip
    return kinds[rng.integers(len(kinds))]()


def end(rng: np.random.Generator) -> Any:
    from torch import nn

    return [nn.Identity(), nn.Softmax(-1), nn.Sigmoid(), nn.LogSoftmax(-1)][rng.integers(4)]


@pytest.mark.parametrize("dynamo", [False, True])
@pytest.mark.parametrize("make", [images, steps, vectors, sequences])
def test_random_networks_of_pytorch(make: Callable[..., Any], dynamo: bool, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    worst, kinds = 0.0, collections.Counter[str]()
    for number in range(20):
        rng = np.random.default_rng(number)
        torch.manual_seed(number)
        model, shape = make(rng)
        x = torch.randn(4, *shape)
        for _step in range(2):  # moving means and variances
            model(x)
        model.eval()
        with torch.no_grad():
            y = model(x).numpy()
        path = tmp_path / f"{number}.onnx"
        if dynamo:
            rows = ({0: torch.export.Dim("N")},)
            torch.onnx.export(model, (x,), path, dynamo=True, dynamic_shapes=rows, verbose=False)
        else:
            opset = int(rng.integers(13, 21))
            torch.onnx.export(model, (x,), path, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "N"}}, opset_version=opset)
        error, made = difference(path, x.numpy(), y)
        worst = max(worst, error)
        kinds.update(made.split())
        assert error <= TOLERANCE, (number, model, error)
    print(f"\n20 networks of PyTorch, {make.__name__}, {'dynamo' if dynamo else 'script'}: {worst:.1e}", dict(kinds))


# ------------------------------------------------------------------------------------------------------------------- Keras


def test_random_networks_of_keras(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    made = keras.layers
    worst, kinds = 0.0, collections.Counter[str]()
    for number in range(20):
        rng = np.random.default_rng(number)
        keras.utils.set_random_seed(number)
        functions = ["relu", "tanh", "sigmoid", "gelu", "elu", "softplus", "softmax", None]

        def function(rng: np.random.Generator = rng, functions: list[Any] = functions) -> Any:
            return functions[rng.integers(len(functions))]

        if number % 4 == 3:
            shape: tuple[int, ...] = (4, 3)
            kind = [made.LSTM, made.GRU, made.SimpleRNN][rng.integers(3)]
            layers: list[Any] = [kind(4, return_sequences=True)] if rng.random() < 0.5 else []
            layers += [made.Dense(3, "tanh")] if rng.random() < 0.5 else []
            layers.append([made.LSTM, made.GRU, made.SimpleRNN][rng.integers(3)](5))
        elif number % 2:
            shape = (9, 8, 2)
            layers = [made.Rescaling(0.5, 0.1), made.Conv2D(3, int(rng.integers(1, 4)), activation=function())]
            layers += [[made.MaxPooling2D(2), made.AveragePooling2D(2)][rng.integers(2)]]
            layers += [made.DepthwiseConv2D(2, depth_multiplier=2)] if rng.random() < 0.5 else []
            layers += [made.BatchNormalization(), made.LeakyReLU(0.2)]
            layers += [[made.Flatten(), made.GlobalAveragePooling2D(), made.GlobalMaxPooling2D()][rng.integers(3)]]
        else:
            shape = (5,)
            layers = [made.Dense(6, function()), made.BatchNormalization(), made.Dropout(0.2), made.Dense(5, function())]
            layers += [made.PReLU("uniform")] if rng.random() < 0.5 else [made.ReLU(max_value=1.5)]
        model = keras.Sequential([keras.Input(shape), *layers, made.Dense(3, function())])
        for layer in model.layers:
            if isinstance(layer, made.BatchNormalization):
                layer.set_weights([rng.uniform(0.5, 2, w.shape) for w in layer.get_weights()])
            elif isinstance(layer, made.LSTM | made.GRU | made.SimpleRNN):
                layer.set_weights([w + rng.normal(0, 0.2, w.shape) for w in layer.get_weights()])
        x = rng.normal(size=(4, *shape)).astype(np.float32)
        y = np.asarray(model.predict(x, verbose=0))
        path = tmp_path / f"{number}.onnx"
        model.export(path, format="onnx", verbose=False)
        error, told = difference(path, x, y)
        worst = max(worst, error)
        kinds.update(told.split())
        assert error <= TOLERANCE, (number, [layer.name for layer in model.layers], error)
    print(f"\n20 networks of Keras: {worst:.1e}", dict(kinds))

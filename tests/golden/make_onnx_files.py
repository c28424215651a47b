"""Networks of PyTorch (both its exporters), Keras and scikit-learn as ONNX files: run by hand, never imports netviz.

    KERAS_BACKEND=torch python tests/golden/make_onnx_files.py

Writes onnx/NAME.onnx, some with their numbers beside them in onnx/NAME.onnx.data, and onnx/expected.npz: for each NAME the
rows "NAME x" and what the program that made the network predicts for them, "NAME y". Names end in the exporter: script is
PyTorch's older one, dynamo its newer one.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

HERE = Path(__file__).resolve().parent / "onnx"
ROWS = 3


class Recurrent(nn.Module):
    """A recurrent layer whose last step goes into a dense one."""

    def __init__(self, kind: Any, by_state: bool = False, **settings: Any) -> None:
        super().__init__()
        self.layer, self.by_state = kind(3, 4, batch_first=True, **settings), by_state
        self.out = nn.Linear(8 if settings.get("bidirectional") else 4, 2)

    def forward(self, x: Any) -> Any:
        y, state = self.layer(x)
        return self.out((state[0] if isinstance(state, tuple) else state)[-1] if self.by_state else y[:, -1])


class Sequences(nn.Module):
    """A recurrent layer both ways, all steps of it."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.out = nn.LSTM(3, 4, batch_first=True, bidirectional=True), nn.Linear(8, 2)

    def forward(self, x: Any) -> Any:
        return self.out(self.layer(x)[0])


class Around(nn.Module):
    """A block with a way around it, within another."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.a, self.b, self.last = nn.Linear(5, 4), nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        x = torch.relu(self.first(x))
        inner = torch.relu(self.a(x))
        x = x + (inner + torch.tanh(self.b(inner)))
        return torch.softmax(self.last(x), -1)


class Tokens(nn.Module):
    """An embedding, a convolution over its steps, the largest of each channel."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.conv, self.out = nn.Embedding(11, 4), nn.Conv1d(4, 5, 3, padding=1), nn.Linear(5, 2)

    def forward(self, x: Any) -> Any:
        return self.out(torch.relu(self.conv(self.table(x).transpose(1, 2))).amax(-1))


def torch_models() -> dict[str, tuple[nn.Module, tuple[int, ...]]]:
    """Modules with the shape of a row."""
    images = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, 3, stride=2, padding=1),
        nn.LeakyReLU(0.1), nn.Flatten(), nn.Linear(12, 5), nn.Dropout(0.5), nn.GELU(), nn.Linear(5, 3), nn.Softmax(-1),
    )  # fmt: skip
    small = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU6(), nn.AvgPool2d(2), nn.Conv2d(4, 8, 2, groups=4), nn.ELU(), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(8, 3), nn.LogSoftmax(-1),
    )  # fmt: skip
    flat = nn.Sequential(nn.Flatten(), nn.Linear(16, 6), nn.LayerNorm(6), nn.Tanh(), nn.Linear(6, 1), nn.Sigmoid())
    steps = nn.Sequential(nn.Linear(3, 4), nn.Softplus(), nn.Linear(4, 2))
    models: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
        "images": (images, (2, 8, 8)), "small": (small, (1, 8, 8)), "flat": (flat, (1, 4, 4)), "steps": (steps, (5, 3)),
        "around": (Around(), (5,)), "lstm": (Recurrent(nn.LSTM), (5, 3)), "gru": (Recurrent(nn.GRU, True), (5, 3)),
        "rnn": (Recurrent(nn.RNN), (5, 3)), "both ways": (Sequences(), (5, 3)),
        "both ways refused": (Recurrent(nn.LSTM, bidirectional=True), (4, 3)), "tokens": (Tokens(), (6,)),
    }  # fmt: skip
    for model, _shape in models.values():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.3)
                module.running_var.uniform_(0.5, 2)
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias)
        model.eval()
    return models


def from_torch(rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Writes each module with both exporters."""
    for name, (model, shape) in torch_models().items():
        tokens = name == "tokens"
        x = rng.integers(0, 11, (ROWS, *shape)) if tokens else rng.normal(size=(ROWS, *shape)).astype(np.float32)
        given = torch.tensor(x)
        with torch.no_grad():
            y = model(given).numpy()
        for how in ("script", "dynamo"):
            path = HERE / f"{name} {how}.onnx"
            if how == "script":
                torch.onnx.export(model, (given,), path, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "N"}})
            else:
                beside = name == "images"
                rows = ({0: torch.export.Dim("N")},)
                torch.onnx.export(model, (given,), path, dynamo=True, dynamic_shapes=rows, external_data=beside, verbose=False)
            yield f"{name} {how}", x, y


def from_keras(rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Writes each model with Keras' own exporter."""
    import keras
    from keras import layers as made

    models = {
        "dense": ((6,), [made.Dense(8, "gelu"), made.BatchNormalization(), made.PReLU("uniform"), made.Dense(3, "softmax")]),
        "images": (
            (8, 8, 2),
            [
                made.Rescaling(0.5), made.Conv2D(4, 3, activation="relu"), made.MaxPooling2D(), made.DepthwiseConv2D(2),
                made.Flatten(), made.Dense(2, "sigmoid"),
            ],
        ),
        "scaled": ((4,), [made.Normalization(mean=[1, 2, 3, 4], variance=[1, 4, 9, 16]), made.Dense(3, "elu"), made.Dense(1)]),
        "lstm": ((4, 3), [made.LSTM(3, return_sequences=True), made.LSTM(2), made.Dense(2, "tanh")]),
        "gru": ((4, 3), [made.GRU(3), made.Dense(1)]),
        "rnn": ((4, 3), [made.SimpleRNN(3, "relu", return_sequences=True), made.GlobalMaxPooling1D(), made.Dense(1)]),
    }  # fmt: skip
    for name, (shape, layers) in models.items():
        x = rng.normal(size=(ROWS, *shape)).astype(np.float32)
        model = keras.Sequential([keras.Input(shape), *layers])
        for layer in model.layers:
            if isinstance(layer, made.BatchNormalization):
                layer.set_weights([rng.uniform(0.5, 2, 8) for _w in layer.get_weights()])
            elif isinstance(layer, made.LSTM | made.GRU | made.SimpleRNN):  # biases that are not 0
                layer.set_weights([w + rng.normal(0, 0.1, w.shape) for w in layer.get_weights()])
        y = np.asarray(model.predict(x, verbose=0))
        model.export(HERE / f"{name} keras.onnx", format="onnx", verbose=False)
        yield f"{name} keras", x, y


def from_sklearn(rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Writes each fitted pipeline; of two classes the second one's probability is predicted."""
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    x = rng.normal(2, 3, (40, 4)).astype(np.float32)
    models = {
        "three": (make_pipeline(StandardScaler(), MLPClassifier((5,), max_iter=30, random_state=0)), rng.integers(0, 3, 40)),
        "two": (make_pipeline(MinMaxScaler(), MLPClassifier((5, 4), activation="tanh", max_iter=30, random_state=0)), rng.integers(0, 2, 40)),
        "numbers": (MLPRegressor(hidden_layer_sizes=(5,), activation="logistic", max_iter=30, random_state=0), rng.normal(size=40)),
    }
    for name, (model, targets) in models.items():
        model.fit(x, targets)
        (HERE / f"{name} sklearn.onnx").write_bytes(to_onnx(model, x[:1]).SerializeToString())
        y = model.predict(x[:ROWS])[:, None] if name == "numbers" else model.predict_proba(x[:ROWS])
        yield f"{name} sklearn", x[:ROWS], y[:, 1:] if name == "two" else y


def plain(path: Path) -> None:
    """Takes out what says where and by whom a file was made."""
    model = onnx.load(path, load_external_data=False)
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.doc_string = ""
        if hasattr(part, "metadata_props"):
            del part.metadata_props[:]
    path.write_bytes(model.SerializeToString())


def main() -> None:
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    HERE.mkdir(exist_ok=True)
    rng, kept = np.random.default_rng(0), {}
    for made in (from_torch, from_keras, from_sklearn):
        for name, x, y in made(rng):
            plain(HERE / f"{name}.onnx")
            kept |= {f"{name} x": x, f"{name} y": y}
    np.savez_compressed(HERE / "expected.npz", **kept)


if __name__ == "__main__":
    main()

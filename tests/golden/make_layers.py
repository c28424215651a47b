"""Normalization, noise, reshaping, activation layers and residual blocks by Keras 3 on PyTorch, in float64.

    python tests/golden/make_layers.py

Imports Keras and never netviz. Writes layers.npz. "passes": JSON of cases, a layer each in plain settings; CASE/x,
CASE/up = ∂L/∂y, CASE/weights/0... (what is trained first), CASE/mask and CASE/drawn where there is a mask or what the
layer drew; then CASE/MODE/y, dx, grads/0..., state/0... for MODE training and resting. "trainings": JSON of cases, whole
short trainings; CASE/x, y, validation_x, validation_y, initial/0..., after/0..., history/KEY, predictions.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
from make_keras import use_float64

HERE = Path(__file__).resolve().parent
ROWS = 6

Case = dict[str, Any]


def of(kind: str, **arguments: Any) -> Case:
    """A layer's settings."""
    return {"class": kind, **arguments}


def passes() -> list[Case]:
    """Every option that changes what a layer computes: name, layer, shape of a row, whether padding is marked."""
    bn, ln, block = "BatchNormalization", "LayerNormalization", "Residual"
    return [
        {"name": name, "layer": layer, "shape": shape, "masked": masked}
        for name, layer, shape, masked in [
            ("bn", of(bn), (4,), False),
            ("bn_bare", of(bn, center=False, scale=False, epsilon=0.1), (4,), False),
            ("bn_no_center", of(bn, center=False, momentum=0.5), (4,), False),
            ("bn_no_scale", of(bn, scale=False), (4,), False),
            ("bn_steps", of(bn), (5, 3), False),
            ("bn_steps_masked", of(bn, momentum=0.7), (5, 3), True),
            ("bn_steps_masked_no_scale", of(bn, scale=False), (5, 3), True),
            ("bn_along_masked_steps", of(bn, axis=1), (5, 3), True),
            ("bn_image", of(bn), (3, 4, 2), False),
            ("bn_image_height", of(bn, axis=1), (3, 4, 2), False),
            ("bn_image_width", of(bn, axis=-2), (3, 4, 2), False),
            ("ln", of(ln), (5,), False),
            ("ln_bare", of(ln, center=False, scale=False, epsilon=0.1), (5,), False),
            ("ln_no_center", of(ln, center=False), (5,), False),
            ("ln_no_scale", of(ln, scale=False), (5,), False),
            ("ln_steps", of(ln), (4, 3), False),
            ("ln_image", of(ln), (2, 3, 4), False),
            ("ln_two_axes", of(ln, axis=[-2, -1]), (2, 3, 4), False),
            ("ln_all_axes", of(ln, axis=[1, 2, 3]), (2, 3, 4), False),
            ("relu", of("ReLU"), (6,), False),
            ("relu_six", of("ReLU", max_value=6.0), (6,), False),
            ("relu_all", of("ReLU", max_value=0.8, negative_slope=0.2, threshold=0.3), (6,), False),
            ("leaky_relu", of("LeakyReLU"), (6,), False),
            ("elu", of("ELU", alpha=0.7), (6,), False),
            ("softmax", of("Softmax"), (6,), False),
            ("softmax_masked", of("Softmax"), (6,), True),
            ("softmax_along_steps", of("Softmax", axis=1), (4, 3), False),
            ("prelu", of("PReLU"), (6,), False),
            ("prelu_shared", of("PReLU", shared_axes=[1, 2]), (3, 2, 4), False),
            ("spatial_dropout_1d", of("SpatialDropout1D", rate=0.4), (4, 5), False),
            ("spatial_dropout_2d", of("SpatialDropout2D", rate=0.3), (3, 2, 5), False),
            ("gaussian_noise", of("GaussianNoise", stddev=0.3), (6,), False),
            ("gaussian_dropout", of("GaussianDropout", rate=0.3), (6,), False),
            ("reshape", of("Reshape", target_shape=[3, -1, 2]), (4, 3), False),
            ("permute", of("Permute", dims=[3, 1, 2]), (2, 3, 4), False),
            ("rescaling", of("Rescaling", scale=0.3, offset=-1.5), (3, 2), False),
            ("residual", of(block, layers=[of("Dense", units=5, activation="tanh"), of("Dense", units=4)]), (4,), False),
            ("residual_within", of(block, layers=[
                of("Dense", units=4), of(block, layers=[of(bn), of("Activation", activation="relu")]), of(ln),
            ]), (3, 4), False),
        ]
    ]  # fmt: skip


def trainings() -> list[Case]:
    """Short trainings of stacks; the last batch of an epoch is smaller."""
    adam, sgd = {"class": "Adam", "learning_rate": 0.02}, {"class": "SGD", "learning_rate": 0.05, "momentum": 0.9}
    l2 = {"class": "L2", "l2": 0.02}
    bn, ln, dense, block = "BatchNormalization", "LayerNormalization", "Dense", "Residual"
    inner = [of(dense, units=4), of(bn), of("Activation", activation="relu"), of(dense, units=4)]
    stacks: dict[str, tuple[list[Case], tuple[int, ...], Case]] = {
        "bn": ([of(dense, units=6), of(bn, momentum=0.8), of("ReLU"), of(dense, units=2)], (4,), adam),
        "bn_penalized": ([of(bn, gamma_regularizer=l2, beta_regularizer=l2), of(dense, units=2)], (4,), sgd),
        "ln": ([of(dense, units=6), of(ln), of("LeakyReLU"), of(dense, units=2)], (4,), adam),
        "prelu": ([of(dense, units=6), of("PReLU", alpha_regularizer=l2), of(dense, units=2)], (4,), adam),
        "image": ([of(bn), of("Permute", dims=[2, 1, 3]), of(ln, axis=[2, 3]), of("Reshape", target_shape=[-1]),
                   of(dense, units=2)], (3, 2, 2), adam),
        "residual": ([of(dense, units=4), of(block, layers=inner), of(block, layers=[of("ELU"), of(dense, units=4)]),
                      of(dense, units=2)], (4,), adam),
    }  # fmt: skip
    return [{"name": f"fit_{n}", "layers": s, "shape": shape, "optimizer": o} for n, (s, shape, o) in stacks.items()]


class Residual(keras.layers.Layer):
    """Add()([x, f(x)]) with the layers of f inside."""

    def __init__(self, inside: list[Any]) -> None:
        super().__init__()
        self.inside = inside

    def build(self, shape: Any) -> None:
        for layer in self.inside:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def compute_output_shape(self, shape: Any) -> Any:
        return shape

    def call(self, x: Any, training: bool = False) -> Any:
        f = x
        for layer in self.inside:
            f = layer(f, training=training) if layer._call_has_training_arg else layer(f)
        return keras.layers.Add()([x, f])


class SelfAttention(keras.layers.Layer):
    """MultiHeadAttention()(x, x); padding goes on."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self.attention = keras.layers.MultiHeadAttention(**arguments)
        self.supports_masking = True

    def build(self, shape: Any) -> None:
        self.attention.build(shape, shape)

    def compute_output_shape(self, shape: Any) -> Any:
        return shape

    def call(self, x: Any, training: bool = False) -> Any:
        return self.attention(x, x, training=training)


def built(settings: Case) -> Any:
    """A Keras layer from plain settings."""
    arguments = {key: value for key, value in settings.items() if key != "class"}
    if settings["class"] == "Residual":
        return Residual([built(inner) for inner in arguments["layers"]])
    if settings["class"] == "MultiHeadAttention":
        return SelfAttention(**arguments)
    for key, value in arguments.items():
        if key == "layer":
            arguments[key] = built(value)
        elif isinstance(value, dict):
            arguments[key] = getattr(keras.regularizers, value["class"])(value["l2"])
    return getattr(keras.layers, settings["class"])(**arguments)


def weights_of(layer: Any) -> list[Any]:
    """What is trained, then what is not."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def draw(layer: Any, rng: np.random.Generator) -> None:
    """Other numbers than the initializers give; variances stay positive."""
    for weight in weights_of(layer):
        drawn = rng.normal(size=weight.shape)
        weight.assign(np.abs(drawn) + 0.5 if "variance" in weight.name else drawn)


class Injected:
    """Has Keras' noise layers use numbers that are kept."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.drawn: np.ndarray | None = None

    def normal(self, shape: Any, mean: float, stddev: float, **_more: Any) -> Any:
        self.drawn = self.rng.normal(size=tuple(shape))
        return torch.tensor(mean + stddev * self.drawn)

    def dropout(self, inputs: Any, rate: float, noise_shape: Any, **_more: Any) -> Any:
        self.drawn = self.rng.uniform(size=tuple(noise_shape))
        return inputs * torch.tensor((self.drawn >= rate) / (1 - rate))


def passed(case: Case, seed: int) -> dict[str, np.ndarray]:
    """One layer's arrays."""
    rng = np.random.default_rng(seed)
    layer = built(case["layer"])
    x = rng.normal(0.3, 1.2, size=(ROWS, *case["shape"]))
    layer.build(x.shape)
    draw(layer, rng)
    weights = [np.array(w) for w in weights_of(layer)]
    arrays = {"x": x} | {f"weights/{i}": w for i, w in enumerate(weights)}
    more = {}
    if case["masked"]:
        lengths = rng.integers(1, case["shape"][0] + 1, size=ROWS)
        arrays["mask"] = np.arange(case["shape"][0]) < lengths[:, None]
        more["mask"] = torch.tensor(arrays["mask"])
    up = None
    for mode in ("training", "resting"):
        for variable, kept in zip(weights_of(layer), weights, strict=True):
            variable.assign(kept)
            variable.value.grad = None
        injected = Injected(rng)
        keras.src.backend.random.normal, keras.src.backend.random.dropout = injected.normal, injected.dropout
        watched = torch.tensor(x, requires_grad=True)
        if layer._call_has_training_arg:
            more["training"] = mode == "training"
        y = layer(watched, **more)
        up = rng.normal(size=tuple(y.shape)) if up is None else up
        (y * torch.tensor(up)).sum().backward()
        if injected.drawn is not None:
            arrays["drawn"] = injected.drawn
        arrays |= {f"{mode}/y": y.detach().numpy(), f"{mode}/dx": watched.grad.numpy()}
        arrays |= {f"{mode}/grads/{i}": w.value.grad.numpy() for i, w in enumerate(layer.trainable_weights)}
        arrays |= {f"{mode}/state/{i}": np.array(w) for i, w in enumerate(layer.non_trainable_weights)}
    return arrays | {"up": up}


def tokens(rng: np.random.Generator, rows: int, case: Case) -> np.ndarray:
    """Rows of tokens from 1 on with zeros behind them; one row is nothing else."""
    drawn = rng.integers(1, case["tokens"], size=(rows, *case["shape"]))
    lengths = rng.integers(1, case["shape"][0] + 1, size=rows)
    lengths[rows // 2] = 0
    return drawn * (np.arange(case["shape"][0]) < lengths[:, None]).astype(np.float64)


def trained(case: Case) -> dict[str, np.ndarray]:
    """One training's arrays."""
    rng = np.random.default_rng(len(case["name"]))
    x = tokens(rng, 53, case) if "tokens" in case else rng.normal(0.5, 2.0, size=(53, *case["shape"]))
    y = np.tanh(x.reshape(53, -1) @ rng.normal(size=(x[0].size, 2)))
    arrays = {"x": x[:41], "y": y[:41], "validation_x": x[41:], "validation_y": y[41:]}
    model = keras.Sequential([keras.Input(case["shape"]), *(built(layer) for layer in case["layers"])])
    draw(model, rng)
    initial = [np.array(w) for layer in model.layers for w in weights_of(layer)]
    arrays |= {f"initial/{i}": w for i, w in enumerate(initial)}
    optimizer = dict(case["optimizer"])
    model.compile(loss="mean_squared_error", optimizer=getattr(keras.optimizers, optimizer.pop("class"))(**optimizer))
    held = (arrays["validation_x"], arrays["validation_y"])
    fitted = model.fit(x[:41], y[:41], batch_size=16, epochs=4, shuffle=False, verbose=0, validation_data=held)
    arrays |= {f"history/{key}": np.array(values) for key, values in fitted.history.items()}
    after = [np.array(w) for layer in model.layers for w in weights_of(layer)]
    return arrays | {f"after/{i}": w for i, w in enumerate(after)} | {"predictions": model.predict(x, verbose=0)}


def main() -> None:
    """Write everything."""
    use_float64()
    arrays = {"passes": np.array(json.dumps(passes())), "trainings": np.array(json.dumps(trainings()))}
    for case in trainings():
        arrays |= {f"{case['name']}/{key}": value for key, value in trained(case).items()}
    for seed, case in enumerate(passes()):
        arrays |= {f"{case['name']}/{key}": value for key, value in passed(case, seed).items()}
        print(case["name"], flush=True)
    np.savez_compressed(HERE / "layers.npz", **arrays)


if __name__ == "__main__":
    main()

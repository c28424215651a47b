"""One script, run by Keras on PyTorch and by netviz.keras in turn: the same numbers, names and lines come out.

    KERAS_BACKEND=torch python -m pytest -m interop tests/interop/test_keras_live.py

(with `-c /dev/null --rootdir . --import-mode=importlib` in an environment that has Keras and lacks our pytest plug-ins).
Float64, given initial weights, rows not shuffled; 1e-9 relative.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import netviz.keras

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]

Script = Callable[[Any], dict[str, Any]]


@pytest.fixture(scope="module")
def keras() -> Any:
    found = pytest.importorskip("keras")
    dtypes = pytest.importorskip("keras.src.backend.common.dtypes")
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"  # else Keras computes in float32 on PyTorch
    return found


@pytest.fixture(autouse=True)
def float64(keras: Any) -> Iterator[None]:
    for library in (keras, netviz.keras):
        library.config.set_floatx("float64")
    yield
    for library in (keras, netviz.keras):
        library.config.set_floatx("float32")


RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 5))
SCORES = X @ RANDOM.normal(size=(5, 3)) + 0.5 * RANDOM.normal(size=(90, 3))
LABELS, BINARY, NOISE = SCORES.argmax(1), (SCORES[:, 0] > 0).astype(int), RANDOM.normal(size=(90, 1))


def model_of(k: Any, units: int, activation: str | None, hidden: str = "tanh", **more: Any) -> Any:
    """Two layers with the same first weights in either library."""
    model = k.Sequential(
        [k.Input((5,)), k.layers.Dense(8, activation=hidden, **more), k.layers.Dense(units, activation=activation)]
    )
    rng = np.random.default_rng(1)
    model.set_weights([0.5 * rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def result(model: Any, *histories: Any, **more: Any) -> dict[str, Any]:
    merged = {f"history {i} {key}": values for i, h in enumerate(histories) for key, values in h.history.items()}
    orders = [list(h.history) for h in histories]
    return {
        "weights": model.get_weights(),
        "predictions": model.predict(X, verbose=0),
        "orders": orders,
        **merged,
        **more,
    }


def article(k: Any) -> dict[str, Any]:
    model = model_of(k, 1, "sigmoid", "relu")
    model.compile(loss="binary_crossentropy", optimizer=k.optimizers.Adam(), metrics=["accuracy"])
    history = model.fit(X, BINARY, epochs=10, batch_size=32, shuffle=False, verbose=0)
    return result(model, history, evaluated=model.evaluate(X, BINARY, verbose=0), params=history.params)


def two_fits_with_other_data_and_a_schedule(k: Any) -> dict[str, Any]:
    model = model_of(k, 3, "softmax", kernel_regularizer=k.regularizers.L1L2(0.01, 0.02))
    schedule = k.optimizers.schedules.CosineDecay(0.05, 30, alpha=0.1)
    optimizer = k.optimizers.AdamW(schedule, weight_decay=0.05)
    model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["acc"])
    options = {"shuffle": False, "verbose": 0, "batch_size": 16}
    first = model.fit(X, LABELS, epochs=3, validation_split=0.2, class_weight={0: 2.0, 2: 0.5}, **options)
    second = model.fit(X[:41], LABELS[:41], epochs=5, initial_epoch=2, **options)
    model.set_weights([0.9 * w for w in model.get_weights()])
    weights = np.linspace(0, 2, 90)
    held = (X[:9], LABELS[:9], np.linspace(1, 3, 9))
    third = model.fit(X, LABELS, sample_weight=weights, validation_data=held, epochs=1, **options)
    return result(model, first, second, third, epochs=[first.epoch, second.epoch, third.epoch])


def logits(k: Any, metric: Any = "accuracy") -> dict[str, Any]:
    model = model_of(k, 1, None)
    model.compile(loss=k.losses.BinaryCrossentropy(from_logits=True), optimizer="rmsprop", metrics=[metric])
    return result(model, model.fit(X, BINARY, epochs=4, shuffle=False, verbose=0, validation_split=0.3))


def logits_with_another_threshold(k: Any) -> dict[str, Any]:
    return logits(k, k.metrics.BinaryAccuracy(threshold=0.0, name="cut"))


def logits_of_three_classes(k: Any) -> dict[str, Any]:
    model = model_of(k, 3, None)
    loss = k.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, optimizer=k.optimizers.Adagrad(0.1), metrics=["accuracy"])
    return result(model, model.fit(X, np.eye(3)[LABELS], epochs=3, shuffle=False, verbose=0))


def regression(k: Any) -> dict[str, Any]:
    model = model_of(k, 1, None)
    model.compile(
        loss=k.losses.Huber(0.5), optimizer=k.optimizers.SGD(0.05, 0.9, True), metrics=["mae", "r2_score", "accuracy"]
    )
    return result(
        model, model.fit(X, NOISE[:, 0], epochs=4, shuffle=False, verbose=0), one=model.evaluate(X, NOISE, verbose=0)
    )


def stopped_early(k: Any, **settings: Any) -> dict[str, Any]:
    model = model_of(k, 1, None)
    model.compile(loss="mse", optimizer=k.optimizers.Adam(0.03), metrics=["mae"])
    early = k.callbacks.EarlyStopping(**settings)
    history = model.fit(X, NOISE, epochs=40, validation_split=0.4, shuffle=False, verbose=0, callbacks=[early])
    numbers = [early.stopped_epoch, early.best_epoch, early.wait]
    again = model.fit(X, NOISE, epochs=2, shuffle=False, verbose=0)  # with the memory of the last epoch
    return result(model, history, again, early=numbers, best=early.best)


SCRIPTS = [
    article, two_fits_with_other_data_and_a_schedule, regression,
    logits, logits_with_another_threshold, logits_of_three_classes,
]  # fmt: skip

# What compile and fit are given, in one row each: layers, targets, loss, optimizer, metrics, more of fit.
Settings = tuple[Callable[[Any], list[Any]], Any, Any, Callable[[Any], Any], list[str], dict[str, Any]]
ONE_HOT, WEIGHTS, SPARSE = np.eye(3)[LABELS], np.linspace(0.1, 2, 90), "sparse_categorical_crossentropy"


def dense(units: int, last: str | None = None, hidden: Any = "tanh", **more: Any) -> Callable[[Any], list[Any]]:
    return lambda k: [k.layers.Dense(6, activation=hidden, **more), k.layers.Dense(units, activation=last)]


def rate(schedule: str, *numbers: Any, **more: Any) -> Callable[[Any], Any]:
    return lambda k: k.optimizers.SGD(getattr(k.optimizers.schedules, schedule)(*numbers, **more))


def by(optimizer: str, *numbers: Any, **more: Any) -> Callable[[Any], Any]:
    return lambda k: getattr(k.optimizers, optimizer)(*numbers, **more)


def stacked(k: Any) -> list[Any]:
    a = k.layers
    return [
        a.Dense(5), a.LeakyReLU(), a.Dense(4), a.ELU(0.7), a.Flatten(), a.Dense(4), a.ReLU(negative_slope=0.2),
        a.Dense(4, activation=a.LeakyReLU(negative_slope=0.1)), a.Dropout(0.0), a.Dense(3), a.Softmax(),
    ]  # fmt: skip


CONFIGURATIONS: dict[str, Settings] = {
    "several yes or no": (dense(3, "sigmoid"), ONE_HOT, "binary_crossentropy", by("Adam"), ["accuracy", "binary_accuracy"], {}),
    "between yes and no": (dense(1, "sigmoid"), np.abs(np.tanh(NOISE)), "binary_crossentropy", by("Adam"), ["accuracy"], {}),
    "one-hot": (dense(3, "softmax", "gelu"), ONE_HOT, "categorical_crossentropy", by("Adam", amsgrad=True), ["acc"], {}),
    "one-hot, unfused": (dense(3, "sigmoid"), ONE_HOT, "categorical_crossentropy", by("Adam"), ["accuracy"], {}),
    "labels in a column": (dense(3, "softmax", "elu"), LABELS[:, None], SPARSE, by("RMSprop", momentum=0.5), ["accuracy"], {}),
    "labels, centered": (dense(3, "softmax", "softplus"), LABELS, SPARSE, by("RMSprop", centered=True), ["accuracy"], {}),
    "layers": (stacked, LABELS, SPARSE, by("Adam", 0.01), ["sparse_categorical_accuracy"], {}),
    "class weights": (dense(3, "softmax"), ONE_HOT, "categorical_crossentropy", by("Adam"), [], {"class_weight": {0: 2.0, 1: 0.3}}),
    "class weights, split": (
        dense(1, "sigmoid"), BINARY, "binary_crossentropy", by("Adam"), ["accuracy"],
        {"class_weight": {1: 5.0}, "validation_split": 0.3},
    ),
    "row weights, split": (
        dense(1, "sigmoid"), BINARY, "mse", by("AdamW"), ["accuracy"], {"sample_weight": WEIGHTS, "validation_split": 0.25},
    ),
    "penalties": (
        dense(1, kernel_regularizer="l2", bias_regularizer="l1"), NOISE, "mae", by("Adagrad"), ["mae"], {"validation_split": 0.2},
    ),
    "two numbers": (dense(3, None, "sigmoid"), SCORES, "huber", by("SGD", 0.1, 0.5), ["r2_score", "accuracy"], {}),
    "one batch": (dense(1, None, "leaky_relu"), NOISE, "mse", by("SGD"), [], {"batch_size": 1000}),
    "single rows": (dense(1), NOISE, "mse", by("SGD"), [], {"batch_size": 1}),
    "no bias": (dense(1, use_bias=False), NOISE, "mse", by("Adam"), [], {"initial_epoch": 2}),
    "exponential": (dense(1), NOISE, "mse", rate("ExponentialDecay", 0.1, 3, 0.5, staircase=True), [], {}),
    "inverse time": (dense(1), NOISE, "mse", rate("InverseTimeDecay", 0.1, 3, 0.5), [], {}),
    "polynomial": (dense(1), NOISE, "mse", rate("PolynomialDecay", 0.1, 5, 0.01, power=2.0, cycle=True), [], {}),
    "piecewise": (dense(1), NOISE, "mse", rate("PiecewiseConstantDecay", [2, 5], [0.1, 0.05, 0.01]), [], {}),
    "warm-up from 0": (dense(1), NOISE, "mse", rate("CosineDecay", 0.0, 8, 0.1, warmup_target=0.1, warmup_steps=4), [], {}),
}  # fmt: skip


def configured(k: Any, settings: Settings) -> dict[str, Any]:
    layers, y, loss, optimizer, metrics, more = settings
    model = k.Sequential([k.Input((5,)), *layers(k)])
    rng = np.random.default_rng(2)
    model.set_weights([0.5 * rng.normal(size=w.shape) for w in model.get_weights()])
    model.compile(loss=loss, optimizer=optimizer(k), metrics=metrics)
    history = model.fit(X, y, epochs=4, shuffle=False, verbose=0, **more)
    return result(model, history, evaluated=model.evaluate(X, y, verbose=0))


STOPPINGS: dict[str, dict[str, Any]] = {
    "plain": {"patience": 2},
    "at once": {},
    "best weights": {"patience": 4, "restore_best_weights": True},
    "never stops": {"patience": 400, "restore_best_weights": True},
    "min_delta": {"patience": 3, "min_delta": 0.05, "monitor": "loss"},
    "metric": {"patience": 2, "monitor": "val_mae", "mode": "min"},
    "mode max": {"patience": 3, "monitor": "val_loss", "mode": "max", "restore_best_weights": True},
    "baseline": {"patience": 3, "baseline": 0.01, "restore_best_weights": True},
    "starts late": {"patience": 2, "start_from_epoch": 6, "restore_best_weights": True},
}


def agree(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        if key in ("orders", "epochs", "params", "early"):
            assert ours[key] == value, key
            continue
        for a, b in zip(ours[key], value, strict=True) if isinstance(value, list) else [(ours[key], value)]:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * max(1e-3, np.abs(b).max()), err_msg=key)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_gives_what_it_gives_with_keras(script: Script, keras: Any) -> None:
    agree(script(netviz.keras), script(keras))


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_configuration_gives_what_it_gives_with_keras(name: str, keras: Any) -> None:
    agree(configured(netviz.keras, CONFIGURATIONS[name]), configured(keras, CONFIGURATIONS[name]))


@pytest.mark.parametrize("name", STOPPINGS)
def test_early_stopping_ends_where_that_of_keras_ends(name: str, keras: Any) -> None:
    agree(stopped_early(netviz.keras, **STOPPINGS[name]), stopped_early(keras, **STOPPINGS[name]))


def lines(k: Any, verbose: int, capsys: pytest.CaptureFixture[str]) -> str:
    """What fit and evaluate print, without what a terminal alone sees and without times."""
    model = model_of(k, 1, "sigmoid")
    model.compile(loss="binary_crossentropy", metrics=["accuracy"])
    capsys.readouterr()
    model.fit(X, BINARY, epochs=2, shuffle=False, validation_split=0.2, verbose=verbose)
    model.evaluate(X, BINARY, verbose=verbose)
    out = re.sub(r"\x1b\[\d*m|\x08+", "", capsys.readouterr().out)
    finished = [line.strip() for line in out.splitlines() if line.startswith("Epoch") or re.match(r"(\d+)/\1 ", line)]
    return re.sub(r"\d+[mu]?s(/step)?", r"T\1", "\n".join(finished))


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_the_lines_are_those_of_keras(verbose: int, keras: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(netviz.keras, verbose, capsys) == lines(keras, verbose, capsys)


def test_the_summary_is_that_of_keras(keras: Any) -> None:
    texts = []
    for k in (netviz.keras, keras):
        model = k.Sequential(
            [k.Input((5,)), k.layers.Dense(8, name="a"), k.layers.LeakyReLU(name="b"), k.layers.Dense(2, name="c")],
            name="m",
        )
        kept: list[str] = []
        model.summary(print_fn=kept.append)
        model.compile(loss="mse", optimizer="adam")
        model.fit(X, SCORES[:, :2], verbose=0)
        model.summary(print_fn=kept.append)
        texts.append(kept)
    assert texts[0] == texts[1]


def test_defaults_are_those_of_keras(keras: Any) -> None:
    for name in ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW"):
        ours, theirs = (getattr(k.optimizers, name)() for k in (netviz.keras, keras))
        assert float(ours.learning_rate) == pytest.approx(float(theirs.learning_rate), rel=1e-6)
    assert netviz.keras.layers.LeakyReLU().activation.negative_slope == keras.layers.LeakyReLU().negative_slope
    for label in ([0, 2], [[1], [0]]):
        np.testing.assert_array_equal(netviz.keras.utils.to_categorical(label), keras.utils.to_categorical(label))

"""Fits with every optimizer, schedule and rate callback, run by Keras on PyTorch and by netviz.keras in turn.

    KERAS_BACKEND=torch python -m pytest -m interop tests/interop/test_optimizers_live.py

(with `-c /dev/null --rootdir . --import-mode=importlib` in an environment that has Keras and lacks our pytest plug-ins).
Float64, given initial weights, rows not shuffled; 1e-9 relative.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import netviz.keras

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]

NAMES = ("SGD", "Lion", "Adagrad", "Adadelta", "RMSprop", "Ftrl", "Adam", "AdamW", "Adamax", "Nadam", "Adafactor")
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "weight decay": {"weight_decay": 0.1},
    "norm of each array": {"clipnorm": 0.05},
    "norm of all": {"global_clipnorm": 0.1},
    "each number": {"clipvalue": 0.02},
    "averaged": {"use_ema": True, "ema_momentum": 0.8},
    "averaged and used": {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 3, "clipnorm": 0.2},
}
SCHEDULES: dict[str, tuple[str, dict[str, Any]]] = {
    "restarts": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5, "m_mul": 0.8, "alpha": 0.1}),
    "even restarts": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 1.0}),
    "longer restarts": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 3, "t_mul": 1.7}),
}
CALLBACKS: dict[str, Callable[[Any], Any]] = {
    "plateau": lambda k: k.callbacks.ReduceLROnPlateau(patience=2, factor=0.3),
    "plateau of the loss": lambda k: k.callbacks.ReduceLROnPlateau("loss", 0.5, 1, min_delta=0.05, cooldown=2),
    "plateau of a metric": lambda k: k.callbacks.ReduceLROnPlateau("val_accuracy", 0.5, 1, min_lr=0.01),
    "plateau upside down": lambda k: k.callbacks.ReduceLROnPlateau("loss", 0.5, 1, mode="max"),
    "a plan": lambda k: k.callbacks.LearningRateScheduler(lambda epoch, rate: rate * (0.5 if epoch > 2 else 1.1)),
    "an old plan": lambda k: k.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch)),
}

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 5))
Y = (X @ RANDOM.normal(size=5) + RANDOM.normal(size=90) > 0).astype(int)


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


def model_of(k: Any, optimizer: Any) -> Any:
    model = k.Sequential([k.Input((5,)), k.layers.Dense(6, activation="tanh"), k.layers.Dense(1, activation="sigmoid")])
    rng = np.random.default_rng(1)
    model.set_weights([0.5 * rng.normal(size=w.shape) for w in model.get_weights()])
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    return model


def result(model: Any, *histories: Any) -> dict[str, Any]:
    found = {f"{i} {name}": values for i, h in enumerate(histories) for name, values in h.history.items()}
    return found | {f"weight {i}": w for i, w in enumerate(model.get_weights())}


def fitted(k: Any, optimizer: Any, *callbacks: Any, epochs: int = 4, **more: Any) -> dict[str, Any]:
    """Two fits, one behind the other."""
    model = model_of(k, optimizer)
    options = {"batch_size": 16, "shuffle": False, "verbose": 0, "validation_split": 0.2, **more}
    first = model.fit(X, Y, epochs=epochs, callbacks=list(callbacks), **options)
    second = model.fit(X[:50], Y[:50], epochs=2, **options)
    return result(model, first, second)


def agree(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        np.testing.assert_allclose(ours[name], value, rtol=1e-9, atol=1e-11, err_msg=name)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_two_fits_with_an_optimizer_are_those_of_keras(name: str, options: str, keras: Any) -> None:
    ours, theirs = (fitted(k, getattr(k.optimizers, name)(0.03, **OPTIONS[options])) for k in (netviz.keras, keras))
    agree(ours, theirs)


@pytest.mark.parametrize("name", SCHEDULES)
def test_two_fits_with_a_schedule_are_those_of_keras(name: str, keras: Any) -> None:
    family, arguments = SCHEDULES[name]
    made = (k.optimizers.Adam(getattr(k.optimizers.schedules, family)(**arguments)) for k in (netviz.keras, keras))
    agree(*(fitted(k, optimizer) for k, optimizer in zip((netviz.keras, keras), made, strict=True)))


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_changes_the_rate_when_that_of_keras_does(name: str, keras: Any) -> None:
    ours, theirs = (
        fitted(k, k.optimizers.SGD(0.3, momentum=0.9), CALLBACKS[name](k), epochs=15) for k in (netviz.keras, keras)
    )
    assert len(set(np.round(theirs["0 learning_rate"], 12))) > 1
    agree(ours, theirs)


def test_averaged_weights_and_the_best_ones_end_a_fit_as_in_keras(keras: Any) -> None:
    for restore in (False, True):
        found = []
        for k in (netviz.keras, keras):
            early = k.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=restore)
            found.append(fitted(k, k.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.9), early, epochs=30))
        agree(*found)


@pytest.mark.parametrize("verbose", [1, 2])
def test_what_is_printed_about_the_rate_is_what_keras_prints(
    verbose: int, keras: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = []
    for k in (netviz.keras, keras):
        plateau = k.callbacks.ReduceLROnPlateau("loss", 0.5, 1, min_delta=0.1, verbose=1)
        plan = k.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9, verbose=1)
        model = model_of(k, k.optimizers.SGD(0.125))
        model.fit(X, Y, epochs=3, shuffle=False, verbose=verbose, callbacks=[plan, plateau])
        out = re.sub(r"\x1b\[\d*m|\x08+", "", capsys.readouterr().out)
        lines = [line.strip() for line in out.splitlines() if "learning" in line]
        texts.append([re.sub(r"^.*?(- accuracy|Epoch \d+:)", r"\1", line) for line in lines])
    assert texts[0] == texts[1] and len(texts[0]) > 6


@pytest.mark.parametrize("name", NAMES)
def test_arguments_and_defaults_are_those_of_keras(name: str, keras: Any) -> None:
    ours, theirs = (inspect.signature(getattr(k.optimizers, name)).parameters for k in (netviz.keras, keras))
    own = [argument for argument in ours if argument != "more"]
    assert own == list(theirs)[: len(own)]
    assert [ours[argument].default for argument in own] == [theirs[argument].default for argument in own]
    made, keras_made = getattr(netviz.keras.optimizers, name)(), getattr(keras.optimizers, name)()
    value = made.settings()[0]
    for shared in ("use_ema", "ema_momentum", "ema_overwrite_frequency", "clipnorm", "global_clipnorm", "clipvalue", "weight_decay"):
        assert getattr(value, shared) == getattr(keras_made, shared)

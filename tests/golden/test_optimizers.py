"""Each optimizer and schedule makes Keras' hundred updates, to 1e-12 in float64, and Keras' fit, to 1e-9."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.engine import optimizers as engine
from netviz.engine import schedules as engine_schedules
from netviz.engine.parameters import Parameters, Window
from netviz.engine.updating import Updating
from netviz.keras import Input, Sequential, config, optimizers
from netviz.keras.layers import Dense

WINDOWS = (Window((0, "kernel"), (4, 6), 0), Window((1, "kernel"), (2, 2, 3), 24), Window((1, "bias"), (4,), 36))
HERE = Path(__file__).parent
CASES = json.loads((HERE / "optimizers.json").read_text())


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    with np.load(HERE / "optimizers.npz") as file:
        return dict(file)


@pytest.fixture
def float64() -> Iterator[None]:
    config.set_floatx("float64")
    yield
    config.set_floatx("float32")


def face(case: dict[str, Any]) -> optimizers.Optimizer:
    family = getattr(optimizers, case["class"])
    if "schedule" in case:
        return family(getattr(optimizers.schedules, case["schedule"])(**case["arguments"]))
    return family(**case["arguments"])


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_hundred_updates_are_those_of_keras(case: dict[str, Any], golden: Mapping[str, np.ndarray]) -> None:
    optimizer, schedule = face(case).settings()
    w = golden["first"].copy()
    params, grads = (Parameters(a, WINDOWS) for a in (w, np.empty_like(w)))
    slots = {n: Parameters(np.full_like(w, optimizer.first(n)), WINDOWS) for n in optimizer.slot_names}
    work = Updating(optimizer, params, grads, slots)
    kept = {int(count): row for count, row in zip(golden["kept"], golden[case["name"]], strict=True)}
    for step, g in enumerate(golden["gradients"]):
        grads.vector[:] = g
        work.compute(step + 1, schedule.rate(optimizer.learning_rate, step))
        work.apply(step + 1)
        if step + 1 in kept:
            np.testing.assert_allclose(w, kept.pop(step + 1), rtol=1e-12, atol=1e-12)
    assert not kept
    assert ("average" in slots) == (case["name"] + "/average" in golden)
    if optimizer.use_ema:
        np.testing.assert_allclose(slots["average"].vector, golden[case["name"] + "/average"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_fit_ends_where_that_of_keras_ends(
    case: dict[str, Any], golden: Mapping[str, np.ndarray], float64: None
) -> None:
    model = Sequential([Input((3,)), Dense(4, activation="tanh"), Dense(1)])
    model.set_weights([golden[f"initial/{place}"] for place in range(4)])
    model.compile(optimizer=face(case), loss="mse")
    history = model.fit(golden["x"], golden["y"], epochs=4, batch_size=16, shuffle=False, verbose=0)
    np.testing.assert_allclose(history.history["loss"], golden[f"{case['name']}/loss"], rtol=1e-9)
    for place, weight in enumerate(model.get_weights()):
        np.testing.assert_allclose(weight, golden[f"{case['name']}/{place}"], rtol=1e-9, atol=1e-9)


def test_the_cases_cover_every_optimizer_and_schedule_that_keras_has() -> None:
    made = [face(case).settings() for case in CASES]
    of_keras = {engine.optimizers[name] for name in engine.optimizers} - {engine.LBFGS}
    assert {type(optimizer) for optimizer, _schedule in made} == of_keras
    schedules_of_keras = {name for name in engine_schedules.schedules if hasattr(optimizers.schedules, schedule_class(name))}
    assert {engine_schedules.schedules.name(type(s)) for _o, s in made} == schedules_of_keras | {"constant"}


def schedule_class(name: str) -> str:
    return engine_schedules.schedules[name].__name__

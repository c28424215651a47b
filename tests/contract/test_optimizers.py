"""Every optimizer and schedule against the formula in its docstring, written out number by number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netviz.engine.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, optimizers
from netviz.engine.schedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
    schedules,
)

Rule = Callable[[float, float, dict[str, float], int, float], float]


def sgd(o: SGD) -> Rule:
    def rule(w: float, g: float, s: dict[str, float], t: int, rate: float) -> float:
        if not o.momentum:
            return -rate * g
        s["m"] = o.momentum * s.get("m", 0.0) - rate * g
        return o.momentum * s["m"] - rate * g if o.nesterov else s["m"]

    return rule


def adagrad(o: Adagrad) -> Rule:
    def rule(w: float, g: float, s: dict[str, float], t: int, rate: float) -> float:
        s["s"] = s.get("s", o.initial_accumulator_value) + g * g
        return -rate * g / math.sqrt(s["s"] + o.epsilon)

    return rule


def rmsprop(o: RMSprop) -> Rule:
    def rule(w: float, g: float, s: dict[str, float], t: int, rate: float) -> float:
        s["v"] = o.rho * s.get("v", 0.0) + (1 - o.rho) * g * g
        under = s["v"]
        if o.centered:
            s["a"] = o.rho * s.get("a", 0.0) + (1 - o.rho) * g
            under -= s["a"] ** 2
        step = rate * g / math.sqrt(under + o.epsilon)
        if not o.momentum:
            return -step
        s["m"] = o.momentum * s.get("m", 0.0) + step
        return -s["m"]

    return rule


def adam(o: Adam) -> Rule:
    def rule(w: float, g: float, s: dict[str, float], t: int, rate: float) -> float:
        s["m"] = o.beta_1 * s.get("m", 0.0) + (1 - o.beta_1) * g
        s["v"] = o.beta_2 * s.get("v", 0.0) + (1 - o.beta_2) * g * g
        v = s["v"]
        if o.amsgrad:
            v = s["top"] = max(s.get("top", 0.0), v)
        step = rate * math.sqrt(1 - o.beta_2**t) / (1 - o.beta_1**t) * s["m"] / (math.sqrt(v) + o.epsilon)
        return -step - (rate * o.weight_decay * w if isinstance(o, AdamW) else 0.0)

    return rule


CASES: list[tuple[Optimizer, Callable[[Any], Rule]]] = [
    (SGD(), sgd),
    (SGD(0.1, momentum=0.9), sgd),
    (SGD(0.1, momentum=0.7, nesterov=True), sgd),
    (Adagrad(), adagrad),
    (Adagrad(0.1, initial_accumulator_value=0.0, epsilon=1e-4), adagrad),
    (RMSprop(), rmsprop),
    (RMSprop(0.01, rho=0.7, epsilon=1e-3), rmsprop),
    (RMSprop(0.01, momentum=0.6), rmsprop),
    (RMSprop(0.01, centered=True, epsilon=1e-3), rmsprop),
    (RMSprop(0.01, centered=True, momentum=0.6, epsilon=1e-3), rmsprop),
    (Adam(), adam),
    (Adam(0.02, beta_1=0.5, beta_2=0.8, epsilon=1e-2), adam),
    (Adam(amsgrad=True), adam),
    (AdamW(), adam),
    (AdamW(0.02, weight_decay=0.3, amsgrad=True), adam),
]


def run(optimizer: Optimizer, w: np.ndarray, gradients: np.ndarray, pieces: int = 1) -> np.ndarray:
    """100 updates by the engine's optimizer, the vector in so many pieces."""
    w, out, spare = w.copy(), np.empty_like(w), np.empty_like(w)
    slots = {name: np.full_like(w, optimizer.first) for name in optimizer.slot_names}
    cuts = np.array_split(np.arange(len(w)), pieces)
    for t, g in enumerate(gradients, start=1):
        for cut in (slice(c[0], c[-1] + 1) for c in cuts):
            part = {name: slot[cut] for name, slot in slots.items()}
            optimizer.update(w[cut], g[cut], part, t, optimizer.learning_rate, out[cut], spare[cut])
        w += out
    return w


@pytest.fixture(scope="module")
def numbers() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return rng.normal(size=9), rng.normal(size=(100, 9)) * rng.uniform(0.01, 10, 9)


@pytest.mark.parametrize(("optimizer", "formula"), CASES, ids=[str(optimizer) for optimizer, _formula in CASES])
def test_a_hundred_updates_equal_the_formula_written_out(
    optimizer: Optimizer, formula: Callable[[Any], Rule], numbers: tuple[np.ndarray, np.ndarray]
) -> None:
    first, gradients = numbers
    rule, expected = formula(optimizer), first.copy()
    for place in range(len(first)):
        state: dict[str, float] = {}
        for t, g in enumerate(gradients[:, place].tolist(), start=1):
            expected[place] += rule(float(expected[place]), g, state, t, optimizer.learning_rate)
    np.testing.assert_allclose(run(optimizer, first, gradients), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("optimizer", [case[0] for case in CASES], ids=str)
def test_a_vector_in_pieces_gives_the_same_bits(optimizer: Optimizer, numbers: tuple[np.ndarray, np.ndarray]) -> None:
    first, gradients = (array.astype(np.float32) for array in numbers)
    assert run(optimizer, first, gradients).tobytes() == run(optimizer, first, gradients, pieces=4).tobytes()


@pytest.mark.parametrize("optimizer", [case[0] for case in CASES], ids=str)
def test_weights_and_gradients_are_left_alone(optimizer: Optimizer) -> None:
    w, g = np.ones(3), np.ones(3)
    w.setflags(write=False)
    g.setflags(write=False)
    slots = {name: np.full(3, optimizer.first) for name in optimizer.slot_names}
    assert np.isfinite(optimizer.update(w, g, slots, 1, 0.1, np.empty(3), np.empty(3))).all()


def test_every_optimizer_is_in_the_table() -> None:
    assert {type(optimizer) for optimizer, _formula in CASES} == {optimizers[name] for name in optimizers}


RATES = [
    (Constant(), lambda s: 0.5),
    (ExponentialDecay(10, 0.5), lambda s: 0.5 * 0.5 ** (s / 10)),
    (ExponentialDecay(10, 0.5, staircase=True), lambda s: 0.5 * 0.5 ** (s // 10)),
    (InverseTimeDecay(10, 2.0), lambda s: 0.5 / (1 + 2 * s / 10)),
    (InverseTimeDecay(10, 2.0, staircase=True), lambda s: 0.5 / (1 + 2 * (s // 10))),
    (PolynomialDecay(20, 0.1, 2.0), lambda s: 0.4 * (1 - min(s, 20) / 20) ** 2 + 0.1),
    (PolynomialDecay(20, 0.1, 1.0, cycle=True), lambda s: 0.4 * (1 - s / (20 * max(1, math.ceil(s / 20)))) + 0.1),
    (CosineDecay(20, 0.2), lambda s: 0.5 * (0.8 * (1 + math.cos(math.pi * min(s, 20) / 20)) / 2 + 0.2)),
    (CosineDecay(20, 0.0, 2.0, 5), lambda s: 0.5 + 1.5 * s / 5 if s < 5 else 1 + math.cos(math.pi * min(s - 5, 20) / 20)),
    (PiecewiseConstantDecay((5, 9), (1.0, 0.5, 0.1)), lambda s: 0.5 * (1.0 if s <= 5 else 0.5 if s <= 9 else 0.1)),
]


@pytest.mark.parametrize(("schedule", "rate"), RATES, ids=[str(schedule) for schedule, _rate in RATES])
def test_a_schedule_equals_its_formula_at_every_step(schedule: Any, rate: Callable[[int], float]) -> None:
    for step in range(60):
        assert schedule.rate(0.5, step) == pytest.approx(rate(step), rel=1e-14)


def test_every_schedule_is_in_the_table() -> None:
    assert {type(schedule) for schedule, _rate in RATES} == {schedules[name] for name in schedules}

"""Every schedule against the formula in its docstring, written out step by step."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netviz.engine.history import History
from netviz.engine.schedules import (
    Constant,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    ReduceOnPlateau,
    StepDecay,
    WarmUp,
    schedules,
)


def wave(p: float) -> float:
    """Half a cosine wave from 1 to 0."""
    return (1 + math.cos(math.pi * p)) / 2


def line(s: float, corners: list[tuple[float, float]]) -> float:
    return float(np.interp(s, *zip(*corners, strict=True)))


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
    (StepDecay(7, 0.3), lambda s: 0.5 * 0.3 ** (s // 7)),
    (CosineDecayRestarts(10, 1.0, 0.8, 0.2), lambda s: 0.5 * (0.8 * 0.8 ** (s // 10) * wave(s % 10 / 10) + 0.2)),
    (CosineDecayRestarts(4, 3.0), lambda s: 0.5 * wave(s / 4 if s < 4 else (s - 4) / 12 if s < 16 else (s - 16) / 36 if s < 52 else (s - 52) / 108)),
    (OneCycle(41, 0.25, "linear", 10.0, 100.0), lambda s: line(s, [(0, 0.05), (9.25, 0.5), (40, 0.0005)])),
    (OneCycle(41, 0.25, "linear", 10.0, 100.0, True), lambda s: line(s, [(0, 0.05), (9.25, 0.5), (18.5, 0.05), (40, 0.0005)])),
    (OneCycle(20, 0.0), lambda s: 0.5 + (2e-6 - 0.5) * (1 - wave((min(s, 19) + 1) / 20))),
    (OneCycle(20, 1.0), lambda s: 0.02 + 0.48 * (1 - wave(min(s, 19) / 19))),
    (OneCycle(1), lambda s: 0.5 + (2e-6 - 0.5) * (1 - wave(0.7 / 0.7))),
    (WarmUp(10, 0.2, StepDecay(5, 0.5)), lambda s: 0.5 * (0.2 + 0.08 * s) if s < 10 else 0.5 * 0.5 ** ((s - 10) // 5)),
    (WarmUp(10), lambda s: 0.5 * min(s / 10, 1)),
    (WarmUp(0), lambda s: 0.5),
    (ReduceOnPlateau(), lambda s: 0.5),
    (PiecewiseConstantDecay((5, 9), (1.0, 0.5, 0.1)), lambda s: 0.5 * (1.0 if s <= 5 else 0.5 if s <= 9 else 0.1)),
]


@pytest.mark.parametrize(("schedule", "rate"), RATES, ids=[str(schedule) for schedule, _rate in RATES])
def test_a_schedule_equals_its_formula_at_every_step(schedule: Any, rate: Callable[[int], float]) -> None:
    for step in range(60):
        assert schedule.rate(0.5, step) == pytest.approx(rate(step), rel=1e-14)


def test_every_schedule_is_in_the_table() -> None:
    assert {type(schedule) for schedule, _rate in RATES} == {schedules[name] for name in schedules}


def test_a_period_of_a_cosine_begins_exactly_where_the_one_before_ends() -> None:
    schedule = CosineDecayRestarts(1, 3.0)
    begins = [sum(3**k for k in range(i)) for i in range(12)]  # log(243)/log(3) is a little below 5
    assert [schedule.rate(0.5, step) for step in begins] == [0.5] * len(begins)
    assert all(schedule.rate(0.5, step - 1) < 0.3 for step in begins[2:])


def history(**epochs: list[float]) -> History:
    return History(epochs={name: np.array(values) for name, values in epochs.items()})


def plateau_of_keras(schedule: ReduceOnPlateau, rate: float, values: list[float]) -> float:
    """Keras' callback, written out for a number that should fall."""
    best, wait, cooldown = math.inf, 0, 0
    for value in values:
        if cooldown > 0:
            cooldown, wait = cooldown - 1, 0
        if value + schedule.min_delta < best:
            best, wait = value, 0
        elif cooldown <= 0:
            wait += 1
            if wait >= schedule.patience and rate > schedule.min_lr:
                rate, cooldown, wait = max(rate * schedule.factor, schedule.min_lr), schedule.cooldown, 0
    return rate


@pytest.mark.parametrize(
    "schedule",
    [
        ReduceOnPlateau(patience=2),
        ReduceOnPlateau("loss", 0.5, 0),
        ReduceOnPlateau("loss", 0.5, 1, min_delta=0.2),
        ReduceOnPlateau("loss", 0.7, 2, cooldown=3),
        ReduceOnPlateau("loss", 0.3, 1, cooldown=1, min_lr=0.02),
    ],
    ids=str,
)
def test_the_rate_falls_on_a_plateau_when_that_of_keras_falls(schedule: ReduceOnPlateau) -> None:
    losses = np.random.default_rng(1).normal(size=60) * 0.3 + np.linspace(2, 0, 60)
    for count in range(1, 61):
        values = losses[:count].tolist()
        found = schedule.rate(0.5, 7, history(loss=values, val_loss=values))
        assert found == pytest.approx(plateau_of_keras(schedule, 0.5, values), rel=1e-12)


def test_a_plateau_of_what_should_rise_or_was_not_taken_yet() -> None:
    rising = ReduceOnPlateau("val_accuracy", 0.5, 1)
    assert rising.rate(1.0, 0, history(val_accuracy=[0.1, 0.2, 0.3])) == 1
    assert rising.rate(1.0, 0, history(val_accuracy=[0.3, 0.2, 0.1])) == 0.25
    assert ReduceOnPlateau("val_accuracy", 0.5, 1, "min").rate(1.0, 0, history(val_accuracy=[0.3, 0.2, 0.1])) == 1
    assert rising.rate(1.0, 0, history(val_accuracy=[math.nan, math.nan, 0.3])) == 1
    assert rising.rate(1.0, 0, history(loss=[1.0, 2.0])) == 1


def test_a_plateau_is_judged_anew_for_another_base_rate_and_another_history() -> None:
    schedule, flat = ReduceOnPlateau("loss", 0.5, 1), history(loss=[1.0, 1.0])
    assert [schedule.rate(base, 0, flat) for base in (1.0, 0.1, 1.0)] == [0.5, 0.05, 0.5]
    assert schedule.rate(1.0, 0, history(loss=[1.0, 0.5])) == 1
    assert WarmUp(5, 0.0, schedule).rate(1.0, 9, flat) == 0.5

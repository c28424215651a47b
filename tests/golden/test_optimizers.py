"""Each optimizer and schedule makes the hundred updates that Keras' makes, to 1e-12 in float64."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.engine import optimizers as engine
from netviz.engine import schedules as engine_schedules
from netviz.keras import optimizers

HERE = Path(__file__).parent
CASES = json.loads((HERE / "optimizers.json").read_text())


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    with np.load(HERE / "optimizers.npz") as file:
        return dict(file)


def face(case: dict[str, Any]) -> optimizers.Optimizer:
    family = getattr(optimizers, case["class"])
    if "schedule" in case:
        return family(getattr(optimizers.schedules, case["schedule"])(**case["arguments"]))
    return family(**case["arguments"])


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_hundred_updates_are_those_of_keras(case: dict[str, Any], golden: Mapping[str, np.ndarray]) -> None:
    optimizer, schedule = face(case).settings()
    w = golden["first"].copy()
    slots = {name: np.full_like(w, optimizer.first) for name in optimizer.slot_names}
    out, spare = np.empty_like(w), np.empty_like(w)
    kept = {int(count): row for count, row in zip(golden["kept"], golden[case["name"]], strict=True)}
    for step, g in enumerate(golden["gradients"]):
        rate = schedule.rate(optimizer.learning_rate, step)
        w += optimizer.update(w, g, slots, step + 1, rate, out, spare)
        if step + 1 in kept:
            np.testing.assert_allclose(w, kept.pop(step + 1), rtol=1e-12, atol=1e-12)
    assert not kept


def test_the_cases_cover_every_optimizer_and_schedule() -> None:
    made = [face(case).settings() for case in CASES]
    assert {type(optimizer) for optimizer, _schedule in made} == {engine.optimizers[name] for name in engine.optimizers}
    assert {type(s) for _o, s in made} == {engine_schedules.schedules[name] for name in engine_schedules.schedules}

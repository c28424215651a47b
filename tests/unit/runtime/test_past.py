"""A probe that asks for the past is answered for the updates before, while the trainer has nothing else to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from netviz.document.examples import EXAMPLES
from netviz.engine.run import Run
from netviz.engine.train import Stride
from netviz.pictures.following import Follow, Followed
from netviz.pictures.microscope import Item
from netviz.pictures.worth import Weigh
from netviz.runtime import Report, Trainer

LONG = 30.0
EXPERIMENT = replace(EXAMPLES["circle"].experiment, epochs=20)
WEIGHT = Item("weight", 0, "kernel", (1, 2))


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    found = Trainer()
    yield found
    found.close()


def past(report: Report, name: str = "follow") -> tuple[Followed, ...]:
    probed = {} if report.frame is None else report.frame.probed
    return probed.get(f"{name}/past", ())  # type: ignore[no-any-return]


def test_the_last_hundred_updates_are_told_after_a_run_at_full_speed(trainer: Trainer) -> None:
    trainer.load(Run.of(EXPERIMENT))
    trainer.play()
    trainer.wait(LONG)
    trainer.want({"follow": Follow(WEIGHT), "worth": Weigh(30)})
    assert trainer.wait_for(lambda report: bool(past(report)), LONG)
    report = trainer.latest()
    rows, worths = past(report), past(report, "worth")
    last = report.frame.step  # type: ignore[union-attr]
    assert [row.step for row in rows] == list(range(last - 99, last + 1))
    assert [worth.step for worth in worths] == list(range(last - 29, last + 1))
    now = report.frame.probed["follow"]  # type: ignore[union-attr]
    assert rows[-1] == now
    weights = [row.values["w"] for row in rows]
    np.testing.assert_allclose(np.diff(weights), [row.values["update"] for row in rows[1:]], atol=1e-7)


def test_another_step_brings_another_past_and_nothing_asks_for_none(trainer: Trainer) -> None:
    trainer.load(Run.of(EXPERIMENT))
    trainer.want({"follow": Follow(WEIGHT, 5)})
    trainer.step(Stride.STEP, 3)
    assert trainer.wait_for(lambda report: len(past(report)) == 3, LONG)
    trainer.step(Stride.STEP, 4)
    assert trainer.wait_for(lambda report: [row.step for row in past(report)] == [3, 4, 5, 6, 7], LONG)
    trainer.want({})
    report = trainer.wait(LONG)
    assert report.frame is not None and not report.frame.probed


def test_it_can_be_closed_while_it_looks_back(trainer: Trainer) -> None:
    trainer.load(Run.of(replace(EXPERIMENT, epochs=60)))
    trainer.play()
    trainer.wait(LONG)
    trainer.want({"worth": Weigh(10**6)})
    trainer.close()

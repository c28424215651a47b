"""The reel: everything while memory lasts, then the recent past densely and the first frame always."""

from __future__ import annotations

import pytest

from netviz.datasets import Circle
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.runtime.reel import Reel


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    experiment = Experiment(Circle(count=80), batch_size=4)
    run = Run.of(experiment)
    moments = train(run, experiment.samples(), stride=Stride.STEP, epochs=4)
    return [moment.frame() for moment in moments if not moment.is_epoch or not moment.step]


def test_every_update_is_kept_while_memory_lasts(frames: list[Frame]) -> None:
    reel = Reel(10**9)
    for frame in frames:
        reel.keep(frame)
    assert reel.steps == tuple(frame.step for frame in frames)


def test_the_budget_holds_and_the_first_and_the_newest_stay(frames: list[Frame]) -> None:
    reel = Reel(100_000)
    for frame in frames:
        reel.keep(frame)
        assert reel.bytes <= 100_000
    assert reel.steps[0] == 0 and reel.steps[-1] == frames[-1].step


def test_the_recent_past_is_denser_than_the_distant(frames: list[Frame]) -> None:
    reel = Reel(100_000)
    for frame in frames:
        reel.keep(frame)
    middle = frames[-1].step / 2
    assert sum(step > middle for step in reel.steps) > sum(step <= middle for step in reel.steps)


def test_the_nearest_frame_is_the_last_one_not_behind(frames: list[Frame]) -> None:
    reel = Reel(10**9)
    for frame in frames[:1] + frames[5:9]:
        reel.keep(frame)
    nearest = reel.nearest(frames[4].step)
    assert nearest is not None and nearest.step == 0
    nearest = reel.nearest(10**9)
    assert nearest is not None and nearest.step == frames[8].step


def test_a_cut_forgets_the_future(frames: list[Frame]) -> None:
    reel = Reel(10**9)
    for frame in frames:
        reel.keep(frame)
    reel.cut(7)
    assert reel.steps[-1] == 7


def test_a_frame_of_the_same_update_replaces_the_older(frames: list[Frame]) -> None:
    reel = Reel(10**9)
    reel.keep(frames[3])
    reel.keep(frames[3])
    assert len(reel) == 1

"""The reel: everything while memory lasts, then the recent past densely and the first frame always."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from netviz.datasets import Circle
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Best, Frame, Phase
from netviz.engine.layers import Dense
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


def test_no_gap_is_much_longer_than_with_equal_gaps(frames: list[Frame]) -> None:
    room = 100
    reel = Reel(room * 5000)
    for step in range(20_000):
        reel.keep(replace(frames[1], step=step))
        reel.frames_bytes = 5000 * len(reel)  # the frames share their arrays here, and shall not
    gaps = [after - before for before, after in pairwise(reel.steps)]
    assert room * 0.85 <= len(reel) <= room
    assert max(gaps) <= 4 * 20_000 / room
    assert reel.steps[0] == 0 and reel.steps[-1] == 19_999


def test_what_frames_share_is_counted_once(frames: list[Frame]) -> None:
    reel = Reel(10**9)
    best = Best(0, frames[0].params.copy())
    reel.keep(replace(frames[3], best=best))
    one = reel.bytes
    reel.keep(replace(frames[4], best=best))
    assert reel.bytes == 2 * one - best.params.vector.nbytes
    reel.cut(frames[3].step)
    assert reel.bytes == one
    reel.cut(-1)
    assert reel.bytes == 0 and len(reel) == 0


def test_a_kept_frame_has_no_batch_and_no_answers_for_they_would_outweigh_it(frames: list[Frame]) -> None:
    reel = Reel(10**9)
    reel.keep(replace(frames[3], probed={"picture": 1}))
    kept = reel.nearest(10**9)
    assert frames[3].batch is not None and kept is not None
    assert kept.batch is None and not kept.probed


def test_the_end_of_an_epoch_takes_the_place_of_its_last_update_and_keeps_it(frames: list[Frame]) -> None:
    reel = Reel(10**9)
    for phase in (Phase.APPLY, Phase.EPOCH, Phase.APPLY):
        reel.keep(replace(frames[5], phase=phase))
    kept = reel.nearest(10**9)
    assert len(reel) == 1 and kept is not None and kept.phase is Phase.EPOCH


def test_the_rows_of_a_replay_are_those_that_are_kept_already(frames: list[Frame]) -> None:
    reel = Reel(10**9)
    reel.keep(frames[9])
    copied = {name: column.copy() for name, column in frames[4].history.steps.items()}
    reel.keep(replace(frames[4], history=replace(frames[4].history, steps=copied)))
    kept = reel.nearest(frames[4].step)
    assert kept is not None
    for name, column in kept.history.steps.items():
        assert np.shares_memory(column, frames[9].history.steps[name])
        assert column.tobytes() == frames[4].history.steps[name].tobytes()
        assert not column.flags.writeable


def test_an_update_under_way_cannot_be_kept(frames: list[Frame]) -> None:
    with pytest.raises(ValueError, match="settled"):
        Reel(10**9).keep(replace(frames[3], phase=Phase.LOSS))


def test_the_budget_is_what_the_reel_really_holds() -> None:
    experiment = Experiment(Circle(count=400), (Dense(32, Tanh()), Dense(1, Sigmoid())), batch_size=64)
    moments = train(Run.of(experiment), experiment.samples(), stride=Stride.STEP, epochs=100)
    reel = Reel(400_000)
    tracemalloc.start()
    try:
        for moment in moments:
            reel.keep(moment.frame())
        del moment, moments
        gc.collect()
        held, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.8 * 400_000 <= reel.bytes <= 400_000
    assert held <= 1.5 * 400_000


def test_after_a_cut_the_rows_of_the_new_future_are_shown(frames: list[Frame]) -> None:
    reel = Reel(10**9)
    for frame in frames:
        reel.keep(frame)
    reel.cut(7)
    other = {name: column.copy() for name, column in frames[9].history.steps.items()}
    for column in other.values():
        column[7:] += 1
    reel.keep(replace(frames[9], history=replace(frames[9].history, steps=other)))
    for step, expected in ((9, other), (6, frames[6].history.steps)):
        kept = reel.nearest(step)
        assert kept is not None
        assert kept.history.steps["loss"].tolist() == expected["loss"].tolist()


def test_every_kept_frame_comes_back_with_its_own_history(frames: list[Frame]) -> None:
    reel = Reel(10**9)
    for frame in frames[::-1]:
        reel.keep(frame)
    for frame in frames:
        kept = reel.nearest(frame.step)
        assert kept is not None
        for table in ("steps", "epochs"):
            mine, true = getattr(kept.history, table), getattr(frame.history, table)
            assert {name: column.tobytes() for name, column in mine.items()} == {
                name: column.tobytes() for name, column in true.items()
            }

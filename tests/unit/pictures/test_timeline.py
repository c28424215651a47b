"""The timeline's curves, axis, marks and ways, from histories alone."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Circle
from netviz.document.branches import Branch
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import Dense
from netviz.engine.optimizers import SGD
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.pictures import timeline

SMALL = Experiment(Circle(count=100), (Dense(4, Tanh()), Dense(1, Sigmoid())), epochs=3, batch_size=16)


def trained(run: Run, epochs: int) -> Frame:
    *_before, last = train(run, run.experiment.samples(), epochs=epochs)
    return last.frame()


def test_a_short_curve_is_every_loss_and_a_long_one_loses_no_peak() -> None:
    losses = np.sin(np.arange(5000) / 50) + 2
    losses[1234], losses[77] = 9.0, np.nan
    short = timeline.curve(losses[:50], 10, 100)
    assert short.x.tolist() == list(range(11, 51)) and np.array_equal(short.mean, losses[10:50])
    long = timeline.curve(losses, 0, 100)
    assert len(long.x) == 100 and long.high.max() == 9.0 and np.isfinite(long.mean).all()
    assert (long.low <= long.mean).all() and (long.mean <= long.high).all()


def test_a_curve_takes_no_memory_as_long_as_the_training() -> None:
    losses = np.random.default_rng(0).random(100_000).astype(np.float32)
    tracemalloc.start()
    try:
        drawn = timeline.curve(losses, 0, 100)
        _held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < losses.nbytes / 4
    assert drawn.x[0] == pytest.approx(500.5) and drawn.mean[0] == pytest.approx(losses[:1000].mean(), rel=1e-5)
    losses[5] = np.nan
    assert timeline.curve(losses, 0, 100).mean[0] == pytest.approx(np.nanmean(losses[:1000]), rel=1e-5)


@pytest.mark.parametrize("losses, log", [(np.linspace(0.5, 0.7, 50), False), (np.geomspace(1e-4, 1, 50), True), (np.linspace(-1, 1, 50), False)])
def test_the_axis_is_logarithmic_where_the_loss_falls_through_decades(losses, log) -> None:
    scale = timeline.scale([timeline.curve(losses, 0, 100)])
    heights = scale.heights(losses)
    assert scale.log is log and 0 <= heights.min() < heights.max() <= 1


@pytest.mark.parametrize("losses", [[], [0.3], [0.0, 0.0], [np.nan]])
def test_an_axis_for_next_to_nothing_is_still_one(losses) -> None:
    scale = timeline.scale([timeline.curve(np.array(losses), 0, 10)])
    assert scale.high > scale.low and np.isfinite([scale.low, scale.high]).all()


def test_ways_part_where_their_runs_do_and_the_one_at_hand_comes_last() -> None:
    run = Run.of(SMALL)
    other = run.edited(6, replace(SMALL, optimizer=SGD(0.3)))
    found = timeline.ways(other, trained(other, 2), "Slow", (Branch("First way", run, trained(run, 3)),))
    assert [(way.name, way.place, way.begin, way.end) for way in found] == [("First way", 0, 6, 15), ("Slow", None, 0, 10)]
    assert len(found[0].losses) == 15
    assert timeline.reading(found[1], 10).startswith("update 10 · loss ")


def test_the_right_end_is_what_is_planned_once_a_quarter_of_it_is_done() -> None:
    run = Run.of(SMALL)
    found = timeline.ways(run, trained(run, 3), "", ())
    assert timeline.reach(found, 15) == 15
    assert 15 <= timeline.reach(found, 10_000) < 40
    assert timeline.reach((), 60) == 60


def test_epochs_are_marked_at_round_distances() -> None:
    frame = trained(Run.of(SMALL), 3)
    assert timeline.epoch_marks(frame.history, 15, 10) == [(1, 5), (2, 10), (3, 15)]
    assert timeline.epoch_marks(frame.history, 15, 1) == []
    assert timeline.epoch_marks(frame.history, 15, 2) == [(2, 10)]


def test_what_is_kept_is_dark_and_what_was_thinned_out_is_pale() -> None:
    shares = timeline.density(np.array([*range(0, 50, 10), *range(50, 100)]), 99, 200, 4)
    assert shares[0] < 0.2 and shares[1] == 1 and np.isnan(shares[2:]).all()

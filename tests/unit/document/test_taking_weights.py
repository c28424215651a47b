"""Weights of a file as an edit: trained with, replayed, saved, undone, and mended where the network has changed since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from netviz import codec
from netviz.datasets import Circle
from netviz.document import edits, operations
from netviz.document.problems import problems
from netviz.document.projectfile import Project, open_project, save
from netviz.document.session import Session
from netviz.engine.experiment import Experiment
from netviz.engine.run import Run
from netviz.engine.surgery import SetArray, SetWeight
from netviz.engine.train import Stride, train

PLAIN = Experiment(Circle(count=60), batch_size=20, epochs=3)
NETWORK = PLAIN.network(PLAIN.samples())
RANDOM = np.random.default_rng(0)
FOUND = {"dense/kernel": RANDOM.normal(size=(2, 4)).astype("f4"), "dense_1/bias": np.array([0.25])}


def taken(experiment: Experiment = PLAIN, step: int = 0) -> Experiment:
    return operations.set_arrays(experiment, NETWORK, FOUND, step, "x.npz")


def weights_after(run: Run, step: int) -> dict[str, np.ndarray]:
    for moment in train(run, PLAIN.samples(), stride=Stride.STEP):
        if moment.step == step:
            frame = moment.frame()
            return {"kernel": frame.params[0]["kernel"], "bias": frame.params[1]["bias"], "other": frame.params[1]["kernel"]}
    raise AssertionError


def test_training_begins_with_them_and_leaves_the_other_weights() -> None:
    first, before = weights_after(Run.of(taken()), 0), weights_after(Run.of(PLAIN), 0)
    np.testing.assert_array_equal(first["kernel"], FOUND["dense/kernel"])
    assert first["bias"] == np.float32(0.25)
    np.testing.assert_array_equal(first["other"], before["other"])


def test_in_the_middle_of_a_run_they_come_after_that_update_and_the_past_stays() -> None:
    run = Run.of(PLAIN).edited(4, taken(step=4))
    np.testing.assert_array_equal(weights_after(run, 3)["kernel"], weights_after(Run.of(PLAIN), 3)["kernel"])
    np.testing.assert_array_equal(weights_after(run, 4)["kernel"], FOUND["dense/kernel"])
    assert (weights_after(run, 5)["kernel"] != FOUND["dense/kernel"]).any()


def test_taking_them_again_replaces_what_was_taken_then_and_weights_set_by_hand_then() -> None:
    by_hand = operations.set_weight(PLAIN, 0, "kernel", (0, 0), 3.0, 4)
    once = taken(by_hand, 4)
    assert not any(isinstance(s, SetWeight) for s in once.surgery)
    assert taken(once, 4) == once and len(taken(once, 5).surgery) == 4


def test_it_is_one_step_of_undo() -> None:
    session = Session(PLAIN)
    session.edit(taken(), "Take")
    session.edit(taken(), "Take")  # equal numbers are no edit
    session.undo()
    assert session.value == PLAIN and session.undo_text is None
    session.redo()
    assert session.value == taken()


def test_they_survive_the_project_file_and_are_kept_once_however_often_the_run_was_edited(tmp_path: Path) -> None:
    large = replace(PLAIN, layers=edits.replace_layer(PLAIN, 0, replace(PLAIN.layers[0], units=3000)).layers)  # type: ignore[call-arg]
    network = large.network(large.samples())
    value = operations.set_arrays(large, network, {"dense/kernel": RANDOM.normal(size=(2, 3000))}, 0, "x.npz")
    run = Run.of(value)
    for step in range(1, 9):
        run = run.edited(step, replace(value, batch_size=20 + step))
    save(tmp_path / "a.netviz", Project(run.experiment, run))
    again = open_project(tmp_path / "a.netviz")
    assert again.experiment == run.experiment and again.run is not None and again.run.segments == run.segments
    assert (tmp_path / "a.netviz").stat().st_size < 2 * 48_000


def test_a_layer_of_another_size_is_a_problem_and_its_fix_takes_out_only_what_does_not_fit() -> None:
    grown = edits.replace_layer(taken(), 0, replace(PLAIN.layers[0], units=5))  # type: ignore[call-arg]
    (problem,) = problems(grown)
    assert "kernel" in problem.sentence and "(2, 4)" in problem.sentence and "(2, 5)" in problem.sentence
    assert problem.fix is not None and problems(problem.fix) == ()
    assert [(s.layer, s.name) for s in problem.fix.surgery if isinstance(s, SetArray)] == [(1, "bias")]


def test_numbers_decide_whether_two_are_equal_to_the_bit() -> None:
    one = SetArray(0, "kernel", np.array([0.0, np.nan]), 1, "x")
    assert one == SetArray(0, "kernel", np.array([0.0, np.nan]), 1, "x") and hash(one) == hash(replace(one))
    assert one != SetArray(0, "kernel", np.array([-0.0, np.nan]), 1, "x")
    attached: dict[str, np.ndarray] = {}
    assert codec.decode(SetArray, codec.encode(one, attached, "s"), attached, "s") == one

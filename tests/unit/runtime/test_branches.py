"""Branches: what was trained another way is kept, compared, gone back to, named and deleted, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from netviz.datasets import Circle
from netviz.document.branches import Branch, fork, new_name
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import Dense, Dropout
from netviz.engine.optimizers import SGD, Adam
from netviz.engine.run import Run
from netviz.engine.surgery import SetWeight
from netviz.engine.train import Stride
from netviz.runtime import Report, Status, Trainer

SECONDS = 30.0
# 80 rows to train on: five updates an epoch.
SMALL = Experiment(Circle(count=100), (Dense(4, Tanh()), Dropout(0.2), Dense(1, Sigmoid())), epochs=6, batch_size=16)
FASTER = replace(SMALL, optimizer=Adam(0.003))


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    trainer = Trainer()
    trainer.load(Run.of(SMALL))
    yield trainer
    trainer.close()


def settled(trainer: Trainer) -> Report:
    report = trainer.wait(SECONDS)
    assert report.status is Status.PAUSED and report.frame is not None
    return report


def trained(trainer: Trainer, updates: int) -> Frame:
    trainer.step(Stride.STEP, updates)
    frame = settled(trainer).frame
    assert frame is not None
    return frame


def bits(frame: Frame) -> tuple[object, ...]:
    return frame.step, frame.params.vector.tobytes(), frame.history.steps["loss"].tobytes(), frame.experiment


def edited_at(trainer: Trainer, step: int, experiment: Experiment) -> Report:
    trainer.seek(step)
    settled(trainer)
    trainer.load(experiment)
    return settled(trainer)


def test_an_edit_in_the_past_keeps_what_had_been_trained_as_a_branch(trainer: Trainer) -> None:
    end = trained(trainer, 14)
    report = edited_at(trainer, 6, FASTER)
    assert [branch.name for branch in report.branches] == ["First way"] and report.name == "Branch 1"
    assert bits(report.branches[0].frame) == bits(end) and "kept as a branch" in report.notice
    assert trained(trainer, 3).experiment == FASTER


def test_an_edit_of_the_newest_state_makes_no_branch(trainer: Trainer) -> None:
    trained(trainer, 7)
    trainer.load(FASTER)
    assert settled(trainer).branches == ()


def test_going_to_a_branch_and_back_goes_on_where_each_had_ended(trainer: Trainer) -> None:
    ends = {"First way": bits(trained(trainer, 14))}
    edited_at(trainer, 6, FASTER)
    ends["Branch 1"] = bits(trained(trainer, 5))
    for name in ("First way", "Branch 1", "First way"):
        trainer.go_to(0)
        report = settled(trainer)
        assert report.frame is not None and (report.name, bits(report.frame)) == (name, ends[name])
        assert len(report.branches) == 1


def test_a_seek_on_a_branch_shows_the_original_run_to_the_bit(trainer: Trainer) -> None:
    seen = [bits(trained(trainer, 1)) for _ in range(14)]
    edited_at(trainer, 6, FASTER)
    faster = [bits(trained(trainer, 1)) for _ in range(5)]
    trainer.go_to(0)
    for step in (3, 13, 9, 6):
        trainer.seek(step)
        assert bits(settled(trainer).frame) == seen[step - 1]  # type: ignore[arg-type]
    trainer.go_to(0)
    for step in (8, 4, 11):
        trainer.seek(step)
        wanted = faster[step - 7] if step > 6 else seen[step - 1]
        assert bits(settled(trainer).frame) == wanted  # type: ignore[arg-type]


def test_branching_here_leaves_a_copy_behind_that_later_training_does_not_touch(trainer: Trainer) -> None:
    here = bits(trained(trainer, 5))
    trainer.branch_off()
    report = settled(trainer)
    assert report.frame is not None and bits(report.frame) == here and len(report.branches) == 1
    trained(trainer, 4)
    assert bits(settled(trainer).branches[0].frame) == here


def test_a_weight_set_by_hand_in_the_past_is_a_branch_too(trainer: Trainer) -> None:
    end = trained(trainer, 9)
    report = edited_at(trainer, 4, replace(SMALL, surgery=(SetWeight(0, "bias", (0,), 3.0, step=4),)))
    assert bits(report.branches[0].frame) == bits(end)
    assert report.frame is not None and report.frame.params[0]["bias"][0] == 3


def test_branches_are_named_and_deleted(trainer: Trainer) -> None:
    trained(trainer, 9)
    edited_at(trainer, 4, FASTER)
    trained(trainer, 2)
    edited_at(trainer, 5, replace(SMALL, optimizer=SGD(0.1)))
    trainer.rename("  slow\nand steady ", 0)
    trainer.rename("sgd")
    trainer.rename("  ", 1)
    trainer.rename("nobody", 7)
    report = settled(trainer)
    assert [b.name for b in report.branches] == ["slow and steady", "Branch 1"] and report.name == "sgd"
    trainer.forget(0)
    trainer.forget(5)
    assert [b.name for b in settled(trainer).branches] == ["Branch 1"]


def test_a_document_brings_its_branches(trainer: Trainer) -> None:
    trained(trainer, 9)
    first = edited_at(trainer, 4, FASTER)
    other = Trainer()
    try:
        assert first.run is not None
        other.load(first.run, first.frame, first.branches, first.name)
        report = settled(other)
        assert (report.branches, report.name) == (first.branches, "Branch 1")
        other.go_to(0)
        other.seek(7)
        trainer.go_to(0)
        trainer.seek(7)
        assert bits(settled(other).frame) == bits(settled(trainer).frame)  # type: ignore[arg-type]
    finally:
        other.close()


def test_runs_part_where_their_segments_do() -> None:
    run = Run.of(SMALL)
    early, late = run.edited(4, FASTER), run.edited(9, FASTER)
    assert fork(run, early) == 4 and fork(early, late) == 4 and fork(late, run) == 9
    assert fork(early, early.edited(4, SMALL)) == 4
    assert fork(run, Run.of(FASTER)) == 0 and fork(run, replace(run, blas_threads=3)) is None
    assert new_name(["Branch 1", "Branch 3"]) == "Branch 2"
    assert isinstance(Branch("x", run, None), Branch)  # type: ignore[arg-type]


def test_a_reset_throws_away_what_has_no_name_and_no_other_way_beside_it(trainer: Trainer) -> None:
    trained(trainer, 7)
    trainer.load(Run.of(SMALL))
    report = settled(trainer)
    assert report.branches == () and report.name == "" and report.frame is not None and report.frame.step == 0


def test_a_reset_keeps_the_way_at_hand_where_ways_are_compared(trainer: Trainer) -> None:
    trained(trainer, 14)
    edited_at(trainer, 6, FASTER)
    end = trained(trainer, 3)
    trainer.load(Run.of(FASTER))
    report = settled(trainer)
    assert [branch.name for branch in report.branches] == ["First way", "Branch 1"] and report.name == "Branch 2"
    assert bits(report.branches[1].frame) == bits(end) and "Branch 1" in report.notice
    trainer.load(Run.of(FASTER))
    assert len(settled(trainer).branches) == 2, "of nothing trained there is nothing to keep"
    trainer.go_to(1)
    report = settled(trainer)
    assert report.frame is not None and bits(report.frame) == bits(end)


def test_a_way_with_a_name_outlives_a_reset(trainer: Trainer) -> None:
    trained(trainer, 7)
    trainer.rename("Slow and steady")
    trainer.load(Run.of(SMALL))
    assert [branch.name for branch in settled(trainer).branches] == ["Slow and steady"]


def test_a_reset_keeps_no_second_copy_of_a_branch(trainer: Trainer) -> None:
    trained(trainer, 7)
    trainer.branch_off()
    trainer.load(Run.of(SMALL))
    assert [branch.name for branch in settled(trainer).branches] == ["First way"]

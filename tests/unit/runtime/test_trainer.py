"""The trainer: the same numbers as train(), reports when asked, faults as values, and nothing left behind."""

from __future__ import annotations

import itertools
import pickle
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netviz.arrays import Array
from netviz.datasets import Circle, Iris, Preprocessing
from netviz.document.projectfile import Project, open_project, save
from netviz.engine.activations import Relu, Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.layers import Dense, Dropout
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.engine.optimizers import SGD, Adam
from netviz.engine.run import Run
from netviz.engine.stopping import EarlyStopping
from netviz.engine.train import Stride, train
from netviz.runtime import Report, Status, Trainer

SECONDS = 30.0
SMALL = Experiment(Circle(count=100), (Dense(4, Tanh()), Dropout(0.2), Dense(1, Sigmoid())), epochs=6, batch_size=16)
ENDLESS = 10**8


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    trainer = Trainer()
    yield trainer
    trainer.close()


def loaded(trainer: Trainer, experiment: Experiment = SMALL) -> Run:
    run = Run.of(experiment)
    trainer.load(run)
    assert trainer.wait(SECONDS).status is Status.PAUSED
    return run


def after(run: Run, step: int) -> Array:
    """The weights after some updates, by train() alone."""
    epochs = 10**6
    for moment in train(run, run.experiment.samples(), stride=Stride.STEP, epochs=epochs):
        if moment.step == step and not moment.is_epoch or step == 0:
            return moment.params.vector.copy()
    raise AssertionError


def test_a_loaded_run_shows_its_untrained_frame(trainer: Trainer) -> None:
    run = loaded(trainer)
    frame = trainer.latest().frame
    assert frame is not None and frame.step == 0
    assert (frame.params.vector == after(run, 0)).all()


def test_playing_gives_the_same_bits_as_train(trainer: Trainer) -> None:
    run = loaded(trainer)
    trainer.play()
    report = trainer.wait(SECONDS)
    *_all, last = train(run, SMALL.samples())
    assert report.frame is not None
    assert (report.frame.epoch, report.frame.step) == (6, last.step)
    assert report.frame.params.vector.tobytes() == last.params.vector.tobytes()
    assert report.frame.history.epochs["loss"].tobytes() == last.history.epochs["loss"].tobytes()


def test_playing_again_goes_on_for_as_many_epochs_more(trainer: Trainer) -> None:
    loaded(trainer)
    trainer.play()
    assert "6 epochs" in trainer.wait(SECONDS).notice
    trainer.play()
    report = trainer.wait(SECONDS)
    assert report.frame is not None and report.frame.epoch == 12


@pytest.mark.parametrize("step", [0, 1, 5, 13, 29])
def test_seeking_any_update_gives_the_same_bits_as_training_up_to_it(trainer: Trainer, step: int) -> None:
    run = loaded(trainer)
    trainer.play()
    trainer.wait(SECONDS)
    trainer.seek(step)
    frame = trainer.wait(SECONDS).frame
    assert frame is not None and frame.step == step
    assert (frame.params.vector == after(run, step)).all()


def test_seeking_works_after_the_reel_has_thinned() -> None:
    trainer = Trainer(budget=40_000)
    try:
        run = loaded(trainer)
        trainer.step(Stride.STEP, 400)
        trainer.wait(SECONDS)
        assert len(trainer._worker._reel) < 120
        assert trainer._worker._reel.bytes <= 40_000
        for step in (3, 44, 17):
            trainer.seek(step)
            frame = trainer.wait(SECONDS).frame
            assert frame is not None and (frame.params.vector == after(run, step)).all()
    finally:
        trainer.close()


def test_seeking_forward_trains_up_to_there(trainer: Trainer) -> None:
    run = loaded(trainer)
    trainer.seek(23)
    frame = trainer.wait(SECONDS).frame
    assert frame is not None and frame.step == 23
    assert (frame.params.vector == after(run, 23)).all()


def test_stepping_by_phase_stops_at_each_station_of_an_update(trainer: Trainer) -> None:
    loaded(trainer)
    phases = []
    for _ in range(9):
        trainer.step(Stride.PHASE)
        frame = trainer.wait(SECONDS).frame
        assert frame is not None
        phases.append((frame.phase, frame.layer))
    assert phases == [
        (Phase.FORWARD, 0), (Phase.FORWARD, 1), (Phase.FORWARD, 2), (Phase.LOSS, None),
        (Phase.BACKWARD, 2), (Phase.BACKWARD, 1), (Phase.BACKWARD, 0), (Phase.OPTIMIZER, None), (Phase.APPLY, None),
    ]  # fmt: skip


def test_stepping_by_batch_from_within_an_update_ends_at_an_update(trainer: Trainer) -> None:
    run = loaded(trainer)
    trainer.step(Stride.PHASE, 3)
    trainer.wait(SECONDS)
    trainer.step(Stride.STEP)
    frame = trainer.wait(SECONDS).frame
    assert frame is not None and frame.phase.settled
    assert (frame.params.vector == after(run, frame.step)).all()


def test_stepping_by_epoch_ends_at_the_end_of_one(trainer: Trainer) -> None:
    loaded(trainer)
    trainer.step(Stride.EPOCH)
    frame = trainer.wait(SECONDS).frame
    assert frame is not None and (frame.phase, frame.epoch) == (Phase.EPOCH, 1)


def test_an_edit_while_running_goes_on_from_the_next_update_and_can_be_replayed(trainer: Trainer) -> None:
    loaded(trainer)
    trainer.play(ENDLESS)
    assert trainer.wait_for(lambda report: bool(report.frame and report.frame.step > 20), SECONDS)
    trainer.load(replace(SMALL, optimizer=Adam(0.02), batch_size=8))
    assert trainer.wait_for(lambda report: "Goes on" in report.notice, SECONDS)
    edited = trainer.latest().run
    assert edited is not None and trainer.latest().status is Status.RUNNING
    assert trainer.wait_for(lambda r: bool(r.frame and r.frame.step > edited.segments[-1].step + 20), SECONDS)
    trainer.pause()
    frame = trainer.wait(SECONDS).frame
    assert frame is not None and frame.experiment.batch_size == 8
    assert (frame.params.vector == after(edited, frame.step)).all()
    trainer.seek(edited.segments[-1].step + 1)
    frame = trainer.wait(SECONDS).frame
    assert frame is not None and (frame.params.vector == after(edited, frame.step)).all()


def test_another_layer_begins_a_fresh_run_that_keeps_the_weights_of_untouched_layers(trainer: Trainer) -> None:
    loaded(trainer)
    trainer.play(3)
    before = trainer.wait(SECONDS).frame
    trainer.load(replace(SMALL, layers=(SMALL.layers[0], Dense(5, Relu()), *SMALL.layers[1:])))
    report = trainer.wait(SECONDS)
    assert report.frame is not None and before is not None and report.frame.step == 0
    assert (report.frame.params[0]["kernel"] == before.params[0]["kernel"]).all()
    assert "keep" in report.notice


def test_divergence_is_a_fault_and_the_last_good_frame_stays(trainer: Trainer) -> None:
    wild = Experiment(Circle(count=100), (Dense(8), Dense(1)), MeanSquaredError(), SGD(1000.0), metrics=(), epochs=50)
    loaded(trainer, wild)
    trainer.play()
    report = trainer.wait(SECONDS)
    assert report.status is Status.FAULT
    assert report.fault is not None and "smaller learning rate" in report.fault.sentence
    assert report.frame is not None and np.isfinite(report.frame.params.vector).all()
    trainer.load(replace(wild, optimizer=SGD(0.001)))
    trainer.play()
    assert trainer.wait(SECONDS).status is Status.PAUSED


def test_what_cannot_be_trained_is_a_fault_with_its_sentence(trainer: Trainer) -> None:
    loaded(trainer)
    trainer.load(replace(SMALL, dataset=Iris()))
    report = trainer.wait(SECONDS)
    assert report.status is Status.FAULT
    assert report.fault is not None and "output" in report.fault.sentence.lower() and not report.fault.traceback


def test_early_stopping_pauses_and_says_so(trainer: Trainer) -> None:
    loaded(trainer, replace(SMALL, optimizer=SGD(1e-9), stopping=EarlyStopping(min_delta=0.5, patience=2), epochs=40))
    trainer.play()
    report = trainer.wait(SECONDS)
    assert report.frame is not None and report.frame.epoch == 3
    assert "Stopped early after 3 epochs" in report.notice


def test_nothing_is_reported_while_nobody_looks(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(trainer)
    trainer._mailbox.wanted = False
    reports: list[Report] = []
    put = trainer._mailbox.put
    monkeypatch.setattr(trainer._mailbox, "put", lambda report: (reports.append(report), put(report)))
    trainer.play(100)
    trainer._mailbox.wait_for(lambda report: report.notice != "", SECONDS)
    assert [report.status for report in reports] == [Status.RUNNING, Status.PAUSED]


def test_probes_answer_in_every_frame_once_they_are_wanted(trainer: Trainer) -> None:
    loaded(trainer)
    trainer.want({"epoch": _epoch})
    trainer.play(4)
    report = trainer.wait(SECONDS)
    assert report.frame is not None and report.frame.probed["epoch"] == 4


def _epoch(frame: Frame, network: Network, samples: object) -> int:
    return frame.epoch


def test_pausing_in_the_middle_of_a_long_epoch_does_not_wait_for_its_end(trainer: Trainer) -> None:
    loaded(trainer, Experiment(Circle(count=200_000), batch_size=1, preprocessing=Preprocessing(validation_split=0)))
    trainer.play()
    assert trainer.wait_for(lambda report: bool(report.frame and report.frame.step > 3), SECONDS)
    trainer.pause()
    report = trainer.wait(SECONDS)
    assert report.status is Status.PAUSED
    assert report.frame is not None and report.frame.epoch == 0


def test_a_pace_limits_the_updates(trainer: Trainer) -> None:
    loaded(trainer)
    trainer.pace(1e-3)
    trainer.play()
    assert trainer.wait_for(lambda report: report.status is Status.RUNNING, SECONDS)
    trainer.pause()
    report = trainer.wait(SECONDS)
    assert report.frame is not None and report.frame.step <= 2


def test_reports_can_be_pickled(trainer: Trainer) -> None:
    loaded(trainer)
    trainer.step()
    report = trainer.wait(SECONDS)
    again: Report = pickle.loads(pickle.dumps(report))
    assert report.frame is not None and again.frame is not None
    assert (again.frame.params.vector == report.frame.params.vector).all()
    assert not again.frame.params.vector.flags.writeable


def test_closing_at_any_moment_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    random = np.random.default_rng(0)
    for n in range(40):
        trainer = Trainer()
        trainer.load(Run.of(SMALL))
        trainer.play(ENDLESS)
        for _ in itertools.repeat(None, int(random.integers(0, 200))):
            trainer.latest()
        if n % 3 == 0:
            trainer.step(Stride.PHASE, 2)
        trainer.close()
        trainer.close()
        assert trainer.latest().status is Status.CLOSED
    assert set(threading.enumerate()) <= before


def test_commands_to_an_empty_trainer_do_nothing(trainer: Trainer) -> None:
    trainer.play()
    trainer.step()
    trainer.seek(3)
    trainer.pause()
    assert trainer.wait(SECONDS).status is Status.EMPTY


def test_seeking_works_after_save_and_reopen(trainer: Trainer, tmp_path: Path) -> None:
    run = loaded(trainer)
    trainer.play(4)
    report = trainer.wait(SECONDS)
    save(tmp_path / "p.netviz", Project(SMALL, report.run, report.frame))
    opened = open_project(tmp_path / "p.netviz")
    assert opened.run is not None
    trainer.load(opened.run, opened.frame)
    for step in (7, 23, 2):
        trainer.seek(step)
        frame = trainer.wait(SECONDS).frame
        assert frame is not None and frame.step == step
        assert (frame.params.vector == after(run, step)).all()

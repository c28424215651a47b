"""A failure is a value: it pauses, it is said, the last good frame stays, and the thread lives on."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Circle, Iris, Samples
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import Dense
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.engine.optimizers import SGD
from netviz.engine.run import Run
from netviz.engine.train import Stride
from netviz.runtime import Status, Trainer

SECONDS = 30.0
ENDLESS = 10**8
SMALL = Experiment(Circle(count=100), (Dense(4, Tanh()), Dense(1, Sigmoid())), epochs=3, batch_size=16)
WILD = Experiment(Circle(count=100), (Dense(8), Dense(1)), MeanSquaredError(), SGD(3.0), metrics=(), batch_size=4)


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    trainer = Trainer()
    trainer.load(Run.of(SMALL))
    trainer.wait(SECONDS)
    yield trainer
    trainer.close()


def spoilt(frame: Frame, network: Network, samples: object) -> int:
    return 1 // 0


def test_a_probe_that_fails_while_paused_is_a_fault_and_the_thread_lives_on(trainer: Trainer) -> None:
    trainer.want({"spoilt": spoilt})
    report = trainer.wait(SECONDS)
    assert report.status is Status.FAULT and report.fault is not None and report.frame is not None
    assert "spoilt" in report.fault.traceback
    trainer.want({})
    trainer.step()
    report = trainer.wait(SECONDS)
    assert report.status is Status.PAUSED and report.frame is not None and report.frame.step == 1


def features(frame: Frame, network: Network, samples: Samples) -> int:
    """An answer that there is for two features only."""
    return {(2,): 2}[samples.row_shape]


def test_questions_about_other_data_are_forgotten_with_it(trainer: Trainer) -> None:
    trainer.want({"features": features})
    assert trainer.wait(SECONDS).frame.probed["features"]  # type: ignore[union-attr]
    trainer.load(replace(SMALL, optimizer=SGD(0.5)))
    assert "features" in trainer.wait(SECONDS).frame.probed  # type: ignore[union-attr]
    trainer.load(replace(SMALL, dataset=Iris(), layers=(Dense(4), Dense(3)), loss=MeanSquaredError(), metrics=()))
    report = trainer.wait(SECONDS)
    assert report.fault is None and report.frame is not None and not report.frame.probed


def test_a_probe_that_fails_while_running_pauses(trainer: Trainer) -> None:
    trainer.play(ENDLESS)
    trainer.want({"spoilt": spoilt})
    assert trainer.wait_for(lambda report: report.status is Status.FAULT, SECONDS)
    assert trainer.latest().frame is not None


@pytest.mark.parametrize("trained", [0, 2])
def test_what_is_refused_leaves_the_last_good_frame_and_is_refused_again(trainer: Trainer, trained: int) -> None:
    if trained:
        trainer.play(trained)
    before = trainer.wait(SECONDS).frame
    trainer.load(replace(SMALL, dataset=Iris()))
    report = trainer.wait(SECONDS)
    assert report.status is Status.FAULT and report.frame is not None and before is not None
    assert report.frame.params.vector.tobytes() == before.params.vector.tobytes()
    trainer.play()
    assert trainer.wait(SECONDS).status is Status.FAULT
    trainer.load(SMALL)
    report = trainer.wait(SECONDS)
    assert report.status is Status.PAUSED and report.fault is None
    trainer.play(1)
    report = trainer.wait(SECONDS)
    assert report.frame is not None and report.frame.epoch == trained + 1


@pytest.mark.parametrize("stride", [Stride.STEP, Stride.EPOCH, Stride.PHASE])
def test_after_a_divergence_training_can_go_on_from_before_the_blow_up(trainer: Trainer, stride: Stride) -> None:
    trainer.load(Run.of(WILD))
    trainer.step(stride, ENDLESS)
    report = trainer.wait(SECONDS)
    assert report.status is Status.FAULT and report.fault is not None and report.frame is not None
    assert report.fault.step is not None and report.frame.step < report.fault.step
    assert np.isfinite(report.frame.params.vector).all()
    trainer.load(replace(WILD, optimizer=SGD(0.01)))
    trainer.play(5)
    report = trainer.wait(SECONDS)
    assert report.status is Status.PAUSED and report.frame is not None
    assert report.frame.history.last("loss") < 10


def test_an_edit_that_makes_a_good_run_diverge_falls_back_no_further_than_that_edit(trainer: Trainer) -> None:
    good = replace(WILD, optimizer=SGD(0.01))
    trainer.load(Run.of(good))
    trainer.play(3)
    trained = trainer.wait(SECONDS).frame
    trainer.load(WILD)
    trainer.play(20)
    report = trainer.wait(SECONDS)
    assert report.status is Status.FAULT and trained is not None and report.frame is not None
    assert report.frame.step >= trained.step
    trainer.load(good)
    trainer.play(1)
    assert trainer.wait(SECONDS).status is Status.PAUSED


def test_threads_switch_quickly_while_anything_trains_and_as_before_afterwards(trainer: Trainer) -> None:
    before = sys.getswitchinterval()
    other = Trainer()
    other.load(Run.of(SMALL))
    for one in (trainer, other):
        one.play(ENDLESS)
        assert one.wait_for(lambda report: bool(report.frame and report.frame.step > 3), SECONDS)
    assert sys.getswitchinterval() == pytest.approx(0.0005)
    trainer.close()
    assert other.latest().status is Status.RUNNING and sys.getswitchinterval() == pytest.approx(0.0005)
    other.close()
    assert sys.getswitchinterval() == before


def test_a_trainer_that_is_forgotten_ends_its_thread() -> None:
    trainer = Trainer()
    trainer.load(Run.of(SMALL))
    trainer.play(ENDLESS)
    thread: threading.Thread = trainer._thread
    del trainer
    gc.collect()
    assert not thread.is_alive()


def test_a_closed_trainer_holds_no_frame_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        trainer = Trainer()
        trainer.load(Run.of(SMALL))
        trainer.step(Stride.STEP, 5)
        trainer.wait(SECONDS)
        trainer.seek(2)
        trainer.wait(SECONDS)
        frames = [weakref.ref(kept.frame) for kept in trainer._worker._reel._kept]
        trainer.close()
        assert frames and not [frame for frame in frames if frame() is not None]
    finally:
        gc.enable()

"""Any update can be reached again, bit for bit, and what is shown there is what training showed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Circle
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.layers import Dense, Dropout
from netviz.engine.losses import MeanSquaredError
from netviz.engine.optimizers import SGD, Adam
from netviz.engine.run import Run
from netviz.engine.stopping import EarlyStopping
from netviz.engine.surgery import SetWeight
from netviz.engine.train import Stride, train
from netviz.runtime import Report, Status, Trainer

SECONDS = 30.0
# 80 rows to train on: five updates an epoch.
SMALL = Experiment(Circle(count=100), (Dense(4, Tanh()), Dropout(0.2), Dense(1, Sigmoid())), epochs=6, batch_size=16)
PHASES = 9  # of an update of SMALL


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    trainer = Trainer()
    yield trainer
    trainer.close()


def load(trainer: Trainer, experiment: Experiment = SMALL) -> None:
    trainer.load(Run.of(experiment))
    assert trainer.wait(SECONDS).status is Status.PAUSED


def frame_of(report: Report) -> Frame:
    assert report.status is Status.PAUSED and report.frame is not None
    return report.frame


def step(trainer: Trainer, stride: Stride, count: int = 1) -> Frame:
    trainer.step(stride, count)
    return frame_of(trainer.wait(SECONDS))


def seek(trainer: Trainer, to: int) -> Frame:
    trainer.seek(to)
    return frame_of(trainer.wait(SECONDS))


def numbers(frame: Frame) -> dict[str, object]:
    """All that a frame says, to the bit."""
    arrays = {"params": frame.params, "grads": frame.grads, "updates": frame.updates, **frame.slots}
    said: dict[str, object] = {name: part.vector.tobytes() for name, part in arrays.items()}
    said |= {f"step {name}": column.tobytes() for name, column in frame.history.steps.items()}
    said |= {f"epoch {name}": column.tobytes() for name, column in frame.history.epochs.items()}
    if frame.batch is not None:
        said |= {"x": frame.batch.x.tobytes(), "deltas": {n: d.tobytes() for n, d in frame.batch.deltas.items()}}
    where = (frame.phase, frame.layer, frame.epoch, frame.step, frame.position, frame.experiment, frame.sums.loss)
    return said | {"where": where, "batch": frame.batch is not None}


def test_a_seek_shows_what_stepping_there_had_shown_batch_and_all(trainer: Trainer) -> None:
    load(trainer)
    seen = {frame.step: frame for frame in (step(trainer, Stride.STEP) for _ in range(14))}
    for to in (3, 12, 1, 7, 14, 8):
        assert numbers(seek(trainer, to)) == numbers(seen[to])


def test_a_seek_to_the_last_update_of_an_epoch_shows_the_end_of_that_epoch(trainer: Trainer) -> None:
    load(trainer)
    seen = [step(trainer, Stride.EPOCH) for _ in range(4)]
    step(trainer, Stride.STEP, 3)
    for frame in (seen[1], seen[3], seen[0]):
        assert numbers(seek(trainer, frame.step)) == numbers(frame)


def test_a_seek_over_what_was_thinned_out_shows_the_same(trainer: Trainer) -> None:
    load(trainer)
    seen = {frame.step: frame for frame in (step(trainer, Stride.STEP) for _ in range(14))}
    trainer._worker._reel.cut(0)
    for to in (12, 4, 13):
        assert numbers(seek(trainer, to)) == numbers(seen[to])


def test_playing_on_from_a_seek_back_gives_the_same_bits_as_before(trainer: Trainer) -> None:
    load(trainer)
    trainer.play()
    end = frame_of(trainer.wait(SECONDS))
    seek(trainer, 8)
    trainer.play(5)
    assert numbers(frame_of(trainer.wait(SECONDS))) == numbers(end)


@pytest.mark.parametrize(
    "stride, count", [(Stride.EPOCH, 3), (Stride.STEP, 15), (Stride.STEP, 12), (Stride.PHASE, 104)]
)
def test_a_run_that_was_edited_anywhere_replays_to_the_bit(trainer: Trainer, stride: Stride, count: int) -> None:
    load(trainer)
    step(trainer, stride, count)
    trainer.load(replace(SMALL, loss=MeanSquaredError(), optimizer=Adam(0.05)))
    assert "Goes on" in trainer.wait(SECONDS).notice
    trainer.play(4)
    report = trainer.wait(SECONDS)
    end = frame_of(report)
    assert report.run is not None and len(report.run.segments) == 2
    *_all, last = train(report.run, SMALL.samples(), epochs=end.epoch)
    assert numbers(last.frame()) == numbers(end)
    trainer._worker._reel.cut(0)
    assert numbers(seek(trainer, end.step)) == numbers(end)


def test_an_edit_after_going_back_drops_the_future_it_has_changed(trainer: Trainer) -> None:
    load(trainer)
    step(trainer, Stride.STEP, 14)
    seek(trainer, 6)
    trainer.load(replace(SMALL, optimizer=SGD(0.3)))
    trainer.wait(SECONDS)
    assert trainer._worker._reel.steps[-1] == 6
    assert step(trainer, Stride.STEP, 2).experiment.optimizer == SGD(0.3)
    assert seek(trainer, 4).experiment.optimizer == SMALL.optimizer


def test_a_seek_goes_on_where_training_had_gone_on_from_an_early_stop(trainer: Trainer) -> None:
    load(trainer, replace(SMALL, optimizer=SGD(1e-9), stopping=EarlyStopping(min_delta=0.5, patience=2), epochs=40))
    for _ in range(2):
        trainer.play()
        report = trainer.wait(SECONDS)
    end = frame_of(report)
    assert (end.epoch, end.step) == (6, 30)
    trainer._worker._reel.cut(0)
    assert seek(trainer, 22).step == 22
    assert numbers(seek(trainer, 30)) == numbers(end)


def test_phases_go_on_over_the_end_of_an_epoch_which_is_a_station_of_its_own(trainer: Trainer) -> None:
    load(trainer)
    frame = step(trainer, Stride.PHASE, 5 * PHASES)
    assert (frame.phase, frame.step, frame.epoch) == (Phase.APPLY, 5, 0)
    frame = step(trainer, Stride.PHASE)
    assert (frame.phase, frame.step, frame.epoch) == (Phase.EPOCH, 5, 1)
    frame = step(trainer, Stride.PHASE)
    assert (frame.phase, frame.layer, frame.step) == (Phase.FORWARD, 0, 5)


def back(trainer: Trainer, stride: Stride, count: int = 1) -> Frame:
    trainer.back(stride, count)
    return frame_of(trainer.wait(SECONDS))


@pytest.mark.parametrize("begin", [0, 4, 12])
@pytest.mark.parametrize("count", [1, 9, 31])
def test_so_many_phases_forth_and_back_show_the_same_frame(trainer: Trainer, begin: int, count: int) -> None:
    load(trainer)
    if begin:
        step(trainer, Stride.STEP, begin)
    here = numbers(step(trainer, Stride.PHASE, 3))
    step(trainer, Stride.PHASE, count)
    assert numbers(back(trainer, Stride.PHASE, count)) == here


def test_every_station_on_the_way_back_is_the_one_that_was_passed_on_the_way_forth(trainer: Trainer) -> None:
    load(trainer)
    passed = [numbers(frame_of(trainer.wait(SECONDS)))] + [numbers(step(trainer, Stride.PHASE)) for _ in range(49)]
    for seen in reversed(passed[:-1]):
        assert numbers(back(trainer, Stride.PHASE)) == seen
    assert numbers(back(trainer, Stride.PHASE)) == passed[0]  # nothing is before the start
    assert numbers(step(trainer, Stride.PHASE, 49)) == passed[-1]


def test_batches_and_epochs_go_back_to_where_they_began(trainer: Trainer) -> None:
    load(trainer)
    passed = [step(trainer, Stride.STEP) for _ in range(9)]
    for seen in (passed[7], passed[6], passed[5]):
        assert numbers(back(trainer, Stride.STEP)) == numbers(seen)
    assert (back(trainer, Stride.STEP).phase, back(trainer, Stride.STEP, 2).step) == (Phase.EPOCH, 3)
    step(trainer, Stride.EPOCH, 3)
    step(trainer, Stride.PHASE, 4)
    assert [back(trainer, Stride.EPOCH).step for _ in range(4)] == [15, 10, 5, 0]


def test_going_back_crosses_an_edit_and_ends_at_the_start_of_the_run(trainer: Trainer) -> None:
    load(trainer)
    passed = [numbers(step(trainer, Stride.PHASE)) for _ in range(PHASES * 2)]
    trainer.load(replace(SMALL, loss=MeanSquaredError(), optimizer=Adam(0.05)))
    trainer.wait(SECONDS)
    step(trainer, Stride.PHASE, 5)
    assert numbers(back(trainer, Stride.PHASE, 5))["params"] == passed[-1]["params"]
    assert numbers(back(trainer, Stride.PHASE, 1)) == passed[-2]
    assert back(trainer, Stride.STEP, 10**6).step == 0


def test_training_goes_on_the_same_way_from_the_middle_of_an_update_that_was_gone_back_to(trainer: Trainer) -> None:
    load(trainer)
    end = step(trainer, Stride.EPOCH, 3)
    back(trainer, Stride.PHASE, 30)
    assert numbers(step(trainer, Stride.EPOCH)) == numbers(end)


def test_between_two_phases_nothing_older_is_reported(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    load(trainer)
    told: list[tuple[int, Phase]] = []
    put = trainer._mailbox.put

    def noted(report: Report) -> None:
        if report.frame is not None:
            told.append((report.frame.step, report.frame.phase))
        put(report)

    monkeypatch.setattr(trainer._mailbox, "put", noted)
    for _phase in range(PHASES):
        step(trainer, Stride.PHASE)
    order = list(Phase)
    places = [(at, order.index(phase)) for at, phase in told if phase is not Phase.EPOCH]
    assert places == sorted(places) and places[-1] == (1, order.index(Phase.APPLY))
    assert all(phase is not Phase.EPOCH for _at, phase in told[2:])


def test_phases_go_on_where_playing_has_ended(trainer: Trainer) -> None:
    load(trainer)
    trainer.play()
    trainer.wait(SECONDS)
    frame = step(trainer, Stride.PHASE)
    assert (frame.phase, frame.layer, frame.step) == (Phase.FORWARD, 0, 30)


@pytest.mark.parametrize("at", [0, 3, 5])
def test_a_weight_set_by_hand_shows_at_once_can_be_undone_and_replays_to_the_bit(trainer: Trainer, at: int) -> None:
    load(trainer)
    if at:
        step(trainer, Stride.STEP, at)
    before = numbers(seek(trainer, at))
    edited = replace(SMALL, surgery=(SetWeight(0, "kernel", (1, 2), 4.0, step=at),))
    trainer.load(edited)
    here = frame_of(trainer.wait(SECONDS))
    assert here.params[0]["kernel"][1, 2] == 4 and here.step == at
    trainer.load(SMALL)
    assert frame_of(trainer.wait(SECONDS)).params.vector.tobytes() == before["params"]
    trainer.load(edited)
    trainer.wait(SECONDS)
    end = numbers(step(trainer, Stride.STEP, 6))
    seek(trainer, max(0, at - 2))
    assert numbers(seek(trainer, at + 6)) == end
    assert seek(trainer, at).params[0]["kernel"][1, 2] == 4


def test_what_a_seek_shows_answers_what_is_asked_now(trainer: Trainer) -> None:
    load(trainer)
    step(trainer, Stride.STEP, 9)
    for factor in (1, 2):  # the same name, another question: the sample that is looked at may change
        trainer.want({"answer": lambda frame, network, samples, factor=factor: factor * frame.step})
        assert seek(trainer, 5).probed["answer"] == 5 * factor
        trainer.want({"answer": lambda frame, network, samples, factor=factor: 10 * factor * frame.step})
        assert frame_of(trainer.wait(SECONDS)).probed["answer"] == 50 * factor


def test_a_seek_before_the_start_shows_the_start(trainer: Trainer) -> None:
    load(trainer)
    step(trainer, Stride.STEP, 3)
    assert seek(trainer, -4).step == 0


def test_random_seeks_and_steps_never_leave_the_run(trainer: Trainer) -> None:
    load(trainer)
    moments = train(Run.of(SMALL), SMALL.samples(), stride=Stride.STEP, epochs=9)
    true = {moment.step: moment.params.vector.tobytes() for moment in moments}
    random = np.random.default_rng(1)
    for _ in range(40):
        to = int(random.integers(0, 40))
        assert seek(trainer, to).params.vector.tobytes() == true[to]
        frame = step(trainer, Stride.STEP, int(random.integers(1, 4)))
        assert frame.params.vector.tobytes() == true[frame.step]


def test_stepping_any_number_of_phases_on_and_back_shows_the_same_frames_to_the_bit(trainer: Trainer) -> None:
    load(trainer)
    seen = [numbers(step(trainer, Stride.STEP, 4))]
    seen += [numbers(step(trainer, Stride.PHASE)) for _ in range(2 * PHASES + 1)]
    for wanted in seen[-2::-1]:
        trainer.back(Stride.PHASE)
        assert numbers(frame_of(trainer.wait(SECONDS))) == wanted
    assert numbers(step(trainer, Stride.PHASE, len(seen) - 1)) == seen[-1]


def test_one_update_back_and_one_on_is_where_it_was_even_at_the_end_of_an_epoch(trainer: Trainer) -> None:
    load(trainer)
    end = step(trainer, Stride.STEP, 10)
    assert end.phase is Phase.EPOCH
    trainer.back()
    assert frame_of(trainer.wait(SECONDS)).step == 9
    assert numbers(step(trainer, Stride.STEP)) == numbers(end)


def test_a_report_knows_how_far_training_has_been_wherever_it_is_looked_at(trainer: Trainer) -> None:
    load(trainer)
    end = step(trainer, Stride.STEP, 14)
    seek(trainer, 3)
    report = trainer.wait(SECONDS)
    assert report.furthest is not None and report.furthest.step == 14
    assert report.furthest.history.steps["loss"].tobytes() == end.history.steps["loss"].tobytes()
    assert report.kept.tolist() == list(range(15))


def test_phases_are_played_one_by_one_at_their_own_pace_and_pausing_stays_within_an_update(trainer: Trainer) -> None:
    load(trainer)
    trainer.pace(1000.0, phases=True)
    trainer.play()
    assert trainer.wait_for(lambda report: report.frame is not None and not report.frame.phase.settled, SECONDS)
    trainer.pace(1e-3, phases=True)
    trainer.pause()
    stopped = frame_of(trainer.wait(SECONDS))
    trainer.pace(None)
    trainer.play(2)
    end = frame_of(trainer.wait(SECONDS))
    *_all, last = train(Run.of(SMALL), SMALL.samples(), epochs=end.epoch)
    assert numbers(last.frame()) == numbers(end) and stopped.step <= end.step


def test_a_slow_pace_slows_neither_steps_nor_seeks(trainer: Trainer) -> None:
    load(trainer)
    trainer.pace(1e-3)
    assert step(trainer, Stride.EPOCH, 2).epoch == 2
    assert seek(trainer, 3).step == 3


def test_steps_that_are_asked_for_while_others_are_under_way_are_all_made_in_their_order(trainer: Trainer) -> None:
    load(trainer)
    for _press in range(12):
        trainer.step(Stride.STEP)
    trainer.step(Stride.EPOCH)
    trainer.back(Stride.STEP)
    trainer.step(Stride.PHASE)
    frame = frame_of(trainer.wait(SECONDS))
    assert (frame.step, frame.phase, frame.layer) == (14, Phase.FORWARD, 0)


def test_a_step_begins_where_a_seek_before_it_arrives(trainer: Trainer) -> None:
    load(trainer)
    trainer.seek(11)
    trainer.step(Stride.STEP)
    trainer.step(Stride.STEP)
    assert frame_of(trainer.wait(SECONDS)).step == 13


def test_a_pause_ends_the_steps_that_still_wait(trainer: Trainer) -> None:
    load(trainer, replace(SMALL, epochs=10**6))
    for _press in range(3):
        trainer.step(Stride.EPOCH, 10**6)
    trainer.pause()
    report = trainer.wait(SECONDS)
    assert report.status is Status.PAUSED and trainer.knows(report)

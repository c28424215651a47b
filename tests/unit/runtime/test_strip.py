"""The strip: every update as it is made, each frame of it as a Moment would have given it, in as much memory as allowed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from netviz.datasets import Circle, Iris
from netviz.engine.activations import Relu, Sigmoid, Softmax, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import BatchNormalization, Dense, Dropout
from netviz.engine.losses import SparseCategoricalCrossentropy
from netviz.engine.metrics import AUC, Accuracy, Precision
from netviz.engine.optimizers import SGD, Adam, Lion
from netviz.engine.regularizers import L2
from netviz.engine.run import Run
from netviz.engine.stopping import EarlyStopping
from netviz.engine.surgery import Freeze, SetWeight
from netviz.engine.train import Stride, train
from netviz.runtime import strip as strip_module
from netviz.runtime.strip import Strip

PLAIN = Experiment(Circle(count=80), (Dense(4, Tanh()), Dense(1, Sigmoid())), batch_size=7, epochs=5)
KINDS = {
    "plain": PLAIN,
    "momentum, a penalty, several metrics": replace(
        PLAIN,
        layers=(Dense(4, Tanh(), kernel_regularizer=L2(0.01)), Dense(1, Sigmoid())),
        optimizer=SGD(0.1, momentum=0.9),
        metrics=(Accuracy(), AUC(num_thresholds=20), Precision()),
    ),
    "clipped, decayed, averaged, with weights held and set": replace(
        PLAIN,
        optimizer=Adam(0.05, weight_decay=0.01, clipnorm=0.1, use_ema=True),
        surgery=(Freeze(0, "kernel", (0, 1)), SetWeight(1, "bias", (0,), 0.5, 17)),
    ),
    "state and masks": replace(
        PLAIN, layers=(Dense(6, Relu()), BatchNormalization(), Dropout(0.3), Dense(1, Sigmoid())), optimizer=Lion(0.01), metrics=()
    ),
    "the best weights put back": replace(
        PLAIN, epochs=60, optimizer=Adam(0.3), stopping=EarlyStopping(patience=2, restore_best_weights=True), class_weight=((0, 2.0),)
    ),
    "three classes in float64": Experiment(
        Iris(), (Dense(5, Tanh()), Dense(3, Softmax())), SparseCategoricalCrossentropy(), epochs=3, batch_size=16, dtype="float64"
    ),
}  # fmt: skip


def numbers(frame: Frame) -> dict[str, object]:
    """All that a frame says but its batch, to the bit."""
    arrays = {"params": frame.params, "grads": frame.grads, "updates": frame.updates, **frame.slots}
    said: dict[str, object] = {name: (part.vector.tobytes(), part.windows) for name, part in arrays.items()}
    said |= {f"step {name}": column.tobytes() for name, column in frame.history.steps.items()}
    said |= {f"epoch {name}": column.tobytes() for name, column in frame.history.epochs.items()}
    sums = frame.sums.loss, frame.sums.rows, {name: total.tobytes() for name, total in frame.sums.metrics.items()}
    best = frame.best and (frame.best.epoch, frame.best.params.vector.tobytes())
    where = (frame.phase, frame.layer, frame.epoch, frame.step, frame.position, frame.experiment, frame.learning_rate)
    return said | {"where": where, "sums": sums, "best": best}


def run_of(experiment: Experiment) -> Run:
    """One whose learning rate, optimizer and metrics are edited on the way."""
    run = Run.of(experiment, blas_threads=1)
    if experiment is not PLAIN:
        return run
    run = run.edited(13, replace(experiment, optimizer=Adam(0.05)))
    run = run.edited(20, replace(experiment, optimizer=SGD(0.1, momentum=0.5), metrics=(Accuracy(), AUC(num_thresholds=8))))
    return run.edited(30, replace(experiment, metrics=()))


def recorded(run: Run, strip: Strip, since: Frame | None = None, epochs: int | None = None) -> None:
    for _moment in train(run, run.experiment.samples(), since, epochs=epochs, recorder=strip):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_at_full_speed_is_what_each_update_would_have_shown(kind: str) -> None:
    run = run_of(KINDS[kind])
    strip = Strip(10**7)
    recorded(run, strip)
    shown = {moment.step: numbers(moment.frame()) for moment in train(run, run.experiment.samples(), stride=Stride.STEP)}
    assert strip.steps().tolist() == sorted(shown)[1:]
    for step, expected in shown.items():
        frame = strip.frame(step)
        assert step == 0 and frame is None or frame is not None and numbers(frame) == expected


def test_keeping_changes_nothing_and_training_goes_on_from_any_kept_update() -> None:
    run = run_of(PLAIN)
    plain = list(train(run, PLAIN.samples()))[-1].frame()
    strip = Strip(10**7)
    recorded(run, strip)
    last = strip.frame(10**9)
    assert last is not None and numbers(last) == numbers(plain)
    for step in (5, 13, 24, 40):
        end = None
        for moment in train(run, PLAIN.samples(), strip.frame(step), epochs=10):
            if moment.epoch == plain.epoch:
                end = moment.frame()
                break
        assert end is not None and numbers(end) == numbers(plain)


def test_memory_stays_within_the_budget_and_the_recent_past_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strip_module, "_DEAREST", np.inf)  # whatever it costs
    run = Run.of(PLAIN)
    budget = 200_000
    strip = Strip(budget)
    most = []
    for _moment in train(run, PLAIN.samples(), epochs=400, recorder=strip):
        most.append(strip.bytes)
    assert budget * 0.7 <= max(most[-50:]) and max(most) <= budget
    steps = strip.steps()
    gaps = np.diff(steps)
    assert (gaps > 0).all() and (gaps[-5:] == 1).all() and steps[0] <= 8
    assert gaps[: len(gaps) // 3].mean() > 2 * gaps[-len(gaps) // 3 :].mean()
    assert max(after - before for before, after in pairwise(steps)) <= steps[-1] / 5


def test_what_is_left_of_a_thinned_strip_is_still_exact() -> None:
    run = run_of(PLAIN)
    strip = Strip(60_000)
    recorded(run, strip, epochs=40)
    kept = set(strip.steps().tolist())
    assert len(kept) < 40 * 10
    for moment in train(run, PLAIN.samples(), stride=Stride.STEP, epochs=40):
        if moment.step in kept and (moment.is_epoch or moment.training.position < len(moment.training.samples.x)):
            frame = strip.frame(moment.step)
            assert frame is not None and numbers(frame) == numbers(moment.frame())


def test_after_a_cut_another_future_is_kept() -> None:
    strip = Strip(10**7)
    run = Run.of(PLAIN)
    recorded(run, strip)
    since = strip.frame(17)
    assert since is not None
    other = run.edited(17, replace(PLAIN, optimizer=Adam(0.2)))
    moments = train(other, PLAIN.samples(), since, recorder=strip)
    next(moments)
    strip.cut(17)
    assert strip.newest == 17
    for _moment in moments:
        pass
    expected = {m.step: m.frame() for m in train(other, PLAIN.samples(), stride=Stride.STEP, epochs=6)}
    for step in (1, 16, 17, 18, 40):
        frame = strip.frame(step)
        assert frame is not None and numbers(frame) == numbers(expected[step])


def test_what_is_made_again_is_not_kept_twice() -> None:
    strip = Strip(10**7)
    run = Run.of(PLAIN)
    recorded(run, strip)
    before = strip.steps().tolist()
    recorded(run, strip, strip.frame(17), epochs=6)
    assert strip.steps().tolist()[: len(before)] == before
    assert np.diff(strip.steps()).tolist() == [1] * (len(strip) - 1)


def test_updates_that_would_fill_the_budget_at_once_are_not_taken() -> None:
    strip = Strip(20_000)
    wide = replace(PLAIN, layers=(Dense(400, Tanh()), Dense(1, Sigmoid())))
    recorded(Run.of(wide), strip)
    assert not strip.recording and not len(strip) and strip.bytes == 0


def test_where_copies_are_dear_only_some_updates_are_kept_and_the_ends_of_epochs() -> None:
    strip = Strip(10**7)
    samples = PLAIN.samples()
    run = Run.of(PLAIN)
    for moment in train(run, samples, recorder=strip):
        strip.every = 4
        assert moment.step in (0, strip.newest)
    steps = strip.steps()
    assert (np.diff(steps) > 1).all()
    ends = {moment.step: moment.frame() for moment in train(run, samples)}
    for step, expected in ends.items():
        frame = strip.frame(step)
        assert step == 0 or frame is not None and numbers(frame) == numbers(expected)


def test_it_lets_go_of_everything() -> None:
    strip = Strip(10**7)
    recorded(Run.of(PLAIN), strip)
    strip.leave()
    assert not len(strip) and strip.bytes == 0 and strip.frame(10) is None and not strip.recording

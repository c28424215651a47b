"""From the gradient to moved weights: clipping, decay and averages, as frames and the history show them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.arrays import Array
from netviz.codec import InvalidValue
from netviz.datasets import Circle
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.evaluation import evaluate
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.layers import Dense
from netviz.engine.optimizers import SGD, Adafactor, Adam, AdamW, FirstOrder, Ftrl, Lion, Optimizer, RMSprop
from netviz.engine.parameters import Parameters, Window
from netviz.engine.regularizers import L2
from netviz.engine.run import Run
from netviz.engine.stopping import EarlyStopping
from netviz.engine.surgery import Freeze
from netviz.engine.train import Stride, train
from netviz.engine.updating import Updating

PLAIN = Experiment(
    Circle(count=100), (Dense(5, Tanh(), kernel_regularizer=L2(0.01)), Dense(1, Sigmoid())),
    optimizer=SGD(0.1), batch_size=16, epochs=3, dtype="float64",
)  # fmt: skip
WINDOWS = (Window((0, "kernel"), (2, 3), 0), Window((0, "bias"), (2,), 6))
G = np.array([3.0, 0, 0, 0, 4, 0, 0.3, -0.4])


def frames(optimizer: Optimizer, stride: Stride = Stride.STEP, **more: object) -> list[Frame]:
    experiment = replace(PLAIN, optimizer=optimizer, **more)
    return [moment.frame() for moment in train(Run.of(experiment), experiment.samples(), stride=stride)]


def clipped(optimizer: FirstOrder, g: Array = G, held: Array | None = None) -> Array:
    params, grads = (Parameters(a, WINDOWS) for a in (np.zeros_like(g), g.copy()))
    work = Updating(optimizer, params, grads, {}, held)
    work.compute(1, 1.0)
    assert (grads.vector == g).all() and work.seen is not None
    np.testing.assert_array_equal(work.updates.vector, -work.seen.vector)
    return work.seen.vector


def test_each_array_is_clipped_by_its_own_norm() -> None:
    np.testing.assert_allclose(clipped(SGD(clipnorm=1.0)), [0.6, 0, 0, 0, 0.8, 0, 0.3, -0.4])
    np.testing.assert_allclose(clipped(SGD(clipnorm=0.1)), [0.06, 0, 0, 0, 0.08, 0, 0.06, -0.08])


def test_all_arrays_are_clipped_by_their_common_norm() -> None:
    np.testing.assert_allclose(clipped(SGD(global_clipnorm=1.0)), G / np.linalg.norm(G))
    assert (clipped(SGD(global_clipnorm=6.0)) == G).all()


def test_each_number_is_clipped_by_itself() -> None:
    np.testing.assert_allclose(clipped(SGD(clipvalue=0.35)), [0.35, 0, 0, 0, 0.35, 0, 0.3, -0.35])


def test_gradients_whose_squares_overflow_keep_their_direction() -> None:
    huge = (G * 1e25).astype(np.float32)
    np.testing.assert_allclose(clipped(SGD(global_clipnorm=1.0), huge), G / np.linalg.norm(G), rtol=1e-6)


def test_weights_held_still_do_not_count_in_the_norm() -> None:
    held = np.array([True] + [False] * 7)
    np.testing.assert_allclose(clipped(SGD(clipnorm=1.0), held=held), [0, 0, 0, 0, 1, 0, 0.3, -0.4])


def test_no_gradient_at_all_stays_none() -> None:
    for optimizer in (SGD(clipnorm=1.0), SGD(global_clipnorm=1.0), SGD(clipvalue=1.0)):
        assert (clipped(optimizer, np.zeros(8)) == 0).all()


def test_two_ways_to_clip_are_refused_with_a_sentence() -> None:
    with pytest.raises(InvalidValue, match="RMSprop clips in one way at a time: set only one of clipnorm"):
        RMSprop(clipnorm=1.0, global_clipnorm=1.0)


def test_a_frame_keeps_the_gradient_of_data_and_penalties_and_the_clipped_one_apart() -> None:
    first = [frame for frame in frames(Adam(0.1, global_clipnorm=0.01), Stride.PHASE) if frame.batch][:10]
    by_phase = {frame.phase: frame for frame in first if frame.step <= 1}
    computed, moved = by_phase[Phase.OPTIMIZER], by_phase[Phase.APPLY]
    before = by_phase[Phase.BACKWARD].batch
    assert before is not None and before.clipped_gradients is None
    for frame in (computed, moved):
        assert frame.batch is not None and frame.batch.data_gradients is not None
        assert frame.batch.penalty_gradients is not None and frame.batch.clipped_gradients is not None
        both = frame.batch.data_gradients.vector + frame.batch.penalty_gradients.vector
        assert (frame.grads.vector == both).all() and np.linalg.norm(both) > 0.01
        np.testing.assert_allclose(frame.batch.clipped_gradients.vector, both * 0.01 / np.linalg.norm(both))
        np.testing.assert_allclose(frame.slots["momentum"].vector, 0.1 * frame.batch.clipped_gradients.vector)


def test_nothing_is_kept_apart_where_nothing_is_clipped() -> None:
    assert all(frame.batch is None or frame.batch.clipped_gradients is None for frame in frames(Adam(), Stride.PHASE))


def test_weights_decay_beside_the_rule_and_the_update_shows_both() -> None:
    plain, decaying = (frames(SGD(0.1, weight_decay=decay))[1] for decay in (None, 0.2))
    first = frames(SGD(0.1))[0].params.vector
    np.testing.assert_allclose(decaying.updates.vector, plain.updates.vector - 0.1 * 0.2 * first, rtol=1e-12)
    np.testing.assert_array_equal(decaying.params.vector, first + decaying.updates.vector)


def test_weights_held_still_do_not_decay() -> None:
    first, *_between, last = frames(SGD(0.1, weight_decay=0.5), surgery=(Freeze(0),))
    assert (last.params[0]["kernel"] == first.params[0]["kernel"]).all()
    assert (last.params[1]["kernel"] != first.params[1]["kernel"]).all()


CLIPPED = [Adam(global_clipnorm=0.01), AdamW(clipnorm=0.01), Lion(clipvalue=0.001), Ftrl(clipnorm=0.01), Adafactor(clipnorm=0.01)]


@pytest.mark.parametrize("optimizer", CLIPPED, ids=lambda optimizer: type(optimizer).__name__)
def test_a_frame_knows_its_update_and_what_was_clipped_at_every_gait(optimizer: Optimizer) -> None:
    surgery = (Freeze(1, "bias"),)
    by_step = {(f.step, f.phase): f for f in frames(optimizer, surgery=surgery)}
    by_phase = {(f.step, f.phase): f for f in frames(optimizer, Stride.PHASE, surgery=surgery) if f.phase.settled}
    ends = [f for f in frames(optimizer, Stride.EPOCH, surgery=surgery) if f.step]
    assert set(by_step) == set(by_phase) and len(ends) == 3
    for key, frame in by_step.items():
        others = [by_phase[key], *(end for end in ends if (end.step, end.phase) == key)]
        for other in others:
            assert frame.updates.vector.tobytes() == other.updates.vector.tobytes()
            if frame.batch is not None and other.batch is not None:
                ours, theirs = frame.batch.clipped_gradients, other.batch.clipped_gradients
                assert ours is not None and theirs is not None and ours.vector.tobytes() == theirs.vector.tobytes()
        if frame.step:
            moved = frame.params.vector != by_step[0, Phase.EPOCH].params.vector
            assert frame.updates.vector.any() and not moved[-1] and not frame.updates.vector[-1]


def test_training_that_nobody_watches_knows_the_update_only_where_the_optimizer_recalls_it() -> None:
    for optimizer, known in ((Adam(), True), (AdamW(), False)):
        experiment = replace(PLAIN, optimizer=optimizer)
        lean, whole = (
            [m.frame() for m in train(Run.of(experiment), experiment.samples(), whole=whole)][-1] for whole in (False, True)
        )
        assert lean.params.vector.tobytes() == whole.params.vector.tobytes() and whole.updates.vector.any()
        assert (lean.updates.vector == (whole.updates.vector if known else 0)).all()


# ------------------------------------------------------------------------------------------------------- averages


def test_the_average_follows_the_weights_and_leaves_the_training_alone() -> None:
    followed, plain = frames(Adam(0.05, use_ema=True, ema_momentum=0.8)), frames(Adam(0.05))
    assert followed[-1].params.vector.tobytes() == plain[-1].params.vector.tobytes()
    assert plain[-1].averaged is None
    average = None
    for frame in followed[1:]:
        if frame.phase is Phase.APPLY:
            w = frame.params.vector
            average = w if average is None else 0.8 * average + 0.2 * w
            assert frame.averaged is not None
            np.testing.assert_allclose(frame.averaged.vector, average, rtol=1e-12)


def test_the_average_takes_the_weights_place_as_often_as_asked() -> None:
    made = [f for f in frames(SGD(0.5, use_ema=True, ema_overwrite_frequency=4)) if f.phase is Phase.APPLY]
    same = [bool((f.params.vector == f.slots["average"].vector).all()) for f in made]
    assert [f.step for f, equal in zip(made, same, strict=True) if equal] == [1, *range(4, made[-1].step + 1, 4)]


def test_an_average_that_is_switched_on_later_begins_at_the_weights() -> None:
    samples = PLAIN.samples()
    run = Run.of(PLAIN).edited(6, replace(PLAIN, optimizer=SGD(0.1, use_ema=True, ema_momentum=0.5)))
    made = {m.step: m.frame() for m in train(run, samples, stride=Stride.STEP)}
    assert made[5].averaged is None and made[7].averaged is not None
    np.testing.assert_allclose(made[7].averaged.vector, (made[6].params.vector + made[7].params.vector) / 2, rtol=1e-12)


def test_every_epoch_judges_the_average_too_and_one_can_stop_by_it() -> None:
    optimizer = Adam(0.3, use_ema=True, ema_momentum=0.9)
    stopping = EarlyStopping("val_ema_loss", patience=2, restore_best_weights=True)
    experiment = replace(PLAIN, optimizer=optimizer, stopping=stopping, epochs=60)
    samples = experiment.samples()
    ends = [moment.frame() for moment in train(Run.of(experiment), samples)]
    for frame in ends[1:-1]:
        assert frame.averaged is not None
        found = evaluate(
            experiment.network(samples), frame.averaged, experiment, samples,
            samples.validation_x, samples.validation_y, samples.validation_weights,
        )  # fmt: skip
        assert frame.history.last("val_ema_loss") == found["loss"] != frame.history.last("val_loss")
        assert frame.history.last("val_ema_accuracy") == found["accuracy"]
    last = ends[-1]
    assert last.epoch < 60 and last.best is not None
    best = ends[last.best.epoch + 1].averaged
    assert best is not None and (last.params.vector == best.vector).all()

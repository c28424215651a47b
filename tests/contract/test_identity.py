"""The same Run gives the same bits, however it is driven, interrupted, looked at, cut into blocks or edited on the way."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netviz.arrays import Array
from netviz.datasets import Arrays, Circle, Preprocessing, Samples, Wave
from netviz.engine import batches
from netviz.engine.activations import Relu, Sigmoid, Softmax, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.layers import Dense, Dropout, Flatten
from netviz.engine.losses import BinaryCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from netviz.engine.metrics import Accuracy, MeanAbsoluteError, R2Score
from netviz.engine.network import NetworkProblem
from netviz.engine.optimizers import LBFGS, SGD, Adafactor, Adagrad, Adam, Nadam, RMSprop
from netviz.engine.regularizers import L1L2, L2
from netviz.engine.run import Run, Start
from netviz.engine.schedules import ExponentialDecay, OneCycle, ReduceOnPlateau, WarmUp
from netviz.engine.stopping import EarlyStopping
from netviz.engine.train import Diverged, Moment, Stride, train

EPOCHS = 3
PLAIN = Experiment(Circle(count=103), (Dense(6, Tanh()), Dense(1, Sigmoid())), batch_size=16, epochs=EPOCHS)


def images() -> Arrays:
    rng = np.random.default_rng(0)
    return Arrays(rng.normal(size=(61, 3, 2, 1)), rng.integers(0, 3, 61), "classification", rng.uniform(0.5, 2, 61))


EXPERIMENTS = {
    "plain": PLAIN,
    "float64": replace(PLAIN, dtype="float64", optimizer=RMSprop(centered=True)),
    "dropout and penalties": replace(
        PLAIN, layers=(Dense(8, Relu(), kernel_regularizer=L1L2(1e-3, 1e-2)), Dropout(0.3), Dense(1, Sigmoid()))
    ),
    "weights of classes, a schedule": replace(
        PLAIN, class_weight=((1, 2.5),), optimizer=SGD(0.1, momentum=0.9), schedule=ExponentialDecay(3, 0.9)
    ),
    "images, weights of rows, no shuffle": Experiment(
        images(), (Flatten(), Dense(5, Relu()), Dense(3, Softmax())), SparseCategoricalCrossentropy(),
        batch_size=7, epochs=EPOCHS, shuffle=False,
    ),
    "regression in other units": Experiment(
        Wave(count=90), (Dense(6, Tanh()), Dense(1)), MeanSquaredError(), metrics=(R2Score(), MeanAbsoluteError()),
        preprocessing=Preprocessing(0.2, standardize_targets=True), batch_size=11, epochs=EPOCHS,
    ),
    "early stopping": replace(
        PLAIN, optimizer=Adam(0.3), epochs=9,
        stopping=EarlyStopping(patience=1, min_delta=0.01, restore_best_weights=True),
    ),
    "averaged weights, clipped": replace(
        PLAIN, optimizer=Nadam(0.02, weight_decay=0.01, clipnorm=0.05, use_ema=True, ema_overwrite_frequency=5)
    ),
    "arrays as wholes, a plateau": replace(
        PLAIN, optimizer=Adafactor(0.3, global_clipnorm=0.1), schedule=WarmUp(4, 0.1, ReduceOnPlateau(patience=1, min_delta=0.1)),
        epochs=6,
    ),
    "searches along lines": replace(
        PLAIN, layers=(Dense(8, Tanh(), kernel_regularizer=L2(1e-3)), Dropout(0.2), Dense(1, Sigmoid())),
        optimizer=LBFGS(history_size=3), batch_size=103, epochs=8,
    ),
    "searches in batches": replace(
        PLAIN, optimizer=LBFGS(history_size=2, line_search="armijo", use_ema=True), schedule=OneCycle(20),
    ),
}  # fmt: skip


@pytest.fixture(params=EXPERIMENTS, scope="module")
def prepared(request: pytest.FixtureRequest) -> tuple[Run, Samples, Frame]:
    """A run, its samples, and the frame it ends in."""
    experiment: Experiment = EXPERIMENTS[request.param]
    samples = experiment.samples()
    return Run.of(experiment), samples, end(train(Run.of(experiment), samples))


def end(moments: Iterator[Moment]) -> Frame:
    *_all, last = moments
    return last.frame()


def everything(frame: Frame) -> dict[str, bytes]:
    """All numbers of a frame, to the bit."""
    arrays: dict[str, Array] = {"params": frame.params.vector}
    arrays |= {f"slot {name}": slot.vector for name, slot in frame.slots.items()}
    arrays |= {f"step {name}": column for name, column in frame.history.steps.items()}
    arrays |= {f"epoch {name}": column for name, column in frame.history.epochs.items()}
    arrays |= {f"sum {name}": total for name, total in frame.sums.metrics.items()}
    if frame.best is not None:
        arrays["best"] = frame.best.params.vector
    scalars = np.array([frame.epoch, frame.step, frame.position, frame.sums.loss, frame.sums.rows])
    return {name: array.tobytes() for name, array in arrays.items()} | {"scalars": scalars.tobytes()}


def same(a: Frame, b: Frame) -> None:
    found, wanted = everything(a), everything(b)
    assert found.keys() == wanted.keys()
    assert [name for name in wanted if found[name] != wanted[name]] == []


def test_twice_the_same(prepared: tuple[Run, Samples, Frame]) -> None:
    run, _samples, last = prepared
    same(end(train(run, run.experiment.samples())), last)


def mixed(step: int) -> Stride:
    return (Stride.EPOCH, Stride.PHASE, Stride.STEP, Stride.EPOCH)[step % 4]


@pytest.mark.parametrize("stride", [Stride.PHASE, Stride.STEP, mixed], ids=["phase", "step", "mixed"])
def test_the_gait_changes_nothing_even_with_a_frame_of_every_moment(
    prepared: tuple[Run, Samples, Frame], stride: Stride | Callable[[int], Stride]
) -> None:
    run, samples, last = prepared
    frames = [moment.frame() for moment in train(run, samples, stride=stride)]
    same(frames[-1], last)


def test_training_goes_on_from_any_settled_frame(prepared: tuple[Run, Samples, Frame]) -> None:
    run, samples, last = prepared
    frames = [moment.frame() for moment in train(run, samples, stride=Stride.STEP)]
    for frame in frames[1:-1:3]:
        since: Frame = pickle.loads(pickle.dumps(frame))
        same(end(train(run, samples, since, epochs=last.epoch - frame.epoch)), last)


def test_blocks_of_any_size_give_the_same_bits(
    prepared: tuple[Run, Samples, Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, samples, last = prepared
    for size in (1, 1000, 2500):
        monkeypatch.setattr(batches, "_BLOCK_BYTES", size)
        same(end(train(run, samples)), last)


def test_nothing_goes_on_from_the_middle_of_an_update(prepared: tuple[Run, Samples, Frame]) -> None:
    run, samples, _last = prepared
    moments = train(run, samples, stride=Stride.PHASE)
    next(moments)
    with pytest.raises(ValueError, match="middle of an update"):
        next(train(run, samples, next(moments).frame()))


EDITS = {
    "learning rate": replace(PLAIN, optimizer=Adam(0.05)),
    "another optimizer": replace(PLAIN, optimizer=Adagrad(0.1)),
    "a search": replace(PLAIN, optimizer=LBFGS(), batch_size=103),
    "an average": replace(PLAIN, optimizer=Adam(use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3)),
    "momentum on": replace(PLAIN, optimizer=Adam(0.002, amsgrad=True)),
    "batch size": replace(PLAIN, batch_size=5),
    "loss": replace(PLAIN, loss=MeanSquaredError()),
    "penalty": replace(PLAIN, layers=(Dense(6, Tanh(), kernel_regularizer=L2(0.1)), Dense(1, Sigmoid()))),
    "activation": replace(PLAIN, layers=(Dense(6, Relu()), Dense(1, Sigmoid()))),
    "metrics": replace(PLAIN, metrics=(Accuracy(), MeanAbsoluteError())),
    "class weights": replace(PLAIN, class_weight=((0, 3.0),)),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("at", [4, 6])  # in the middle of an epoch, and at its end
def test_an_edit_on_the_way_can_be_replayed_from_anywhere(edit: str, at: int) -> None:
    samples = PLAIN.samples()
    before = next(m for m in train(Run.of(PLAIN), samples, stride=Stride.STEP) if m.step == at).frame()
    run = Run.of(PLAIN).edited(at, EDITS[edit])
    last = end(train(run, samples, before, epochs=EPOCHS - before.epoch))
    assert last.experiment == EDITS[edit]
    same(end(train(run, samples, epochs=EPOCHS)), last)
    frames = [moment.frame() for moment in train(run, samples, stride=Stride.STEP, epochs=EPOCHS)]
    for frame in (frames[2], frames[-3]):
        same(end(train(run, samples, frame, epochs=EPOCHS - frame.epoch)), last)


def test_a_new_kind_of_optimizer_begins_with_fresh_slots_and_its_first_update() -> None:
    run = Run.of(PLAIN).edited(4, EDITS["another optimizer"])
    assert (run.updates(4), run.updates(9)) == (0, 5)
    assert Run.of(PLAIN).edited(4, EDITS["learning rate"]).updates(9) == 9


def test_given_weights_are_where_a_run_starts() -> None:
    samples = PLAIN.samples()
    given = np.arange(25, dtype=np.float32) / 10
    first = next(train(Run.of(PLAIN, Start(given)), samples))
    assert (first.params.vector == given).all()


def test_editing_one_layer_leaves_the_first_weights_of_the_others_as_they_are() -> None:
    samples = PLAIN.samples()
    wide = replace(PLAIN, layers=(Dense(6, Tanh()), Dense(9, Tanh()), Dense(1, Sigmoid())))
    a, b = (e.network(samples).initial(0, "float32") for e in (PLAIN, wide))
    assert (a[0]["kernel"] == b[0]["kernel"]).all()


# ------------------------------------------------------------------------------------------------- what it comes to


def plain_loop(experiment: Experiment, samples: Samples, epochs: int) -> tuple[list[float], list[float]]:
    """Keras' two losses of an epoch, for one hidden tanh layer and a sigmoid, SGD; written without the engine."""
    first = experiment.network(samples).initial(experiment.seed, "float64")
    w1, b1, w2, b2 = (first[i][name].copy() for i in (0, 1) for name in ("kernel", "bias"))
    penalty = 0.01
    weight = {label: w for label, w in experiment.class_weight}
    training, validation = [], []

    def forward(x: Array) -> tuple[Array, Array]:
        hidden = np.tanh(x @ w1 + b1)
        return hidden, 1 / (1 + np.exp(-(hidden @ w2 + b2)))[:, 0]

    def entropy(p: Array, y: Array) -> Array:
        return -(y * np.log(p) + (1 - y) * np.log(1 - p))

    for _epoch in range(epochs):
        total = 0.0
        for start in range(0, len(samples.x), experiment.batch_size):
            x, y = (a[start : start + experiment.batch_size] for a in (samples.x, samples.y))
            v = np.array([weight.get(int(label), 1.0) for label in y])
            hidden, p = forward(x)
            total += len(x) * ((entropy(p, y) * v).mean() + penalty * (w1**2).sum())
            d = ((p - y) * v / len(x))[:, None]
            dh = d @ w2.T * (1 - hidden**2)
            for array, g in ((w2, hidden.T @ d), (b2, d.sum(0)), (w1, x.T @ dh + 2 * penalty * w1), (b1, dh.sum(0))):
                array -= 0.1 * g
        training.append(total / len(samples.x))
        _h, p = forward(samples.validation_x)
        validation.append(float(entropy(p, samples.validation_y).mean() + penalty * (w1**2).sum()))
    return training, validation


def test_an_epochs_losses_are_those_of_keras_written_out() -> None:
    experiment = replace(
        PLAIN, dtype="float64", shuffle=False, optimizer=SGD(0.1), class_weight=((1, 2.0),), metrics=(),
        layers=(Dense(6, Tanh(), kernel_regularizer=L2(0.01)), Dense(1, Sigmoid())),
    )  # fmt: skip
    samples = experiment.samples()
    assert len(samples.x) % experiment.batch_size, "the last batch must be a partial one"
    history = end(train(Run.of(experiment), samples)).history
    training, validation = plain_loop(experiment, samples, EPOCHS)
    np.testing.assert_allclose(history.epochs["loss"], training, rtol=1e-12)
    np.testing.assert_allclose(history.epochs["val_loss"], validation, rtol=1e-12)
    assert len(history.steps["loss"]) == EPOCHS * -(-len(samples.x) // 16)


def test_rows_come_in_another_order_every_epoch_and_each_comes_once() -> None:
    samples, orders = PLAIN.samples(), []
    for moment in train(Run.of(PLAIN), samples, stride=Stride.STEP):
        frame = moment.frame()
        if frame.batch is not None and moment.is_update:
            orders.append((frame.epoch, frame.batch.rows))
    epochs = [np.concatenate([rows for epoch, rows in orders if epoch == n]) for n in range(EPOCHS)]
    assert all(sorted(rows.tolist()) == list(range(len(samples.x))) for rows in epochs)
    assert not (epochs[0] == epochs[1]).all()


def test_regression_metrics_are_in_the_targets_own_units() -> None:
    experiment = EXPERIMENTS["regression in other units"]
    samples = experiment.samples()
    frame = end(train(Run.of(experiment), samples))
    said = samples.in_units(experiment.network(samples).predict(frame.params, samples.validation_x))
    true = samples.in_units(samples.validation_y)
    assert frame.history.last("val_mean_absolute_error") == pytest.approx(np.abs(said - true).mean(), rel=1e-5)
    spread = ((true - true.mean()) ** 2).sum()
    assert frame.history.last("val_r2_score") == pytest.approx(1 - ((said - true) ** 2).sum() / spread, rel=1e-4)


def test_early_stopping_ends_the_run_and_brings_the_best_weights_back() -> None:
    experiment = EXPERIMENTS["early stopping"]
    frame = end(train(Run.of(experiment), experiment.samples()))
    losses = frame.history.epochs["val_loss"]
    assert frame.epoch < experiment.epochs and frame.history.last("stopped") == 1
    assert frame.best is not None and (frame.params.vector == frame.best.params.vector).all()
    assert frame.best.epoch == frame.history.last("best_epoch")
    assert losses[frame.best.epoch] <= losses.min() + 0.01


@pytest.mark.parametrize("rate", [1e30, 1e4])
def test_divergence_is_noticed_at_the_update_after_it_happens(rate: float) -> None:
    experiment = replace(PLAIN, layers=(Dense(4), Dense(1)), loss=MeanSquaredError(), optimizer=SGD(min(rate, 1000)))
    experiment = replace(experiment, metrics=(), epochs=200)
    samples, good = experiment.samples(), 0
    with pytest.raises(Diverged) as found:
        for moment in train(Run.of(experiment), samples, stride=Stride.STEP):
            good = moment.step if np.isfinite(moment.params.vector).all() else good
            assert moment.history.steps.keys() <= {"loss", "learning_rate"}
    assert found.value.step <= good + 2
    with pytest.raises(Diverged) as again:
        list(train(Run.of(experiment), samples))
    assert again.value.step == found.value.step and "smaller learning rate" in str(again.value)


def test_numpys_settings_do_not_leak_out_of_training() -> None:
    before = np.geterr()
    for _moment in train(Run.of(PLAIN), PLAIN.samples(), stride=Stride.STEP):
        assert np.geterr() == before


# ------------------------------------------------------------------------------------------------------------ frames


def phases(experiment: Experiment) -> tuple[list[Frame], Any]:
    samples = experiment.samples()
    moments = train(Run.of(experiment), samples, stride=Stride.PHASE)
    next(moments)
    frames = []
    for moment in moments:
        frames.append(moment.frame())
        if moment.phase is Phase.APPLY:
            return frames, experiment.network(samples)
    raise AssertionError


def test_each_phase_has_what_was_computed_and_no_more() -> None:
    experiment = replace(EXPERIMENTS["dropout and penalties"], dtype="float64")
    frames, _network = phases(experiment)
    assert [(f.phase.value, f.layer) for f in frames] == [
        ("forward", 0), ("forward", 1), ("forward", 2), ("loss", None), ("backward", 2), ("backward", 1),
        ("backward", 0), ("optimizer", None), ("apply", None),
    ]  # fmt: skip
    for place, frame in enumerate(frames):
        assert frame.batch is not None
        assert set(frame.batch.memory) == set(range(min(place, 2) + 1))
        assert (frame.batch.loss is not None) == (place >= 3)
        assert len(frame.batch.deltas) == min(max(place - 3, 0), 3)
        assert frame.grads[2]["kernel"].any() == (place >= 4) and frame.grads[0]["kernel"].any() == (place >= 6)
        assert frame.updates.vector.any() == (place >= 7)
        moved = (frame.params.vector != frames[0].params.vector).any()
        assert moved == (place == 8)


def test_a_frames_memory_keeps_the_formulas_of_its_layers() -> None:
    frames, _network = phases(replace(EXPERIMENTS["dropout and penalties"], dtype="float64"))
    frame = frames[3]
    assert frame.batch is not None and frame.batch.prediction is not None and frame.batch.loss is not None
    first, mask, last = (frame.batch.memory[layer] for layer in range(3))
    w = frame.params
    np.testing.assert_allclose(first["z"], frame.batch.x @ w[0]["kernel"] + w[0]["bias"])
    np.testing.assert_allclose(first["a"], np.maximum(first["z"], 0))
    np.testing.assert_allclose(last["x"], first["a"] * mask["mask"])
    np.testing.assert_allclose(last["a"], 1 / (1 + np.exp(-last["z"])))
    np.testing.assert_allclose(frame.batch.prediction, last["a"])
    y = frame.batch.y
    np.testing.assert_allclose(frame.batch.loss, -(y * np.log(last["a"]) + (1 - y) * np.log(1 - last["a"]))[:, 0])


def test_deltas_are_the_gradients_of_the_batchs_loss_and_the_parts_of_a_gradient_add_up() -> None:
    experiment = replace(EXPERIMENTS["dropout and penalties"], dtype="float64")
    frames, _network = phases(experiment)
    frame = frames[-2]
    batch = frame.batch
    assert batch is not None and batch.data_gradients is not None and batch.penalty_gradients is not None
    n = len(batch.x)
    np.testing.assert_allclose(batch.deltas[2], (batch.memory[2]["a"] - batch.y) / n)
    back = batch.deltas[2] @ frame.params[2]["kernel"].T * batch.memory[1]["mask"] * (batch.memory[0]["z"] > 0)
    np.testing.assert_allclose(batch.deltas[0], back)
    np.testing.assert_allclose(batch.data_gradients[0]["kernel"], batch.x.T @ batch.deltas[0])
    parts = batch.data_gradients.vector + batch.penalty_gradients.vector
    assert (frame.grads.vector == parts).all() and batch.penalty_gradients[0]["kernel"].any()
    after = frames[-1]
    assert (after.params.vector == frame.params.vector + frame.updates.vector).all()


def test_nothing_in_a_frame_can_be_written_and_later_moments_do_not_change_it() -> None:
    samples = PLAIN.samples()
    moments = train(Run.of(PLAIN), samples, stride=Stride.STEP)
    next(moments)
    frame = next(moments).frame()
    kept = pickle.dumps(frame)
    for _moment in moments:
        pass
    assert pickle.dumps(frame) == kept
    assert frame.batch is not None
    arrays = [frame.params.vector, frame.params[0]["kernel"], frame.grads.vector, frame.history.epochs.get("loss")]
    arrays += [frame.batch.x, frame.batch.memory[0]["z"], *frame.history.steps.values()]
    for array in arrays:
        assert array is None or not array.flags.writeable


@pytest.mark.parametrize(
    ("layers", "loss", "word"),
    [
        ((), BinaryCrossentropy(), "no layers"),
        ((Dense(2), Dense(3, Softmax())), MeanSquaredError(), "output"),
        ((Dense(60_000), Dense(60_000)), MeanSquaredError(), "parameters"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_with_a_sentence(layers: Any, loss: Any, word: str) -> None:
    experiment = replace(PLAIN, dataset=Wave(count=20), layers=layers, loss=loss)
    with pytest.raises(NetworkProblem, match=word):
        next(train(Run.of(experiment), experiment.samples()))

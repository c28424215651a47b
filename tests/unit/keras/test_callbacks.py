"""Early stopping as Keras does it, and callbacks that change the course of a fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.keras import Sequential, utils
from netviz.keras.callbacks import Callback, EarlyStopping
from netviz.keras.layers import Dense
from netviz.keras.optimizers import SGD

Rows = tuple[np.ndarray, np.ndarray]


class Weights(Callback):
    """Keeps the first kernel of every epoch's end."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.kept.append(self.model.get_weights()[0])


def overfitting() -> Sequential:
    utils.set_random_seed(2)
    model = Sequential([Dense(32, activation="tanh"), Dense(1)])
    model.compile(loss="mse", optimizer=SGD(0.1, momentum=0.9))
    return model


def noise() -> Rows:
    random = np.random.default_rng(1)
    return random.normal(size=(40, 6)), random.normal(size=(40, 1))


def test_early_stopping_stops_after_patience_and_gives_the_best_weights_back() -> None:
    model, seen = overfitting(), Weights()
    early = EarlyStopping(patience=3, restore_best_weights=True)
    history = model.fit(*noise(), epochs=200, validation_split=0.5, callbacks=[seen, early], verbose=0)
    losses = history.history["val_loss"]
    best = int(np.argmin(losses))
    assert len(losses) == best + 4 < 200
    assert early.stopped_epoch == best + 3 and early.best_epoch == best and early.best == losses[best]
    np.testing.assert_array_equal(model.get_weights()[0], seen.kept[best])


def test_the_best_weights_come_back_also_where_nothing_stopped() -> None:
    model, seen = overfitting(), Weights()
    early = EarlyStopping(patience=500, restore_best_weights=True)
    losses = model.fit(*noise(), epochs=30, validation_split=0.5, callbacks=[early, seen], verbose=0).history[
        "val_loss"
    ]
    best = int(np.argmin(losses))
    assert len(losses) == 30 and best < 29 and early.stopped_epoch == 0
    np.testing.assert_array_equal(model.get_weights()[0], seen.kept[best])
    assert model.evaluate(noise()[0][20:], noise()[1][20:], verbose=0) == pytest.approx(losses[best], rel=1e-6)


def test_without_restoring_the_last_weights_stay() -> None:
    model, seen = overfitting(), Weights()
    model.fit(*noise(), epochs=30, validation_split=0.5, callbacks=[EarlyStopping(patience=2), seen], verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], seen.kept[-1])


def test_early_stopping_begins_anew_with_every_fit() -> None:
    model, early = overfitting(), EarlyStopping(monitor="loss", patience=0, min_delta=1e9)
    for _again in range(2):
        assert len(model.fit(*noise(), epochs=9, callbacks=[early], verbose=0).epoch) == 2


def test_a_metric_is_watched_under_its_given_name_and_in_its_own_direction(rows: Rows) -> None:
    model = Sequential([Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy", optimizer=SGD(1e-12), metrics=["acc"])
    early = EarlyStopping(monitor="val_acc", patience=2)
    assert len(model.fit(*rows, epochs=9, validation_split=0.2, callbacks=early, verbose=0).epoch) == 3
    assert early.best is not None and 0 <= early.best <= 1


def test_watching_what_is_not_there_warns_and_trains_on() -> None:
    model = overfitting()
    with pytest.warns(UserWarning, match="val_loss, which is not available; there are: loss"):
        history = model.fit(*noise(), epochs=3, callbacks=[EarlyStopping()], verbose=0)
    assert len(history.epoch) == 3


def test_stop_training_ends_the_fit_after_the_epoch() -> None:
    class Stop(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = epoch == 1

    model = overfitting()
    assert len(model.fit(*noise(), epochs=5, callbacks=[Stop()], verbose=0).epoch) == 2
    assert len(model.fit(*noise(), epochs=1, verbose=0).epoch) == 1


def test_hooks_are_called_in_order_with_the_epochs_values() -> None:
    calls: list[Any] = []

    class Noting(Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            calls.append("begin")

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            calls.append(epoch)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            calls.append(sorted(logs))

        def on_train_end(self, logs: Any = None) -> None:
            calls.append("end")

    overfitting().fit(*noise(), epochs=2, callbacks=[Noting()], verbose=0)
    assert calls == ["begin", 0, ["loss"], 1, ["loss"], "end"]


def test_what_a_callback_adds_to_the_logs_is_kept_as_in_keras() -> None:
    class Adding(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["number"] = epoch

    assert overfitting().fit(*noise(), epochs=2, callbacks=[Adding()], verbose=0).history["number"] == [0, 1]


def test_a_callback_that_changes_the_layers_is_refused() -> None:
    class Growing(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.add(Dense(1))

    with pytest.raises(ValueError, match="A callback that changes the layers of the model is not supported"):
        overfitting().fit(*noise(), epochs=2, callbacks=[Growing()], verbose=0)


def test_a_rate_that_a_callback_sets_holds_from_there_and_the_run_says_so() -> None:
    class Halve(Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                self.model.optimizer.learning_rate = 0.0001  # type: ignore[union-attr]

    model, plain = overfitting(), overfitting()
    a = model.fit(*noise(), epochs=4, callbacks=[Halve()], verbose=0).history["loss"]
    b = plain.fit(*noise(), epochs=4, verbose=0).history["loss"]
    assert a[:3] != b[:3] and a[:2] == b[:2]
    assert model.run is not None and len(model.run.segments) == 2
    *_before, last = train(Run(model.run.segments), model.run.experiment.samples(), epochs=4)
    np.testing.assert_array_equal(last.params.vector, model.parameters().vector)


def test_weights_that_a_callback_sets_are_trained_on_from_there() -> None:
    class Zero(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 0:
                self.model.set_weights([np.zeros_like(w) for w in self.model.get_weights()])

    model = overfitting()
    x, y = noise()
    losses = model.fit(x, y, epochs=2, batch_size=40, callbacks=[Zero()], verbose=0).history["loss"]
    assert losses[1] == pytest.approx((y**2).mean(), rel=1e-5)


def test_hooks_that_are_never_called_are_refused() -> None:
    class Batch(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            """Would never be called."""

    with pytest.raises(ValueError, match=r"Batch\.on_train_batch_end is not supported"):
        overfitting().fit(*noise(), callbacks=[Batch()], verbose=0)
    with pytest.raises(ValueError, match="is not a netviz"):
        overfitting().fit(*noise(), callbacks=[print], verbose=0)
    with pytest.raises(ValueError, match="More than one EarlyStopping"):
        overfitting().fit(*noise(), callbacks=[EarlyStopping(), EarlyStopping()], verbose=0)

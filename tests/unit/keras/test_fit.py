"""What fit does with data, what it returns, and how a second fit goes on."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.keras import Input, Sequential, config, utils
from netviz.keras.layers import Dense, Dropout, Flatten
from netviz.keras.optimizers import SGD, Adam
from netviz.keras.optimizers.schedules import ExponentialDecay

Rows = tuple[np.ndarray, np.ndarray]


def fresh(seed: int = 5, optimizer: object = "adam") -> Sequential:
    utils.set_random_seed(seed)
    model = Sequential([Input((4,)), Dense(6, activation="relu"), Dropout(0.3), Dense(1, activation="sigmoid")])
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["acc"])
    return model


def same(a: Sequential, b: Sequential) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a.get_weights(), b.get_weights(), strict=True))


def test_the_history_has_keras_keys_in_keras_order(rows: Rows, model: Sequential) -> None:
    history = model.fit(*rows, epochs=2, validation_split=0.3, verbose=0)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert [len(values) for values in history.history.values()] == [2] * 4
    assert history.epoch == [0, 1]
    assert history.params == {"verbose": 0, "epochs": 2, "steps": 2}


def test_a_metric_keeps_the_name_it_was_given(rows: Rows) -> None:
    assert "acc" in fresh().fit(*rows, verbose=0).history


def test_three_epochs_and_two_more_are_five(rows: Rows) -> None:
    parts, whole = fresh(), fresh()
    parts.fit(*rows, epochs=3, verbose=0)
    parts.fit(*rows, epochs=2, verbose=0)
    whole.fit(*rows, epochs=5, verbose=0)
    assert same(parts, whole)


def test_initial_epoch_counts_towards_epochs(rows: Rows) -> None:
    parts, whole = fresh(), fresh()
    parts.fit(*rows, epochs=3, verbose=0)
    assert parts.fit(*rows, epochs=5, initial_epoch=3, verbose=0).epoch == [3, 4]
    whole.fit(*rows, epochs=5, verbose=0)
    assert same(parts, whole)


def test_a_fit_with_other_data_goes_on_with_the_optimizers_memory_and_count(rows: Rows) -> None:
    x, y = rows
    optimizer = Adam(ExponentialDecay(0.1, decay_steps=3, decay_rate=0.5))
    model = fresh(optimizer=optimizer)
    model.fit(x, y, epochs=2, verbose=0)
    slots = dict(model.start.slots)
    assert optimizer.iterations == 6
    assert optimizer.learning_rate == pytest.approx(0.1 * 0.5**2)
    model.fit(x[:32] + 1, y[:32], epochs=1, verbose=0)
    assert optimizer.iterations == 7
    assert model.run is not None and model.run.start.updates == 6
    np.testing.assert_array_equal(dict(model.run.start.slots)["velocity"], slots["velocity"])
    assert model.frame is not None and model.frame.learning_rate == pytest.approx(0.1 * 0.5**2)


def test_compiling_with_another_optimizer_forgets_and_with_the_same_one_goes_on(rows: Rows) -> None:
    optimizer = Adam()
    model = fresh(optimizer=optimizer)
    model.fit(*rows, verbose=0)
    before = model.get_weights()
    model.compile(optimizer=optimizer, loss="mse")
    assert model.start.updates == 3 and model.start.slots
    model.compile(optimizer="adam", loss="mse")
    assert model.start.updates == 0 and not model.start.slots
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_set_weights_keeps_what_the_optimizer_remembers(rows: Rows) -> None:
    model = fresh()
    model.fit(*rows, verbose=0)
    velocity = dict(model.start.slots)["velocity"]
    model.set_weights([np.ones_like(w) for w in model.get_weights()])
    assert model.start.updates == 3
    np.testing.assert_array_equal(dict(model.start.slots)["velocity"], velocity)
    assert (model.get_weights()[0] == 1).all()


def test_validation_split_takes_the_last_rows(rows: Rows) -> None:
    x, y = rows
    split, given = fresh(), fresh()
    a = split.fit(x, y, validation_split=0.25, epochs=2, verbose=0)
    b = given.fit(x[:52], y[:52], validation_data=(x[52:], y[52:]), epochs=2, verbose=0)
    assert a.history == b.history
    assert split.evaluate(x[52:], y[52:], verbose=0)[0] == a.history["val_loss"][-1]


def test_whole_number_weights_of_rows_count_like_repeated_rows(rows: Rows) -> None:
    x, y = rows[0][:20], rows[1][:20]
    weights = np.arange(20) % 3
    config.set_floatx("float64")
    model = fresh()
    weighted = model.evaluate(x, y, sample_weight=weights, verbose=0)[0]
    repeated = model.evaluate(np.repeat(x, weights, axis=0), np.repeat(y, weights), verbose=0)[0]
    assert weighted * 20 == pytest.approx(repeated * weights.sum(), rel=1e-12)


def test_class_weight_equals_the_same_weights_of_rows(rows: Rows) -> None:
    x, y = rows
    by_class, by_row = fresh(), fresh()
    by_class.fit(x, y, class_weight={0: 1.0, 1: 3.0}, verbose=0)
    by_row.fit(x, y, sample_weight=np.where(y == 1, 3.0, 1.0), verbose=0)
    assert same(by_class, by_row)


def test_float64_holds_for_models_made_after_it_is_set(rows: Rows, model: Sequential) -> None:
    config.set_floatx("float64")
    wide = fresh()
    wide.fit(*rows, verbose=0)
    model.fit(*rows, verbose=0)
    assert wide.get_weights()[0].dtype == wide.predict(rows[0], verbose=0).dtype == np.float64
    assert model.get_weights()[0].dtype == np.float32


def test_class_numbers_and_one_hot_rows_train_alike() -> None:
    random = np.random.default_rng(0)
    x, labels = random.normal(size=(40, 3, 2)), random.integers(0, 3, 40)
    trained = []
    for loss, y in (
        ("sparse_categorical_crossentropy", labels),
        ("sparse_categorical_crossentropy", labels[:, None].astype(float)),
        ("categorical_crossentropy", utils.to_categorical(labels)),
    ):
        utils.set_random_seed(1)
        model = Sequential([Flatten(), Dense(3, activation="softmax")])
        model.compile(loss=loss, optimizer=SGD(0.1), metrics=["accuracy"])
        trained.append((model.fit(x, y, epochs=2, verbose=0).history, model))
    assert trained[0][0] == trained[1][0] == trained[2][0]
    assert same(trained[0][1], trained[1][1]) and same(trained[0][1], trained[2][1])


def test_verbose_2_is_one_line_an_epoch_without_a_bar(
    rows: Rows, model: Sequential, capsys: pytest.CaptureFixture[str]
) -> None:
    model.fit(*rows, verbose=2)
    out = capsys.readouterr().out
    assert out.startswith("3/3 - 0s - ") and "━" not in out and "\r" not in out and out.count("\n") == 1


def test_verbose_0_prints_nothing(rows: Rows, model: Sequential, capsys: pytest.CaptureFixture[str]) -> None:
    model.fit(*rows, epochs=2, verbose=0)
    model.evaluate(*rows, verbose=0)
    model.predict(rows[0], verbose=0)
    assert capsys.readouterr().out == ""


def test_an_interrupted_fit_keeps_the_epochs_that_ended(rows: Rows) -> None:
    from netviz.keras.callbacks import Callback

    class Interrupt(Callback):
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            if epoch == 2:
                raise KeyboardInterrupt

    model, whole = fresh(), fresh()
    with pytest.raises(KeyboardInterrupt):
        model.fit(*rows, epochs=5, callbacks=[Interrupt()], verbose=0)
    whole.fit(*rows, epochs=2, verbose=0)
    assert same(model, whole)
    assert model.history is not None and model.history.epoch == [0, 1]

"""Optimizers, schedules, losses, metrics, initializers and activations under Keras' names."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.engine import initializers as engine_initializers
from netviz.engine import optimizers as engine
from netviz.engine.losses import losses as engine_losses
from netviz.engine.metrics import metrics as engine_metrics
from netviz.keras import (
    Input,
    Sequential,
    activations,
    config,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    utils,
)
from netviz.keras.callbacks import ReduceLROnPlateau
from netviz.keras.layers import Dense
from netviz.keras.optimizers import schedules


def test_weights_decay_where_that_is_asked_for_and_in_adamw_by_itself() -> None:
    plain, decaying = optimizers.Adam(0.1), optimizers.Adam(0.1, weight_decay=0.2)
    assert plain.settings()[0] == engine.Adam(0.1)
    assert decaying.settings()[0] == engine.Adam(0.1, weight_decay=0.2)
    assert optimizers.AdamW(0.1, 0.2).settings()[0] == engine.AdamW(0.1, weight_decay=0.2)
    assert optimizers.AdamW().settings()[0] == engine.AdamW(weight_decay=0.004)


@pytest.mark.parametrize("name", ["sgd", "SGD", "adagrad", "RMSprop", "adam", "AdamW", "Lion", "ftrl"])
def test_an_optimizer_is_found_by_its_name_in_any_case(name: str) -> None:
    assert engine.optimizers.name(type(optimizers.value_of(name).settings()[0])) == name.lower()


@pytest.mark.parametrize(
    ("schedule", "step", "rate"),
    [
        (schedules.ExponentialDecay(0.1, 10, 0.5), 20, 0.025),
        (schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True), 19, 0.05),
        (schedules.InverseTimeDecay(0.1, 10, 0.5), 20, 0.05),
        (schedules.PolynomialDecay(0.1, 10, 0.02, power=2.0), 5, 0.04),
        (schedules.CosineDecay(0.1, 10, alpha=0.1), 10, 0.01),
        (schedules.CosineDecay(0.1, 10, warmup_target=0.3, warmup_steps=4), 2, 0.2),
        (schedules.PiecewiseConstantDecay([5, 8], [0.3, 0.2, 0.0]), 5, 0.3),
        (schedules.PiecewiseConstantDecay([5, 8], [0.3, 0.2, 0.0]), 6, 0.2),
        (schedules.PiecewiseConstantDecay([5], [0.0, 0.2]), 6, 0.2),
    ],
)
def test_a_schedule_gives_keras_rate(schedule: schedules.LearningRateSchedule, step: int, rate: float) -> None:
    assert schedule(step) == pytest.approx(rate, rel=1e-12)


def test_the_rate_can_be_set_and_a_wrong_one_leaves_the_old() -> None:
    optimizer = optimizers.Adam(schedules.ExponentialDecay(0.1, 10, 0.5))
    optimizer.learning_rate = 0.02
    assert optimizer.learning_rate == 0.02
    with pytest.raises(ValueError, match="learning_rate"):
        optimizer.learning_rate = -1
    assert optimizer.learning_rate == 0.02


def test_losses_are_the_same_by_name_function_and_class() -> None:
    y, p = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.8, 0.2], [0.4, 0.6]])
    assert (
        losses.value_of("mse").value
        == losses.value_of(losses.mean_squared_error).value
        == losses.MeanSquaredError().value
    )
    assert losses.CategoricalCrossentropy()(y, p) == pytest.approx(-np.log([0.8, 0.6]).mean())
    np.testing.assert_allclose(losses.sparse_categorical_crossentropy([0, 1], p), -np.log([0.8, 0.6]))
    np.testing.assert_allclose(losses.huber(y, y + 3), [2.5, 2.5])
    assert losses.MeanAbsoluteError()(y, y + 1, sample_weight=[1, 3]) == 2


def test_every_loss_of_the_engine_has_a_class_a_function_and_a_name() -> None:
    for name in engine_losses:
        kind = engine_losses[name].__name__
        function = getattr(losses, name)
        assert function.__name__ == name and losses.get(function) == losses.get(name) == getattr(losses, kind)()
    for alias, name in {"bce": "binary_crossentropy", "MAPE": "mean_absolute_percentage_error", "kld": "kl_divergence",
                        "msle": "mean_squared_logarithmic_error", "logcosh": "log_cosh", "cosine": "cosine_similarity",
                        "SquaredHinge": "squared_hinge"}.items():  # fmt: skip
        assert type(losses.value_of(alias).value) is engine_losses[name]


def test_functions_of_losses_take_their_settings() -> None:
    y, z = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[2.0, -1.0], [0.5, 0.5]])
    smooth = losses.binary_crossentropy(y, z, from_logits=True, label_smoothing=0.2)
    np.testing.assert_allclose(smooth, losses.BinaryCrossentropy(from_logits=True).rows(y * 0.8 + 0.1, z))
    balanced = losses.binary_focal_crossentropy(y, np.full((2, 2), 0.5), True, 0.9, 0.0)
    np.testing.assert_allclose(balanced, [0.5 * np.log(2)] * 2)
    weighed = losses.categorical_focal_crossentropy(y, np.full((2, 2), 0.5), [0.1, 0.9], 1.0)
    np.testing.assert_allclose(weighed, [0.05 * np.log(2), 0.45 * np.log(2)])
    np.testing.assert_allclose(losses.hinge(y, z), losses.hinge(2 * y - 1, z))


def test_from_logits_trains_like_a_last_activation_and_predicts_logits() -> None:
    config.set_floatx("float64")
    random = np.random.default_rng(0)
    x, y = random.normal(size=(50, 3)), random.integers(0, 3, 50)
    trained = []
    for activation, logits in (("softmax", False), (None, True)):
        utils.set_random_seed(3)
        model = Sequential([Input((3,)), Dense(5, "tanh"), Dense(3, activation)])
        loss = losses.SparseCategoricalCrossentropy(from_logits=logits)
        model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
        trained.append((model.fit(x, y, epochs=3, verbose=0).history, model.predict(x, verbose=0)))
    (with_softmax, probabilities), (with_logits, outputs) = trained
    assert with_softmax == with_logits
    np.testing.assert_allclose(activations.softmax(outputs), probabilities, rtol=1e-12)


def test_accuracy_on_logits_has_keras_threshold() -> None:
    model = Sequential([Input((1,)), Dense(1)])
    model.compile(loss=losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy", "binary_accuracy"])
    model.set_weights([[[1.0]], [0.0]])
    # The logits 0.3 and 0.7 lie on both sides of 0.5, where Keras cuts; as probabilities both would be above.
    _loss, accuracy, binary = model.evaluate([[0.3], [0.7]], [0, 1], verbose=0)
    assert accuracy == binary == 1


def test_accuracy_of_targets_between_the_classes_is_keras_equality() -> None:
    model = Sequential([Input((1,)), Dense(1, activation="sigmoid", kernel_initializer="ones")])
    model.compile(loss="binary_crossentropy", metrics=["accuracy"])
    x = [[3.0], [3.0], [-3.0], [-3.0]]
    assert model.evaluate(np.array(x), np.array([1, 0.9, 0, 0.1]), verbose=0)[1] == 0.5
    assert model.evaluate(np.array(x), np.array([1, 1, 0, 1]), verbose=0)[1] == 0.75


def test_a_layer_serves_as_an_activation() -> None:
    given = Dense(2, activation=layers.LeakyReLU(0.1)).activation
    assert given == layers.LeakyReLU(0.1).activation
    with pytest.raises(ValueError, match="An activation is a name or a function"):
        Dense(2, activation=Dense(2))


def test_a_warm_up_may_begin_at_zero_as_in_keras_own_example() -> None:
    rate = schedules.CosineDecay(0.0, 8, warmup_target=0.1, warmup_steps=4)
    assert [rate(step) for step in (0, 1, 4, 12)] == pytest.approx([0, 0.025, 0.1, 0], abs=1e-29)
    assert optimizers.SGD(rate).settings()[0].learning_rate > 0


def test_accuracy_of_a_regression_is_keras_equality() -> None:
    model = Sequential([Input((1,)), Dense(1)])
    model.compile(loss="mse", metrics=["accuracy"])
    model.set_weights([[[1.0]], [0.0]])
    assert model.evaluate([[2.0], [1.0]], [2.0, 1.0], verbose=0)[1] == 0.5


def test_every_metric_of_the_engine_has_a_class_under_keras_name() -> None:
    for name in engine_metrics:
        kind = engine_metrics[name].__name__
        if kind != "Accuracy":  # Keras' class of that name compares outputs themselves
            needed = [0.5] if "_at_" in name else []
            assert type(getattr(metrics, kind)(*needed).values[0]) is engine_metrics[name]


def test_a_metric_with_several_thresholds_is_an_array_of_what_each_gives(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = np.linspace(-1, 1, 20)[:, None], (np.arange(20) > 7).astype(float)
    model = Sequential([Input((1,)), Dense(1, "sigmoid")])
    cuts = [0.3, 0.5, 0.6]
    model.compile(loss="hinge", metrics=[metrics.Recall(cuts), metrics.TruePositives([0.5, 0.3], name="hits"), metrics.Recall(0.5)])
    plateau = ReduceLROnPlateau("recall")
    with pytest.warns(UserWarning, match="watches recall, which is not available; there are: .*recall_1"):
        history = model.fit(x, y, epochs=2, verbose=2, validation_split=0.2, callbacks=[plateau]).history
    assert f"- recall: {history['recall'][-1].mean():.4f}" in capsys.readouterr().out
    assert [value.shape for value in history["val_recall"]] == [(3,), (3,)]
    assert [value[1] for value in history["recall"]] == history["recall_1"]
    told, p = model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)[:, 0]
    np.testing.assert_allclose(told[1], [((p > cut) & (y > 0)).sum() / y.sum() for cut in cuts])
    np.testing.assert_array_equal(told[2], [((p > cut) & (y > 0)).sum() for cut in (0.5, 0.3)])


def test_f_scores_without_an_average_are_an_array_of_each_class_score() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)
    model = Sequential([Input((3,)), Dense(3, "softmax")])
    model.compile(loss="categorical_crossentropy", metrics=["f1_score", metrics.FBetaScore(beta=2.0), metrics.F1Score("macro", name="all")])
    history = model.fit(x, np.eye(3)[y], epochs=2, verbose=0).history
    assert [value.shape for value in history["f1_score"]] == [(3,), (3,)]
    told = model.evaluate(x, np.eye(3)[y], verbose=0, return_dict=True)
    p = model.predict(x, verbose=0).argmax(1)
    right = np.array([((p == k) & (y == k)).sum() for k in range(3)])
    precision, recall = right / np.bincount(p, minlength=3), right / np.bincount(y, minlength=3)
    np.testing.assert_allclose(told["f1_score"], 2 * precision * recall / (precision + recall), rtol=1e-5)
    np.testing.assert_allclose(told["fbeta_score"], 5 * precision * recall / (4 * precision + recall), rtol=1e-5)
    assert told["all"] == pytest.approx(told["f1_score"].mean())


def test_metrics_of_one_kind_are_numbered_and_equal_ones_are_computed_once() -> None:
    x, y = np.linspace(-1, 1, 20)[:, None], (np.arange(20) > 7).astype(float)
    model = Sequential([Input((1,)), Dense(1, "sigmoid")])
    asked = [metrics.Precision(), metrics.Precision(0.3), metrics.AUC(name="pr", curve="PR"), metrics.AUC(), "auc",
             metrics.Recall(name="pr"), "mape", metrics.mean_squared_error]  # fmt: skip
    model.compile(loss="hinge", metrics=asked)
    names = ["precision", "precision_1", "pr", "auc", "auc_1", "pr_1", "mape", "mean_squared_error"]
    assert model.metrics_names == ["loss", *names]
    history = model.fit(x, y, epochs=2, verbose=0, validation_split=0.2).history
    assert set(history) == {"loss", "val_loss", *names, *(f"val_{name}" for name in names)}
    assert history["auc"] == history["auc_1"] and history["precision"] != history["precision_1"]
    told = model.evaluate(x, y, verbose=0, return_dict=True)
    p = model.predict(x, verbose=0)[:, 0]
    assert told["precision_1"] == pytest.approx(y[p > 0.3].mean()) and told["mean_squared_error"] == pytest.approx(
        np.square(p - y).mean(), rel=1e-5
    )


def test_functions_of_metrics_judge_each_row() -> None:
    y, p = np.array([[1, 0, 0], [0, 0, 1]]), np.array([[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    assert metrics.categorical_accuracy(y, p).tolist() == [0, 1] == metrics.sparse_categorical_accuracy([0, 2], p).tolist()
    assert metrics.top_k_categorical_accuracy(y, p, 2).tolist() == [0, 1]
    assert metrics.sparse_top_k_categorical_accuracy([[0], [2]], p, k=3).tolist() == [1, 1]
    assert metrics.binary_accuracy(y, p, 0.4).tolist() == [[0, 0, 1], [1, 1, 1]]


def test_metrics_and_regularizers_have_keras_names_and_defaults() -> None:
    assert metrics.R2Score().name == "r2_score" and metrics.BinaryAccuracy(name="right").name == "right"
    assert regularizers.l2().l2 == regularizers.L1().l1 == 0.01
    assert Dense(1, kernel_regularizer="l1").value.kernel_regularizer == regularizers.L1(0.01)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "given", ["he_normal", "HeNormal", initializers.HeNormal, initializers.HeNormal(), initializers.he_normal()]
)
def test_an_initializer_is_a_name_a_maker_or_a_value(given: object) -> None:
    assert Dense(1, kernel_initializer=given).value.kernel_initializer == engine_initializers.HeNormal()  # type: ignore[union-attr]


def test_activations_can_be_called_and_handed_over() -> None:
    np.testing.assert_allclose(activations.leaky_relu([-1.0, 2.0]), [-0.2, 2.0])
    assert Dense(1, activation=activations.gelu).activation == Dense(1, activation="gelu").activation
    assert layers.Activation(activations.relu).activation == Dense(1, activation="relu").activation


def test_to_categorical_is_keras() -> None:
    assert utils.to_categorical([0, 2]).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert utils.to_categorical([[1], [0]], 2).tolist() == [[0, 1], [1, 0]]
    assert utils.to_categorical([0], 2).dtype == np.float64

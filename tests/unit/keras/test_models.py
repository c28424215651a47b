"""Building, weights, predictions, summary and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.keras import Input, Sequential, config, regularizers, utils
from netviz.keras.layers import ELU, Activation, Dense, Dropout, Flatten, LeakyReLU, ReLU, Softmax
from netviz.keras.models import load_model
from netviz.keras.optimizers import SGD

Rows = tuple[np.ndarray, np.ndarray]


def test_weights_come_in_keras_order_and_shapes(model: Sequential) -> None:
    assert [w.shape for w in model.get_weights()] == [(4, 6), (6,), (6, 1), (1,)]
    assert model.count_params() == 37
    assert [layer.count_params() for layer in model.layers] == [30, 7]
    assert model.layers[0].units == 6  # type: ignore[attr-defined]
    assert model.input_shape == (None, 4) and model.output_shape == (None, 1)


def test_weights_that_are_set_are_the_ones_that_predict() -> None:
    model = Sequential([Input((2,)), Dense(2), Dense(1, use_bias=False)])
    model.set_weights([[[1, 2], [3, 4]], [10, 20], [[1], [0.5]]])
    assert model.predict([[1.0, 1.0]], verbose=0).tolist() == [[14 + 13]]
    model.layers[1].set_weights([[[0], [1]]])
    assert model.predict([[1.0, 1.0]], verbose=0).tolist() == [[26]]


def test_weights_of_a_wrong_number_or_shape_are_refused_in_a_sentence(model: Sequential) -> None:
    with pytest.raises(ValueError, match="has 4 arrays of weights, but 1 were given"):
        model.set_weights([np.zeros((4, 6))])
    wrong = [np.zeros((6, 4)), *model.get_weights()[1:]]
    with pytest.raises(
        ValueError, match=r"array 0 \(kernel\) must be numbers of shape \(4, 6\), not float64 of shape \(6, 4\)"
    ):
        model.set_weights(wrong)


def test_a_model_without_a_shape_is_built_by_its_first_data(rows: Rows) -> None:
    model = Sequential([Dense(3), Dense(1)])
    assert model.get_weights() == [] and not model.built
    assert model.predict(rows[0], verbose=0).shape == (70, 1)
    assert model.built and model.layers[0].input_shape == (None, 4)


def test_build_takes_the_shape_of_a_batch() -> None:
    model = Sequential([Dense(3)])
    model.build((None, 5))
    assert model.get_weights()[0].shape == (5, 3)


def test_adding_and_popping_a_layer_keeps_the_weights_of_the_others(rows: Rows, model: Sequential) -> None:
    model.fit(*rows, verbose=0)
    kernel = model.get_weights()[0]
    model.pop()
    model.add(Dense(3, activation="softmax"))
    assert model.output_shape == (None, 3)
    np.testing.assert_array_equal(model.get_weights()[0], kernel)
    model.compile(loss="sparse_categorical_crossentropy")
    model.fit(*rows, verbose=0)


def test_a_layer_that_does_not_fit_is_refused_and_the_model_stays() -> None:
    model = Sequential([Input((2,)), Dense(3)])
    with pytest.raises(ValueError, match="in a model already"):
        model.add(model.layers[0])
    with pytest.raises(ValueError, match="is not a layer"):
        model.add("dense")  # type: ignore[arg-type]
    assert len(model.layers) == 1


def test_layers_that_are_activations_compute_what_keras_says() -> None:
    x = np.array([[-2.0, 0.0, 3.0]])
    for layer, wanted in (
        (ReLU(), [0, 0, 3]),
        (ReLU(negative_slope=0.1), [-0.2, 0, 3]),
        (LeakyReLU(), [-0.6, 0, 3]),
        (ELU(), [np.expm1(-2), 0, 3]),
        (Activation("linear"), [-2, 0, 3]),
        (Softmax(), np.exp([-2, 0, 3]) / np.exp([-2, 0, 3]).sum()),
        (Dropout(0.5), [-2, 0, 3]),
        (Flatten(), [-2, 0, 3]),
    ):
        np.testing.assert_allclose(Sequential([layer]).predict(x, verbose=0)[0], wanted, rtol=1e-6)


def test_names_are_keras_names() -> None:
    model = Sequential([Dense(1), LeakyReLU(), Dense(1, name="last")])
    assert model.layers[0].name.startswith("dense") and model.layers[1].name.startswith("leaky_re_lu")
    assert model.get_layer("last") is model.layers[2]


def test_the_summary_counts_parameters(rows: Rows, model: Sequential) -> None:
    texts: list[str] = []
    model.summary(print_fn=texts.append)
    assert "Total params: 37 (148.00 B)" in texts[0] and "Optimizer" not in texts[0]
    assert "(None, 6)" in texts[0] and "(Dense)" in texts[0]
    model.fit(*rows, verbose=0)
    model.summary(print_fn=texts.append)
    assert "Optimizer params: 76 (304.00 B)" in texts[1]  # twice 37, the count of updates and the rate, as in Keras


def test_the_summary_of_an_unbuilt_model_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Sequential([Dense(3)]).summary()
    assert "0 (unbuilt)" in capsys.readouterr().out


def test_evaluate_gives_loss_and_metrics_with_penalties(rows: Rows) -> None:
    config.set_floatx("float64")
    model = Sequential([Input((4,)), Dense(1, kernel_regularizer=regularizers.l2(0.5))])
    model.compile(loss="mse", metrics=["mae"])
    x, y = rows
    error = model.predict(x, verbose=0)[:, 0] - y
    loss, mae = model.evaluate(x, y, verbose=0)
    assert loss == pytest.approx((error**2).mean() + 0.5 * (model.get_weights()[0] ** 2).sum(), rel=1e-12)
    assert mae == pytest.approx(np.abs(error).mean(), rel=1e-12)
    assert model.evaluate(x, y, verbose=0, return_dict=True) == {"loss": loss, "mae": mae}


def test_the_same_seed_makes_the_same_model_and_the_next_one_differs() -> None:
    def drawn() -> list[np.ndarray]:
        return Sequential([Input((4,)), Dense(3)]).get_weights()

    utils.set_random_seed(8)
    first, second = drawn(), drawn()
    utils.set_random_seed(8)
    np.testing.assert_array_equal(drawn()[0], first[0])
    np.testing.assert_array_equal(drawn()[0], second[0])
    assert (first[0] != second[0]).all()


def test_a_saved_model_goes_on_bit_for_bit(rows: Rows, model: Sequential, tmp_path: Path) -> None:
    model.fit(*rows, epochs=2, validation_split=0.2, verbose=0)
    model.save(tmp_path / "model.netviz")
    opened = load_model(tmp_path / "model.netviz")
    assert opened.fit(*rows, epochs=2, verbose=0).history == model.fit(*rows, epochs=2, verbose=0).history
    for ours, theirs in zip(opened.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_project_saved_by_the_face_goes_on_in_the_engine(rows: Rows, model: Sequential, tmp_path: Path) -> None:
    from netviz.document.projectfile import open_project
    from netviz.engine.train import train

    model.fit(*rows, epochs=2, verbose=0)
    model.fit(*rows, epochs=2, verbose=0)
    model.save(tmp_path / "model.netviz")
    project = open_project(tmp_path / "model.netviz")
    assert project.run is not None
    *_before, last = train(project.run, project.experiment.samples(), since=project.frame, epochs=2)
    model.fit(*rows, epochs=2, verbose=0)
    np.testing.assert_array_equal(last.params.vector, model.parameters().vector)


def test_a_fit_that_broke_off_inside_an_epoch_leaves_the_last_whole_epoch(
    rows: Rows, model: Sequential, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netviz.engine.training import Training

    count, end = [0], Training.end_update

    def interrupted(self: Training, *arguments: Any) -> None:
        count[0] += 1
        if count[0] == 8:  # three updates make an epoch
            raise KeyboardInterrupt
        end(self, *arguments)

    whole = Sequential([Input((4,)), Dense(6, activation="tanh"), Dense(1, activation="sigmoid")])
    whole.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    whole.seed = model.seed
    whole.fit(*rows, epochs=2, verbose=0)
    monkeypatch.setattr(Training, "end_update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(*rows, epochs=5, verbose=0)
    np.testing.assert_array_equal(model.parameters().vector, whole.parameters().vector)
    model.save(tmp_path / "model.netviz")
    opened = load_model(tmp_path / "model.netviz")
    assert opened.fit(*rows, epochs=2, verbose=0).history == whole.fit(*rows, epochs=2, verbose=0).history


def test_a_training_that_diverges_says_so_and_keeps_the_weights(rows: Rows) -> None:
    model = Sequential([Input((4,)), Dense(1)])
    model.compile(loss="mse", optimizer=SGD(1000.0))
    before = model.get_weights()
    with pytest.raises(ArithmeticError, match="a smaller learning rate may help"):
        model.fit(*rows, epochs=50, batch_size=70, verbose=0)
    assert np.isfinite(model.get_weights()[0]).all() and not np.array_equal(model.get_weights()[0], before[0])


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_weights_can_be_saved_alone_before_and_after_training(
    suffix: str, rows: Rows, model: Sequential, tmp_path: Path
) -> None:
    from netviz.formats import read_weights

    path = tmp_path / f"weights{suffix}"
    for epochs in (0, 2):
        model.fit(*rows, epochs=epochs, verbose=0)
        model.save(path)
        found = read_weights(path).arrays
        names = ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
        assert set(found) == set(names)
        for name, array in zip(names, model.get_weights(), strict=True):
            np.testing.assert_array_equal(found[name], array)
    with pytest.raises(FileExistsError, match="pass overwrite=True"):
        model.save(path, overwrite=False)


def test_a_model_that_was_never_compiled_can_give_its_weights_away(tmp_path: Path) -> None:
    from netviz.formats import read_weights

    model = Sequential([Input((2, 3)), Dense(4), Flatten(), Dense(2, use_bias=False)])
    model.save(tmp_path / "weights.npz")
    found = read_weights(tmp_path / "weights.npz").arrays
    assert sorted(array.shape for array in found.values()) == [(3, 4), (4,), (8, 2)]


def test_a_project_of_a_model_whose_layers_changed_since_is_not_written(
    rows: Rows, model: Sequential, tmp_path: Path
) -> None:
    model.fit(*rows, verbose=0)
    model.pop()
    model.add(Dense(2, activation="softmax"))
    with pytest.raises(ValueError, match="have changed since the last fit; call fit before save"):
        model.save(tmp_path / "model.netviz")
    assert not list(tmp_path.iterdir())
    model.compile(loss="sparse_categorical_crossentropy")
    model.fit(*rows, verbose=0)
    model.save(tmp_path / "model.netviz")
    np.testing.assert_array_equal(load_model(tmp_path / "model.netviz").get_weights()[2], model.get_weights()[2])


def test_only_trained_models_and_the_projects_suffix_can_be_saved(
    rows: Rows, model: Sequential, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="call fit before save"):
        model.save(tmp_path / "model.netviz")
    model.fit(*rows, verbose=0)
    with pytest.raises(ValueError, match=r"model\.mat: the suffix must be \.netviz for a whole project"):
        model.save(tmp_path / "model.mat")

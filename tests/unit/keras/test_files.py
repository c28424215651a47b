"""What `save` and `save_weights` write, `load_model` and `load_weights` read, by suffix, for every format there is."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import formats, keras
from netviz.files import FileProblem
from netviz.formats import consumer
from netviz.keras.arguments import Unsupported

KINDS = formats.exporting()
READ = [kind for kind in KINDS if formats.formats[kind].imports()]
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(30, 4))
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture(autouse=True)
def own_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "installed", lambda package: package == "onnx")


def model(units: int = 5, logits: bool = False) -> Any:
    made = keras.Sequential([
        keras.Input((4,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(1, None if logits else "sigmoid"),
    ])  # fmt: skip
    made.compile("adam", keras.losses.BinaryCrossentropy(from_logits=logits), ["accuracy"])
    return made


def suffix(kind: str) -> str:
    return formats.formats[kind].suffixes[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fitted_model_is_saved_by_the_suffix_of_any_format_and_only_over_what_may_be_replaced(kind: str, tmp_path: Path) -> None:
    first = model()
    first.fit(X, Y, verbose=0)
    path = tmp_path / f"m{suffix(kind)}"
    first.save(path)
    assert path.stat().st_size
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="overwrite=True"):
        first.save(path, overwrite=False)
    first.save_weights(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", READ)
def test_the_weights_of_any_format_that_is_read_go_onto_a_model_of_the_same_layers(kind: str, tmp_path: Path) -> None:
    first, second = model(), model()
    first.fit(X, Y, verbose=0)
    first.save(tmp_path / f"m{suffix(kind)}")
    second.load_weights(tmp_path / f"m{suffix(kind)}")
    np.testing.assert_array_equal(second.predict(X, verbose=0), first.predict(X, verbose=0))


@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("kind", READ)
def test_a_model_comes_back_from_any_format_that_says_which_it_was(kind: str, logits: bool, tmp_path: Path) -> None:
    first = model(logits=logits)
    first.fit(X, Y, verbose=0)
    path = tmp_path / f"m{suffix(kind)}"
    first.save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        second = keras.models.load_model(path)
    np.testing.assert_allclose(second.predict(X, verbose=0), first.predict(X, verbose=0), rtol=0, atol=1e-6)
    assert [type(layer) for layer in second.layers] == [type(layer) for layer in first.layers]
    second.fit(X, Y, verbose=0)


def test_what_is_lost_on_the_way_is_warned_of(tmp_path: Path) -> None:
    first = model()
    first.save(tmp_path / "fresh.npz")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keras.models.load_model(tmp_path / "fresh.npz")
    first.fit(X, Y, verbose=0)
    first.save(tmp_path / "m.npz")
    with pytest.warns(UserWarning, match="without: optimizer: the optimizer's memory"):
        keras.models.load_model(tmp_path / "m.npz")


def test_keras_source_whose_weights_are_gone_is_read_as_a_script_and_says_so(tmp_path: Path) -> None:
    first = model()
    first.fit(X, Y, verbose=0)
    first.save(tmp_path / "m_keras.py")
    (beside,) = tmp_path.glob("*.weights.h5")
    beside.rename(tmp_path / "other.weights.h5")
    with pytest.warns(UserWarning, match="m_keras.weights.h5.*cannot be read"):
        second = keras.models.load_model(tmp_path / "m_keras.py")
    second.load_weights(tmp_path / "other.weights.h5")
    np.testing.assert_array_equal(second.predict(X, verbose=0), first.predict(X, verbose=0))


def test_a_script_is_a_model_by_its_suffix(tmp_path: Path) -> None:
    script = "from keras import Sequential, Input\nfrom keras.layers import Dense\n"
    (tmp_path / "m.py").write_text(script + "m = Sequential([Input((4,)), Dense(3, 'relu'), Dense(1)])\nm.compile('sgd', 'mse')\n")
    found = keras.models.load_model(tmp_path / "m.py")
    assert [layer.units for layer in found.layers] == [3, 1]
    found.fit(X, Y, verbose=0)


def test_every_format_that_is_written_is_read() -> None:
    assert READ == KINDS


def test_a_header_into_which_a_normalization_is_worked_says_that_it_cannot_be_read_back(tmp_path: Path) -> None:
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dense(1)])
    made.save(tmp_path / "m.h")
    for read in (made.load_weights, keras.models.load_model):
        with pytest.raises(FileProblem, match=r"m\.h.*normalizations are worked into them"):
            read(tmp_path / "m.h")


def test_a_file_that_is_another_models_says_what_is_missing(tmp_path: Path) -> None:
    model().save_weights(tmp_path / "m.npz")
    with pytest.raises(FileProblem, match=r'"m.npz|m.npz.* has no array for'):
        model(units=7).load_weights(tmp_path / "m.npz")


def test_a_description_that_does_not_fit_its_arrays_is_not_believed(tmp_path: Path) -> None:
    model().save(tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as file:
        arrays = {name: file[name] for name in file.files}
    arrays["dense/kernel"] = np.zeros((4, 9), "f4")
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(FileProblem, match="holds weights and no network"):
        keras.models.load_model(tmp_path / "other.npz")


def test_an_unknown_suffix_gets_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(b"x")
    for act in (model().save_weights, model().load_weights, keras.models.load_model):
        with pytest.raises((ValueError, Unsupported, FileProblem), match=r"m\.pkl"):
            act(tmp_path / "m.pkl")

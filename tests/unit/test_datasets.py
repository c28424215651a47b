"""Data: what the formulas draw, how it is split and scaled, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from netviz.datasets import (
    Arrays,
    Article,
    Circle,
    Data,
    DataProblem,
    Diabetes,
    Digits,
    Iris,
    Plane,
    Preprocessing,
    Scale,
    Spiral,
    Wave,
    Wine,
    Xor,
    datasets,
    prepare,
)
from netviz.datasets.toys import Toy

TOYS = [name for name in datasets if issubclass(datasets[name], Toy)]


@pytest.mark.parametrize("name", TOYS)
def test_a_toy_has_as_many_rows_as_asked_for_in_the_plane(name: str) -> None:
    data = datasets[name](count=137).load()  # type: ignore[call-arg]
    assert data.x.shape == (137, 2) and np.abs(data.x).max() < 6


@pytest.mark.parametrize("name", TOYS)
def test_noise_and_seed_change_the_rows(name: str) -> None:
    still, noisy, other = (datasets[name](**settings).load() for settings in ({"noise": 0}, {"noise": 0.5}, {"noise": 0, "seed": 1}))
    assert not (still.x == other.x).all()
    assert (still.x != noisy.x).any() or (still.y != noisy.y).any()


def test_classes_of_toys_are_balanced() -> None:
    for dataset in (Circle(count=100), Spiral(count=100)):
        assert np.bincount(dataset.load().y).tolist() == [50, 50]


def test_toys_are_what_their_formulas_say() -> None:
    circle, xor = Circle(noise=0).load(), Xor(noise=0).load()
    assert ((np.hypot(*circle.x.T) < 1.6) == circle.y).all()
    assert ((xor.x[:, 0] * xor.x[:, 1] > 0) == xor.y).all()
    plane, wave = Plane(noise=0).load(), Wave(noise=0).load()
    np.testing.assert_allclose(plane.y[:, 0], plane.x.sum(1) / 3)
    np.testing.assert_allclose(wave.y[:, 0], np.sin(1.5 * wave.x[:, 0]) * np.cos(wave.x[:, 1]))


def test_the_articles_rows_are_those_of_its_script() -> None:
    state = np.random.get_state()
    np.random.seed(0)
    x, y = np.random.rand(1000, 10), np.random.randint(0, 2, 1000)
    np.random.set_state(state)
    data = Article().load()
    assert (data.x == x).all() and (data.y == y).all()


def test_stored_tables_are_whole_and_their_sources_named() -> None:
    sources = (Path(__file__).parents[2] / "resources/data/SOURCES.md").read_text(encoding="utf-8")
    wanted = {"iris": (150, 4), "wine": (178, 13), "breast_cancer": (569, 30), "digits": (1797, 8, 8, 1), "diabetes": (442, 10)}
    for name, shape in wanted.items():
        assert datasets[name]().load().x.shape == shape
        assert f"`{name}.npz`" in sources
    assert "CC BY 4.0" in sources


def test_stored_tables_equal_scikit_learns() -> None:
    sklearn = pytest.importorskip("sklearn.datasets")
    for dataset, bunch in ((Iris(), sklearn.load_iris()), (Wine(), sklearn.load_wine())):
        assert (dataset.load().x == bunch.data).all() and (dataset.load().y == bunch.target).all()
    assert (Diabetes().load().x == sklearn.load_diabetes(scaled=False).data).all()


# --------------------------------------------------------------------------------------------------------- splitting


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_a_stratified_split_keeps_the_share_of_every_class(share: float) -> None:
    labels = np.repeat([0, 1, 2], [300, 100, 20])
    data = Arrays(np.arange(840.0).reshape(420, 2), labels, "classification")
    samples = prepare(data, Preprocessing(share), 0, "float32")
    assert len(samples.validation_y) == round(420 * share)
    held = np.bincount(samples.validation_y, minlength=3)
    assert np.abs(held - share * np.array([300, 100, 20])).max() <= 1


@pytest.mark.parametrize("split", ["stratified", "random", "last"])
def test_every_row_is_on_one_side_of_the_split(split: str) -> None:
    samples = prepare(Wine(), Preprocessing(0.3, split), 4, "float64")  # type: ignore[arg-type]
    rows = np.concatenate([samples.training_rows, samples.validation_rows])
    assert sorted(rows.tolist()) == list(range(178))
    assert not set(samples.training_rows) & set(samples.validation_rows)


def test_a_split_follows_its_seed_and_the_last_rows_follow_nothing() -> None:
    a, b, c = (prepare(Wine(), Preprocessing(0.3), seed, "float32").validation_rows for seed in (0, 0, 1))
    assert (a == b).all() and not (a == c).all()
    last = prepare(Wine(), Preprocessing(0.3, "last"), 0, "float32")
    assert last.validation_rows.tolist() == list(range(124, 178))


def test_no_validation_rows_when_none_are_wanted() -> None:
    samples = prepare(Circle(), Preprocessing(0.0), 0, "float32")
    assert len(samples.validation_x) == 0 and len(samples.x) == 500


def test_a_split_that_leaves_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(DataProblem, match="no rows to train on"):
        prepare(Circle(count=2), Preprocessing(0.99), 0, "float32")


# ----------------------------------------------------------------------------------------------------------- scaling


def test_scales_are_fitted_on_the_training_rows_only() -> None:
    samples = prepare(Wine(), Preprocessing(0.3), 0, "float64")
    data = Wine().load()
    part = data.x[samples.training_rows]
    np.testing.assert_allclose(samples.x, (part - part.mean(0)) / part.std(0), rtol=1e-12)
    held = (data.x[samples.validation_rows] - part.mean(0)) / part.std(0)
    np.testing.assert_allclose(samples.validation_x, held, rtol=1e-12)


def test_tables_are_standardized_by_themselves_and_others_when_asked() -> None:
    assert prepare(Iris(), Preprocessing(), 0, "float32").feature_scale is not None
    assert prepare(Iris(), Preprocessing(standardize="off"), 0, "float32").feature_scale is None
    for dataset in (Circle(), Digits()):
        assert prepare(dataset, Preprocessing(), 0, "float32").feature_scale is None
    assert prepare(Circle(), Preprocessing(standardize="on"), 0, "float32").feature_scale is not None


def test_a_feature_that_never_changes_is_only_shifted() -> None:
    scale = Scale.fit(np.array([[1e9, 1.0], [1e9, 3.0]]))
    assert scale.deviation.tolist() == [1.0, 1.0]
    assert scale.apply(np.array([[1e9, 1.0]])).tolist() == [[0.0, -1.0]]


def test_targets_go_back_to_their_own_units() -> None:
    samples = prepare(Diabetes(), Preprocessing(standardize_targets=True), 0, "float64")
    assert abs(samples.y.mean()) < 1e-9
    np.testing.assert_allclose(samples.in_units(samples.y), Diabetes().load().y[samples.training_rows])
    np.testing.assert_allclose(samples.scaled(Diabetes().load().x[samples.training_rows]), samples.x)


def test_samples_cannot_be_written() -> None:
    samples = prepare(Circle(), Preprocessing(), 0, "float32")
    for array in (samples.x, samples.y, samples.validation_x, samples.validation_y):
        assert not array.flags.writeable


# ----------------------------------------------------------------------------------------------------------- refusing


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.zeros((0, 2)), np.zeros(0), "no rows"),
        (np.zeros((3, 2)), np.zeros(4), "3 rows of features and 4 targets"),
        (np.array([[0.0], [np.nan], [np.inf]]), np.zeros(3), "2 rows of features.*row 2"),
        (np.zeros((2, 1)), np.array([0.0, np.inf]), "1 rows of targets.*row 2"),
    ],
)
def test_data_that_nothing_can_be_learnt_from_is_refused(x: np.ndarray, y: np.ndarray, words: str) -> None:
    with pytest.raises(DataProblem, match=words):
        Data(x, y, "regression")


def test_given_arrays_are_copied_and_compared_by_their_numbers() -> None:
    x, y = np.arange(6.0).reshape(3, 2), np.array([0, 1, 0])
    given, again = Arrays(x, y, "classification"), Arrays(x.copy(), y, "classification")
    assert given == again and hash(given) == hash(again)
    assert given != Arrays(x, y, "regression") and given != Arrays(x + 1, y, "classification")
    x[0] = 99
    assert given == again and json.dumps(given.load().x.tolist()) == "[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]"

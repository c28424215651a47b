"""Data that stays in its files: the same training as from memory, without its memory, and sentences for what is wrong."""

from __future__ import annotations

import os
import resource
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netviz.cli import main
from netviz.datasets import Arrays, DataProblem, Mapped, MappedRows, Preprocessing, prepare
from netviz.datasets import files as data_files
from netviz.datasets.scale import Scale
from netviz.document.problems import problems
from netviz.document.projectfile import Project, open_project, save
from netviz.engine.activations import Relu, Sigmoid
from netviz.engine.experiment import Experiment
from netviz.engine.history import History
from netviz.engine.layers import Dense
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.keras import Input, Sequential, utils
from netviz.keras import layers as keras_layers

RNG = np.random.default_rng(3)
X = RNG.normal(2, 3, (500, 7)).astype(np.float32)
Y = (X[:, 0] > 2).astype(np.int64)


@pytest.fixture
def files(tmp_path: Path) -> Mapped:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    return Mapped(str(tmp_path / "x.npy"), str(tmp_path / "y.npy"))


def trained(experiment: Experiment) -> History:
    *_all, last = train(Run.of(experiment), experiment.samples())
    return last.history


# ------------------------------------------------------------------------------------------------------------ the same


@pytest.mark.parametrize("standardize", ["on", "off"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_from_a_file_is_training_from_memory(files: Mapped, standardize: str, dtype: str) -> None:
    layers = (Dense(5, Relu()), Dense(1, Sigmoid()))
    preprocessing = Preprocessing(standardize=standardize)  # type: ignore[arg-type]
    memory = Experiment(Arrays(X, Y, "classification"), layers, epochs=3, preprocessing=preprocessing, dtype=dtype)  # type: ignore[arg-type]
    one, other = trained(memory), trained(replace(memory, dataset=files))
    tight = 0 if standardize == "off" else 1e-5 if dtype == "float32" else 1e-12
    for column in one.epochs:
        np.testing.assert_allclose(other.epochs[column], one.epochs[column], rtol=tight, err_msg=column)


def test_rows_are_read_as_an_array_is(files: Mapped) -> None:
    x = np.load(files.x, mmap_mode="r")
    numbers = np.array([7, 3, 499, 3])
    rows = MappedRows(x, numbers, "float64", Scale(np.full(7, 2.0), np.full(7, 4.0)))
    expected = (X[numbers].astype(float) - 2) / 4
    assert rows.shape == (4, 7) and len(rows) == 4 and rows.dtype == np.float64
    np.testing.assert_array_equal(rows[1:3], expected[1:3])
    np.testing.assert_array_equal(np.asarray(rows), expected)
    out = np.empty((2, 7))
    assert rows.take(np.array([2, 0]), 0, out=out, mode="clip") is out
    np.testing.assert_array_equal(out, expected[[2, 0]])
    with pytest.raises(IndexError):
        rows.take(np.array([4]))
    with pytest.raises(ValueError, match="axis"):
        rows.take(numbers, 1)


def test_a_scale_fitted_block_by_block_is_the_scale_of_the_whole() -> None:
    values = RNG.normal(1e6, 1e-3, (1000, 3))
    values[:, 2] = 5.0
    blocks, whole = Scale.fit_blocks(np.array_split(values, 7)), Scale.fit(values)
    np.testing.assert_allclose(blocks.mean, whole.mean, rtol=1e-14)
    np.testing.assert_allclose(blocks.deviation, whole.deviation, rtol=1e-5)
    assert blocks.deviation[2] == 1


def test_images_of_bytes_are_trained_in_the_experiments_precision(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", RNG.integers(0, 256, (60, 4, 5, 3), dtype=np.uint8))
    np.save(tmp_path / "y.npy", RNG.normal(size=60))
    samples = prepare(Mapped(str(tmp_path / "x.npy"), str(tmp_path / "y.npy")), Preprocessing(), 0, "float32")
    assert samples.row_shape == (4, 5, 3) and samples.x[:2].dtype == np.float32
    assert samples.task == "regression" and samples.y.shape == (48, 1)


def test_the_last_rows_can_be_kept_for_validation(files: Mapped) -> None:
    samples = prepare(replace(files, validation_rows=20), Preprocessing(), 0, "float32")
    np.testing.assert_array_equal(samples.validation_x[:], X[-20:])
    with pytest.raises(DataProblem, match="All 500 rows"):
        replace(files, validation_rows=500).load()


# ---------------------------------------------------------------------------------------------------------- its memory


def test_training_from_a_file_takes_the_memory_of_a_block(tmp_path: Path) -> None:
    rows, features = 40_000, 200  # 32 MB
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float32, (rows, features))
    x[:: rows // 10] = 1
    del x
    np.save(tmp_path / "y.npy", np.arange(rows) % 2)
    experiment = Experiment(
        Mapped(str(tmp_path / "x.npy"), str(tmp_path / "y.npy")), (Dense(4, Relu()), Dense(1, Sigmoid())),
        preprocessing=Preprocessing(standardize="on", split="last"), epochs=1, batch_size=500,
    )  # fmt: skip
    trained(replace(experiment, epochs=1))  # what is imported and cached is not counted
    tracemalloc.start()
    try:
        trained(experiment)
        assert tracemalloc.get_traced_memory()[1] < 16e6
    finally:
        tracemalloc.stop()


def _resident() -> float:
    """MB of this process in memory now, pages of files included."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="Linux tells the memory in use")
@pytest.mark.timeout(900)
def test_two_gigabytes_are_trained_in_a_hundred_megabytes(tmp_path: Path) -> None:
    rows, features = 500_000, 1024  # float32: 2.05 GB, of which the disk holds next to nothing
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float32, (rows, features))
    x[:: rows // 100, ::7] = 1
    del x
    np.save(tmp_path / "y.npy", np.arange(rows) % 2)
    experiment = Experiment(
        Mapped(str(tmp_path / "x.npy"), str(tmp_path / "y.npy")), (Dense(4, Relu()), Dense(1, Sigmoid())),
        preprocessing=Preprocessing(standardize="on"), epochs=1, batch_size=256,
    )  # fmt: skip
    trained(replace(experiment, dataset=Arrays(X, Y, "classification")))  # what matrix products keep is not counted
    before, most = _resident(), 0.0
    samples = experiment.samples()
    moments = train(Run.of(experiment), samples, stride=lambda step: Stride.EPOCH if step % 20 else Stride.STEP)
    for _moment in moments:
        most = max(most, _resident() - before)
    print(f"{most:.0f} MB more than before")
    assert most < 100


# ------------------------------------------------------------------------------------------------------- what is wrong


def test_what_is_wrong_with_files_is_a_problem_with_a_sentence(files: Mapped, tmp_path: Path) -> None:
    whole = Path(files.x).read_bytes()
    np.save(tmp_path / "objects.npy", np.array([{}, 1], object), allow_pickle=True)
    np.save(tmp_path / "fortran.npy", np.asfortranarray(X))
    np.save(tmp_path / "text.npy", np.array(["a"]))
    np.save(tmp_path / "none.npy", np.zeros((0, 3)))
    np.save(tmp_path / "number.npy", np.array(3.0))
    np.savez(tmp_path / "two.npz", a=X, b=Y)
    (tmp_path / "short.npy").write_bytes(whole[:-1])
    (tmp_path / "junk.npy").write_bytes(b"\x80\x04junk")
    (tmp_path / "empty.npy").write_bytes(b"")
    (tmp_path / "folder.npy").mkdir()
    wrong = {
        "nowhere.npy": "There is no file", "objects.npy": "Python objects", "fortran.npy": "column by column",
        "text.npy": "real numbers", "none.npy": "rows", "number.npy": "rows", "two.npz": "several arrays",
        "short.npy": "cut off", "junk.npy": "not a .npy file", "empty.npy": "not a .npy file", "folder.npy": "folder",
        "zero\0.npy": "not a possible",
    }  # fmt: skip
    for name, words in wrong.items():
        found = problems(Experiment(replace(files, x=str(tmp_path / name))))
        assert len(found) == 1 and words in found[0].sentence and found[0].field == "dataset", (name, found)
        assert ".npy" in found[0].sentence or ".npz" in found[0].sentence
    assert "Name two" in problems(Experiment(Mapped()))[0].sentence


def test_targets_that_do_not_fit_are_a_problem(files: Mapped, tmp_path: Path) -> None:
    np.save(tmp_path / "few.npy", Y[:9])
    np.save(tmp_path / "nan.npy", np.where(Y, np.nan, 1.0))
    np.save(tmp_path / "half.npy", Y + 0.5)
    for name, task, words in (("few", "auto", "one target"), ("nan", "auto", "not finite"), ("half", "classification", "class number")):
        with pytest.raises(DataProblem, match=words):
            replace(files, y=str(tmp_path / f"{name}.npy"), task=task).load()


@pytest.mark.parametrize("beforehand", [True, False])
def test_a_row_that_is_not_finite_is_named_beforehand_or_stops_the_training_of_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beforehand: bool
) -> None:
    if not beforehand:
        monkeypatch.setattr("netviz.datasets.mapped._SOON_READ_BYTES", 0)
    x = X.copy()
    x[123, 2] = np.inf
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", Y)
    experiment = Experiment(Mapped(str(tmp_path / "x.npy"), str(tmp_path / "y.npy")), preprocessing=Preprocessing(0.0), epochs=1)
    assert [problem.field for problem in problems(experiment)] == ["dataset"] * beforehand
    with pytest.raises(DataProblem, match=r'Row 124 of "x.npy"'):
        trained(experiment)


def test_a_file_that_becomes_shorter_stops_the_training_and_not_the_program(files: Mapped) -> None:
    samples = prepare(files, Preprocessing(), 0, "float32")
    with open(files.x, "r+b") as file:
        file.truncate(200)
    with pytest.raises(DataProblem, match="became shorter"):
        samples.x[:1]


def test_a_file_that_was_written_anew_is_read_anew(files: Mapped) -> None:
    first = files.load().x[0, 0]
    np.save(files.x, X + 1)
    os.utime(files.x, ns=(1, 1))
    assert files.load().x[0, 0] == pytest.approx(first + 1)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=120), st.integers(0, 90), st.sampled_from(["npy", "npz"]))
def test_junk_gives_data_or_a_sentence(tmp_path: Path, junk: bytes, at: int, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    np.save(tmp_path / "y.npy", Y[:6])
    np.save(path, X[:6]) if kind == "npy" else np.savez(path, x=X[:6], y=Y[:6])
    whole = path.with_suffix(".npy" if kind == "npy" else ".npz").read_bytes()
    path.write_bytes(whole[:at] + junk + whole[at + len(junk) // 2 :])
    try:
        dataset = data_files.given([str(path), str(tmp_path / "y.npy")] if kind == "npy" else [str(path)])
        prepare(dataset, Preprocessing(), 0, "float32").x[:]
    except DataProblem as problem:
        assert 10 < len(str(problem)) < 400


# ------------------------------------------------------------------------------------------------------- the other faces


def test_a_project_keeps_the_names_of_its_files(files: Mapped, tmp_path: Path) -> None:
    save(str(tmp_path / "p.netviz"), Project(Experiment(files)))
    assert open_project(str(tmp_path / "p.netviz")).experiment.dataset == files
    assert (tmp_path / "p.netviz").stat().st_size < 8000
    Path(files.x).unlink()
    found = problems(open_project(str(tmp_path / "p.netviz")).experiment)
    assert "There is no file" in found[0].sentence


def test_the_command_line_trains_files_and_predicts_them(
    files: Mapped, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(tmp_path / "p.netviz")
    assert main(["train", "example:circle", "--data", files.x, files.y, "--epochs", "3", "--save", project]) == 0
    assert main(["predict", project, files.x, "--out", str(tmp_path / "p.npy")]) == 0
    assert np.load(tmp_path / "p.npy").shape == (500, 1)
    np.savez(tmp_path / "both.npz", x=X, y=X[:, :2])
    assert main(["train", "example:circle", "--data", str(tmp_path / "both.npz"), "--epochs", "1"]) == 0
    capsys.readouterr()
    for wrong in ([files.x], ["a.csv", "b.npy"], [files.x, "nowhere.npy"], ["nowhere.npz"]):
        assert main(["train", "example:circle", "--data", *wrong]) == 2
        assert capsys.readouterr().err.startswith("netviz: ")


def test_keras_fit_takes_a_memory_map_as_it_is(files: Mapped) -> None:
    def fitted(x: np.ndarray) -> tuple[Sequential, float]:
        utils.set_random_seed(4)
        model = Sequential([Input((7,)), keras_layers.Dense(4, "relu"), keras_layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy")
        history = model.fit(x, Y, epochs=2, validation_split=0.2, verbose=0)
        return model, history.history["val_loss"][-1]

    x = np.load(files.x, mmap_mode="r")
    (model, loss), (other, same) = fitted(x), fitted(X)
    assert loss == same
    assert model.run is not None and np.shares_memory(model.run.experiment.dataset.x, x)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(model.predict(x, verbose=0), other.predict(X, verbose=0))
    assert model.evaluate(x, Y, verbose=0) == other.evaluate(X, Y, verbose=0)

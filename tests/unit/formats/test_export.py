"""Weights are taken away with a proof, in files that NumPy and safetensors read by themselves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from netviz import formats
from netviz.arrays import Array
from netviz.datasets import Arrays
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Relu
from netviz.engine.layers import Dense, Dropout
from netviz.engine.parameters import Parameters
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.files import FileProblem
from netviz.formats import proof as proving
from netviz.formats.npz import Npz

DIGITS = EXAMPLES["digits"].experiment
IRIS = EXAMPLES["iris"].experiment


def _weights(experiment: object, epochs: int = 2) -> Parameters:
    *_, last = train(Run.of(experiment), experiment.samples(), epochs=epochs)  # type: ignore[arg-type,attr-defined]
    return last.frame().params


TRAINED = _weights(IRIS)


def of(experiment: object, params: Parameters, **provenance: object) -> formats.Trained:
    return formats.Trained(experiment, params, experiment.samples(), provenance)  # type: ignore[arg-type,attr-defined]


def by_itself(path: Path) -> tuple[Mapping[str, Array], dict]:
    """What the format's own library reads, without netviz."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return arrays, json.loads(str(arrays.pop("netviz.json")))
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        return load_file(path), json.loads(file.metadata()["netviz.json"])


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_formats_own_reader_finds_the_weights_bit_for_bit(tmp_path: Path, suffix: str, dtype: str) -> None:
    experiment = replace(DIGITS, dtype=dtype)
    params = _weights(experiment)
    path = tmp_path / f"w{suffix}"
    proof = formats.export(path, of(experiment, params, note=2))
    arrays, described = by_itself(path)
    assert set(arrays) == {"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"}
    for (layer, name), array in params.items():  # type: ignore[misc]
        found = arrays[f"{'dense' if layer == 1 else 'dense_1'}/{name}"]
        assert found.dtype == np.dtype(dtype) and found.shape == array.shape and found.tobytes() == array.tobytes()
    assert described["experiment"]["layers"][1]["units"] == 64 and described["provenance"]["note"] == 2
    assert (proof.arrays, proof.rows, proof.difference, proof.bytes) == (4, 256, 0.0, path.stat().st_size)
    assert "4 arrays read back bit for bit" in proof.sentence and "all equal" in proof.sentence


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_a_stranger_can_predict_from_the_file_alone(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"w{suffix}"
    formats.export(path, of(IRIS, TRAINED))
    arrays, described = by_itself(path)
    x = IRIS.dataset.load().x[:20]
    scale = described["feature_scale"]
    a = np.tanh((x - scale["mean"]) / scale["deviation"] @ arrays["dense/kernel"] + arrays["dense/bias"])
    z = a @ arrays["dense_1/kernel"] + arrays["dense_1/bias"]
    p = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    samples = IRIS.samples()
    np.testing.assert_allclose(p, IRIS.network(samples).predict(TRAINED, samples.scaled(x)), rtol=1e-5)
    assert described["classes"] == ["setosa", "versicolor", "virginica"] and len(described["features"]) == 4


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_what_was_exported_is_read_again_whatever_it_is_called(tmp_path: Path, suffix: str) -> None:
    formats.export(tmp_path / f"w{suffix}", of(IRIS, TRAINED))
    other = (tmp_path / f"w{suffix}").rename(tmp_path / "weights.bin")
    found = formats.read_weights(other)
    assert found.arrays["dense/kernel"].tobytes() == TRAINED[0]["kernel"].tobytes()
    assert json.loads(found.description)["layers"] == ["dense", "dense_1"]


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_equal_weights_give_equal_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        formats.export(tmp_path / f"{name}{suffix}", of(IRIS, TRAINED))
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_layers_with_names_given_by_hand_stay_apart(tmp_path: Path) -> None:
    layers = (Dense(3, name="dense_1"), Dense(3, Relu()), Dropout(0.1), Dense(3, name="ü/🙂"), *IRIS.layers)
    experiment = replace(IRIS, layers=layers)
    for suffix in (".npz", ".safetensors"):
        assert formats.export(tmp_path / f"w{suffix}", of(experiment, _weights(experiment))).arrays == 10
        assert "ü/🙂/kernel" in formats.read_weights(tmp_path / f"w{suffix}").arrays


def test_data_that_was_handed_over_is_not_in_the_export(tmp_path: Path) -> None:
    data = IRIS.dataset.load()
    experiment = replace(IRIS, dataset=Arrays(data.x, data.y, "classification"))
    proof = formats.export(tmp_path / "w.npz", of(experiment, _weights(experiment)))
    assert proof.bytes < 20_000


def test_an_unknown_ending_gets_the_known_ones(tmp_path: Path) -> None:
    for name in ("w.foo", "w", "npz"):
        with pytest.raises(FileProblem, match=r"must be one of \.npz, \.safetensors"):
            formats.export(tmp_path / name, of(IRIS, TRAINED))
    assert isinstance(formats.for_export("W.NPZ"), Npz)


def test_weights_of_another_network_are_not_exported(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="not those of this network"):
        formats.export(tmp_path / "w.npz", of(DIGITS, TRAINED))
    with pytest.raises(FileProblem, match="no layers"):
        formats.export(tmp_path / "w.npz", of(replace(IRIS, layers=()), TRAINED))
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------------------------------------------ proofs that fail


def _wrong_number(self: Npz, trained: formats.Trained, name: str) -> dict[str, bytes]:
    arrays = {name: array.copy() for name, array in trained.arrays.items()}
    arrays["dense/kernel"].ravel()[0] = np.nextafter(arrays["dense/kernel"].ravel()[0], np.float32(9))
    return write(self, replace_arrays(trained, arrays), name)


def replace_arrays(trained: formats.Trained, arrays: Mapping[str, Array]) -> formats.Trained:
    other = formats.Trained(trained.experiment, trained.params, trained.samples)
    other.__dict__["arrays"] = arrays
    return other


write = Npz.write

FAILURES = {
    "a number one bit off": _wrong_number,
    "an array missing": lambda self, t, n: write(self, replace_arrays(t, {k: t.arrays[k] for k in list(t.arrays)[1:]}), n),
    "an array too many": lambda self, t, n: write(self, replace_arrays(t, {**t.arrays, "x": np.zeros(3)}), n),
    "transposed": lambda self, t, n: write(self, replace_arrays(t, {k: a.T for k, a in t.arrays.items()}), n),
    "another precision": lambda self, t, n: write(
        self, replace_arrays(t, {k: a.astype("f8") for k, a in t.arrays.items()}), n
    ),
    "cut": lambda self, t, n: {n: write(self, t, n)[n][:-30]},
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_file_that_fails_its_proof_leaves_the_older_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "w.npz").write_bytes(b"older")
    monkeypatch.setattr(Npz, "write", FAILURES[name])
    with pytest.raises(FileProblem):
        formats.export(tmp_path / "w.npz", of(IRIS, TRAINED), replace=True)
    assert (tmp_path / "w.npz").read_bytes() == b"older" and len(list(tmp_path.iterdir())) == 1


def test_predictions_that_differ_fail_the_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Npz, "predict", lambda self, trained, path, rows: formats.Outcome(np.full((len(rows.x), 3), np.nan), "a test"))
    with pytest.raises(FileProblem, match="predictions from it differ"):
        formats.export(tmp_path / "w.npz", of(IRIS, TRAINED))
    assert not list(tmp_path.iterdir())


def test_a_disk_that_reads_back_other_bytes_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "read_limited", lambda path, limit: b"other")
    with pytest.raises(FileProblem, match="reads back otherwise"):
        formats.export(tmp_path / "w.npz", of(IRIS, TRAINED))
    assert not list(tmp_path.iterdir())


def test_weights_that_are_not_finite_are_exported_as_they_are(tmp_path: Path) -> None:
    odd = TRAINED.like(np.where(np.arange(len(TRAINED)) % 5, TRAINED.vector, np.float32(np.nan)))
    for suffix in (".npz", ".safetensors"):
        formats.export(tmp_path / f"w{suffix}", of(IRIS, odd))
        assert np.isnan(formats.read_weights(tmp_path / f"w{suffix}").arrays["dense/kernel"].ravel()[0])


def test_tables_come_back_with_the_network_that_they_are_of(tmp_path: Path) -> None:
    run = Run.of(EXAMPLES["diabetes"].experiment)
    *_, last = train(run, run.experiment.samples(), epochs=1)
    made = formats.Trained.of(run, last.frame())
    assert "m.netviz.json" in formats.export(tmp_path / "m.csv", made).files
    found = formats.read_network(tmp_path / "m.csv")
    assert found.layers == made.experiment.layers and found.origin["data"] == made.origin["data"]
    assert found.feature_scale is not None and found.target_scale is not None
    for name, array in made.arrays.items():
        assert found.arrays[name].tobytes() == array.tobytes()
    (tmp_path / "m.dense.bias.csv").write_text("0,0,0,0,0,0,0,0\n")
    with pytest.raises(FileProblem, match=r"m\.dense\.bias\.csv.* is not the table that was written with it"):
        formats.read_network(tmp_path / "m.csv")


def test_a_list_names_files_beside_it_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.csv").write_text("1\n")
    (tmp_path / "inside" / "link.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "inside" / "short.csv").write_text("1,2\n")
    digest = hashlib.sha256(b"1,2\n").hexdigest()
    for file, why in (
        ("../secret.csv", "no file beside it"), (str(tmp_path / "secret.csv"), "no file beside it"), ("link.csv", "no file beside it"),
        ("none.csv", "cannot be read"), ("short.csv", "does not hold the numbers"),
    ):  # fmt: skip
        (tmp_path / "inside" / "m.csv").write_text(f"array,file,dtype,shape,sha256\nk,{file},float32,999999999x999999999,{digest}\n")
        with pytest.raises(FileProblem, match=why):
            formats.read_weights(tmp_path / "inside" / "m.csv")

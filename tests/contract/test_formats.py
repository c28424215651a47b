"""Every layer goes into every format that takes it and comes back; a format that refuses says which layer and why."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

from netviz import formats
from netviz.datasets import Arrays, Preprocessing
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Flatten, Layer, Residual
from netviz.engine.losses import MeanSquaredError
from netviz.engine.parameters import Parameters
from netviz.files import FileProblem
from netviz.formats import Trained, consumer
from netviz.formats.format import Format
from netviz.formats.keras_script.file import followed
from netviz.formats.keras_script.network import imported
from netviz.formats.programs import c_header

EVERY: dict[str, Format] = {name: formats.formats[name]() for name in formats.formats}
# Those that write the layers themselves; files of arrays alone do not know them.
FORMATS = {name: form for name, form in EVERY.items() if form.in_units}
SUFFIX = {name: form.suffixes[0] for name, form in FORMATS.items()}


def on_top(layer: Layer, shape: tuple[int, ...]) -> tuple[Layer, ...]:
    """The layer with an output above it."""
    return (layer, Dense(2)) if len(layer.output_shape(shape)) == 1 else (layer, Flatten(), Dense(2))


def trained(layer_case: Any, seed: int = 0) -> Trained:
    """A network of the layer and an output, with weights that are drawn; moving variances are above 0."""
    rng = np.random.default_rng(seed)
    x = np.concatenate([layer_case.rows(rng, 6), layer_case.rows(rng, 3)])
    experiment = Experiment(
        Arrays(x, rng.normal(size=(9, 2)), validation_rows=3), on_top(layer_case.layer, layer_case.shape), MeanSquaredError(),
        metrics=(), preprocessing=Preprocessing(standardize="off"),
    )  # fmt: skip
    network = experiment.network(experiment.samples())
    vector = network.initial(0, "float32").vector
    vector += np.abs(rng.normal(0, 0.1, vector.shape)).astype(np.float32)
    return Trained(experiment, Parameters(vector, network.windows), experiment.samples())


def here(program: str, x: np.ndarray, folder: Path, *_more: object, **_others: object) -> tuple[np.ndarray, str]:
    """What a program in a process of its own would make of rows, without that process."""
    given, made = folder / "given.npy", folder / "made.npy"
    np.save(given, x)
    said = io.StringIO()
    with mock.patch.object(sys, "argv", ["-c", str(given), str(made)]), contextlib.redirect_stdout(said):
        exec(program, {"__name__": "__main__"})
    return np.load(made), said.getvalue().strip()


@pytest.mark.parametrize("name", FORMATS)
def test_a_network_with_the_layer_is_written_and_proved(
    layer_case: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "installed", lambda package: package == "onnx")  # no peers: those are for the interop tests
    monkeypatch.setattr(consumer, "predicted", here)  # a process for each would take minutes
    monkeypatch.setattr(c_header, "FLAGS", tuple(flag for flag in c_header.FLAGS if flag != "-O2"))
    network, form = trained(layer_case), FORMATS[name]
    if why := form.refusal(network):
        assert "layer" in why or "units" in why
        with pytest.raises(FileProblem, match="was not written"):
            formats.export(tmp_path / f"net{SUFFIX[name]}", network)
        return
    proof = formats.export(tmp_path / f"net{SUFFIX[name]}", network)
    if not proof.by:
        pytest.skip(proof.sentence)  # no C compiler
    assert proof.rows == 3 and proof.difference <= form.tolerance * (1 if name == "numpy_program" else 10)
    assert str(formats.describe(tmp_path / f"net{SUFFIX[name]}", network)).count("net")


def unnamed(layer: Layer) -> Layer:
    """Without the names of layers inside it, which a script has to give and netviz need not."""
    inside = {"layers": tuple(map(unnamed, layer.layers))} if isinstance(layer, Residual) else {}
    return replace(layer, name="", **inside)


def test_a_keras_script_is_read_again_as_the_network_that_it_was_written_of(layer_case: Any) -> None:
    network, form = trained(layer_case), EVERY["keras_source"]
    if form.refusal(network):
        return
    written = form.write(network, "net_keras.py")["net_keras.py"]
    found = imported(followed(written, "net_keras.py"), "net_keras.py")
    assert tuple(map(unnamed, found.layers)) == tuple(map(unnamed, network.experiment.layers))
    assert {part.what for part in found.left_out} <= {"model.load_weights"}
    assert (found.settings["loss"], found.settings["optimizer"]) == (network.experiment.loss, network.experiment.optimizer)

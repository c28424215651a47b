"""What a child has read comes out of it whole, whatever it is, and what makes no sense becomes a sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netviz import formats
from netviz.document.examples import EXAMPLES
from netviz.engine.run import Run
from netviz.engine.surgery import Freeze
from netviz.engine.train import train
from netviz.files import FileProblem
from netviz.formats import Imported, Weights, carried, consumer
from netviz.formats.apart import Child


@pytest.fixture(autouse=True)
def own_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "installed", lambda package: False)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("carried")
    experiment = replace(EXAMPLES["iris"].experiment, surgery=(Freeze(0),))
    run = Run.of(experiment)
    *_, last = train(run, experiment.samples(), epochs=2)
    made = formats.Trained.of(run, last.frame())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consumer, "installed", lambda package: False)
        for name in ("net.keras", "net.weights.h5", "net.safetensors", "net.npz", "net.json"):
            formats.export(folder / name, made)
    return folder


def read(path: Path, weights: bool = False) -> Imported | Weights:
    with Child(patience_s=60.0) as child:
        carried.begin(child, path, weights)
        while (answer := child.poll()) is None:
            pass
    return carried.found(answer, path.name)


def test_a_network_comes_out_as_it_is_read_here(files: Path) -> None:
    there, here = read(files / "net.keras"), formats.read_network(files / "net.keras")
    assert isinstance(there, Imported)
    assert there.layers == here.layers and there.settings == dict(here.settings) and there.left_out == here.left_out
    assert there.input_shape == here.input_shape and there.updates == here.updates and there.origin == dict(here.origin)
    assert there.feature_scale is not None and here.feature_scale is not None
    np.testing.assert_array_equal(there.feature_scale.deviation, here.feature_scale.deviation)
    for mine, other in ((there.arrays, here.arrays), *((there.slots[slot], here.slots[slot]) for slot in here.slots)):
        assert mine.keys() == other.keys() and all(mine[name].tobytes() == other[name].tobytes() for name in mine)


@pytest.mark.parametrize("name", ["net.weights.h5", "net.safetensors", "net.npz", "net.json"])
def test_weights_alone_come_out_as_weights(files: Path, name: str) -> None:
    there, here = read(files / name), formats.read_weights(files / name)
    assert isinstance(there, Weights) and there.description == here.description
    assert {key: array.tobytes() for key, array in there.arrays.items()} == {k: a.tobytes() for k, a in here.arrays.items()}


def test_the_weights_of_a_file_with_a_network_can_be_had_alone(files: Path) -> None:
    found = read(files / "net.keras", weights=True)
    assert isinstance(found, Weights) and found.arrays.keys() == formats.read_network(files / "net.keras").arrays.keys()


def test_a_missing_file_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with Child() as child, pytest.raises(FileProblem, match='no file "no.keras"'):
        carried.begin(child, tmp_path / "no.keras")


@pytest.mark.parametrize("name", ["a\tb\n.npz", "ü 測.npz", "x.npz"])
def test_damage_is_told_with_the_files_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\3\4 not quite")
    with pytest.raises(FileProblem, match=r'".*\.npz" is not a complete') as found:
        read(tmp_path / name)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    "text", ["{}", "[]", "3", '{"layers": 3}', '{"layers": [{"type": "no such"}], "input_shape": null, "settings": {}}', "{"]
)
def test_an_answer_that_makes_no_sense_is_a_sentence(text: str) -> None:
    with pytest.raises(FileProblem) as found:
        carried.found(({}, {"network.json": text}), '"x.keras"')
    assert "x.keras" in str(found.value) and "\n" not in str(found.value)

"""Keras' files are written and read without Keras; damage, links and bombs end in a sentence, in a process of their own."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from netviz import formats, keras
from netviz.document.examples import EXAMPLES
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Activation, BatchNormalization, Dense, Residual
from netviz.engine.run import Run
from netviz.engine.surgery import Alter, Freeze
from netviz.engine.train import train
from netviz.files import FileProblem
from netviz.formats import apart, consumer
from netviz.formats.keras.variables import snake_case


@pytest.fixture(autouse=True)
def own_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "installed", lambda package: False)


def trained(experiment: Experiment, epochs: int = 2) -> formats.Trained:
    run = Run.of(experiment)
    *_, last = train(run, experiment.samples(), epochs=epochs)
    return formats.Trained.of(run, last.frame())


DIABETES = trained(EXAMPLES["diabetes"].experiment)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("keras") / "net.keras"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consumer, "installed", lambda package: False)
        formats.export(path, DIABETES)
    yield path


def test_what_was_trained_comes_back_whole(file: Path) -> None:
    found, experiment = formats.read_network(file), DIABETES.experiment
    assert found.layers == experiment.layers and found.updates == DIABETES.updates and not found.left_out
    for name in ("loss", "optimizer", "schedule", "metrics"):
        assert found.settings[name] == getattr(experiment, name)
    assert found.feature_scale is not None and found.target_scale is not None
    np.testing.assert_allclose(found.feature_scale.mean, DIABETES.samples.feature_scale.mean)  # type: ignore[union-attr]
    for slot, arrays in found.slots.items():
        for name, array in DIABETES.named(DIABETES.slots[slot]).items():
            np.testing.assert_array_equal(arrays[name], array)
    units = DIABETES.held_out.units
    own = DIABETES.samples.in_units(DIABETES.network.predict(DIABETES.params, DIABETES.held_out.x))
    np.testing.assert_allclose(found.predictions(units, "float32"), own, rtol=1e-6)


def test_a_file_of_weights_brings_its_layers_scales_provenance_and_the_optimizers_memory_back(tmp_path: Path) -> None:
    path = tmp_path / "net.weights.h5"
    formats.export(path, DIABETES)
    assert "provenance" in formats.describe(path, DIABETES).along
    found = formats.read_network(path)
    assert found.layers == DIABETES.experiment.layers and found.updates == DIABETES.updates and not found.left_out
    assert found.origin["data"] == DIABETES.origin["data"] and found.origin["history"] == DIABETES.origin["history"]
    assert set(found.slots) == set(DIABETES.slots)
    own = DIABETES.samples.in_units(DIABETES.network.predict(DIABETES.params, DIABETES.held_out.x))
    np.testing.assert_allclose(found.predictions(DIABETES.held_out.units, "float32"), own, rtol=1e-6)


def test_equal_models_give_equal_bytes(file: Path) -> None:
    form = formats.formats["keras"]()
    assert form.write(DIABETES, "net.keras")["net.keras"] == file.read_bytes()


def test_the_preview_says_what_goes_along_and_what_stays(tmp_path: Path) -> None:
    experiment = EXAMPLES["mazur"].experiment
    text = str(formats.describe(tmp_path / "m.keras", formats.Trained(experiment, experiment.network(experiment.samples()).initial(0, "float64"), experiment.samples())))
    assert "2 layers with their weights" in text and "single weights that are held still" in text


def test_altered_units_are_refused_and_layers_held_still_stay_still(tmp_path: Path) -> None:
    experiment = replace(EXAMPLES["iris"].experiment, surgery=(Alter(0, 1),))
    with pytest.raises(FileProblem, match="altered by hand"):
        formats.export(tmp_path / "a.keras", trained(experiment))
    still = replace(EXAMPLES["iris"].experiment, surgery=(Freeze(0),))
    formats.export(tmp_path / "b.keras", trained(still))
    assert formats.read_network(tmp_path / "b.keras").settings["surgery"] == (Freeze(0),)


def test_a_block_comes_back_as_a_block_within_a_block(tmp_path: Path) -> None:
    inner = Residual((Residual((Dense(4),)), BatchNormalization(), Residual((Dense(4, name="own"),))))
    experiment = replace(EXAMPLES["iris"].experiment, layers=(Dense(4), inner, *EXAMPLES["iris"].experiment.layers[1:]))
    formats.export(tmp_path / "r.keras", trained(experiment))
    found = formats.read_network(tmp_path / "r.keras")
    assert [type(layer) for layer in found.layers] == [type(layer) for layer in experiment.layers]
    assert [type(part) for part in found.layers[1].layers] == [Residual, BatchNormalization, Residual]  # type: ignore[attr-defined]


def test_the_face_saves_and_loads_every_suffix_and_goes_on_training(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 4))
    y = (x[:, 0] > 0).astype(int)

    def model() -> Any:
        layers = [keras.Input((4,)), keras.layers.Dense(5, "relu"), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
        return keras.Sequential(layers)

    first = model()
    first.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), ["accuracy"])
    first.fit(x, y, verbose=0, epochs=2)
    first.save(tmp_path / "m.keras")
    logits = first.predict(x, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(second.predict(x, verbose=0), logits)
    for suffix in (".weights.h5", ".npz", ".safetensors", ".keras"):
        path = tmp_path / f"w{suffix}"
        (first.save if suffix == ".keras" else first.save_weights)(path)
        third = model()
        third.load_weights(path)
        np.testing.assert_array_equal(third.predict(x, verbose=0), logits)
    assert first.fit(x, y, verbose=0, epochs=2, shuffle=False).history["loss"] == second.fit(x, y, verbose=0, epochs=2, shuffle=False).history["loss"]


@pytest.mark.parametrize(("name", "snake"), [
    ("Dense", "dense"), ("MaxPooling2D", "max_pooling2d"), ("LSTM", "lstm"), ("GlobalAveragePooling1D", "global_average_pooling1d"),
    ("SimpleRNN", "simple_rnn"), ("PReLU", "p_re_lu"), ("MultiHeadAttention", "multi_head_attention"),
])  # fmt: skip
def test_groups_are_named_by_keras_rule(name: str, snake: str) -> None:
    assert snake_case(name) == snake


# ----------------------------------------------------------------------------------------------------- foreign settings


def changed(file: Path, target: Path, change: Any) -> Path:
    """A copy with another configuration."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json":
                config = json.loads(data)
                change(config)
                data = json.dumps(config).encode()
            new.writestr(name, data)
    return target


def test_settings_that_netviz_has_not_are_listed(file: Path, tmp_path: Path) -> None:
    def change(config: Any) -> None:
        config["config"]["layers"][2]["config"]["kernel_constraint"] = {"class_name": "MaxNorm", "config": {"max_value": 2}}
        config["compile_config"]["loss"] = {"class_name": "Tversky", "config": {}}
        config["compile_config"]["metrics"] = ["mae", "no_such_metric"]

    found = formats.read_network(changed(file, tmp_path / "c.keras", change))
    text = "\n".join(map(str, found.left_out))
    assert "kernel_constraint" in text and "Tversky" in text and "no_such_metric" in text
    assert "loss" not in found.settings and [m.name for m in found.settings["metrics"]] == ["mean_absolute_error"]


def test_layers_that_netviz_has_not_are_named(file: Path, tmp_path: Path) -> None:
    def change(config: Any) -> None:
        config["config"]["layers"][2]["class_name"] = "Lambda"

    with pytest.raises(FileProblem, match=r'layers that netviz cannot read: "dense" \(Lambda\)'):
        formats.read_network(changed(file, tmp_path / "c.keras", change))


def test_logits_get_the_activation_that_their_loss_stands_for(file: Path, tmp_path: Path) -> None:
    def change(config: Any) -> None:
        config["compile_config"]["loss"] = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}

    found = formats.read_network(changed(file, tmp_path / "c.keras", change))
    assert isinstance(found.layers[-1], Activation) and found.from_logits and "from_logits" in str(found.left_out[-1])


# ------------------------------------------------------------------------------------------------------- hostile files


def hdf5(make: Any) -> bytes:
    memory = io.BytesIO()
    with h5py.File(memory, "w") as opened:
        make(opened)
    return memory.getvalue()


def archive(weights: bytes, config: bytes = b"{}") -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as made:
        made.writestr("config.json", config)
        made.writestr("model.weights.h5", weights)
    return memory.getvalue()


def deep(opened: Any) -> None:
    group = opened
    for _n in range(60):
        group = group.create_group("g")


def circle(opened: Any) -> None:
    group = opened.create_group("a")
    group["b"] = opened["a"]


STRANGE = {
    "external link": (lambda f: f.__setitem__("w", h5py.ExternalLink("other.h5", "/w")), "links are not followed"),
    "soft link": (lambda f: f.__setitem__("w", h5py.SoftLink("/other")), "links are not followed"),
    "external numbers": (
        lambda f: f.create_dataset("w", (4,), "f4", external=[("/etc/hostname", 0, 16)]), "lie in another file",
    ),
    "a bomb": (lambda f: f.create_dataset("w", (10**6, 10**6), "f4", chunks=(1000, 1000), compression="gzip"), "far more than"),
    "depth": (deep, "nested deeper"),
    "a circle": (circle, "two places"),
    "many objects": (lambda f: [f.create_group(str(n)) for n in range(21_000)], "more objects than any model"),
}  # fmt: skip


@pytest.mark.parametrize("kind", STRANGE)
def test_what_no_model_holds_is_refused_with_a_sentence(kind: str, tmp_path: Path) -> None:
    make, sentence = STRANGE[kind]
    path = tmp_path / "x.weights.h5"
    path.write_bytes(hdf5(make))
    with pytest.raises(FileProblem, match=sentence):
        formats.read_weights(path)


def test_a_file_that_makes_the_library_loop_is_given_up_and_the_next_one_is_read() -> None:
    endless = (Path(__file__).parent / "endless.h5").read_bytes()
    plain = hdf5(lambda f: f.create_dataset("w", data=np.arange(8.0)))
    with apart.one_child(patience_s=2.0) as child:
        with pytest.raises(FileProblem, match=r'"endless.h5" (was not read to its end within 2 s|cannot be read)'):
            child.read("netviz.formats.hdf5:contents", endless, '"endless.h5"')
        assert "w" in child.read("netviz.formats.hdf5:contents", plain, '"plain.h5"')[0]


def test_reading_can_be_cancelled_while_the_library_hangs() -> None:
    endless = (Path(__file__).parent / "endless.h5").read_bytes()
    with pytest.raises(FileProblem, match="cancelled"):
        apart.read_apart("netviz.formats.hdf5:contents", endless, '"endless.h5"', cancelled=lambda: True)


def test_damage_ends_in_a_sentence_and_nothing_else(file: Path, tmp_path: Path) -> None:
    data, rng = file.read_bytes(), np.random.default_rng(0)
    cuts = [data[: len(data) * part // 100] for part in range(100)]
    flips = []
    for _n in range(150):
        flipped = bytearray(data)
        for at in rng.integers(0, len(data), rng.integers(1, 9)):
            flipped[at] ^= 1 << int(rng.integers(8))
        flips.append(bytes(flipped))
    with apart.one_child(patience_s=5.0):
        for number, damaged in enumerate([*cuts, *flips]):
            path = tmp_path / f"{number}.keras"
            path.write_bytes(damaged)
            try:
                formats.read_network(path)
            except FileProblem as problem:
                assert str(problem) and "\n" not in str(problem)

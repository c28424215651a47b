"""PyTorch source and its weights: the names and layouts are PyTorch's, and netviz reads them again bit for bit."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from netviz import formats
from netviz.cli import main
from netviz.datasets import Arrays
from netviz.document import tensors
from netviz.document.examples import EXAMPLES
from netviz.document.projectfile import Project, save
from netviz.engine.activations import Relu
from netviz.engine.experiment import Experiment
from netviz.engine.layers import (
    GRU,
    LSTM,
    BatchNormalization,
    Bidirectional,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    MultiHeadAttention,
    Residual,
)
from netviz.engine.losses import MeanSquaredError
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.files import FileProblem
from netviz.formats import consumer
from netviz.formats.programs import torch_layout
from netviz.formats.trained import Trained


@pytest.fixture(autouse=True)
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch itself is met in the interop tests."""
    monkeypatch.setattr(consumer, "installed", lambda _package: False)


def trained(name: str, epochs: int = 1, **changes: Any) -> Trained:
    experiment = replace(EXAMPLES[name].experiment, **changes)
    run = Run.of(experiment)
    *_, last = train(run, experiment.samples(), epochs=epochs)
    return Trained.of(run, last.frame())


def of_layers(shape: tuple[int, ...], *layers: Any) -> Trained:
    rng = np.random.default_rng(0)
    experiment = Experiment(Arrays(rng.normal(size=(9, *shape)), rng.normal(size=(9, 2)), validation_rows=3), layers, MeanSquaredError(), metrics=())
    samples = experiment.samples()
    return Trained(experiment, experiment.network(samples).initial(0, "float32"), samples)


def test_source_and_weights_are_written_together_and_what_proved_them_is_said(tmp_path: Path) -> None:
    proof = formats.export(tmp_path / "net_torch.py", trained("digits-conv"))
    assert proof.files == ("net_torch.py", "net_torch.safetensors")
    assert "6 arrays read back bit for bit" in proof.sentence and "PyTorch, which would run the source, is not here" in proof.sentence
    source = (tmp_path / "net_torch.py").read_text("utf-8")
    assert "self.conv2d = nn.Conv2d(1, 16, 3, padding=1)" in source and "torch.optim.Adam(model.parameters(), lr=0.003" in source


@pytest.mark.parametrize("name", ["net_torch.safetensors", "net.torch.safetensors"])
def test_weights_alone_are_a_state_dict_with_pytorchs_names_and_shapes(tmp_path: Path, name: str) -> None:
    layers = (Conv2D(4, (2, 3), activation=Relu()), DepthwiseConv2D(2, depth_multiplier=2), BatchNormalization(center=False), Flatten(), Dense(2))
    network = of_layers((5, 6, 3), *layers)
    proof = formats.export(tmp_path / name, network)
    assert proof.difference == 0 and proof.arrays == 9
    found = {key: array.shape for key, array in load_file(tmp_path / name).items()}
    assert found == {
        "conv2d.weight": (4, 3, 2, 3), "conv2d.bias": (4,), "depthwise_conv2d.weight": (8, 1, 2, 2), "depthwise_conv2d.bias": (8,),
        "batch_normalization.weight": (8,), "batch_normalization.bias": (8,), "batch_normalization.running_mean": (8,),
        "batch_normalization.running_var": (8,), "dense.weight": (2, 72), "dense.bias": (2,),
    }  # fmt: skip


@pytest.mark.parametrize(
    "layers",
    [
        (LSTM(3),), (GRU(3),), (GRU(3, reset_after=False),), (GRU(3, use_bias=False),), (Bidirectional(GRU(2)),),
        (Bidirectional(LSTM(2), "ave"),), (MultiHeadAttention(2, 3, 4), Flatten()), (Residual((Dense(3), Residual((Dense(3),)))), LSTM(2)),
    ],
)  # fmt: skip
def test_arrays_come_back_bit_for_bit_under_netviz_names(tmp_path: Path, layers: tuple[Any, ...]) -> None:
    network = of_layers((4, 3), *layers, Dense(2))
    formats.export(tmp_path / "net_torch.py", network)
    found = formats.read_weights(tmp_path / "net_torch.safetensors")
    assert found.arrays.keys() == network.arrays.keys() and json.loads(found.description)["layers"] == list(network.names)
    for key, array in network.arrays.items():
        assert found.arrays[key].tobytes() == array.tobytes() and found.arrays[key].shape == array.shape
    renamed = (tmp_path / "net_torch.safetensors").rename(tmp_path / "weights")
    assert formats.read_weights(renamed).arrays.keys() == network.arrays.keys()


def test_the_gates_of_a_gru_stand_in_pytorchs_order() -> None:
    network = of_layers((4, 3), GRU(2), Dense(2))
    (placed,) = (p for p in formats.torch_source.modelled(network).layout if p.array == "gru/kernel")
    made = torch_layout.laid_out(placed, network.arrays["gru/kernel"])["gru.weight_ih_l0"]
    update, reset, candidate = np.split(network.arrays["gru/kernel"], 3, 1)
    assert (made == np.concatenate([reset, update, candidate], 1).T).all()


def test_a_model_takes_the_weights_of_such_a_file(tmp_path: Path) -> None:
    from netviz.keras.layers import Dense as KerasDense
    from netviz.keras.models import Sequential

    model = Sequential([KerasDense(3, input_dim=2, activation="tanh"), KerasDense(1)])
    x = np.random.default_rng(0).normal(size=(5, 2))
    before = model.predict(x, verbose=0)
    model.save(tmp_path / "net_torch.py")
    other = Sequential([KerasDense(3, input_dim=2, activation="tanh"), KerasDense(1)])
    other.load_weights(tmp_path / "net_torch.safetensors")
    assert other.predict(x, verbose=0).tobytes() == before.tobytes()


def test_a_word_on_the_command_line_says_for_whom_an_ending_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    network = trained("iris")
    last = next(iter(train(Run.of(network.experiment), network.samples))).frame()
    save("p.netviz", Project(network.experiment, Run.of(network.experiment), replace(last, params=network.params)))
    assert main(["export", "p.netviz", "model.py", "w.safetensors", "--as", "pytorch", "--preview"]) == 0
    assert "model.safetensors" in capsys.readouterr().out
    assert main(["export", "p.netviz", "model.py", "w.safetensors", "--as", "pytorch"]) == 0
    assert "class Model(nn.Module)" in Path("model.py").read_text("utf-8") and "dense.weight" in load_file("w.safetensors")
    assert main(["export", "p.netviz", "model.py"]) == 2
    assert "there already" in capsys.readouterr().err
    assert main(["export", "p.netviz", "model.py", "--force"]) == 0
    assert "class Model" not in Path("model.py").read_text("utf-8")
    assert main(["export", "p.netviz", "model.npz", "--as", "pytorch"]) == 2
    assert '"model.npz" cannot be exported as pytorch: its ending must be one of .safetensors, .py' in capsys.readouterr().err


def test_a_source_that_pytorch_cannot_run_is_not_left_behind_but_a_broken_pytorch_is_only_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "installed", lambda _package: True)
    monkeypatch.setattr(consumer, "predicted", lambda *_args, **_more: None)
    for form, file in (("PyTorch", "net_torch.py"), ("Keras", "net_keras.py")):
        monkeypatch.setattr(consumer, "starts", lambda _program: True)
        with pytest.raises(FileProblem, match=f"{form} here cannot run it"):
            formats.export(tmp_path / file, trained("iris"))
        assert not list(tmp_path.iterdir())
        monkeypatch.setattr(consumer, "starts", lambda _program: False)
        assert "does not start" in formats.export(tmp_path / file, trained("iris")).by
        for path in tmp_path.iterdir():
            path.unlink()
    assert consumer.starts


@pytest.mark.parametrize("name", ["net_torch.py", "net_keras.py", "net.py", "net.h"])
def test_a_program_is_opened_by_the_weights_of_it_and_never_run(tmp_path: Path, name: str) -> None:
    made = trained("diabetes")
    formats.export(tmp_path / name, made)
    program = (tmp_path / name).read_text("utf-8")
    (tmp_path / name).write_text(f"{program}\nopen({str(tmp_path / 'ran')!r}, 'w')\n", "utf-8")
    found = formats.read_network(tmp_path / name)
    assert not (tmp_path / "ran").exists()
    own = made.samples.in_units(made.network.predict(made.params, made.held_out.x))
    np.testing.assert_allclose(found.predictions(made.held_out.units, "float32"), own, rtol=1e-6)
    back = formats.trained_of(found)
    assert back.samples.feature_scale is not None and back.samples.target_scale is not None
    assert back.origin["data"] == made.origin["data"]
    assert (found.updates == made.updates) == (name == "net_keras.py")
    assert any(part.what == "the program" for part in found.left_out) == (name != "net_keras.py")
    assert back.origin["history"] == made.origin["history"]


@pytest.mark.parametrize("name", ["net_torch.py", "net_keras.py"])
def test_a_program_takes_no_weights_of_another_export_or_from_elsewhere(tmp_path: Path, name: str) -> None:
    for folder, network in (("one", "iris"), ("two", "diabetes")):
        (tmp_path / folder).mkdir()
        formats.export(tmp_path / folder / name, trained(network))
    program = (tmp_path / "one" / name).read_text("utf-8")
    (tmp_path / "two" / name).write_text(program, "utf-8")
    with pytest.raises(FileProblem, match="of different exports"):
        formats.read_weights(tmp_path / "two" / name)
    stem = f"{name[:-3]}{'.safetensors' if 'torch' in name else '.weights.h5'}"
    (tmp_path / "two" / name).write_text(program.replace(f'"{stem}"', f'"../one/{stem}"'), "utf-8")
    with pytest.raises(FileProblem, match="no file beside it"):
        formats.read_weights(tmp_path / "two" / name)


def test_a_keras_script_that_was_changed_is_what_it_says_and_gets_no_weights_of_other_layers(tmp_path: Path) -> None:
    formats.export(tmp_path / "net_keras.py", trained("iris"))
    text = (tmp_path / "net_keras.py").read_text("utf-8")
    assert "Dense(8" in text
    (tmp_path / "net_keras.py").write_text(text.replace("Dense(8", "Dense(9"), "utf-8")
    found = formats.read_network(tmp_path / "net_keras.py")
    assert not found.arrays and getattr(found.layers[0], "units", 0) == 9
    assert "no longer those of the weights" in str(found.left_out[-1])


def test_a_companion_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "net_torch.safetensors").write_bytes(b"older")
    with pytest.raises(FileProblem, match=r"net_torch\.safetensors.* is there already"):
        formats.export(tmp_path / "net_torch.py", trained("iris"))
    assert [path.name for path in tmp_path.iterdir()] == ["net_torch.safetensors"]
    formats.export(tmp_path / "net_torch.py", trained("iris"), replace=True)
    assert len(load_file(tmp_path / "net_torch.safetensors")) == 6


@pytest.mark.parametrize(
    "name", ['"""\nraise SystemExit("ran")\n"""', "\\", '"', "x\ny", "{x}", "forward", "class", "1", "🙂", "a.b", "train", "feature_mean", "d_forward"]
)
def test_names_become_names_of_python_and_nothing_else(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(9, 2, 2))
    layers = (Dense(2, name=name), Dense(2, name=f"{name} "), Bidirectional(LSTM(2), name="d"), Dense(2, name="forward_"))
    experiment = Experiment(Arrays(x, np.arange(9) % 2, "classification"), layers, MeanSquaredError(), metrics=())
    samples = replace(experiment.samples(), classes=(f"{name} class", "other"))
    told = {"netviz": name, "data": {"type": name, "rows": name}}
    network = Trained(experiment, experiment.network(samples).initial(0, "float32"), samples, told)
    written = formats.formats["pytorch"]().write(network, "net_torch.py")
    source = written["net_torch.py"].decode()
    assert "SystemExit" not in {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    owners = {key.partition(".")[0] for key in tensors.unpack(written["net_torch.safetensors"], "w").arrays}
    assert len(owners) == 4 and all(owner.isidentifier() for owner in owners)
    assert not owners & {"forward", "train", "class"}


@pytest.mark.parametrize(
    "layout",
    [
        "", "{}", "[1]", '[["dense/kernel", ["dense.weight"], "turned"]]', '[["dense/kernel", ["dense.weight"], "eval", [4, 3]]]',
        '[["dense/kernel", ["none"], "turned", [4, 3]]]', '[["dense/kernel", ["dense.weight"], "turned", [3, 4]]]',
        '[["dense/kernel", ["dense.bias"], "depthwise", [4, 3]]]', '[["dense/kernel", [], "turned", [4, 3]]]',
        '[["dense/kernel", ["dense.bias"], "gate_biases", [2, 3]]]', '[["dense/kernel", ["dense.bias"], "as_is", [1000000000000, 3]]]',
        '[["dense/kernel", ["dense.weight"], ["turned"], [4, 3]]]', "[" * 5000,
    ],
)  # fmt: skip
def test_a_header_that_lies_about_its_tensors_is_one_sentence(tmp_path: Path, layout: str) -> None:
    arrays = {"dense.weight": np.zeros((3, 4), np.float32), "dense.bias": np.zeros(3, np.float32)}
    (tmp_path / "w.safetensors").write_bytes(tensors.pack(arrays, {torch_layout.LAYOUT: layout}))
    with pytest.raises(FileProblem, match=r"w\.safetensors"):
        formats.read_weights(tmp_path / "w.safetensors")


def test_a_look_at_the_source_is_the_source() -> None:
    network = trained("iris")
    form = formats.formats["pytorch"]()
    assert form.excerpt(network, "net_torch.py").encode() == form.write(network, "net_torch.py")["net_torch.py"]
    assert formats.excerpt("net_torch.py", network) == form.excerpt(network, "net_torch.py")
    assert formats.excerpt("net.npz", network) == "" and "pytorch" in formats.flavours()

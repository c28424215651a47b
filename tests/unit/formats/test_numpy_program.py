"""A network as one NumPy program: it runs by itself, reads tables, and nothing that stands in it becomes code by accident."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import formats
from netviz.arrays import Array
from netviz.cli import main
from netviz.datasets import Arrays, Preprocessing
from netviz.document.examples import EXAMPLES
from netviz.document.projectfile import Project, save
from netviz.engine.experiment import Experiment
from netviz.engine.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    LayerNormalization,
    MultiHeadAttention,
    Rescaling,
    Residual,
    SimpleRNN,
    Softmax,
)
from netviz.engine.losses import MeanSquaredError
from netviz.engine.parameters import Parameters
from netviz.engine.run import Run
from netviz.engine.surgery import Alter
from netviz.engine.train import train
from netviz.files import FileProblem
from netviz.formats.programs import numpy_lines, numpy_program
from netviz.formats.trained import Trained


def trained(name: str, **changes: Any) -> Trained:
    """An example after an epoch."""
    experiment = replace(EXAMPLES[name].experiment, **changes)
    run = Run.of(experiment)
    *_, last = train(run, experiment.samples(), epochs=1)
    return Trained.of(run, last.frame())


def of_layers(x: Array, *layers: Any, dtype: str = "float32") -> Trained:
    """A network with weights that are drawn."""
    rng = np.random.default_rng(0)
    outputs = layers[-1].units if isinstance(layers[-1], Dense) else x.shape[1]
    experiment = Experiment(
        Arrays(x, rng.normal(size=(len(x), outputs)), validation_rows=3), layers, MeanSquaredError(), metrics=(),
        preprocessing=Preprocessing(standardize="off"), dtype=dtype,
    )  # fmt: skip
    network = experiment.network(experiment.samples())
    vector = network.initial(0, dtype).vector + rng.normal(0, 0.3, network.windows[-1].stop if network.windows else 0)
    return Trained(experiment, Parameters(vector.astype(dtype), network.windows), experiment.samples())


def in_here(network: Trained) -> dict[str, Any]:
    """What the program defines."""
    source = formats.formats["numpy_program"]().write(network, "net.py")["net.py"].decode()
    made: dict[str, Any] = {"__name__": "net"}
    exec(compile(source, "net.py", "exec"), made)
    return made


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", *words], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )  # fmt: skip


@pytest.mark.parametrize("name", ["iris", "sentiment", "diabetes", "chirps"])
def test_an_example_is_proved_by_its_program_in_a_process_of_its_own(tmp_path: Path, name: str) -> None:
    proof = formats.export(tmp_path / "net.py", trained(name))
    assert proof.by.startswith("NumPy") and proof.difference <= 1e-6 and proof.rows > 29
    assert [path.name for path in tmp_path.iterdir()] == ["net.py"]
    source = (tmp_path / "net.py").read_text("utf-8")
    assert "netviz." not in source.partition('"""\n')[2].partition("# netviz.json")[0] and "seed" in source


def test_the_program_runs_without_netviz_on_the_path(tmp_path: Path) -> None:
    formats.export(tmp_path / "net.py", trained("iris"))
    code = "import runpy, sys; runpy.run_path('net.py'); print(*sorted({n.split('.')[0] for n in sys.modules} & {'numpy', 'netviz'}))"
    assert run("-c", code, folder=tmp_path).stdout.split() == ["numpy"]


@pytest.mark.parametrize("name", ["iris", "circle", "diabetes"])
def test_a_table_gets_the_predictions_that_netviz_gives_it(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    network = trained(name)
    formats.export(tmp_path / "net.py", network)
    experiment = network.experiment
    last = next(iter(train(Run.of(experiment), experiment.samples()))).frame()
    save(tmp_path / "p.netviz", Project(experiment, Run.of(experiment), replace(last, params=network.params)))
    rows = experiment.dataset.load().x[:7]
    table = tmp_path / "rows.csv"
    names = network.samples.features
    order = list(range(len(names)))[::-1]  # columns are found by their names
    lines = [",".join(names[i] for i in order), *(",".join(str(row[i]) for i in order) for row in rows)]
    table.write_text("\n".join(lines), "utf-8")
    assert main(["predict", str(tmp_path / "p.netviz"), str(table)]) == 0
    wanted = capsys.readouterr().out.splitlines()
    done = run("net.py", "rows.csv", folder=tmp_path)
    assert done.stderr == ""
    found = done.stdout.splitlines()
    assert found[0] == wanted[0] and len(found) == len(wanted) == 8
    for one, other in zip(found[1:], wanted[1:], strict=True):
        words, others = one.split(","), other.split(",")
        assert words[0] == others[0] or name == "diabetes"
        begin = 0 if name == "diabetes" else 1
        np.testing.assert_allclose([float(w) for w in words[begin:]], [float(w) for w in others[begin:]], atol=1e-6, rtol=1e-6)


def test_sentences_are_read_as_the_network_learnt_them(tmp_path: Path) -> None:
    network = trained("sentiment")
    made = in_here(network)
    text = ["The film was not good.", "I’m ÜBER-happy", "我不喜欢这部电影", ""]
    from netviz.datasets.sequences import Tokenizer

    wanted = Tokenizer(network.samples.words).encode(text, network.samples.row_shape[0])
    assert (made["encode"](text) == wanted).all()
    formats.export(tmp_path / "net.py", network)
    (tmp_path / "lines.txt").write_text("\n".join(text), "utf-8")
    found = run("net.py", "lines.txt", folder=tmp_path).stdout.splitlines()
    assert found[0] == "class,negative,positive" and len(found) == 4  # a line without words is no row


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("a,b\n1,2\n", "2 numbers a row; the network takes 4"),
        ("1,2,3,4\n1,2,x,4\n", "row 2 does not hold 4 numbers"),
        ("1,2,3,4\n1,2,3\n", "row 2 does not hold 4 numbers"),
        ("", "0 numbers a row"),
    ],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_said_in_one_sentence(tmp_path: Path, table: str, said: str) -> None:
    formats.export(tmp_path / "net.py", trained("iris"))
    (tmp_path / "rows.csv").write_text(table)
    done = run("net.py", "rows.csv", folder=tmp_path)
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr
    assert "python net.py rows.csv" in run("net.py", folder=tmp_path).stderr


TOKENS: Array = np.array([[3, 1, 2, 0, 0], [0, 0, 0, 0, 0], [1, 2, 3, 4, 5], [0, 2, 0, 3, 0], [5, 0, 0, 0, 0], [4, 4, 0, 1, 2]], float)
TABLE = Embedding(6, 4, mask_zero=True)
MASKED: dict[str, tuple[Any, ...]] = {
    "mean": (TABLE, GlobalAveragePooling1D(), Dense(2)),
    "mean, axes kept": (TABLE, GlobalAveragePooling1D(True), Flatten(), Dense(2)),
    "max": (TABLE, LayerNormalization(), GlobalMaxPooling1D(), Dense(2)),
    "simple rnn": (TABLE, SimpleRNN(3, return_sequences=True), SimpleRNN(3, go_backwards=True), Dense(2)),
    "lstm": (TABLE, LSTM(3, return_sequences=True), LSTM(3), Dense(2)),
    "gru": (TABLE, GRU(3, return_sequences=True), GRU(3, reset_after=False), Dense(2)),
    "both ways": (TABLE, Bidirectional(LSTM(3, return_sequences=True), "mul"), Bidirectional(GRU(3)), Dense(2)),
    "attention": (TABLE, MultiHeadAttention(2, 3), GlobalMaxPooling1D(), Dense(2)),
    "attention with dropout": (TABLE, MultiHeadAttention(2, 3, dropout=0.2), GlobalMaxPooling1D(), Dense(2)),
    "residual": (TABLE, Residual((Dense(4), LayerNormalization())), Residual((MultiHeadAttention(1, 2),)), GRU(2), Dense(2)),
    "softmax": (TABLE, Dense(1), Flatten(), Softmax(), Dense(2)),
}


@pytest.mark.parametrize("name", MASKED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_padding_is_left_out_as_the_engine_leaves_it_out(name: str, dtype: str) -> None:
    network = of_layers(TOKENS, *MASKED[name], dtype=dtype)
    wanted = network.network.predict(network.params, TOKENS.astype(dtype))
    found = in_here(network)["predict"](TOKENS)
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, atol=1e-6 if dtype == "float32" else 1e-12, rtol=0)


def test_numbers_that_are_no_tokens_are_refused() -> None:
    predict = in_here(of_layers(TOKENS, *MASKED["mean"]))["predict"]
    for wrong in (-1, 6, 0.5):
        with pytest.raises(ValueError, match="from 0 to 5"):
            predict(np.full((1, 5), wrong))


def test_rows_come_in_any_number_and_a_single_row_as_it_is() -> None:
    network = trained("iris")
    predict = in_here(network)["predict"]
    x = network.experiment.dataset.load().x
    whole = predict(x)
    np.testing.assert_allclose(predict(x, at_once=7), whole, atol=1e-6)
    assert predict(x[0]).shape == (1, 3) and predict(x[:0]).shape == (0, 3)
    assert predict(x[:3].tolist()).tobytes() == predict(x[:3]).tobytes()


def test_a_long_line_is_broken_between_arguments_and_never_in_a_name() -> None:
    name = "a (rather, long) name with 'spaces', " * 3
    network = of_layers(np.random.default_rng(0).normal(size=(9, 4, 3)), LSTM(3, return_sequences=True, name=name), Flatten(), Dense(2, name="b" + name))
    x = network.samples.x
    np.testing.assert_allclose(in_here(network)["predict"](x), network.network.predict(network.params, x), atol=1e-6)


def test_logits_are_called_logits_and_get_no_class() -> None:
    network = replace(trained("circle"), from_logits=True)
    for name in ("net.py", "net.h", "net_torch.py"):
        source = formats.excerpt(name, network)
        assert "Gives 1 logits a row" in source and "outer" not in source and "CLASSES 2" not in source
    assert "p = torch.sigmoid(p)  # predictions are logits" in formats.excerpt("net_torch.py", network)


@pytest.mark.parametrize(
    "name", ['"""\nraise SystemExit("ran")\n"""', "\\", '"', "'", "x\ny", "{x}", "\N{PILE OF POO} ü/ä  b", 'W["a"] + f"{b}"', "*/"]
)
def test_names_from_data_and_layers_are_never_code(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(9, 2))
    layers = (Dense(3, name=name), Residual((Dense(3),), name=f"{name} 2"), Dense(2, name="z" + name))
    experiment = Experiment(Arrays(x, np.arange(9) % 2, "classification"), layers, MeanSquaredError(), metrics=())
    samples = replace(experiment.samples(), features=(name, "b"), classes=(f"{name} class", "other"))
    network = experiment.network(samples)
    told = {"netviz": name, "data": {"type": name, "rows": name}}
    made = Trained(experiment, network.initial(0, "float32"), samples, told)
    found = in_here(made)
    assert found["CLASSES"][0] == f"{name} class" and f"{name}/kernel" in found["W"]
    np.testing.assert_allclose(found["predict"](x), network.predict(made.params, made.samples.scaled(x)), atol=1e-6)


def test_many_weights_stand_beside_the_program_which_takes_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_program, "_MOST_INSIDE", 100)
    network = trained("iris")
    proof = formats.export(tmp_path / "net.py", network)
    for name, array in formats.read_network(tmp_path / "net.py").arrays.items():
        assert array.tobytes() == network.arrays[name].tobytes()
    assert proof.files == ("net.py", "net.npz") and "net.npz" in str(formats.describe("net.py", network))
    assert formats.read_weights(tmp_path / "net.npz").arrays.keys() == network.arrays.keys()
    other = formats.formats["npz"]().write(trained("iris", seed=9), "net.npz")["net.npz"]
    (tmp_path / "net.npz").write_bytes(other)
    assert "belongs to another export" in run("net.py", "x.csv", folder=tmp_path).stderr


def test_weights_are_there_bit_for_bit_even_those_that_are_not_finite() -> None:
    network = trained("digits")
    odd = network.params.vector.copy()
    odd[::50] = np.nan
    odd[1::50] = -np.inf
    network = replace(network, params=network.params.like(odd))
    for key, array in in_here(network)["W"].items():
        assert array.dtype == network.arrays[key].dtype and array.tobytes() == network.arrays[key].tobytes()


def test_a_program_that_predicts_otherwise_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.py").write_text("older")
    for wrong in ("x * 2", "no such name"):
        monkeypatch.setitem(numpy_lines._WRITERS, "Dense", lambda *_a, wrong=wrong: wrong)
        with pytest.raises(FileProblem, match="was not written"):
            formats.export(tmp_path / "net.py", of_layers(np.ones((6, 2)), Dense(2)), replace=True)
        assert (tmp_path / "net.py").read_text() == "older" and len(list(tmp_path.iterdir())) == 1


def test_units_that_are_muted_are_refused(tmp_path: Path) -> None:
    network = trained("iris", surgery=(Alter(0, 1),))
    with pytest.raises(FileProblem, match="muted or altered by hand"):
        formats.export(tmp_path / "net.py", network)


def test_a_look_at_the_program_has_no_weights_in_it() -> None:
    network = trained("digits")
    form = formats.formats["numpy_program"]()
    look, whole = form.excerpt(network, "net.py"), form.write(network, "net.py")["net.py"].decode()
    assert "W = {...}" in look and len(look) < len(whole) / 4 and "def predict(x" in look
    compile(look, "net.py", "exec")


@pytest.mark.parametrize(("times", "dtype", "written"), [(2, "float32", True), (20, "float32", False), (2, "float64", False)])
def test_a_program_need_not_come_nearer_than_single_precision_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: float, dtype: str, written: bool
) -> None:
    there, back = Rescaling(1.0, 1e4), Rescaling(1.0, -1e4)  # large numbers that nearly cancel
    network = of_layers(np.random.default_rng(0).normal(size=(9, 4)), there, back, Dense(2), dtype=dtype)
    assert 1e-5 < network.rounding < 0.05
    here = network.network.predict(network.params, network.held_out.x)
    found = formats.Outcome(here.astype(np.float64) + times * network.rounding, "a test")
    monkeypatch.setattr(numpy_program.NumpyProgram, "predict", lambda *_: found)
    if written:
        assert formats.export(tmp_path / "net.py", network).difference > 1e-5
        return
    with pytest.raises(FileProblem, match="predictions from it differ"):
        formats.export(tmp_path / "net.py", network)


def test_weights_in_a_program_are_read_as_numbers_and_as_nothing_else(tmp_path: Path) -> None:
    network, path = trained("iris"), tmp_path / "net.py"
    formats.export(path, network)
    text = path.read_text("utf-8")
    for name, array in formats.read_weights(path).arrays.items():
        assert array.tobytes() == network.arrays[name].tobytes()
    begin = text.index('"dense/bias": ') + len('"dense/bias": ')
    rest = text[text.index('"dense_1/kernel"') :]
    for evil in ("exec('x = 1')", "np.load('secret')", "np.array(open('x'), np.float32)", "np.zeros((99999999, 9), np.float32)", "[" * 900):
        path.write_text(f"{text[:begin]}{evil},\n    {rest}", "utf-8")
        with pytest.raises(FileProblem, match=r"dense/bias|\"W\""):
            formats.read_weights(path)
    path.write_text(text.replace("W = {", "V = {"), "utf-8")
    with pytest.raises(FileProblem, match="has no weights that netviz can find"):
        formats.read_weights(path)

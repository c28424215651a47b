"""The command line: what it prints, what it writes, and how it says no."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from netviz.cli import main
from netviz.datasets import Diabetes, Iris
from netviz.document.branches import Branch
from netviz.document.examples import EXAMPLES, open_example
from netviz.document.projectfile import Project, open_project, save
from netviz.engine.losses import CategoricalCrossentropy
from netviz.engine.optimizers import SGD
from netviz.engine.run import Run
from netviz.engine.train import train


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence with which bad input is refused."""
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert not told.out
    sentence, *more = told.err.splitlines()
    assert not more
    return sentence


# -------------------------------------------------------------------------------------------------------------- train


def test_training_ends_with_the_same_bits_as_train_and_says_where_it_got(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, project = tmp_path / "iris.safetensors", tmp_path / "iris.netviz"
    assert main(["train", "example:iris", "--epochs", "7", "--export", str(weights), "--save", str(project)]) == 0
    printed = lines(capsys)
    assert printed[-1].startswith("7 epochs, 67 parameters")
    assert any("read back bit for bit" in line for line in printed)
    experiment = open_example("iris").experiment
    *_all, last = train(Run.of(experiment), experiment.samples(), epochs=7)
    opened = open_project(project)
    assert opened.frame is not None and opened.frame.params.vector.tobytes() == last.params.vector.tobytes()
    assert (load_file(weights)["dense/kernel"] == last.params[0]["kernel"]).all()


def test_training_on_equals_never_having_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half, whole = tmp_path / "half.netviz", tmp_path / "whole.netviz"
    assert main(["train", "example:circle", "--epochs", "4", "--save", str(half)]) == 0
    assert main(["train", str(half), "--epochs", "5", "--save", str(half)]) == 0
    assert main(["train", "example:circle", "--epochs", "9", "--save", str(whole)]) == 0
    assert half.read_bytes() == whole.read_bytes()


def test_restart_and_another_seed_begin_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "p.netviz")
    main(["train", "example:circle", "--epochs", "4", "--save", path])
    capsys.readouterr()
    assert main(["train", path, "--epochs", "2", "--json", "--restart"]) == 0
    again = json.loads(lines(capsys)[-1])
    assert main(["train", path, "--epochs", "2", "--json", "--seed", "5"]) == 0
    other = json.loads(lines(capsys)[-1])
    assert (again["epochs"], other["epochs"]) == (2, 2)
    assert again["loss"] != other["loss"]


def test_json_is_one_line_with_epochs_loss_metric_validation_parameters_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", "example:wine", "--epochs", "3", "--json"]) == 0
    (line,) = lines(capsys)
    summary = json.loads(line)
    assert list(summary) == ["epochs", "loss", "accuracy", "val_loss", "val_accuracy", "parameters", "seconds"]
    assert summary["epochs"] == 3 and 0 <= summary["accuracy"] <= 1


def test_json_names_the_experiments_own_metric(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "example:diabetes", "--epochs", "2", "--json"]) == 0
    assert {"r2_score", "val_r2_score"} <= json.loads(lines(capsys)[-1]).keys()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["train", "no such.netviz"], "no file"),
        (["train", "example:irsi"], "iris"),
        (["train", "example:iris", "--export", "w.docx"], ".npz"),
        (["train", "."], "folder"),
        (["predict", "example:iris", "t.csv"], "not trained"),
        (["picture", "example:iris", "p.gif"], ".png"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], word: str
) -> None:
    assert word in refused(capsys, *arguments)


@pytest.mark.parametrize("arguments", [["train", "example:iris", "--epochs", "0"], ["train"], ["train", "x", "--seed", "a"]])
def test_arguments_that_are_none_are_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_damaged_project_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cut.netviz"
    main(["train", "example:iris", "--epochs", "1", "--save", str(path)])
    capsys.readouterr()
    path.write_bytes(path.read_bytes()[:-300])
    assert "cut.netviz" in refused(capsys, "train", str(path))


def test_an_unknown_suffix_is_said_before_training(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("netviz.cli.train.train", lambda *_: pytest.fail("it trained"))
    refused(capsys, "train", "example:iris", "--export", "w.foo")


def test_divergence_is_exit_code_1_and_the_last_good_state_is_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = replace(open_example("wave").experiment, optimizer=SGD(900.0))
    path, out = tmp_path / "wild.netviz", tmp_path / "out.netviz"
    save(path, Project(experiment))
    assert main(["train", str(path), "--save", str(out)]) == 1
    assert "smaller learning rate" in capsys.readouterr().err
    kept = open_project(out).frame
    assert kept is None or np.isfinite(kept.params.vector).all()


def test_training_on_keeps_the_lesson_and_the_branches_of_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "begun.netviz", tmp_path / "out.netviz"
    assert main(["train", "example:mazur", "--epochs", "1", "--save", str(path)]) == 0
    begun = open_project(path)
    assert begun.run is not None and begun.frame is not None and begun.lesson is not None
    save(path, replace(begun, branches=(Branch("other way", begun.run, begun.frame),), name="this way"))
    assert main(["train", str(path), "--epochs", "3", "--save", str(out)]) == 0
    after = open_project(out)
    assert after.lesson == begun.lesson and after.name == "this way"
    assert [branch.name for branch in after.branches] == ["other way"]
    assert after.frame is not None and after.frame.epoch == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_at_the_next_step_saves_and_says_so(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "p.netviz"
    command = [sys.executable, "-m", "netviz", "train", "example:digits", "--epochs", "2000", "--save", str(path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("epoch 200/2000")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Interrupted after" in out and "Saved" in out and "Traceback" not in err
    assert open_project(path).frame is not None


# ------------------------------------------------------------------------------------------------------------ predict


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "iris.netviz"
    assert main(["train", "example:iris", "--json", "--save", str(path)]) == 0
    return path


def table(path: Path, rows: np.ndarray, names: tuple[str, ...] = (), delimiter: str = ",", decimal: str = ".") -> Path:
    head = [delimiter.join(names)] if names else []
    body = [delimiter.join(str(number).replace(".", decimal) for number in row) for row in rows.tolist()]
    path.write_text("\n".join(head + body) + "\n", encoding="utf-8-sig")
    return path


def test_predictions_use_the_projects_own_preprocessing(
    iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = Iris().load()
    rows = table(tmp_path / "t.csv", data.x, data.features)
    assert main(["predict", str(iris), str(rows)]) == 0
    head, *told = lines(capsys)
    assert head == "class,setosa,versicolor,virginica"
    right = [line.split(",")[0] == data.classes[label] for line, label in zip(told, data.y, strict=True)]
    assert sum(right) >= 140


def test_columns_are_found_by_name_in_any_order_and_others_are_left_out(
    iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = Iris().load()
    plain = table(tmp_path / "a.csv", data.x[:9], data.features)
    mixed_rows = np.concatenate([np.full((9, 1), 7.0), data.x[:9, ::-1]], 1)
    mixed = table(tmp_path / "b.csv", mixed_rows, ("number", *data.features[::-1]), ";", ",")
    main(["predict", str(iris), str(plain)])
    expected = lines(capsys)
    main(["predict", str(iris), str(mixed)])
    assert lines(capsys) == expected


def test_arrays_go_in_and_come_out(iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "x.npy", Iris().load().x[:5])
    out = tmp_path / "p.npy"
    assert main(["predict", str(iris), str(tmp_path / "x.npy"), "--out", str(out)]) == 0
    predicted = np.load(out)
    assert predicted.shape == (5, 3) and np.allclose(predicted.sum(1), 1, atol=1e-5)


def test_a_regression_answers_in_the_targets_own_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "d.netviz"
    main(["train", "example:diabetes", "--save", str(path), "--json"])
    capsys.readouterr()
    data = Diabetes().load()
    assert main(["predict", str(path), str(table(tmp_path / "t.csv", data.x, data.features))]) == 0
    head, *told = lines(capsys)
    assert head == "disease progression"
    assert 20 < np.mean([float(line) for line in told]) < 300


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2,3\n", "3 columns"),
        ("1,2,3,4\n1,2,x,4\n", "line 2, column 3"),
        ("1,2,3,4\n1,2,,4\n", "empty"),
        ("1,2,3,4\n1,2,3\n", "line 2 has 3 cells"),
        ("1,2,3,1e999\n", "not a number"),
        ("a,b,c,d\n", "no rows"),
        ("", "empty"),
        ('1,2,"3,4\n', "cannot be read"),
        ("1,2,3,1_000\n1,2,3,١٢\n", "line 2, column 4"),
    ],
)
def test_a_table_that_cannot_be_read_is_told_of_by_line_and_column(
    iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    assert words in refused(capsys, "predict", str(iris), str(path))


def test_arrays_of_other_kinds_are_refused(iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.npy"
    for array, word in (
        (np.array(["a"]), "real numbers"),
        (np.zeros((3, 5)), "shape"),
        (np.full((2, 4), np.nan), "not finite"),
        (np.zeros((2, 4), complex), "real numbers"),
    ):
        np.save(path, array)
        assert word in refused(capsys, "predict", str(iris), str(path))
    path.write_bytes(b"\x80\x04junk")
    assert "not a .npy file" in refused(capsys, "predict", str(iris), str(path))


def test_chinese_tables_in_gb18030_are_read(iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("萼长,萼宽,瓣长,瓣宽\n5.1,3.5,1.4,0.2\n".encode("gb18030"))
    assert main(["predict", str(iris), str(path)]) == 0
    assert lines(capsys)[1].startswith("setosa")


# --------------------------------------------------------------------------------------------------------- the others


def test_check_is_silent_about_every_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *(f"example:{name}" for name in EXAMPLES)]) == 0
    assert capsys.readouterr().out == ""


def test_check_says_one_problem_a_line_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "odd.netviz"
    save(path, Project(replace(open_example("circle").experiment, loss=CategoricalCrossentropy())))
    assert main(["check", str(path), "example:iris"]) == 1
    assert all(line.startswith(f"{path}: ") for line in lines(capsys))


def test_check_goes_on_behind_a_file_that_cannot_be_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.netviz"), "example:iris"]) == 2
    assert "none.netviz" in capsys.readouterr().err


def test_a_project_with_problems_is_not_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "odd.netviz"
    save(path, Project(replace(open_example("circle").experiment, loss=CategoricalCrossentropy())))
    refused(capsys, "train", str(path))


def test_examples_are_listed_with_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examples"]) == 0
    printed = lines(capsys)
    assert [line.split()[0] for line in printed] == list(EXAMPLES)
    assert all(len(line.split()) > 4 for line in printed)


def test_info_names_versions_blas_threads_and_paths(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    printed = "\n".join(lines(capsys))
    for word in ("netviz", "Python", "NumPy", "BLAS", "threads", "resources"):
        assert word in printed


def test_a_companion_that_is_there_is_named_before_anything_is_trained_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net_torch.safetensors").write_bytes(b"mine")
    trained = ["train", "example:iris", "--epochs", "1"]
    assert main([*trained, "--export", "net_torch.py"]) == 2
    told = capsys.readouterr()
    assert told.err == 'netviz: "net_torch.safetensors" is there already; --force replaces it.\n' and told.out == ""
    assert main([*trained, "--save", "p.netviz"]) == 0
    for words in (["export", "p.netviz"], ["export", "p.netviz", "other.npz"]):
        capsys.readouterr()
        assert main([*words, "net_torch.py"]) == 2
        assert '"net_torch.safetensors" is there already' in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net_torch.safetensors", "p.netviz"]
    assert main(["export", "p.netviz", "net_torch.py", "--force"]) == 0
    assert Path("net_torch.safetensors").read_bytes() != b"mine"


def test_what_a_format_cannot_hold_is_said_before_the_training(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["train", "example:sentiment", "--export", str(tmp_path / "net.h")]) == 2
    told = capsys.readouterr()
    assert "the layer embedding (Embedding) has no form in the C header" in told.err and "epoch" not in told.out

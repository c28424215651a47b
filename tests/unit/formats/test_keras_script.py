"""Scripts of unknown origin are followed and never run; whatever they hold ends in a network, a list, or a sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import cli, formats
from netviz.document.projectfile import open_project
from netviz.files import FileProblem
from netviz.formats import apart
from netviz.formats.keras_script.file import MOST_SCRIPT, followed
from netviz.formats.keras_script.network import imported

HEAD = "import keras\nfrom keras import layers\n"
END = "\nmodel = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation='relu'), layers.Dense(1)])\n"


@pytest.fixture(scope="module", autouse=True)
def one_child() -> Iterator[None]:
    with apart.one_child():
        yield


def read(script: str | bytes) -> formats.Imported:
    data = script if isinstance(script, bytes) else script.encode()
    return imported(followed(data, '"script.py"'), '"script.py"')


def kinds(found: formats.Imported) -> str:
    return " ".join(type(layer).__name__ for layer in found.layers)


def left_out(found: formats.Imported) -> str:
    return "; ".join(map(str, found.left_out))


# ---------------------------------------------------------------------------------------------------- nothing is run


def test_nothing_in_a_script_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    lines = [
        f"open({str(mark)!r}, 'w').write('x')", f"__import__('os').system('touch {mark}')", f"exec('open({str(mark)!r}, 1)')",
        f"import pathlib; pathlib.Path({str(mark)!r}).touch()", f"[p.touch() for p in [pathlib.Path({str(mark)!r})]]",
        f"print(open({str(mark)!r}, 'w'))", "raise SystemExit(3)",
    ]  # fmt: skip
    for line in lines:
        with contextlib.suppress(FileProblem):
            read(HEAD + line + END)
        assert not mark.exists()


HUGE = {
    "a tower of powers": "x = 10**10**10",
    "a power of a power": "x = 2\nfor i in range(100):\n    x = x ** x",
    "a shift": "x = 1 << 10**9",
    "a product that grows": "x = 3\nwhile x:\n    x = x * x",
    "a long text": "x = 'a' * 10**9",
    "a long list": "x = [0] * 10**9",
    "a list of itself": "x = []\nx.append(x)\ny = x == x\nz = str(x)\nx.extend(x)",
    "a list that doubles": "x = [1]\nfor i in range(100):\n    x = [x, x]\ny = x == [x]\nz = '%s' % x\nw = sorted(x)",
    "a sum that doubles": "x = [1]\nfor i in range(100):\n    x = x + x",
    "a wide format": "x = f'{1:1000000000}'\ny = '%1000000000d' % 1\nz = '{:1000000000}'.format(1)",
    "a loop without an end": "while True:\n    pass",
    "a long loop": "for i in range(10**9):\n    x = i",
    "loops within loops": "for a in range(1000):\n  for b in range(1000):\n    for c in range(1000):\n      x = a + b + c",
    "a long comprehension": "x = [a + b for a in range(10000) for b in range(10000)]",
    "a function that calls itself": "def f(n):\n    return f(n + 1)\nx = f(0)",
    "functions that call each other": "def f(n):\n    return g(n) + g(n)\ndef g(n):\n    return f(n) + f(n)\nx = f(0)",
    "a tree of calls": "def f(n):\n    return 0 if n == 0 else f(n - 1) + f(n - 1)\nx = f(29)",
    "a long sum": "x = " + "+".join(["1"] * 400),
    "many digits": "x = int('9' * 100000)\ny = int('9' * 4000)\nz = " + "9" * 4000,
    "a float beyond all": "x = 1e400\ny = int(x)\nz = 2.0 ** 5000\nw = 1 / 0\nv = 5 % 0",
    "a default of itself": "def f(a=lambda: f()):\n    return a()\nx = f()",
    "a class within classes": "class A:\n    class B:\n        class C:\n            x = 1\ny = A.B.C.x",
    "what is new in Python": "match 3:\n    case 3:\n        x = 1\nasync def f():\n    async with g() as h:\n        await h",
    "names that are not there": "a.b.c(d)[e] = f\ndel g\nglobal h\nassert i, j\nk: int\nk += 1\n*l, m = n\n(o := 3)",
    "stars": "f(*a, **b)\nx = [*range(10**8)]\ny = {**c}\nprint(*[1, 2], sep='')",
}  # fmt: skip


@pytest.mark.parametrize("name", HUGE)
def test_what_would_take_for_ever_is_passed_over_and_the_model_before_it_stays(name: str) -> None:
    found = read(HEAD + END + HUGE[name])
    assert kinds(found) == "Dense Dense"


@pytest.mark.parametrize("name", HUGE)
def test_what_would_take_for_ever_never_becomes_a_traceback(name: str) -> None:
    use = "\nmodel = keras.Sequential([keras.Input((3,)), layers.Dense(x), layers.Dense(1)])\nmodel.compile(loss=x)\nmodel.fit(x, epochs=x)"
    try:
        found = read(HEAD + HUGE[name] + use)
    except FileProblem as problem:
        assert str(problem).startswith('"script.py"') and "\n" not in str(problem)
    else:
        assert all("line " in str(part) and "\n" not in str(part) for part in found.left_out)


BROKEN: dict[str, tuple[bytes, str]] = {
    "a syntax error": (b"import keras\nmodel = (\n", r"line 2: this is no Python that can be read"),
    "Python 2": (b"import keras\nprint 'a'\n", r"line 2: this is no Python"),
    "bytes that are no text": (b"import keras\nx = '\xff\xfe'\n", r"line 2: this is not UTF-8 text"),
    "an encoding nobody knows": (b"# coding: martian\nimport keras\n", r"not UTF-8 text"),
    "zeros": (b"import keras\n\0", r"no Python|no script has"),
    "too large": (b"import keras\n" + b"x = 1\n" * (10_000_000 // 6), r"is larger \(10\.0 MB\) than scripts"),
    "empty of models": (b"import keras\n", r"makes no model"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_script_is_said_in_a_sentence(name: str, tmp_path: Path) -> None:
    data, words = BROKEN[name]
    with pytest.raises(FileProblem, match=words):
        read(data)
    path = tmp_path / "script.py"
    path.write_bytes(data)
    with pytest.raises(FileProblem):
        formats.read_network(path)
    assert len(data) <= MOST_SCRIPT or name == "too large"


@pytest.mark.parametrize("text", ["(" * 50_000, "[" * 200 + "]" * 200, "-" * 100_000 + "1", "x = " + "f(" * 5000 + ")" * 5000, "+".join(["1"] * 9999)])
def test_nesting_without_end_is_read_in_a_process_apart_and_given_up(text: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(HEAD + END + text)
    try:
        assert kinds(formats.read_network(path)) == "Dense Dense"
    except FileProblem as problem:
        assert str(problem).startswith('"script.py"') and "\n" not in str(problem)


def test_other_encodings_are_read_where_the_script_says_them() -> None:
    script = "# -*- coding: latin-1 -*-\nname = 'hütte'\n" + HEAD + END
    assert kinds(read(script.encode("latin-1"))) == "Dense Dense"
    assert kinds(read(b"\xef\xbb\xbf" + (HEAD + END).encode())) == "Dense Dense"


# ------------------------------------------------------------------------------------------------------- what is said


def test_every_unknown_part_has_its_line() -> None:
    script = HEAD + (
        "n = input()\n"
        "model = keras.Sequential()\n"
        "model.add(keras.Input((3,)))\n"
        "model.add(layers.Dense(n))\n"
        "model.add(layers.Dense(2, kernel_constraint=keras.constraints.MaxNorm(2), activation='swoosh'))\n"
        "model.add(layers.Dense(1))\n"
        "model.compile('adam', loss='mse', metrics=['mse', 'odd'], loss_weights=[1])\n"
        "model.fit(a, b, epochs=n, steps_per_epoch=3, sample_weight=w, callbacks=[n])\n"
    )
    found = read(script)
    said = left_out(found)
    assert kinds(found) == "Dense"
    for line, words in ((6, "units"), (7, "swoosh"), (9, "odd"), (9, "loss_weights"), (10, "epochs"), (10, "steps_per_epoch")):
        assert any(str(part).startswith(f"line {line}: ") and words in str(part) for part in found.left_out), (words, said)


def test_layers_that_do_not_fit_together_are_said(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"does not fit together: .*Images of the shape"):
        read(HEAD + "m = keras.Sequential([keras.Input((3,)), layers.Conv2D(2, 3), layers.Dense(1)])")


def test_a_logits_loss_becomes_an_activation_and_is_told_so() -> None:
    script = HEAD + END + "model.compile('adam', keras.losses.BinaryCrossentropy(from_logits=True))"
    found = read(script)
    assert kinds(found) == "Dense Dense Activation" and found.from_logits and "from_logits=True" in left_out(found)


# ------------------------------------------------------------------------------------------------------ the whole way


SCRIPT = HEAD + (
    "from sklearn.datasets import load_wine\n"
    "x, y = load_wine(return_X_y=True)\n"
    "model = keras.Sequential([layers.Dense(8, activation='relu'), layers.Dense(3, activation='softmax')])\n"
    "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    "model.fit(x, y, epochs=3, validation_split=0.2, callbacks=[keras.callbacks.CSVLogger('log.csv')])\n"
)


def test_the_command_line_turns_a_script_into_a_project_and_prints_the_list(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    assert cli.main(["convert", str(tmp_path / "script.py"), str(tmp_path / "p.netviz")]) == 0
    said = capsys.readouterr()
    assert "Left out: line 7: CSVLogger (netviz has no such callback)" in said.err
    assert "2 layers with their data" in said.out
    experiment = open_project(tmp_path / "p.netviz").experiment
    assert type(experiment.dataset).__name__ == "Wine" and experiment.epochs == 3
    assert experiment.preprocessing.validation_split == 0.2


def test_a_script_is_trained_from_the_command_line_as_it_is(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    assert cli.main(["train", str(tmp_path / "script.py"), "--json", "--export", str(tmp_path / "w.npz")]) == 0
    with np.load(tmp_path / "w.npz") as file:
        assert file["dense/kernel"].shape == (13, 8)


def test_scripts_are_told_by_what_they_import_and_are_never_written(tmp_path: Path) -> None:
    form = formats.formats["keras_script"]()
    assert form.recognises(b"# x\nfrom tensorflow import keras\n") and form.recognises(b"  import netviz.keras\n")
    assert not form.recognises(b"import numpy\n") and not form.recognises(b"PK\x03\x04\0import keras")
    assert type(formats.for_export("model.py")).__name__ != "KerasScript"
    (tmp_path / "other.py").write_text("import numpy\nprint(1)\n")
    with pytest.raises(FileProblem, match="program"):
        formats.read_weights(tmp_path / "other.py")

"""The house as its design draws it: imports go down, Qt lives in gui, threads live in runtime."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "netviz"

FOUNDATIONS = {"archive", "arrays", "blas", "codec", "files", "fileset", "i18n", "registry", "resources", "strict_json"}
# From the bottom up; rooms on one floor do not know each other, but for the foundations.
FLOORS = [
    FOUNDATIONS,
    {"datasets"},
    {"engine"},
    {"document"},
    {"pictures", "runtime", "formats", "tuning"},
    {"gui", "keras"},
    {"cli", "__main__"},
]
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    """The room of the house that a file stands in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, with its full name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    """The rooms of netviz that a file imports from."""
    parts = [name.split(".") for name in imports(path) if name.startswith("netviz.")]
    return {part[1] for part in parts if part[1] in FLOOR}


def test_every_room_has_its_floor() -> None:
    assert {room(path) for path in FILES} - {"__init__"} <= FLOOR.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_and_siblings_do_not_know_each_other(path: Path) -> None:
    here = room(path)
    for other in rooms_imported(path) - {here}:
        if here == "__init__" or {here, other} <= FOUNDATIONS or {here, other} <= {"cli", "__main__"}:
            continue
        assert FLOOR[other] < FLOOR[here], f"{here} imports {other}"


def test_the_foundations_do_not_go_round_in_circles() -> None:
    below = {name: rooms_imported(PACKAGE / f"{name}.py") for name in FOUNDATIONS}
    done: set[str] = set()
    while done != FOUNDATIONS:
        ready = {name for name in FOUNDATIONS - done if below[name] <= done}
        assert ready, f"a circle among {FOUNDATIONS - done}"
        done |= ready


def users_of(*modules: str) -> set[str]:
    """The rooms that import one of some foreign modules."""
    return {room(path) for path in FILES if {name.split(".")[0] for name in imports(path)} & set(modules)}


def test_qt_lives_in_gui() -> None:
    assert users_of("PySide6", "pyqtgraph", "shiboken6") <= {"gui"}


def test_threads_live_in_runtime() -> None:
    assert users_of("threading", "_thread", "concurrent", "queue") == {"runtime"}


def test_nothing_imports_a_rival_or_a_pickle() -> None:
    assert not users_of(
        "torch", "tensorflow", "jax", "jaxlib", "keras", "sklearn", "pickle", "cloudpickle", "dill", "shelve", "marshal"
    )


def test_the_engine_knows_numpy_and_the_standard_library_only() -> None:
    known = sys.stdlib_module_names | {"numpy", "netviz"}
    for path in FILES:
        if room(path) in ("engine", "datasets"):
            assert {name.split(".")[0] for name in imports(path)} <= known, path


def test_no_file_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "helpers", "manager", "base", "common", "core", "handler", "misc"}
    found = {path for path in FILES if path.stem in empty}
    assert found <= {PACKAGE / "keras" / "utils.py"}  # Keras' own name


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter with bytecode caching, as users have it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )


def modules_of(*arguments: str) -> set[str]:
    """Every module that a fresh interpreter imports."""
    lines = python("-X", "importtime", *arguments).stderr.splitlines()
    return {line.split("|")[-1].strip() for line in lines if line.startswith("import time:")}


def test_help_is_shown() -> None:
    assert "usage: netviz" in python("-m", "netviz", "--help").stdout


def test_help_comes_at_once() -> None:
    """What takes time is what is imported, and that can be counted on a busy machine too: 69 modules are 0.05 s here."""
    imported = modules_of("-m", "netviz", "--help") - modules_of("-c", "")
    ours = {name for name in imported if name.split(".")[0] == "netviz"}
    assert {"netviz", "netviz.cli"} <= ours <= {"netviz", "netviz.cli", "netviz.files", "netviz.i18n"}
    foreign = {name.split(".")[0] for name in imported - ours} - sys.stdlib_module_names
    assert not foreign, "NumPy, Qt or another library"
    assert len(imported) < 120


def test_nothing_in_the_runtime_sleeps_and_the_trainer_waits_in_one_place() -> None:
    calls = [
        (path.name, node.func.attr)
        for path in (PACKAGE / "runtime").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    assert not [call for call in calls if call[1] == "sleep"]
    assert {name for name, attribute in calls if attribute == "take"} == {"worker.py"}
    assert [name for name, attribute in calls if attribute == "take"].count("worker.py") == 1


def test_training_on_the_command_line_imports_no_qt() -> None:
    code = "import sys; from netviz.cli import main; main(['train', 'example:iris', '--epochs', '1', '--json']); "
    python("-c", code + "assert not {'PySide6', 'pyqtgraph', 'sklearn'} & set(sys.modules), 'Qt'")


def test_the_engine_imports_nothing_heavy() -> None:
    heavy = "{'PySide6', 'pyqtgraph', 'sklearn', 'scipy', 'pandas', 'h5py', 'onnx', 'torch', 'keras', 'safetensors'}"
    python("-c", f"import sys, netviz.engine.train; assert not {heavy} & set(sys.modules)")

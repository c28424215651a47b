"""Saving and exporting over what is there, broken off anywhere: what lies there opens, as the old or as the new.

The quick share runs always; 200 kills of each kind, and every failure of every call, with

    python packaging/dev.py test -m slow -s tests/unit/formats/test_interrupted.py
"""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import files, fileset, formats
from netviz.datasets import Circle
from netviz.document.projectfile import Project, open_project, save
from netviz.engine.experiment import Experiment
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.files import FileProblem
from netviz.formats import Outcome, Trained

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")
Contents = dict[str, bytes]
EXPORTS = formats.exporting()
WRITTEN = ["project", *EXPORTS]
ERRORS = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE, errno.EROFS]
QUICK_KILLS, KILLS = 3, 200


@pytest.fixture(scope="module")
def stands() -> list[Trained]:
    """One network after one epoch and after two."""
    experiment = Experiment(Circle(count=40), epochs=2)
    run = Run.of(experiment)
    frames = [moment.frame() for moment in train(run, experiment.samples()) if moment.is_epoch]
    return [Trained.of(run, frame) for frame in frames[-2:]]


def name_of(kind: str) -> str:
    return "x.netviz" if kind == "project" else f"x{formats.formats[kind].suffixes[0]}"


def writing(kind: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, Trained], None]:
    """How to write a network over what is there. That the proof finds nothing wrong is taken for granted."""
    if kind == "project":
        return lambda path, made: save(path, Project(made.experiment, Run.of(made.experiment), frame_of(made)))
    member = formats.formats[kind]
    taken = lambda _self, trained, path, rows: Outcome(predictions(member, trained, rows), "a stand-in")  # noqa: E731
    monkeypatch.setattr(member, "predict", taken)
    return lambda path, made: formats.export(path, made, replace=True) and None


def predictions(member: Any, trained: Trained, rows: formats.Rows) -> np.ndarray:
    y = trained.network.predict(trained.params, rows.x)
    return trained.samples.in_units(y) if member.in_units else y


def frame_of(made: Trained) -> Any:
    *_, last = train(Run.of(made.experiment), made.samples, epochs=made.epochs)
    return last.frame()


def lying_in(folder: Path) -> Contents:
    """What is in the folder, but for parts that are not whole yet."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and not path.name.startswith(".netviz-")}


@pytest.fixture
def pair(request: pytest.FixtureRequest, stands: list[Trained], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """For a kind of file: its path, how the new is written, and the contents of the old and of the new."""
    kind = request.param
    write, path = writing(kind, monkeypatch), tmp_path / "here" / name_of(kind)
    path.parent.mkdir()
    contents = []
    for made in stands:
        write(path, made)
        contents.append(lying_in(path.parent))
    assert contents[0] != contents[1] and contents[0].keys() == contents[1].keys()
    yield path, lambda: write(path, stands[1]), *contents


def lay(folder: Path, contents: Contents) -> None:
    for name, data in contents.items():
        (folder / name).write_bytes(data)


# --------------------------------------------------------------------------------------------- the n-th call fails


class Disk:
    """Counts the calls to the system, and lets one of them fail."""

    CALLS = ("open", "fsync", "replace", "rename", "mkdir", "link", "chmod", "stat")

    def __init__(self, patch: pytest.MonkeyPatch, fails_at: int, number: int) -> None:
        self.calls: list[str] = []
        self._fails_at, self._number = fails_at, number
        for name in self.CALLS:
            patch.setattr(os, name, self._watched(name, getattr(os, name)))
        disk = self

        class Watched(io.BufferedWriter):
            def write(self, data: Any, /) -> int:
                disk.call("write")
                return super().write(data)

        def watched_open(path: Any, mode: str, opener: Any = None) -> Any:
            if "x" in mode:
                return Watched(io.FileIO(path, mode.replace("b", ""), opener=opener))
            return open(path, mode, opener=opener)

        for module in (files, fileset):
            patch.setattr(module, "open", watched_open, raising=False)

    def call(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self._fails_at:
            raise OSError(self._number, os.strerror(self._number))

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **how: Any) -> Any:
            self.call(name)
            return real(*arguments, **how)

        return watched


def fail_at_every_call(path: Path, write: Callable[[], None], old: Contents, new: Contents, number: int) -> list[str]:
    """Let the first call fail, then the second, until writing gets through; returns the calls of that time."""
    for fails_at in range(1, 400):
        lay(path.parent, old)
        said = ""
        with pytest.MonkeyPatch.context() as patch:
            disk = Disk(patch, fails_at, number)
            try:
                write()
            except FileProblem as problem:
                said = str(problem)
        where = f"call {fails_at} ({disk.calls[min(fails_at, len(disk.calls)) - 1]}) failed"
        assert not said or path.name in said or any(name in said for name in old), f"{where}: {said}"
        check(path, old, new, where)
        assert said == "" or lying_in(path.parent) == old, f"{where}: it was said not to be saved, and was"
        assert not list(path.parent.glob(".*")), f"{where}: something is left"
        if len(disk.calls) < fails_at:
            assert lying_in(path.parent) == new
            return disk.calls
    raise AssertionError("writing never got through")


def check(path: Path, old: Contents, new: Contents, where: str) -> None:
    """What lies there is the old or the new: whole, or once the next one who writes there has put it back."""
    fileset.put_back(path)
    assert lying_in(path.parent) in (old, new), where


@pytest.mark.parametrize("pair", WRITTEN, indirect=True)
def test_whichever_call_fails_the_last_good_file_is_there_and_the_message_names_it(pair: Any) -> None:
    path, write, old, new = pair
    calls = fail_at_every_call(path, write, old, new, errno.ENOSPC)
    assert {"open", "write", "fsync", "replace"} <= set(calls)
    assert calls.count("write") == len(new)


@pytest.mark.slow
@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("pair", WRITTEN, indirect=True)
def test_whatever_the_failure_the_last_good_file_is_there(pair: Any, number: int) -> None:
    fail_at_every_call(*pair, number)


# ------------------------------------------------------------------------------------------- the control: a plain write


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("pair", WRITTEN, indirect=True)
def test_a_plain_write_cut_off_at_a_byte_is_found_to_be_neither_old_nor_new(pair: Any, share: float) -> None:
    path, _write, old, new = pair
    lay(path.parent, old)
    path.write_bytes(new[path.name][: int(share * len(new[path.name]))])
    with pytest.raises(AssertionError, match="cut off"):
        check(path, old, new, "cut off")


def test_a_plain_write_does_not_survive_the_failures_either(tmp_path: Path) -> None:
    def plainly() -> None:
        try:
            with files.open(tmp_path / "x", "xb" if not (tmp_path / "x").exists() else "wb") as file:  # type: ignore[attr-defined]
                os.fsync(file.fileno())
                file.write(b"new")
        except OSError as problem:
            raise FileProblem("x") from problem

    with pytest.raises(AssertionError, match="failed"):
        fail_at_every_call(tmp_path / "x", plainly, {"x": b"old"}, {"x": b"new"}, errno.ENOSPC)


# --------------------------------------------------------------------------------------------- killed at any moment

# Writes the old and the new in turn, in children of its own that are killed; the proofs are left out, so that most
# moments are those of writing. Prints how many kills left the old, the new, and a set of which the old was put back.
KILLER = """
import json, os, random, signal, sys, time
from pathlib import Path
from netviz import fileset
from netviz.files import write_atomically
folder, name, kills, old, new = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), *map(Path, sys.argv[4:6])
sets = [{p.name: p.read_bytes() for p in sorted(place.iterdir())} for place in (old, new)]
path, chance, found = folder / name, random.Random(5), {"old": 0, "new": 0, "put back": 0}
ordered = [{name: s[name], **{n: d for n, d in s.items() if n != name}} for s in sets]

def write(contents):
    if len(contents) == 1 and name.endswith(".netviz"):
        write_atomically(path, contents[name], read_back=True)
    else:
        fileset.write_together(path, contents, lambda beside: None, replace=True)

for number in range(kills):
    for n, d in ordered[0].items():
        (folder / n).write_bytes(d)
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            write(ordered[1])
            os.write(told, b".")
            while True:
                write(ordered[0]); write(ordered[1])
        finally:
            os._exit(1)
    os.close(told)
    time.sleep(chance.uniform(0.0, 0.004) if number % 2 else chance.uniform(0.0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(ready)
    back = fileset.put_back(path)
    lies = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and not p.name.startswith(".netviz-")}
    assert lies in sets, (number, {n: len(d) for n, d in lies.items()})
    found["put back" if back else "old" if lies == sets[0] else "new"] += 1
print(json.dumps(found))
"""


def kill(pair: Any, kills: int) -> dict[str, int]:
    path, _write, old, new = pair
    places = []
    for word, contents in (("old", old), ("new", new)):
        places.append(path.parent.parent / word)
        places[-1].mkdir()
        lay(places[-1], contents)
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(path.parent), path.name, str(kills), *map(str, places)],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    opens(path)
    found: dict[str, int] = json.loads(done.stdout)
    assert sum(found.values()) == kills
    print(f"{path.name}: {found}")
    return found


def opens(path: Path) -> None:
    """Our own readers read what lies there, where there is one for it."""
    if path.suffix == ".netviz":
        assert open_project(path).frame is not None
    elif formats.for_export(path).imports():
        assert formats.read_weights(path).arrays


@pytest.mark.parametrize("pair", WRITTEN, indirect=True)
def test_killed_while_writing_the_old_or_the_new_lies_there(pair: Any) -> None:
    kill(pair, QUICK_KILLS)


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("pair", WRITTEN, indirect=True)
def test_killed_two_hundred_times_while_writing_the_old_or_the_new_lies_there(pair: Any) -> None:
    found = kill(pair, KILLS)
    assert found["old"] and found["new"], "the moments were not those of writing"

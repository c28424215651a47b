"""What an export will write is said beforehand, to the byte, and the writing itself is done in a process apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from netviz import formats
from netviz.document.examples import EXAMPLES
from netviz.document.projectfile import Project, packed
from netviz.engine.run import Run
from netviz.engine.surgery import Alter
from netviz.engine.train import train
from netviz.files import FileProblem
from netviz.formats import consumer, foreseen
from netviz.formats.apart import Child
from netviz.formats.foreseen import Foreseen

IRIS = EXAMPLES["iris"].experiment


@pytest.fixture(scope="module")
def project() -> bytes:
    run = Run.of(IRIS)
    *_, last = train(run, IRIS.samples(), epochs=1)
    return packed(Project(IRIS, run, last.frame()))


def name_of(kind: str) -> str:
    return f"net{formats.formats[kind].suffixes[0]}"


def look(project: bytes, kind: str) -> Foreseen:
    return foreseen.seen(foreseen.look(project, f'["{kind}", "{name_of(kind)}"]'))


@pytest.mark.parametrize("kind", formats.exporting())
def test_the_files_are_those_that_are_written_to_the_byte(
    project: bytes, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "installed", lambda package: package == "onnx")
    found = look(project, kind)
    assert not found.refusal and found.along + found.left_out and found.arrays[0] == ("dense/kernel", (4, 8))
    foreseen.write(project, f'["{kind}", "{tmp_path / name_of(kind)}", false]')
    assert {name: size for name, _what, size in found.files} == {p.name: p.stat().st_size for p in tmp_path.iterdir()}
    assert all(what for _name, what, _size in found.files) and found.files[0][0] == name_of(kind)


@pytest.mark.parametrize("kind", formats.exporting())
def test_a_text_shows_its_first_lines_and_nothing_else_does(project: bytes, kind: str) -> None:
    text = formats.formats[kind].suffixes[0].endswith((".py", ".h", ".json", ".csv"))
    found = look(project, kind)
    assert bool(found.lines) == text and len(found.lines) <= 60 and all(len(line) < 170 for line in found.lines)


def test_what_cannot_be_written_says_why(project: bytes) -> None:
    muted = replace(IRIS, surgery=(Alter(0, 1),))
    run = Run.of(muted)
    frame = next(iter(train(run, muted.samples()))).frame()
    found = look(packed(Project(muted, run, frame)), "keras")
    assert "by hand" in found.refusal and found.files == ()


def finished(child: Child) -> object:
    while (answer := child.poll()) is None:
        pass
    return answer


def test_a_child_looks_and_writes_and_says_what_was_proved(project: bytes, tmp_path: Path) -> None:
    with Child() as child:
        foreseen.begin_look(child, project, "npz", "net.npz")
        assert foreseen.seen(finished(child)) == look(project, "npz")  # type: ignore[arg-type]
        foreseen.begin_export(child, project, "npz", tmp_path / "net.npz", False)
        sentence = foreseen.sentence(finished(child))  # type: ignore[arg-type]
        assert "held-out rows" in sentence and (tmp_path / "net.npz").exists()
        foreseen.begin_export(child, project, "npz", tmp_path / "net.npz", False)
        with pytest.raises(FileProblem, match='"net.npz" is there already'):
            finished(child)


def test_a_child_that_is_ended_while_it_proves_takes_away_what_it_has_begun_to_write(project: bytes, tmp_path: Path) -> None:
    with Child() as child:
        foreseen.begin_export(child, project, "numpy_program", tmp_path / "net.py", False)
        while not list(tmp_path.iterdir()):  # until the files lie beside their places, to be proved by a process of their own
            assert child.poll() is None
        child.stop(tidily=True)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("begin", [foreseen.begin_look])
def test_a_project_without_weights_is_refused(begin: Callable[..., None]) -> None:
    with Child() as child, pytest.raises(FileProblem, match="no weights yet"):
        begin(child, packed(Project(IRIS)), "npz", "net.npz")
        finished(child)

"""Files that belong together: all old or all new, what a crash left between two is put back, and parts are swept up."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from netviz import files, fileset
from netviz.files import FileProblem, write_atomically
from netviz.fileset import put_back, write_together

OLD = {"x.py": b"old program", "x.npz": b"old weights"}
NEW = {"x.py": b"new program", "x.npz": b"new weights"}


def lying(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def write(folder: Path, contents: dict[str, bytes], replace: bool = True, prove: Callable[[Path], object] = lambda path: None) -> None:
    write_together(folder / "x.py", contents, prove, replace)


def test_a_set_is_proved_where_all_of_it_lies_under_its_own_names_before_anything_is_replaced(tmp_path: Path) -> None:
    write(tmp_path, OLD)

    def prove(path: Path) -> None:
        assert lying(path.parent) == dict(sorted(NEW.items())) and path.name == "x.py"
        assert lying(tmp_path) == dict(sorted(OLD.items()))

    write(tmp_path, NEW, prove=prove)
    assert lying(tmp_path) == dict(sorted(NEW.items())) and len(list(tmp_path.iterdir())) == 2


def test_a_proof_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, OLD)

    def fails(path: Path) -> None:
        raise FileProblem("no")

    with pytest.raises(FileProblem, match="no"):
        write(tmp_path, NEW, prove=fails)
    assert lying(tmp_path) == dict(sorted(OLD.items())) and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("present", ["x.py", "x.npz"])
def test_nothing_is_replaced_unasked_not_even_a_companion(tmp_path: Path, present: str) -> None:
    (tmp_path / present).write_bytes(b"mine")
    with pytest.raises(FileProblem, match=rf'"{present}" is there already'):
        write(tmp_path, NEW, replace=False)
    assert lying(tmp_path) == {present: b"mine"}


def broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A set of which the process died after the first of two replacements."""

    class Died(BaseException):
        pass

    write(tmp_path, OLD)
    real, seen = os.replace, []

    def dies(source: Path, target: Path) -> None:
        if seen:
            raise Died
        seen.append(target)
        real(source, target)

    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(fileset.os, "replace", dies)
        write(tmp_path, NEW)


def test_a_mixture_that_a_crash_left_is_put_back_by_who_asks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_off(tmp_path, monkeypatch)
    assert lying(tmp_path) == {"x.npz": b"new weights", "x.py": b"old program"}
    assert put_back(tmp_path / "x.py")
    assert lying(tmp_path) == dict(sorted(OLD.items())) and len(list(tmp_path.iterdir())) == 2
    assert not put_back(tmp_path / "x.py")


def test_a_mixture_is_put_back_before_the_next_set_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_off(tmp_path, monkeypatch)
    with pytest.raises(FileProblem, match="there already"):
        write(tmp_path, NEW, replace=False)
    assert lying(tmp_path) == dict(sorted(OLD.items()))


def test_a_mixture_whose_old_files_cannot_be_linked_is_put_back_from_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_arguments: object) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr(fileset.os, "link", no_links)
    broken_off(tmp_path, monkeypatch)
    put_back(tmp_path / "x.py")
    assert lying(tmp_path) == dict(sorted(OLD.items()))


# ---------------------------------------------------------------------------------------------------- swept up


@pytest.fixture
def left_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Parts that killed processes left two hours ago, a file and a folder, and one of a process that may be writing now."""
    monkeypatch.setattr(files, "_swept", set())
    old, folder, fresh = (tmp_path / f".netviz-{number:012x}.part" for number in range(3))
    old.write_bytes(b"x" * 100)
    folder.mkdir()
    (folder / "x.npz").write_bytes(b"half")
    fresh.write_bytes(b"half")
    for path in (old, folder):
        os.utime(path, (time.time() - 7200,) * 2)
    return [old, folder, fresh]


@pytest.mark.parametrize("save", [lambda path: write_atomically(path, b"new"), lambda path: write_together(path, {path.name: b"new"}, lambda p: None)])
def test_who_writes_into_a_folder_sweeps_up_what_killed_processes_left_there(
    left_over: list[Path], tmp_path: Path, save: Callable[[Path], None]
) -> None:
    for name in (".netviz-mine.part", "netviz-000000000000.part", ".netviz-00000000000.part", "notes.part"):
        (tmp_path / name).write_bytes(b"somebody's")
        os.utime(tmp_path / name, (0, 0))
    save(tmp_path / "x.netviz")
    assert [path.exists() for path in left_over] == [False, False, True]
    assert len([path for path in tmp_path.iterdir() if path.suffix == ".part"]) == 5, "and nothing else"


def test_a_link_that_is_called_like_a_part_is_not_followed(left_over: list[Path], tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "dear").write_bytes(b"x")
    link = tmp_path / ".netviz-00000000000f.part"
    link.symlink_to(elsewhere)
    os.utime(link, (0, 0), follow_symlinks=False)
    write_atomically(tmp_path / "x.netviz", b"new")
    assert (elsewhere / "dear").exists() and not link.is_symlink()


def test_a_part_that_cannot_be_deleted_keeps_nobody_from_saving(left_over: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.unlink

    def refused(path: object, **how: object) -> None:
        if str(path).endswith(".part"):
            raise OSError(1, "not permitted")
        real(path, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(files.os, "unlink", refused)
    write_atomically(tmp_path / "x.netviz", b"new")
    assert (tmp_path / "x.netviz").read_bytes() == b"new" and left_over[0].exists()

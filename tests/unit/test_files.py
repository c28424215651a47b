"""Files: whole or not at all, never more than was asked for, and one sentence when something is wrong."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import random
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netviz import files
from netviz.files import FileProblem, quoted, read_limited, sha256, shown, size_text, write_atomically

OLD, NEW = b"the old file", b"the new file, which is longer"
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "x.netviz"
    path.write_bytes(OLD)
    return path


def refused(act: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(FileProblem) as found:
        act(*arguments)
    sentence = str(found.value)
    assert len(sentence) <= 240
    assert sentence.endswith(".")
    assert "Errno" not in sentence
    return sentence


# ---------------------------------------------------------------------------------------- words


def test_a_file_is_shown_by_its_own_name() -> None:
    assert shown("/home/somebody/x.netviz") == '"x.netviz"'
    assert shown(Path("a") / "b.csv") == '"b.csv"'
    assert shown("/") == '"/"'


def test_what_cannot_be_printed_is_escaped() -> None:
    assert quoted("a\nb\t\x00\x1b[31m\u202e\udc80") == r'"a\nb\t\x00\x1b[31m\u202e\udc80"'
    assert quoted("测 ü 🙂 <img src=x>") == '"测 ü 🙂 <img src=x>"'


@given(st.text(max_size=200))
def test_no_foreign_text_is_longer_than_60_characters_or_breaks_the_line(text: str) -> None:
    inside = quoted(text)[1:-1]
    assert len(inside) <= 60
    assert inside.isprintable()


def test_a_name_of_60_characters_is_shown_whole_and_a_longer_one_is_cut() -> None:
    assert quoted("a" * 60) == '"' + "a" * 60 + '"'
    assert quoted("a" * 61) == '"' + "a" * 59 + '…"'


def test_sha256_is_the_known_sum() -> None:
    assert sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (8300, "8.3 kB"), (1.2e9, "1.2 GB"), (4e16, "40000.0 TB")],
)
def test_sizes_are_written_for_people(count: float, text: str) -> None:
    assert size_text(count) == text


# ---------------------------------------------------------------------------------------- reading


def test_a_file_of_exactly_the_limit_is_read_and_a_longer_one_is_not(target: Path) -> None:
    assert read_limited(target, len(OLD)) == OLD
    sentence = refused(read_limited, target, len(OLD) - 1)
    assert sentence == '"x.netviz" is larger (12 bytes) than what can be read (11 bytes).'


def test_an_empty_file_is_refused(target: Path) -> None:
    target.write_bytes(b"")
    sentence = refused(read_limited, target, 10)
    assert sentence == '"x.netviz" is empty (0 bytes); the save may have been cut off.'


def test_a_missing_file_or_folder_is_named(tmp_path: Path, target: Path) -> None:
    for path in (tmp_path / "no.csv", tmp_path / "no" / "no.csv", target / "no.csv"):
        assert refused(read_limited, path, 10) == 'There is no file "no.csv"; check the name and the folder.'


def test_a_folder_is_not_read(tmp_path: Path) -> None:
    assert "is a folder; choose a file in it" in refused(read_limited, tmp_path, 10)


@posix
def test_devices_and_pipes_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for path in ("/dev/zero", "/dev/full", tmp_path / "pipe", tmp_path / "link"):
        assert "is not an ordinary file" in refused(read_limited, path, 10)


@posix
def test_a_pipe_that_takes_the_place_of_a_file_is_refused_without_waiting(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    ordinary = os.stat(target)
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda *_arguments, **_how: ordinary)
        sentence = refused(read_limited, tmp_path / "pipe", 10)
    assert "is not an ordinary file" in sentence


@posix
def test_a_link_is_followed_and_a_loop_is_refused(tmp_path: Path, target: Path) -> None:
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert read_limited(tmp_path / "link", 100) == OLD
    assert refused(read_limited, tmp_path / "loop", 100) == '"loop" is a link that leads back to itself.'


@pytest.mark.parametrize(
    "act", [lambda path: read_limited(path, 10), lambda path: write_atomically(path, NEW)]
)
@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_impossible_names_are_refused(act: Callable[[str], Any], name: str) -> None:
    assert "is not a possible file name" in refused(act, name)


@pytest.mark.parametrize("change", ["grows", "shrinks", "is rewritten"])
def test_a_file_that_changes_while_it_is_read_is_refused(
    target: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    written = target.stat().st_mtime_ns

    class Changing(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            target.write_bytes(
                {"grows": OLD + b"!", "shrinks": OLD[:-1], "is rewritten": OLD.upper()}[change]
            )
            os.utime(target, ns=(0, 0) if change == "is rewritten" else (written, written))
            return super().read(size)

    monkeypatch.setattr(
        files,
        "open",
        lambda path, mode, opener: Changing(io.FileIO(path, mode, opener=opener)),
        raising=False,
    )
    assert refused(read_limited, target, 100) == '"x.netviz" changed while it was read; try again.'


def test_a_file_that_vanishes_before_it_is_opened_is_named(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def vanishing(path: Any, *arguments: Any, **how: Any) -> int:
        target.unlink()
        return opened(path, *arguments, **how)

    monkeypatch.setattr(os, "open", vanishing)
    assert refused(read_limited, target, 100).startswith('There is no file "x.netviz"')


def test_no_more_memory_is_asked_for_than_the_file_is_long(target: Path) -> None:
    assert read_limited(target, 2**62) == OLD


def test_too_little_memory_is_said(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def starving(*_arguments: Any, **_how: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(files, "_whole", starving)
    assert refused(read_limited, target, 100) == 'There is not enough memory to read "x.netviz".'


@pytest.mark.parametrize("number", sorted(errno.errorcode))
@pytest.mark.parametrize(
    "act", [lambda path: read_limited(path, 100), lambda path: write_atomically(path, NEW)]
)
def test_every_failure_of_the_system_becomes_one_sentence(
    target: Path, monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[Path], Any]
) -> None:
    longest = target.with_name("n" * 255)
    longest.write_bytes(OLD)

    def failing(*_arguments: Any, **_how: Any) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", failing)
    assert "n" * 59 + "…" in refused(act, longest)


# ---------------------------------------------------------------------------------------- writing


def test_a_file_is_made_or_replaced(tmp_path: Path, target: Path) -> None:
    for path in (target, tmp_path / "new.netviz"):
        write_atomically(path, NEW)
        assert path.read_bytes() == NEW
    assert sorted(os.listdir(tmp_path)) == ["new.netviz", "x.netviz"]


def test_a_function_can_write_the_file(target: Path) -> None:
    def write(file: BinaryIO) -> None:
        assert target.read_bytes() == OLD
        file.write(NEW[:5])
        file.write(NEW[5:])

    write_atomically(target, write)
    assert target.read_bytes() == NEW


@pytest.mark.parametrize("failure", [ValueError("null"), KeyboardInterrupt(), FileProblem("no")])
def test_what_the_function_raises_comes_through_and_leaves_the_old_file(
    target: Path, failure: BaseException
) -> None:
    def write(file: BinaryIO) -> None:
        file.write(NEW)
        raise failure

    with pytest.raises(type(failure)) as found:
        write_atomically(target, write)
    assert found.value is failure
    assert only_content(target) == OLD


def test_the_content_is_on_the_disk_before_the_file_takes_its_place(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[bool, int, bytes]] = []

    def fsync(handle: int) -> None:
        found = os.fstat(handle)
        synced.append((stat.S_ISDIR(found.st_mode), found.st_size, target.read_bytes()))

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomically(target, NEW)
    assert synced[0] == (False, len(NEW), OLD)
    if os.name == "posix":
        assert synced[1:] == [(True, synced[1][1], NEW)]


def only_content(target: Path) -> bytes:
    """The content of a file that stands alone in its folder."""
    assert os.listdir(target.parent) == [target.name]
    return target.read_bytes()


@pytest.mark.parametrize(
    "name", ["ü 測 🙂.netviz", "trailing.", "trailing ", "CON.netviz", "-rf", "a\nb", "n" * 255, "測" * 85]
)
@posix
def test_unusual_names_are_written_and_read(tmp_path: Path, name: str) -> None:
    write_atomically(tmp_path / name, NEW)
    assert read_limited(tmp_path / name, 100) == NEW
    assert os.listdir(tmp_path) == [name]


@posix
def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    assert "the name is too long" in refused(write_atomically, tmp_path / ("n" * 256), NEW)
    assert "is too long" in refused(read_limited, tmp_path / ("n" * 256), 10)
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_said(tmp_path: Path, target: Path) -> None:
    for path in (tmp_path / "no" / "x.netviz", target / "x.netviz"):
        sentence = refused(write_atomically, path, NEW)
        assert sentence.startswith('Could not save "x.netviz": its folder does not exist.')
    assert only_content(target) == OLD


def test_a_folder_or_device_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "a folder of this name stands there" in refused(write_atomically, tmp_path / "folder", NEW)
    assert (tmp_path / "folder").is_dir()
    if os.name == "posix":
        os.mkfifo(tmp_path / "pipe")
        assert "it is not an ordinary file" in refused(write_atomically, tmp_path / "pipe", NEW)
        assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@posix
def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "real.netviz"
    link = tmp_path / "link.netviz"
    link.symlink_to(Path("elsewhere") / "real.netviz")
    for data in (OLD, NEW):  # the first time the link leads nowhere
        write_atomically(link, data)
        assert link.is_symlink()
        assert only_content(real) == data


@posix
def test_a_link_that_leads_back_to_itself_is_not_replaced(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert "leads back to itself" in refused(write_atomically, loop, NEW)
    assert loop.is_symlink()


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755, 0o777])
def test_the_target_keeps_its_permissions_and_never_has_wider_ones(target: Path, mode: int) -> None:
    target.chmod(mode)

    def write(file: BinaryIO) -> None:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) & ~mode == 0
        file.write(NEW)

    write_atomically(target, write)
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert target.read_bytes() == NEW


@posix
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_atomically(tmp_path / "new", NEW)
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_disk_without_permissions_can_be_written(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(*_arguments: Any, **_how: Any) -> None:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(os, "chmod", refusing)
    write_atomically(target, NEW)
    assert only_content(target) == NEW


def test_a_file_marked_as_read_only_is_not_replaced(target: Path) -> None:
    target.chmod(0o444)
    assert "the file is read-only" in refused(write_atomically, target, NEW)
    assert only_content(target) == OLD


def test_somebody_elses_file_is_not_replaced(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_arguments, **_how: False)
    assert "the file is read-only" in refused(write_atomically, target, NEW)
    assert only_content(target) == OLD


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may do everything; so be somebody else for a while."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@posix
def test_without_permission_nothing_is_read_or_written() -> None:
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, whose parents are closed to others
        folder = Path(name)
        closed = folder / "closed.netviz"
        closed.write_bytes(OLD)
        closed.chmod(0o000)
        folder.chmod(0o555)
        with as_nobody():
            told = [refused(read_limited, closed, 100), refused(write_atomically, folder / "new.netviz", NEW)]
        assert os.listdir(folder) == ["closed.netviz"]
        folder.chmod(0o755)
    assert told[0] == 'There is no permission to read "closed.netviz".'
    assert told[1].startswith('Could not save "new.netviz": there is no permission to write there.')


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_really_full_leaves_the_old_file(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def full(path: Any, flags: int, *mode: int) -> int:
        full_disk = os.fspath(path).endswith(".part")
        return opened("/dev/full", os.O_WRONLY) if full_disk else opened(path, flags, *mode)

    monkeypatch.setattr(os, "open", full)
    for data in (NEW, bytes(10_000_000)):  # fails when flushed; fails when written
        sentence = refused(write_atomically, target, data)
        assert sentence.startswith(
            'Could not save "x.netviz": the disk is full. What stood there before is intact'
        )
        assert only_content(target) == OLD


@posix
def test_a_file_larger_than_the_disk_allows_leaves_the_old_one(target: Path) -> None:
    code = (
        "import resource, sys; from netviz.files import *\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try: write_atomically(sys.argv[1], bytes(100_000))\n"
        "except FileProblem as problem: print(problem)"
    )
    told = subprocess.check_output([sys.executable, "-c", code, str(target)], text=True)
    assert "the file would be larger than this disk allows" in told
    assert only_content(target) == OLD


# ------------------------------------------------------------ the n-th call to the system fails


class Disk:
    """Counts the calls that saving makes to the system, and lets one of them fail."""

    def __init__(self, patch: pytest.MonkeyPatch, fails_at: int, number: int) -> None:
        self.calls: list[str] = []
        self._fails_at, self._number = fails_at, number
        for name in ("open", "stat", "fsync", "chmod", "replace"):
            patch.setattr(os, name, self._watched(name, getattr(os, name)))
        disk = self

        class Watched(io.BufferedWriter):
            def write(self, data: Any, /) -> int:
                disk.call("write")
                return super().write(data)

            def flush(self) -> None:
                disk.call("flush")
                super().flush()

        def watched_open(path: Any, mode: str, opener: Any = None) -> Watched:
            return Watched(io.FileIO(path, mode.replace("b", ""), opener=opener))

        patch.setattr(files, "open", watched_open, raising=False)

    def call(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self._fails_at:
            raise OSError(self._number, os.strerror(self._number))

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **how: Any) -> Any:
            self.call(name)
            return real(*arguments, **how)

        return watched


def fail_at_every_call(save: Callable[[Path, bytes], None], folder: Path, number: int) -> list[str]:
    """Let the first call fail, then the second, until saving gets through; returns the calls of that time."""
    target = folder / "x.netviz"
    for fails_at in range(1, 100):
        target.write_bytes(OLD)
        with pytest.MonkeyPatch.context() as patch:
            disk = Disk(patch, fails_at, number)
            try:
                save(target, NEW)
                expected = NEW
            except FileProblem as problem:
                assert "What stood there before is intact" in str(problem)
                expected = OLD
        assert only_content(target) == expected, f"call {fails_at} ({disk.calls[-1]}) failed"
        if len(disk.calls) < fails_at:
            return disk.calls
    raise AssertionError("saving never got through")


ERRORS = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE, errno.EROFS, errno.EDQUOT]


@posix
@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
def test_whichever_call_fails_the_file_is_the_old_or_the_new_one(tmp_path: Path, number: int) -> None:
    calls = fail_at_every_call(write_atomically, tmp_path, number)
    told = [call for call in calls if call not in ("stat", "flush")]
    assert told == ["open", "write", "fsync", "chmod", "replace", "open", "fsync"]


@posix
def test_the_same_failures_are_too_much_for_a_plain_write(tmp_path: Path) -> None:
    def plainly(path: Path, data: bytes) -> None:
        try:
            with files.open(path, "wb") as file:  # type: ignore[attr-defined]
                file.write(data)
        except OSError as problem:
            raise FileProblem("What stood there before is intact") from problem

    with pytest.raises(AssertionError, match="failed"):
        fail_at_every_call(plainly, tmp_path, errno.ENOSPC)


# ---------------------------------------------------------------------------------------- killed while saving

WRITER = """
import sys
from netviz.files import write_atomically
for version in range(10**9):
    write_atomically(sys.argv[1], b"%9d\\n" % version * 30_000)
    print(version, flush=True)
"""


def kill_while_saving(target: Path, times: int) -> None:
    chance = random.Random(0)
    for _time in range(times):
        target.unlink(missing_ok=True)
        with subprocess.Popen([sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            first = writer.stdout.readline()  # from here on there is a whole file
            with contextlib.suppress(subprocess.TimeoutExpired):
                writer.wait(chance.uniform(0.0, 0.15))
            writer.kill()
            told = (first + writer.stdout.read()).split(b"\n")[:-1]
        data = read_limited(target, 10**6)
        assert data == data[:10] * 30_000
        assert int(data[:10]) in (int(told[-1]), int(told[-1]) + 1)


@posix
def test_a_writer_killed_while_saving_leaves_a_whole_file(tmp_path: Path) -> None:
    kill_while_saving(tmp_path / "x.netviz", 5)


@posix
@pytest.mark.slow
def test_a_writer_killed_fifty_times_while_saving_leaves_whole_files(tmp_path: Path) -> None:
    kill_while_saving(tmp_path / "x.netviz", 50)

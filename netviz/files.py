"""Reading and writing files so that nothing is lost and nothing surprises.

A file is written beside its target and put in its place at once, so after a crash the target is the old one
or the new one. What goes wrong is a FileProblem: one sentence that says what, where and what to do.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from netviz.i18n import N_, _

_LONGEST_SHOWN = 60
_FORGOTTEN_S = 3600.0  # no file takes that long to be written and proved
_swept: set[Path] = set()  # folders, each once in a process

_UNREADABLE = {
    errno.ENOENT: N_("There is no file {name}; check the name and the folder."),
    errno.ENOTDIR: N_("There is no file {name}; check the name and the folder."),
    errno.EACCES: N_("There is no permission to read {name}."),
    errno.EPERM: N_("There is no permission to read {name}."),
    errno.ELOOP: N_("{name} is a link that leads back to itself."),
    errno.ENAMETOOLONG: N_("The name {name} is too long."),
    errno.ESTALE: N_("{name} vanished while it was read; try again."),
}
_UNWRITABLE = {
    errno.ENOSPC: N_("the disk is full"),
    errno.EDQUOT: N_("your quota on this disk is used up"),
    errno.EFBIG: N_("the file would be larger than this disk allows"),
    errno.EACCES: N_("there is no permission to write there"),
    errno.EPERM: N_("there is no permission to write there"),
    errno.EROFS: N_("this disk can only be read"),
    errno.ENOENT: N_("its folder does not exist"),
    errno.ENOTDIR: N_("its folder does not exist"),
    errno.EISDIR: N_("a folder of this name stands there"),
    errno.ELOOP: N_("it is a link that leads back to itself"),
    errno.ENAMETOOLONG: N_("the name is too long"),
}


class FileProblem(Exception):
    """A file that cannot be read or written; the text is a sentence for the person who asked for it."""


def quoted(text: str) -> str:
    """A foreign text as it can be shown: in quotes, escaped where it cannot be printed, cut to 60."""
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: _LONGEST_SHOWN + 1])
    cut = plain if len(plain) <= _LONGEST_SHOWN else plain[: _LONGEST_SHOWN - 1] + "…"
    return f'"{cut}"'


def shown(path: str | os.PathLike[str]) -> str:
    """The name of a file as it can be shown, without its folders."""
    return quoted(os.path.basename(os.fspath(path)) or os.fspath(path))


def sha256(data: bytes) -> str:
    """The SHA-256 sum in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def size_text(count: float) -> str:
    """A number of bytes for people: 8.3 kB, 1.2 GB."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


def refuse_impossible(path: str | os.PathLike[str]) -> None:
    """FileProblem for a name that no file can have: it would end in a ValueError somewhere below."""
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise FileProblem(_("{name} is not a possible file name.").format(name=shown(path)))


# ---------------------------------------------------------------------------------------------------- reading


def stat_ordinary(path: str | os.PathLike[str]) -> os.stat_result:
    """What the system says of an ordinary file; FileProblem where there is none that can be read."""
    refuse_impossible(path)
    try:
        found = os.stat(path)
        _refuse_special(path, found.st_mode)
        # Whether it may be read is only known once it is opened.
        os.close(_open_without_waiting(os.fspath(path), os.O_RDONLY))
    except OSError as problem:
        raise _unread(path, problem) from None
    return found


def read_limited(path: str | os.PathLike[str], limit_bytes: int) -> bytes:
    """The bytes of an ordinary, not empty file of at most that size; FileProblem for everything else."""
    refuse_impossible(path)
    try:
        # Looked at before it is opened, because opening a device can already do something.
        _refuse_special(path, os.stat(path).st_mode)
        with open(path, "rb", opener=_open_without_waiting) as file:
            return _whole(path, file, limit_bytes)
    except OSError as problem:
        raise _unread(path, problem) from None
    except MemoryError:
        raise FileProblem(_("There is not enough memory to read {name}.").format(name=shown(path))) from None


def _unread(path: str | os.PathLike[str], problem: OSError) -> FileProblem:
    sentence = _(_UNREADABLE.get(problem.errno or 0, N_("{name} cannot be read ({reason}).")))
    return FileProblem(sentence.format(name=shown(path), reason=_reason(problem)))


def _open_without_waiting(path: str, flags: int) -> int:
    # A pipe may have taken the file's place since it was looked at; opening that would wait for ever.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _whole(path: str | os.PathLike[str], file: BinaryIO, limit_bytes: int) -> bytes:
    before = os.fstat(file.fileno())
    _refuse_special(path, before.st_mode)
    if before.st_size > limit_bytes:
        sentence = _("{name} is larger ({found}) than what can be read ({limit}).")
        sizes = {"found": size_text(before.st_size), "limit": size_text(limit_bytes)}
        raise FileProblem(sentence.format(name=shown(path), **sizes))
    data = file.read(before.st_size + 1)  # as much memory is taken as is asked for
    if (len(data), os.fstat(file.fileno()).st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise FileProblem(_("{name} changed while it was read; try again.").format(name=shown(path)))
    if not data:
        sentence = _("{name} is empty (0 bytes); the save may have been cut off.")
        raise FileProblem(sentence.format(name=shown(path)))
    return data


def _refuse_special(path: str | os.PathLike[str], mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise FileProblem(_("{name} is a folder; choose a file in it.").format(name=shown(path)))
    if not stat.S_ISREG(mode):
        raise FileProblem(_("{name} is not an ordinary file.").format(name=shown(path)))


def _reason(problem: OSError) -> str:
    return problem.strerror or type(problem).__name__


# ---------------------------------------------------------------------------------------------------- writing


def write_atomically(
    path: str | os.PathLike[str], data: bytes | Callable[[BinaryIO], None], read_back: bool = False
) -> None:
    """Write a file whole or not at all: `data`, or what the function writes into the file it is given.

    read_back: `data` must read back from the disk as it is before it takes the place of the old file.
    A link is followed, and the target keeps its permissions. On any failure the old file stays as it was,
    nothing is left beside it, and FileProblem says why; what the function raises itself, other than OSError,
    comes through.
    """
    refuse_impossible(path)
    try:
        _replace(Path(os.path.realpath(path)), data, read_back)
    except OSError as problem:
        raise unsaved(path, why_unwritable(problem)) from None


def why_unwritable(problem: OSError) -> str:
    """Why a file could not be written, in words."""
    known = _UNWRITABLE.get(problem.errno or 0)
    return _(known) if known else _reason(problem)


def _replace(target: Path, data: bytes | Callable[[BinaryIO], None], read_back: bool) -> None:
    mode = mode_to_keep(target)
    beside = part_beside(target)
    try:
        # Never open to more people than the target is, not even while it is written.
        with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, mode or 0o666)) as file:
            data(file) if callable(data) else file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            with contextlib.suppress(OSError):  # a disk without permissions
                os.chmod(beside, mode)
        if read_back and beside.read_bytes() != data:
            raise unsaved(target, _("it reads back otherwise than it was written; the disk may be failing"))
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
    sync_folder(target.parent)


def part_beside(target: Path) -> Path:
    """A name of its own beside a target, for what is not whole yet; what others have left there is swept up at times."""
    _sweep(target.parent)
    return target.with_name(f".netviz-{secrets.token_hex(6)}.part")


def _sweep(folder: Path) -> None:
    """Delete parts that were left by a process that was killed: those that nobody has touched for an hour."""
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            if re.fullmatch(r"\.netviz-[0-9a-f]{12}\.part", entry.name) is None:
                continue
            if time.time() - entry.stat(follow_symlinks=False).st_mtime < _FORGOTTEN_S:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)


def mode_to_keep(target: Path) -> int | None:
    """The permissions of the file that will be replaced, None if there is none; refuses what must not be."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise unsaved(target, _(_UNWRITABLE[errno.EISDIR]))
    if not stat.S_ISREG(mode):
        raise unsaved(target, _("it is not an ordinary file"))
    # Replacing asks the folder for permission, not the file: without this, read-only would mean nothing.
    if not (mode & 0o222 and os.access(target, os.W_OK)):
        raise unsaved(target, _("the file is read-only"))
    return stat.S_IMODE(mode)


def sync_folder(folder: Path) -> None:
    """See to it that what a folder lists is on the disk."""
    # The rename itself must reach the disk; where a folder cannot be opened (Windows), the system sees to it.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def unsaved(path: str | os.PathLike[str], why: str) -> FileProblem:
    """The sentence for a file that could not be written."""
    sentence = _("Could not save {name}: {why}. What stood there before is intact; try another place.")
    return FileProblem(sentence.format(name=shown(path), why=why))

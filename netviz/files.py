"""Reading and writing files so that nothing is lost and nothing surprises.

A file is written beside its target and put in its place at once, so after a crash the target is the old one or the
new one. What goes wrong is a FileProblem: one sentence that says what, where and what to do.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from netviz.i18n import N_, _

_LONGEST_SHOWN = 60


class FileProblem(Exception):
    """A file that cannot be read or written; the text is a sentence for the person who asked for it."""


def shown(name: str | os.PathLike[str]) -> str:
    """A foreign name as it can be shown: its last part, quoted, escaped and cut."""
    text = os.path.basename(os.fspath(name)) or os.fspath(name)
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    cut = plain if len(plain) <= _LONGEST_SHOWN else plain[: _LONGEST_SHOWN - 1] + "…"
    return f'"{cut}"'


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


# ------------------------------------------------------------------------------------------------------------ reading


def read_limited(path: str | os.PathLike[str], limit: int) -> bytes:
    """The bytes of an ordinary file of at most `limit` bytes; FileProblem for everything else."""
    try:
        _refuse_special(path)
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > limit:
                sentence = _("{name} is larger ({found}) than what can be read ({limit}).")
                raise FileProblem(sentence.format(name=shown(path), found=size_text(size), limit=size_text(limit)))
            data = file.read(size + 1)  # as much is allocated as is asked for
    except OSError as problem:
        raise FileProblem(_reading(path, problem)) from None
    except ValueError:  # a zero byte in the name
        raise FileProblem(_("{name} is not a possible file name.").format(name=shown(path))) from None
    if len(data) != size:
        raise FileProblem(_("{name} changed while it was read; try again.").format(name=shown(path)))
    if not data:
        raise FileProblem(_("{name} is empty (0 bytes); the save may have been cut off.").format(name=shown(path)))
    return data


def _refuse_special(path: str | os.PathLike[str]) -> None:
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise FileProblem(_("{name} is a folder; choose a file in it.").format(name=shown(path)))
    if not stat.S_ISREG(mode):
        raise FileProblem(_("{name} is not an ordinary file.").format(name=shown(path)))


def _reading(path: str | os.PathLike[str], problem: OSError) -> str:
    sentences = {
        errno.ENOENT: N_("There is no file {name}; check the name and the folder."),
        errno.ENOTDIR: N_("There is no file {name}; check the name and the folder."),
        errno.EACCES: N_("There is no permission to read {name}."),
        errno.EPERM: N_("There is no permission to read {name}."),
        errno.ELOOP: N_("{name} is a link that leads back to itself."),
        errno.ENAMETOOLONG: N_("The name {name} is too long."),
    }
    sentence = sentences.get(problem.errno or 0, N_("{name} cannot be read ({reason})."))
    return _(sentence).format(name=shown(path), reason=problem.strerror or type(problem).__name__)


# ------------------------------------------------------------------------------------------------------------ writing


def write_atomically(path: str | os.PathLike[str], data: bytes | Callable[[BinaryIO], None]) -> None:
    """Write a file whole or not at all: `data`, or what the function writes into the file it is given.

    A link is followed, and the target keeps its permissions. On any failure the old file stays as it was, nothing is
    left beside it, and FileProblem says why.
    """
    try:
        _replace(Path(os.path.realpath(path)), data)
    except OSError as problem:
        raise FileProblem(_writing(path, problem)) from None
    except ValueError as problem:
        if "null" not in str(problem):
            raise
        raise FileProblem(_("{name} is not a possible file name.").format(name=shown(path))) from None


def _replace(target: Path, data: bytes | Callable[[BinaryIO], None]) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, _("it is not an ordinary file"))
    beside = target.with_name(f".netviz-{secrets.token_hex(6)}.part")
    try:
        with open(beside, "xb") as file:
            file.write(data) if isinstance(data, bytes) else data(file)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(beside, stat.S_IMODE(target.stat().st_mode))
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    # The rename itself must reach the disk; where a folder cannot be opened (Windows), the system sees to it.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _writing(path: str | os.PathLike[str], problem: OSError) -> str:
    sentences = {
        errno.ENOSPC: N_("the disk is full"),
        errno.EDQUOT: N_("your quota on this disk is used up"),
        errno.EACCES: N_("there is no permission to write there"),
        errno.EPERM: N_("there is no permission to write there"),
        errno.EROFS: N_("this disk can only be read"),
        errno.ENOENT: N_("its folder does not exist"),
        errno.ENOTDIR: N_("its folder does not exist"),
        errno.EISDIR: N_("a folder of this name stands there"),
        errno.ENAMETOOLONG: N_("the name is too long"),
    }
    reason = sentences.get(problem.errno or 0)
    why = _(reason) if reason else problem.strerror or type(problem).__name__
    sentence = _("Could not save {name}: {why}. What stood there before is intact; try another place.")
    return sentence.format(name=shown(path), why=why)

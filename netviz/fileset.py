"""Files that belong together, such as a program and its weights: written and proved beside their targets, then put in
place all at once as far as a disk can do that.

Each file takes its place by itself, so between two of them a crash leaves a mixture. While that can happen the old
files are kept in a folder of their own, and whoever writes to the same place next puts them back first.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from netviz.files import (
    FileProblem,
    mode_to_keep,
    part_beside,
    refuse_impossible,
    shown,
    sync_folder,
    unsaved,
    why_unwritable,
)
from netviz.i18n import _

T = TypeVar("T")


def write_together(
    path: str | os.PathLike[str], contents: Mapping[str, bytes], prove: Callable[[Path], T], replace: bool = False
) -> T:
    """Write files by name into the folder of `path`, whose own name is the first; returns what `prove` returned.

    prove: gets the path of the first file where all of them lie for the time being, under their own names; what it
    raises leaves everything as it was. Without `replace` no file that is there is touched. FileProblem says why not.
    """
    refuse_impossible(path)
    target = Path(os.path.realpath(path))
    # A link is followed for the file that was asked for; its companions stand beside what it leads to.
    targets = {name: target if name == Path(path).name else target.parent / name for name in contents}
    try:
        put_back(target)
        if not replace:
            _refuse_present(targets.values())
        modes = {name: mode_to_keep(each) for name, each in targets.items()}
        beside = part_beside(target)
        os.mkdir(beside, 0o700)
        try:
            for name, content in contents.items():
                _write(beside / name, content, modes[name])
            sync_folder(beside)
            proved = prove(beside / next(iter(contents)))
            if not replace:
                _refuse_present(targets.values())
            _put_in_place({beside / name: each for name, each in targets.items()}, target)
            return proved
        finally:
            _clear(beside)
    except OSError as problem:
        raise unsaved(path, why_unwritable(problem)) from None


def _refuse_present(targets: Iterable[Path]) -> None:
    for target in targets:
        if os.path.lexists(target):
            sentence = _("{name} is there already; it is replaced only if you say so.")
            raise FileProblem(sentence.format(name=shown(target)))


def _write(path: Path, content: bytes, mode: int | None) -> None:
    # Never open to more people than the target is, not even while it is written.
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode or 0o666)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        with contextlib.suppress(OSError):  # a disk without permissions
            os.chmod(path, mode)


# ------------------------------------------------------------------------------------------------ several at once


def _kept(target: Path) -> Path:
    """Where the old files are while the new ones take their places."""
    return target.with_name(f".{target.name}.netviz-old")


def _put_in_place(pairs: Mapping[Path, Path], target: Path) -> None:
    """Every new file to its target, the one that was asked for last."""
    several = len(pairs) > 1 and any(os.path.lexists(each) for each in pairs.values())
    if several:
        _keep([each for each in pairs.values() if os.path.lexists(each)], target)
    try:
        for new, each in reversed(list(pairs.items())):
            os.replace(new, each)
    except OSError:
        if several:
            put_back(target)
        raise
    sync_folder(target.parent)
    if several:
        _forget(_kept(target))


def _keep(olds: list[Path], target: Path) -> None:
    beside = part_beside(target)
    os.mkdir(beside, 0o700)
    try:
        for old in olds:
            try:
                os.link(old, beside / old.name)
            except OSError:  # a disk without hard links
                shutil.copy2(old, beside / old.name)
        sync_folder(beside)
        os.rename(beside, _kept(target))
        sync_folder(target.parent)
    except OSError:
        _clear(beside)
        raise


def _clear(folder: Path) -> None:
    """Delete a folder of files, whatever fails on the way."""
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            with contextlib.suppress(OSError):
                os.unlink(entry.path)
    with contextlib.suppress(OSError):
        os.rmdir(folder)
        return
    shutil.rmtree(folder, ignore_errors=True)  # a program that proved them has left a folder of its own


def _forget(kept: Path) -> None:
    """Give the old files up: first the name that says they are needed, at once."""
    beside = part_beside(kept)
    os.rename(kept, beside)
    _clear(beside)


def put_back(path: str | os.PathLike[str]) -> bool:
    """Put the old files of a set back where writing it was broken off between two of them; whether there were any."""
    kept = _kept(Path(os.path.realpath(path)))
    try:
        names = sorted(os.listdir(kept))
    except OSError as problem:
        if problem.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            return False
        raise
    for name in names:
        if stat.S_ISREG(os.lstat(kept / name).st_mode):
            os.replace(kept / name, kept.parent / name)
    sync_folder(kept.parent)
    _clear(kept)
    return True

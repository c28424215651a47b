"""ZIP archives with known members: read into memory within limits, never unpacked onto the disk."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Mapping

from netviz.files import FileProblem, read_limited, shown, size_text, write_atomically
from netviz.i18n import _

_MOST_MEMBERS = 1000
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SYSTEM_UNIX = 3


def write_archive(path: str | os.PathLike[str], members: Mapping[str, bytes]) -> None:
    """Write members atomically; equal members give equal bytes. JSON is compressed, arrays are stored as they are."""
    write_atomically(path, archive_bytes(members))


def archive_bytes(members: Mapping[str, bytes]) -> bytes:
    """The archive as bytes."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = _SYSTEM_UNIX
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
            archive.writestr(entry, data)
    return memory.getvalue()


def read_archive(path: str | os.PathLike[str], limits: Mapping[str, int]) -> dict[str, bytes]:
    """The members of an archive, each of which must be named in `limits` with the most bytes it may have."""
    data = read_limited(path, sum(limits.values()) + 1024 * 1024)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_strange(entries, limits, shown(path))
            return {entry.filename: _member(archive, entry, shown(path)) for entry in entries}
    except FileProblem:
        raise
    except _BROKEN as problem:
        sentence = _("{name} is not a complete archive; it is damaged or was cut off ({why}).")
        raise FileProblem(sentence.format(name=shown(path), why=shown(str(problem) or type(problem).__name__))) from None


# What zipfile raises on damaged or hostile archives.
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError),
    *(RuntimeError, OverflowError, MemoryError, KeyError, IndexError, AttributeError),
)


def _refuse_strange(entries: list[zipfile.ZipInfo], limits: Mapping[str, int], name: str) -> None:
    """Judge the directory before any member is read."""
    if len(entries) > _MOST_MEMBERS:
        sentence = _("{name} has {n} members; netviz writes at most {most}.")
        raise FileProblem(sentence.format(name=name, n=len(entries), most=_MOST_MEMBERS))
    seen: set[str] = set()
    for entry in entries:
        member = shown(entry.orig_filename)
        if entry.filename not in limits or stat.S_ISLNK(entry.external_attr >> 16):
            sentence = _("{name}: the member {member} is not part of what netviz writes; nothing was opened.")
            raise FileProblem(sentence.format(name=name, member=member))
        if entry.filename in seen:
            raise FileProblem(_("{name}: the member {member} is there twice.").format(name=name, member=member))
        if entry.flag_bits & 0x1:
            raise FileProblem(_("{name}: the member {member} is encrypted.").format(name=name, member=member))
        if entry.file_size > limits[entry.filename]:
            sentence = _("{name}: the member {member} unpacks to {found}, more than the {limit} that can be.")
            sizes = {"found": size_text(entry.file_size), "limit": size_text(limits[entry.filename])}
            raise FileProblem(sentence.format(name=name, member=member, **sizes))
        seen.add(entry.filename)


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    # A member may unpack to more than it declares: read one byte past, never the whole.
    with archive.open(entry) as file:
        data = file.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        sentence = _("{name}: {member} has another length than the archive says; the file is damaged.")
        raise FileProblem(sentence.format(name=name, member=shown(entry.filename)))
    return data

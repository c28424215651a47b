"""ZIP archives with known members: read into memory within limits, never unpacked onto the disk.

The directory is judged before any member is read, and a member is read no further than it declares, so that
neither names nor sizes in a hostile file can do harm. Equal members are written as equal bytes.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from netviz.files import FileProblem, quoted, read_limited, shown, size_text, write_atomically
from netviz.i18n import _

_MOST_MEMBERS = 1000
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SYSTEM_UNIX = 3
_ENCRYPTED = 0x1
_DIRECTORY_ENTRY = b"PK\x01\x02"
_ROOM_FOR_HEADERS = 1024 * 1024

# What zipfile raises on damaged or hostile archives.
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError, ValueError),
    *(NotImplementedError, RuntimeError, OverflowError, MemoryError, KeyError, IndexError, AttributeError),
)


def write_archive(path: str | os.PathLike[str], members: Mapping[str, bytes]) -> None:
    """Write members atomically; equal members give equal bytes. JSON is compressed, the rest stored."""
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


def read_archive(
    source: bytes | str | os.PathLike[str], limits: Mapping[str, int], most_members: int = _MOST_MEMBERS
) -> dict[str, bytes]:
    """The members of an archive, given as its bytes or its path; FileProblem for what is not one.

    `limits` names all members that may be there, with the most bytes each may unpack to. A name may be a
    pattern (`*.npy`); its bytes are then those of all members it matches, together.
    """
    if isinstance(source, bytes):
        name, data = _("The archive"), source
    else:
        name, data = shown(source), read_limited(source, sum(limits.values()) + _ROOM_FOR_HEADERS)
    # Counted in the raw bytes: zipfile would first build an object for each of a million entries.
    if data.count(_DIRECTORY_ENTRY) > most_members:
        raise FileProblem(_("{name} has more than {n} members.").format(name=name, n=most_members))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _judge(entries, limits, name)
            return {entry.orig_filename: _member(archive, entry, name) for entry in entries}
    except _BROKEN as problem:
        why = quoted(str(problem) or type(problem).__name__)
        sentence = _("{name} is not a complete archive; it is damaged or was cut off ({why}).")
        raise FileProblem(sentence.format(name=name, why=why)) from None


def _judge(entries: list[zipfile.ZipInfo], limits: Mapping[str, int], name: str) -> None:
    room = dict(limits)
    seen: set[str] = set()
    for entry in entries:
        member = entry.orig_filename  # `filename` ends at a zero byte
        allowed = _allowed_as(member, limits)
        objection = _objection(entry, room.get(allowed), member in seen)
        if objection:
            found, left = size_text(entry.file_size), size_text(room.get(allowed, 0))
            raise FileProblem(objection.format(name=name, member=quoted(member), found=found, limit=left))
        room[allowed] -= entry.file_size
        seen.add(member)


def _allowed_as(member: str, limits: Mapping[str, int]) -> str:
    """The name or pattern by which a member may be there; empty for a name leading elsewhere, or for none."""
    return "" if leads_elsewhere(member) else next((p for p in limits if fnmatchcase(member, p)), "")


def leads_elsewhere(member: str) -> bool:
    """Whether unpacking a member of that name would write outside the folder it is unpacked in."""
    parts = re.split(r"[/\\]", member)
    return not parts[0] or ":" in parts[0] or ".." in parts or "\0" in member


def refuse_elsewhere(entries: Iterable[zipfile.ZipInfo], name: str) -> None:
    """FileProblem for members that lead elsewhere by their name or as links; netviz unpacks none, and good files have none."""
    for entry in entries:
        if leads_elsewhere(entry.orig_filename) or stat.S_ISLNK(entry.external_attr >> 16):
            sentence = _("{name}: the member {member} leads elsewhere; the file was made to do harm, and nothing was opened.")
            raise FileProblem(sentence.format(name=name, member=quoted(entry.orig_filename)))


def _objection(entry: zipfile.ZipInfo, room: int | None, twice: bool) -> str | None:
    if room is None or stat.S_ISLNK(entry.external_attr >> 16):
        return _("{name}: the member {member} is not part of what netviz writes; nothing was opened.")
    if twice:
        return _("{name}: the member {member} is there twice.")
    if entry.flag_bits & _ENCRYPTED:
        return _("{name}: the member {member} is encrypted.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _("{name}: the member {member} is compressed in a way that netviz does not read.")
    if entry.file_size > room:
        return _("{name}: the member {member} unpacks to {found}, more than the {limit} that can be.")
    return None


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    # One byte past what is declared, so that zipfile reaches the end, where it compares the CRC.
    with archive.open(entry) as file:
        data = file.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        sentence = _("{name}: {member} has another length than the archive says; the file is damaged.")
        raise FileProblem(sentence.format(name=name, member=quoted(entry.orig_filename)))
    return data

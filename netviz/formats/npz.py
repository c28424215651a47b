"""NumPy's .npz: a ZIP archive with one .npy file for each array.

Read without NumPy's loader: no pickle can be in it, no header is evaluated, and sizes are known before memory is taken.
Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netviz.archive import archive_bytes, refuse_elsewhere
from netviz.arrays import Array, Shape, size
from netviz.files import FileProblem, shown, size_text
from netviz.formats.format import DESCRIPTION, Format, Outcome, Preview, formats
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _

_MOST_MEMBERS = 10_000
_MOST_HEADER = 10_000
_MOST_AXES = 32
_SMALL = 16 * 1024 * 1024  # that much any archive may unpack to
_RATIO = 50  # and beyond it that many times its own size
_KINDS = re.compile(r"[<>=|]?([fiu][1248]|b1|U\d{1,8})")
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError),
    *(RuntimeError, OverflowError, MemoryError, KeyError, IndexError, AttributeError, TypeError),
)


@formats.register("npz", title=N_("NumPy archive"))
class Npz(Format):
    """`numpy.load(path)["dense/kernel"]`; the description is the text `str(numpy.load(path)["netviz.json"])`."""

    suffixes = (".npz",)
    flavour = "numpy"

    def recognises(self, data: bytes) -> bool:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = archive.namelist()
        except _BROKEN:
            return False
        return bool(names) and all(name.endswith(".npy") for name in names)

    def describe(self, trained: Trained, name: str) -> Preview:
        what = _("{n} arrays and a description").format(n=len(trained.arrays))
        return Preview(((name, what),), (_("scales of the data"), _("provenance")), (_("the optimizer's memory"),))

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        arrays = {**trained.arrays, DESCRIPTION: np.array(trained.described())}
        return {name: archive_bytes({f"{key}.npy": _npy(array) for key, array in arrays.items()})}

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files if name != DESCRIPTION}
        return Outcome(trained.predictions(found, rows.x), _("NumPy's own reader"))

    def read(self, data: bytes, name: str) -> Weights:
        if data[:1] == b"\x80":
            raise FileProblem(_("{name} is a pickle, which can run code; netviz never opens one.").format(name=name))
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                entries = archive.infolist()
                _refuse_strange(entries, len(data), name)
                arrays = {entry.filename[:-4]: _array(archive, entry, name) for entry in entries}
        except _BROKEN as problem:
            sentence = _("{name} is not a complete .npz archive; it is damaged or was cut off ({why}).")
            raise FileProblem(sentence.format(name=name, why=shown(str(problem) or type(problem).__name__))) from None
        description = arrays.pop(DESCRIPTION, None)
        text = str(description) if description is not None and description.dtype.kind == "U" else ""
        words = [key for key, array in arrays.items() if array.dtype.kind == "U"]
        if words:
            raise FileProblem(
                _("{name}: {key} holds text; weights are numbers.").format(name=name, key=shown(words[0]))
            )
        return Weights(arrays, text)


def _npy(array: Array) -> bytes:
    memory = io.BytesIO()
    np.lib.format.write_array(memory, np.ascontiguousarray(array).reshape(array.shape), allow_pickle=False)
    return memory.getvalue()


def _refuse_strange(entries: list[zipfile.ZipInfo], length: int, name: str) -> None:
    """Judge the directory before anything is unpacked."""
    refuse_elsewhere(entries, name)
    if len(entries) > _MOST_MEMBERS:
        sentence = _("{name} holds {n:,} arrays; at most {most:,} can be read.")
        raise FileProblem(sentence.format(name=name, n=len(entries), most=_MOST_MEMBERS))
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > max(_SMALL, _RATIO * length):
        sentence = _("{name} is {length} long and would unpack to {unpacked}; that is not opened.")
        raise FileProblem(sentence.format(name=name, length=size_text(length), unpacked=size_text(unpacked)))
    seen: set[str] = set()
    for entry in entries:
        member = shown(entry.filename)
        if not entry.filename.endswith(".npy"):
            raise FileProblem(_("{name}: the member {member} is not an array.").format(name=name, member=member))
        if entry.filename in seen:
            raise FileProblem(_("{name}: the member {member} is there twice.").format(name=name, member=member))
        if entry.flag_bits & 0x1:
            raise FileProblem(_("{name}: the member {member} is encrypted.").format(name=name, member=member))
        seen.add(entry.filename)


@dataclass(frozen=True)
class _Header:
    """What a .npy file says of its array, and where the numbers begin."""

    dtype: np.dtype[np.generic]
    shape: Shape
    fortran: bool
    begin: int


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Array:
    place = f"{name}, {shown(entry.filename)}"
    with archive.open(entry) as file:
        header = _header(file.read(12 + _MOST_HEADER), place)
    wanted = size(header.shape) * header.dtype.itemsize
    if wanted != entry.file_size - header.begin:
        sentence = _("{place} claims {wanted}, and there are {found}; the file is damaged.")
        sizes = {"wanted": size_text(wanted), "found": size_text(entry.file_size - header.begin)}
        raise FileProblem(sentence.format(place=place, **sizes))
    data = archive.read(entry)
    flat = np.frombuffer(data, header.dtype, offset=header.begin, count=size(header.shape))
    array = flat.reshape(header.shape, order="F" if header.fortran else "C")
    return np.ascontiguousarray(array, header.dtype.newbyteorder("=")).reshape(header.shape)


def _header(data: bytes, place: str) -> _Header:
    if data[:6] != b"\x93NUMPY" or data[6] not in (1, 2, 3):
        raise FileProblem(_("{place} is not an array of NumPy's.").format(place=place))
    width = 2 if data[6] == 1 else 4
    begin = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    if begin > 12 + _MOST_HEADER or begin > len(data):
        raise FileProblem(_("{place} has a header too long or cut off.").format(place=place))
    text = data[8 + width : begin].decode("latin-1").strip()
    kind = re.search(r"""['"]descr['"]\s*:\s*['"]([^'"]{1,20})['"]""", text)
    order = re.search(r"""['"]fortran_order['"]\s*:\s*(True|False)""", text)
    shape = re.search(r"""['"]shape['"]\s*:\s*\(([\d\s,]*)\)""", text)
    if kind is None or _KINDS.fullmatch(kind[1]) is None:
        sentence = _("{place} does not hold plain numbers (Python objects could run code and are never loaded).")
        raise FileProblem(sentence.format(place=place))
    if order is None or shape is None:
        raise FileProblem(_("{place} has a header that is not valid.").format(place=place))
    axes = [axis.strip() for axis in shape[1].split(",") if axis.strip()]
    if len(axes) > _MOST_AXES or any(len(axis) > 18 or not axis.isdigit() for axis in axes):
        raise FileProblem(_("{place} has an impossible shape.").format(place=place))
    return _Header(np.dtype(kind[1]), tuple(map(int, axes)), order[1] == "True", begin)

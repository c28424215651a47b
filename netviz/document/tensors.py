"""Arrays as safetensors bytes, and back with nothing taken on trust.

The format is a length, a JSON header and the numbers, row after row. Its own library writes a transposed array wrongly
and accepts a name given twice, so both directions are done here and tested against it. Nothing is allocated before
the header has been found to describe exactly the bytes that are there.
Source: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.files import FileProblem
from netviz.i18n import _
from netviz.strict_json import dump_json, parse_json

MOST_TENSORS = 10_000
_MOST_HEADER = 16 * 1024 * 1024
_MOST_AXES = 32
_KINDS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_NAMES = {np.dtype(kind): name for name, kind in _KINDS.items()}


@dataclass(frozen=True)
class Tensors:
    """Read-only arrays by name, and the header's texts."""

    arrays: Mapping[str, Array]
    metadata: Mapping[str, str]


def plain(array: Array) -> Array:
    """The same numbers as they are written: row after row, little end first; FileProblem for other than numbers."""
    made = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    if made.dtype not in _NAMES:
        sentence = _("Arrays of the type {kind} cannot be saved; turn them into float32 or float64 first.")
        raise FileProblem(sentence.format(kind=array.dtype))
    return made.reshape(array.shape)


def pack(arrays: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> bytes:
    """The arrays as one safetensors file; equal arrays give equal bytes."""
    ready = {name: plain(array) for name, array in arrays.items()}
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    at, pieces = 0, []
    for name in sorted(ready, key=lambda name: (-ready[name].itemsize, name)):  # widest first keeps all aligned
        array = ready[name]
        stop = at + array.nbytes
        header[name] = {"dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [at, stop]}
        pieces.append(array.tobytes())
        at = stop
    head = dump_json(header)
    head += b" " * (-len(head) % 8)
    return b"".join([len(head).to_bytes(8, "little"), head, *pieces])


def unpack(data: bytes, file: str) -> Tensors:
    """The arrays of a safetensors file, as views of `data`; FileProblem names `file` and what is wrong in it."""
    header, begin = _header(data, file)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise _damaged(file, _("its description is not a list of texts"))
    _refuse_many(len(header), file)
    placed = {name: _placed(name, entry, file) for name, entry in header.items()}
    at = 0
    for name, (_kind, _shape, start, stop) in sorted(placed.items(), key=lambda item: item[1][2:]):
        if start != at:
            raise _damaged(file, _("the numbers of {name} do not follow those before them").format(name=_shown(name)))
        at = stop
    if at != len(data) - begin:
        sentence = _(
            "{file} is cut off or damaged: it holds {found:,} bytes of numbers, its header describes {wanted:,}."
        )
        raise FileProblem(sentence.format(file=file, found=len(data) - begin, wanted=at))
    arrays = {
        name: np.frombuffer(data, kind, size(shape), begin + start).reshape(shape)
        for name, (kind, shape, start, _stop) in placed.items()
    }
    return Tensors(arrays, metadata)


def _header(data: bytes, file: str) -> tuple[dict[str, Any], int]:
    """The header, and where the numbers begin."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise _damaged(file, _("it ends within its header"))
    if length > _MOST_HEADER:
        sentence = _("{file} has a header of {n:,} bytes; at most {most:,} can be read.")
        raise FileProblem(sentence.format(file=file, n=length, most=_MOST_HEADER))
    _refuse_many(data.count(b'"data_offsets"', 8, 8 + length), file)  # before an object is made for each of a million
    header = parse_json(data[8 : 8 + length], _("the header of {file}").format(file=file))
    if not isinstance(header, dict):
        raise _damaged(file, _("its header is not a list of arrays"))
    return header, 8 + length


def _refuse_many(count: int, file: str) -> None:
    if count > MOST_TENSORS:
        sentence = _("{file} holds {n:,} arrays; at most {most:,} can be read.")
        raise FileProblem(sentence.format(file=file, n=count, most=MOST_TENSORS))


def _placed(name: str, entry: Any, file: str) -> tuple[np.dtype[Any], Shape, int, int]:
    """(type, shape, first byte, one past the last byte) of an array, found to agree with each other."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise _damaged(file, _("the entry of {name} is not an array's").format(name=_shown(name)))
    kind = entry["dtype"]
    if not isinstance(kind, str) or kind not in _KINDS:
        sentence = _("{file}: {name} is of the type {kind}; it must be one of {kinds}.")
        raise FileProblem(sentence.format(file=file, name=_shown(name), kind=_shown(kind), kinds=", ".join(_KINDS)))
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not _counts(shape) or len(shape) > _MOST_AXES or not _counts(offsets) or len(offsets) != 2:
        raise _damaged(file, _("the shape or the place of {name} is impossible").format(name=_shown(name)))
    dtype = np.dtype(_KINDS[kind])
    start, stop = offsets
    if math.prod(shape) * dtype.itemsize != stop - start:
        sentence = _("{name} of shape {shape} does not take {n:,} bytes")
        raise _damaged(file, sentence.format(name=_shown(name), shape=_shown(shape), n=stop - start))
    return dtype, tuple(shape), start, stop


def _counts(found: Any) -> bool:
    """Whether this is a list of whole numbers from 0 to 2⁵³."""
    return isinstance(found, list) and all(type(n) is int and 0 <= n <= 2**53 for n in found)


def _shown(found: Any) -> str:
    text = ascii(found)
    return text if len(text) <= 60 else text[:57] + "..."


def _damaged(file: str, what: str) -> FileProblem:
    return FileProblem(_("{file} is damaged: {what}.").format(file=file, what=what))

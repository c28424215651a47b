"""HDF5 as netviz needs it: arrays by path and texts, written plainly and read with nothing followed or trusted.

Reading happens in a process apart (`netviz.formats.apart`), because the library can be made to loop or crash.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.files import FileProblem, quoted, size_text
from netviz.i18n import _

SIGNATURE = b"\x89HDF\r\n\x1a\n"
READER = "netviz.formats.hdf5:contents"
_MOST_OBJECTS = 10_000
_FILTERS = range(1, 7)  # deflate, shuffle, fletcher32, szip, nbit, scaleoffset: those that are part of the library
_DEEPEST = 24
_SMALL = 16 * 1024 * 1024  # that much any file may unpack to
_RATIO = 20  # and beyond it that many times its own size
_MOST_TEXT = 16 * 1024 * 1024


def written(arrays: Mapping[str, Array], attributes: Mapping[str, str], groups: tuple[str, ...] = ()) -> bytes:
    """An HDF5 file of arrays by path, texts by "group@name", and groups without anything in them."""
    import h5py

    memory = io.BytesIO()
    with h5py.File(memory, "w", libver=("earliest", "v110")) as file:
        for path in groups:
            file.require_group(path)
        for path, array in arrays.items():
            file.create_dataset(path, data=array)
        for place, text in attributes.items():
            group, name = place.split("@")
            file.require_group(group).attrs[name] = text
    return memory.getvalue()


def contents(data: bytes, name: str) -> tuple[dict[str, Array], dict[str, str]]:
    """All arrays by path; texts by "path@attribute", lists of texts as lines. FileProblem for what is not plain."""
    import h5py

    with h5py.File(io.BytesIO(data), "r") as file:
        walk = _Walk(name, max(_SMALL, _RATIO * len(data)))
        walk.attributes("", file)
        walk.group("", file, 0)
    return walk.arrays, walk.texts


class _Walk:
    """One way through a file: every object once, no link followed, nothing larger than what is left of the limit."""

    def __init__(self, name: str, limit: int) -> None:
        self.arrays: dict[str, Array] = {}
        self.texts: dict[str, str] = {}
        self._name, self._left, self._texts_left = name, limit, _MOST_TEXT
        self._seen: set[int] = set()
        self._objects = 0

    def group(self, path: str, group: Any, depth: int) -> None:
        import h5py

        if depth > _DEEPEST:
            raise self._problem(path, _("groups are nested deeper than any model's"))
        for key in group:
            self._objects += 1
            if self._objects > _MOST_OBJECTS:
                raise self._problem(path, _("there are more objects than any model has"))
            place = f"{path}/{key}" if path else key
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                raise self._problem(place, _("it is a link to elsewhere, and links are not followed"))
            child = group[key]
            address = int(h5py.h5o.get_info(child.id).addr)
            if address in self._seen:
                raise self._problem(place, _("it stands in two places"))
            self._seen.add(address)
            self.attributes(place, child)
            if isinstance(child, h5py.Group):
                self.group(place, child, depth + 1)
            elif isinstance(child, h5py.Dataset):
                self._dataset(place, child)

    def _dataset(self, path: str, dataset: Any) -> None:
        if dataset.external or dataset.is_virtual:
            raise self._problem(path, _("its numbers lie in another file, and those are not followed"))
        if dataset.dtype.kind not in "fiub" or dataset.shape is None:
            return  # texts and records are no weights
        if dataset.dtype.itemsize > 8:
            raise self._problem(path, _("its numbers have {n} bytes, more than weights have").format(n=dataset.dtype.itemsize))
        how = dataset.id.get_create_plist()
        if any(how.get_filter(place)[0] not in _FILTERS for place in range(how.get_nfilters())):
            raise self._problem(path, _("its numbers are packed in a way that HDF5 itself does not know"))
        wanted = dataset.size * dataset.dtype.itemsize
        self._left -= wanted
        if self._left < 0:
            raise self._problem(path, _("it claims {n}, far more than the file holds").format(n=size_text(wanted)))
        self.arrays[path] = np.ascontiguousarray(dataset[()], dataset.dtype.newbyteorder("=")).reshape(dataset.shape)

    def attributes(self, path: str, holder: Any) -> None:
        for key in holder.attrs:
            attribute = holder.attrs.get_id(key)
            self._texts_left -= math.prod(attribute.shape) * attribute.dtype.itemsize + len(key)
            if self._texts_left < 0:
                raise self._problem(path, _("its texts are longer than any model's"))
            found = holder.attrs[key]
            text = None
            if isinstance(found, np.ndarray) and found.dtype.kind in "SO":
                text = "\n".join(_text(item) for item in found.ravel())
            elif isinstance(found, (str, bytes)):
                text = _text(found)
            if text is not None:
                self._texts_left -= len(text)  # what stands elsewhere in the file is known only now
                self.texts[f"{path}@{key}"] = text

    def _problem(self, path: str, why: str) -> FileProblem:
        return FileProblem(_("{name}, {path}: {why}.").format(name=self._name, path=quoted(path), why=why))


def _text(found: Any) -> str:
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)

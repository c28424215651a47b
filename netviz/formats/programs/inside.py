"""What a program of netviz' holds for netviz alone: the description as a comment at its end, weights as literals.

Both are read as text; nothing of a program is run.
"""

from __future__ import annotations

import ast
import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from netviz.arrays import Array, FrozenMap, size
from netviz.files import FileProblem, quoted, size_text
from netviz.formats.trained import Trained
from netviz.i18n import _

_LONGEST = 64 * 1024 * 1024
_WIDTH = 100
_SAID = "The settings, scales and history of the training, for netviz to open this file again:"
PLACES = "places"
_KINDS = {"float32": np.float32, "float64": np.float64}
_WRONG = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, MemoryError, RecursionError, binascii.Error)


def comment(trained: Trained, sign: str = "#", more: Mapping[str, Any] = FrozenMap({})) -> str:
    """The description as JSON, in lines that end with a mark, so that no editor takes spaces from them.

    sign: what begins a comment; more: what else the JSON shall hold.
    """
    plain = json.dumps({**json.loads(trained.described()), **more})
    lines = [plain[at : at + _WIDTH] for at in range(0, len(plain), _WIDTH)]
    return "\n".join([f"{sign} {_SAID}", *(f"{sign} netviz.json {line}|" for line in lines)])


def description(data: bytes) -> str:
    """The text of such a comment; empty where there is none."""
    return b"".join(re.findall(rb"^(?:#|//) netviz\.json ([ -~]{1,100})\|\r?$", data, re.MULTILINE)).decode()


def _refuse_long(data: bytes, name: str) -> None:
    if len(data) > _LONGEST:
        sentence = _("{name} is larger ({found}) than programs that are read ({limit}).")
        raise FileProblem(sentence.format(name=name, found=size_text(len(data)), limit=size_text(_LONGEST)))


def c_places(weights: Mapping[str, Array], constants: Mapping[str, Array]) -> dict[str, list[Any]]:
    """[constant, shape] for each weight that stands in a header with its own numbers; {} where one does not."""
    kept: dict[bytes, list[str]] = {}
    for name, array in constants.items():
        kept.setdefault(array.astype(np.float32).tobytes() if array.dtype.kind == "f" else b"", []).append(name)
    found = {key: kept.get(array.astype(np.float32).tobytes()) for key, array in weights.items()}
    places = {key: names.pop(0) if names else "" for key, names in found.items()}
    if not all(places.values()):
        return {}
    return {key: [place, list(weights[key].shape)] for key, place in places.items()}


def c_arrays(data: bytes, name: str) -> dict[str, Array]:
    """The weights of a C header that says where they stand; FileProblem where it does not, or they are no numbers."""
    _refuse_long(data, name)
    arrays, key = dict[str, Array](), PLACES
    try:
        constants = re.finditer(rb"^static const float (\w{1,200})\[", data, re.MULTILINE)
        begins = {found[1].decode(): found.end() for found in constants}
        for key, (constant, shape) in json.loads(description(data))[PLACES].items():
            begin = data.index(b"{", begins.pop(constant))  # once each, so that no more is made than the file holds
            cells = data[data.index(b"*/", begin) + 2 : data.index(b"}", begin)].replace(b"f", b"").split(b",")
            arrays[key] = np.array([float(cell) for cell in cells if cell.strip()], np.float32).reshape(_shape(tuple(shape)))
    except _WRONG:
        sentence = _("{name}: {key} is not an array of numbers as netviz writes it; it is damaged or was changed.")
        raise FileProblem(sentence.format(name=name, key=quoted(str(key)))) from None
    if not arrays:
        sentence = _("{name} has no weights of their own: normalizations are worked into them; take another format.")
        raise FileProblem(sentence.format(name=name))
    return arrays


def python_arrays(data: bytes, name: str) -> dict[str, Array]:
    """The arrays of `W = {"dense/kernel": np.array(...), ...}`; FileProblem where they are anything but numbers."""
    _refuse_long(data, name)
    begin = data.find(b"\nW = {")
    end = -1 if begin < 0 else data.find(b"}", begin) if data[begin:].startswith(b"\nW = {}") else data.find(b"\n}", begin) + 1
    if end <= 0:
        raise FileProblem(_("{name} has no weights that netviz can find; it is damaged or was changed.").format(name=name))
    arrays, key = dict[str, Array](), "W"
    try:
        entries: Any = ast.parse(data[begin + 5 : end + 1].decode(), mode="eval").body
        for place, value in zip(entries.keys, entries.values, strict=True):
            key = str(place.value)
            arrays[key] = _array(value)
    except (*_WRONG, SyntaxError):
        sentence = _("{name}: {key} is not an array of numbers as netviz writes it; it is damaged or was changed.")
        raise FileProblem(sentence.format(name=name, key=quoted(key))) from None
    return arrays


def _array(node: Any) -> Array:
    """np.array([...], np.float32), the same with .reshape(...), np.zeros(shape, kind), decoded("<f4", shape, text)."""
    called, given = node.func, node.args
    if isinstance(called, ast.Name) and called.id == "decoded":
        kind, shape, text = (ast.literal_eval(each) for each in given)
        return np.frombuffer(base64.b64decode(text), {"<f4": "<f4", "<f8": "<f8"}[kind]).reshape(_shape(shape))
    if called.attr == "reshape":
        return _array(called.value).reshape(_shape(tuple(map(ast.literal_eval, given))))
    value, dtype = ast.literal_eval(given[0]), _KINDS[given[1].attr]
    if called.attr == "zeros" and size(_shape(value)) == 0:
        return np.zeros(_shape(value), dtype)
    if called.attr != "array":
        raise ValueError(called.attr)
    return np.array(value, dtype)


def _shape(found: Any) -> tuple[int, ...]:
    if not isinstance(found, tuple) or not all(type(n) is int and n >= 0 for n in found):
        raise ValueError(found)
    return found

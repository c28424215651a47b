"""JSON that is what it says: no NaN, no second key of one name, no depth or number that breaks a reader."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from netviz.files import FileProblem, shown, size_text
from netviz.i18n import _

MOST_BYTES = 64 * 1024 * 1024
_DEEPEST = 64
_LONGEST_INTEGER = 30
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def dump_json(value: Any) -> bytes:
    """Readable JSON in UTF-8; equal values give equal bytes."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def parse_json(data: bytes | str, name: str, limit: int = MOST_BYTES, depth: int = _DEEPEST) -> Any:
    """The value of JSON text; FileProblem with the name of the text and the place in it for anything doubtful."""
    if len(data) > limit:
        sentence = _("{name} is larger ({found}) than any that netviz writes ({limit}).")
        raise FileProblem(sentence.format(name=shown(name), found=size_text(len(data)), limit=size_text(limit)))
    text = _text(data, name)
    _refuse_depth(text, name, depth)
    try:
        return json.loads(
            text,
            object_pairs_hook=lambda pairs: _unique(pairs, name),
            parse_int=lambda digits: _integer(digits, name),
            parse_float=lambda digits: _finite(digits, name),
            parse_constant=lambda word: _finite(word, name),
        )
    except json.JSONDecodeError as problem:
        sentence = _("{name}, line {line}, column {column}: this is not JSON ({why}); the file is damaged.")
        place = {"line": problem.lineno, "column": problem.colno, "why": problem.msg}
        raise FileProblem(sentence.format(name=shown(name), **place)) from None


def _text(data: bytes | str, name: str) -> str:
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        sentence = _("{name}: byte {at} is not UTF-8 text; the file is damaged.")
        raise FileProblem(sentence.format(name=shown(name), at=problem.start)) from None


def _refuse_depth(text: str, name: str, deepest: int) -> None:
    """Brackets outside of strings are counted before the parser, which recurses, gets to see them."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token.group(), 0)
        if depth > deepest:
            sentence = _("{name} is nested deeper than {n} levels; netviz never writes that.")
            raise FileProblem(sentence.format(name=shown(name), n=deepest))


def _unique(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _value in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise FileProblem(_("{name}: the key {key} appears twice.").format(name=shown(name), key=shown(twice)))
    for key in found:
        if any("\ud800" <= c <= "\udfff" for c in key):
            raise FileProblem(_("{name}: a key holds half a character.").format(name=shown(name)))
    return found


def _integer(digits: str, name: str) -> int:
    if len(digits) > _LONGEST_INTEGER:
        sentence = _("{name}: a whole number has {n} digits; at most {most} are possible.")
        raise FileProblem(sentence.format(name=shown(name), n=len(digits), most=_LONGEST_INTEGER))
    return int(digits)


def _finite(digits: str, name: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise FileProblem(_("{name}: {n} is not a finite number.").format(name=shown(name), n=shown(digits)))
    return number

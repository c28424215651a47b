"""JSON that is what it says: no NaN, no second key of one name, no depth or number that breaks a reader.

Python's own reader does the work. What it would accept, or fail on, is looked for before it or in its hooks,
in time that grows with the length of the text and no faster, because the text may be anybody's.
"""

from __future__ import annotations

import json
import math
import re
from itertools import islice
from typing import Any

from netviz.files import FileProblem, quoted, size_text
from netviz.i18n import _

MOST_BYTES = 64 * 1024 * 1024
_DEEPEST = 64
_MOST_DIGITS = 30

# Possessive (++, *+) and content with a missing end quote: otherwise an unclosed string takes quadratic time.
_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_BRACKETS = re.compile(_STRING + r"|[\[\]{}]", re.DOTALL)
_NUMBERS = re.compile(_STRING + r"|-?(?:Infinity|[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)|NaN", re.DOTALL)
# Pairs of surrogates are passed over first, so what is left in `half` is alone.
_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPES = re.compile(r"\\(?:" + _PAIR + r"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL)


def dump_json(value: Any) -> bytes:
    """Readable JSON in UTF-8, keys in their own order; equal values give equal bytes, ValueError for NaN."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def parse_json(data: bytes | str, name: str, limit_bytes: int = MOST_BYTES, depth: int = _DEEPEST) -> Any:
    """The value of JSON text; FileProblem with the text's name and the place in it for anything doubtful."""
    if len(data) > limit_bytes:
        sentence = _("{name} is larger ({found}) than any that netviz writes ({limit}).")
        sizes = {"found": size_text(len(data)), "limit": size_text(limit_bytes)}
        raise FileProblem(sentence.format(name=quoted(name), **sizes))
    return _Reader(_text(data, name), quoted(name)).value(depth)


def _text(data: bytes | str, name: str) -> str:
    try:
        if isinstance(data, bytes):
            return data.decode()
        data.encode()
        return data
    except UnicodeDecodeError as problem:
        at, sentence = problem.start, _("{name}: byte {at} is not UTF-8 text; the file is damaged.")
    except UnicodeEncodeError as problem:
        at, sentence = problem.start, _("{name}: character {at} is half a character; the file is damaged.")
    raise FileProblem(sentence.format(name=quoted(name), at=at))


class _Reader:
    """One reading of one text. json does not tell its hooks where they are; they find it when they refuse."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._objects = 0

    def value(self, deepest: int) -> Any:
        self._refuse_depth(deepest)
        self._refuse_half_characters()
        try:
            return json.loads(
                self._text,
                object_pairs_hook=self._object,
                parse_int=self._integer,
                parse_float=self._finite,
                parse_constant=self._finite,
            )
        except json.JSONDecodeError as problem:
            sentence = _("{name}, line {line}, column {column}: not JSON ({why}); the file is damaged.")
            raise self._problem(sentence, problem.pos, column=problem.colno, why=problem.msg) from None

    def _refuse_depth(self, deepest: int) -> None:
        """Count the brackets outside of strings before json, which recurses, gets to see them."""
        depth = 0
        for token in _BRACKETS.finditer(self._text):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token.group(), 0)
            if depth > deepest:
                sentence = _("{name}, line {line}: nested deeper than {n} levels; netviz never writes that.")
                raise self._problem(sentence, token.start(), n=deepest)

    def _refuse_half_characters(self) -> None:
        for escape in _ESCAPES.finditer(self._text):
            if escape["half"]:
                sentence = _("{name}, line {line}: {found} is half a character; the file is damaged.")
                raise self._problem(sentence, escape.start(), found=quoted(escape.group()))

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self._objects += 1
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                sentence = _("{name}: the key {key} appears twice in the object that ends in line {line}.")
                raise self._problem(sentence, self._end_of_object(), key=quoted(key))
            found[key] = value
        return found

    def _end_of_object(self) -> int:
        """Objects are made in the order in which they end."""
        ends = (token.start() for token in _BRACKETS.finditer(self._text) if token.group() == "}")
        return next(islice(ends, self._objects - 1, None), 0)

    def _integer(self, digits: str) -> int:
        count = len(digits.lstrip("-"))
        if count > _MOST_DIGITS:
            sentence = _("{name}, line {line}: a whole number has {n} digits; at most {most} are possible.")
            raise self._problem(sentence, self._start_of(digits), n=count, most=_MOST_DIGITS)
        return int(digits)

    def _finite(self, digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            sentence = _("{name}, line {line}: {found} is not a finite number.")
            raise self._problem(sentence, self._start_of(digits), found=quoted(digits))
        return number

    def _start_of(self, number: str) -> int:
        """Where a number stands first: json stopped at the first one that is wrong."""
        places = (token.start() for token in _NUMBERS.finditer(self._text) if token.group() == number)
        return next(places, 0)

    def _problem(self, sentence: str, position: int, **words: object) -> FileProblem:
        line = self._text.count("\n", 0, position) + 1
        return FileProblem(sentence.format(name=self._name, line=line, **words))

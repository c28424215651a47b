"""Numbers and texts as literals that mean them exactly."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Iterable

import numpy as np

from netviz.arrays import Array

_WIDTH = 112
_READABLE = 256  # numbers of an array that a person may want to read


def number(value: float | np.floating) -> str:
    """The shortest text that means a number of its own precision; those that are not finite as NumPy names them."""
    text = str(value)
    return text if np.isfinite(value) else {"nan": "np.nan", "inf": "np.inf", "-inf": "-np.inf"}[text]


def numbers(array: Array) -> list[str]:
    """Each number of an array, row after row."""
    return [number(value) for value in array.ravel()]


def filled(words: Iterable[str], indent: str) -> list[str]:
    """Words with commas between them, in lines of one width; a word is never broken."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) + 2 <= _WIDTH:
            lines[-1] += f" {word},"
        else:
            lines.append(f"{indent}{word},")
    return lines


def numpy_array(array: Array, indent: str = "") -> str:
    """An expression that is the array; large ones as base64 of their bytes, through the program's `decoded`."""
    kind = f"np.{array.dtype}"
    if array.size > _READABLE or not np.isfinite(array).all():
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        text = textwrap.wrap(base64.b64encode(little.tobytes()).decode(), _WIDTH)
        body = "\n".join(f"{indent}    {line}" for line in text)
        return f'decoded("{little.dtype.str}", {array.shape}, """\n{body}\n{indent}""")'
    if array.size == 0:
        return f"np.zeros({array.shape}, {kind})"
    if array.ndim == 0:
        return f"np.array({numbers(array)[0]}, {kind})"
    flat = ", ".join(numbers(array))
    one = f"np.array([{flat}], {kind})"
    if array.ndim == 1 and len(one) + len(indent) < _WIDTH:
        return one
    if array.ndim <= 2:
        rows = array.reshape(-1, array.shape[-1]) if array.ndim == 2 else None
        lines = filled(numbers(array), f"{indent}    ") if rows is None else _rows(rows, f"{indent}    ")
        return "\n".join(["np.array([", *lines, f"{indent}], {kind})"])
    lines = _rows(array.reshape(-1, array.shape[-1]), f"{indent}    ")
    return "\n".join(["np.array([", *lines, f"{indent}], {kind}).reshape({', '.join(map(str, array.shape))})"])


def _rows(rows: Array, indent: str) -> list[str]:
    """A list of numbers for each row."""
    found = []
    for row in rows:
        whole = f"{indent}[{', '.join(numbers(row))}],"
        lines = [f"{indent}[", *filled(numbers(row), f"{indent}    "), f"{indent}],"]
        found += [whole] if len(whole) <= _WIDTH + 8 else lines
    return found

"""Numbers and texts as literals that mean them exactly."""

from __future__ import annotations

import base64
import re
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
    narrow = array.ndim == 1 or array.shape[-1] < 3
    lines = filled(numbers(array), f"{indent}    ") if narrow else _rows(array.reshape(-1, array.shape[-1]), f"{indent}    ")
    shaped = f".reshape({', '.join(map(str, array.shape))})" if array.ndim > 2 or narrow and array.ndim == 2 else ""
    return "\n".join(["np.array([", *lines, f"{indent}], {kind}){shaped}"])


def _rows(rows: Array, indent: str) -> list[str]:
    """A list of numbers for each row."""
    found = []
    for row in rows:
        whole = f"{indent}[{', '.join(numbers(row))}],"
        lines = [f"{indent}[", *filled(numbers(row), f"{indent}    "), f"{indent}],"]
        found += [whole] if len(whole) <= _WIDTH + 8 else lines
    return found


# ---------------------------------------------------------------------------------------------------------------- C


def c_name(text: str, taken: set[str]) -> str:
    """A name of C for any text, none of those that are taken, to which it is added."""
    made = plain = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "layer"
    number = 1
    while made in taken:
        number += 1
        made = f"{plain}_{number}"
    taken.add(made)
    return made


def c_text(text: str) -> str:
    """A text as C has it, in UTF-8: all but plain letters, digits and signs in octal."""
    plain = re.compile(rb"[ !#-&(->@-\[\]-~]")
    shown = (chr(byte) if plain.fullmatch(bytes([byte])) else f"\\{byte:03o}" for byte in text.encode("utf-8", "replace"))
    return f'"{"".join(shown)}"'


def c_number(value: np.floating | np.integer) -> str:
    """A number with as many digits as mean it: a float's ends in f."""
    text = str(value)
    special = {"nan": "NAN", "inf": "INFINITY", "-inf": "-INFINITY"}
    return special.get(text, f"{text}f" if isinstance(value, np.float32) else text)


def c_array(kind: str, name: str, array: Array) -> str:
    """The definition of a constant array; its shape stands in a comment."""
    shape = " x ".join(map(str, array.shape))
    body = filled((c_number(value) for value in array.ravel()), "    ")
    return "\n".join([f"static const {kind} {name}[{array.size}] = {{ /* {shape} */", *body, "};"])

"""Numbers from tables that people keep: CSV files with or without a header, in the encodings and customs of many lands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import numpy as np

from netviz.arrays import Array
from netviz.files import FileProblem, read_limited, shown
from netviz.i18n import _

_MOST_BYTES = 512 * 1024 * 1024
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def read_table(path: str, features: Sequence[str], count: int) -> Array:
    """The features of each row of a CSV file, float64 (rows, count).

    Columns are found by the features' names when the first row holds all of them, else all columns are taken in order.
    FileProblem names the line and column of what is not a number.
    """
    lines = _lines(path)
    header = [cell.strip() for cell in lines[0][1]]
    named = bool(features) and set(features) <= set(header)
    has_header = named or not all(_is_number(cell, comma=True) for cell in header)
    columns = [header.index(name) for name in features] if named else list(range(len(header)))
    if len(columns) != count:
        sentence = _("{name} has {found} columns; the project's data has {wanted} features.")
        raise FileProblem(sentence.format(name=shown(path), found=len(columns), wanted=count))
    rows = lines[1:] if has_header else lines
    if not rows:
        raise FileProblem(_("{name} has a header but no rows.").format(name=shown(path)))
    comma = _decimal_comma(rows)
    return np.array([_numbers(path, line, cells, columns, len(header), comma) for line, cells in rows], np.float64)


def read_lines(path: str) -> list[str]:
    """The lines of a text file that are not empty; FileProblem where there are none."""
    lines = [line for line in _text(path, read_limited(path, _MOST_BYTES)).splitlines() if line.strip()]
    if not lines:
        raise FileProblem(_("{name} has no lines.").format(name=shown(path)))
    return lines


def _lines(path: str) -> list[tuple[int, list[str]]]:
    """(line number, cells) of every row that is not empty."""
    text = _text(path, read_limited(path, _MOST_BYTES))
    if "\0" in text:
        raise FileProblem(_("{name} is not a text table; save it as CSV.").format(name=shown(path)))
    first = text.split("\n", 1)[0]
    # A comma may be a decimal sign, a tab or a semicolon never is.
    delimiter = next((sign for sign in "\t;" if sign in first), ",")
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as problem:
        sentence = _("{name}, line {line}: the table cannot be read ({problem}).")
        raise FileProblem(sentence.format(name=shown(path), line=reader.line_num, problem=problem)) from None
    if not lines:
        raise FileProblem(_("{name} has no rows.").format(name=shown(path)))
    return lines


def _text(path: str, data: bytes) -> str:
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileProblem(_("{name} is neither UTF-8 nor GB18030 text; save it as UTF-8.").format(name=shown(path)))


def _decimal_comma(rows: list[tuple[int, list[str]]]) -> bool:
    """Whether the numbers are written 1,5: some cells have a comma where none has a point."""
    cells = [cell for _line, row in rows[:1000] for cell in row]
    return any("," in cell for cell in cells) and not any("." in cell for cell in cells)


def _is_number(cell: str, comma: bool) -> bool:
    cell = cell.strip()
    return bool(_NUMBER.fullmatch(cell.replace(",", ".") if comma else cell))


def _numbers(path: str, line: int, cells: list[str], columns: list[int], width: int, comma: bool) -> list[float]:
    if len(cells) != width:
        sentence = _("{name}, line {line} has {found} cells instead of {wanted}.")
        raise FileProblem(sentence.format(name=shown(path), line=line, found=len(cells), wanted=width))
    for column in columns:
        if not _is_number(cells[column], comma) or not np.isfinite(_number(cells[column])):
            sentence = _("{name}, line {line}, column {column}: {cell} is not a number.")
            cell = shown(cells[column]) if cells[column].strip() else _("an empty cell")
            raise FileProblem(sentence.format(name=shown(path), line=line, column=column + 1, cell=cell))
    return [_number(cells[column]) for column in columns]


def _number(cell: str) -> float:
    return float(cell.strip().replace(",", "."))

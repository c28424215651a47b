"""Every array as text: JSON in one file, or CSV in a file for each array with a list of them, for spreadsheets.

Numbers are written with as few digits as tell them from their neighbours, so both read back bit for bit.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.files import FileProblem, quoted, read_limited, shown
from netviz.formats.format import DESCRIPTION, MOST_BYTES, Format, Outcome, Preview, formats
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _
from netviz.strict_json import parse_json

_KINDS = ("float32", "float64")
_BOM = "\ufeff"  # by which spreadsheets know UTF-8
_DEEPEST = 64


@formats.register("json", title=N_("JSON"))
class Json(Format):
    """{"netviz.json": {settings, scales, provenance}, "arrays": {"dense/kernel": {"dtype", "shape", "values"}}}, row by row."""

    suffixes = (".json",)

    def recognises(self, data: bytes) -> bool:
        return data[:2000].lstrip().startswith(b"{") and b'"arrays"' in data

    def describe(self, trained: Trained, name: str) -> Preview:
        what = _("{n} arrays and a description").format(n=len(trained.arrays))
        return Preview(((name, what),), (_("scales of the data"), _("provenance")), (_("the optimizer's memory"),))

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        described = json.dumps(json.loads(trained.described()), indent=1, ensure_ascii=False)
        lines = [f'{{\n"{DESCRIPTION}": {described},\n"arrays": {{\n']
        entries = []
        for key, array in trained.arrays.items():
            head = {"dtype": str(array.dtype), "shape": list(array.shape)}
            values = ", ".join(_digits(array))
            entries.append(f'{json.dumps(key, ensure_ascii=False)}: {json.dumps(head)[:-1]}, "values": [{values}]}}')
        return {name: "".join([*lines, ",\n".join(entries), "\n}\n}\n"]).encode()}

    def read(self, data: bytes, name: str) -> Weights:
        found = parse_json(data, name, MOST_BYTES, _DEEPEST)
        arrays = found.get("arrays") if isinstance(found, dict) else None
        if not isinstance(arrays, dict):
            raise FileProblem(_("{name} is JSON without arrays; it is not a file of weights.").format(name=name))
        described = json.dumps(found.get(DESCRIPTION)) if found.get(DESCRIPTION) else ""
        return Weights({key: _array(entry, name, key) for key, entry in arrays.items()}, described)

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        plain = json.loads(path.read_text(encoding="utf-8"))["arrays"]
        found = {k: np.array(entry["values"], entry["dtype"]).reshape(entry["shape"]) for k, entry in plain.items()}
        return Outcome(trained.predictions(found, rows.x), _("Python's own reader"))


@formats.register("csv", title=N_("CSV tables"))
class Csv(Format):
    """A table for each array, its last axis along the columns; NAME.csv lists them with their shapes, and the description."""

    suffixes = (".csv",)

    def recognises(self, data: bytes) -> bool:
        return data.removeprefix(_BOM.encode()).startswith(",".join(_HEAD).encode())

    def describe(self, trained: Trained, name: str) -> Preview:
        files = [(name, _("the list of the arrays"))]
        files += [(file, f"{key}, {trained.arrays[key].shape}") for key, file in _files(trained, name)]
        files.append((_description_file(name), _("the description: settings, scales, provenance")))
        return Preview(tuple(files), (_("scales of the data"), _("provenance")), (_("the optimizer's memory"),))

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        rows = [list(_HEAD)]
        found: dict[str, bytes] = {name: b""}
        for key, file in _files(trained, name):
            array = trained.arrays[key]
            rows.append([key, file, str(array.dtype), "x".join(map(str, array.shape))])
            digits = _digits(array)
            width = array.shape[-1] if array.ndim else 1
            found[file] = _table([digits[at : at + width] for at in range(0, len(digits), max(1, width))])
        rows.append([DESCRIPTION, _description_file(name), "json", ""])
        found[_description_file(name)] = trained.described().encode()
        found[name] = _table([rows[0], *([*row, hashlib.sha256(found[row[1]]).hexdigest()] for row in rows[1:])])
        return found

    def read(self, data: bytes, name: str) -> Weights:
        sentence = _("{name} is a list of tables, which lie in files beside it; read it where they are.")
        raise FileProblem(sentence.format(name=name))

    def read_beside(self, data: bytes, name: str, folder: Path) -> Weights:
        found, described = dict[str, Array](), ""
        for row in _cells(data, name)[1:]:
            key, file, dtype, shape, digest = row if len(row) == len(_HEAD) else [""] * len(_HEAD)
            content = _beside(folder, file, name)
            if hashlib.sha256(content).hexdigest() != digest:  # a crash can leave tables of two exports
                sentence = _("{name}: {file} is not the table that was written with it; export the network again.")
                raise FileProblem(sentence.format(name=name, file=quoted(file)))
            if key == DESCRIPTION:
                described = content.decode("utf-8", "replace")
            else:
                found[key] = _numbers(_cells(content, name), dtype, shape, f"{name}, {quoted(key)}")
        return Weights(found, described)

    def read_back(self, trained: Trained, path: Path) -> Weights:
        return self.read_beside(read_limited(path, MOST_BYTES), shown(path), path.resolve().parent)

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        return Outcome(trained.predictions(_tables(path), rows.x), _("Python's own reader"))


_HEAD = ("array", "file", "dtype", "shape", "sha256")


def _description_file(name: str) -> str:
    return re.sub(r"\.csv$", "", name, flags=re.IGNORECASE) + f".{DESCRIPTION}"


def _beside(folder: Path, file: str, name: str) -> bytes:
    """The content of a file that a list names; FileProblem for one that is not in the list's folder, or not to be read."""
    path = folder / file
    if not file or re.search(r"[/\\:\x00-\x1f]", file) or path.resolve().parent != folder:
        sentence = _("{name} names {file}, which is no file beside it; only those are read.")
        raise FileProblem(sentence.format(name=name, file=quoted(file)))
    try:
        return read_limited(path, MOST_BYTES)
    except FileProblem as problem:
        sentence = _("{name} names {file}, and that cannot be read: {why}")
        raise FileProblem(sentence.format(name=name, file=quoted(file), why=problem)) from None


def _cells(data: bytes, name: str) -> list[list[str]]:
    """The rows of a table that are not empty."""
    try:
        return [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) if row]
    except (UnicodeDecodeError, csv.Error):
        raise FileProblem(_("{name} is no table in UTF-8; it is damaged.").format(name=name)) from None


def _numbers(rows: list[list[str]], dtype: str, shape: str, name: str) -> Array:
    problem = FileProblem(_("{name}: the table does not hold the numbers that the list says; it is damaged.").format(name=name))
    if dtype not in _KINDS or re.fullmatch(r"(\d{1,9}(x\d{1,9})*)?", shape) is None:
        raise problem
    try:
        return np.array([float(cell) for row in rows for cell in row], dtype).reshape([int(n) for n in shape.split("x") if n])
    except (ValueError, OverflowError):
        raise problem from None


def _digits(array: Array) -> list[str]:
    """Each number in the fewest digits that mean it, row after row; FileProblem for what no table holds."""
    if not np.isfinite(array).all():
        raise FileProblem(_("Weights that are not finite cannot be written as text; go back to an earlier epoch."))
    return [str(number) for number in array.ravel()]


def _array(entry: Any, name: str, key: str) -> Array:
    problem = FileProblem(_("{name}: {key} is not an array of numbers with a shape.").format(name=name, key=quoted(key)))
    if not isinstance(entry, dict) or entry.get("dtype") not in _KINDS:
        raise problem
    values, shape = entry.get("values"), entry.get("shape")
    whole = isinstance(shape, list) and all(type(n) is int and 0 <= n < 2**40 for n in shape)
    if not whole or not isinstance(values, list) or not all(type(v) in (int, float) for v in values):
        raise problem
    assert isinstance(shape, list)
    try:
        return np.array(values, entry["dtype"]).reshape(shape)
    except (ValueError, OverflowError):
        raise problem from None


def _files(trained: Trained, name: str) -> list[tuple[str, str]]:
    """(array, its file) of every array; the files are named after the list and the array."""
    stem, found = re.sub(r"\.csv$", "", name, flags=re.IGNORECASE), list[tuple[str, str]]()
    taken = {name.lower(), _description_file(name).lower()}
    for key in trained.arrays:
        wanted = made = f"{stem}." + re.sub(r"[^\w.-]+", ".", key)
        number = 0
        while f"{made}.csv".lower() in taken:
            number += 1
            made = f"{wanted}_{number}"
        taken.add(f"{made}.csv".lower())
        found.append((key, f"{made}.csv"))
    return found


def _table(rows: list[list[str]]) -> bytes:
    memory = io.StringIO()
    csv.writer(memory).writerows(rows)
    return (_BOM + memory.getvalue()).encode()


def _tables(path: Path) -> dict[str, Array]:
    """All arrays of a list that netviz has just written, read without what reads those of others."""
    found = {}
    for key, file, dtype, shape, _digest in _rows(path)[1:]:
        if key != DESCRIPTION:
            numbers = [float(number) for row in _rows(path.with_name(file)) for number in row]
            found[key] = np.array(numbers, dtype).reshape([int(n) for n in shape.split("x") if n])
    return found


def _rows(path: Path) -> list[list[str]]:
    text = read_limited(path, MOST_BYTES).decode("utf-8-sig")
    return [row for row in csv.reader(io.StringIO(text)) if row]



"""All the numbers of a layer: x·W + b = z, f(z) = a as matrices, and which of them belong to an entry.

A dense layer is shown as the product it is; of another kind its input, its arrays and its output are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from netviz.arrays import Array, Shape
from netviz.engine.activations import Activation as Function
from netviz.engine.activations import Linear
from netviz.engine.frame import Frame
from netviz.engine.layers import Dense
from netviz.engine.network import Network
from netviz.i18n import _
from netviz.pictures.microscope.equation import Item, same_place
from netviz.pictures.microscope.functions import name_of
from netviz.pictures.microscope.slide import Slide

_MOST_COPIED = 4096  # numbers of one matrix that LaTeX is written for; CSV and text are written in full

# Which marks an entry leaves on a sheet: its row, its column, both (the entry itself), or the whole of it.
Marks = tuple[tuple[int | None, int | None], ...]


@dataclass(frozen=True)
class Sheet:
    """A matrix. name: its letter; joint: the sign before it; rows, columns: what its lines stand for.

    of: what its numbers are, "input", "z" or "output" of all rows, or "weight"; path: that weight's name. form: the shape of
    the array that it lays out.
    """

    name: str
    values: Array
    joint: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    title: str = ""
    of: str = ""
    path: str = ""
    form: Shape = ()


@dataclass(frozen=True)
class Sheets:
    """A layer's matrices from left to right. product: whether they are x·W + b = z → a of a dense layer."""

    layer: int
    sheets: tuple[Sheet, ...] = field(default_factory=tuple)
    product: bool = False

    def item(self, sheet: int, row: int, column: int) -> Item:
        """What an entry is."""
        found = self.sheets[sheet]
        flat = row * found.values.shape[1] + column
        index = tuple(int(i) for i in np.unravel_index(flat, found.form))
        if found.of == "weight":
            return Item("weight", self.layer, found.path, index)
        return Item("unit", self.layer - (found.of == "input"), "z" if found.of == "z" else "", index[1:], index[0])

    def place(self, item: Item) -> tuple[int, tuple[int, int]] | None:
        """Where an item stands, (sheet, (row, column)); None where it does not."""
        index = item.index if item.kind == "weight" else (item.row or 0, *item.index)
        ours = []
        for number, found in enumerate(self.sheets):
            one = self.item(number, 0, 0)
            fits = len(index) == len(found.form) and all(i < n for i, n in zip(index, found.form, strict=True))
            if fits and same_place(one, replace(item, index=one.index)):
                ours.append((one.name != item.name, number))  # its very name before another of the same unit
        if not ours:
            return None
        number = min(ours)[1]
        found = self.sheets[number]
        return number, divmod(int(np.ravel_multi_index(index, found.form)), found.values.shape[1])

    def marks(self, sheet: int, row: int, column: int) -> dict[int, tuple[int | None, int | None]]:
        """By sheet, the (row, column) that takes part in an entry; None for a whole line."""
        if not self.product:
            return {sheet: (row, column)}
        names = [s.name for s in self.sheets]
        of = {"x": (row, None), "W": (None, column), "b": (0, column), "z": (row, column), "a": (row, column)}
        if names[sheet] == "x":
            of = {"x": (row, column), "W": (column, None), "z": (row, None), "a": (row, None)}
        elif names[sheet] == "W":
            of = {"x": (None, row), "W": (row, column), "z": (None, column), "a": (None, column)}
        elif names[sheet] == "b":
            of = {"b": (0, column), "z": (None, column), "a": (None, column)}
        return {place: of[name] for place, name in enumerate(names) if name in of}


def sheets_of(frame: Frame, network: Network, layer: int) -> Sheets | None:
    """The matrices of a layer for the rows of the batch; None where there is no batch, or it has not come so far."""
    if frame.batch is None or not 0 <= layer < len(network.layers):
        return None
    slide = Slide(frame, network, layer)
    if layer not in frame.batch.memory and layer not in frame.batch.deltas and frame.batch.prediction is None:
        return None
    settings = network.layers[layer]
    return Sheets(layer, _dense(slide), True) if isinstance(settings, Dense) else Sheets(layer, _other(slide))


def _dense(slide: Slide) -> tuple[Sheet, ...]:
    """x·W + b = z, f(z) = a; places before the last axis are rows of their own."""
    settings = slide.settings
    assert isinstance(settings, Dense)
    x, z = _flat(slide.input), _flat(slide.memory["z"])
    rows = _row_names(slide, slide.input)
    inputs, units = _names(x.shape[1]), _names(z.shape[1])
    kernel, form = np.asarray(slide.weights["kernel"]), slide.memory["z"].shape
    found = [Sheet("x", x, "", rows, inputs, _("input"), "input", "", slide.input.shape)]
    found.append(Sheet("W", kernel, "·", inputs, units, _("kernel"), "weight", "kernel", kernel.shape))
    if "bias" in slide.weights:
        bias = np.asarray(slide.weights["bias"])
        found.append(Sheet("b", bias[None], "+", ("",), units, _("bias"), "weight", "bias", bias.shape))
    found.append(Sheet("z", z, "=", rows, units, _("before the activation"), "z", "", form))
    if not isinstance(settings.activation, Linear):
        a = _flat(slide.output)
        found.append(Sheet("a", a, _function(settings.activation), rows, units, _("output"), "output", "", form))
    return tuple(found)


def _other(slide: Slide) -> tuple[Sheet, ...]:
    found = [_sheet("x", slide.input, "", slide, "input")]
    for window in slide.network.windows:
        if window.path[0] == slide.layer:
            vector = slide.before.vector[window.start : window.stop].reshape(window.shape)
            values = vector.reshape(-1, window.shape[-1]) if window.shape else vector.reshape(1, 1)
            name = "/".join(map(str, window.path[1:]))
            title = "×".join(map(str, window.shape))
            names = _names(len(values)), _names(values.shape[1])
            found.append(Sheet(name, values, ",", *names, title, "weight", name, window.shape or (1,)))
    mark = getattr(slide.settings, "activation", None)
    joint = _function(mark) if isinstance(mark, Function) and not isinstance(mark, Linear) else "→"
    found.append(_sheet("a", slide.output, joint, slide, "output"))
    return tuple(found)


def _sheet(name: str, values: Array, joint: str, slide: Slide, of: str) -> Sheet:
    """Rows of the batch, each with all its numbers in one line."""
    flat = values.reshape(len(values), -1)
    title = "×".join(map(str, values.shape[1:]))
    names = tuple(str(int(row) + 1) for row in slide.batch.rows)
    return Sheet(name, flat, joint, names, _names(flat.shape[1]), title, of, "", values.shape)


def _function(function: Function) -> str:
    return f"{name_of(function) or 'f'} →"


def _flat(x: Array) -> Array:
    return x.reshape(-1, x.shape[-1])


def _row_names(slide: Slide, x: Array) -> tuple[str, ...]:
    """The number of the training row, and the place in it where there are several."""
    places = int(np.prod(x.shape[1:-1]))
    rows = [str(int(row) + 1) for row in slide.batch.rows]
    return tuple(rows if places == 1 else (f"{row}.{place + 1}" for row in rows for place in range(places)))


def _names(count: int) -> tuple[str, ...]:
    return tuple(str(i + 1) for i in range(count))


# ------------------------------------------------------------------------------------------------------- elsewhere


def as_text(sheets: Sheets) -> str:
    """Each matrix under its letter, in columns."""
    parts = []
    for sheet in sheets.sheets:
        cells = [[f"{value:.7g}" for value in row] for row in sheet.values.tolist()]
        widest = max((len(cell) for row in cells for cell in row), default=1)
        lines = ["  ".join(cell.rjust(widest) for cell in row) for row in cells]
        size = "×".join(map(str, sheet.values.shape))
        parts.append("\n".join([f"{sheet.joint} {sheet.name} ({size})".strip(), *lines]))
    return "\n\n".join(parts)


def as_latex(sheets: Sheets) -> str:
    """One line of mathematics: matrices with their signs; of a very large one, its corners."""
    signs = {"·": r"\cdot", "+": "+", "=": "=", "": "", ",": r", \quad", "→": r"\to"}
    parts = []
    for sheet in sheets.sheets:
        sign = signs.get(sheet.joint, rf"\xrightarrow{{\text{{{sheet.joint.rstrip(' →').replace('_', ' ')}}}}}")
        name = sheet.name if len(sheet.name) == 1 else rf"\text{{{sheet.name.replace('_', ' ')}}}"
        parts.append(rf"{sign} \underbrace{{{_matrix(sheet.values)}}}_{{{name}}}".strip())
    return "\\[\n" + "\n".join(parts) + "\n\\]\n"


def _matrix(values: Array) -> str:
    if values.size <= _MOST_COPIED:
        lines = [" & ".join(f"{value:.4g}" for value in row) for row in values.tolist()]
    else:
        corner = values[np.ix_([0, 1, -1], [0, 1, -1])] if min(values.shape) > 3 else values[:3, :3]
        lines = [" & ".join([*(f"{v:.4g}" for v in row[:-1]), r"\cdots", f"{row[-1]:.4g}"]) for row in corner.tolist()]
        lines.insert(-1, r"\vdots")
    return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"


def as_csv(sheets: Sheets) -> str:
    """A line for each row of each matrix: its letter, its row, its numbers in full."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for sheet in sheets.sheets:
        writer.writerow([sheet.name, "", *sheet.columns])
        names: Sequence[str] = sheet.rows or [""] * len(sheet.values)
        for name, row in zip(names, sheet.values.tolist(), strict=True):
            writer.writerow([sheet.name, name, *map(repr, row)])
    return text.getvalue()

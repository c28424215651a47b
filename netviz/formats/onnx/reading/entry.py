"""The input of a graph: which of its axes is the rows, and what a row of it looks like."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netviz.files import FileProblem, quoted
from netviz.formats.onnx.reading.folding import ROWS
from netviz.formats.onnx.reading.model import Input, Model
from netviz.formats.onnx.reading.tensor import Cell, Tensor
from netviz.i18n import _

_MOST_IN_A_ROW = 2**24


def entry_of(model: Model, name: str) -> Input:
    """The one input; FileProblem where there are several, or where lengths are left open."""
    used = {each for node in model.nodes for each in node.inputs} | set(model.outputs)
    inputs = [each for each in model.inputs if each.name in used]
    if len(inputs) != 1:
        sentence = _("{name} has {n} inputs; netviz opens networks with one.")
        raise FileProblem(sentence.format(name=name, n=len(inputs)))
    (entry,) = inputs
    axis = rows_axis(entry)
    rest = [n for i, n in enumerate(entry.shape) if i != axis]
    if len(entry.shape) < 2 or any(not isinstance(n, int) or n < 1 for n in rest):
        told = [n if isinstance(n, int) and n else str(n) or "?" for n in entry.shape]
        sentence = _(
            "{name}: the input {input} has the shape {shape}; netviz needs rows whose lengths are all given. Export the "
            "network with no other axis left open than that of the rows."
        )
        raise FileProblem(sentence.format(name=name, input=quoted(entry.name), shape=told))
    if math.prod(n for n in rest if isinstance(n, int)) > _MOST_IN_A_ROW:
        raise FileProblem(_("{name}: a row of its input would have too many numbers.").format(name=name))
    return entry


def rows_axis(entry: Input) -> int:
    """The axis of the rows: the only one left open, else the first."""
    opened = [i for i, n in enumerate(entry.shape) if not isinstance(n, int) or n < 1]
    return opened[0] if len(opened) == 1 else 0


def beginning(entry: Input, order: Sequence[int] | None) -> Tensor:
    """The input; order: of a row's axes, where the network wants them in another than the file's."""
    axis = rows_axis(entry)
    rows, rest = entry.shape[axis], [int(n) for i, n in enumerate(entry.shape) if i != axis]
    order = order or range(len(rest))
    shape = tuple(rest[i] for i in order)
    own = [(list(order).index(i) + 1,) for i in range(len(rest))]
    own.insert(axis, (0,))
    settled = None if order == range(len(rest)) else Cell(None, shape)
    return Tensor(Cell(None, shape, settled), (rows if isinstance(rows, int) and rows > 0 else ROWS, *shape), tuple(own))

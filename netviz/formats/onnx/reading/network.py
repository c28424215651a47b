"""The way through a graph from its input to an output: each operation read once, in order, as layers or as bookkeeping.

What cannot be read is kept with its reason, and refused where the output needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array, FrozenMap
from netviz.engine.network import NetworkProblem
from netviz.files import FileProblem, quoted
from netviz.formats.imported import Imported, LeftOut
from netviz.formats.onnx.reading import images, plain, sequences, shapes, unrolled
from netviz.formats.onnx.reading.entry import beginning, entry_of, rows_axis
from netviz.formats.onnx.reading.finishing import Chain, chain_of
from netviz.formats.onnx.reading.folding import Filled, Known, folded
from netviz.formats.onnx.reading.model import Input, Model, Node
from netviz.formats.onnx.reading.patterns import Patterns
from netviz.formats.onnx.reading.readers import ML, READERS, Value
from netviz.formats.onnx.reading.tensor import Affine, Cell, Tensor, Turned, Unreadable
from netviz.i18n import _

_FAMILIES = (images, plain, sequences, shapes)  # importing them registers their readers
_MOST_UNROLLED = 16  # layers written out step by step
_WRONG = (ValueError, IndexError, KeyError, TypeError, OverflowError, ZeroDivisionError, AttributeError, StopIteration)
# What makes names of classes out of predictions, behind the network itself.
_DECIDING = frozenset({
    "ArgMax", "ArrayFeatureExtractor", "ZipMap", "LabelEncoder", "Cast", "Reshape", "Concat", "Sub", "Where", "Greater",
    "Binarizer", "Normalizer", "TopK", "Squeeze", "Identity", "Round", "Not", "Equal", "Less",
})  # fmt: skip


@dataclass(frozen=True)
class Failure:
    """A result that cannot be had: the node where that began, why, and the results that it was to be made of."""

    node: Node
    why: str
    inputs: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.node.label}: {self.why}"


@np.errstate(all="ignore")  # a damaged file may hold any number
def imported(model: Model, name: str) -> Imported:
    """The network; FileProblem names the operations that stand in its way."""
    entry = entry_of(model, name)
    order: tuple[int, ...] | None = None
    try:
        try:
            found = _Walk(model, entry, None).through()
        except Turned as turned:
            order = turned.order
            found = _Walk(model, entry, order).through()
    except Turned:
        raise FileProblem(_("{name} wants the axes of its input in two orders at once.").format(name=name)) from None
    output, left = _output(model, found, name)
    try:
        final = _file_order(output, turned=order is not None and len(output.groups) == len(entry.shape))
        cells = [cell for cell in final.cell.back() if cell.part is not None]
        chain = chain_of(reversed(cells))
    except (Unreadable, *_WRONG) as problem:
        raise FileProblem(_("{name} cannot be read as layers: {why}.").format(name=name, why=problem)) from None
    left += _said(entry, order, chain, final)
    if not chain.layers:
        raise FileProblem(_("{name} holds no layers.").format(name=name))
    made = Imported(
        tuple(chain.layers), list(final.cell.back())[-1].shape, FrozenMap({}), _of_one_type(chain.named()),
        feature_scale=chain.scale, left_out=tuple(left), origin={"producer": model.producer} if model.producer else {},
    )  # fmt: skip
    try:
        made.network()
    except NetworkProblem as problem:
        raise FileProblem(_("{name} cannot be read as layers: {why}").format(name=name, why=problem)) from None
    return made


def _of_one_type(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """float64 where one of the weights is, else float32."""
    double = any(array.dtype == np.float64 for array in arrays.values())
    return {key: np.ascontiguousarray(array, np.float64 if double else np.float32) for key, array in arrays.items()}


# ------------------------------------------------------------------------------------------------------------- the graph


class _Walk:
    """One way through all nodes, with what is found by name."""

    def __init__(self, model: Model, entry: Input, order: Sequence[int] | None) -> None:
        self._model = model
        self.found: dict[str, Value | Failure] = {**model.constants, entry.name: beginning(entry, order)}
        self._patterns = Patterns(model.nodes)
        self._limit = 4 * sum(array.size for array in model.constants.values() if array is not None)

    def through(self) -> dict[str, Value | Failure]:
        """Everything that is found, layers that were written out step by step too."""
        self._once()
        for _layer in range(_MOST_UNROLLED):
            if all(isinstance(self.found.get(output), Tensor) for output in self._model.outputs):
                break
            made = unrolled.recognised(self._model.nodes, self.found)
            if made is None:
                break
            self.found[made[0]] = made[1]
            self._once()
        return self.found

    def _once(self) -> None:
        """Read every node that has not been read."""
        for node in self._model.nodes:
            if all(output in self.found and not isinstance(self.found[output], Failure) for output in node.outputs):
                continue
            made = self._read(node)
            results = made if isinstance(made, tuple) else (made,) * (len(node.outputs) if isinstance(made, Failure) else 1)
            for place, output in enumerate(node.outputs):
                last = results[place] if place < len(results) else None
                unset = Failure(node, _("netviz does not compute its result {n}").format(n=place + 1), node.inputs)
                self.found[output] = unset if last is None else last

    def _read(self, node: Node) -> Value | Failure | tuple[Tensor | None, ...]:
        values = [self.found.get(name) if name else None for name in node.inputs]
        known = self._values()
        try:
            simpler = None
            broken = next((each for each in values if isinstance(each, Failure)), None)
            if broken is None:
                try:
                    return self._made(node, [v for v in values if not isinstance(v, Failure)])
                except (Unreadable, *_WRONG) as problem:
                    broken = Failure(node, _reason(problem), node.inputs)
            simpler = self._patterns.simpler(node, known)
            if simpler is None:
                return Failure(broken.node, broken.why, node.inputs)
            return self._made(simpler, [known.get(name) for name in simpler.inputs])
        except (Unreadable, *_WRONG) as problem:
            return Failure(node, _reason(problem), node.inputs)

    def _values(self) -> Mapping[str, Value]:
        return _Known(self.found)

    def _made(self, node: Node, values: list[Value]) -> Value | tuple[Tensor | None, ...]:
        if not any(isinstance(each, Tensor) for each in values):
            return self._folded(node, values)
        if node.kind == "Shape" and isinstance(values[0], Tensor):
            shape = np.array(values[0].shape, np.int64)
            return shape[node.attributes.get("start", 0) : node.attributes.get("end", len(shape))]
        reader = READERS.get(node.kind) if node.domain in ("", ML) else None
        if reader is None:
            raise Unreadable(_("netviz has no layer for it"))
        return reader(node, values, self._model.opset)

    def _folded(self, node: Node, values: Sequence[Value]) -> Known:
        known: list[Known | None] = [v if isinstance(v, (np.ndarray, Filled)) else None for v in values]
        made = folded(node, known, self._limit)
        if made is None:
            raise Unreadable(_("it computes constants in a way that netviz does not know"))
        return made


class _Known(Mapping[str, Value]):
    """What has been found so far, without what has failed."""

    def __init__(self, found: Mapping[str, Value | Failure]) -> None:
        self._found = found

    def __getitem__(self, name: str) -> Value:
        value = self._found[name]
        if isinstance(value, Failure):
            raise KeyError(name)
        return value

    def __iter__(self):  # type: ignore[no-untyped-def]
        return (name for name, value in self._found.items() if not isinstance(value, Failure))

    def __len__(self) -> int:
        return sum(1 for _name in self)


def _reason(problem: Exception) -> str:
    if isinstance(problem, Unreadable):
        return str(problem)
    return _("its settings or weights do not fit ({why})").format(why=quoted(str(problem))[1:-1])


# ------------------------------------------------------------------------------------------------------------ the output


def _output(model: Model, found: Mapping[str, Value | Failure], name: str) -> tuple[Tensor, list[LeftOut]]:
    """The first output that can be had; of a classifier that names its classes, what it decides by."""
    for output in model.outputs:
        value = found.get(output)
        if isinstance(value, Tensor):
            other = [each for each in model.outputs if each != output]
            return value, [LeftOut(quoted(each), _("output"), _("a network has one output here")) for each in other]
    failures = [value for output in model.outputs if isinstance(value := found.get(output), Failure)]
    if not failures:
        raise FileProblem(_("{name}: its output does not come from its input.").format(name=name))
    behind, source = _deciding(model, found)
    if source is None:
        listed = "; ".join(dict.fromkeys(str(failure) for failure in failures))
        sentence = _("{name} holds operations that netviz cannot read: {nodes}.")
        raise FileProblem(sentence.format(name=name, nodes=listed))
    why = _("they make names of classes of the predictions, which netviz does itself")
    kinds = ", ".join(dict.fromkeys(node.kind[:60] for node in reversed(behind)))
    return source, [LeftOut(kinds, _("behind the network"), why)]


def _deciding(model: Model, found: Mapping[str, Value | Failure]) -> tuple[list[Node], Tensor | None]:
    """The nodes behind the network that only decide, and the one result that they begin with."""
    made = {output: node for node in model.nodes for output in node.outputs}
    behind: dict[str, Node] = {}
    sources: dict[int, Tensor] = {}
    ahead = list(model.outputs)
    while ahead:
        name = ahead.pop()
        value, node = found.get(name), made.get(name)
        if isinstance(value, Tensor):
            sources[id(value.cell)] = value
        elif isinstance(value, Failure) and node is not None and node.outputs[0] not in behind:
            if node.kind not in _DECIDING:
                return [], None
            behind[node.outputs[0]] = node
            ahead += [each for each in node.inputs if each]
    source = _first_of(list(sources.values()))
    begun = source is not None and any(cell.part is not None for cell in source.cell.back())
    return list(behind.values()), source if begun else None


def _first_of(sources: Sequence[Tensor]) -> Tensor | None:
    """The one result of which all others are sums or products, such as 1 − p of p."""

    def follows(cell: Cell | None, source: Cell) -> bool:
        while cell is not None and cell is not source and isinstance(cell.part, Affine):
            cell = cell.before
        return cell is source

    return next((each for each in sources if all(follows(other.cell, each.cell) for other in sources)), None)


def _file_order(output: Tensor, turned: bool) -> Tensor:
    """The output in the file's order of axes; images stay channels last where they came in so."""
    rows = next((i for i, group in enumerate(output.groups) if 0 in group), 0)
    rest = [i for i in range(len(output.groups)) if i != rows]
    merged = [a for a in output.groups[rows] if a != 0]
    if merged and len(rest) == 0 and all(output.lengths[a] == 1 for a in merged):  # (N,) is (N, 1) here
        output = Tensor(output.cell, output.lengths, ((0,), tuple(merged)))
        rest = [1]
    if turned and len(rest) > 1:
        rest = [*rest[1:], rest[0]]
    return output.arranged([rows, *rest])


def _said(entry: Input, order: Sequence[int] | None, chain: Chain, final: Tensor) -> list[LeftOut]:
    """What a person must know to use the network as the file's own programs do."""
    said = []
    if order is not None:
        rest = [n for i, n in enumerate(entry.shape) if i != rows_axis(entry)]
        what = _("rows of the shape {file}").format(file=tuple(rest))
        why = _("netviz has channels last: give it rows of the shape {here}").format(here=tuple(rest[i] for i in order))
        said.append(LeftOut(what, _("input {name}").format(name=quoted(entry.name)), why))
    if chain.logarithm:
        why = _("predictions are probabilities here, not their logarithms")
        said.append(LeftOut("LogSoftmax", _("output"), why))
    return said



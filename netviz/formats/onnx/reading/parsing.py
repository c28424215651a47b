"""The child's side of reading ONNX: bytes become plain arrays, and the graph as JSON; nothing is computed.

It runs in a process apart (`netviz.formats.apart`), because the file may be anybody's. Numbers that lie in another file are
not looked for here: their places are listed, and `netviz.formats.onnx.reading.model` judges them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.files import FileProblem, quoted
from netviz.i18n import _
from netviz.strict_json import dump_json

READER = "netviz.formats.onnx.reading.parsing:contents"
GRAPH = "graph"
MOST_NODES = 20_000
_MOST_NUMBERS = 2**30


def contents(data: bytes, name: str) -> tuple[dict[str, Array], dict[str, str]]:
    """Arrays by key; texts: "graph", and the file's own descriptions as "property:<key>"."""
    import onnx
    from onnx import inliner

    model = onnx.ModelProto()
    model.ParseFromString(data)
    if not model.graph.output:
        raise FileProblem(_("{name} is no ONNX model, or it was cut off: it has no output.").format(name=name))
    if model.functions:
        model = inliner.inline_local_functions(model)
    plain = _Plain(name)
    graph = plain.graph(model.graph)
    graph["opsets"] = {entry.domain: entry.version for entry in model.opset_import}
    graph["producer"] = [model.producer_name[:200], model.producer_version[:200]]
    texts = {f"property:{entry.key}": entry.value for entry in model.metadata_props}
    return plain.arrays, {**texts, GRAPH: dump_json(graph).decode()}


class _Plain:
    """One way through a model; what it finds is counted, so that nothing grows without end."""

    def __init__(self, name: str) -> None:
        self.arrays: dict[str, Array] = {}
        self._name, self._nodes = name, 0

    def graph(self, graph: Any) -> dict[str, Any]:
        """Nodes, constants, inputs and outputs of a graph or of one within it."""
        self._nodes += len(graph.node)
        if self._nodes > MOST_NODES:
            sentence = _("{name} has more than {n:,} operations; it is too large to be shown as layers.")
            raise FileProblem(sentence.format(name=self._name, n=MOST_NODES))
        if graph.sparse_initializer:
            raise FileProblem(_("{name} holds sparse numbers, which netviz does not read.").format(name=self._name))
        return {
            "constants": {each.name: self._tensor(each) for each in graph.initializer},
            "inputs": [_described(each) for each in graph.input],
            "outputs": [each.name for each in graph.output],
            "nodes": [self._node(node) for node in graph.node],
        }

    def _node(self, node: Any) -> dict[str, Any]:
        return {
            "kind": node.op_type, "domain": node.domain, "name": node.name,
            "inputs": list(node.input), "outputs": list(node.output),
            "attributes": {each.name: self._attribute(each) for each in node.attribute},
        }  # fmt: skip

    def _attribute(self, found: Any) -> list[Any]:
        """[kind, value]; numbers that JSON does not know as texts."""
        kinds = type(found)
        if found.type == kinds.FLOAT:
            return ["float", repr(found.f)]
        if found.type == kinds.INT:
            return ["int", found.i]
        if found.type == kinds.STRING:
            return ["text", found.s.decode("utf-8", "replace")]
        if found.type == kinds.TENSOR:
            return ["tensor", self._tensor(found.t)]
        if found.type == kinds.GRAPH:
            return ["graph", self.graph(found.g)]
        if found.type == kinds.FLOATS:
            return ["floats", [repr(value) for value in found.floats]]
        if found.type == kinds.INTS:
            return ["ints", list(found.ints)]
        if found.type == kinds.STRINGS:
            return ["texts", [value.decode("utf-8", "replace") for value in found.strings]]
        return ["unknown", ""]

    def _tensor(self, tensor: Any) -> list[Any]:
        """["array", key], ["outside", place, type, shape] for numbers in another file, ["other"] for what are no numbers."""
        import onnx

        count = math.prod(tensor.dims)
        if any(n < 0 for n in tensor.dims) or count > _MOST_NUMBERS:
            sentence = _("{name}: {tensor} claims to have the shape {shape}; the file is damaged.")
            raise FileProblem(sentence.format(name=self._name, tensor=quoted(tensor.name), shape=list(tensor.dims)))
        if tensor.data_type == onnx.TensorProto.STRING:
            return ["other"]
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            place = {entry.key: entry.value for entry in tensor.external_data}
            kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
            return ["outside", place, kind.str, list(tensor.dims)]
        array = np.asarray(onnx.numpy_helper.to_array(tensor))
        if array.dtype.kind not in "fiub" or array.dtype == np.float16:
            array = array.astype(np.float32)
        key = f"array {len(self.arrays)}"
        self.arrays[key] = array
        return ["array", key]


def _described(value: Any) -> list[Any]:
    """[name, dimensions (a number, or a text for what is open), whether it is a tensor]."""
    kind = value.type.tensor_type
    shape = [d.dim_value if d.HasField("dim_value") else d.dim_param for d in kind.shape.dim]
    return [value.name, shape, value.type.HasField("tensor_type")]

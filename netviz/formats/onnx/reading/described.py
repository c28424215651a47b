"""Files that netviz has written itself: they say which layers they were, and are believed where the graph says the same.

The layers of the description are turned into operations once more; only if those are the file's own, number for number, are
they taken. A file that was changed since is read as anybody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.codec import InvalidValue, decode, fields_of
from netviz.datasets import Scale
from netviz.engine.experiment import Experiment
from netviz.engine.layers import LayerProblem
from netviz.engine.network import Network, NetworkProblem, layer_names
from netviz.files import FileProblem
from netviz.formats.format import DESCRIPTION
from netviz.formats.imported import Imported
from netviz.formats.onnx.lowering import ENTRY, lowered
from netviz.formats.onnx.operations import Graph, Op, unwritable
from netviz.formats.onnx.reading.model import Model, Node
from netviz.formats.onnx.sequences import Body
from netviz.registry import UnknownName
from netviz.strict_json import parse_json

_TAKEN = ("loss", "optimizer", "schedule", "metrics", "epochs", "batch_size", "stopping", "class_weight", "shuffle")
_WRONG = (InvalidValue, UnknownName, LayerProblem, NetworkProblem, FileProblem, KeyError, TypeError, ValueError, AttributeError)


def own(model: Model, name: str) -> Imported | None:
    """The network as netviz described it; None where there is no description, or one of another graph."""
    text = model.descriptions.get(DESCRIPTION)
    if text is None or len(model.inputs) != 1 or model.inputs[0].name != ENTRY:
        return None
    try:
        return _believed(model, parse_json(text, f"{DESCRIPTION} of {name}"))
    except _WRONG:
        return None


def _believed(model: Model, plain: Mapping[str, Any]) -> Imported | None:
    described = plain["experiment"]
    kinds = fields_of(Experiment)
    layers = decode(kinds["layers"], described["layers"])
    settings = {key: decode(kinds[key], described[key]) for key in _TAKEN}
    shape = tuple(int(n) for n in model.inputs[0].shape[1:])
    scales = _scale(plain["feature_scale"]), _scale(plain["target_scale"])
    network = Network(layers, shape, settings["loss"])
    if any(map(unwritable, layers)):
        return None
    names = layer_names(layers)
    arrays: dict[str, Array] = {}
    for window in network.windows:
        key = "/".join([names[int(window.path[0])], *map(str, window.path[1:])])
        found = model.constants.get(key)
        if found is None or found.shape != window.shape:
            return None
        arrays[key] = found
    graph, result = lowered(layers, arrays, shape, described["dtype"], *scales)
    if model.outputs != (result.name,) or not _same(graph, model):
        return None
    provenance = plain.get("provenance", {})
    return Imported(
        layers, shape, settings, arrays, feature_scale=scales[0], target_scale=scales[1],
        origin=provenance if isinstance(provenance, dict) else {},
    )  # fmt: skip


def _scale(plain: Mapping[str, Any] | None) -> Scale | None:
    return None if plain is None else Scale(np.array(plain["mean"], np.float64), np.array(plain["deviation"], np.float64))


def _same(graph: Graph, model: Model) -> bool:
    """Whether operations and constants are those of the file."""
    if graph.constants.keys() != model.constants.keys() or len(graph.ops) != len(model.nodes):
        return False
    for key, array in graph.constants.items():
        other = model.constants[key]
        if other is None or other.dtype != array.dtype or not np.array_equal(other, array, equal_nan=array.dtype.kind == "f"):
            return False
    return all(map(_same_node, graph.ops, model.nodes))


def _same_node(op: Op, node: Node) -> bool:
    if (op.kind, op.inputs, op.outputs) != (node.kind, node.inputs, node.outputs) or node.domain:
        return False
    return op.attributes.keys() == node.attributes.keys() and all(
        _same_value(value, node.attributes[key]) for key, value in op.attributes.items()
    )


def _same_value(value: Any, other: Any) -> bool:
    if isinstance(value, Body):
        steps = len(value.ops) == len(other.nodes) and all(map(_same_node, value.ops, other.nodes))
        ends = (value.inputs, value.results) == (tuple(each.name for each in other.inputs), other.outputs)
        return isinstance(other, Model) and steps and ends and not other.constants
    if isinstance(value, np.dtype):
        return isinstance(other, int) and other == {"float32": 1, "float64": 11, "int64": 7}.get(value.name)
    if isinstance(value, np.ndarray):
        return isinstance(other, np.ndarray) and value.dtype == other.dtype and np.array_equal(value, other)
    if isinstance(value, float):
        return isinstance(other, float) and np.float32(value) == np.float32(other)
    return bool(value == other)

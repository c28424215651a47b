"""A whole model's configuration: a chain as Sequential, and as a Functional graph where a block has a way around it.

Reading takes chains and such blocks; any other graph is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netviz.arrays import Shape
from netviz.codec import InvalidValue
from netviz.engine.layers import Layer, Residual
from netviz.engine.network import layer_names
from netviz.files import FileProblem, quoted
from netviz.formats.imported import LeftOut, refuse_many
from netviz.formats.keras import layers as keras_layers
from netviz.formats.keras import objects
from netviz.formats.keras.layers import ATTENTION, Unit
from netviz.i18n import _
from netviz.registry import UnknownName

MERGE = "Add"
_INPUT = "input_layer"
_MOST_LAYERS = 10_000


@dataclass(frozen=True)
class Node:
    """A Keras layer in the graph: the names of the layers it gets its input from, and the shape of a row of it.

    weights: netviz' names of the arrays that its variables hold, in their order.
    """

    unit: Unit
    inputs: tuple[str, ...]
    shape: Shape
    weights: tuple[str, ...] = ()


# -------------------------------------------------------------------------------------------------------------- writing


@dataclass
class Drawing:
    """The nodes of a model, drawn layer by layer."""

    nodes: list[Node] = field(default_factory=list)
    last: str = _INPUT
    _taken: set[str] = field(default_factory=lambda: {_INPUT})

    def layer(self, layer: Layer, name: str, shape: Shape, prefix: str = "") -> Shape:
        """Put a layer behind the last node; prefix: of netviz' names of its weights. Returns the shape of its output."""
        if isinstance(layer, Residual):
            return self._residual(layer, name, shape, prefix or name)
        weights = tuple(f"{prefix or name}/{weight.name}" for weight in layer.weights(shape))
        for place, unit in enumerate(keras_layers.units(layer, name, shape)):
            self.unit(unit, shape, weights if place == 0 else ())
            shape = layer.output_shape(shape) if place == 0 else shape
        return shape

    def unit(self, unit: Unit, shape: Shape, weights: tuple[str, ...] = (), inputs: tuple[str, ...] = ()) -> None:
        """Put a Keras layer behind the last node, or behind those named, under a name that is free."""
        unit = Unit(unit.class_name, self._free(unit.name), unit.config, unit.variables)
        twice = (self.last, self.last) if unit.class_name == ATTENTION else (self.last,)
        self.nodes.append(Node(unit, inputs or twice, shape, weights))
        self.last = unit.name

    def _residual(self, block: Residual, name: str, shape: Shape, prefix: str) -> Shape:
        before, inner = self.last, shape
        names = layer_names(block.layers)
        for place, layer in enumerate(block.layers):
            inner = self.layer(layer, f"{name}_{names[place]}", inner, f"{prefix}/{place}")
        self.unit(Unit(MERGE, name, {}), shape, inputs=(before, self.last))
        return shape

    def _free(self, name: str) -> str:
        """Keras wants names without a slash, none of them twice."""
        wanted = made = re.sub(r"[/\s]+", "_", name) or "layer"
        number = 0
        while made in self._taken:
            number += 1
            made = f"{wanted}_{number}"
        self._taken.add(made)
        return made

    @property
    def is_chain(self) -> bool:
        """Whether each node has one input."""
        return all(len(node.inputs) == 1 for node in self.nodes)


def config(drawing: Drawing, input_shape: Shape, dtype: str) -> dict[str, Any]:
    """The model's configuration."""
    batch = [None, *input_shape]
    entry = objects.serialized("InputLayer", {"batch_shape": batch, "dtype": dtype, "name": _INPUT}, "keras.layers")
    made = [(node, node.unit.serialized(dtype, node.shape)) for node in drawing.nodes]
    if drawing.is_chain:
        body = {"name": "netviz", "layers": [entry, *(layer for _node, layer in made)], "build_input_shape": batch}
        return objects.serialized("Sequential", body, "keras") | {"build_config": {"input_shape": batch}}
    shapes = {_INPUT: input_shape}
    graph: list[dict[str, Any]] = [entry | {"name": _INPUT, "inbound_nodes": []}]
    following = [node.shape for node in drawing.nodes[1:]] + [()]
    for (node, layer), shape in zip(made, following, strict=True):
        shapes[node.unit.name] = shape
        tensors = [_tensor(name, shapes[name] if shapes[name] else node.shape, dtype) for name in node.inputs]
        arguments = [tensors] if node.unit.class_name == MERGE else tensors
        if node.unit.class_name == MERGE:
            layer = {key: value for key, value in layer.items() if key != "build_config"}
        graph.append(layer | {"name": node.unit.name, "inbound_nodes": [{"args": arguments, "kwargs": {}}]})
    ends = {"input_layers": [[_INPUT, 0, 0]], "output_layers": [[drawing.last, 0, 0]]}
    whole: dict[str, Any] = {"name": "netviz", "trainable": True, "layers": graph, **ends}
    return objects.serialized("Functional", whole, "keras.src.models.functional") | {"registered_name": "Functional"}


def _tensor(name: str, shape: Shape, dtype: str) -> dict[str, Any]:
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, *shape], "dtype": dtype, "keras_history": [name, 0, 0]},
    }


# -------------------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True)
class Found:
    """A Keras layer in a file: netviz' layer (None: the input, or a scale of the data), its class and configuration."""

    class_name: str
    config: Mapping[str, Any]
    inputs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name in the file."""
        return str(self.config.get("name", ""))


@dataclass(frozen=True)
class Block:
    """What stands between an input and the Add that brings it back."""

    inside: tuple[Found | Block, ...]
    name: str


def read(model: Mapping[str, Any], name: str) -> tuple[list[Found], list[Found | Block], Shape | None]:
    """(all layers in the file's order, the chain of them, the shape of a row) of a model's configuration."""
    kind, inner = model.get("class_name"), model.get("config")
    if isinstance(inner, list):  # the oldest form of a Sequential
        inner = {"layers": inner}
    if kind not in ("Sequential", "Functional", "Model") or not isinstance(inner, dict):
        sentence = _("{name} holds a {kind}; netviz opens Sequential models and graphs that are a chain.")
        raise FileProblem(sentence.format(name=name, kind=quoted(str(kind))))
    entries = inner.get("layers")
    if not isinstance(entries, list) or not all(isinstance(e, dict) and isinstance(e.get("config"), dict) for e in entries):
        raise FileProblem(_("{name} is damaged: its model has no list of layers.").format(name=name))
    flat, shape = _flat(entries, name), None
    for found in flat:
        for key in ("batch_shape", "batch_input_shape"):
            given = found.config.get(key)
            if shape is None and isinstance(given, list) and all(isinstance(n, int) for n in given[1:]):
                shape = tuple(given[1:])
    given = inner.get("build_input_shape")
    if shape is None and isinstance(given, list) and all(isinstance(n, int) for n in given[1:]):
        shape = tuple(given[1:])
    if kind == "Sequential":
        return flat, [each for each in flat if each.class_name != "InputLayer"], shape
    return flat, chain(flat, name), shape


def _flat(entries: list[Any], name: str) -> list[Found]:
    found = []
    for entry in entries:
        kind = entry.get("class_name")
        if kind in ("Sequential", "Functional", "Model"):
            sentence = _("{name}: the layer {layer} is a model in itself; save it with its layers side by side.")
            raise FileProblem(sentence.format(name=name, layer=quoted(str(entry["config"].get("name", kind)))))
        config = {"name": entry.get("name", "")} | entry["config"]
        found.append(Found(str(kind), config, _inputs(entry.get("inbound_nodes"), name, config["name"])))
    return found


def _inputs(nodes: Any, name: str, layer: str) -> tuple[str, ...]:
    """The names of the layers that a layer gets its input from; in both forms that Keras has written them in."""
    if not isinstance(nodes, list) or not nodes:
        return ()
    if len(nodes) > 1:
        sentence = _("{name}: the layer {layer} is used {n} times; netviz has each layer in one place.")
        raise FileProblem(sentence.format(name=name, layer=quoted(str(layer)), n=len(nodes)))
    found: list[str] = []

    def walk(part: Any, depth: int) -> None:
        if isinstance(part, dict) and part.get("class_name") == "__keras_tensor__":
            history = part.get("config", {}).get("keras_history", [""])
            found.append(str(history[0]))
        elif isinstance(part, dict) and depth < 8:
            for value in part.values():
                walk(value, depth + 1)
        elif isinstance(part, list) and len(part) >= 3 and isinstance(part[0], str) and isinstance(part[1], int):
            found.append(part[0])  # ["dense", 0, 0, {}]
        elif isinstance(part, list) and depth < 8:
            for value in part:
                walk(value, depth + 1)

    walk(nodes[0], 0)
    return tuple(dict.fromkeys(found))


def chain(flat: list[Found], name: str) -> list[Found | Block]:
    """The layers of a graph from its input to its output."""
    inputs = [each for each in flat if each.class_name == "InputLayer" or not each.inputs]
    if len(inputs) != 1:
        sentence = _("{name} has {n} inputs; netviz opens networks with one.")
        raise FileProblem(sentence.format(name=name, n=len(inputs)))
    users: dict[str, list[Found]] = {}
    for each in flat:
        for source in each.inputs:
            users.setdefault(source, []).append(each)
    parts, _end = _followed(inputs[0].name, users, [], name)
    if sum(_count(part) for part in parts) != len(flat) - 1:
        raise FileProblem(_("{name} holds layers off the way from its input to its output.").format(name=name))
    return parts


def _count(part: Found | Block) -> int:
    return 1 if isinstance(part, Found) else 1 + sum(map(_count, part.inside))


def _followed(
    at: str, users: Mapping[str, list[Found]], ends: list[Found], name: str
) -> tuple[list[Found | Block], str]:  # fmt: skip
    """The parts from a layer on, up to the end of the graph or to one of the merges at which a block ends; the last name."""
    parts: list[Found | Block] = []
    while following := users.get(at, []):
        if len(following) == 1 and following[0] in ends:
            break
        merges = [each for each in following if each.class_name == MERGE and len(each.inputs) == 2]
        ways = [each for each in following if each not in merges]
        if len(ways) != 1 or len(ways[0].inputs) != 1 or len(parts) > _MOST_LAYERS:
            raise _branched(name, at)
        parts.append(_block(ways[0], users, merges, name) if merges else ways[0])
        at = parts[-1].name
    return parts, at


def _block(way: Found, users: Mapping[str, list[Found]], merges: list[Found], name: str) -> Block:
    """The blocks that begin at one place, one within the other, by the merges that end them."""
    inside: list[Found | Block] = [way]
    while True:
        rest, end = _followed(inside[-1].name, users, merges, name)
        merge = next((each for each in merges if end in each.inputs), None)
        if merge is None:
            raise _branched(name, way.name)
        block = Block((*inside, *rest), merge.name)
        merges = [each for each in merges if each is not merge]
        if not merges:
            return block
        inside = [block]


def _branched(name: str, layer: str) -> FileProblem:
    sentence = _("{name} branches at the layer {layer}; netviz opens chains and blocks whose input is added to their output.")
    return FileProblem(sentence.format(name=name, layer=quoted(layer)))


def layers_of(
    parts: list[Found | Block], report: Callable[[LeftOut], None], name: str, within: str = ""
) -> tuple[Layer, ...]:  # fmt: skip
    """netviz' layers, without the names that they would have anyway; FileProblem names every layer that it has not.

    within: the name of the block that they stand in.
    """
    refuse_many(len(parts), name)
    made: list[Layer] = []
    unknown: list[str] = []
    for part in parts:
        try:
            if isinstance(part, Block):
                made.append(Residual(layers_of(list(part.inside), report, name, part.name), name=part.name))
            else:
                made.append(keras_layers.layer_of(part.class_name, dict(part.config), report))
        except (InvalidValue, UnknownName, TypeError, ValueError) as problem:
            kind = part.class_name if isinstance(part, Found) else MERGE
            unknown.append(f"{quoted(part.name)} ({kind}): {problem}")
    if unknown:
        sentence = _("{name} has layers that netviz cannot read: {layers}")
        raise FileProblem(sentence.format(name=name, layers="; ".join(unknown[:5])))
    usual = layer_names(tuple(replace(layer, name="") for layer in made))
    begin = f"{within}_" if within else ""
    return tuple(
        replace(layer, name="" if layer.name == begin + own else layer.name)
        for layer, own in zip(made, usual, strict=True)
    )  # fmt: skip

"""A parsed ONNX model: nodes, constants, inputs; numbers that lie beside the file are fetched, and only from its folder."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.files import FileProblem, quoted, read_limited
from netviz.formats.apart import Contents
from netviz.formats.onnx.reading.parsing import GRAPH
from netviz.i18n import _
from netviz.strict_json import parse_json

_PROPERTY = "property:"
_MOST_OUTSIDE = 2**31


@dataclass(frozen=True)
class Node:
    """One operation. attributes: numbers, texts, lists of them, arrays, and graphs as a Model."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    domain: str = ""

    @property
    def label(self) -> str:
        """How messages call it: its name, else that of its result, and its kind."""
        return f"{quoted(self.name or next(iter(self.outputs), ''))} ({self.kind[:60]})"

    def input(self, place: int) -> str:
        """The name of an input, empty where there is none."""
        return self.inputs[place] if place < len(self.inputs) else ""


@dataclass(frozen=True)
class Input:
    """What goes into the graph: dimensions are numbers, or texts where any length will do."""

    name: str
    shape: tuple[int | str, ...]


@dataclass(frozen=True)
class Model:
    """A graph. constants: None for those that are no numbers. descriptions: the file's own texts by key."""

    nodes: tuple[Node, ...]
    constants: Mapping[str, Array | None]
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    opset: int = 0
    producer: str = ""
    descriptions: Mapping[str, str] = field(default_factory=dict)


def model_of(contents: Contents, name: str, folder: Path | None = None) -> Model:
    """The model in what the child found. folder: where numbers outside the file may lie; None: nowhere."""
    arrays, texts = contents
    plain = parse_json(texts[GRAPH], f"the graph of {name}")
    built = _Builder(arrays, name, folder).graph(plain)
    producer = " ".join(part for part in plain["producer"] if part)
    described = {key.removeprefix(_PROPERTY): text for key, text in texts.items() if key.startswith(_PROPERTY)}
    return Model(
        built.nodes, built.constants, built.inputs, built.outputs, plain["opsets"].get("", 0), producer, described
    )


class _Builder:
    def __init__(self, arrays: Mapping[str, Array], name: str, folder: Path | None) -> None:
        self._arrays, self._name, self._folder = arrays, name, folder
        self._files: dict[str, bytes] = {}

    def graph(self, plain: Mapping[str, Any]) -> Model:
        constants = {name: self._array(found) for name, found in plain["constants"].items()}
        inputs = tuple(Input(name, tuple(shape)) for name, shape, _tensor in plain["inputs"] if name not in constants)
        return Model(tuple(map(self._node, plain["nodes"])), constants, inputs, tuple(plain["outputs"]))

    def _node(self, plain: Mapping[str, Any]) -> Node:
        attributes = {key: self._attribute(*found) for key, found in plain["attributes"].items()}
        domain = "" if plain["domain"] == "ai.onnx" else plain["domain"]
        inputs, outputs = tuple(plain["inputs"]), tuple(plain["outputs"])
        return Node(quoted(plain["kind"])[1:-1], inputs, outputs, attributes, plain["name"], domain)

    def _attribute(self, kind: str, value: Any) -> Any:
        if kind == "float":
            return float(value)
        if kind == "floats":
            return [float(each) for each in value]
        if kind == "tensor":
            return self._array(value)
        return self.graph(value) if kind == "graph" else value

    def _array(self, found: list[Any]) -> Array | None:
        if found[0] == "array":
            return self._arrays[found[1]]
        return self._outside(*found[1:]) if found[0] == "outside" else None

    def _outside(self, place: Mapping[str, str], kind: str, shape: list[int]) -> Array:
        """Numbers in a file of the same folder."""
        location = place.get("location", "")
        if self._folder is None or Path(location).name != location or location in ("", ".", ".."):
            raise self._refused(location, _("numbers are read from the model's own folder alone"))
        path = self._folder / location
        if path.is_symlink():
            raise self._refused(location, _("it is a link, and links are not followed"))
        if location not in self._files:
            self._files[location] = read_limited(path, _MOST_OUTSIDE)
        data, dtype = self._files[location], np.dtype(kind)
        start, wanted = _whole(place.get("offset", "0")), math.prod(shape) * dtype.itemsize
        length = _whole(place.get("length", str(wanted)))
        if dtype.kind not in "fiub" or length != wanted or start + length > len(data):
            raise self._refused(location, _("it does not hold the numbers that the model looks for in it"))
        array = np.frombuffer(data, dtype, math.prod(shape), start).reshape(shape)
        return array.astype(np.float32) if dtype == np.float16 else array

    def _refused(self, location: str, why: str) -> FileProblem:
        sentence = _("{name} keeps numbers in {file}: {why}.")
        return FileProblem(sentence.format(name=self._name, file=quoted(location), why=why))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 2**62

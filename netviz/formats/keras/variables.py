"""Where a model's numbers stand in Keras' HDF5 files, and between them and netviz' names.

Keras 3 writes `layers/dense_1/vars/0`: the class of the layer in snake case, numbered where there are several of it, and
variables by number. Its older whole-model files write `model_weights/<layer>/<weight>`, in the order of an attribute.
Source: https://keras.io/guides/serialization_and_saving
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array, Shape
from netviz.engine.layers import Layer, Residual
from netviz.engine.network import layer_names
from netviz.engine.optimizers import AVERAGE, FirstOrder, Optimizer
from netviz.files import FileProblem, quoted
from netviz.formats.keras.graph import Block, Drawing, Found
from netviz.formats.keras.layers import places
from netviz.i18n import _

OPTIMIZER = "optimizer/vars"
_OLD = "model_weights"
# Slots that Keras makes for one weight after another; of the others all of one kind come before all of the next.
_TOGETHER = {
    "Adam": ("momentum", "velocity"), "AdamW": ("momentum", "velocity"), "Nadam": ("momentum", "velocity"),
    "Adamax": ("momentum", "norm"), "Adadelta": ("accumulated_grad", "accumulated_delta_var"),
    "Ftrl": ("accumulator", "linear"),
}  # fmt: skip
# Keras' order where it is not netviz'.
_ORDER = {"RMSprop": ("velocity", "momentum", "average_gradient")}


def snake_case(name: str) -> str:
    """Keras' rule: MaxPooling2D becomes max_pooling2d."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def groups(class_names: Iterable[str]) -> Iterator[str]:
    """The group of each of a model's layers."""
    seen: Counter[str] = Counter()
    for name in map(snake_case, class_names):
        yield f"layers/{name}_{seen[name]}" if seen[name] else f"layers/{name}"
        seen[name] += 1


# -------------------------------------------------------------------------------------------------------------- writing


def written(drawing: Drawing, arrays: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, str], tuple[str, ...]]:
    """(arrays by path, names by "group@name", all groups) of a drawn model."""
    found, names, made = {}, {}, ["vars"]
    for node, group in zip(drawing.nodes, groups(n.unit.class_name for n in drawing.nodes), strict=True):
        made.append(f"{group}/vars")
        names[f"{group}/vars@name"] = node.unit.name
        for place, weight in zip(node.unit.variables, node.weights, strict=bool(node.weights)):
            found[f"{group}/{place}"] = arrays[weight]
    return found, names, tuple(made)


def slot_order(optimizer: Optimizer, weights: list[str]) -> list[tuple[str, str]]:
    """(slot, weight) of each of the optimizer's variables behind its counters, in Keras' order."""
    order = _ORDER.get(type(optimizer).__name__, optimizer.remembers)
    kept = [slot for slot in order if slot in optimizer.remembers]
    together = _TOGETHER.get(type(optimizer).__name__, ())
    found = [(AVERAGE, weight) for weight in weights if optimizer.use_ema]
    found += [(slot, weight) for weight in weights for slot in kept if slot in together]
    return found + [(slot, weight) for slot in kept if slot not in together for weight in weights]


def holds_slots(optimizer: Optimizer) -> bool:
    """Whether Keras keeps what the optimizer remembers in the same form."""
    return isinstance(optimizer, FirstOrder) and type(optimizer).__name__ != "Adafactor"


def optimizer_written(
    optimizer: Optimizer, scheduled: bool, updates: int, slots: Mapping[str, Mapping[str, Array]], weights: list[str]
) -> dict[str, Array]:
    """The optimizer's variables by path: how many updates there were, the rate unless it is scheduled, the slots."""
    listed = [np.array(updates, np.int32)]
    if not scheduled:
        listed.append(np.array(optimizer.learning_rate, np.float32))
    listed += [slots[slot][weight] for slot, weight in slot_order(optimizer, weights)]
    return {f"{OPTIMIZER}/{place}": array for place, array in enumerate(listed)}


# -------------------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True)
class Stored:
    """What an HDF5 file holds: arrays by path, texts by "path@attribute"."""

    arrays: Mapping[str, Array]
    texts: Mapping[str, str]

    @property
    def is_old(self) -> bool:
        """Whether weights are named by layer and weight instead of numbered."""
        return f"{_OLD}@layer_names" in self.texts or "@layer_names" in self.texts

    def numbered(self, group: str, places: tuple[str, ...]) -> list[Array] | None:
        """The arrays of a layer; None where one is missing."""
        wanted = [self.arrays.get(f"{group}/{place}") for place in places]
        return None if any(array is None for array in wanted) else [a for a in wanted if a is not None]

    def listed(self, layer: str) -> list[Array]:
        """The arrays of a layer in an older file, in the order of its attribute."""
        for top in (f"{_OLD}/{layer}", layer):
            names = self.texts.get(f"{top}@weight_names", "")
            if names:
                return [self.arrays[f"{top}/{name}"] for name in names.split("\n") if f"{top}/{name}" in self.arrays]
        return []


def read(
    stored: Stored, flat: list[Found], parts: list[Found | Block], layers: tuple[Layer, ...], shape: Shape, name: str
) -> dict[str, Array]:
    """Arrays under netviz' names; FileProblem where one is missing or has another shape."""
    by_name = dict(zip((each.name for each in flat), groups(each.class_name for each in flat), strict=True))
    found: dict[str, Array] = {}

    def walk(parts: Iterable[Found | Block], layers: tuple[Layer, ...], prefixes: Iterable[str], shape: Shape) -> None:
        for part, layer, prefix in zip(parts, layers, prefixes, strict=True):
            if isinstance(part, Block):
                assert isinstance(layer, Residual)
                walk(part.inside, layer.layers, [f"{prefix}/{i}" for i in range(len(layer.layers))], shape)
            else:
                wanted = layer.weights(shape)
                arrays = _of(stored, part, by_name[part.name], len(wanted))
                if arrays is None or len(arrays) != len(wanted):
                    sentence = _("{name} lacks numbers of the layer {layer}.")
                    raise FileProblem(sentence.format(name=name, layer=quoted(part.name)))
                for weight, array in zip(wanted, arrays, strict=True):
                    found[f"{prefix}/{weight.name}"] = _fitting(array, weight.shape, part.name, name)
            shape = layer.output_shape(shape)

    walk(parts, layers, layer_names(layers), shape)
    return found


def _of(stored: Stored, part: Found, group: str, count: int) -> list[Array] | None:
    if stored.is_old:
        return stored.listed(part.name)
    return stored.numbered(group, places(part.class_name, count))


def _fitting(array: Array, shape: Shape, layer: str, name: str) -> Array:
    if array.shape != shape:
        sentence = _("{name}: numbers of the layer {layer} have the shape {found}; its settings need {wanted}.")
        raise FileProblem(sentence.format(name=name, layer=quoted(layer), found=array.shape, wanted=shape))
    return array


def optimizer_read(
    stored: Stored, optimizer: Optimizer, scheduled: bool, weights: list[str], shapes: Mapping[str, Shape]
) -> tuple[int, dict[str, dict[str, Array]]] | None:
    """(updates, slots by name); None where the file holds them otherwise."""
    count = sum(path.startswith(f"{OPTIMIZER}/") for path in stored.arrays)
    order = slot_order(optimizer, weights)
    head = 1 if scheduled else 2
    if not holds_slots(optimizer) or count != head + len(order):
        return None
    updates = stored.arrays.get(f"{OPTIMIZER}/0", np.zeros(()))
    if updates.shape != () or updates < 0:
        return None
    slots: dict[str, dict[str, Array]] = {}
    for place, (slot, weight) in enumerate(order, head):
        array = stored.arrays.get(f"{OPTIMIZER}/{place}")
        if array is None or array.shape != shapes[weight]:
            return None
        slots.setdefault(slot, {})[weight] = array
    return int(updates), slots

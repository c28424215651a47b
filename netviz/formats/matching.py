"""Arrays of a file that does not say what they belong to, laid onto a drawn network by their names and shapes.

Names are compared in netviz' own form, in Keras' (layers/dense_1/vars/0) and in PyTorch's (0.weight, which is the kernel
transposed). What no name settles is settled by order where the shapes follow each other; a person can change every pair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array, Shape
from netviz.engine.network import Network, layer_names
from netviz.files import FileProblem, quoted
from netviz.formats.keras.layers import units
from netviz.formats.keras.variables import groups
from netviz.i18n import _


@dataclass(frozen=True)
class Pair:
    """A weight of the network and the array of the file that it gets; turned: as the transpose that PyTorch keeps."""

    weight: str
    array: str
    turned: bool = False


@dataclass(frozen=True)
class Matching:
    """Which weight gets which array, the weights that get none, and the arrays that nobody wants."""

    pairs: tuple[Pair, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]

    def arrays(self, found: Mapping[str, Array]) -> dict[str, Array]:
        """The arrays under the network's names."""
        return {p.weight: _turned(found[p.array]) if p.turned else found[p.array] for p in self.pairs}


def wanted(network: Network) -> dict[str, Shape]:
    """The network's weights by name, such as `dense_1/kernel`, with their shapes."""
    names = layer_names(network.layers)
    return {"/".join([names[int(w.path[0])], *map(str, w.path[1:])]): w.shape for w in network.windows}


def matched(network: Network, found: Mapping[str, Array]) -> Matching:
    """The likeliest matching. A pair by name has the same shape too; nothing is cut or filled up."""
    weights, pairs = wanted(network), list[Pair]()
    keras = _keras_names(network)
    for weight, shape in weights.items():
        for name in (weight, keras.get(weight, weight), *_endings(weight, found)):
            if name in found and _fits(found[name].shape, shape, name) is not None and _free(pairs, weight, name):
                pairs.append(Pair(weight, name, bool(_fits(found[name].shape, shape, name))))
    rest = [weight for weight in weights if all(pair.weight != weight for pair in pairs)]
    left = [name for name in _natural(found) if all(pair.array != name for pair in pairs)]
    pairs += _in_order(rest, left, weights, found)
    return chosen(network, found, pairs)


def laid_onto(network: Network, found: Mapping[str, Array], name: str) -> dict[str, Array]:
    """All of the network's arrays from a file's; FileProblem names those that it lacks."""
    matching = matched(network, found)
    if matching.missing:
        shapes = wanted(network)
        listed = ", ".join(f"{quoted(weight)} {shapes[weight]}" for weight in matching.missing[:5])
        sentence = _("{name} has no array for {weights}; it holds {found}.")
        there = ", ".join(f"{quoted(key)} {array.shape}" for key, array in list(found.items())[:6]) or _("none")
        raise FileProblem(sentence.format(name=name, weights=listed, found=there))
    return matching.arrays(found)


# ----------------------------------------------------------------------------------------------------- by a person's choice


def ways(found: Shape, shape: Shape) -> tuple[bool, ...]:
    """How an array can become a weight of a shape: False as it is, True as the transpose that PyTorch keeps; () not at all."""
    turns = len(found) > 1 and _turned_shape(found) == shape
    return (*([False] if found == shape else []), *([True] if turns else []))


def why_not(found: Shape, shape: Shape) -> str:
    """Why an array cannot become a weight of a shape, as a clause."""
    if len(found) != len(shape):
        return _("it has {n} axes instead of {m}").format(n=len(found), m=len(shape))
    return _("its shape is {found} instead of {shape}").format(found=found, shape=shape)


def chosen(network: Network, found: Mapping[str, Array], pairs: Sequence[Pair]) -> Matching:
    """A matching of given pairs, in the network's order."""
    order = list(wanted(network))
    return Matching(
        tuple(sorted(pairs, key=lambda pair: order.index(pair.weight))),
        tuple(weight for weight in order if all(pair.weight != weight for pair in pairs)),
        tuple(name for name in found if all(pair.array != name for pair in pairs)),
    )


# ------------------------------------------------------------------------------------------------------ by names and order


def _free(pairs: Sequence[Pair], weight: str, name: str) -> bool:
    return all(pair.weight != weight and pair.array != name for pair in pairs)


def _fits(found: Shape, shape: Shape, name: str) -> bool | None:
    """False: as it is. True: turned, as arrays that PyTorch calls a weight are. None: not at all."""
    turns = name.endswith("weight") and len(shape) > 1
    if turns and _turned_shape(found) == shape:
        return True
    return False if found == shape else None


def _turned_shape(shape: Shape) -> Shape:
    """(out, in, ...) -> (..., in, out)."""
    return (*shape[2:], shape[1], shape[0]) if len(shape) > 1 else shape


def _turned(array: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(array, (0, 1), (-1, -2)))


def _endings(weight: str, found: Mapping[str, Array]) -> list[str]:
    """Names that end as the weight's does, such as `model/dense_1/kernel:0`, where there is one alone."""
    ends = [name for name in found if re.sub(r":\d+$", "", name).endswith(f"/{weight}")]
    return ends if len(ends) == 1 else []


def _keras_names(network: Network) -> dict[str, str]:
    """The place of each weight in a file of Keras' weights."""
    made = []
    for place, (layer, name) in enumerate(zip(network.layers, layer_names(network.layers), strict=True)):
        if hasattr(layer, "layers"):
            return {}  # a block's layers stand among the others; order and shapes must do
        shape = network.shapes[place]
        made += [(unit, name, layer.weights(shape) if i == 0 else ()) for i, unit in enumerate(units(layer, name, shape))]
    found = {}
    for (unit, name, weights), group in zip(made, groups(unit.class_name for unit, _n, _w in made), strict=True):
        for place_below, weight in zip(unit.variables, weights, strict=False):
            found[f"{name}/{weight.name}"] = f"{group}/{place_below}"
    return found


def _natural(found: Mapping[str, Array]) -> list[str]:
    """Names in the order in which a person counts: 2 before 10."""
    return sorted(found, key=lambda name: [(not p.isdigit(), int(p) if p.isdigit() else p) for p in re.split(r"(\d+)", name)])


def _in_order(rest: list[str], left: list[str], shapes: Mapping[str, Shape], found: Mapping[str, Array]) -> list[Pair]:
    """Weights and arrays one after another; within a layer the order may differ (bias before kernel)."""
    pairs: list[Pair] = []
    for weight in rest:
        for name in left[:_REACH]:
            turned = _fits(found[name].shape, shapes[weight], name)
            if turned is not None and _may_be(weight, name):
                pairs.append(Pair(weight, name, turned))
                left.remove(name)
                break
    return pairs


_REACH = 6  # so far ahead an array may stand
# What other libraries call a weight of one kind; a name that is known means that kind and no other.
_CALLED = {
    "kernel": ("weight",), "embeddings": ("weight",), "alpha": ("weight",), "gamma": ("weight", "scale"), "beta": ("bias",),
    "moving_mean": ("running_mean", "mean"), "moving_variance": ("running_var", "variance", "var"), "bias": (),
}  # fmt: skip
_KNOWN = {*_CALLED, *(name for names in _CALLED.values() for name in names), "num_batches_tracked"}


def _may_be(weight: str, name: str) -> bool:
    """Whether what an array is called says nothing against its being this weight."""
    kind, called = weight.rpartition("/")[2], re.split(r"[./:]", re.sub(r":\d+$", "", name))[-1].lower()
    return called not in _KNOWN or called == kind or called in _CALLED.get(kind, ())

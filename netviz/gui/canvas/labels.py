"""The words beside and below the columns: names of features and classes, and what a portrait shows."""

from __future__ import annotations

from netviz.datasets import Samples
from netviz.pictures.cards import portrait_caption
from netviz.pictures.sketch import Drawable

_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def labels(layer: int, network: Drawable, samples: Samples) -> tuple[str, ...]:
    """The names of the features beside the input, of the classes beside the output."""
    if layer < 0:
        return tuple(map(pretty, samples.features))
    return samples.classes if layer == len(network.layers) - 1 else ()


def caption(layer: int, network: Drawable, samples: Samples) -> str:
    """What stands below the output's portrait."""
    return portrait_caption(network.layers[layer], samples) if layer == len(network.layers) - 1 else ""


def pretty(name: str) -> str:
    """x1 as x₁; other names as they are."""
    return name[0] + name[1:].translate(_LOW) if name[:1] == "x" and name[1:].isdigit() else name

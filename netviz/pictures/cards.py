"""The words on the card above a column: name, size and settings, parameters; and how wide they are, without a screen."""

from __future__ import annotations

import unicodedata
from dataclasses import fields
from typing import Any

from netviz.arrays import Shape
from netviz.datasets import Samples
from netviz.document import edits
from netviz.engine.activations import Activation, Sigmoid, activations
from netviz.engine.layers import Layer, layers
from netviz.i18n import _, plural
from netviz.pictures.sketch import Drawable

CARD_EDGE, CARD_KEYS = 22.0, 46.0  # a card's edges; room for − and +
_LETTER = 6.9  # of a card's text; letters of East Asia are twice as wide
_BOLD_LETTER, _SLIM_EDGE = 6.7, 8.0  # of a title in small letters; both edges of a card where there is little room
_NARROWEST, _WIDEST, _SHORT, _SHORTEST = 74.0, 200.0, 62.0, 50.0  # card

# Settings that say most about what a layer does, in the order in which they are told.
_TOLD = ("kernel_size", "pool_size", "size", "strides", "num_heads", "layer", "activation", "rate")


def card_title(layer: Layer | None) -> str:
    """A card's first line: the layer's own name, or its kind."""
    if layer is None:
        return _("Input")
    return layer.name or layers.title(layers.name(type(layer)))


def shape_text(shape: Shape | None) -> str:
    """A shape as people write it, 28×28×1; a question mark where it is not known."""
    return "?" if shape is None else "×".join(f"{n:,}" for n in shape) or "1"


def layer_line(layer: Layer | None, shape: Shape | None) -> str:
    """The second line: size and what the layer does; the input's where there is no layer."""
    many = shape_text(shape)
    if layer is None:
        return _("{n} features").format(n=many) if shape and len(shape) == 1 else many
    told = [_told(name, getattr(layer, name)) for name in _TOLD if _matters(layer, name)]
    return " · ".join([many, *told])


def parameter_line(network: Drawable, layer: int) -> str:
    """The third line: how many numbers the layer has, nothing where it has none."""
    count = sum(window.stop - window.start for window in network.windows if window.path[0] == layer)  # −1: none
    return plural("{n:,} parameter", "{n:,} parameters", count).format(n=count) if count else ""


def card_width(network: Drawable, layer: int, share: float = 1.0) -> float:
    """Wide enough for the text of a layer's card, with − and + beside it where it has units; or a share of that.

    share: where it is 0 the longest word of the title fits, where it is less than that nothing is sure to.
    """
    if share < 0:
        return _SHORTEST
    value = network.layers[layer] if layer >= 0 else None
    keys = 0.0 if size_of(value) is None else CARD_KEYS
    line, count = layer_line(value, network.shapes[layer + 1]), parameter_line(network, layer)
    letters = max(_letters(line), 1.12 * _letters(card_title(value)), 0.92 * _letters(count))
    whole = min(max(_NARROWEST, _LETTER * letters + CARD_EDGE) + keys, _WIDEST + keys / 2)
    word = max(map(_letters, card_title(value).split()), default=0.0)  # a title may be broken between words
    return max(share * whole, _SHORT, min(_BOLD_LETTER * word + _SLIM_EDGE, _WIDEST))


def size_of(layer: Layer | None) -> int | None:
    """A layer's number of units or filters, None where nobody sets it."""
    return None if layer is None else edits.size_of(layer)


def activation_name(layer: Layer) -> str | None:
    """The name of the activation that can be chosen for a layer, None where there is none to choose."""
    return activations.name(type(layer.activation)) if _matters(layer, "activation") else None  # type: ignore[attr-defined]


def _letters(text: str) -> float:
    return sum(2.0 if unicodedata.east_asian_width(letter) in "WF" else 1.0 for letter in text)


def _matters(layer: Layer, name: str) -> bool:
    """Whether a setting is there and worth a word: strides of 1 are not."""
    if name not in (field.name for field in fields(layer)):
        return False
    value: Any = getattr(layer, name)
    return value not in (None, 1, (1,), (1, 1), (1, 1, 1), "")


def _told(name: str, value: Any) -> str:
    if name == "num_heads":
        return plural("{n:,} head", "{n:,} heads", value).format(n=value)
    if isinstance(value, Layer):
        return layers.title(layers.name(type(value)))
    if isinstance(value, Activation):
        return value.family.name(type(value))
    if isinstance(value, (tuple, list)):
        return "×".join(map(str, value))
    return f"{value:.0%}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def portrait_caption(last: Layer, samples: Samples) -> str:
    """The words below the picture of what a single output predicts."""
    if samples.task == "classification" and isinstance(getattr(last, "activation", None), Sigmoid):
        name = samples.classes[1] if len(samples.classes) > 1 else "1"
        return _("prediction p(class = {name})").format(name=name)
    return _("prediction")

"""Everything in a layer that can be picked: its weights, and of one row of the batch what it computes within itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.engine.frame import Frame
from netviz.engine.layers import Layer
from netviz.engine.network import Network
from netviz.i18n import _
from netviz.pictures.matrices import Sheet
from netviz.pictures.microscope import Item, Slide
from netviz.pictures.microscope.anatomy import anatomy_of
from netviz.pictures.microscope.equation import place
from netviz.pictures.sketch import Drawable

Place = tuple[int, int]


@dataclass(frozen=True)
class Listed:
    """One array of a layer as a table: its last axis across, all others down. row: of the batch, None for a weight.

    words: what its lines stand for, where they are tokens.
    """

    layer: int
    name: str
    values: Array
    row: int | None = None
    words: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        """The array's own."""
        return self.values.shape

    @property
    def sheet(self) -> Sheet:
        """The table."""
        table = self.values.reshape(-1, self.shape[-1])
        lines = _tokens(self.shape[0], self.words) if self.name.endswith("embeddings") else _places(self.shape[:-1])
        return Sheet(self.name, table, "", lines, _places(self.shape[-1:]))

    def item(self, at: Place) -> Item:
        """What stands at a place of the table."""
        flat = at[0] * self.shape[-1] + at[1]
        index = tuple(int(i) for i in np.unravel_index(flat, self.shape))
        return Item("weight" if self.row is None else "part", self.layer, self.name, index, self.row)

    def place(self, item: Item) -> Place | None:
        """Where an item stands in the table; None for one of another array."""
        kind = "weight" if self.row is None else "part"
        ours = (item.kind, item.layer, item.name) == (kind, self.layer, self.name)
        if not ours or len(item.index) != len(self.shape) or self.row is not None and item.row != self.row:
            return None
        return divmod(int(np.ravel_multi_index(item.index, self.shape)), self.shape[-1])


@lru_cache(maxsize=32)
def _places(shape: Shape) -> tuple[str, ...]:
    """The places in a shape, as people count them."""
    return tuple(place(at) for at in np.ndindex(*shape))


@lru_cache(maxsize=4)
def _tokens(count: int, words: tuple[str, ...]) -> tuple[str, ...]:
    """Tokens by their words, or by their numbers, which begin with 0."""
    return tuple(words[token] if token < len(words) and words[token] else str(token) for token in range(count))


def arrays_of(
    frame: Frame, network: Network, layer: int, row: int = 0, words: tuple[str, ...] = ()
) -> tuple[Listed, ...]:
    """A layer's weights as they are now, and what it computed within for a row of the batch, where there is one."""
    found = []
    for window in network.windows:
        if window.path[0] == layer and size(window.shape):
            vector = frame.params.vector[window.start : window.stop].reshape(window.shape or (1,))
            found.append(Listed(layer, "/".join(map(str, window.path[1:])), vector, None, words))
    if frame.batch is not None and layer in frame.batch.memory and row < len(frame.batch.rows):
        slide = Slide(frame, network, layer)
        found += [Listed(layer, name, np.asarray(array), row) for name, array in _within(slide, row)]
    return tuple(found)


def names_of(network: Drawable, layer: int) -> tuple[tuple[str, str], ...]:
    """(name, what people read) of all arrays that `arrays_of` finds in a layer once there is a batch, the weights first."""
    found = []
    for window in network.windows:
        if window.path[0] == layer and size(window.shape):
            name = "/".join(map(str, window.path[1:]))
            found.append((name, f"{name}  {'×'.join(map(str, window.shape))}"))
    return (*found, *((name, _title(name)) for name in _names_within(network.layers[layer], "")))


def _names_within(layer: Layer, before: str) -> Iterator[str]:
    yield from (before + name for name in anatomy_of(layer).within)
    for part, inner in layer.inside.items():
        yield from _names_within(inner, f"{before}{part}/")


def _within(slide: Slide, row: int) -> Iterator[tuple[str, Array]]:
    """What the layer computes within, and the layers inside it, by the names that their items have."""
    for name, array in anatomy_of(slide.settings).arrays(slide).items():
        yield slide.item("part", name, ()).name, array[row]
    for part in slide.settings.inside:
        yield from _within(slide.within(part), row)


def title_of(listed: Listed) -> str:
    """What people read for an array in a list."""
    name = listed.name if listed.row is None else _title(listed.name)
    return f"{name}  {'×'.join(map(str, listed.shape))}"


def _title(name: str) -> str:
    """What is computed within, in words."""
    names = {
        "normalized": _("normalized"), "h": _("states h"), "c": _("carries c"), "a": _("gates"), "attention": _("attention A"),
        "query": _("queries q"), "key": _("keys k"), "value": _("values v"), "heads": _("heads o"),
    }  # fmt: skip
    *inside, last = name.split("/")
    return "/".join([*inside, names.get(last, last)])

"""Any number of a training step under the microscope: the mathematics it came from, with the engine's own numbers.

`explain` gives the equation of an item; every term of it that has an item can be explained in turn, from a weight's
gradient down to the loss. Each kind of layer has its mathematics in a file of its own.
"""

from __future__ import annotations

from netviz.engine.frame import Frame
from netviz.engine.network import Network
from netviz.pictures.microscope import (
    altered,
    attention,
    convolution,
    dense,
    embedding,
    functions,
    gru,
    layer_normalization,
    lstm,
    normalization,
    outcome,
    passing,
    pooling,
    recurrent,
    residual,
)
from netviz.pictures.microscope.anatomy import anatomy_of, rows_of
from netviz.pictures.microscope.equation import Equation, Factor, Item, Kind, Term, number
from netviz.pictures.microscope.functions import function_of, is_function
from netviz.pictures.microscope.slide import Index, Slide

__all__ = ["Equation", "Factor", "Item", "Kind", "Reading", "Slide", "Term", "explain", "number"]

# Importing them registers them.
_MATHEMATICS = (
    attention, convolution, dense, embedding, gru, layer_normalization, lstm, normalization, passing, pooling, recurrent,
    residual,
)  # fmt: skip


def explain(frame: Frame, network: Network, item: Item) -> Equation | None:
    """The equation of an item; None where the frame has nothing of it yet.

    An item with a row is explained for that row of the batch, a weight or the loss without one for the whole batch.
    """
    return Reading(frame, network).explain(item)


class Reading:
    """A frame under the microscope; what had to be computed again for one equation is there for the next."""

    def __init__(self, frame: Frame, network: Network, words: tuple[str, ...] = ()) -> None:
        """Nothing has been computed again yet. words: what each token stands for, where features are tokens."""
        self.frame = frame
        self._slide = Slide(frame, network, words=words)

    def explain(self, item: Item) -> Equation | None:
        """As `explain`."""
        if self.frame.batch is None:
            return None
        slide, name = self._slide.find(item)
        if item.kind == "loss":
            return outcome.batch_loss(slide) if item.row is None else outcome.row_loss(slide, item.row)
        if item.kind == "weight":
            return _weight(slide, name, item)
        row = item.row or 0
        if item.layer < 0 or not item.index:
            return None
        if item.kind == "unit":
            return _unit(slide, name, item.index, row)
        if item.kind == "delta":
            return _delta(slide, item.index, row)
        if item.kind == "part":
            return _part(slide, name, item.index, row)
        return _upstream(slide, name, item.index, row) if item.kind == "upstream" else None


def _weight(slide: Slide, name: str, item: Item) -> Equation | None:
    found = anatomy_of(slide.settings)
    if not _trainable(slide, item):
        return found.state(slide, name, item.index) if _reached(slide) else None
    if slide.delta is None:
        return None
    if item.row is not None:
        return found.share(slide, name, item.index, item.row)
    shares = found.shares(slide, name, item.index)
    return None if shares is None else rows_of(slide, name, item.index, shares, found.at_statistics)


def _trainable(slide: Slide, item: Item) -> bool:
    path = (item.layer, *item.name.split("/"))
    return any(window.path == path and window.trainable for window in slide.network.windows)


def _reached(slide: Slide) -> bool:
    """Whether the forward pass has come to the layer."""
    batch = slide.batch
    return slide.layer in batch.memory or slide.layer in batch.deltas


def _part(slide: Slide, name: str, index: Index, row: int) -> Equation | None:
    if not _reached(slide):
        return None
    if name == "dx":
        return anatomy_of(slide.settings).below(slide, index, row) if slide.delta is not None else None
    return anatomy_of(slide.settings).part(slide, name, index, row)


def _unit(slide: Slide, name: str, index: Index, row: int) -> Equation | None:
    """a = f(z) where the layer has a function, and then z from the inputs."""
    if not _reached(slide):
        return None
    change = altered.change_of(slide, index)
    if change is not None and not name:
        return altered.output(slide, index, row, change)
    function = function_of(slide)
    if function is not None and name != "z":
        return functions.value(slide, function, index, row)
    return anatomy_of(slide.settings).forward(slide, index, row)


def _delta(slide: Slide, index: Index, row: int) -> Equation | None:
    if slide.delta is None:
        return None
    value = float(slide.delta[(row, *index)])
    ends = not slide.inner and slide.layer == slide.network.stages[-1].index
    if ends and slide.network.fused is not None:
        return outcome.wanted(slide, index, row, value)
    function = function_of(slide)
    if function is not None and slide.upstream is not None and not is_function(slide.settings):
        return functions.delta(slide, function, index, row, value)
    change = altered.change_of(slide, index)
    if change is not None:
        return altered.gradient(slide, index, row, change, value)
    return outcome.wanted(slide, index, row, value) if ends else _upstream(slide, "", index, row)


def _upstream(slide: Slide, name: str, index: Index, row: int) -> Equation | None:
    """∂L/∂a: from the loss at the output, else from the layer above; of what was altered by hand from that."""
    change = altered.change_of(slide, index)
    if name == altered.OWN and change is not None and slide.upstream is not None:
        return altered.gradient(slide, index, row, change, float(slide.upstream[(row, *index)]))
    if slide.inner:
        return residual.above(slide, index, row)
    if slide.layer == slide.network.stages[-1].index:
        up = slide.upstream if slide.upstream is not None else slide.delta
        return None if up is None else outcome.wanted(slide, index, row, float(up[(row, *index)]))
    above = slide.at(slide.layer + 1)
    asked = slide.upstream is not None  # below all weights nobody has asked for it
    return anatomy_of(above.settings).below(above, index, row) if asked and above.delta is not None else None

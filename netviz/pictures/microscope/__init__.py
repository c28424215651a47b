"""Any number of a training step under the microscope: the mathematics it came from, with the engine's own numbers.

`explain` gives the equation of an item; every term of it that has an item can be explained in turn, from a weight's
gradient down to the loss. Each kind of layer has its mathematics in a file of its own.
"""

from __future__ import annotations

from netviz.engine.activations import Activation as Function
from netviz.engine.activations import Linear
from netviz.engine.frame import Frame
from netviz.engine.layers import Activation
from netviz.engine.network import Network
from netviz.pictures.microscope import anatomy, dense, functions, outcome
from netviz.pictures.microscope.anatomy import anatomy_of
from netviz.pictures.microscope.equation import Equation, Factor, Item, Kind, Term, number
from netviz.pictures.microscope.slide import Slide

__all__ = ["Equation", "Factor", "Item", "Kind", "Slide", "Term", "explain", "number"]

_MATHEMATICS = (anatomy, dense)  # importing them registers them


def explain(frame: Frame, network: Network, item: Item) -> Equation | None:
    """The equation of an item; None where the frame has nothing of it yet, or the layer's kind has none written.

    An item with a row is explained for that row of the batch, a weight or the loss without one for the whole batch.
    """
    if frame.batch is None:
        return None
    slide = Slide(frame, network, max(0, item.layer))
    if item.kind == "loss":
        return outcome.batch_loss(slide) if item.row is None else outcome.row_loss(slide, item.row)
    if item.kind == "weight":
        return _weight(slide, item)
    row = item.row or 0
    if item.kind == "unit":
        return None if item.layer < 0 else _unit(slide, item, row)
    if item.kind == "delta":
        return _delta(slide, item.index, row)
    return _upstream(slide, item.index, row) if item.kind == "upstream" else None


def _weight(slide: Slide, item: Item) -> Equation | None:
    found = anatomy_of(slide.settings)
    if found is None or slide.delta is None:
        return None
    if item.row is None:
        return found.weight(slide, item.name, item.index)
    return found.share(slide, item.name, item.index, item.row)


def _unit(slide: Slide, item: Item, row: int) -> Equation | None:
    """a = f(z) where the layer has a function, and then z from the inputs."""
    found, function = anatomy_of(slide.settings), _function(slide)
    if slide.layer not in slide.batch.memory and slide.layer not in slide.batch.deltas:
        return None
    if function is not None and item.name != "z":
        z = float(slide.memory["z"][(row, *item.index)])
        a = float(slide.output[(row, *item.index)])
        return functions.value(slide, function, item.index, row, z, a)
    return found.forward(slide, item.index, row) if found is not None else None


def _delta(slide: Slide, index: tuple[int, ...], row: int) -> Equation | None:
    if slide.delta is None:
        return None
    value = float(slide.delta[(row, *index)])
    last = slide.layer == len(slide.network.layers) - 1
    function = _function(slide)
    if last and slide.network.fused is not None:
        return outcome.wanted(slide, index, row, value)
    if function is not None and slide.upstream is not None and not isinstance(slide.settings, Activation):
        return functions.delta(slide, function, index, row, value)
    if last:
        return outcome.wanted(slide, index, row, value)
    return _upstream(slide, index, row)


def _upstream(slide: Slide, index: tuple[int, ...], row: int) -> Equation | None:
    """∂L/∂a: from the loss at the output, else from the layer above."""
    if slide.layer == len(slide.network.layers) - 1:
        up = slide.upstream if slide.upstream is not None else slide.delta
        return None if up is None else outcome.wanted(slide, index, row, float(up[(row, *index)]))
    above = slide.at(slide.layer + 1)
    found = anatomy_of(above.settings)
    return found.below(above, index, row) if found is not None and above.delta is not None else None


def _function(slide: Slide) -> Function | None:
    """The layer's activation, where it has one that does something."""
    layer = slide.settings
    found = getattr(layer, "activation", None)
    if not isinstance(found, Function) or isinstance(found, Linear):
        return None
    return found if "z" in slide.memory or isinstance(layer, Activation) else None

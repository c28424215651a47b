"""A network as far as it can be drawn: what comes behind a layer that does not fit has no shape yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from netviz.arrays import Shape
from netviz.engine.layers import Layer, LayerProblem
from netviz.engine.parameters import Window


class Drawable(Protocol):
    """What a drawing needs of a network. shapes: of the input and of each layer's answer, None where nobody knows."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers in their order."""

    @property
    def shapes(self) -> tuple[Shape | None, ...]:
        """One more than there are layers."""

    @property
    def windows(self) -> tuple[Window, ...]:
        """The arrays of all layers that fit."""


@dataclass(frozen=True)
class Sketch:
    """A network that cannot be trained as it is."""

    layers: tuple[Layer, ...]
    shapes: tuple[Shape | None, ...]
    windows: tuple[Window, ...] = ()


def sketch(layers: tuple[Layer, ...], input_shape: Shape) -> Sketch:
    """Shapes and arrays of the layers up to the first that does not fit."""
    shapes: list[Shape | None] = [input_shape]
    windows: list[Window] = []
    for place, layer in enumerate(layers):
        before, after = shapes[-1], None
        if before is not None:
            try:
                after = layer.output_shape(before)
                weights = layer.weights(before)
            except LayerProblem:
                after, weights = None, ()
            for weight in weights if after is not None else ():
                start = windows[-1].stop if windows else 0
                windows.append(Window((place, *weight.name.split("/")), weight.shape, start, weight.trainable))
        shapes.append(after)
    return Sketch(layers, tuple(shapes), tuple(windows))

"""A block with a way around it, which Keras writes as Add()([x, f(x)])."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netviz.engine import layers as engine
from netviz.i18n import _
from netviz.keras.layers.layer import Layer, face, settings


@face(engine.Residual)
class Residual(Layer):
    """x + f(x), f the layers inside one after another."""

    def __init__(self, layers: Sequence[Layer | engine.Layer], **more: Any) -> None:
        """layers: those inside, as in a Sequential, without Input."""
        super().__init__(settings(engine.Residual, more, layers=tuple(_inside(layer) for layer in layers)), more)


def _inside(layer: Any) -> engine.Layer:
    found = layer.value if isinstance(layer, Layer) else layer
    if not isinstance(found, engine.Layer):
        raise ValueError(_("{found} cannot stand inside a residual block.").format(found=repr(layer)[:80]))
    return found

"""Layers that only lay the same numbers out differently."""

from __future__ import annotations

from typing import Any

from netviz.engine import layers as engine
from netviz.keras.layers.layer import Layer, channels_last, face, settings


@face(engine.Flatten)
class Flatten(Layer):
    """Each row becomes one vector."""

    def __init__(self, data_format: str | None = None, **more: Any) -> None:
        """Only the channels_last order, which is Keras' default."""
        channels_last("Flatten", data_format)
        super().__init__(settings(engine.Flatten, more), more)

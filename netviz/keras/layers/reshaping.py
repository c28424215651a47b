"""Layers that lay the same numbers out differently, and one that brings them to another range."""

from __future__ import annotations

from collections.abc import Sequence
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


@face(engine.Reshape)
class Reshape(Layer):
    """Each row takes on another shape."""

    def __init__(self, target_shape: Sequence[int], **more: Any) -> None:
        """target_shape: without the batch; one length may be −1."""
        super().__init__(settings(engine.Reshape, more, target_shape=tuple(target_shape)), more)


@face(engine.Permute)
class Permute(Layer):
    """The axes of each row in another order."""

    def __init__(self, dims: Sequence[int], **more: Any) -> None:
        """dims: counted from 1."""
        super().__init__(settings(engine.Permute, more, dims=tuple(dims)), more)


@face(engine.Rescaling)
class Rescaling(Layer):
    """scale·x + offset."""

    def __init__(self, scale: float, offset: float = 0.0, **more: Any) -> None:
        """One number each for all channels."""
        super().__init__(settings(engine.Rescaling, more, scale=scale, offset=offset), more)

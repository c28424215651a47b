"""Layers that disturb what passes through them in training only."""

from __future__ import annotations

from typing import Any

from netviz.engine import layers as engine
from netviz.keras.layers.layer import Layer, face, settings, unseeded


@face(engine.Dropout)
class Dropout(Layer):
    """In training each number is 0 with probability `rate`, else divided by 1 − rate."""

    def __init__(self, rate: float, seed: int | None = None, **more: Any) -> None:
        """A seed of its own is not supported: the model's seed draws the masks."""
        unseeded("Dropout", seed)
        self.rate = rate
        super().__init__(settings(engine.Dropout, more, rate=rate), more)

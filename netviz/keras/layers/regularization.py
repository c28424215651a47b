"""Layers that disturb what passes through them in training only."""

from __future__ import annotations

from typing import Any

from netviz.engine import layers as engine
from netviz.keras.layers.layer import Layer, channels_last, face, settings, unseeded


@face(engine.Dropout)
class Dropout(Layer):
    """In training each number is 0 with probability `rate`, else divided by 1 − rate."""

    def __init__(self, rate: float, seed: int | None = None, **more: Any) -> None:
        """A seed of its own is not supported: the model's seed draws the masks."""
        unseeded("Dropout", seed)
        self.rate = rate
        super().__init__(settings(engine.Dropout, more, rate=rate), more)


@face(engine.SpatialDropout1D)
class SpatialDropout1D(Layer):
    """In training each channel of a sequence is 0 with probability `rate`, else divided by 1 − rate."""

    def __init__(self, rate: float, seed: int | None = None, **more: Any) -> None:
        """Keras' arguments, without a seed."""
        unseeded("SpatialDropout1D", seed)
        self.rate = rate
        super().__init__(settings(engine.SpatialDropout1D, more, rate=rate), more)


@face(engine.SpatialDropout2D)
class SpatialDropout2D(Layer):
    """In training each channel of an image is 0 with probability `rate`, else divided by 1 − rate."""

    def __init__(self, rate: float, data_format: str | None = None, seed: int | None = None, **more: Any) -> None:
        """Keras' arguments, without a seed, and channels last."""
        unseeded("SpatialDropout2D", seed)
        channels_last("SpatialDropout2D", data_format)
        self.rate = rate
        super().__init__(settings(engine.SpatialDropout2D, more, rate=rate), more)


@face(engine.GaussianNoise)
class GaussianNoise(Layer):
    """In training a number from N(0, stddev²) is added to each number."""

    def __init__(self, stddev: float, seed: int | None = None, **more: Any) -> None:
        """Keras' arguments, without a seed."""
        unseeded("GaussianNoise", seed)
        self.stddev = stddev
        super().__init__(settings(engine.GaussianNoise, more, stddev=stddev), more)


@face(engine.GaussianDropout)
class GaussianDropout(Layer):
    """In training each number is multiplied by one from N(1, rate/(1 − rate))."""

    def __init__(self, rate: float, seed: int | None = None, **more: Any) -> None:
        """Keras' arguments, without a seed."""
        unseeded("GaussianDropout", seed)
        self.rate = rate
        super().__init__(settings(engine.GaussianDropout, more, rate=rate), more)

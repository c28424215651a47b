"""Layers that change images at random in training."""

from __future__ import annotations

from typing import Any

from netviz.engine import layers as engine
from netviz.keras.layers.layer import Layer, channels_last, face, settings, unseeded

Factor = float | tuple[float, float]  # f stands for (−f, f)


class Augmentation(Layer):
    """Keras' arguments of all these layers: without a seed, and channels last."""

    def __init__(self, value: Any, seed: int | None, data_format: str | None, more: dict[str, Any]) -> None:
        """The model's seed draws for all."""
        unseeded(type(self).__name__, seed)
        channels_last(type(self).__name__, data_format)
        super().__init__(value, more)


@face(engine.RandomFlip)
class RandomFlip(Augmentation):
    """Each image, or with probability ½ its mirror image."""

    def __init__(
        self, mode: str = "horizontal_and_vertical", seed: int | None = None, data_format: str | None = None, **more: Any
    ) -> None:
        """Keras' arguments."""
        super().__init__(settings(engine.RandomFlip, more, mode=mode), seed, data_format, more)


@face(engine.RandomTranslation)
class RandomTranslation(Augmentation):
    """Each image shifted by random parts of its height and width."""

    def __init__(
        self, height_factor: Factor, width_factor: Factor, fill_mode: str = "reflect", interpolation: str = "bilinear",
        seed: int | None = None, fill_value: float = 0.0, data_format: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = settings(
            engine.RandomTranslation, more, height_factor=height_factor, width_factor=width_factor,
            fill_mode=fill_mode, interpolation=interpolation, fill_value=fill_value,
        )  # fmt: skip
        super().__init__(value, seed, data_format, more)


@face(engine.RandomRotation)
class RandomRotation(Augmentation):
    """Each image turned by a random part of a full turn."""

    def __init__(
        self, factor: Factor, fill_mode: str = "reflect", interpolation: str = "bilinear",
        seed: int | None = None, fill_value: float = 0.0, data_format: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = settings(
            engine.RandomRotation, more, factor=factor, fill_mode=fill_mode, interpolation=interpolation,
            fill_value=fill_value,
        )  # fmt: skip
        super().__init__(value, seed, data_format, more)


@face(engine.RandomZoom)
class RandomZoom(Augmentation):
    """Each image made smaller or larger at random."""

    def __init__(
        self, height_factor: Factor, width_factor: Factor | None = None, fill_mode: str = "reflect",
        interpolation: str = "bilinear", seed: int | None = None, fill_value: float = 0.0,
        data_format: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = settings(
            engine.RandomZoom, more, height_factor=height_factor, width_factor=width_factor,
            fill_mode=fill_mode, interpolation=interpolation, fill_value=fill_value,
        )  # fmt: skip
        super().__init__(value, seed, data_format, more)

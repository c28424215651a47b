"""Layers that lay the same numbers out differently, bring them to another range, or make images larger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netviz.engine import layers as engine
from netviz.i18n import _
from netviz.keras.arguments import Unsupported
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


@face(engine.UpSampling2D)
class UpSampling2D(Layer):
    """Images some times as high and as wide."""

    def __init__(
        self, size: int | Sequence[int] = (2, 2), data_format: str | None = None, interpolation: str = "nearest",
        **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments; of its interpolations "nearest" and "bilinear"."""
        channels_last("UpSampling2D", data_format)
        reading = interpolation.lower()
        if reading not in ("nearest", "bilinear"):
            sentence = _("UpSampling2D does not support the interpolation {found}, only nearest and bilinear.")
            raise Unsupported(sentence.format(found=repr(interpolation)))
        super().__init__(settings(engine.UpSampling2D, more, size=size, interpolation=reading), more)


@face(engine.ZeroPadding2D)
class ZeroPadding2D(Layer):
    """Zeros around images."""

    def __init__(
        self, padding: int | Sequence[int | Sequence[int]] = (1, 1), data_format: str | None = None, **more: Any
    ) -> None:
        """padding: of all sides, of (height, width), or ((above, below), (left, right))."""
        channels_last("ZeroPadding2D", data_format)
        super().__init__(settings(engine.ZeroPadding2D, more, padding=padding), more)

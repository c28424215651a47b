"""Pooling layers, channels last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from netviz.engine import layers as engine
from netviz.keras.layers.layer import Layer, channels_last, face, settings

Lengths = int | Sequence[int]  # one number stands for both axes


class _Pooling(Layer):
    """Keras' arguments of all that pool windows."""

    kind: ClassVar[type[engine.Layer]]

    def __init__(
        self, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None, **more: Any
    ) -> None:
        """strides: the pool_size where None."""
        channels_last(type(self).__name__, data_format)
        super().__init__(settings(self.kind, more, pool_size=pool_size, strides=strides, padding=padding), more)


@face(engine.MaxPooling1D)
class MaxPooling1D(_Pooling):
    """The largest of each window of steps."""

    kind = engine.MaxPooling1D

    def __init__(
        self, pool_size: Lengths = 2, strides: Lengths | None = None, padding: str = "valid",
        data_format: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        super().__init__(pool_size, strides, padding, data_format, **more)


@face(engine.MaxPooling2D)
class MaxPooling2D(_Pooling):
    """The largest of each window of pixels."""

    kind = engine.MaxPooling2D

    def __init__(
        self, pool_size: Lengths = (2, 2), strides: Lengths | None = None, padding: str = "valid",
        data_format: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        super().__init__(pool_size, strides, padding, data_format, **more)


@face(engine.AveragePooling1D)
class AveragePooling1D(_Pooling):
    """The mean of each window of steps, as far as it lies within."""

    kind = engine.AveragePooling1D


@face(engine.AveragePooling2D)
class AveragePooling2D(_Pooling):
    """The mean of each window of pixels, as far as it lies within."""

    kind = engine.AveragePooling2D


class _GlobalPooling(Layer):
    """Keras' arguments of all that pool whole rows."""

    kind: ClassVar[type[engine.Layer]]

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **more: Any) -> None:
        """Keras' arguments."""
        channels_last(type(self).__name__, data_format)
        super().__init__(settings(self.kind, more, keepdims=keepdims), more)


@face(engine.GlobalAveragePooling1D)
class GlobalAveragePooling1D(_GlobalPooling):
    """The mean over all steps, without padding."""

    kind = engine.GlobalAveragePooling1D


@face(engine.GlobalAveragePooling2D)
class GlobalAveragePooling2D(_GlobalPooling):
    """The mean over all pixels."""

    kind = engine.GlobalAveragePooling2D


@face(engine.GlobalMaxPooling1D)
class GlobalMaxPooling1D(_GlobalPooling):
    """The largest of all steps."""

    kind = engine.GlobalMaxPooling1D


@face(engine.GlobalMaxPooling2D)
class GlobalMaxPooling2D(_GlobalPooling):
    """The largest of all pixels."""

    kind = engine.GlobalMaxPooling2D


# Keras' other names
MaxPool1D, MaxPool2D, AvgPool1D, AvgPool2D = MaxPooling1D, MaxPooling2D, AveragePooling1D, AveragePooling2D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D

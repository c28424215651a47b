"""Convolutional layers, channels last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from netviz.engine import layers as engine
from netviz.keras.layers.layer import Weighted, channels_last, face, settings

Lengths = int | Sequence[int]  # one number stands for both axes


class _Convolving(Weighted):
    """What models ask of all of them."""

    def __init__(self, value: Any, data_format: str | None, more: dict[str, Any]) -> None:
        channels_last(type(self).__name__, data_format)
        super().__init__(value, more)
        self.use_bias, self.activation = value.use_bias, value.activation


class _Convolution(_Convolving):
    """Keras' arguments of those that have filters."""

    kind: ClassVar[type[engine.Layer]]

    def __init__(
        self, filters: int, kernel_size: Lengths, strides: Lengths = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Lengths = 1, groups: int = 1, activation: Any = None,
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, bias_regularizer: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = settings(
            self.kind, more, filters=filters, kernel_size=kernel_size, strides=strides, padding=_lower(padding),
            dilation_rate=dilation_rate, groups=groups, activation=activation, use_bias=use_bias,
            kernel_initializer=kernel_initializer, bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer, bias_regularizer=bias_regularizer,
        )  # fmt: skip
        super().__init__(value, data_format, more)
        self.filters = value.filters


@face(engine.Conv1D)
class Conv1D(_Convolution):
    """The same small kernel at every step of a sequence."""

    kind = engine.Conv1D


@face(engine.Conv2D)
class Conv2D(_Convolution):
    """The same small kernel at every place of an image."""

    kind = engine.Conv2D


@face(engine.DepthwiseConv2D)
class DepthwiseConv2D(_Convolving):
    """A convolution in which each channel has kernels of its own."""

    def __init__(
        self, kernel_size: Lengths, strides: Lengths = (1, 1), padding: str = "valid", depth_multiplier: int = 1,
        data_format: str | None = None, dilation_rate: Lengths = (1, 1), activation: Any = None, use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None, bias_regularizer: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = settings(
            engine.DepthwiseConv2D, more, kernel_size=kernel_size, strides=strides, padding=_lower(padding),
            depth_multiplier=depth_multiplier, dilation_rate=dilation_rate, activation=activation, use_bias=use_bias,
            depthwise_initializer=depthwise_initializer, bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer, bias_regularizer=bias_regularizer,
        )  # fmt: skip
        super().__init__(value, data_format, more)
        self.depth_multiplier = value.depth_multiplier


def _lower(padding: Any) -> Any:
    """Keras takes "SAME" for "same"."""
    return padding.lower() if isinstance(padding, str) else padding


Convolution1D, Convolution2D = Conv1D, Conv2D  # Keras' other names

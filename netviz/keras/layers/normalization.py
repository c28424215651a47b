"""Layers that bring what passes through them to mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netviz.engine import layers as engine
from netviz.keras.layers.layer import Layer, face, settings


@face(engine.BatchNormalization)
class BatchNormalization(Layer):
    """Each channel brought to mean 0 and variance 1 over the batch; outside of training by moving averages."""

    def __init__(
        self, axis: int = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments, without renorm, synchronized and constraints."""
        value = settings(
            engine.BatchNormalization, more, axis=axis, momentum=momentum, epsilon=epsilon, center=center, scale=scale,
            beta_initializer=beta_initializer, gamma_initializer=gamma_initializer,
            moving_mean_initializer=moving_mean_initializer, moving_variance_initializer=moving_variance_initializer,
            beta_regularizer=beta_regularizer, gamma_regularizer=gamma_regularizer,
        )  # fmt: skip
        super().__init__(value, more)


@face(engine.LayerNormalization)
class LayerNormalization(Layer):
    """Each row brought to mean 0 and variance 1 along one or several axes."""

    def __init__(
        self, axis: int | Sequence[int] = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", beta_regularizer: Any = None,
        gamma_regularizer: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments, without constraints."""
        value = settings(
            engine.LayerNormalization, more, axis=axis, epsilon=epsilon, center=center, scale=scale,
            beta_initializer=beta_initializer, gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer, gamma_regularizer=gamma_regularizer,
        )  # fmt: skip
        super().__init__(value, more)

"""Activation functions that are layers of their own in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netviz.engine import activations
from netviz.engine import layers as engine
from netviz.keras.layers.layer import Layer, face, settings


class Function(Layer):
    """A layer that is nothing but a function of what it gets."""

    def __init__(self, value: Any, more: dict[str, Any]) -> None:
        """A function that has a name of its own can stand in another layer too: Dense(4, activation=LeakyReLU())."""
        super().__init__(value, more)
        self.activation = value.activation
        named = type(self.activation) in (activations.activations[name] for name in activations.activations)
        self.function = self.activation if named else None


@face(engine.ReLU)
class ReLU(Function):
    """min(x, max_value) where x > threshold, else negative_slope·(x − threshold)."""

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **more: Any
    ) -> None:
        """Keras' arguments."""
        given = {"max_value": max_value, "negative_slope": negative_slope, "threshold": threshold}
        super().__init__(settings(engine.ReLU, more, **given), more)


@face(engine.LeakyReLU)
class LeakyReLU(Function):
    """x where x > 0, else negative_slope·x."""

    def __init__(self, negative_slope: float = 0.3, **more: Any) -> None:
        """0.3 is the layer's default, 0.2 the function's."""
        super().__init__(settings(engine.LeakyReLU, more, negative_slope=negative_slope), more)


@face(engine.ELU)
class ELU(Function):
    """x where x > 0, else alpha·(exp(x) − 1)."""

    def __init__(self, alpha: float = 1.0, **more: Any) -> None:
        """Keras' arguments."""
        super().__init__(settings(engine.ELU, more, alpha=alpha), more)


@face(engine.Softmax)
class Softmax(Function):
    """exp(xᵢ)/Σ exp(xₖ) along an axis."""

    def __init__(self, axis: int = -1, **more: Any) -> None:
        """axis: counted with the batch as axis 0."""
        super().__init__(settings(engine.Softmax, more, axis=axis), more)


@face(engine.PReLU)
class PReLU(Layer):
    """x where x > 0, else α·x with α learnt."""

    def __init__(
        self, alpha_initializer: Any = "zeros", alpha_regularizer: Any = None, alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """shared_axes: counted with the batch as axis 0."""
        shared = (shared_axes,) if isinstance(shared_axes, int) else tuple(shared_axes or ())
        value = settings(
            engine.PReLU, more, alpha_initializer=alpha_initializer, alpha_regularizer=alpha_regularizer, shared_axes=shared
        )
        super().__init__(value, {**more, "alpha_constraint": alpha_constraint})

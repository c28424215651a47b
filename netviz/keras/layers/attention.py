"""Attention of a sequence to itself."""

from __future__ import annotations

from typing import Any

from netviz.engine import layers as engine
from netviz.keras.arguments import refuse
from netviz.keras.layers.layer import Layer, face, settings, unseeded

_NEUTRAL = {
    "output_shape": None, "attention_axes": None, "sliding_window": None, "flash_attention": None, "use_gate": False,
}  # fmt: skip


@face(engine.MultiHeadAttention)
class MultiHeadAttention(Layer):
    """Self-attention: in a Sequential the sequence asks and answers itself, Keras' MultiHeadAttention(…)(x, x).

    Padding marked below is not looked at, as in Keras. Attention between two sequences is not supported.
    """

    def __init__(
        self, num_heads: int, key_dim: int, value_dim: int | None = None, dropout: float = 0.0, use_bias: bool = True,
        output_shape: Any = None, attention_axes: Any = None, sliding_window: int | None = None,
        flash_attention: bool | None = None, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, bias_constraint: Any = None, use_gate: bool = False, seed: int | None = None,
        **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments, without what changes the shape, a window, a gate, constraints and a seed."""
        unseeded("MultiHeadAttention", seed)
        given = {
            "output_shape": output_shape, "attention_axes": attention_axes, "sliding_window": sliding_window,
            "flash_attention": flash_attention or None, "use_gate": use_gate,
        }  # fmt: skip
        refuse("MultiHeadAttention", given, _NEUTRAL)
        value = settings(
            engine.MultiHeadAttention, more, num_heads=num_heads, key_dim=key_dim, value_dim=value_dim, dropout=dropout,
            use_bias=use_bias, kernel_initializer=kernel_initializer, bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer, bias_regularizer=bias_regularizer,
        )  # fmt: skip
        constraints = {"kernel_constraint": kernel_constraint, "bias_constraint": bias_constraint}
        super().__init__(value, {**more, **constraints, "activity_regularizer": activity_regularizer})
        self.num_heads, self.key_dim, self.use_bias = value.num_heads, value.key_dim, value.use_bias
        self.value_dim, self.dropout = value.value_dim or value.key_dim, value.dropout

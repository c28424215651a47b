"""Layers that read sequences step by step."""

from __future__ import annotations

from typing import Any

from netviz.codec import fields_of
from netviz.engine import layers as engine
from netviz.i18n import _
from netviz.keras.arguments import Unsupported, refuse
from netviz.keras.layers.layer import Layer, face, settings, unseeded

_OURS = ("unroll", "use_cudnn", "implementation")  # how steps are run; the numbers are the same

_ALIKE = {"weights": None, "backward_layer": None}


class Recurrent(Layer):
    """A layer with a state."""

    def __init__(self, kind: type[engine.Recurrent], given: dict[str, Any]) -> None:
        """`given`: all of Keras' arguments by name."""
        name = type(self).__name__
        unseeded(name, given.pop("seed"))
        given = {key: found for key, found in given.items() if key not in _OURS}
        fields = fields_of(kind).keys() - {"name"}
        more = {key: found for key, found in given.items() if key not in fields}
        value = settings(kind, more, **{key: found for key, found in given.items() if key in fields})
        super().__init__(value, more)
        self.units, self.return_sequences, self.go_backwards = value.units, value.return_sequences, value.go_backwards


def _given(found: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a constructor by name, from its locals."""
    return {key: value for key, value in found.items() if key not in ("self", "more", "__class__")} | dict(found["more"])


@face(engine.SimpleRNN)
class SimpleRNN(Recurrent):
    """f(x_t·kernel + h_{t−1}·recurrent_kernel + bias), step by step."""

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        seed: int | None = None, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False,
        stateful: bool = False, unroll: bool = False, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments, without a seed, constraints, return_state and stateful."""
        super().__init__(engine.SimpleRNN, _given(locals()))


@face(engine.LSTM)
class LSTM(Recurrent):
    """Long short-term memory: gates that say what a state keeps, forgets and shows."""

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", unit_forget_bias: bool = True, kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: int | None = None,
        return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False, stateful: bool = False,
        unroll: bool = False, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments, without a seed, constraints, return_state and stateful."""
        super().__init__(engine.LSTM, _given(locals()))


@face(engine.GRU)
class GRU(Recurrent):
    """Gated recurrent unit: one gate that resets the state, one that updates it."""

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        seed: int | None = None, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False,
        stateful: bool = False, unroll: bool = False, reset_after: bool = True, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments, without a seed, constraints, return_state and stateful."""
        super().__init__(engine.GRU, _given(locals()))


@face(engine.Bidirectional)
class Bidirectional(Layer):
    """A recurrent layer run from the first step on and from the last, put together."""

    def __init__(
        self, layer: Recurrent | engine.Recurrent, merge_mode: str = "concat", weights: Any = None,
        backward_layer: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        """layer: SimpleRNN, LSTM or GRU. The other direction is always like it, and both are put together."""
        refuse("Bidirectional", {"weights": weights, "backward_layer": backward_layer}, _ALIKE)
        if merge_mode is None:
            raise Unsupported(_("Bidirectional gives one output; merge_mode must be concat, sum, mul or ave."))
        inner = layer.value if isinstance(layer, Layer) else layer
        if not isinstance(inner, engine.Recurrent):
            sentence = _("Bidirectional takes a SimpleRNN, LSTM or GRU, not {found}.")
            raise ValueError(sentence.format(found=repr(layer)[:80]))
        value = settings(engine.Bidirectional, more, layer=inner, merge_mode=merge_mode)
        super().__init__(value, more)
        self.merge_mode, self.return_sequences = merge_mode, inner.return_sequences

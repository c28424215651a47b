"""A recurrent layer run in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import InvalidValue, Title
from netviz.engine.layers.layer import SEQUENCE, Layer, LayerProblem, Memory, Weight, Weights, layers
from netviz.engine.layers.lstm import LSTM
from netviz.engine.layers.recurrent import Recurrent
from netviz.engine.workspace import Context
from netviz.i18n import N_, _


@layers.register("bidirectional", title=N_("Bidirectional"))
@dataclass(frozen=True)
class Bidirectional(Layer):
    """y = merge(h, h'): h of a recurrent layer that reads from the first step on, h' of one like it from the last.

    merge_mode: concat [h h'], sum h + h', mul h·h', ave (h + h')/2. With return_sequences h' is turned around first, so
    that both are of the same step, and both are 0 at padded steps. (steps, features) -> (units,) or (steps, units),
    2·units with concat. Weights: those of "forward", then those of "backward".
    Schuster and Paliwal, 1997; https://keras.io/api/layers/recurrent_layers/bidirectional
    """

    group = SEQUENCE

    layer: Annotated[Recurrent, Title(N_("Layer"))] = LSTM(1)

    @classmethod
    def suited(cls, input_shape: Shape) -> Bidirectional:
        """A few units each way."""
        return cls(LSTM(4))
    merge_mode: Annotated[Literal["concat", "sum", "mul", "ave"], Title(N_("Put together by"))] = "concat"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.layer.go_backwards:
            raise InvalidValue(_("Bidirectional.layer must read forwards; the other direction is made from it."))

    @cached_property
    def _both(self) -> tuple[tuple[str, Recurrent], ...]:
        return ("forward", self.layer), ("backward", replace(self.layer, go_backwards=True))

    @property
    def inside(self) -> Mapping[str, Layer]:
        return dict(self._both)

    @property
    def passes_mask(self) -> bool:
        return self.layer.passes_mask

    def output_shape(self, input_shape: Shape) -> Shape:
        try:
            *steps, units = self.layer.output_shape(input_shape)
        except LayerProblem as problem:
            raise LayerProblem(_("In both directions: {problem}").format(problem=problem)) from None
        return (*steps, 2 * units if self.merge_mode == "concat" else units)

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        return tuple(
            replace(weight, name=f"{name}/{weight.name}")
            for name, layer in self._both
            for weight in layer.weights(input_shape)
        )

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        memory: dict[str, Any] = {"x": x}
        results = []
        for name, layer in self._both:
            h, memory[name] = layer.forward(params[name], x, context.inner(name))
            results.append(self._aligned(h, layer))
        h, other = results
        if (still := self._still(context)) is not None:
            for result in results:
                np.copyto(result, 0, where=still)
        y = context.out("y", (*h.shape[:-1], h.shape[-1] * (1 + (self.merge_mode == "concat"))))
        if self.merge_mode == "concat":
            np.concatenate(results, axis=-1, out=y)
        elif self.merge_mode == "mul":
            np.multiply(h, other, out=y)
            memory |= {"h": h, "other": other}
        else:
            np.add(h, other, out=y)
            if self.merge_mode == "ave":
                np.divide(y, 2, out=y)
        return y, memory

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        through: list[Array] = []
        for (name, layer), dh in zip(self._both, self._apart(memory, dy, context), strict=True):
            if (still := self._still(context)) is not None:
                np.copyto(dh, 0, where=still)
            inner = context.inner(name)
            inner.first = context.first
            inner.note("dy", self._aligned(dh, layer))
            through.append(layer.backward(params[name], memory[name], self._aligned(dh, layer), inner, grads[name]))
            inner.note("dx", through[-1])
        one, other = through
        return dy if context.first else np.add(one, other, out=context.out("dx", one.shape))

    def _apart(self, memory: Memory, dy: Array, context: Context) -> tuple[Array, Array]:
        """∂L/∂h and ∂L/∂h'."""
        units = self.layer.units
        if self.merge_mode == "concat":
            parts = dy[..., :units], dy[..., units:]
        else:
            parts = dy, dy
        dh, other = (context.out(name, part.shape) for name, part in zip(("dh", "d other"), parts, strict=True))
        if self.merge_mode == "mul":
            # ∂L/∂h = h'·dy, ∂L/∂h' = h·dy
            np.multiply(dy, memory["other"], out=dh)
            np.multiply(dy, memory["h"], out=other)
            return dh, other
        for to, part in zip((dh, other), parts, strict=True):
            np.multiply(part, 0.5 if self.merge_mode == "ave" else 1, out=to)
        return dh, other

    def _aligned(self, h: Array, layer: Recurrent) -> Array:
        """Sequences in the order of the steps, or back."""
        return h[:, ::-1] if layer.return_sequences and layer.go_backwards else h

    def _still(self, context: Context) -> Array | None:
        """Which steps give 0, (rows, steps, 1); None for none."""
        return None if context.mask is None or not self.layer.return_sequences else ~context.mask[..., None]

"""Global pooling layers: of a whole sequence or image one number for each channel, the largest or the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Title
from netviz.engine.layers.axes import check_images, check_sequences
from netviz.engine.layers.layer import IMAGE, SEQUENCE, Layer, Memory, Weights, layers
from netviz.engine.workspace import Context
from netviz.i18n import N_


@dataclass(frozen=True)
class GlobalPooling(Layer):
    """(..., channels) -> (channels,), or (1, ..., channels) with `keepdims`."""

    keepdims: Annotated[bool, Title(N_("Keep the axes, of length 1"))] = False

    def output_shape(self, input_shape: Shape) -> Shape:
        check_sequences(input_shape) if type(self).__name__.endswith("1D") else check_images(input_shape)
        kept = (1,) * (len(input_shape) - 1) if self.keepdims else ()
        return (*kept, input_shape[-1])


def _flat(x: Array) -> Array:
    """(rows, ..., channels) -> (rows, places, channels), the same memory."""
    return x.reshape(len(x), -1, x.shape[-1])


class GlobalAveragePooling(GlobalPooling):
    """y = Σ x / n over all places of a channel, or over the steps that are no padding where that is marked."""

    group = IMAGE

    def _shares(self, x: Array, context: Context) -> Array:
        """What each place counts, (rows or 1, places): 1/n, or 0 for padding; a sequence of padding alone gives 0."""
        if context.mask is None or x.ndim != 3:
            shares = context.out("shares", (1, _flat(x).shape[1]))
            shares.fill(1 / shares.size)
            return shares
        shares = context.out("shares", x.shape[:2])
        np.copyto(shares, context.mask)
        shares /= np.maximum(shares.sum(1, keepdims=True), context.one)
        return shares

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        y = context.out("y", (len(x), 1, x.shape[-1]))
        np.matmul(self._shares(x, context)[:, None], _flat(x), out=y)
        return y.reshape(len(x), *self.output_shape(x.shape[1:])), {"x": x}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if context.first:
            return dy
        x: Array = memory["x"]
        dx = context.out("dx", x.shape)
        np.multiply(_flat(dy), self._shares(x, context)[..., None], out=_flat(dx))
        return dx


class GlobalMaxPooling(GlobalPooling):
    """y = max x over all places of a channel; where several are largest, ∂L/∂y falls to them in equal parts."""

    group = IMAGE

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        y = context.out("y", (len(x), 1, x.shape[-1]))
        np.maximum.reduce(_flat(x), 1, out=y, keepdims=True)
        return y.reshape(len(x), *self.output_shape(x.shape[1:])), {"x": x, "y": y}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if context.first:
            return dy
        x, y = memory["x"], memory["y"]
        dx = context.out("dx", x.shape)
        np.equal(_flat(x), y, out=_flat(dx))
        count = np.add.reduce(_flat(dx), 1, out=context.out("count", y.shape), keepdims=True)
        share = np.divide(_flat(dy), np.maximum(count, context.one, out=count), out=count)
        np.multiply(_flat(dx), share, out=_flat(dx))
        return dx


@layers.register("global_average_pooling1d", title=N_("Global average 1D"))
@dataclass(frozen=True)
class GlobalAveragePooling1D(GlobalAveragePooling):
    """y[c] = mean of x[s, c] over the steps that are no padding; of a sequence of padding alone it is 0.

    Rows (steps, channels) -> (channels,), with keepdims (1, channels).
    Source: https://keras.io/api/layers/pooling_layers/global_average_pooling1d
    """

    group = SEQUENCE


@layers.register("global_average_pooling2d", title=N_("Global average 2D"))
@dataclass(frozen=True)
class GlobalAveragePooling2D(GlobalAveragePooling):
    """y[c] = mean of x[u, v, c] over all pixels.

    Rows (height, width, channels) -> (channels,), with keepdims (1, 1, channels).
    Source: https://keras.io/api/layers/pooling_layers/global_average_pooling2d
    """


@layers.register("global_max_pooling1d", title=N_("Global max 1D"))
@dataclass(frozen=True)
class GlobalMaxPooling1D(GlobalMaxPooling):
    """y[c] = max of x[s, c] over all steps, padding included as in Keras; ∂L/∂y falls to all that are largest in equal parts.

    Rows (steps, channels) -> (channels,), with keepdims (1, channels).
    Source: https://keras.io/api/layers/pooling_layers/global_max_pooling1d
    """

    group = SEQUENCE


@layers.register("global_max_pooling2d", title=N_("Global max 2D"))
@dataclass(frozen=True)
class GlobalMaxPooling2D(GlobalMaxPooling):
    """y[c] = max of x[u, v, c] over all pixels; ∂L/∂y falls to all that are largest in equal parts.

    Rows (height, width, channels) -> (channels,), with keepdims (1, 1, channels).
    Source: https://keras.io/api/layers/pooling_layers/global_max_pooling2d
    """

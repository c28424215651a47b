"""Batch normalization: every channel brought to mean 0 and variance 1 over the rows of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.codec import Range, Small
from netviz.engine.initializers import Initializer, Ones, Zeros
from netviz.engine.layers.axes import Axis, row_axis
from netviz.engine.layers.layer import NORMALIZATION, Layer, Memory, Weight, Weights, layers
from netviz.engine.regularizers import Regularizer
from netviz.engine.workspace import Context
from netviz.i18n import N_

NO_ROWS = 1e-7  # what Keras adds to a count of rows that may be 0


class _Moments(NamedTuple):
    """Mean and variance of each channel, and what was counted: a matrix of 0 and 1, None where all was."""

    mean: Array
    variance: Array
    counted: Array | None = None


@layers.register("batch_normalization", title=N_("Batch normalization"))
@dataclass(frozen=True)
class BatchNormalization(Layer):
    """y = γ·x̂ + β, x̂ = (x − μ)/√(σ² + ε): in training μ and σ² are those of the batch, else the moving ones.

    One μ, σ², γ, β for each place along `axis` (channels); the variance is Σ(x − μ)²/n, not n − 1. After every update
    moving ← momentum·moving + (1 − momentum)·batch, for mean and variance. Padded steps of a sequence do not count.
    ∂L/∂x = γ/√(σ² + ε)·(∂L/∂y − mean(∂L/∂y) − x̂·mean(x̂·∂L/∂y)). axis: counted with the batch as axis 0.
    Ioffe and Szegedy, 2015; https://keras.io/api/layers/normalization_layers/batch_normalization
    """

    group = NORMALIZATION

    axis: Axis = -1
    momentum: Annotated[float, Range(low=0, high=1, title=N_("Momentum"))] = 0.99
    epsilon: Small = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Initializer = Zeros()
    gamma_initializer: Initializer = Ones()
    moving_mean_initializer: Initializer = Zeros()
    moving_variance_initializer: Initializer = Ones()
    beta_regularizer: Regularizer | None = None
    gamma_regularizer: Regularizer | None = None

    @property
    def passes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        row_axis(self.axis, input_shape)
        return input_shape

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        shape = (input_shape[row_axis(self.axis, input_shape)],)
        gamma = Weight("gamma", shape, self.gamma_initializer, self.gamma_regularizer)
        beta = Weight("beta", shape, self.beta_initializer, self.beta_regularizer)
        mean = Weight("moving_mean", shape, self.moving_mean_initializer, trainable=False)
        variance = Weight("moving_variance", shape, self.moving_variance_initializer, trainable=False)
        return ((gamma,) * self.scale) + ((beta,) * self.center) + (mean, variance)

    @property
    def has_state(self) -> bool:
        return True

    def new_state(self, memory: Memory) -> Mapping[str, Array]:
        return {name: memory[name] for name in ("moving_mean", "moving_variance")}

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        layout = _Layout.of(x.shape, row_axis(self.axis, x.shape[1:]) + 1)
        wide = layout.columns(x)
        centred = context.out("normalized", wide.shape)
        memory: dict[str, Array] = {}
        if context.training:
            moments = _moments(layout, wide, centred, _counted(layout, context), context)
            memory = self._moved(params, moments, context)
        else:
            moments = _Moments(params["moving_mean"], params["moving_variance"])
            np.subtract(wide, layout.tiled(moments.mean), out=centred)
        # x̂ = (x − μ)/√(σ² + ε)
        deviation = np.sqrt(moments.variance + self.epsilon)
        normalized = np.multiply(centred, layout.tiled(context.one / deviation), out=centred)
        # y = γ·x̂ + β
        y = context.out("y", wide.shape) if self.scale or self.center else normalized
        if self.scale:
            np.multiply(normalized, layout.tiled(params["gamma"]), out=y)
        if self.center:
            np.add(y if self.scale else normalized, layout.tiled(params["beta"]), out=y)
        memory |= {"x": x, "mean": moments.mean, "variance": moments.variance, "normalized": layout.view(normalized)}
        if moments.counted is not None:
            memory["counted"] = moments.counted
        return layout.restored(y, context, "y in its place"), memory

    def _moved(self, params: Weights, moments: _Moments, context: Context) -> dict[str, Array]:
        """moving ← momentum·moving + (1 − momentum)·batch."""
        moved = {}
        for name, batch in (("moving_mean", moments.mean), ("moving_variance", moments.variance)):
            moved[name] = np.multiply(params[name], self.momentum, out=context.out(name, batch.shape))
            moved[name] += batch * (1 - self.momentum)
        return moved

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        layout = _Layout.of(dy.shape, row_axis(self.axis, dy.shape[1:]) + 1)
        wide, normalized = layout.columns(dy), layout.columns(memory["normalized"])
        dx = context.out("dx", wide.shape)
        # ∂L/∂γ = Σ x̂·dy, ∂L/∂β = Σ dy
        np.multiply(normalized, wide, out=dx)
        dgamma, dbeta = layout.sums(dx, context), layout.sums(wide, context)
        if self.scale:
            np.copyto(grads["gamma"], dgamma)
        if self.center:
            np.copyto(grads["beta"], dbeta)
        if context.first:
            return dy
        slope = context.one / np.sqrt(memory["variance"] + self.epsilon)  # γ/√(σ² + ε)
        slope = slope * params["gamma"] if self.scale else slope
        if "counted" in memory:
            self._masked_gradient(layout, memory, (wide, normalized, dx), (dgamma, dbeta, slope))
        elif context.training:
            # dx = γ/√(σ² + ε)·(dy − Σdy/n − x̂·Σ(x̂·dy)/n)
            np.multiply(normalized, layout.tiled(dgamma / layout.n), out=dx)
            np.subtract(wide, dx, out=dx)
            np.subtract(dx, layout.tiled(dbeta / layout.n), out=dx)
            np.multiply(dx, layout.tiled(slope), out=dx)
        else:
            np.multiply(wide, layout.tiled(slope), out=dx)
        return layout.restored(dx, context, "dx in its place")

    def _masked_gradient(
        self, layout: _Layout, memory: Memory, arrays: tuple[Array, Array, Array], sums: tuple[Array, Array, Array]
    ) -> None:
        """The same where μ and σ² are of what is counted, m, while all is normalized; n = Σm + 1e-7 as in Keras.

        ∂L/∂σ² = −½/(σ² + ε)·Σ x̂·g and ∂L/∂μ = −Σ g/√(σ² + ε) − 2/n·Σ m·(x − μ)·∂L/∂σ², with g = γ·dy;
        dx = g/√(σ² + ε) + m/n·(2·(x − μ)·∂L/∂σ² + ∂L/∂μ). The sum over m is not quite 0: it is 1e-7·μ.
        """
        dy, normalized, dx = arrays
        dgamma, dbeta, slope = sums
        counted = memory["counted"]
        n = layout.folded(counted.sum(0)) + NO_ROWS
        variance = memory["variance"] + self.epsilon
        deviation = np.sqrt(variance)
        dvariance = -slope * deviation * dgamma / (2 * variance)
        dmean = -slope * dbeta - 2 / n * NO_ROWS * memory["mean"] * dvariance
        np.multiply(normalized, layout.tiled(2 * deviation * dvariance / n), out=dx)
        np.add(dx, layout.tiled(dmean / n), out=dx)
        np.multiply(dx, counted, out=dx)
        dx += layout.tiled(slope) * dy


class _Layout(NamedTuple):
    """An array as a matrix whose columns are channels: (n/repeats, repeats·channels), channels side by side `repeats` times.

    NumPy is quick along the last axis and slow from row to row, so a few channels are not left alone in a row.
    """

    shape: Shape
    axis: int
    repeats: int

    @classmethod
    def of(cls, shape: Shape, axis: int) -> _Layout:
        """As many repeats as fill a row, out of the axes of one row of the batch."""
        repeats = 1
        for length in reversed((*shape[1:axis], *shape[axis + 1 :])):
            if shape[axis] > _FEW or repeats * length * shape[axis] > _WIDEST:
                break
            repeats *= length
        return cls(shape, axis, repeats)

    @property
    def n(self) -> int:
        """How many numbers a channel has."""
        return size(self.shape) // self.shape[self.axis]

    def columns(self, array: Array) -> Array:
        """The matrix; the same memory where the channels are last."""
        return np.moveaxis(array, self.axis, -1).reshape(-1, self.repeats * self.shape[self.axis])

    def view(self, wide: Array) -> Array:
        """The matrix seen in the array's own shape."""
        shape, axis = self.shape, self.axis
        return np.moveaxis(wide.reshape(*shape[:axis], *shape[axis + 1 :], shape[axis]), -1, axis)

    def restored(self, wide: Array, context: Context, name: str) -> Array:
        """The matrix in the array's own shape, in one piece."""
        if self.axis == len(self.shape) - 1:
            return wide.reshape(self.shape)
        whole = context.out(name, self.shape)
        np.copyto(whole, self.view(wide))
        return whole

    def tiled(self, channels: Array) -> Array:
        """One number for each channel, as a row of the matrix."""
        return channels if self.repeats == 1 else np.tile(channels, self.repeats)

    def folded(self, row: Array) -> Array:
        """A row of the matrix summed to one number for each channel."""
        return row if self.repeats == 1 else np.add.reduce(row.reshape(self.repeats, -1), 0)

    def sums(self, wide: Array, context: Context) -> Array:
        """Σ of each channel, (channels,)."""
        return self.folded(np.dot(context.workspace.ones(len(wide)), wide))


_FEW, _WIDEST = 64, 16384  # channels that would be left alone; numbers in a row of the matrix


def _moments(layout: _Layout, wide: Array, centred: Array, counted: Array | None, context: Context) -> _Moments:
    """μ and σ² of each channel of what is counted; x − μ is written into `centred`."""
    spare = context.out("squares", wide.shape)
    n: Array | int = layout.n
    # μ = Σ x/n, σ² = Σ (x − μ)²/n
    if counted is not None:
        n = layout.folded(counted.sum(0)) + NO_ROWS
        wide_counted = np.multiply(wide, counted, out=spare)
    mean = layout.sums(wide if counted is None else wide_counted, context) / n
    np.subtract(wide, layout.tiled(mean), out=centred)
    np.multiply(centred, centred, out=spare)
    if counted is not None:
        np.multiply(spare, counted, out=spare)
    return _Moments(mean, layout.sums(spare, context) / n, counted)


def _counted(layout: _Layout, context: Context) -> Array | None:
    """1 for each number of a step that counts, 0 for padding, as the matrix; None where there is no mask."""
    mask = context.mask
    if mask is None:
        return None
    counted = context.out("counted", layout.shape)
    np.copyto(counted, mask.reshape(mask.shape + (1,) * (counted.ndim - mask.ndim)))
    return layout.columns(counted)

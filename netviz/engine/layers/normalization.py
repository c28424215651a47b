"""Batch normalization: every channel brought to mean 0 and variance 1 over the rows of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range, Small
from netviz.engine.initializers import Initializer, Ones, Zeros
from netviz.engine.layers.axes import Axis, row_axis
from netviz.engine.layers.layer import Layer, Memory, Weight, Weights, layers
from netviz.engine.regularizers import Regularizer
from netviz.engine.workspace import Context
from netviz.i18n import N_

_NO_ROWS = 1e-7  # what Keras adds to a count of rows that may be 0


class _Moments(NamedTuple):
    """Mean and variance of each channel, and what was counted: (rows, channels) of 0 and 1, None where all was."""

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
        axis = row_axis(self.axis, x.shape[1:]) + 1
        flat = _columns(x, axis)  # (n, channels)
        centred = context.out("normalized", flat.shape)
        memory: dict[str, Array] = {}
        if context.training:
            moments = _moments(flat, centred, _counted(x, axis, context), context)
            memory = self._moved(params, moments, context)
        else:
            moments = _Moments(params["moving_mean"], params["moving_variance"])
            np.subtract(flat, moments.mean, out=centred)
        # x̂ = (x − μ)/√(σ² + ε)
        deviation = np.sqrt(moments.variance + self.epsilon)
        normalized = np.multiply(centred, context.one / deviation, out=centred)
        y = stretched(params, normalized, context)
        memory |= {"x": x, "mean": moments.mean, "variance": moments.variance}
        memory["normalized"] = _laid_back(normalized, x.shape, axis)
        if moments.counted is not None:
            memory["counted"] = moments.counted
        return _restored(y, x.shape, axis, context, "y in its place"), memory

    def _moved(self, params: Weights, moments: _Moments, context: Context) -> dict[str, Array]:
        """moving ← momentum·moving + (1 − momentum)·batch."""
        moved = {}
        for name, batch in (("moving_mean", moments.mean), ("moving_variance", moments.variance)):
            moved[name] = np.multiply(params[name], self.momentum, out=context.out(name, batch.shape))
            moved[name] += batch * (1 - self.momentum)
        return moved

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        axis = row_axis(self.axis, dy.shape[1:]) + 1
        dflat, normalized = _columns(dy, axis), _columns(memory["normalized"], axis)
        dx = context.out("dx", dflat.shape)
        channels = dflat.shape[-1:]
        # ∂L/∂γ = Σ x̂·dy, ∂L/∂β = Σ dy
        np.multiply(normalized, dflat, out=dx)
        dgamma = context.row_sums(dx, context.out("dgamma", channels))
        dbeta = context.row_sums(dflat, context.out("dbeta", channels))
        if self.scale:
            np.copyto(grads["gamma"], dgamma)
        if self.center:
            np.copyto(grads["beta"], dbeta)
        if context.first:
            return dy
        slope = context.one / np.sqrt(memory["variance"] + self.epsilon)  # γ/√(σ² + ε)
        slope = slope * params["gamma"] if self.scale else slope
        if not context.training:
            np.multiply(dflat, slope, out=dx)
        elif "counted" in memory:
            self._masked_gradient(memory, dflat, normalized, (dgamma, dbeta, slope), dx)
        else:
            # dx = γ/√(σ² + ε)·(dy − Σdy/n − x̂·Σ(x̂·dy)/n)
            n = len(dflat)
            np.multiply(normalized, dgamma / n, out=dx)
            np.subtract(dflat, dx, out=dx)
            np.subtract(dx, dbeta / n, out=dx)
            np.multiply(dx, slope, out=dx)
        return _restored(dx, dy.shape, axis, context, "dx in its place")

    def _masked_gradient(
        self, memory: Memory, dy: Array, normalized: Array, sums: tuple[Array, Array, Array], dx: Array
    ) -> None:
        """The same where μ and σ² are of what is counted, m, while all is normalized; n = Σm + 1e-7 as in Keras.

        ∂L/∂σ² = −½/(σ² + ε)·Σ x̂·g and ∂L/∂μ = −Σ g/√(σ² + ε) − 2/n·Σ m·(x − μ)·∂L/∂σ², with g = γ·dy;
        dx = g/√(σ² + ε) + m/n·(2·(x − μ)·∂L/∂σ² + ∂L/∂μ). The sum over m is not quite 0: it is 1e-7·μ.
        """
        dgamma, dbeta, slope = sums
        counted = memory["counted"]
        variance = memory["variance"] + self.epsilon
        n = counted.sum(0) + _NO_ROWS
        deviation = np.sqrt(variance)
        dvariance = -slope * deviation * dgamma / (2 * variance)
        dmean = -slope * dbeta - 2 / n * _NO_ROWS * memory["mean"] * dvariance
        np.multiply(normalized, 2 * deviation * dvariance, out=dx)
        np.add(dx, dmean, out=dx)
        np.multiply(dx, counted / n, out=dx)
        dx += slope * dy


def _moments(flat: Array, centred: Array, counted: Array | None, context: Context) -> _Moments:
    """μ and σ² of each column of what is counted; x − μ is written into `centred`."""
    channels = flat.shape[-1:]
    mean, variance = context.out("mean", channels), context.out("variance", channels)
    squares = context.out("squares", flat.shape)
    n = len(flat) if counted is None else counted.sum(0) + _NO_ROWS
    # μ = Σ x/n, σ² = Σ (x − μ)²/n
    np.divide(context.row_sums(flat if counted is None else np.multiply(flat, counted, out=squares), mean), n, out=mean)
    np.subtract(flat, mean, out=centred)
    np.multiply(centred, centred, out=squares)
    if counted is not None:
        np.multiply(squares, counted, out=squares)
    np.divide(context.row_sums(squares, variance), n, out=variance)
    return _Moments(mean, variance, counted)


def _counted(x: Array, axis: int, context: Context) -> Array | None:
    """1 for each number of a step that counts, 0 for padding, (n, channels); None where there is no mask."""
    mask = context.mask
    if mask is None:
        return None
    counted = context.out("counted", x.shape)
    np.copyto(counted, mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim)))
    return _columns(counted, axis)


def _columns(array: Array, axis: int) -> Array:
    """(rows, ...) -> (n, channels) with the channels of that axis; the same memory where they are last."""
    return np.moveaxis(array, axis, -1).reshape(-1, array.shape[axis])


def _laid_back(flat: Array, shape: Shape, axis: int) -> Array:
    """A view of columns in the array's own shape."""
    moved = (*shape[:axis], *shape[axis + 1 :], shape[axis])
    return np.moveaxis(flat.reshape(moved), -1, axis)


def _restored(flat: Array, shape: Shape, axis: int, context: Context, name: str) -> Array:
    """Columns in the array's own shape, in one piece."""
    view = _laid_back(flat, shape, axis)
    if axis == len(shape) - 1:
        return view
    whole = context.out(name, shape)
    np.copyto(whole, view)
    return whole


def stretched(params: Weights, normalized: Array, context: Context) -> Array:
    """y = γ·x̂ + β, as far as there are γ and β: (n, numbers that have one each) -> the same shape."""
    if not params.keys() & {"gamma", "beta"}:
        return normalized
    y = context.out("y", normalized.shape)
    if "gamma" in params:
        normalized = np.multiply(normalized, params["gamma"].reshape(-1), out=y)
    return np.add(normalized, params["beta"].reshape(-1), out=y) if "beta" in params else y

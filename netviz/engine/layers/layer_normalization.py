"""Layer normalization: every row brought to mean 0 and variance 1 by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.codec import Small, Title
from netviz.engine.initializers import Initializer, Ones, Zeros
from netviz.engine.layers.axes import Axis, row_axis
from netviz.engine.layers.layer import NORMALIZATION, Layer, LayerProblem, Memory, Weight, Weights, layers
from netviz.engine.regularizers import Regularizer
from netviz.engine.workspace import Context
from netviz.i18n import N_, _


@layers.register("layer_normalization", title=N_("Layer normalization"))
@dataclass(frozen=True)
class LayerNormalization(Layer):
    """y = γ·x̂ + β, x̂ = (x − μ)/√(σ² + ε): μ and σ² of each row along the axes, alike in training and outside of it.

    σ² = Σ(x − μ)²/n over those axes; γ and β have their shape. axis: counted with the batch as axis 0; one number or
    several. ∂L/∂x = (g − mean(g) − x̂·mean(x̂·g))/√(σ² + ε) with g = γ·∂L/∂y.
    Ba et al., 2016; https://keras.io/api/layers/normalization_layers/layer_normalization
    """

    group = NORMALIZATION

    axis: Annotated[tuple[Axis, ...], Title(N_("Axes"))] = (-1,)
    epsilon: Small = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Initializer = Zeros()
    gamma_initializer: Initializer = Ones()
    beta_regularizer: Regularizer | None = None
    gamma_regularizer: Regularizer | None = None

    def __post_init__(self) -> None:
        axis: Any = self.axis
        if isinstance(axis, int):
            object.__setattr__(self, "axis", (axis,))
        super().__post_init__()

    @property
    def passes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        self._axes(input_shape)
        return input_shape

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        shape = tuple(input_shape[axis] for axis in self._axes(input_shape))
        gamma = Weight("gamma", shape, self.gamma_initializer, self.gamma_regularizer)
        beta = Weight("beta", shape, self.beta_initializer, self.beta_regularizer)
        return ((gamma,) * self.scale) + ((beta,) * self.center)

    def _axes(self, row_shape: Shape) -> tuple[int, ...]:
        """The axes of a row, rising."""
        axes = tuple(sorted(row_axis(axis, row_shape) for axis in self.axis))
        if not axes or len(set(axes)) < len(axes):
            sentence = _("The axes {axes} to normalize along must be one or more, each of them once.")
            raise LayerProblem(sentence.format(axes=self.axis))
        return axes

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        axes = self._axes(x.shape[1:])
        flat = _rows(x, axes)  # (n, features)
        n, features = flat.shape
        ones = context.workspace.ones(features)
        # μ = Σ x/features, σ² = Σ (x − μ)²/features
        mean = np.dot(flat, ones, context.out("mean", (n,)))
        np.divide(mean, features, out=mean)
        normalized = np.subtract(flat, mean[:, None], out=context.out("normalized", flat.shape))
        variance = np.einsum("ij,ij->i", normalized, normalized, out=context.out("variance", (n,)))
        np.divide(variance, features, out=variance)
        # x̂ = (x − μ)/√(σ² + ε)
        inverse = np.add(variance, self.epsilon, out=context.out("inverse deviation", (n,)))
        np.divide(context.one, np.sqrt(inverse, out=inverse), out=inverse)
        np.multiply(normalized, inverse[:, None], out=normalized)
        # y = γ·x̂ + β
        y = context.out("y", flat.shape) if self.scale or self.center else normalized
        if self.scale:
            np.multiply(normalized, params["gamma"].reshape(-1), out=y)
        if self.center:
            np.add(y if self.scale else normalized, params["beta"].reshape(-1), out=y)
        y = _rows_back(y, x.shape, axes, context, "y in its place")
        return y, {"x": x, "normalized": normalized, "mean": mean, "variance": variance, "inverse_deviation": inverse}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        axes = self._axes(dy.shape[1:])
        dflat, normalized = _rows(dy, axes), memory["normalized"]
        features = dflat.shape[1]
        dx = context.out("dx", dflat.shape)
        # ∂L/∂γ = Σ x̂·dy, ∂L/∂β = Σ dy
        if self.scale:
            context.row_sums(np.multiply(normalized, dflat, out=dx), grads["gamma"].reshape(-1))
        if self.center:
            context.row_sums(dflat, grads["beta"].reshape(-1))
        if context.first:
            return dy
        # dx = (g − mean(g) − x̂·mean(x̂·g))/√(σ² + ε), g = γ·dy
        g = np.multiply(dflat, params["gamma"].ravel(), out=context.out("g", dflat.shape)) if self.scale else dflat
        along = np.einsum("ij,ij->i", g, normalized) / features
        np.multiply(normalized, along[:, None], out=dx)
        np.subtract(g, dx, out=dx)
        mean = np.dot(g, context.workspace.ones(features)) / features
        np.subtract(dx, mean[:, None], out=dx)
        np.multiply(dx, memory["inverse_deviation"][:, None], out=dx)
        return _rows_back(dx, dy.shape, axes, context, "dx in its place")


def _rows(array: Array, axes: tuple[int, ...]) -> Array:
    """(rows, ...) -> (n, features) with the features of those axes of a row; the same memory where they are last."""
    last = tuple(range(array.ndim - len(axes), array.ndim))
    moved = np.moveaxis(array, [axis + 1 for axis in axes], last)
    return moved.reshape(-1, size(moved.shape[last[0] :]))


def _rows_back(flat: Array, shape: Shape, axes: tuple[int, ...], context: Context, name: str) -> Array:
    """Rows of features in the array's own shape, in one piece."""
    there = [axis + 1 for axis in axes]
    last = list(range(len(shape) - len(axes), len(shape)))
    if there == last:
        return flat.reshape(shape)
    rest = [axis for axis in range(len(shape)) if axis not in there]
    whole = context.out(name, shape)
    np.copyto(np.moveaxis(whole, there, last), flat.reshape([shape[axis] for axis in (*rest, *there)]))
    return whole

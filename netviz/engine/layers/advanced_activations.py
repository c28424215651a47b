"""Activation functions that are layers of their own in Keras, and one that learns its slopes.

Those that are functions of `netviz.engine.activations` run as an Activation, so that the last one can fuse with its loss.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Amount, Range, Title
from netviz.engine import activations
from netviz.engine.initializers import Initializer, Zeros
from netviz.engine.layers.activation import Activation
from netviz.engine.layers.axes import Axis, row_axis
from netviz.engine.layers.layer import ACTIVATIONS, Elementwise, Layer, LayerProblem, Memory, Weight, Weights, layers
from netviz.engine.regularizers import Regularizer
from netviz.engine.workspace import Context
from netviz.i18n import N_, _


@dataclass(frozen=True)
class ActivationLayer(Elementwise):
    """a = f(z): a layer that is nothing but a function, and runs as an Activation."""

    group = ACTIVATIONS

    @property
    @abstractmethod
    def activation(self) -> activations.Activation:
        """f."""

    def stages(self) -> tuple[Layer, ...]:
        return (Activation(self.activation, name=self.name),)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        return self.stages()[0].forward(params, x, context)

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        return self.stages()[0].backward(params, memory, dy, context, grads)


@layers.register("re_lu", title=N_("ReLU layer"))
@dataclass(frozen=True)
class ReLU(ActivationLayer):
    """f(z) = min(z, max_value) where z > threshold, else negative_slope·(z − threshold).

    With the defaults f(z) = max(z, 0). Source: https://keras.io/api/layers/activation_layers/relu
    """

    max_value: Amount | None = None
    negative_slope: Amount = 0.0
    threshold: Amount = 0.0

    @property
    def activation(self) -> activations.Activation:
        if self.max_value is not None or self.threshold:
            return BoundedRelu(self.max_value, self.negative_slope, self.threshold)
        return activations.LeakyRelu(self.negative_slope) if self.negative_slope else activations.Relu()


@dataclass(frozen=True)
class BoundedRelu(activations.Activation):
    """The function of a ReLU layer with a ceiling or a threshold; never part of a document by itself."""

    max_value: float | None = None
    negative_slope: float = 0.0
    threshold: float = 0.0

    def value(self, z: Array, context: Context) -> Array:
        a = np.subtract(z, self.threshold, out=context.out("a", z.shape))
        np.multiply(a, self.negative_slope, out=a)
        np.copyto(a, z, where=z.real > self.threshold)
        if self.max_value is not None:
            np.copyto(a, self.max_value, where=a.real > self.max_value)
        return a

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        dz = np.multiply(da, self.negative_slope, out=context.out("dz", z.shape))
        above = z.real > self.threshold
        np.copyto(dz, da, where=above)
        if self.max_value is not None:
            np.copyto(dz, 0, where=above & (z.real > self.max_value))
        return dz


@layers.register("leaky_re_lu", title=N_("Leaky ReLU layer"))
@dataclass(frozen=True)
class LeakyReLU(ActivationLayer):
    """f(z) = z where z > 0, else negative_slope·z. Source: https://keras.io/api/layers/activation_layers/leaky_relu"""

    negative_slope: Amount = 0.3

    @property
    def activation(self) -> activations.Activation:
        return activations.LeakyRelu(self.negative_slope)


@layers.register("elu", title=N_("ELU layer"))
@dataclass(frozen=True)
class ELU(ActivationLayer):
    """f(z) = z where z > 0, else alpha·(exp(z) − 1). Source: https://keras.io/api/layers/activation_layers/elu"""

    alpha: Amount = 1.0

    @property
    def activation(self) -> activations.Activation:
        return activations.Elu(self.alpha)


@layers.register("softmax", title=N_("Softmax layer"))
@dataclass(frozen=True)
class Softmax(ActivationLayer):
    """aᵢ = exp(zᵢ)/Σₖ exp(zₖ) along an axis, counted with the batch as axis 0; −1 is the last.

    Where a row is one number for each step, steps of padding give 0 and the others sum to 1.
    Source: https://keras.io/api/layers/activation_layers/softmax
    """

    axis: Axis = -1

    @property
    def activation(self) -> activations.Activation:
        return activations.Softmax() if self.axis == -1 else SoftmaxAlong(self.axis)

    def stages(self) -> tuple[Layer, ...]:
        return (MaskedSoftmax(self.activation, name=self.name),)

    def output_shape(self, input_shape: Shape) -> Shape:
        row_axis(self.axis, input_shape)
        return input_shape


@dataclass(frozen=True)
class MaskedSoftmax(Activation):
    """What runs for a Softmax layer: an Activation that leaves steps of padding out; never part of a document."""

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        mask = context.mask
        if mask is None or mask.shape != x.shape:
            return super().forward(params, x, context)
        z = context.out("z", x.shape)
        np.copyto(z, x)
        np.copyto(z, -1e9, where=~mask)  # exp of it is 0, and it stays finite where nothing else is left
        a = self.activation.value(z, context)
        np.copyto(a, 0, where=~mask)
        return a, {"z": x, "a": a}


@dataclass(frozen=True)
class SoftmaxAlong(activations.Activation):
    """Softmax along any axis of the batch's array; never part of a document by itself."""

    elementwise: ClassVar[bool] = False

    axis: int = -1

    def value(self, z: Array, context: Context) -> Array:
        a = context.out("a", z.shape)
        np.subtract(z, z.real.max(self.axis, keepdims=True), out=a)
        np.exp(a, out=a)
        return np.divide(a, np.add.reduce(a, self.axis, keepdims=True), out=a)

    def backward(self, da: Array, z: Array, a: Array, context: Context) -> Array:
        # dzᵢ = aᵢ·(daᵢ − Σₖ daₖ·aₖ)
        dz = np.multiply(da, a, out=context.out("dz", a.shape))
        mean = np.add.reduce(dz, self.axis, keepdims=True)
        np.subtract(da, mean, out=dz)
        return np.multiply(dz, a, out=dz)


@layers.register("p_re_lu", title=N_("PReLU"))
@dataclass(frozen=True)
class PReLU(Layer):
    """f(x) = max(x, 0) + α·min(x, 0), where α is learnt: one for each number of a row, shape of a row.

    shared_axes: axes along which all share one α, counted from 1 (the batch is axis 0): (1, 2) for one α per channel
    of images. ∂L/∂α = Σ min(x, 0)·∂L/∂y over the rows and the shared axes; at x = 0 the slope is 0, as in Keras.
    He et al., 2015; https://keras.io/api/layers/activation_layers/prelu
    """

    group = ACTIVATIONS

    alpha_initializer: Initializer = Zeros()
    alpha_regularizer: Regularizer | None = None
    shared_axes: Annotated[tuple[Annotated[int, Range(low=1, high=32)], ...], Title(N_("Shared axes"))] = ()

    @property
    def passes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        for axis in self.shared_axes:
            if axis > len(input_shape):
                sentence = _("Axis {axis} cannot be shared: a row of the shape {shape} has axes 1 to {last}.")
                raise LayerProblem(sentence.format(axis=axis, shape=input_shape, last=len(input_shape)))
        return input_shape

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        shape = tuple(1 if axis in self.shared_axes else n for axis, n in enumerate(input_shape, 1))
        return (Weight("alpha", shape, self.alpha_initializer, self.alpha_regularizer),)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        # y = max(x, 0) + α·min(x, 0)
        below = context.out("below", x.shape)
        y = context.out("y", x.shape)
        np.multiply(x, x.real < 0, out=below)
        np.multiply(below, params["alpha"], out=y)
        np.copyto(y, x, where=x.real > 0)
        return y, {"x": x, "below": below, "y": y}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        x = memory["x"]
        dx = context.out("dx", x.shape)
        # ∂L/∂α = Σ min(x, 0)·dy
        np.multiply(memory["below"], dy, out=dx)
        axes = (0, *self.shared_axes)
        np.copyto(grads["alpha"], np.add.reduce(dx, axes, keepdims=True)[0])
        if context.first:
            return dy
        # ∂L/∂x = dy where x > 0, α·dy where x < 0
        np.multiply(dy, params["alpha"], out=dx)
        np.multiply(dx, x.real < 0, out=dx)
        np.copyto(dx, dy, where=x.real > 0)
        return dx

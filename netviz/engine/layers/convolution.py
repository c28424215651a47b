"""Convolutional layers: the same small kernel looks at every place of a sequence or an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from netviz.arrays import Array, Shape
from netviz.codec import InvalidValue, Range, Title
from netviz.engine.activations import Activation, Linear
from netviz.engine.initializers import GlorotUniform, Initializer, Zeros
from netviz.engine.layers import activation
from netviz.engine.layers.axes import check_images, check_sequences
from netviz.engine.layers.convolving import convolved, convolved_back
from netviz.engine.layers.layer import IMAGE, SEQUENCE, Layer, LayerProblem, Memory, Weight, Weights, layers
from netviz.engine.layers.sweeping import swept, swept_back
from netviz.engine.layers.windows import (
    Count,
    Padding,
    Windows,
    as_images,
    lengths_of,
    make_pairs,
    make_single,
    pair,
    windows,
)
from netviz.engine.regularizers import Regularizer
from netviz.engine.workspace import Context
from netviz.i18n import N_, _

_Filters = Annotated[int, Range(low=1, high=1_000_000, log=True, title=N_("Filters"))]
_Single = Annotated[int, Range(low=1, high=1000)]


class Convolving(Layer):
    """What all of them do: windows of the input times a kernel, plus a bias; the activation is a stage of its own."""

    group = IMAGE

    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...]
    padding: str
    dilation_rate: int | tuple[int, ...]
    activation: Activation
    use_bias: bool
    bias_initializer: Initializer
    bias_regularizer: Regularizer | None

    def _check(self, input_shape: Shape) -> None:
        """LayerProblem where the rows have another form than this layer looks at."""
        check_images(input_shape)

    def split(self, channels: int) -> tuple[int, int]:
        """(groups, filters) for an input of so many channels."""
        raise NotImplementedError

    def windows_over(self, input_shape: Shape) -> Windows:
        """Where the windows stand over rows of a shape."""
        lengths = lengths_of(input_shape)
        return windows(lengths, pair(self.kernel_size), pair(self.strides), pair(self.dilation_rate), self.padding)

    def output_shape(self, input_shape: Shape) -> Shape:
        self._check(input_shape)
        _groups, filters = self.split(input_shape[-1])
        return (*self.windows_over(input_shape).out[-len(input_shape) + 1 :], filters)

    def stages(self) -> tuple[Layer, ...]:
        return activation.apart(self, self.activation)

    def _bias(self, filters: int) -> tuple[Weight, ...]:
        return (Weight("bias", (filters,), self.bias_initializer, self.bias_regularizer),) if self.use_bias else ()

    def _kernel(self, kernel: Array, channels: int) -> Array:
        """The kernel as (height, width, channels of a group, filters), the same memory."""
        groups, filters = self.split(channels)
        return kernel.reshape(*pair(self.kernel_size), channels // groups, filters)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        found, channels = self.windows_over(x.shape[1:]), x.shape[-1]
        kernel, groups, bias = self._kernel(params["kernel"], channels), self.split(channels)[0], params.get("bias")
        if groups == channels > 1:
            z = swept(as_images(x), kernel, bias, found, context)
        else:
            z = convolved(as_images(x), kernel, bias, found, groups, context)
        z = z.reshape(len(x), *found.out[4 - x.ndim :], z.shape[-1])
        return z, {"x": x, "z": z}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        x: Array = memory["x"]
        found, channels = self.windows_over(x.shape[1:]), x.shape[-1]
        kernel, groups = self._kernel(params["kernel"], channels), self.split(channels)[0]
        if groups == channels > 1:
            dx = swept_back(as_images(x), kernel, as_images(dy), found, context, grads)
        else:
            dx = convolved_back(as_images(x), kernel, as_images(dy), found, groups, context, grads)
        return dy if context.first else dx.reshape(x.shape)


@dataclass(frozen=True)
class Convolution(Convolving):
    """A layer with filters, each of which sees all channels, or those of its group."""

    filters: _Filters = 8
    kernel_size: int | tuple[int, ...] = 3
    strides: int | tuple[int, ...] = 1
    padding: str = "valid"
    dilation_rate: int | tuple[int, ...] = 1
    groups: Annotated[int, Range(low=1, high=1_000_000, title=N_("Groups"))] = 1
    activation: Activation = Linear()
    use_bias: bool = True
    kernel_initializer: Initializer = GlorotUniform()
    bias_initializer: Initializer = Zeros()
    kernel_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if max(pair(self.strides)) > 1 and max(pair(self.dilation_rate)) > 1:  # as in Keras
            sentence = _("{owner}: strides above 1 do not go together with a dilation rate above 1.")
            raise InvalidValue(sentence.format(owner=type(self).__name__))
        if self.filters % self.groups:
            sentence = _("{owner}: {n} filters do not fall into {groups} groups of one size.")
            raise InvalidValue(sentence.format(owner=type(self).__name__, n=self.filters, groups=self.groups))

    def split(self, channels: int) -> tuple[int, int]:
        return self.groups, self.filters

    def output_shape(self, input_shape: Shape) -> Shape:
        self._check(input_shape)
        if input_shape[-1] % self.groups:
            sentence = _("{n} channels do not fall into {groups} groups of one size; choose a divisor of {n}.")
            raise LayerProblem(sentence.format(n=input_shape[-1], groups=self.groups))
        return super().output_shape(input_shape)

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        sizes = (self.kernel_size,) if isinstance(self.kernel_size, int) else self.kernel_size
        shape = (*sizes, input_shape[-1] // self.groups, self.filters)
        kernel = Weight("kernel", shape, self.kernel_initializer, self.kernel_regularizer)
        return (kernel, *self._bias(self.filters))


@layers.register("conv1d", title=N_("Conv 1D"))
@dataclass(frozen=True)
class Conv1D(Convolution):
    """y[s, f] = activation(Σ W[i, c, f]·x[stride·s + rate·i, c] + b[f]) for sequences (steps, channels).

    Kernel W (kernel_size, channels/groups, filters), bias b (filters,). Padding: valid keeps within the sequence, same
    puts zeros on both sides, causal only before it, so that no step sees a later one; the last two give ⌈steps/stride⌉.
    Source: https://keras.io/api/layers/convolution_layers/convolution1d
    """

    group = SEQUENCE

    kernel_size: Annotated[_Single, Title(N_("Kernel size"))] = 3
    strides: Annotated[_Single, Title(N_("Strides"))] = 1
    padding: Annotated[Literal["valid", "same", "causal"], Title(N_("Padding"))] = "valid"
    dilation_rate: Annotated[_Single, Title(N_("Dilation rate"))] = 1

    def __post_init__(self) -> None:
        make_single(self, "kernel_size", "strides", "dilation_rate")
        super().__post_init__()

    def _check(self, input_shape: Shape) -> None:
        check_sequences(input_shape)


@layers.register("conv2d", title=N_("Conv 2D"))
@dataclass(frozen=True)
class Conv2D(Convolution):
    """y[u, v, f] = activation(Σ W[i, j, c, f]·x[stride·u + rate·i, stride·v + rate·j, c] + b[f]) for images.

    Rows (height, width, channels), kernel W (height, width, channels/groups, filters), bias b (filters,). Padding: valid
    keeps within the image, same puts zeros around it and gives ⌈length/stride⌉. One number stands for both axes.
    Source: https://keras.io/api/layers/convolution_layers/convolution2d
    """

    kernel_size: Annotated[tuple[Count, Count], Title(N_("Kernel size"))] = (3, 3)
    strides: Annotated[tuple[Count, Count], Title(N_("Strides"))] = (1, 1)
    padding: Padding = "valid"
    dilation_rate: Annotated[tuple[Count, Count], Title(N_("Dilation rate"))] = (1, 1)

    def __post_init__(self) -> None:
        make_pairs(self, "kernel_size", "strides", "dilation_rate")
        super().__post_init__()


@layers.register("depthwise_conv2d", title=N_("Depthwise conv 2D"))
@dataclass(frozen=True)
class DepthwiseConv2D(Convolving):
    """y[u, v, c·m + q] = activation(Σ W[i, j, c, q]·x[stride·u + rate·i, stride·v + rate·j, c] + b[c·m + q]) for images.

    Each channel has m = depth_multiplier filters of its own: kernel W (height, width, channels, m), bias b (channels·m,).
    Padding as in Conv2D. Source: https://keras.io/api/layers/convolution_layers/depthwise_convolution2d
    """

    kernel_size: Annotated[tuple[Count, Count], Title(N_("Kernel size"))] = (3, 3)
    strides: Annotated[tuple[Count, Count], Title(N_("Strides"))] = (1, 1)
    padding: Padding = "valid"
    depth_multiplier: Annotated[int, Range(low=1, high=1000, title=N_("Filters for each channel"))] = 1
    dilation_rate: Annotated[tuple[Count, Count], Title(N_("Dilation rate"))] = (1, 1)
    activation: Activation = Linear()
    use_bias: bool = True
    depthwise_initializer: Initializer = GlorotUniform()
    bias_initializer: Initializer = Zeros()
    depthwise_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None

    def __post_init__(self) -> None:
        make_pairs(self, "kernel_size", "strides", "dilation_rate")
        super().__post_init__()

    def split(self, channels: int) -> tuple[int, int]:
        return channels, channels * self.depth_multiplier

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        shape = (*self.kernel_size, input_shape[-1], self.depth_multiplier)
        kernel = Weight("kernel", shape, self.depthwise_initializer, self.depthwise_regularizer)
        return (kernel, *self._bias(input_shape[-1] * self.depth_multiplier))

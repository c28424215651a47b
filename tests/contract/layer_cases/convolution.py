"""Convolutions with every padding, stride, gap and group, also those that need no copy and windows larger than the image."""

from netviz.engine.activations import Gelu, Relu, Tanh
from netviz.engine.initializers import Constant, HeNormal
from netviz.engine.layers import Conv1D, Conv2D, DepthwiseConv2D
from netviz.engine.regularizers import L1L2, L2

CASES = {
    "conv1d": (Conv1D(3, 2), (6, 2)),
    "conv1d tanh": (Conv1D(2, 3, activation=Tanh()), (5, 2)),
    "conv1d same": (Conv1D(2, 4, padding="same"), (7, 2)),
    "conv1d same strided": (Conv1D(2, 3, strides=2, padding="same"), (6, 1)),
    "conv1d causal": (Conv1D(2, 3, padding="causal"), (5, 2)),
    "conv1d causal strided": (Conv1D(2, 3, strides=2, padding="causal"), (6, 2)),
    "conv1d causal with gaps": (Conv1D(2, 3, padding="causal", dilation_rate=2), (6, 2)),
    "conv1d with gaps": (Conv1D(2, 2, dilation_rate=3), (7, 2)),
    "conv1d in groups": (Conv1D(4, 2, groups=2), (5, 4)),
    "conv1d of one step": (Conv1D(3, 1), (4, 2)),
    "conv1d of all steps": (Conv1D(3, 4), (4, 2)),
    "conv2d": (Conv2D(2, 2), (4, 5, 2)),
    "conv2d without bias": (Conv2D(2, 2, use_bias=False), (3, 3, 2)),
    "conv2d gelu": (Conv2D(2, 2, activation=Gelu()), (3, 4, 1)),
    "conv2d penalized": (Conv2D(2, 2, kernel_regularizer=L2(0.02), bias_regularizer=L1L2(0.01, 0.02)), (3, 3, 1)),
    "conv2d drawn otherwise": (Conv2D(2, (1, 2), kernel_initializer=HeNormal(), bias_initializer=Constant(0.2)), (3, 3, 2)),
    "conv2d of one pixel": (Conv2D(3, 1), (3, 2, 4)),
    "conv2d of one pixel, strided": (Conv2D(3, 1, strides=2), (4, 3, 2)),
    "conv2d of all pixels": (Conv2D(3, (3, 2)), (3, 2, 2)),
    "conv2d of whole lines": (Conv2D(2, (2, 3), strides=(2, 1)), (4, 3, 2)),
    "conv2d of patches": (Conv2D(2, 2, strides=2), (4, 6, 2)),
    "conv2d oblong": (Conv2D(2, (3, 1)), (5, 4, 1)),
    "conv2d strided": (Conv2D(2, 3, strides=(2, 1)), (6, 5, 1)),
    "conv2d strides beyond the kernel": (Conv2D(2, 2, strides=3), (7, 8, 1)),
    "conv2d same": (Conv2D(2, (3, 2), padding="same"), (4, 4, 2)),
    "conv2d same strided": (Conv2D(2, 3, strides=(2, 3), padding="same"), (5, 6, 1)),
    "conv2d same, kernel beyond the image": (Conv2D(2, 5, padding="same"), (2, 3, 1)),
    "conv2d with gaps": (Conv2D(2, 2, dilation_rate=(2, 3)), (4, 5, 1)),
    "conv2d same with gaps": (Conv2D(2, 3, padding="same", dilation_rate=2), (4, 5, 1)),
    "conv2d in groups": (Conv2D(4, 2, groups=2), (3, 4, 4)),
    "conv2d same in groups": (Conv2D(6, 3, padding="same", groups=3), (3, 3, 3)),
    "conv2d of one pixel in groups": (Conv2D(4, 1, groups=2), (3, 2, 4)),
    "depthwise": (DepthwiseConv2D(2), (3, 4, 3)),
    "depthwise tanh, two filters each": (DepthwiseConv2D((2, 3), depth_multiplier=2, activation=Tanh()), (3, 4, 2)),
    "depthwise same strided": (DepthwiseConv2D(3, strides=2, padding="same", use_bias=False), (5, 4, 2)),
    "depthwise with gaps": (DepthwiseConv2D(2, dilation_rate=2), (4, 4, 2)),
    "depthwise with strides and gaps": (DepthwiseConv2D(2, strides=2, dilation_rate=(1, 2)), (5, 5, 2)),
    "depthwise penalized": (
        DepthwiseConv2D(2, depthwise_regularizer=L2(0.03), bias_regularizer=L2(0.01), depthwise_initializer=HeNormal()),
        (3, 3, 2),
    ),
    "depthwise of one channel": (DepthwiseConv2D(2, depth_multiplier=3), (3, 3, 1)),
    "depthwise relu of one pixel": (DepthwiseConv2D(1, activation=Relu()), (2, 2, 3)),
}

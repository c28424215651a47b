"""The operations of layers that know neither steps nor places: dense, activations, shapes, normalization."""

from __future__ import annotations

import math

import numpy as np

from netviz.engine.activations import Activation, Elu, Gelu, LeakyRelu, Linear
from netviz.engine.layers import Activation as ActivationLayer
from netviz.engine.layers import (
    BatchNormalization,
    Dense,
    Flatten,
    LayerNormalization,
    Permute,
    PReLU,
    Rescaling,
    Reshape,
)
from netviz.engine.layers.advanced_activations import BoundedRelu, MaskedSoftmax, SoftmaxAlong
from netviz.engine.layers.axes import row_axis
from netviz.formats.onnx.operations import Graph, Value, Weights, lowers

_SIMPLE = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "softplus": "Softplus"}


@lowers("Dense")
def dense(layer: Dense, graph: Graph, x: Value, weights: Weights) -> Value:
    """x·W + b."""
    if len(x.shape) == 1 and layer.use_bias:
        return Value(graph("Gemm", x.name, weights["kernel"], weights["bias"]), (layer.units,))
    z = graph("MatMul", x.name, weights["kernel"])
    return Value(graph("Add", z, weights["bias"]) if layer.use_bias else z, (*x.shape[:-1], layer.units))


def activated(activation: Activation, graph: Graph, z: str) -> str:
    """f(z)."""
    if isinstance(activation, Linear):
        return z
    if isinstance(activation, SoftmaxAlong):
        return str(graph("Softmax", z, axis=activation.axis))
    if isinstance(activation, BoundedRelu):
        return _bounded(graph, z, activation)
    if isinstance(activation, LeakyRelu):
        return str(graph("LeakyRelu", z, alpha=activation.negative_slope))
    if isinstance(activation, Elu):
        return str(graph("Elu", z, alpha=activation.alpha))
    if isinstance(activation, Gelu):
        return _gelu(graph, z, activation.approximate)
    name = activation.family.name(type(activation))
    if name == "softmax":
        return str(graph("Softmax", z, axis=-1))
    return str(graph(_SIMPLE[name], z))


def _bounded(graph: Graph, z: str, bounds: BoundedRelu) -> str:
    """z where z > threshold, else slope·(z − threshold); at most max_value."""
    below = graph("Mul", graph("Sub", z, bounds.threshold), bounds.negative_slope)
    y = graph("Where", graph("Greater", z, bounds.threshold), z, below)
    return str(y if bounds.max_value is None else graph("Min", y, bounds.max_value))


def _gelu(graph: Graph, z: str, approximate: bool) -> str:
    if approximate:  # z/2·(1 + tanh(√(2/π)·(z + 0.044715·z³)))
        cube = graph("Mul", graph("Mul", z, z), z)
        inner = graph("Mul", graph("Add", z, graph("Mul", cube, 0.044715)), math.sqrt(2 / math.pi))
        part = graph("Tanh", inner)
    else:  # z/2·(1 + erf(z/√2))
        part = graph("Erf", graph("Mul", z, math.sqrt(0.5)))
    return str(graph("Mul", graph("Mul", z, 0.5), graph("Add", part, 1.0)))


@lowers("Activation")
def activation(layer: ActivationLayer, graph: Graph, x: Value, _weights: Weights) -> Value:
    return Value(activated(layer.activation, graph, x.name), x.shape)


@lowers("PReLU")
def prelu(_layer: PReLU, graph: Graph, x: Value, weights: Weights) -> Value:
    """max(z, 0) + α·min(z, 0), α spread over the rows."""
    return Value(graph("PRelu", x.name, weights["alpha"]), x.shape)


@lowers("MaskedSoftmax")
def softmax(layer: MaskedSoftmax, graph: Graph, x: Value, _weights: Weights) -> Value:
    """Padding gets no share where a number stands for each step."""
    if x.mask is None or len(x.shape) != 1:
        return Value(activated(layer.activation, graph, x.name), x.shape)
    y = activated(layer.activation, graph, graph("Where", x.mask, x.name, -1e9))
    return Value(graph("Where", x.mask, y, 0.0), x.shape)


@lowers("Flatten")
def flatten(_layer: Flatten, graph: Graph, x: Value, _weights: Weights) -> Value:
    return Value(graph("Flatten", x.name, axis=1), (math.prod(x.shape),))


@lowers("Reshape")
def reshape(layer: Reshape, graph: Graph, x: Value, _weights: Weights) -> Value:
    shape = layer.output_shape(x.shape)
    return Value(graph("Reshape", x.name, np.array([-1, *shape])), shape)


@lowers("Permute")
def permute(layer: Permute, graph: Graph, x: Value, _weights: Weights) -> Value:
    return Value(graph("Transpose", x.name, perm=[0, *layer.dims]), layer.output_shape(x.shape))


@lowers("Rescaling")
def rescaling(layer: Rescaling, graph: Graph, x: Value, _weights: Weights) -> Value:
    return Value(graph("Add", graph("Mul", x.name, layer.scale), layer.offset), x.shape)


@lowers("BatchNormalization")
def batch_normalization(layer: BatchNormalization, graph: Graph, x: Value, weights: Weights) -> Value:
    """(x − mean)/√(variance + ε)·γ + β, with the moving mean and variance."""
    axis = row_axis(layer.axis, x.shape)
    shape = np.array([x.shape[axis], *[1] * (len(x.shape) - 1 - axis)])

    def along(name: str) -> str:
        return str(graph("Reshape", weights[name], shape))

    y = graph("Sub", x.name, along("moving_mean"))
    y = graph("Div", y, graph("Sqrt", graph("Add", along("moving_variance"), layer.epsilon)))
    y = graph("Mul", y, along("gamma")) if layer.scale else y
    return Value(graph("Add", y, along("beta")) if layer.center else y, x.shape)


@lowers("LayerNormalization")
def layer_normalization(layer: LayerNormalization, graph: Graph, x: Value, weights: Weights) -> Value:
    """(x − mean)/√(variance + ε)·γ + β over the layer's axes of each row."""
    axes = sorted(row_axis(axis, x.shape) + 1 for axis in layer.axis)
    shape = np.array([n if i + 1 in axes else 1 for i, n in enumerate(x.shape)])
    centred = graph("Sub", x.name, graph("ReduceMean", x.name, axes=axes, keepdims=1))
    variance = graph("ReduceMean", graph("Mul", centred, centred), axes=axes, keepdims=1)
    y = graph("Div", centred, graph("Sqrt", graph("Add", variance, layer.epsilon)))
    y = graph("Mul", y, graph("Reshape", weights["gamma"], shape)) if layer.scale else y
    return Value(graph("Add", y, graph("Reshape", weights["beta"], shape)) if layer.center else y, x.shape)

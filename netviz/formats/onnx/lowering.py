"""A whole network as operations, with the scales of its data before and behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netviz.arrays import Array, Shape
from netviz.datasets import Scale
from netviz.engine.layers import Layer
from netviz.engine.network import layer_names
from netviz.formats.onnx import images, plain, sequences
from netviz.formats.onnx.operations import Graph, Value, lower

_FAMILIES = (images, plain, sequences)  # importing them registers their operations
ENTRY = "x"


def lowered(
    layers: tuple[Layer, ...], arrays: Mapping[str, Array], row_shape: Shape, dtype: str,
    feature_scale: Scale | None, target_scale: Scale | None,
) -> tuple[Graph, Value]:  # fmt: skip
    """(operations, result); arrays by `layer/weight`, the input is called "x"."""
    kind: np.dtype[Any] = np.dtype(dtype)
    graph, value = Graph(kind), Value(ENTRY, row_shape)
    if feature_scale is not None:
        centred = graph("Sub", ENTRY, graph.constant(np.broadcast_to(feature_scale.mean, row_shape), "feature_mean"))
        deviation = graph.constant(np.broadcast_to(feature_scale.deviation, row_shape), "feature_deviation")
        value = Value(graph("Div", centred, deviation), row_shape)
    names = {name: graph.constant(array, name) for name, array in arrays.items()}
    for layer, name in zip(layers, layer_names(layers), strict=True):
        begin = f"{name}/"
        weights = {key.removeprefix(begin): made for key, made in names.items() if key.startswith(begin)}
        graph.within = f"{name}/"
        value = lower(layer, graph, value, weights)
    graph.within = ""
    if target_scale is not None:
        spread = graph("Mul", value.name, graph.constant(target_scale.deviation, "target_deviation"))
        value = Value(graph("Add", spread, graph.constant(target_scale.mean, "target_mean")), value.shape)
    return graph, Value(graph("Identity", value.name), value.shape)

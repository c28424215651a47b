"""The chain made plain: sums and products taken into the layers that have a place for them, activations into theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Scale
from netviz.engine import activations
from netviz.engine.layers import (
    Activation,
    BatchNormalization,
    Conv1D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Layer,
    LayerNormalization,
    Rescaling,
    Residual,
)
from netviz.engine.network import layer_names
from netviz.formats.onnx.reading.images import zeros_around
from netviz.formats.onnx.reading.tensor import Affine, Around, Cell, Logarithm, Padded, Unreadable, compressed
from netviz.i18n import _

_LINEAR = (Dense, Conv1D, Conv2D, DepthwiseConv2D)


@dataclass
class Chain:
    """Layers with their arrays by weight name, and what stood in front of them or is left of the end."""

    layers: list[Layer] = field(default_factory=list)
    arrays: list[dict[str, Array]] = field(default_factory=list)
    scale: Scale | None = None
    logarithm: bool = False

    def add(self, layer: Layer, arrays: dict[str, Array]) -> None:
        self.layers.append(layer)
        self.arrays.append(arrays)

    def named(self) -> dict[str, Array]:
        """All arrays by `layer/weight`."""
        pairs = zip(layer_names(tuple(self.layers)), self.arrays, strict=True)
        return {f"{name}/{key}": array for name, own in pairs for key, array in own.items()}


def chain_of(cells: Iterable[Cell], first: bool = True) -> Chain:
    """The layers of cells in their order; first: whether the rows come in here. Unreadable names what fits nowhere."""
    made, listed = Chain(), list(_merged(cells))
    for place, cell in enumerate(listed):
        part = cell.part
        if made.logarithm:
            raise Unreadable(_("{where}: the logarithm of a result is no layer of netviz'").format(where=cell.where))
        if isinstance(part, Affine):
            if first and place == 0 and part.scale.ndim and (part.scale > 0).all():
                made.scale = Scale(*map(np.asarray, (-part.offset / part.scale, 1 / part.scale)))
            else:
                _affine(made, part, cell)
        elif isinstance(part, Padded):
            _pad(made, part, cell)
        elif isinstance(part, Logarithm):
            made.logarithm = True
        elif isinstance(part, Around):
            inner = chain_of(part.inside, first=False)
            if inner.logarithm:
                raise Unreadable(_("{where}: the logarithm of a result is no layer of netviz'").format(where=cell.where))
            arrays = {f"{i}/{key}": array for i, own in enumerate(inner.arrays) for key, array in own.items()}
            made.add(Residual(tuple(inner.layers)), arrays)
        elif part is not None:
            _layer(made, part, dict(cell.arrays))
    return made


def _merged(cells: Iterable[Cell]) -> Iterable[Cell]:
    """Sums and products that follow each other as one."""
    waiting: Cell | None = None
    for cell in cells:
        if isinstance(cell.part, Affine):
            if waiting is None:
                waiting = cell
            else:
                assert isinstance(waiting.part, Affine)
                one, two = waiting.part, cell.part
                both = Affine(two.scale * one.scale, two.scale * one.offset + two.offset)
                waiting = replace(cell, part=both)
            continue
        if waiting is not None:
            yield _whole(waiting)
            waiting = None
        yield cell
    if waiting is not None:
        yield _whole(waiting)


def _whole(cell: Cell) -> Cell:
    """Scale and offset of the row's rank, or both of a single number."""
    assert isinstance(cell.part, Affine)
    scale, offset = (compressed(each) for each in np.broadcast_arrays(cell.part.scale, cell.part.offset))
    if scale.size == offset.size == 1:
        return replace(cell, part=Affine(scale.reshape(()), offset.reshape(())))
    return replace(cell, part=Affine(scale, offset))


def _layer(made: Chain, layer: Layer, arrays: dict[str, Array]) -> None:
    """A layer, or the activation of the one before it."""
    last = made.layers[-1] if made.layers else None
    if isinstance(layer, Activation) and isinstance(last, _LINEAR) and last.activation == activations.Linear():
        made.layers[-1] = replace(last, activation=layer.activation)
        return
    made.add(layer, arrays)


def _affine(made: Chain, part: Affine, cell: Cell) -> None:
    """Into the weights of the layer before where there is a place for it, else as a layer."""
    last = made.layers[-1] if made.layers else None
    by_feature = all(each.size == each.shape[-1] for each in (part.scale, part.offset) if each.ndim)
    count = cell.shape[-1]
    scale, offset = (np.broadcast_to(each.ravel(), (count,)) if by_feature else each for each in (part.scale, part.offset))
    if by_feature and isinstance(last, _LINEAR) and last.activation == activations.Linear():
        made.layers[-1], made.arrays[-1] = _taken(last, made.arrays[-1], scale, offset)
    elif by_feature and isinstance(last, LayerNormalization) and last.axis == (-1,):
        old = made.arrays[-1]
        gamma = old.get("gamma", np.ones_like(scale)) * scale
        beta = old.get("beta", np.zeros_like(scale)) * scale + offset
        made.layers[-1] = replace(last, center=True, scale=True)
        made.arrays[-1] = {"gamma": gamma, "beta": beta}
    elif part.scale.ndim == 0:
        if part.scale != 1 or part.offset != 0:
            made.add(Rescaling(float(part.scale), float(part.offset)), {})
    else:
        _normalized(made, part, cell)


def _taken(last: Any, arrays: dict[str, Array], scale: Array, offset: Array) -> tuple[Layer, dict[str, Array]]:
    """scale·(x·W + b) + offset as one layer."""
    kernel = arrays["kernel"]
    if not (scale == 1).all():
        kernel = kernel * scale.reshape(kernel.shape[-2:] if isinstance(last, DepthwiseConv2D) else -1).astype(kernel.dtype)
    bias = offset if "bias" not in arrays else arrays["bias"] * scale + offset
    if not bias.any() and "bias" not in arrays:
        return last, arrays | {"kernel": kernel}
    return replace(last, use_bias=True), {"kernel": kernel, "bias": bias.astype(kernel.dtype)}


def _normalized(made: Chain, part: Affine, cell: Cell) -> None:
    """A factor and a summand for each place along one axis, as a batch normalization that changes nothing else."""
    shapes = [each.shape or (1,) * len(cell.shape) for each in (part.scale, part.offset)]
    axes = {axis for shape in shapes for axis, n in enumerate(shape) if n != 1}
    if len(axes) != 1:
        raise Unreadable(_("{where}: it has a number of its own for each place; no layer has that").format(where=cell.where))
    axis = axes.pop()
    gamma, beta = (np.broadcast_to(each.ravel(), (cell.shape[axis],)) for each in (part.scale, part.offset))
    layer = BatchNormalization(axis=-1 if axis == len(cell.shape) - 1 else axis + 1)
    one = np.ones_like(gamma)
    made.add(layer, {"gamma": gamma, "beta": beta, "moving_mean": 0 * one, "moving_variance": one * (1 - layer.epsilon)})


def _pad(made: Chain, part: Padded, cell: Cell) -> None:
    if part.value != 0 or part.around[-1] != (0, 0) or cell.before is None or len(part.around) not in (2, 3):
        raise Unreadable(_("{where}: netviz puts nothing but zeros around images").format(where=cell.where))
    root = Cell(None, cell.before.shape)
    added = [each for each in zeros_around(root, part.around[:-1]).back() if each.part is not None]
    for each in reversed(added):
        assert isinstance(each.part, Layer)
        made.add(each.part, {})



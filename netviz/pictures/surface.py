"""What a network says all over the plane, when its data has two features: for each unit and for the prediction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.engine.frame import Frame
from netviz.engine.layers import layers
from netviz.engine.network import Network
from netviz.engine.workspace import Workspace

_ROWS = 400  # that principal components are taken of
TILE = 24  # points along each side of a unit's tile
PORTRAIT = 56  # and of the prediction's picture
_MOST_POINTS = 100_000  # that say how far the plane reaches


@dataclass(frozen=True)
class Plane:
    """A square grid over the training points, in their own units. low, high: corners, (2,)."""

    low: Array
    high: Array

    @classmethod
    def around(cls, samples: Samples) -> Plane:
        """The plane that holds all points, with a margin."""
        points = np.concatenate([samples.x[:_MOST_POINTS], samples.validation_x[:_MOST_POINTS]]).astype(np.float64)
        low, high = points.min(0), points.max(0)
        middle = (low + high) / 2
        half = 1.08 * float((high - low).max()) / 2 or max(
            0.5, float(np.abs(middle).max())
        )  # a single point has no extent
        return cls(middle - half, middle + half)

    def grid(self, side: int) -> Array:
        """Points (side², 2): from top to bottom, from left to right, as an image is laid out."""
        across = np.linspace(self.low[0], self.high[0], side)
        up = np.linspace(self.high[1], self.low[1], side)
        return np.stack([a.ravel() for a in np.meshgrid(across, up)], 1)


@dataclass(frozen=True)
class Slice:
    """A plane through the middle of many features, along the two directions in which the rows differ most.

    middle: (features,). axes: (2, features), from the middle to the edge.
    """

    middle: Array
    axes: Array

    @classmethod
    def through(cls, samples: Samples) -> Slice:
        """Along the first two principal components of the training rows, so far that almost all rows lie within."""
        rows = samples.x[:: max(1, len(samples.x) // _ROWS)].reshape(-1, math.prod(samples.row_shape)).astype(np.float64)
        middle = rows.mean(0)
        away = rows - middle
        # The directions of the larger side of a flat matrix are found in the smaller: X = U·S·Vᵀ, V = Xᵀ·U/S.
        if len(away) < away.shape[1]:
            _found, sides = np.linalg.eigh(away @ away.T)
            axes = (away.T @ sides[:, ::-1][:, :2]).T
        else:
            _found, axes = np.linalg.eigh(away.T @ away)
            axes = axes[:, ::-1][:, :2].T
        axes = axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
        axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])[:, None]  # the same sign every time
        if len(axes) < 2:
            axes = np.concatenate([axes, np.zeros((2 - len(axes), axes.shape[1]))])
        reach = np.percentile(np.abs(away @ axes.T), 98, axis=0)
        return cls(middle, axes * np.maximum(1.2 * reach, 1e-6)[:, None])

    def grid(self, side: int) -> Array:
        """Points (side², features), as an image is laid out."""
        along = np.linspace(-1, 1, side)
        across, up = (part.ravel()[:, None] for part in np.meshgrid(along, along[::-1]))
        return np.asarray(self.middle + across * self.axes[0] + up * self.axes[1])


def can_be_sliced(network: Network) -> bool:
    """Whether functions over a slice of the inputs say something, and cost little: whole rows go into dense layers."""
    weighted = {int(window.path[0]) for window in network.windows}
    first = next(iter(network.layers), None)
    tokens = first is not None and layers.name(type(first)) == "embedding"
    return not tokens and all(len(network.shapes[layer]) == 1 for layer in weighted)


def unit_functions(
    frame: Frame, network: Network, samples: Samples, plane: Plane | Slice | None = None
) -> dict[int, Array]:
    """What each dense unit answers over a plane, that of both features by default: layer -> (units, TILE, TILE).

    The input's own is layer −1.
    """
    x = (plane or Plane.around(samples)).grid(TILE).astype(samples.x.dtype)
    answers = {-1: x.T.reshape(-1, TILE, TILE).copy()}
    x = x.reshape(-1, *samples.row_shape)
    contexts = network.contexts(Workspace(x.dtype), training=False)
    with np.errstate(all="ignore"):
        for stage, context in zip(network.stages, contexts, strict=False):
            x, _memory = stage.layer.forward(frame.params[stage.index], x, context)
            if stage.ends and x.ndim == 2:
                answers[stage.index] = x.T.reshape(-1, TILE, TILE).copy()
        last = len(network.layers) - 1
        answers[last] = network.prediction(x, contexts[-1]).T.reshape(-1, TILE, TILE).copy()
    return answers


def prediction_surface(frame: Frame, network: Network, samples: Samples) -> Array:
    """The prediction over the plane, (PORTRAIT, PORTRAIT, outputs), in the targets' own units."""
    x = Plane.around(samples).grid(PORTRAIT).astype(samples.x.dtype)
    answer = samples.in_units(network.predict(frame.params, x))
    return answer.reshape(PORTRAIT, PORTRAIT, -1)


def enlarged(values: Array, times: int) -> Array:
    """(side, side) to (side·times, side·times), in straight lines from point to point: for pictures without steps.

    What is not finite becomes NaN, there and beside it.
    """
    values = np.where(np.isfinite(values), values, np.nan)
    side = len(values)
    at = np.linspace(0, side - 1, side * times)
    below = np.minimum(at.astype(int), side - 2)
    share = at - below
    rows = values[below] * (1 - share[:, None]) + values[below + 1] * share[:, None]
    return np.asarray(rows[:, below] * (1 - share) + rows[:, below + 1] * share)


@dataclass(frozen=True)
class Answers:
    """What each unit answers to one row. values: layer -> (units,), the input's own under −1. row: of the training rows.

    words: what each token stands for, where features are tokens.
    """

    row: int
    values: Mapping[int, Array]
    words: tuple[str, ...] = ()


def unit_values(frame: Frame, network: Network, samples: Samples, row: int = 0) -> Answers:
    """What each unit answers to a training row, the last one where there are not so many."""
    row = min(row, len(samples.x) - 1)
    x = samples.x[row : row + 1]
    values = {-1: x.ravel().copy()}
    contexts = network.contexts(Workspace(x.dtype), training=False)
    with np.errstate(all="ignore"):
        for stage, context in zip(network.stages, contexts, strict=False):
            x, _memory = stage.layer.forward(frame.params[stage.index], x, context)
            values[stage.index] = x.ravel().copy()
        values[len(network.layers) - 1] = network.prediction(x, contexts[-1]).ravel().copy()
    return Answers(row, values, samples.words)

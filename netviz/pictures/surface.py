"""What a network says all over the plane, when its data has two features: for each unit and for the prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.engine.frame import Frame
from netviz.engine.network import Network
from netviz.engine.workspace import Workspace

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


def unit_functions(frame: Frame, network: Network, samples: Samples) -> dict[int, Array]:
    """What each dense unit answers over the plane: layer -> (units, TILE, TILE). The input's own is layer −1."""
    x = Plane.around(samples).grid(TILE).astype(samples.x.dtype)
    answers = {-1: x.T.reshape(2, TILE, TILE).copy()}
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
    """What each unit answers to one row. values: layer -> (units,), the input's own under −1. row: of the training rows."""

    row: int
    values: Mapping[int, Array]


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
    return Answers(row, values)

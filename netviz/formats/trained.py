"""A trained network, ready to be taken away: its numbers, how it was trained, and rows to prove a file on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from netviz import __version__, codec
from netviz.arrays import Array, FrozenMap
from netviz.datasets import Data, Samples, Scale, datasets
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.history import History
from netviz.engine.network import Network, layer_names
from netviz.engine.parameters import Parameters
from netviz.engine.run import Run
from netviz.strict_json import dump_json

_PROOF_ROWS = 256
_MOST_HISTORY = 10_000  # rows of the history that go along; beyond it every second, third, ... of them


class Rows(NamedTuple):
    """Held-out rows. `x` is scaled as training's are, `units` are the same rows in their own units, float64.

    units are numbers of the experiment's precision: a program that takes float32 is not asked for more than it is told.
    """

    x: Array
    units: Array


@dataclass(frozen=True)
class Trained:
    """A network with its weights. slots, updates: what its optimizer remembers, and of how many updates.

    provenance: more to be said about where the weights come from, beside seed, checksum and history. from_logits: whether the
    experiment's loss is to take what the last layer gives for logits, as a model of Keras' may have it.
    """

    experiment: Experiment
    params: Parameters
    samples: Samples
    provenance: Mapping[str, Any] = field(default_factory=dict)
    slots: Mapping[str, Parameters] = field(default_factory=lambda: FrozenMap({}))
    updates: int = 0
    epochs: int = 0
    history: History = field(default_factory=History)
    from_logits: bool = False

    @classmethod
    def of(cls, run: Run, frame: Frame, samples: Samples | None = None) -> Trained:
        """Where a run stands; DataProblem when its data cannot be had."""
        experiment = frame.experiment
        samples = samples or experiment.samples()
        updates, epochs = run.updates(frame.step), run.start.epochs + frame.epoch
        return cls(experiment, frame.params, samples, {}, frame.slots, updates, epochs, frame.history)

    @cached_property
    def network(self) -> Network:
        """The network; NetworkProblem where the layers do not fit the data."""
        return self.experiment.network(self.samples)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The layers' names in the file, such as `dense_1`."""
        return layer_names(self.experiment.layers)

    @cached_property
    def arrays(self) -> Mapping[str, Array]:
        """Every array by its layer's name and its own, such as `dense_1/kernel`."""
        return self.named(self.params)

    def named(self, params: Parameters) -> dict[str, Array]:
        """The arrays of a vector of the same form, such as a slot, under the same names."""
        return {
            "/".join([self.names[int(layer)], *map(str, path)]): np.ascontiguousarray(array)
            for (layer, *path), array in params.items()
        }

    # ------------------------------------------------------------------------------------------------ predictions

    def predictions(self, found: Mapping[str, Array], x: Array) -> Array:
        """Predictions for scaled rows x with arrays of the same names that came back from a file."""
        vector = self.params.vector.copy()
        for window, name in zip(self.params.windows, self.arrays, strict=True):
            vector[window.start : window.stop] = found[name].ravel()
        return self.network.predict(self.params.like(vector), x)

    @cached_property
    def data(self) -> Data:
        """The rows as they come from their source."""
        return self.experiment.dataset.load()

    @cached_property
    def held_out(self) -> Rows:
        """Rows that were not trained on, at most 256; where there are none, rows that were."""
        samples = self.samples
        held = len(samples.validation_x) > 0
        x = (samples.validation_x if held else samples.x)[:_PROOF_ROWS]
        numbers = (samples.validation_rows if held else samples.training_rows)[:_PROOF_ROWS]
        units = self.data.x[numbers].astype(self.experiment.dtype).astype(np.float64).reshape(x.shape)
        return Rows(samples.scaled(units), units)

    @cached_property
    def rounding(self) -> float:
        """How far apart single and double precision are in predictions of the held-out rows, in the targets' own units."""
        scale, units = self.samples.feature_scale, self.held_out.units
        x = units if scale is None else scale.apply(units)
        found = []
        for dtype in (np.float32, np.float64):
            params = Parameters(self.params.vector.astype(dtype), self.params.windows)
            found.append(self.samples.in_units(self.network.predict(params, x.astype(dtype)).astype(np.float64)))
        with np.errstate(all="ignore"):
            apart = np.abs(found[0] - found[1])
        return float(apart[np.isfinite(apart)].max(initial=0.0))

    # ------------------------------------------------------------------------------------------------- provenance

    @cached_property
    def origin(self) -> dict[str, Any]:
        """Where the weights come from, as plain JSON: netviz' version, seed, checksum of the data, counts, history."""
        experiment = self.experiment
        return {
            "netviz": __version__,
            "seed": experiment.seed,
            "data": {
                "type": datasets.name(type(experiment.dataset)),
                "rows": len(self.data.x),
                "sha256": checksum(self.data),
            },
            "epochs": self.epochs,
            "updates": self.updates,
            "history": _history(self.history),
            **self.provenance,
        }

    def described(self) -> str:
        """JSON with all that is needed to use the weights: settings, names, scales and provenance."""
        described = {
            "netviz": __version__,
            "experiment": codec.encode(self.experiment, {}),
            "layers": list(self.names),
            "input_shape": list(self.samples.row_shape),
            "from_logits": self.from_logits,
            "features": list(self.samples.features),
            "classes": list(self.samples.classes),
            "feature_scale": _scale(self.samples.feature_scale),
            "target_scale": _scale(self.samples.target_scale),
            "provenance": self.origin,
        }
        return dump_json(described).decode()


def checksum(data: Data) -> str:
    """The SHA-256 sum of features and targets with their types and shapes, in hexadecimal."""
    summed = hashlib.sha256()
    for array in (data.x, data.y):
        summed.update(f"{array.dtype.str}{array.shape}".encode())
        summed.update(np.ascontiguousarray(array).data)
    return summed.hexdigest()


def _history(history: History) -> dict[str, list[float | None]]:
    """The epochs' columns as lists; what is not finite is None."""
    step = max(1, math.ceil(history.epoch_count / _MOST_HISTORY))
    rows = list(range(history.epoch_count - 1, -1, -step))[::-1]
    columns = {name: [float(column[row]) for row in rows] for name, column in history.epochs.items()}
    plain = {n: [v if math.isfinite(v) else None for v in column] for n, column in columns.items()}
    return {"epoch": [float(row + 1) for row in rows], **plain} if rows else {}


def _scale(scale: Scale | None) -> dict[str, Any] | None:
    """Lists of numbers in the shape of a row: a value is brought to scale by (value − mean)/deviation."""
    return None if scale is None else {"mean": scale.mean.tolist(), "deviation": scale.deviation.tolist()}

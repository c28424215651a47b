"""What a format is: a way to put trained weights into bytes that other programs read, and to read them back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from netviz import __version__, codec
from netviz.arrays import Array
from netviz.datasets import Samples, Scale
from netviz.engine.experiment import Experiment
from netviz.engine.network import Network, layer_names
from netviz.engine.parameters import Parameters
from netviz.registry import Registry
from netviz.strict_json import dump_json

formats: Registry[Format] = Registry("format")

DESCRIPTION = "netviz.json"
MOST_BYTES = 2**31


@dataclass(frozen=True)
class Weights:
    """Arrays by name (`dense/kernel`), and the text that describes them, empty where there is none."""

    arrays: Mapping[str, Array]
    description: str = ""


@dataclass(frozen=True)
class Trained:
    """A network with its weights, ready to be taken away. `provenance` says in plain words where they come from."""

    experiment: Experiment
    params: Parameters
    samples: Samples
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def network(self) -> Network:
        """The network; NetworkProblem where the layers do not fit the data."""
        return self.experiment.network(self.samples)

    @cached_property
    def arrays(self) -> Mapping[str, Array]:
        """Every array by its layer's name and its own, such as `dense_1/kernel`."""
        names = layer_names(self.experiment.layers)
        return {
            "/".join([names[int(layer)], *map(str, path)]): np.ascontiguousarray(array)
            for (layer, *path), array in self.params.items()
        }

    def predictions(self, found: Mapping[str, Array], x: Array) -> Array:
        """Predictions for rows x with arrays of the same names that came back from a file."""
        vector = self.params.vector.copy()
        for window, name in zip(self.params.windows, self.arrays, strict=True):
            vector[window.start : window.stop] = found[name].ravel()
        return self.network.predict(self.params.like(vector), x)

    def described(self) -> str:
        """JSON with all that is needed to use the weights: settings, names, scales and provenance."""
        described = {
            "netviz": __version__,
            "experiment": codec.encode(self.experiment, {}),
            "layers": list(layer_names(self.experiment.layers)),
            "features": list(self.samples.features),
            "classes": list(self.samples.classes),
            "feature_scale": _scale(self.samples.feature_scale),
            "target_scale": _scale(self.samples.target_scale),
            "provenance": dict(self.provenance),
        }
        return dump_json(described).decode()


def _scale(scale: Scale | None) -> dict[str, Any] | None:
    """Lists of numbers in the shape of a row: a value is brought to scale by (value − mean)/deviation."""
    return None if scale is None else {"mean": scale.mean.tolist(), "deviation": scale.deviation.tolist()}


class Format(ABC):
    """One kind of file. Members are made without settings; `suffixes` are in small letters, with their dot."""

    suffixes: ClassVar[tuple[str, ...]]

    @abstractmethod
    def recognises(self, data: bytes) -> bool:
        """Whether the content looks like this format, whatever the file is called."""

    @abstractmethod
    def write(self, trained: Trained) -> bytes:
        """The whole file; equal arguments give equal bytes."""

    @abstractmethod
    def read(self, data: bytes, name: str) -> Weights:
        """The arrays of a file that may be damaged or hostile; FileProblem begins with `name`, as it is shown."""

    def predict(self, trained: Trained, data: bytes, x: Array) -> Array:
        """Predictions for rows x with the weights in the file."""
        return trained.predictions(self.read(data, "").arrays, x)

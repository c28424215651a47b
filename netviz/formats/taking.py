"""A network from elsewhere made one of netviz' own: an experiment with data that stands in until somebody chooses some.

The stand-in has two rows around the means that the file's scales name, a deviation away on either side, so that
standardizing it gives those scales again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from netviz.arrays import Array, Shape, rng
from netviz.datasets import Arrays, Preprocessing, Scale
from netviz.datasets.dataset import Task
from netviz.engine.experiment import Experiment
from netviz.engine.layers import layers as layer_family
from netviz.engine.metrics import MeanAbsoluteError
from netviz.engine.network import Network
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.formats.imported import Imported
from netviz.formats.trained import Trained

_ROWS = 16


def experiment_of(imported: Imported, given: Experiment | None = None) -> Experiment:
    """The file's network and settings on the data of a given experiment where they fit it, else on data that stand in."""
    network = imported.network()
    if "dataset" in imported.settings:
        return Experiment(layers=imported.layers, **imported.settings)
    if given is not None and given.samples().row_shape == network.shapes[0] and imported.feature_scale is None:
        fitting = imported.experiment(given)
        if fitting.network(fitting.samples()).output_shape == network.output_shape:
            return fitting
    settings: dict[str, Any] = dict(imported.settings)
    if "loss" not in settings:
        settings |= {"loss": network.loss, "metrics": (MeanAbsoluteError(),)}
    x, (y, task) = _features(imported, network), _targets(imported, network)
    scaled = settings.pop("preprocessing", None) or Preprocessing(
        validation_split=0.0, standardize="off" if imported.feature_scale is None else "on",
        standardize_targets=imported.target_scale is not None,
    )  # fmt: skip
    doubles = any(array.dtype == np.float64 for array in imported.arrays.values())
    return Experiment(
        Arrays(x, y[: len(x)], task), imported.layers, **settings,
        preprocessing=scaled, dtype="float64" if doubles else "float32",
    )  # fmt: skip


def run_of(imported: Imported, experiment: Experiment) -> Run:
    """A run that goes on from the file's weights and what its optimizer remembers."""
    network = experiment.network(experiment.samples())
    return Run.of(experiment, imported.start(network, experiment.dtype))


def trained_of(imported: Imported) -> Trained:
    """The network with its weights, to be written in another format."""
    experiment = experiment_of(imported)
    run, samples = run_of(imported, experiment), experiment.samples()
    frame = next(iter(train(run, samples))).frame()
    if imported.from_logits:
        experiment = replace(experiment, layers=imported.layers[:-1])
    made = Trained.of(run, frame, samples)
    return replace(made, experiment=experiment, provenance=dict(imported.origin), from_logits=imported.from_logits)


def _around(scale: Scale, shape: Shape) -> Array:
    """Two rows whose mean and standard deviation are those of the scale, (2, *shape)."""
    mean, deviation = np.broadcast_to(scale.mean, shape), np.broadcast_to(scale.deviation, shape)
    return np.stack([mean - deviation, mean + deviation])


def _features(imported: Imported, network: Network) -> Array:
    shape = network.shapes[0]
    if imported.feature_scale is not None:
        return _around(imported.feature_scale, shape)
    tokens = _tokens(imported)
    drawn = rng(0, "stand-in")
    if tokens:
        return drawn.integers(0, tokens, (_ROWS, *shape)).astype(np.float64)
    return drawn.normal(size=(_ROWS, *shape))


def _tokens(imported: Imported) -> int:
    """How many tokens the first layer knows; 0 where it takes other numbers."""
    first = imported.layers[0] if imported.layers else None
    known = first is not None and layer_family.name(type(first)) == "embedding"
    return int(getattr(first, "input_dim", 0)) if known else 0


def _targets(imported: Imported, network: Network) -> tuple[Array, Task]:
    outputs = network.output_shape
    if imported.target_scale is not None:
        return _around(imported.target_scale, outputs), "regression"
    if network.loss.targets != "numbers" and len(outputs) == 1:
        return np.arange(_ROWS) % max(2, outputs[0]), "classification"
    return np.zeros((_ROWS, *outputs)), "regression"

"""Models as other programs' files hold them, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.history import History
from netviz.engine.losses import MeanSquaredError
from netviz.formats import Trained
from netviz.keras import measuring
from netviz.keras.layers import of
from netviz.keras.projects import Foreign

if TYPE_CHECKING:
    from netviz.keras.models import Sequential

Model = TypeVar("Model", bound="Sequential")

AS_GIVEN = Preprocessing(validation_split=0, split="last", standardize="off")


def trained(model: Sequential, fitted: Frame | None) -> Trained:
    """A model for an export; layers and weights are its own, whatever was fitted."""
    experiment = replace(fitted.experiment, layers=model.values()) if fitted else _on_zeros(model)
    params, start = model.parameters(), model.start
    slots = {name: params.like(vector) for name, vector in start.slots}
    return Trained(
        experiment, params, experiment.samples(), {}, slots, start.updates, start.epochs,
        fitted.history if fitted else History(), model.loss is not None and model.loss.logits is not None,
    )  # fmt: skip


def _on_zeros(model: Sequential) -> Experiment:
    """An experiment for weights that were never trained: the layers, how they shall be trained, and a row of zeros."""
    network = model.bound()
    x, y = (np.zeros((1, *shape)) for shape in (network.shapes[0], network.output_shape))
    settings: dict[str, Any] = {"loss": MeanSquaredError(), "metrics": ()}
    if model.loss is not None and model.optimizer is not None:
        optimizer, schedule = model.optimizer_settings()
        metrics = measuring.distinct(model.metric_values)
        settings = {"loss": model.loss.value, "optimizer": optimizer, "schedule": schedule, "metrics": metrics}
    return Experiment(
        Arrays(x, y, validation_rows=0), model.values(), preprocessing=AS_GIVEN, seed=model.seed, dtype=model.dtype, **settings
    )


def fill(model: Model, found: Foreign) -> Model:
    """Make an empty model what was found in a file."""
    model.dtype = found.dtype
    for value in found.layers:
        model.add(of(value))
    model.begin_with(found.input_shape)
    if found.loss is not None:
        model.compile(found.optimizer or "rmsprop", found.loss, found.metrics)
    model.settle(found.start)
    return model

"""Models and project files: what a fit has made can be opened by every face of netviz, and the other way round."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from netviz import formats
from netviz.arrays import Shape
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import Activation
from netviz.engine.layers import Layer as EngineLayer
from netviz.engine.losses import losses as loss_family
from netviz.engine.metrics import Metric as EngineMetric
from netviz.engine.metrics import metric_names
from netviz.engine.optimizers import Optimizer as EngineOptimizer
from netviz.engine.run import Run, Start
from netviz.engine.schedules import Constant, Schedule
from netviz.formats.imported import LOGITS
from netviz.i18n import _
from netviz.keras.arguments import Unsupported
from netviz.keras.losses import Loss
from netviz.keras.metrics import Metric
from netviz.keras.optimizers import Optimizer
from netviz.keras.optimizers.schedules import LearningRateSchedule


@dataclass(frozen=True)
class Opened:
    """A project's parts under Keras' names; `start` is where its training goes on."""

    experiment: Experiment
    input_shape: Shape
    optimizer: Optimizer
    loss: Loss
    metrics: list[Metric]
    start: Start
    run: Run
    frame: Frame


def save(filepath: str | os.PathLike[str], run: Run, frame: Frame, overwrite: bool) -> None:
    """Write a project file."""
    from netviz.document import projectfile

    path = _free(_named(filepath), overwrite)
    projectfile.save(path, projectfile.Project(run.experiment, run, frame))


def is_exported(filepath: str | os.PathLike[str]) -> bool:
    """Whether the suffix is that of another program's file, such as .keras or .npz."""
    name = Path(filepath).name.lower()
    return any(name.endswith(suffix) for form in formats.formats for suffix in formats.formats[form].suffixes)


def export(filepath: str | os.PathLike[str], trained: formats.Trained, overwrite: bool) -> None:
    """Write a model in the format of the suffix, and prove it."""
    formats.export(_free(Path(filepath), overwrite), trained, overwrite)


@dataclass(frozen=True)
class Foreign:
    """A model from another program's file. optimizer, loss, metrics: None where the file does not say how to train."""

    layers: tuple[EngineLayer, ...]
    input_shape: Shape
    start: Start
    dtype: Literal["float32", "float64"]
    optimizer: Optimizer | None
    loss: Loss | None
    metrics: list[Metric]


def load_foreign(filepath: str | os.PathLike[str]) -> Foreign:
    """Read a model from a file of any format that holds one; a warning lists what could not be taken."""
    imported = formats.read_network(filepath)
    name = Path(filepath).name
    if imported.feature_scale is not None or imported.target_scale is not None:
        sentence = _("{name} scales its data before training, which netviz.keras does not; open it in netviz.")
        raise Unsupported(sentence.format(name=name))
    left_out = [part for part in imported.left_out if part.what != LOGITS]  # the loss takes them here too
    if left_out:
        listed = "; ".join(map(str, left_out))
        warnings.warn(_("{name} was read without: {parts}").format(name=name, parts=listed), stacklevel=3)
    settings = imported.settings
    layers, logits = imported.layers, None
    if imported.from_logits:
        *rest, last = layers
        assert isinstance(last, Activation)
        layers, logits = tuple(rest), last.activation
    network, dtype = imported.network(), _dtype(imported)
    loss = settings.get("loss")
    return Foreign(
        layers, network.shapes[0], imported.start(network, dtype), dtype,
        _optimizer(settings["optimizer"], settings.get("schedule", Constant())) if "optimizer" in settings else None,
        None if loss is None else Loss(loss, loss_family.name(type(loss)), logits),
        _named_metrics(settings.get("metrics", ())),
    )  # fmt: skip


def _dtype(imported: formats.Imported) -> Literal["float32", "float64"]:
    doubles = any(array.dtype == np.float64 for array in imported.arrays.values())
    return "float64" if doubles else "float32"


def _optimizer(value: EngineOptimizer, schedule: Schedule) -> Optimizer:
    rate = value.learning_rate
    return Optimizer(value, rate if isinstance(schedule, Constant) else LearningRateSchedule(rate, schedule))


def _free(path: Path, overwrite: bool) -> Path:
    if path.exists() and not overwrite:
        raise FileExistsError(_("{name} exists already; pass overwrite=True to replace it.").format(name=path.name))
    return path


def load(filepath: str | os.PathLike[str]) -> Opened:
    """Read a trained project."""
    from netviz.document import projectfile

    path = _named(filepath)
    project = projectfile.open_project(path)
    run, frame = project.run, project.frame
    if run is None or frame is None:
        raise Unsupported(_("{name} is not trained yet; only trained projects can be loaded.").format(name=path.name))
    experiment = frame.experiment
    samples = experiment.samples()
    if samples.feature_scale is not None or samples.target_scale is not None:
        sentence = _("{name} scales its data before training, which netviz.keras does not; use netviz predict.")
        raise Unsupported(sentence.format(name=path.name))
    slots = tuple((name, slot.vector) for name, slot in frame.slots.items())
    start = Start(frame.params.vector, slots, run.updates(frame.step), run.start.epochs + frame.epoch)
    return Opened(
        experiment, samples.row_shape, _optimizer(experiment.optimizer, experiment.schedule),
        Loss(experiment.loss, loss_family.name(type(experiment.loss))),
        _named_metrics(experiment.metrics), start, run, frame,
    )  # fmt: skip


def _named(filepath: str | os.PathLike[str]) -> Path:
    path = Path(filepath)
    if path.suffix.lower() != ".netviz":
        sentence = _(
            "{name}: the suffix must be .netviz for a whole project, or one of {weights} for other programs."
        )
        weights = ", ".join(suffix for name in formats.formats for suffix in formats.formats[name].suffixes)
        raise Unsupported(sentence.format(name=path.name, weights=weights))
    return path


def _named_metrics(metrics: Iterable[EngineMetric]) -> list[Metric]:
    every = tuple(metrics)
    return [Metric((metric,), name) for name, metric in zip(metric_names(every), every, strict=True)]

"""Models and project files: what a fit has made can be opened by every face of netviz, and the other way round."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from netviz import formats
from netviz.arrays import Shape
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.losses import losses as loss_family
from netviz.engine.parameters import Parameters
from netviz.engine.run import Run, Start
from netviz.engine.schedules import Constant
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


def takes_weights(filepath: str | os.PathLike[str]) -> bool:
    """Whether the suffix is that of a file of weights alone, such as .npz."""
    suffix = Path(filepath).suffix.lower()
    return any(suffix in formats.formats[name].suffixes for name in formats.formats)


def export(filepath: str | os.PathLike[str], experiment: Experiment, params: Parameters, overwrite: bool) -> None:
    """Write the weights alone, in the format of the suffix."""
    trained = formats.Trained(experiment, params, experiment.samples())
    formats.export(_free(Path(filepath), overwrite), trained, overwrite)


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
    optimizer, schedule = experiment.optimizer, experiment.schedule
    rate = optimizer.learning_rate
    kept_rate = rate if isinstance(schedule, Constant) else LearningRateSchedule(rate, schedule)
    return Opened(
        experiment, samples.row_shape, Optimizer(optimizer, kept_rate),
        Loss(experiment.loss, loss_family.name(type(experiment.loss))),
        [Metric(metric, metric.name) for metric in experiment.metrics], start, run, frame,
    )  # fmt: skip


def _named(filepath: str | os.PathLike[str]) -> Path:
    path = Path(filepath)
    if path.suffix.lower() != ".netviz":
        sentence = _(
            "{name}: the suffix must be .netviz for a whole project, or one of {weights} to save weights alone."
        )
        weights = ", ".join(suffix for name in formats.formats for suffix in formats.formats[name].suffixes)
        raise Unsupported(sentence.format(name=path.name, weights=weights))
    return path

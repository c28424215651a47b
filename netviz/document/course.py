"""What is wrong with how an experiment is to be trained: what is watched, the learning rate, the size of batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from netviz.datasets import Samples
from netviz.document.outputs import watchable
from netviz.document.problem import Problem
from netviz.engine.experiment import Experiment
from netviz.engine.optimizers import optimizers
from netviz.engine.schedules import Constant, ReduceOnPlateau, Schedule, WarmUp
from netviz.i18n import _

_FASTEST = 1e6  # a learning rate beyond it is not one


def course(experiment: Experiment, samples: Samples) -> Iterator[Problem]:
    """Problems of early stopping, of the schedule and of the optimizer."""
    yield from _watched_by_stopping(experiment, samples)
    yield from _watched_by_the_schedule(experiment, samples)
    yield from _rates(experiment, samples)
    yield from _batches(experiment, samples)


def _watched_by_stopping(experiment: Experiment, samples: Samples) -> Iterator[Problem]:
    stopping = experiment.stopping
    if stopping is None:
        return

    def watching(name: str) -> Experiment:
        return replace(experiment, stopping=replace(stopping, monitor=name))

    missing = _("Early stopping watches {name}, which there is not; there are {names}.")
    unvalidated = _("Early stopping watches {name}, but no rows are kept for validation; watch one of {names}.")
    sentences = (missing, unvalidated)
    yield from _watch(experiment, samples, stopping.monitor, "stopping.monitor", sentences, watching)


def _watched_by_the_schedule(experiment: Experiment, samples: Samples) -> Iterator[Problem]:
    plateau = experiment.schedule
    while isinstance(plateau, WarmUp):
        plateau = plateau.then
    if not isinstance(plateau, ReduceOnPlateau):
        return

    def watching(name: str) -> Experiment:
        return replace(experiment, schedule=_watching(experiment.schedule, name))

    missing = _("The schedule watches {name}, which there is not; there are {names}.")
    unvalidated = _("The schedule watches {name}, but no rows are kept for validation; watch one of {names}.")
    yield from _watch(experiment, samples, plateau.monitor, "schedule", (missing, unvalidated), watching)


def _watching(schedule: Schedule, name: str) -> Schedule:
    if isinstance(schedule, WarmUp):
        return replace(schedule, then=_watching(schedule.then, name))
    assert isinstance(schedule, ReduceOnPlateau)
    return replace(schedule, monitor=name)


def _watch(
    experiment: Experiment, samples: Samples, monitor: str, field: str, sentences: tuple[str, str],
    watching: Callable[[str], Experiment],
) -> Iterator[Problem]:  # fmt: skip
    """A column of the history that will not be there. sentences: for one that never is, for one without validation."""
    names, validated = watchable(experiment), bool(len(samples.validation_x))
    columns = (*names, *(f"val_{name}" for name in names)) if validated else names
    averaged = tuple(f"val_ema_{name}" for name in names) if validated and experiment.optimizer.use_ema else ()
    if monitor in (*columns, *averaged):
        return
    bare = monitor.removeprefix("val_").removeprefix("ema_")
    usual = bare if bare in names else "loss"
    usual = f"val_{usual}" if validated else usual
    sentence = sentences[bare in names and not validated]
    shown = sentence.format(name=ascii(monitor)[:60], names=", ".join((*columns, *averaged)))
    yield Problem(shown, None, field, watching(usual), _("Watch {name}").format(name=usual))


def _rates(experiment: Experiment, samples: Samples) -> Iterator[Problem]:
    """A schedule that leaves no learning rate, or one without bounds."""
    total = max(1, math.ceil(len(samples.x) / experiment.batch_size) * experiment.epochs)
    base = experiment.optimizer.learning_rate
    try:
        rates = [experiment.schedule.rate(base, total * part // 16) for part in range(16)]
    except OverflowError:
        rates = [math.inf]
    if not all(0 <= rate <= _FASTEST for rate in rates):
        sentence = _(
            "The schedule's learning rate grows beyond {most:g} within {n:,} updates; nothing can be learnt so."
        )
        sentence = sentence.format(most=_FASTEST, n=total)
    elif not any(rates):
        sentence = _("The schedule's learning rate is 0 from the first update on, so nothing would be learnt.")
    else:
        return
    yield Problem(
        sentence, None, "schedule", replace(experiment, schedule=Constant()), _("Keep the learning rate constant")
    )


def _batches(experiment: Experiment, samples: Samples) -> Iterator[Problem]:
    """An optimizer that wants all rows at once, and gets some of them."""
    rows, optimizer = len(samples.x), experiment.optimizer
    if not optimizer.full_batch or experiment.batch_size >= rows:
        return
    sentence = _(
        "{optimizer} wants all {n:,} training rows in one batch, and there are {size:,}; raise the batch size."
    )
    title = optimizers.title(optimizers.name(type(optimizer)))
    shown = sentence.format(optimizer=title, n=rows, size=experiment.batch_size)
    fix = replace(experiment, batch_size=rows)
    yield Problem(shown, None, "batch_size", fix, _("Use batches of {n:,} rows").format(n=rows))

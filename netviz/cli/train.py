"""`netviz train`: a project or example in, training on the terminal, weights and the trained project out."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from netviz import blas, formats
from netviz.cli import asking, opening
from netviz.datasets import Samples
from netviz.datasets.files import given
from netviz.document.edits import with_dataset
from netviz.document.problems import problems
from netviz.document.projectfile import Project, save
from netviz.engine.frame import Frame
from netviz.engine.metrics import metric_names
from netviz.engine.run import Run
from netviz.engine.train import Diverged, Stride, train
from netviz.files import FileProblem
from netviz.i18n import _


def run(options: argparse.Namespace) -> int:
    """Train, say how it went, write what was asked for."""
    for path in options.export:
        formats.for_export(path)  # an unknown suffix is said before, not after, an hour of training
    project = _chosen(opening.opened(options.file), options)
    _refuse_problems(project)
    threads = blas.use_threads()
    course = Course(project, options.epochs, quiet=options.json, threads=threads, whole=bool(options.save))
    options.force = asking.may_replace(asking.written(options.export, course.untrained()), options.force)
    with _interrupts(course):
        course.train()
    return _finish(course, options)


def _chosen(project: Project, options: argparse.Namespace) -> Project:
    """The project as the options want it: with other data, another seed, or from the start."""
    experiment = project.experiment
    if options.data:
        experiment = with_dataset(experiment, given(options.data))
    if options.seed is not None and options.seed != experiment.seed:
        experiment = replace(experiment, seed=options.seed)
    if options.restart or experiment != project.experiment:
        return Project(experiment, lesson=project.lesson)
    return project


def _refuse_problems(project: Project) -> None:
    found = problems(project.experiment)
    if found:
        raise FileProblem(found[0].sentence)


@dataclass
class Course:
    """One training on the command line, from where the project stands to where it ends or is interrupted."""

    project: Project
    epochs: int | None
    quiet: bool
    threads: int
    whole: bool = False  # whether the frame is to tell all of its update
    interrupted: bool = False
    diverged: str = ""
    seconds: float = 0.0
    frame: Frame | None = None
    run: Run = field(init=False)
    samples: Samples = field(init=False)

    def __post_init__(self) -> None:
        experiment = self.project.experiment
        self.run = self.project.run or Run.of(experiment, blas_threads=self.threads)
        self.samples = experiment.samples()

    def untrained(self) -> formats.Trained:
        """The network with first weights, for which it is known what an export would write."""
        experiment = self.run.experiment
        params = experiment.network(self.samples).initial(experiment.seed, experiment.dtype)
        return formats.Trained(experiment, params, self.samples)

    def train(self) -> None:
        """Train to the end, the interrupt or the divergence; `frame` is then the last good state."""
        since, experiment = self.project.frame, self.run.experiment
        epochs = self.epochs or experiment.epochs
        begin = time.perf_counter()
        with _progress(epochs, self.quiet) as show:
            try:
                for moment in train(self.run, self.samples, since, self._gait, epochs, self.whole):
                    self.frame = moment.frame()
                    if moment.epoch > (since.epoch if since else 0):
                        show(moment.history.epochs)
                    if self.interrupted:
                        break
            except Diverged as problem:
                self.diverged = str(problem)
        self.seconds = time.perf_counter() - begin

    def _gait(self, step: int) -> Stride:
        return Stride.STEP if self.interrupted else Stride.EPOCH

    def outcome(self) -> Project:
        """The project as it is now, with all that it held beside its training."""
        return replace(self.project, experiment=self.run.experiment, run=self.run, frame=self.frame, notes=())

    def summary(self) -> dict[str, Any]:
        """What the last line of --json holds; numbers that are not finite become null."""
        assert self.frame is not None
        history, experiment = self.frame.history, self.run.experiment
        training = ("loss", *metric_names(experiment.metrics))
        names = [*training, *(f"val_{name}" for name in training if f"val_{name}" in history.epochs)]
        values = {name: history.last(name) for name in names}
        numbers = {name: value if math.isfinite(value) else None for name, value in values.items()}
        parameters = len(self.frame.params)
        return {"epochs": self.frame.epoch, **numbers, "parameters": parameters, "seconds": round(self.seconds, 3)}


_BOOKKEEPING = ("step", "stopped", "watch_from", "best_epoch", "wait")


def _finish(course: Course, options: argparse.Namespace) -> int:
    """Write the files, say what was written, and end with the summary."""
    assert course.frame is not None
    say = (lambda sentence: print(sentence, file=sys.stderr)) if options.json else print
    if course.interrupted:
        say(_("Interrupted after {n} updates.").format(n=course.frame.step))
    if course.diverged:
        print(f"netviz: {course.diverged}", file=sys.stderr)
    if options.save:
        save(options.save, course.outcome())
        say(_("Saved {path} after {n} epochs.").format(path=options.save, n=course.frame.epoch))
    trained = formats.Trained.of(course.run, course.frame, course.samples)
    for path in options.export:
        say(formats.export(path, trained, options.force).sentence)
    if options.json:
        print(json.dumps(course.summary()))
    elif not course.diverged:
        print(_said(course.summary()))
    return 1 if course.diverged else 130 if course.interrupted else 0


def _said(summary: dict[str, Any]) -> str:
    parts = [f"{name} {value:.4g}" for name, value in summary.items() if isinstance(value, float) and name != "seconds"]
    sentence = _("{epochs} epochs, {parameters} parameters, {seconds:.1f} s: ").format(**summary)
    return sentence + ", ".join(parts)


@contextmanager
def _progress(epochs: int, quiet: bool) -> Iterator[Any]:
    """A function that shows the newest row of a history: a bar on a terminal, a few lines elsewhere."""
    if quiet or not sys.stderr.isatty():
        done = 0

        def line(columns: Any) -> None:
            nonlocal done
            done += 1
            if not quiet and (done == epochs or done * 10 // epochs > (done - 1) * 10 // epochs):
                print(_("epoch {done}/{epochs}: ").format(done=done, epochs=epochs) + _newest(columns), flush=True)

        yield line
        return
    from tqdm import tqdm

    with tqdm(total=epochs, unit=_("epoch"), leave=False, mininterval=0.1) as bar:

        def advance(columns: Any) -> None:
            bar.set_postfix_str(_newest(columns), refresh=False)
            bar.update()

        yield advance


def _newest(columns: Any) -> str:
    return ", ".join(f"{name} {values[-1]:.4g}" for name, values in columns.items() if name not in _BOOKKEEPING)


@contextmanager
def _interrupts(course: Course) -> Iterator[None]:
    """Ctrl+C and SIGTERM ask the course to stop at its next step; a second one stops at once."""

    def ask(number: int, _frame: object) -> None:
        if course.interrupted:
            raise KeyboardInterrupt
        course.interrupted = True

    numbers = [signal.SIGINT, signal.SIGTERM]
    before = [signal.signal(number, ask) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

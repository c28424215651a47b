"""A lesson speaks where it was written to, of the experiment it was written for, and travels with the project."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netviz.archive import archive_bytes
from netviz.codec import InvalidValue
from netviz.document.examples import EXAMPLES, open_example
from netviz.document.lesson import MOST_LETTERS, Lesson, Light, Page
from netviz.document.projectfile import Project, open_project, save
from netviz.engine.frame import Frame
from netviz.engine.optimizers import SGD
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.files import FileProblem, sha256

CIRCLE = EXAMPLES["circle"].experiment
LESSON = Lesson("Waves", (Page("forward", "forward"), Page("first", "forward", 0), Page("second", "forward", update=2)))


def phases(project: Project, epochs: int = 1) -> list[Frame]:
    experiment = project.experiment
    moments = train(Run.of(experiment), experiment.samples(), None, Stride.PHASE, epochs)
    return [moment.frame() for moment in moments]


def test_the_most_particular_page_is_read() -> None:
    told = [LESSON.page(frame) for frame in phases(Project(replace(CIRCLE, batch_size=150)))]
    texts = [page.text for page in told if page is not None]
    assert texts == ["first", "forward", "second", "second", "first", "forward"]


def test_a_lesson_of_one_experiment_is_silent_about_another() -> None:
    project = open_example("mazur")
    assert project.lesson is not None and project.lesson.holds_for(project.experiment)
    assert not project.lesson.holds_for(replace(project.experiment, optimizer=SGD(0.4)))
    assert LESSON.holds_for(CIRCLE)


def test_a_lesson_is_saved_and_opened_with_its_project(tmp_path: Path) -> None:
    project = open_example("mazur")
    save(tmp_path / "a.netviz", project)
    assert open_project(tmp_path / "a.netviz").lesson == project.lesson


def test_a_page_that_does_not_fit_under_the_drawing_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"Page\.text has 241 letters"):
        Page("x" * (MOST_LETTERS + 1), "loss")
    with pytest.raises(InvalidValue, match="phase"):
        Page("x", "dream")  # type: ignore[arg-type]


def test_a_damaged_lesson_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "a.netviz"
    save(path, Project(CIRCLE, lesson=Lesson("t", (Page("x", "loss", lights=(Light(0, 0),)),))))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["lesson.json"] = members["lesson.json"].replace(b'"unit": 0', b'"unit": "none"').replace(b'"unit":0', b'"unit":"none"')
    sums = json.loads(members["sums.json"])
    members["sums.json"] = json.dumps({**sums, "lesson.json": sha256(members["lesson.json"])}).encode()
    path.write_bytes(archive_bytes(members))
    with pytest.raises(FileProblem, match=r"a\.netviz.*lesson\.pages\[0\]\.lights\[0\]"):
        open_project(path)


def test_every_number_of_mazurs_lesson_is_the_engines() -> None:
    """The numbers with many digits in its sentences are looked for among those of the update they speak of."""
    project = open_example("mazur")
    assert project.lesson is not None
    pages = 0
    frames = phases(project)
    for frame in frames:
        page = project.lesson.page(frame)
        if page is None:
            continue
        pages += 1
        told = [float(word) for word in re.findall(r"\d\.\d{8,}", page.text)]
        known = np.abs(np.array(_numbers(frame), float))
        missing = [n for n in told if np.min(np.abs(known - n)) > 6e-8 and n not in (0.291027774, 0.291027924)]
        assert not missing, (page.text, missing)
    assert pages == len(project.lesson.pages)
    after = project.experiment.network(project.experiment.samples())
    x, y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
    loss = float(0.5 * ((after.predict(frames[-1].params, x) - y) ** 2).sum())
    assert loss == pytest.approx(0.291027774, abs=1e-9)


def _numbers(frame: Frame) -> list[float]:
    """What an update has computed, and the products that a sentence takes apart."""
    found = [*frame.params.vector, *frame.grads.vector, *frame.updates.vector]
    if frame.batch is None:
        return found
    memory = frame.batch.memory
    for layer in memory.values():
        found += [float(n) for name in ("x", "z", "a") if name in layer for n in np.ravel(layer[name])]
    hidden, out = (1 / (1 + np.exp(-memory[k]["z"][0])) for k in (0, 1)) if 1 in memory else ((np.zeros(2), np.zeros(2)))
    wrong = out - np.array([0.01, 0.99])
    slope = out * (1 - out)
    kernel = np.array([[0.40, 0.50], [0.45, 0.55]])
    return [*found, *hidden, *out, *wrong, *slope, *(wrong**2 / 2), (wrong**2 / 2).sum(), *(wrong * slope),
            *(kernel * (wrong * slope)).ravel(), *(kernel @ (wrong * slope))]  # fmt: skip

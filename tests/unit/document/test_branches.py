"""Branches are saved with the project and come back to the bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netviz.datasets import Arrays
from netviz.document.branches import Branch
from netviz.document.projectfile import Project, open_project, save
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.optimizers import Adam
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.files import FileProblem

RNG = np.random.default_rng(0)
FIRST = Experiment(Arrays(RNG.normal(size=(50, 2)), RNG.integers(0, 2, 50), "classification"), epochs=2, batch_size=8)
OTHER = replace(FIRST, optimizer=Adam(0.1))


def end(run: Run) -> Frame:
    return [moment.frame() for moment in train(run, FIRST.samples(), stride=Stride.STEP)][-1]


def project() -> Project:
    run = Run.of(FIRST)
    other = run.edited(3, OTHER)
    return Project(OTHER, other, end(other), (), (Branch("Erster Weg 第一", run, end(run)),), "schnell")


def test_branches_and_names_come_back_to_the_bit(tmp_path: Path) -> None:
    saved, path = project(), tmp_path / "two.netviz"
    save(path, saved)
    found = open_project(path)
    assert found.name == "schnell" and [branch.name for branch in found.branches] == ["Erster Weg 第一"]
    mine, theirs = saved.branches[0], found.branches[0]
    assert theirs.run.segments == mine.run.segments
    assert theirs.frame.params.vector.tobytes() == mine.frame.params.vector.tobytes()
    assert theirs.frame.history.steps["loss"].tobytes() == mine.frame.history.steps["loss"].tobytes()
    assert theirs.run.experiment.dataset is found.experiment.dataset  # the data is held once


def test_a_project_without_branches_has_no_members_for_them(tmp_path: Path) -> None:
    path = tmp_path / "one.netviz"
    save(path, replace(project(), branches=()))
    assert open_project(path).branches == ()


def test_a_branch_that_does_not_fit_is_refused_by_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = project()
    short = replace(broken.branches[0].frame, step=3)
    path = tmp_path / "bad.netviz"
    save(path, replace(broken, branches=(replace(broken.branches[0], frame=short),)))
    with pytest.raises(FileProblem, match="branch 1"):
        open_project(path)

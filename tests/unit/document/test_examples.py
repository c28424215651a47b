"""The built-in examples train well with the settings they come with."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest

from netviz.datasets import Article
from netviz.document.edits import suggest_output
from netviz.document.examples import EXAMPLES, open_example, resolve
from netviz.document.problems import problems
from netviz.document.projectfile import Project, save
from netviz.engine.history import History
from netviz.engine.layers import Dense
from netviz.engine.losses import BinaryCrossentropy
from netviz.engine.optimizers import Adam
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.files import FileProblem

# The least that each must reach on its validation rows.
GOALS = {
    "circle": ("val_accuracy", 0.97),
    "xor": ("val_accuracy", 0.97),
    "moons": ("val_accuracy", 0.97),
    "spiral": ("val_accuracy", 0.95),
    "breast-cancer": ("val_accuracy", 0.96),
    "iris": ("val_accuracy", 0.95),
    "wine": ("val_accuracy", 0.96),
    "digits": ("val_accuracy", 0.96),
    "digits-conv": ("val_accuracy", 0.985),
    "sentiment": ("val_accuracy", 0.97),
    "chirps": ("val_accuracy", 0.96),
    "diabetes": ("val_r2_score", 0.4),
    "wave": ("val_r2_score", 0.95),
}


LONG = ("digits-conv", "chirps")  # ten seconds and more on a busy machine


def history(name: str, seed: int | None = None) -> History:
    experiment = EXAMPLES[name].experiment
    if seed is not None:
        experiment = replace(experiment, seed=seed)
    *_, last = train(Run.of(experiment), experiment.samples())
    return last.history


def test_the_examples_are_those_that_were_promised() -> None:
    assert set(EXAMPLES) >= {*GOALS, "article", "mazur"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in GOALS])
def test_an_example_reaches_its_goal(name: str) -> None:
    column, least = GOALS[name]
    assert history(name).last(column) >= least


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", GOALS)
def test_an_example_does_about_as_well_with_other_seeds(name: str) -> None:
    column, least = GOALS[name]
    reached = sorted(history(name, seed).last(column) for seed in range(7))
    assert reached[3] >= least - 0.02, reached


def test_the_article_is_its_script() -> None:
    experiment = EXAMPLES["article"].experiment
    hidden, output = experiment.layers
    assert isinstance(experiment.dataset, Article) and isinstance(hidden, Dense) and isinstance(output, Dense)
    assert (hidden.units, type(hidden.activation).__name__) == (64, "Relu")
    assert (output.units, type(output.activation).__name__) == (1, "Sigmoid")
    assert (experiment.optimizer, experiment.loss) == (Adam(), BinaryCrossentropy())
    assert (experiment.epochs, experiment.batch_size, experiment.seed) == (10, 32, 0)
    columns = history("article")
    assert columns.epochs["step"].tolist() == [32.0 * n for n in range(1, 11)]
    assert 0.5 < columns.last("accuracy") < 0.65 and "val_loss" not in columns.epochs


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_no_problem_and_nothing_better_is_proposed(name: str) -> None:
    experiment = EXAMPLES[name].experiment
    assert problems(experiment) == ()
    assert suggest_output(experiment) == experiment


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_described_in_one_sentence(name: str) -> None:
    text = EXAMPLES[name].description
    assert text.endswith(".") and ". " not in text and len(text) < 120


def test_an_unknown_example_gets_the_nearest_name() -> None:
    with pytest.raises(FileProblem, match="Did you mean spiral?"):
        open_example("spirl")
    with pytest.raises(FileProblem, match="There are: article, circle"):
        resolve("example:" + "q" * 5000)
    assert open_example("breast_cancer") == open_example("breast-cancer")


def test_a_file_is_an_example_or_a_path(tmp_path: object) -> None:
    project = Project(EXAMPLES["xor"].experiment)
    save(f"{tmp_path}/x.netviz", project)
    assert resolve(f"{tmp_path}/x.netviz") == project == resolve("example:xor")


def test_no_example_needs_scikit_learn() -> None:
    from netviz.datasets import builtin

    assert "import sklearn" not in inspect.getsource(builtin)

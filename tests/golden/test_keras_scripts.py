"""Keras scripts in the styles that people write: each becomes the experiment that it describes, or says what is missing.

`keras_scripts/*.txt` hold a script, a line of ===, and what is expected: the input, the layers, the settings, and what is
left out with its line; settings that are as they usually are stand nowhere.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import formats
from netviz.datasets import Arrays
from netviz.engine.experiment import Experiment
from netviz.files import FileProblem
from netviz.formats.keras_script.file import contents
from netviz.formats.keras_script.file import followed as follow
from netviz.formats.keras_script.network import imported

FOLDER = Path(__file__).parent / "keras_scripts"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.txt"))
SEPARATOR = "\n===\n"


def short(value: Any) -> str:
    """A frozen value with the settings that are not as usual."""
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(short, value)) + ")"
    if isinstance(value, Arrays):
        return f"Arrays({value.x.tolist()}, {value.y.tolist()}, {value.task})"
    if not dataclasses.is_dataclass(value):
        return repr(value)
    told = []
    for each in dataclasses.fields(value):
        own = getattr(value, each.name)
        if own != each.default:
            told.append(f"{each.name}={short(own)}")
    return f"{type(value).__name__}({', '.join(told)})"


def told(found: formats.Imported) -> str:
    lines = [f"input {found.input_shape}", *map(short, found.layers)]
    lines += [f"{key}: {short(value)}" for key, value in sorted(found.settings.items())]
    return "\n".join([*lines, *(f"left out, {part}" for part in found.left_out)])


def both(name: str) -> tuple[str, str]:
    script, expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split(SEPARATOR)
    return script, expected.rstrip("\n")


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_becomes_what_it_describes(name: str) -> None:
    script, expected = both(name)
    try:
        found = told(imported(follow(script.encode(), '"script.py"'), '"script.py"'))
    except FileProblem as problem:
        found = str(problem)
    assert found == expected


@pytest.mark.parametrize("name", ["04_iris_with_a_scaler", "08_a_block_with_a_way_around", "20_frozen_layers"])
def test_it_comes_out_of_the_process_that_reads_it_unchanged_and_trains(name: str, tmp_path: Path) -> None:
    script, expected = both(name)
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    found = formats.read_network(path)
    assert told(found) == expected
    experiment = formats.experiment_of(found)
    assert isinstance(experiment, Experiment) and experiment.layers == found.layers
    frame = next(iter(formats.taking.train(formats.run_of(found, experiment), experiment.samples()))).frame()
    assert np.isfinite(frame.params.vector).all()


def test_thirty_styles_and_more_are_there() -> None:
    assert len(SCRIPTS) >= 30
    assert contents(both(SCRIPTS[0])[0].encode(), "x")[1]

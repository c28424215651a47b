"""A layer as matrices: the engine's numbers, the rows and columns that belong together, and copies for elsewhere."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Softmax, Tanh
from netviz.engine.frame import Frame
from netviz.engine.layers import BatchNormalization, Dense, Flatten
from netviz.engine.network import Network
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.pictures.matrices import Sheets, as_csv, as_latex, as_text, sheets_of
from netviz.pictures.microscope import Item


@pytest.fixture(scope="module")
def shown() -> tuple[Frame, Network]:
    layers = (Dense(4, Tanh()), BatchNormalization(), Dense(1))
    experiment = replace(EXAMPLES["wave"].experiment, layers=layers, batch_size=5, dtype="float64")
    samples = experiment.samples()
    frame = next(m.frame() for m in train(Run.of(experiment), samples, stride=Stride.STEP) if m.step == 2)
    return frame, experiment.network(samples)


def sheets(shown: tuple[Frame, Network], layer: int) -> Sheets:
    found = sheets_of(*shown, layer)
    assert found is not None
    return found


def test_a_dense_layer_is_the_product_it_is(shown: tuple[Frame, Network]) -> None:
    found = sheets(shown, 0)
    x, w, b, z, a = (sheet.values for sheet in found.sheets)
    assert [sheet.name for sheet in found.sheets] == ["x", "W", "b", "z", "a"]
    np.testing.assert_allclose(x @ w + b, z, rtol=1e-12)
    np.testing.assert_allclose(np.tanh(z), a, rtol=1e-12)
    assert [sheet.joint for sheet in found.sheets] == ["", "·", "+", "=", "tanh →"]
    assert [sheet.name for sheet in sheets(shown, 2).sheets] == ["x", "W", "b", "z"]


def test_an_entry_marks_the_row_and_the_column_it_is_made_of(shown: tuple[Frame, Network]) -> None:
    found = sheets(shown, 0)
    assert found.marks(3, 2, 1) == {0: (2, None), 1: (None, 1), 2: (0, 1), 3: (2, 1), 4: (2, 1)}
    assert found.marks(0, 2, 0) == {0: (2, 0), 1: (0, None), 3: (2, None), 4: (2, None)}
    assert found.marks(1, 0, 3) == {0: (None, 0), 1: (0, 3), 3: (None, 3), 4: (None, 3)}
    assert found.marks(2, 0, 3) == {2: (0, 3), 3: (None, 3), 4: (None, 3)}


def test_another_layer_shows_its_input_its_arrays_and_its_output(shown: tuple[Frame, Network]) -> None:
    found = sheets(shown, 1)
    assert [sheet.name for sheet in found.sheets] == ["x", "gamma", "beta", "moving_mean", "moving_variance", "a"]
    assert not found.product and found.marks(0, 1, 2) == {0: (1, 2)}


def test_all_of_it_is_copied(shown: tuple[Frame, Network]) -> None:
    found = sheets(shown, 0)
    rows = list(csv.reader(io.StringIO(as_csv(found))))
    kernel = [row for row in rows if row[0] == "W"][1:]
    np.testing.assert_array_equal(np.array([row[2:] for row in kernel], float), found.sheets[1].values)
    text, latex = as_text(found), as_latex(found)
    assert "· W (2×4)" in text and text.count("\n") > 15
    assert latex.count("bmatrix") == 10 and r"\cdot" in latex and r"\xrightarrow{\text{tanh}}" in latex


def test_a_very_large_matrix_is_written_by_its_corners() -> None:
    digits = EXAMPLES["digits"].experiment
    layers = (Flatten(), Dense(200, Tanh()), Dense(10, Softmax()))
    experiment = replace(digits, layers=layers, batch_size=8)
    samples = experiment.samples()
    moment = next(m for m in train(Run.of(experiment), samples, stride=Stride.STEP) if m.step == 1)
    found = sheets_of(moment.frame(), experiment.network(samples), len(experiment.layers) - 2)
    assert found is not None and r"\cdots" in as_latex(found) and len(as_latex(found)) < 60_000


def test_nothing_is_shown_before_anything_is_computed(shown: tuple[Frame, Network]) -> None:
    frame, network = shown
    assert sheets_of(replace(frame, batch=None), network, 0) is None
    assert sheets_of(frame, network, 7) is None


def test_every_entry_is_an_item_with_a_place_of_its_own(shown: tuple[Frame, Network]) -> None:
    for layer in range(3):
        found = sheets(shown, layer)
        for number, sheet in enumerate(found.sheets):
            last = (sheet.values.shape[0] - 1, sheet.values.shape[1] - 1)
            item = found.item(number, *last)
            assert found.place(item) == (number, last), (layer, sheet.name)
    scale = sheets(shown, 1)
    assert scale.item(1, 0, 2) == Item("weight", 1, "gamma", (2,)) and scale.item(0, 3, 1) == Item("unit", 0, "", (1,), 3)
    assert scale.place(Item("loss")) is None and scale.place(Item("weight", 1, "gamma", (9,))) is None

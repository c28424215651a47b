"""A network that does not fit is drawn all the same, as far as anybody knows its shapes."""

from __future__ import annotations

import pytest

from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Relu
from netviz.engine.layers import Dense, Dropout, Flatten, Layer, Reshape
from netviz.pictures.cards import layer_line, shape_text
from netviz.pictures.diagram import diagram
from netviz.pictures.sketch import sketch


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_a_sketch_of_what_fits_is_the_network(name: str) -> None:
    experiment = EXAMPLES[name].experiment
    network = experiment.network(experiment.samples())
    found = sketch(experiment.layers, network.shapes[0])
    assert found.shapes == network.shapes and found.windows == network.windows


def test_behind_a_layer_that_does_not_fit_nothing_has_a_shape() -> None:
    layers: tuple[Layer, ...] = (Flatten(), Dense(4, Relu()), Reshape((5, 5)), Dropout(0.1), Dense(2))
    found = sketch(layers, (8, 8))
    assert found.shapes == ((8, 8), (64,), (4,), None, None, None)
    assert [window.path for window in found.windows] == [(1, "kernel"), (1, "bias")]
    drawn = diagram(found, space=(900, 400))
    assert [column.kind for column in drawn.columns] == ["image", "none", "tiles", "none", "none", "none"]
    assert [joint.kind for joint in drawn.joints] == ["links"]
    assert layer_line(layers[2], None).startswith("?") and shape_text(None) == "?"


def test_no_layers_at_all_are_an_input_with_a_place_for_the_first_one() -> None:
    drawn = diagram(sketch((), (2,)), space=(600, 300))
    assert len(drawn.columns) == 1 and len(drawn.insertions) == 1
    assert drawn.insertions[0] > drawn.columns[0].bounds[0] + drawn.columns[0].bounds[2]

"""Every layer can be drawn, whatever its settings: a column that has its numbers, joints that tell no lies, words for its card."""

from __future__ import annotations

from typing import Any

import numpy as np

from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.pictures.cards import card_title, card_width, layer_line, parameter_line
from netviz.pictures.columns import is_passing
from netviz.pictures.diagram import diagram
from netviz.pictures.kernels import plan


def network_of(case: Any) -> Network:
    return Network((case.layer,), case.shape, MeanSquaredError())


def answer(case: Any, network: Network) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Rows, and what the layer makes of them outside of training, with weights that are all alike nothing."""
    rng = np.random.default_rng(0)
    x = case.rows(rng, 3)
    params = network.initial(0, "float64")
    params.vector[:] += rng.uniform(0.1, 0.4, len(params))
    with np.errstate(all="ignore"):
        return x, network.predict(params, np.asarray(x, np.float64))


def test_a_layer_is_a_mere_bar_only_if_it_hands_on_what_it_gets(layer_case: Any) -> None:
    if is_passing(layer_case.layer):
        x, y = answer(layer_case, network_of(layer_case))
        np.testing.assert_array_equal(np.ravel(x), np.ravel(y))


def test_a_column_has_a_place_for_every_number_and_a_joint_leads_to_it(layer_case: Any) -> None:
    network = network_of(layer_case)
    for space in ((400.0, 160.0), (1600.0, 1000.0)):
        drawn = diagram(network, space=space)
        before, after = drawn.columns
        assert before.bounds[0] + before.bounds[2] < after.bounds[0]
        if after.kind == "none":
            assert is_passing(layer_case.layer) and not drawn.joints
            continue
        _x, y = answer(layer_case, network)
        assert after.units == y[0].size
        (joint,) = drawn.joints
        assert {window.path for window in network.windows} >= set(joint.paths)
        shapes = {window.path: window.shape for window in network.windows}
        if joint.kind == "links":
            assert [shapes[path] for path in joint.paths] == [(before.units, after.units)]
        elif joint.kind == "wires":
            assert all(shapes[path] == (len(after.rects),) for path in joint.paths)
        for window in network.windows:
            for outputs_down in (False, True):
                assert (plan(window.shape, outputs_down).places >= -1).all()


def test_a_card_has_words_and_room_for_them(layer_case: Any) -> None:
    network = network_of(layer_case)
    assert card_title(layer_case.layer) and layer_line(layer_case.layer, network.shapes[1])
    assert bool(parameter_line(network, 0)) == bool(network.windows)
    assert 60 <= card_width(network, 0) <= 250

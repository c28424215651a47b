"""After an edit training goes on where weights and rows still fit, and else keeps what it can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Moons
from netviz.document.continuation import continue_with
from netviz.document.edits import insert_layer, remove_layer, resize, set_activation, set_dropout, set_regularization
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Relu, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import Dense
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import NetworkProblem
from netviz.engine.optimizers import SGD
from netviz.engine.run import Run
from netviz.engine.train import Stride, train

XOR = EXAMPLES["xor"].experiment  # 2 → 6 → 4 → 1
RUN = Run.of(XOR, blas_threads=3)


def _trained() -> Frame:
    moments = train(RUN, XOR.samples(), stride=Stride.STEP, epochs=2)
    return next(m.frame() for m in moments if m.step == 50)


FRAME = _trained()


def test_an_equal_experiment_changes_nothing() -> None:
    found = continue_with(RUN, FRAME, replace(XOR))
    assert found.run is RUN and found.since is FRAME and found.sentence == ""


@pytest.mark.parametrize("edited", [
    replace(XOR, optimizer=SGD(0.5)),
    replace(XOR, loss=MeanSquaredError()),
    replace(XOR, batch_size=32, epochs=7),
    set_activation(XOR, 0, Relu()),
    set_regularization(XOR, 0.0, 0.1),
])  # fmt: skip
def test_an_edit_that_keeps_shapes_and_data_goes_on_from_the_next_update(edited: Experiment) -> None:
    found = continue_with(RUN, FRAME, edited)
    assert found.since is FRAME and found.sentence == "Goes on from update 50."
    assert [(s.step, s.experiment) for s in found.run.segments] == [(0, XOR), (50, edited)]
    moments = train(found.run, edited.samples(), found.since, Stride.STEP, 1)
    first, second, *_rest = [m.frame() for m in moments]
    np.testing.assert_array_equal(first.params.vector, FRAME.params.vector)
    assert second.step == 51 and second.experiment == edited


def kept(edited: Experiment, pairs: dict[int, int], sentence: str) -> None:
    """That exactly these layers, old place to new place, have the weights that were learnt."""
    found = continue_with(RUN, FRAME, edited)
    assert found.since is None and found.sentence == sentence and found.run.blas_threads == 3
    assert found.run.segments[0].experiment == edited and len(found.run.segments) == 1
    begin = next(iter(train(found.run, edited.samples()))).frame().params
    fresh = next(iter(train(Run.of(edited), edited.samples()))).frame().params
    for place in range(len(edited.layers)):
        old = {new: old for old, new in pairs.items()}.get(place)
        for name, array in begin[place].items():
            np.testing.assert_array_equal(array, fresh[place][name] if old is None else FRAME.params[old][name])


def test_a_layer_inserted_in_the_middle_leaves_the_outer_ones_their_weights() -> None:
    kept(
        insert_layer(XOR, 1, Dense(6, Tanh())), {0: 0, 1: 2, 2: 3},
        "A new run: dense, dense_2, dense_3 keep their weights. New: dense_1.",
    )  # fmt: skip
    kept(
        insert_layer(XOR, 1, Dense(5, Tanh())), {0: 0, 2: 3},
        "A new run: dense, dense_3 keep their weights. New: dense_1, dense_2.",
    )  # fmt: skip


def test_of_two_layers_of_one_form_the_one_with_other_settings_is_new() -> None:
    square = replace(XOR, layers=(Dense(4, Tanh()), Dense(4, Tanh()), XOR.layers[-1]))
    run = Run.of(square)
    *_, last = train(run, square.samples(), epochs=1)
    frame = last.frame()
    for place in (1, 2):
        found = continue_with(run, frame, insert_layer(square, place, Dense(4, Relu())))
        assert found.sentence.endswith(f"New: dense_{place}.")


def test_a_resized_layer_and_the_one_behind_it_begin_anew() -> None:
    kept(resize(XOR, 0, 9), {2: 2}, "A new run: dense_2 keeps its weights. New: dense, dense_1.")


def test_a_removed_layer_leaves_those_that_still_fit() -> None:
    kept(remove_layer(XOR, 1), {0: 0}, "A new run: dense keeps its weights. New: dense_1.")


def test_dropout_moves_no_weights() -> None:
    kept(set_dropout(XOR, 0, 0.2), {0: 0, 1: 2, 2: 3}, "A new run: dense, dense_1, dense_2 keep their weights.")


def test_other_precision_and_more_noise_keep_the_weights() -> None:
    found = continue_with(RUN, FRAME, replace(XOR, dtype="float64"))
    assert found.since is None and found.run.start.params is not None
    np.testing.assert_array_equal(found.run.start.params, FRAME.params.vector)
    found = continue_with(RUN, FRAME, replace(XOR, dataset=replace(XOR.dataset, noise=0.3)))  # type: ignore[call-arg]
    assert found.since is None and found.run.start.params is not None


@pytest.mark.parametrize(("edited", "sentence"), [
    (replace(XOR, seed=1), "Begins anew, because the seed is another."),
    (replace(XOR, dataset=Moons()), "Begins anew, because the data is another."),
    (replace(XOR, layers=(Dense(1, XOR.layers[-1].activation),)), "Begins anew: no layer's weights fit."),  # type: ignore[attr-defined]
])  # fmt: skip
def test_where_nothing_can_be_kept_it_begins_anew(edited: Experiment, sentence: str) -> None:
    found = continue_with(RUN, FRAME, edited)
    assert found.sentence == sentence and found.since is None and found.run.start.params is None
    assert found.run.experiment == edited


def test_an_untrained_run_begins_anew() -> None:
    first = next(iter(train(RUN, XOR.samples()))).frame()
    for frame in (None, first):
        found = continue_with(RUN, frame, resize(XOR, 0, 9))
        assert found.run.start.params is None and found.since is None and found.sentence == "Begins anew."


def test_layers_that_cannot_be_are_left_to_their_own_problem() -> None:
    with pytest.raises(NetworkProblem):
        continue_with(RUN, FRAME, replace(XOR, layers=()))


def test_edits_in_a_row_are_segments_in_a_row() -> None:
    second = replace(XOR, optimizer=SGD(0.5))
    found = continue_with(RUN, FRAME, second)
    *_, later = train(found.run, second.samples(), found.since, epochs=1)
    third = replace(second, batch_size=50)
    again = continue_with(found.run, later.frame(), third)
    assert [s.step for s in again.run.segments] == [0, 50, later.step]
    back = continue_with(found.run, FRAME, third)
    assert [s.step for s in back.run.segments] == [0, 50]

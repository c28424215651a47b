"""What links and units show: each mode's numbers against their own definition, and what each phase lights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Circle
from netviz.document.examples import EXAMPLES
from netviz.document.view import View
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.layers import Dense, Dropout
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.pictures import encodings
from netviz.pictures.diagram import diagram
from netviz.pictures.encodings import unit_deltas
from netviz.pictures.spotlight import place_of, spotlight
from netviz.pictures.surface import Slice, can_be_sliced, unit_functions, unit_values

SMALL = Experiment(Circle(count=100), (Dense(4, Tanh()), Dropout(0.2), Dense(1, Sigmoid())), epochs=1, batch_size=16, dtype="float64")
SAMPLES = SMALL.samples()
NETWORK = SMALL.network(SAMPLES)
JOINTS = diagram(NETWORK).joints


def phases() -> list[Frame]:
    """Of the first update, from the start on."""
    frames = []
    for moment in train(Run.of(SMALL), SAMPLES, stride=Stride.PHASE):
        frames.append(moment.frame({"unit_values": unit_values}))
        if moment.is_update:
            return frames
    raise AssertionError


FRAMES = phases()


def test_plain_modes_are_the_engines_own_numbers() -> None:
    frame = FRAMES[-1]
    for mode, wanted in (("weights", frame.params), ("gradients", frame.grads), ("updates", frame.updates)):
        shown = encodings.links(frame, mode, JOINTS)  # type: ignore[arg-type]
        assert all(np.array_equal(shown.numbers[path], array) for path, array in wanted.items())
        assert shown.at_most > 0 and shown.ends[1] == "0"


def test_the_ratio_is_of_the_update_to_the_weight_before_it() -> None:
    frame = FRAMES[-1]
    shown = encodings.links(frame, "ratio", JOINTS)
    kernel, update = frame.params[0]["kernel"], frame.updates[0]["kernel"]
    assert np.allclose(shown.numbers[(0, "kernel")], np.log10(np.abs(update) / np.abs(kernel - update)) + 3)
    assert shown.ends == ("−6", "−3", "0")


def test_the_flow_is_the_value_of_the_sender_times_the_weight() -> None:
    frame = FRAMES[-1]
    answers = frame.probed["unit_values"]
    shown = encodings.links(frame, "flow", JOINTS, answers.values)
    assert np.allclose(shown.numbers[(0, "kernel")], SAMPLES.x[0][:, None] * frame.params[0]["kernel"])
    assert np.array_equal(shown.numbers[(0, "bias")], frame.params[0]["bias"])
    sums = shown.numbers[(2, "kernel")].sum(0) + frame.params[2]["bias"]
    assert np.allclose(1 / (1 + np.exp(-sums)), answers.values[2])


def test_deltas_of_a_row_are_the_slopes_of_its_own_loss() -> None:
    frame = FRAMES[-1]
    answer = unit_deltas(frame, NETWORK, SAMPLES, row=7)
    x, y = SAMPLES.x[7:8].astype(float), SAMPLES.y[7:8]

    def loss(shift: np.ndarray) -> float:
        a = np.tanh(x @ frame.params[0]["kernel"] + frame.params[0]["bias"] + shift)
        p = 1 / (1 + np.exp(-(a @ frame.params[2]["kernel"] + frame.params[2]["bias"])))
        return float(-np.log(p if y[0] else 1 - p).sum())

    slopes = [(loss(1e-6 * unit) - loss(-1e-6 * unit)) / 2e-6 for unit in np.eye(4)]
    assert np.allclose(answer.values[0], slopes, atol=1e-6)


def test_a_units_gradient_is_that_of_its_bias() -> None:
    frame = FRAMES[-1]
    found = encodings.unit_gradients(frame)
    assert np.allclose(found[0], frame.grads[0]["bias"]) and np.allclose(found[2], frame.grads[2]["bias"])
    bare = encodings.unit_gradients(replace(frame, batch=None))
    assert np.allclose(bare[0], found[0])


def test_each_phase_lights_exactly_what_it_computes() -> None:
    assert FRAMES[0].batch is None and spotlight(FRAMES[0], NETWORK) is None and spotlight(FRAMES[-1], NETWORK) is None
    lit = [(f.phase, spotlight(f, NETWORK)) for f in FRAMES[1:-1]]
    told = [(phase, set(light.columns), light.joints, light.links, light.deltas) for phase, light in lit if light]
    assert told == [
        (Phase.FORWARD, {0}, {0}, "flow", False), (Phase.FORWARD, {1}, {1}, "flow", False), (Phase.FORWARD, {2}, {2}, "flow", False),
        (Phase.LOSS, {2}, set(), "flow", False),
        (Phase.BACKWARD, {2}, {2}, "gradients", True), (Phase.BACKWARD, {1}, {1}, "gradients", True),
        (Phase.BACKWARD, {0}, {0}, "gradients", True), (Phase.OPTIMIZER, set(), None, "updates", True),
    ]  # fmt: skip
    assert [set(light.values) for _phase, light in lit if light][:3] == [{-1, 0}, {-1, 0, 1}, {-1, 0, 1, 2}]
    assert [set(light.values) for _phase, light in lit if light][4:7] == [{2}, {1, 2}, {0, 1, 2}]


def test_the_last_phase_lights_the_weights_where_the_update_is_looked_at_phase_by_phase() -> None:
    light = spotlight(FRAMES[-1], NETWORK, applied=True)
    assert light is not None and (light.links, light.joints, dict(light.values)) == ("weights", None, {})


def test_the_output_shows_the_prediction_even_before_the_loss_has_made_it() -> None:
    assert FRAMES[4].batch is not None and FRAMES[4].batch.prediction is not None
    forward, loss = spotlight(FRAMES[3], NETWORK), spotlight(FRAMES[4], NETWORK)
    assert forward is not None and loss is not None
    assert np.allclose(forward.values[2], FRAMES[4].batch.prediction[0]) and np.allclose(loss.values[2], forward.values[2])


def test_a_phase_shows_the_chosen_row_of_the_batch_or_its_first() -> None:
    frame = FRAMES[3]
    assert frame.batch is not None
    rows = frame.batch.rows
    light = spotlight(frame, NETWORK, sample=int(rows[5]))
    assert light is not None and (light.place, light.row) == (5, int(rows[5]))
    assert np.array_equal(light.values[-1], frame.batch.x[5]) and np.allclose(light.values[0], frame.batch.memory[0]["a"][5])
    missing = next(row for row in range(len(SAMPLES.x)) if row not in rows)
    assert place_of(frame.batch, missing) == place_of(frame.batch, None) == 0


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_every_example_has_every_mode_in_every_phase(name) -> None:
    experiment = replace(EXAMPLES[name].experiment, epochs=1)
    samples = experiment.samples()
    network = experiment.network(samples)
    joints = diagram(network).joints
    questions = {"unit_values": unit_values, "unit_deltas": unit_deltas}
    for moment in train(Run.of(experiment), samples, stride=Stride.PHASE):
        frame = moment.frame(questions)
        light = spotlight(frame, network)
        for mode in encodings.LINKS:
            shown = encodings.links(frame, mode, joints, frame.probed["unit_values"].values)
            assert all(shown.numbers[path].shape == array.shape for path, array in frame.params.items())
        for units in encodings.UNITS:
            filled = encodings.filling(frame, units, light)
            assert all(np.ndim(values) == 1 for values in filled.values.values())
        if moment.is_update:
            return


def test_functions_of_many_features_are_over_the_plane_in_which_rows_differ_most() -> None:
    experiment = EXAMPLES["iris"].experiment
    samples = experiment.samples()
    network = experiment.network(samples)
    cut = Slice.through(samples)
    rows = samples.x - samples.x.mean(0)
    _u, _s, vt = np.linalg.svd(rows, full_matrices=False)
    directions = cut.axes / np.linalg.norm(cut.axes, axis=1, keepdims=True)
    assert np.allclose(np.abs((directions * vt[:2]).sum(1)), 1, atol=1e-5)
    assert can_be_sliced(network)
    frame = next(train(Run.of(experiment), samples)).frame()
    functions = unit_functions(frame, network, samples, plane=cut)
    assert functions[-1].shape[0] == samples.x.shape[1] and all(np.isfinite(f).all() for f in functions.values())
    middle = network.predict(frame.params, cut.grid(24).astype(samples.x.dtype))
    assert np.allclose(functions[len(network.layers) - 1].reshape(len(middle[0]), -1).T, middle, atol=1e-5)


def test_fewer_rows_than_features_have_the_same_plane_every_time() -> None:
    experiment = EXAMPLES["digits"].experiment
    samples = experiment.samples()
    few = replace(samples, x=samples.x[:20], y=samples.y[:20])
    one, other = Slice.through(few), Slice.through(few)
    assert np.array_equal(one.axes, other.axes) and one.grid(4).shape == (16, 64)


def test_views_are_checked() -> None:
    with pytest.raises(Exception, match="colors"):
        View(colors="nonsense")  # type: ignore[arg-type]

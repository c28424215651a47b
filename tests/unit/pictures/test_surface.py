"""What a network says all over the plane, and what each unit answers to one row."""

from __future__ import annotations

import numpy as np

from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Relu, Sigmoid, Tanh
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.pictures import surface, units


def test_the_plane_holds_all_points_and_its_grid_begins_at_the_top_left() -> None:
    samples = EXAMPLES["moons"].experiment.samples()
    plane = surface.Plane.around(samples)
    assert (samples.x > plane.low).all() and (samples.validation_x < plane.high).all()
    grid = plane.grid(5)
    assert grid[0].tolist() == [plane.low[0], plane.high[1]]
    assert grid[1][0] > grid[0][0] and grid[5][1] < grid[0][1]


def test_unit_functions_are_what_the_network_computes_there() -> None:
    experiment = EXAMPLES["circle"].experiment
    samples = experiment.samples()
    network = experiment.network(samples)
    *_all, last = train(Run.of(experiment), samples, epochs=2)
    frame = last.frame()
    found = surface.unit_functions(frame, network, samples)
    x = surface.Plane.around(samples).grid(surface.TILE).astype(np.float32)
    hidden = np.tanh(x @ frame.params[0]["kernel"] + frame.params[0]["bias"])
    np.testing.assert_allclose(found[0], hidden.T.reshape(6, surface.TILE, surface.TILE), atol=1e-5)
    np.testing.assert_allclose(found[1].ravel(), network.predict(frame.params, x).ravel(), atol=1e-5)
    assert surface.prediction_surface(frame, network, samples).shape == (surface.PORTRAIT, surface.PORTRAIT, 1)


def test_unit_values_are_those_of_the_training_row_asked_for() -> None:
    experiment = EXAMPLES["iris"].experiment
    samples = experiment.samples()
    network = experiment.network(samples)
    *_all, last = train(Run.of(experiment), samples, epochs=1)
    frame = last.frame()
    found = surface.unit_values(frame, network, samples).values
    assert (found[-1] == samples.x[0]).all()
    np.testing.assert_allclose(found[0], np.tanh(samples.x[0] @ frame.params[0]["kernel"] + frame.params[0]["bias"]), rtol=1e-5)
    np.testing.assert_allclose(found[1], network.predict(frame.params, samples.x[:1])[0], rtol=1e-5)
    seventh, beyond = (surface.unit_values(frame, network, samples, row) for row in (6, 10**6))
    np.testing.assert_allclose(seventh.values[1], network.predict(frame.params, samples.x[6:7])[0], rtol=1e-5)
    assert (seventh.row, beyond.row) == (6, len(samples.x) - 1)


def test_an_enlarged_surface_passes_through_its_points_and_hides_nothing_that_is_no_number() -> None:
    values = np.arange(9.0).reshape(3, 3)
    found = surface.enlarged(values, 2)
    assert found.shape == (6, 6) and found[[0, 0, -1, -1], [0, -1, 0, -1]].tolist() == [0, 2, 6, 8]
    np.testing.assert_allclose(found[0], np.linspace(0, 2, 6))
    values[2, 2] = np.inf
    found = surface.enlarged(values, 2)
    assert np.isnan(found[-1, -1]) and np.isfinite(found[:3, :3]).all()


def test_probabilities_are_shown_around_one_half_and_other_values_around_zero() -> None:
    around, at_most = units.centered(np.array([0.0, 0.5, 1.0]), Sigmoid())
    assert around.tolist() == [-1, 0, 1] and at_most == 1
    assert units.centered(np.array([-0.5, 0.5]), Tanh())[1] == 1
    assert units.centered(np.array([0.0, 4.0]), Relu())[1] > 1


def test_the_colours_of_units_keep_their_shape() -> None:
    assert units.colors(np.array([0.1, 0.9]), Sigmoid()).shape == (2,)
    assert units.images(np.zeros((3, 4, 4)), None).shape == (3, 4, 4)

"""Frames to colours, geometry and words, with NumPy alone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Relu, Sigmoid
from netviz.engine.experiment import Experiment
from netviz.engine.history import History
from netviz.engine.layers import Dense, Dropout
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.pictures import colors, curves, predictions, surface, thumbnails, weights
from netviz.pictures.diagram import diagram, strongest

ORANGE, BLUE = 0xFF000000 | 0xE88A2D, 0xFF000000 | 0x1F77B4


def channels(packed: int) -> tuple[int, int, int]:
    return packed >> 16 & 255, packed >> 8 & 255, packed & 255


# -------------------------------------------------------------------------------------------------------------- colours


def test_the_ends_are_orange_and_blue_and_zero_is_light() -> None:
    low, zero, high = colors.diverging(np.array([-2.0, 0.0, 2.0]), 2.0).tolist()
    assert (low, high) == (ORANGE, BLUE)
    assert min(channels(zero)) > 230


def test_what_lies_beyond_the_limit_has_the_ends_colour_and_nan_is_grey() -> None:
    found = colors.diverging(np.array([-np.inf, -9, 9, np.inf, np.nan]), 1.0).tolist()
    assert found[:4] == [ORANGE, ORANGE, BLUE, BLUE]
    red, green, blue = channels(found[4])
    assert red == green == blue


def test_one_large_value_does_not_wash_out_the_rest() -> None:
    values = np.append(np.ones(99), 1e6)
    assert colors.limit(values) == 1


@pytest.mark.parametrize("values", [np.zeros(5), np.array([np.nan, np.inf]), np.empty(0)])
def test_a_limit_is_never_zero_nor_infinite(values: np.ndarray) -> None:
    assert colors.limit(values) == 1


def test_a_mixture_of_sure_classes_has_their_colours() -> None:
    found = colors.mixture(np.eye(3))
    assert [channels(int(c)) for c in found] == [colors.class_color(i) for i in range(3)]


@pytest.mark.parametrize(
    ("number", "text"), [(1.678, "+1.68"), (-0.004, "−0.004"), (0, "0"), (math.nan, "NaN"), (-math.inf, "−∞"), (1.2e-7, "+1.2e−07")]
)
def test_numbers_are_written_short_with_their_sign(number: float, text: str) -> None:
    assert colors.short(number) == text


# ------------------------------------------------------------------------------------------------------------- geometry


def drawn(experiment: Experiment) -> tuple[object, ...]:
    samples = experiment.samples()
    return diagram(experiment.network(samples), space=(800, 500)).columns


def test_columns_stand_side_by_side_and_never_overlap() -> None:
    for example in EXAMPLES.values():
        made = diagram(example.experiment.network(example.experiment.samples()), space=(750, 500))
        ends = [(c.center - max(c.card, c.bounds[2]) / 2, c.center + max(c.card, c.bounds[2]) / 2) for c in made.columns]
        assert all(right < left for (_l, right), (left, _r) in zip(ends, ends[1:], strict=False))
        assert ends[0][0] >= -1e-9 and ends[-1][1] <= made.width + 1e-9
        for column in made.columns:
            assert column.rects[:, 1].min() > 50 and (column.rects[:, 1] + column.rects[:, 3]).max() <= made.height


def test_there_is_a_gap_to_insert_a_layer_before_each_layer() -> None:
    experiment = EXAMPLES["spiral"].experiment
    made = diagram(experiment.network(experiment.samples()))
    centers = [column.center for column in made.columns]
    assert len(made.insertions) == len(experiment.layers)
    assert all(a < x < b for a, x, b in zip(centers, made.insertions, centers[1:], strict=False))


def test_a_wider_space_spreads_the_columns() -> None:
    network = EXAMPLES["circle"].experiment.network(EXAMPLES["circle"].experiment.samples())
    assert diagram(network, space=(1250, 500)).width > diagram(network, space=(500, 500)).width


def test_the_strongest_come_last_so_that_they_lie_on_top() -> None:
    values = np.array([[3.0, -1.0], [0.5, -7.0]])
    assert strongest(values).tolist() == [2, 1, 0, 3]
    assert strongest(values, most=2).tolist() == [0, 3]


def test_images_keep_their_own_grid() -> None:
    experiment = EXAMPLES["digits"].experiment
    column = diagram(experiment.network(experiment.samples())).columns[0]
    assert len(set(column.rects[:, 0].round(3))) == len(set(column.rects[:, 1].round(3))) == 8
    assert column.rects[1, 0] > column.rects[0, 0] and column.rects[8, 1] > column.rects[0, 1]


def test_links_skip_layers_without_units() -> None:
    layers = (Dense(3, Relu()), Dropout(0.1), Dropout(0.1), Dense(1, Sigmoid()))
    experiment = replace(EXAMPLES["circle"].experiment, layers=layers)
    links = diagram(experiment.network(experiment.samples())).links
    assert [(link.layer, link.source, link.target) for link in links] == [(0, 0, 1), (3, 1, 4)]


# -------------------------------------------------------------------------------------------------------------- surface


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


# ------------------------------------------------------------------------------------------------- curves and the others


def test_a_curve_of_few_epochs_has_every_point() -> None:
    x, y = curves.points(np.array([3.0, np.nan, 1.0]))
    assert x.tolist() == [1, 2, 3] and y[0] == 3 and math.isnan(y[1])


def test_a_curve_of_many_epochs_keeps_every_peak_the_first_and_the_last() -> None:
    values = np.zeros(50_000)
    values[[0, 12_345, 33_333, 49_999]] = [5, 9, -7, 4]
    x, y = curves.points(values)
    assert len(x) <= curves.MOST_POINTS * 1.5
    assert {(1, 5), (12_346, 9), (33_334, -7), (50_000, 4)} <= set(zip(x.tolist(), y.tolist(), strict=True))


def test_a_reading_has_the_exact_values_of_an_epoch() -> None:
    history = History({}, {"loss": np.array([0.5, 0.25]), "val_loss": np.array([0.75, 0.125])})
    assert curves.reading(history, "loss", 2) == "epoch 2   training 0.25   validation 0.125"


def test_large_kernels_are_reduced_without_hiding_their_largest_entries() -> None:
    kernel = np.zeros((1000, 700), np.float32)
    kernel[777, 333], kernel[5, 5] = 6, -6
    image, _limit = weights.kernel_image(kernel)
    assert max(image.shape) <= 256
    assert {BLUE, ORANGE} <= set(image.ravel().tolist())


def test_histograms_and_quantiles_leave_out_what_is_not_finite() -> None:
    values = np.array([np.nan, np.inf, -1.0, 0.0, 1.0, 1.0])
    edges, counts = weights.histogram(values)
    assert counts.sum() == 4 and edges[0] == -edges[-1]
    assert weights.quantiles(values)[2] == 0.5
    assert np.isnan(weights.quantiles(np.array([np.nan]))).all()


def test_confusions_count_every_validation_row_by_its_true_class() -> None:
    experiment = EXAMPLES["wine"].experiment
    samples = experiment.samples()
    *_all, last = train(Run.of(experiment), samples, epochs=3)
    found = predictions.verdicts(last.frame(), experiment.network(samples), samples)
    assert found.rows == "validation" and found.confusion is not None
    assert found.confusion.sum(1).tolist() == np.bincount(samples.validation_y).tolist()
    assert np.trace(found.confusion) / found.confusion.sum() == pytest.approx(last.history.last("val_accuracy"))


def test_a_regressions_verdicts_are_in_its_own_units() -> None:
    experiment = EXAMPLES["diabetes"].experiment
    samples = experiment.samples()
    *_all, last = train(Run.of(experiment), samples, epochs=3)
    found = predictions.verdicts(last.frame(), experiment.network(samples), samples)
    assert found.true is not None and found.true.min() >= 25 and found.true.max() <= 346


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_has_a_thumbnail_of_its_own(name: str) -> None:
    picture = thumbnails.thumbnail(EXAMPLES[name].experiment.dataset)
    assert picture.shape[0] == picture.shape[1] and len(np.unique(picture)) > 2

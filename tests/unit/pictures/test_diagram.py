"""Where everything in the drawing of a network lies: in its place, at its size, never twice, never left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Arrays
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Relu, Sigmoid
from netviz.engine.experiment import Experiment
from netviz.engine.layers import BatchNormalization, Dense, Dropout, Flatten, PReLU, Reshape, Residual, Softmax
from netviz.pictures.diagram import Diagram, along, curve, diagram, shares, strongest


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
            assert column.rects[:, 1].min() >= 0 and (column.rects[:, 1] + column.rects[:, 3]).max() <= made.height


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
    places = np.array([column.rect_of(unit) for unit in range(column.units)])
    assert len(set(places[:, 0].round(3))) == len(set(places[:, 1].round(3))) == 8
    assert places[1, 0] > places[0, 0] and places[8, 1] > places[0, 1]


def test_links_skip_layers_without_units() -> None:
    layers = (Dense(3, Relu()), Dropout(0.1), Dropout(0.1), Dense(1, Sigmoid()))
    experiment = replace(EXAMPLES["circle"].experiment, layers=layers)
    links = diagram(experiment.network(experiment.samples())).links
    assert [(link.layer, link.source, link.target) for link in links] == [(0, 0, 1), (3, 1, 4)]


def wide(*units: int) -> Diagram:
    experiment = EXAMPLES["circle"].experiment
    value = replace(experiment, layers=(*(Dense(n, Relu()) for n in units), Dense(1, Sigmoid())))
    return diagram(value.network(value.samples()), space=(800, 500))


@pytest.mark.parametrize("units", [1, 5, 12, 13, 64, 65, 784, 5000, 100_000])
def test_every_unit_has_a_place_within_its_column_that_no_other_has(units: int) -> None:
    column = wide(units).column(0)
    x, y, width, height = column.bounds
    left, top, w, h = column.rects.T
    assert len(column.rects) == column.units == units and (w > 0).all() and (h > 0).all()
    assert (left >= x - 1e-6).all() and (left + w <= x + width + 1e-6).all()
    assert (top >= y - 1e-6).all() and (top + h <= y + height + 1e-6).all() and y >= 0
    for unit in {0, units // 2, units - 1}:
        assert column.unit_at(left[unit] + w[unit] / 2, top[unit] + h[unit] / 2) == unit
    assert column.unit_at(x - 5, y) is None


@pytest.mark.parametrize("units", [784, 1024, 3000])
def test_the_cells_of_a_strip_are_large_enough_to_be_seen(units: int) -> None:
    assert wide(units).column(0).rects[:, 2:].min() >= 3


@pytest.mark.parametrize("units", [20, 64, 784])
def test_links_reach_each_unit_at_a_height_of_its_own(units: int) -> None:
    column = wide(units).column(0)
    every = np.arange(units)
    ends = (column.left(every), column.bounds[0]), (column.right(every), column.bounds[0] + column.bounds[2])
    for ports, x in ends:
        assert (ports[:, 0] == x).all() and len(set(ports[:, 1].round(6))) == units


def test_channels_of_an_image_stand_side_by_side() -> None:
    rng = np.random.default_rng(0)
    data = Arrays(rng.random((8, 10, 6, 3)), rng.integers(0, 2, 8), "classification")
    value = Experiment(data, (Flatten(), Dense(1, Sigmoid())), batch_size=4)
    column = diagram(value.network(value.samples())).column(-1)
    first, third, below = (column.rect_of(unit) for unit in (0, 2, 18))
    assert column.grid == (10, 18) and third[1] == first[1] < below[1] and third[0] > first[0]
    assert column.bounds[2] / column.bounds[3] == pytest.approx(6 / 10)


def test_a_low_space_has_lower_columns() -> None:
    network = EXAMPLES["circle"].experiment.network(EXAMPLES["circle"].experiment.samples())
    low, high = (diagram(network, space=(600, tall)) for tall in (250, 500))
    assert low.height == 250 and high.height == 500 and low.width == high.width == 600


def test_squares_fill_their_last_row_where_a_column_more_will_do() -> None:
    data = EXAMPLES["article"].experiment
    column = diagram(data.network(data.samples()), space=(560, 190)).column(0)
    assert column.kind == "squares" and 64 % column.across == 0 and column.across > 4


def test_a_portrait_is_for_a_single_output_alone() -> None:
    network = EXAMPLES["circle"].experiment.network(EXAMPLES["circle"].experiment.samples())
    plain, grand = (diagram(network, portrait).columns[-1].bounds[2] for portrait in (False, True))
    assert grand > 2 * plain
    assert diagram(network, True).columns[1].bounds[2] < grand / 2


def test_links_that_are_none_come_first_in_line() -> None:
    assert strongest(np.array([[1.0, np.nan, -3.0]]), most=2).tolist() == [2, 1]


def test_curves_begin_and_end_at_their_units_and_run_level_there() -> None:
    start, end = np.array([[0.0, 5.0]]), np.array([[10.0, -5.0]])
    points = along(curve(start, end), 101)
    np.testing.assert_allclose(points[[0, 50, 100], 0], [[0, 5], [5, 0], [10, -5]], atol=1e-12)
    assert abs(points[1, 0, 1] - 5) < 0.01


def test_layers_share_the_links_that_can_be_drawn_and_those_with_few_leave_the_others_more() -> None:
    assert shares([12, 6]) == [12, 6]
    assert shares([4096, 640]) == [200, 200]
    assert shares([50, 3000]) == [50, 300]
    assert shares([5000] * 10) == [100] * 10
    assert shares([]) == []


def test_slopes_and_scales_are_no_kernels_and_softmax_has_wires() -> None:
    rng = np.random.default_rng(0)
    data = Arrays(rng.random((8, 6, 5, 3)), rng.integers(0, 2, 8), "classification")
    layers = (PReLU(), BatchNormalization(), Reshape((30, 3)), Flatten(), Dense(4), Softmax(), Residual((Dense(4),)))
    value = Experiment(data, (*layers, Dense(1, Sigmoid())), batch_size=4)
    joints = diagram(value.network(value.samples())).joints
    # The input is one image, so what follows it has other tiles.
    assert [joint.kind for joint in joints] == ["band", "wires", "band", "links", "wires", "band", "links"]
    assert [joint.paths for joint in joints[:3]] == [(), ((1, "gamma"),), ()]


@pytest.mark.parametrize("spread", ["normal", "few large", "all alike", "some NaN"])
def test_the_strongest_of_very_many_are_the_same_as_of_few(spread: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=200_000).astype(np.float32)
    if spread == "few large":
        values[values < 3.5] *= 1e-6
    elif spread == "all alike":
        values[:] = 0.5
    elif spread == "some NaN":
        values[[5, 99_999]] = np.nan
    found = strongest(values, 300)
    sizes = np.nan_to_num(np.abs(values), nan=np.inf)
    assert len(set(found.tolist())) == 300
    np.testing.assert_array_equal(sizes[found], np.sort(sizes)[-300:])

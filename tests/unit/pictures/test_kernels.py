"""Arrays of any rank as flat pictures: every entry once, in an order that can be read."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.engine.layers import Dense
from netviz.pictures.columns import column_of
from netviz.pictures.kernels import CLEAR, GAP, plan, reduced

SHAPES = [(), (1,), (7,), (200,), (3, 5), (3, 4, 6), (5, 2, 6), (6, 4, 2), (3, 3, 1, 8), (2, 2, 8, 16), (2, 3, 2, 3, 4), (1, 1, 1, 1, 1, 1)]


@pytest.mark.parametrize("outputs_down", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_entry_has_one_place_and_can_be_found_there(shape: tuple[int, ...], outputs_down: bool) -> None:
    laid = plan(shape, outputs_down)
    count = int(np.prod(shape))
    assert sorted(laid.places[laid.places != GAP].tolist()) == list(range(count))
    rows, columns = laid.shape
    for place in {0, count // 2, count - 1}:
        row, column = np.argwhere(laid.places == place)[0]
        assert laid.entry_at((column + 0.5) / columns, (row + 0.5) / rows) == place
    assert laid.colors(np.arange(count, dtype=np.float32).reshape(shape), 1.0).shape == laid.shape


def test_a_convolutions_picture_has_an_image_for_each_pair_of_channels() -> None:
    places = plan((3, 3, 2, 4)).places
    kernel = np.arange(72).reshape(3, 3, 2, 4)
    assert places.shape == (2 * 4 - 1, 4 * 4 - 1)
    np.testing.assert_array_equal(places[4:7, 8:11], kernel[:, :, 1, 2])
    np.testing.assert_array_equal(plan((3, 3, 2, 4), outputs_down=True).places[8:11, 4:7], kernel[:, :, 1, 2])


def test_images_of_one_channel_stand_in_lines_or_below_each_other() -> None:
    for shape, axis in (((3, 3, 1, 8), 3), ((3, 3, 8, 1), 2)):
        kernel = np.moveaxis(np.arange(72).reshape(shape), axis, 0).reshape(8, 3, 3)
        lines = plan(shape).places
        assert lines.shape == (2 * 4 - 1, 4 * 4 - 1)
        np.testing.assert_array_equal(lines[4:7, 4:7], kernel[5])
        np.testing.assert_array_equal(plan(shape, outputs_down=True).places[20:23], kernel[5])
    assert plan((3, 3, 1, 7)).shape == (3 * 4 - 1, 3 * 4 - 1), "with gaps at the end"


def test_taps_stand_side_by_side_and_heads_too() -> None:
    taps = np.arange(3 * 5 * 7).reshape(3, 5, 7)
    np.testing.assert_array_equal(plan((3, 5, 7)).places[:, 8:15], taps[1])
    heads = np.arange(16 * 4 * 8).reshape(16, 4, 8)
    np.testing.assert_array_equal(plan((16, 4, 8)).places[:, 9:17], heads[:, 1])


def test_between_images_one_sees_through() -> None:
    colors = plan((2, 2, 2, 2)).colors(np.ones((2, 2, 2, 2)), 1.0)
    assert (colors[2] == CLEAR).all() and (colors[:, 2] == CLEAR).all() and (colors == CLEAR).sum() == 9
    assert (plan((2, 2, 2, 2)).colors(np.ones((2, 2, 2, 2)), 1.0, gap=0xFF112233)[2] == 0xFF112233).all()


def test_a_huge_kernel_shows_the_strongest_entry_of_each_of_its_images() -> None:
    kernel = np.zeros((5, 5, 200, 120), np.float32)
    kernel[4, 2, 7, 100], kernel[0, 0, 7, 100] = -9, 3
    laid = plan(kernel.shape)
    assert laid.shape == (200, 120) and laid.entry_at(0.5, 0.5) is None
    colors = laid.colors(kernel, 1.0)
    assert np.argwhere(colors != colors[0, 0]).tolist() == [[7, 100]]
    assert colors[7, 100] >> 16 & 255 > colors[7, 100] & 255, "orange: the strongest is negative"


@pytest.mark.parametrize(
    ("shape", "kind", "tiles", "grid"),
    [
        ((5,), "tiles", 5, (1, 1)), ((64,), "squares", 64, (1, 1)), ((65,), "strip", 65, (1, 1)),
        ((6, 4, 8), "maps", 8, (6, 4)), ((6, 4, 300), "maps", 300, (6, 4)), ((2, 6, 4, 8), "maps", 8, (12, 4)),
        ((30, 3), "sequences", 3, (1, 30)), ((), "tiles", 1, (1, 1)),
    ],
)  # fmt: skip
def test_the_last_axis_counts_the_tiles_and_the_others_lie_within(
    shape: tuple[int, ...], kind: str, tiles: int, grid: tuple[int, int]
) -> None:
    for tall in (60.0, 400.0, 1100.0):
        column = column_of(0, Dense(1), shape, None, tall, 1.0).placed(10.0, 8.0, tall)
        assert (column.kind, len(column.rects), column.grid) == (kind, tiles, grid)
        assert column.units == int(np.prod(shape))
        pictures = column.pictures(np.arange(column.units))
        numbers = np.arange(column.units).reshape(shape)
        np.testing.assert_array_equal(pictures[-1].ravel(), numbers[..., -1].ravel() if shape else [0])
        for unit in {0, column.units // 3, column.units - 1}:
            x, y, width, height = column.rect_of(unit)
            assert column.unit_at(x + width / 2, y + height / 2) == unit
        assert column.bounds[1] + column.bounds[3] <= 8 + tall + 1e-6


def test_a_reduced_picture_shows_the_farthest_entry_of_each_patch_and_what_is_no_number() -> None:
    values = np.random.default_rng(0).normal(size=(700, 1030)).astype(np.float32)
    values[699, 1029], values[10, 10] = -50.0, np.nan
    small = reduced(values)
    assert small.shape == (234, 206) and small.flags.c_contiguous
    assert small[-1, -1] == -50 and np.isnan(small[3, 2]) and np.isnan(small).sum() == 1
    patch = values[3 * 7 : 3 * 8, 5 * 9 : 5 * 10]
    assert small[7, 9] == patch.ravel()[np.abs(patch).argmax()]
    few = np.arange(12.0).reshape(3, 4)
    assert reduced(few) is few

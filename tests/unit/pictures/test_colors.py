"""One diverging scale: its ends, its middle, what has no place on it, and numbers in few characters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netviz.pictures import colors

ORANGE, BLUE = 0xFF000000 | 0xE88A2D, 0xFF000000 | 0x1F77B4


def channels(packed: int) -> tuple[int, int, int]:
    return packed >> 16 & 255, packed >> 8 & 255, packed & 255


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


def test_zero_lies_in_the_middle_whatever_the_limit_and_colours_keep_the_shape() -> None:
    values = np.zeros((2, 3))
    for limit in (1e-9, 1.0, 1e9):
        found = colors.diverging(values, limit)
        assert found.shape == (2, 3) and min(channels(int(found[0, 0]))) > 230


def test_the_limit_of_mostly_zeros_is_their_largest_size() -> None:
    values = np.zeros(100)
    values[7] = -3
    assert colors.limit(values) == 3


def test_colours_grow_evenly_from_zero_to_the_limit() -> None:
    red = [channels(int(c))[0] for c in colors.diverging(np.linspace(0, 1, 9), 1.0)]
    assert red == sorted(red, reverse=True) and len(set(red)) == 9


def test_classes_have_colours_of_their_own_and_begin_again_after_the_last() -> None:
    count = len(colors.CLASS_COLORS)
    assert len({colors.class_color(i) for i in range(count)}) == count
    assert colors.class_color(count) == colors.class_color(0)


def test_the_limit_of_very_many_values_is_that_of_a_share_of_them() -> None:
    values = np.random.default_rng(0).normal(size=(2000, 1000)).astype(np.float32)
    assert colors.limit(values) == pytest.approx(np.percentile(np.abs(values), 95), rel=0.02)
    assert colors.sample(values[:10]).shape == (10_000,) and len(colors.sample(values)) < 130_000
    lonely = np.zeros(1_000_000)
    lonely[123_457] = -7.0
    assert colors.limit(lonely) == 7.0, "where nearly all are zero it is the largest"

"""Arrays laid onto a network by names, by shapes and by a person's choice."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.engine.layers import BatchNormalization, Conv2D, Dense, Flatten
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.formats import Pair, matched, matching

NETWORK = Network((Dense(3), Dense(3), Dense(1)), (2,), MeanSquaredError())
SHAPES = matching.wanted(NETWORK)


def arrays(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    return {name.replace("__", "."): np.arange(float(np.prod(shape))).reshape(shape) for name, shape in shapes.items()}


def test_pytorchs_names_are_matched_in_their_order_and_turned() -> None:
    found = arrays(
        **{"0__weight": (3, 2), "0__bias": (3,), "2__weight": (3, 3), "2__bias": (3,), "10__weight": (1, 3), "10__bias": (1,)}
    )
    made = matched(NETWORK, found)
    assert not made.missing and not made.unused
    assert [(p.weight, p.array, p.turned) for p in made.pairs if "kernel" in p.weight] == [
        ("dense/kernel", "0.weight", True), ("dense_1/kernel", "2.weight", True), ("dense_2/kernel", "10.weight", True)
    ]  # fmt: skip
    np.testing.assert_array_equal(made.arrays(found)["dense_1/kernel"], found["2.weight"].T)


def test_what_fits_nothing_is_left_and_what_gets_nothing_is_named() -> None:
    made = matched(NETWORK, arrays(odd=(7, 7), kernel=(2, 3)))
    assert made.unused == ("odd",) and "dense_2/bias" in made.missing and made.pairs[0] == Pair("dense/kernel", "kernel")


@pytest.mark.parametrize(
    ("found", "shape", "ways"),
    [((2, 3), (2, 3), (False,)), ((3, 2), (2, 3), (True,)), ((3, 3), (3, 3), (False, True)), ((3,), (3,), (False,)),
     ((8, 3, 5, 5), (5, 5, 3, 8), (True,)), ((6,), (2, 3), ()), ((), (), (False,)), ((2, 3), (4, 3), ())],
)  # fmt: skip
def test_an_array_can_stand_as_it_is_or_turned_or_not_at_all(found: tuple[int, ...], shape: tuple[int, ...], ways: tuple[bool, ...]) -> None:
    assert matching.ways(found, shape) == ways
    if not ways:
        assert str(len(found)) in matching.why_not(found, shape) or str(found) in matching.why_not(found, shape)


def test_a_persons_choice_stands_in_the_networks_order() -> None:
    found = arrays(a=(3,), b=(2, 3))
    made = matching.chosen(NETWORK, found, [Pair("dense_1/bias", "a"), Pair("dense/kernel", "b")])
    assert [pair.weight for pair in made.pairs] == ["dense/kernel", "dense_1/bias"] and made.unused == ()
    assert set(made.missing) == set(SHAPES) - {"dense/kernel", "dense_1/bias"}


def test_convolutions_and_moving_means_of_pytorch_find_their_places() -> None:
    network = Network((Conv2D(4, 3), BatchNormalization(), Flatten(), Dense(2)), (5, 5, 1), MeanSquaredError())
    found = arrays(
        **{"0__weight": (4, 1, 3, 3), "0__bias": (4,), "1__weight": (4,), "1__bias": (4,), "1__running_mean": (4,),
           "1__running_var": (4,), "1__num_batches_tracked": (), "3__weight": (2, 36), "3__bias": (2,)}
    )  # fmt: skip
    made = matched(network, found)
    assert not made.missing and made.unused == ("1.num_batches_tracked",)
    kinds = ("gamma", "beta", "moving_mean", "moving_variance")
    pairs = {pair.weight: pair.array for pair in made.pairs}
    assert [pairs[f"batch_normalization/{kind}"] for kind in kinds] == ["1.weight", "1.bias", "1.running_mean", "1.running_var"]

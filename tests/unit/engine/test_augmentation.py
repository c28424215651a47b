"""What the layers that change images do on images that can be followed by eye, and what they say where they do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netviz.codec import InvalidValue, decode
from netviz.engine.layers import Layer, LayerProblem, RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from netviz.engine.workspace import Context, Workspace

IMAGE = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])


def changed(layer: Layer, training: bool = True) -> list[list[float]]:
    context = Context(Workspace("float64"), 0, training)
    return layer.forward({}, IMAGE[None, :, :, None], context)[0][0, :, :, 0].round(9).tolist()


def test_a_shift_above_0_goes_down_and_to_the_right() -> None:
    down = RandomTranslation((1 / 3, 1 / 3), 0.0, "constant", fill_value=-1.0)
    assert changed(down) == [[-1, -1, -1], [1, 2, 3], [4, 5, 6]]
    right = RandomTranslation(0.0, (1 / 3, 1 / 3), "wrap")
    assert changed(right) == [[3, 1, 2], [6, 4, 5], [9, 7, 8]]


def test_a_quarter_turn_goes_against_the_clock() -> None:
    assert changed(RandomRotation((0.25, 0.25))) == [[3, 6, 9], [2, 5, 8], [1, 4, 7]]


def test_a_zoom_above_0_shrinks_and_keeps_the_centre() -> None:
    assert changed(RandomZoom((1.0, 1.0), fill_mode="constant")) == [[0, 0, 0], [0, 5, 0], [0, 0, 0]]
    assert changed(RandomZoom((-0.5, -0.5), interpolation="bilinear")) == [[3, 3.5, 4], [4.5, 5, 5.5], [6, 6.5, 7]]


def test_flips_reverse_columns_rows_or_both_of_about_half_of_the_images() -> None:
    x = np.broadcast_to(IMAGE[None, :, :, None], (400, 3, 3, 1))
    for mode, mirrored in (("horizontal", IMAGE[:, ::-1]), ("vertical", IMAGE[::-1]), ("horizontal_and_vertical", IMAGE[::-1, ::-1])):
        y, memory = RandomFlip(mode).forward({}, x, Context(Workspace("float64"), 0, training=True))  # type: ignore[arg-type]
        assert 0.4 < memory["flips"].mean() < 0.6
        for flipped, image in zip(memory["flips"], y[..., 0], strict=True):
            np.testing.assert_array_equal(image, mirrored if flipped else IMAGE)


@pytest.mark.parametrize("layer", [RandomFlip(), RandomTranslation(0.5, 0.5), RandomRotation(0.5), RandomZoom(0.5)], ids=repr)
def test_outside_of_training_images_are_as_they_are(layer: Layer) -> None:
    assert changed(layer, training=False) == IMAGE.tolist()


def test_every_image_of_a_batch_is_changed_in_its_own_way() -> None:
    x = np.broadcast_to(np.random.default_rng(0).normal(size=(1, 9, 9, 1)), (20, 9, 9, 1))
    for layer in (RandomTranslation(), RandomRotation(), RandomZoom()):
        y = layer.forward({}, x, Context(Workspace("float64"), 0, training=True))[0]
        assert len({image.tobytes() for image in y}) == 20


def test_a_factor_is_a_pair_however_it_is_written() -> None:
    one: Any = RandomRotation(-0.2)  # type: ignore[arg-type]
    assert one == RandomRotation((0.2, -0.2)) == RandomRotation((0.2,)) and one.factor == (-0.2, 0.2)  # type: ignore[arg-type]
    assert RandomZoom(0.1).width_factor is None  # type: ignore[arg-type]
    assert decode(Layer, {"type": "random_zoom", "height_factor": [0.1, 0.2], "width_factor": None}) == RandomZoom((0.1, 0.2))


@pytest.mark.parametrize(("make", "sentence"), [
    (lambda: RandomRotation((0.1, 1.5)), r"factor\[1\] is 1.5; it must be a number at least -1 and at most 1"),
    (lambda: RandomZoom(-1.5), "at least -1"),
    (lambda: RandomTranslation((0.1, 0.2, 0.3), 0.1), "a list of 2"),
    (lambda: RandomTranslation(0.1, True), "must be a list"),
    (lambda: RandomRotation(0.1, fill_mode="mirror"), "one of reflect, wrap, constant, nearest"),
])  # fmt: skip
def test_factors_out_of_range_are_refused_in_a_sentence(make: Any, sentence: str) -> None:
    with pytest.raises(InvalidValue, match=sentence):
        make()


def test_rows_that_are_no_images_are_refused_with_the_way_out() -> None:
    with pytest.raises(LayerProblem, match=r"have the shape \(64,\); put Reshape before"):
        RandomFlip().output_shape((64,))

"""Frames to colours, geometry and words, with NumPy alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netviz.document.examples import EXAMPLES
from netviz.engine.history import History
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.pictures import curves, predictions, thumbnails, weights

ORANGE, BLUE = 0xFF000000 | 0xE88A2D, 0xFF000000 | 0x1F77B4


def channels(packed: int) -> tuple[int, int, int]:
    return packed >> 16 & 255, packed >> 8 & 255, packed & 255


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

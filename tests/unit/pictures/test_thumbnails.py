"""Thumbnails are drawn from the data itself, whatever its shape, and never fail."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.datasets import Arrays, Chirps, Dataset, Digits, Mapped, Sentences, Wine, datasets
from netviz.pictures.thumbnails import thumbnail

PAPER = 0xFF1E2126
RNG = np.random.default_rng(0)
SHAPES = [(3,), (9, 1), (5, 4), (6, 5, 1), (6, 5, 3), (6, 5, 4), (6, 5, 2), (3, 4, 5, 2)]


def drawn(dataset: Dataset) -> np.ndarray:
    found = thumbnail(dataset, 44, PAPER)
    assert found.shape == (44, 44) and found.dtype == np.uint32 and (found >> 24 == 0xFF).all()
    return found


@pytest.mark.parametrize("name", [name for name in datasets if name not in ("arrays", "mapped")])
def test_every_data_set_has_a_picture(name: str) -> None:
    assert len(np.unique(drawn(datasets[name]()))) > 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rows", [1, 8, 9, 40])
def test_arrays_of_any_shape_have_a_picture(shape: tuple[int, ...], rows: int) -> None:
    drawn(Arrays(RNG.normal(size=(rows, *shape)), RNG.normal(size=rows)))
    drawn(Arrays(np.zeros((rows, *shape)), np.zeros(rows)))


def test_files_that_are_still_to_be_named_are_blank_paper() -> None:
    assert (drawn(Mapped()) == PAPER).all()


def test_padding_is_paper_and_a_token_has_its_colour() -> None:
    picture = drawn(Sentences())
    assert (picture[:, -3:] == PAPER).mean() > 0.9 and (picture[:, 0] != PAPER).all()


def test_sounds_differ_from_images_and_tables() -> None:
    pictures = [drawn(d).tobytes() for d in (Chirps(), Chirps(representation="stft"), Chirps(representation="waveform"), Digits(), Wine())]
    assert len(set(pictures)) == 5

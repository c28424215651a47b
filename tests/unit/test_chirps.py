"""Sounds of six kinds, the same in every representation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Chirps
from netviz.datasets.chirps import KINDS, SAMPLE_RATE, SAMPLES
from netviz.datasets.spectrograms import stft

CLEAN = Chirps(count=120, noise=0.0, representation="waveform")


def pitch(sound: np.ndarray) -> np.ndarray:
    """The strongest frequency of each moment, in Hz."""
    spectrum = np.abs(stft(sound, 256, 64))
    return spectrum.argmax(-1) * SAMPLE_RATE / 256


def test_each_kind_sounds_as_it_is_called() -> None:
    data = CLEAN.load()
    for sound, kind in zip(data.x[..., 0], data.y, strict=True):
        heard = pitch(sound)
        change = heard[-1] / heard[0]
        match KINDS[kind]:
            case "rising":
                assert change > 1.2
            case "falling":
                assert change < 0.85
            case "steady":
                assert np.ptp(heard) <= SAMPLE_RATE / 256
            case "two-tone":
                assert len(np.unique(heard.round(-1))) <= 5 and not 0.8 < change < 1.25
            case "warble":
                assert np.ptp(heard) > SAMPLE_RATE / 256 / 2
            case "clicks":
                assert np.abs(sound).max() > 8 * np.median(np.abs(sound))


def test_all_kinds_come_equally_often_whatever_the_seed() -> None:
    for seed in (0, 1):
        assert np.bincount(replace(CLEAN, seed=seed).load().y).tolist() == [20] * 6
    assert (replace(CLEAN, seed=1).load().x != CLEAN.load().x).any()


@pytest.mark.parametrize(("representation", "shape"), [("waveform", (SAMPLES, 1)), ("stft", (64, 15, 1)), ("log-mel", (24, 15, 1))])
def test_a_representation_shows_the_same_sounds(representation: str, shape: tuple[int, ...]) -> None:
    data = replace(CLEAN, representation=representation).load()  # type: ignore[arg-type]
    assert data.row_shape == shape and (data.y == CLEAN.load().y).all()
    assert np.abs(data.x).max() < 4


def test_high_pitches_are_at_the_top_of_a_spectrogram() -> None:
    data = replace(CLEAN, representation="log-mel").load()
    rising = data.x[data.y == KINDS.index("rising"), :, :, 0].argmax(1)  # the loudest band of each moment
    assert (rising[:, -1] < rising[:, 0]).all()


def test_noise_is_as_loud_as_it_is_said_to_be() -> None:
    difference = replace(CLEAN, noise=0.5).load().x - CLEAN.load().x
    assert difference.std() == pytest.approx(0.5, rel=0.01)

"""Spectrograms are PyTorch's and SciPy's, and mel filters those of the books."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from netviz.datasets.spectrograms import (
    from_mel,
    hann,
    log_mel,
    log_spectrogram,
    mel_filters,
    stft,
    to_mel,
)  # fmt: skip

with np.load(Path(__file__).parent / "spectrograms.npz") as file:
    GOLDEN = dict(file)

CASES = json.loads(str(GOLDEN["cases"]))
X = GOLDEN["x"]


def same(found: np.ndarray, wanted: np.ndarray) -> None:
    assert found.shape == wanted.shape and found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CASES["stft"])
def test_the_stft_is_pytorchs(name: str) -> None:
    same(stft(X, **CASES["stft"][name]), GOLDEN[f"stft/{name}"])


def test_the_stft_is_scipys() -> None:
    same(stft(X, **CASES["stft"]["plain"]), GOLDEN["stft/scipy"])


@pytest.mark.parametrize("name", CASES["mels"])
def test_mel_filters_are_those_of_the_books(name: str) -> None:
    same(mel_filters(**CASES["mels"][name]), GOLDEN[f"mels/{name}"])


def test_logarithms_end_at_the_floor() -> None:
    same(log_spectrogram(X, 64, 32), GOLDEN["log_spectrogram"])
    same(log_mel(X, 4000, 10, 64, 32), GOLDEN["log_mel"])
    assert (log_mel(X[3:], 4000, 10, 64, 32, floor=1e-4) == np.log(1e-4)).all()


def test_a_longer_fft_shows_more_frequencies_of_the_same_frames() -> None:
    wide = stft(X, 64, 32, 128)
    assert wide.shape == (4, 8, 65)
    np.testing.assert_allclose(wide[..., ::2], stft(X, 64, 32), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("scale", ["htk", "slaney"])
def test_mel_and_hertz_are_inverse(scale: str) -> None:
    hz = np.array([0.0, 20, 999.9, 1000, 1001, 7999])
    np.testing.assert_allclose(from_mel(to_mel(hz, scale), scale), hz, rtol=1e-12, atol=1e-9)  # type: ignore[arg-type]
    assert to_mel(1000.0, "htk") == pytest.approx(1000, rel=1e-4) and to_mel(1000.0, "slaney") == pytest.approx(15)


def test_hann_windows_add_up_to_one() -> None:
    assert np.allclose(hann(64) + np.roll(hann(64), 32), 1)


def test_the_waveform_stays_as_it_is_and_what_does_not_fit_is_said() -> None:
    before = X.copy()
    log_mel(X, 4000, 10, 64, 32, center=True)
    assert (before == X).all()
    for wrong in ({"length": 301}, {"length": 0}, {"length": 32, "hop": 0}):
        with pytest.raises(ValueError, match="does not fit a waveform"):
            stft(X, **wrong)
    with pytest.raises(ValueError, match="shorter than its window"):
        stft(X, 64, 32, 63)
    for low, high in ((-1, 100), (100, 100), (0, 2001)):
        with pytest.raises(ValueError, match="mel bands"):
            mel_filters(5, 64, 4000, low, high)

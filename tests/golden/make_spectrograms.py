"""Spectrograms by PyTorch and SciPy, and mel filters written out triangle by triangle, in float64: never imports netviz.

    python tests/golden/make_spectrograms.py

Writes spectrograms.npz beside itself: "cases", JSON of settings by name, "x" the waveforms, NAME what they become.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import signal

HERE = Path(__file__).resolve().parent
RATE = 4000

STFT: dict[str, dict[str, Any]] = {
    "plain": {"length": 64, "hop": 32},
    "odd": {"length": 50, "hop": 17},
    "centered": {"length": 64, "hop": 16, "center": True},
    "sparse": {"length": 32, "hop": 40},
}
MELS: dict[str, dict[str, Any]] = {
    "htk": {"mels": 12, "fft_length": 128, "sample_rate": RATE},
    "htk_range": {"mels": 7, "fft_length": 64, "sample_rate": RATE, "low_hz": 100.0, "high_hz": 1500.0},
    "slaney": {"mels": 20, "fft_length": 256, "sample_rate": 16000, "scale": "slaney"},
    "slaney_area": {"mels": 9, "fft_length": 128, "sample_rate": 8000, "scale": "slaney", "equal_area": True},
}


def main() -> None:
    """Write the file."""
    x = waveforms()
    arrays = {"x": x}
    for name, settings in STFT.items():
        arrays[f"stft/{name}"] = stft(x, **settings)
    arrays["stft/scipy"] = by_scipy(x, **STFT["plain"])
    for name, settings in MELS.items():
        arrays[f"mels/{name}"] = mel_filters(**settings)
    power = np.abs(arrays["stft/plain"]) ** 2
    arrays["log_spectrogram"] = np.log(np.maximum(power, 1e-10))
    arrays["log_mel"] = np.log(np.maximum(power @ mel_filters(10, 64, RATE), 1e-10))
    cases = json.dumps({"stft": STFT, "mels": MELS})
    np.savez(HERE / "spectrograms.npz", cases=cases, **arrays)
    print({name: array.shape for name, array in arrays.items()})


def waveforms() -> np.ndarray:
    """Noise, a tone, a click, and silence: (4, 300)."""
    t = np.arange(300) / RATE
    click = np.zeros(300)
    click[137] = 1.0
    return np.stack([np.random.default_rng(7).normal(size=300), np.sin(2 * np.pi * 440 * t), click, np.zeros(300)])


def stft(x: np.ndarray, length: int, hop: int, center: bool = False) -> np.ndarray:
    """PyTorch's, with time before frequency."""
    window = torch.hann_window(length, periodic=True, dtype=torch.float64)
    found = torch.stft(
        torch.from_numpy(x), length, hop, length, window, center=center, pad_mode="reflect", return_complex=True
    )
    return found.numpy().swapaxes(-1, -2)


def by_scipy(x: np.ndarray, length: int, hop: int) -> np.ndarray:
    """SciPy's, whose scale is that of the window's sum."""
    window = signal.get_window("hann", length, fftbins=True)
    _f, _t, found = signal.stft(x, window=window, nperseg=length, noverlap=length - hop, boundary=None, padded=False)
    return found.swapaxes(-1, -2) * window.sum()


def mel_filters(
    mels: int, fft_length: int, sample_rate: float, low_hz: float = 0.0, high_hz: float | None = None,
    scale: str = "htk", equal_area: bool = False,
) -> np.ndarray:  # fmt: skip
    """Triangle by triangle and bin by bin, as the books draw them."""
    up, down = (htk, htk_back) if scale == "htk" else (slaney, slaney_back)
    low, high = up(low_hz), up(sample_rate / 2 if high_hz is None else high_hz)
    corners = [down(low + (high - low) * k / (mels + 1)) for k in range(mels + 2)]
    filters = np.zeros((fft_length // 2 + 1, mels))
    for m in range(mels):
        left, peak, right = corners[m : m + 3]
        for k in range(fft_length // 2 + 1):
            f = k * sample_rate / fft_length
            if left < f <= peak:
                filters[k, m] = (f - left) / (peak - left)
            elif peak < f < right:
                filters[k, m] = (right - f) / (right - peak)
        if equal_area:
            filters[:, m] *= 2 / (right - left)
    return filters


def htk(hz: float) -> float:
    """Mel of a frequency."""
    return 2595 * math.log10(1 + hz / 700)


htk_back: Callable[[float], float] = lambda mel: 700 * (10 ** (mel / 2595) - 1)  # noqa: E731


def slaney(hz: float) -> float:
    """Mel of a frequency: linear below 1000 Hz."""
    return 3 * hz / 200 if hz < 1000 else 15 + 27 * math.log(hz / 1000) / math.log(6.4)


def slaney_back(mel: float) -> float:
    """Frequency of a mel."""
    return 200 * mel / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)


if __name__ == "__main__":
    main()

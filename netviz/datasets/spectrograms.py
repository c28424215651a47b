"""From a waveform to what it sounds like: its frequencies over time, on a linear or on a mel scale.

Rows of samples in, rows of frames out: time comes first, as layers for sequences want it. All in float64.
Source: S. Young et al., The HTK Book (2006), section 5.4; M. Slaney, Auditory Toolbox (1998).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from netviz.arrays import Array
from netviz.i18n import _

MelScale = Literal["htk", "slaney"]

# Slaney's scale is linear below 1000 Hz, 200/3 Hz a mel, and logarithmic above, 27 mel for each factor of 6.4.
_LINEAR_HZ, _KNEE_HZ = 200 / 3, 1000.0
_KNEE_MEL, _STEP = _KNEE_HZ / _LINEAR_HZ, np.log(6.4) / 27


def hann(length: int) -> Array:
    """w[k] = ½ − ½·cos(2πk / length) for k = 0 … length − 1: the periodic Hann window, (length,)."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length))


def frames(x: Array, length: int, hop: int) -> Array:
    """Pieces of a waveform, each `hop` samples after the one before: (..., samples) -> (..., frames, length), a view.

    Samples behind the last whole piece are left out. ValueError where there is no whole piece.
    """
    if not 1 <= length <= x.shape[-1] or hop < 1:
        sentence = _("A window of {length} samples with a hop of {hop} does not fit a waveform of {found} samples.")
        raise ValueError(sentence.format(length=length, hop=hop, found=x.shape[-1]))
    return np.lib.stride_tricks.sliding_window_view(x, length, -1)[..., ::hop, :]


def stft(x: Array, length: int = 256, hop: int = 128, fft_length: int | None = None, center: bool = False) -> Array:
    """X[t, f] = Σ_k w[k]·x[t·hop + k]·exp(−2πi·f·k / fft_length): (..., samples) -> (..., frames, fft_length//2 + 1).

    w: the Hann window of `length` samples. fft_length: at least `length`, which is the default; zeros are put behind
    each frame. center: pad both ends with length//2 mirrored samples, so that frame t lies around sample t·hop.
    The same as torch.stft with a periodic Hann window, time first (there the window lies in the middle of fft_length).
    """
    n = length if fft_length is None else fft_length
    if n < length:
        sentence = _("An FFT of {n} samples is shorter than its window of {length}.")
        raise ValueError(sentence.format(n=n, length=length))
    x = np.asarray(x, np.float64)
    if center:
        x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(length // 2, length // 2)], mode="reflect")
    return np.asarray(np.fft.rfft(frames(x, length, hop) * hann(length), n))


def to_mel(hz: Array | float, scale: MelScale = "htk") -> Array:
    """HTK: m = 2595·log10(1 + f/700). Slaney: m = 3f/200 below 1000 Hz, 15 + 27·ln(f/1000)/ln 6.4 above."""
    f = np.asarray(hz, np.float64)
    if scale == "htk":
        return np.asarray(2595 * np.log10(1 + f / 700))
    above = _KNEE_MEL + np.log(np.maximum(f, _KNEE_HZ) / _KNEE_HZ) / _STEP
    return np.where(f < _KNEE_HZ, f / _LINEAR_HZ, above)


def from_mel(mel: Array | float, scale: MelScale = "htk") -> Array:
    """The frequency in Hz: the inverse of `to_mel`."""
    m = np.asarray(mel, np.float64)
    if scale == "htk":
        return np.asarray(700 * (10 ** (m / 2595) - 1))
    above = _KNEE_HZ * np.exp(_STEP * np.maximum(m - _KNEE_MEL, 0))
    return np.where(m < _KNEE_MEL, m * _LINEAR_HZ, above)


def mel_filters(
    mels: int, fft_length: int, sample_rate: float, low_hz: float = 0.0, high_hz: float | None = None,
    scale: MelScale = "htk", equal_area: bool = False,
) -> Array:  # fmt: skip
    """Triangles over the frequencies of an FFT, (fft_length//2 + 1, mels), to multiply a spectrum by.

    Their corners lie evenly on the mel scale from low_hz to high_hz (half the sample rate by default); triangle m
    rises from corner m to 1 at corner m + 1 and falls to 0 at corner m + 2, in straight lines over Hz.
    equal_area: each is divided by half its width in Hz, as Slaney does. The same as librosa's and torchaudio's.
    """
    high = sample_rate / 2 if high_hz is None else high_hz
    if mels < 1 or not 0 <= low_hz < high <= sample_rate / 2:
        sentence = _("{mels} mel bands from {low:g} to {high:g} Hz do not fit a sample rate of {rate:g} Hz.")
        raise ValueError(sentence.format(mels=mels, low=low_hz, high=high, rate=sample_rate))
    f = np.fft.rfftfreq(fft_length, 1 / sample_rate)[:, None]  # (bins, 1)
    corners = from_mel(np.linspace(to_mel(low_hz, scale), to_mel(high, scale), mels + 2), scale)
    left, peak, right = corners[:-2], corners[1:-1], corners[2:]
    triangles = np.maximum(0, np.minimum((f - left) / (peak - left), (right - f) / (right - peak)))
    return np.asarray(triangles * (2 / (right - left)) if equal_area else triangles)


def log_spectrogram(x: Array, length: int = 256, hop: int = 128, floor: float = 1e-10, center: bool = False) -> Array:
    """ln max(|X|², floor), X = stft(x): (..., samples) -> (..., frames, length//2 + 1)."""
    return np.asarray(np.log(np.maximum(np.square(np.abs(stft(x, length, hop, center=center))), floor)))


def log_mel(
    x: Array, sample_rate: float, mels: int = 40, length: int = 256, hop: int = 128, low_hz: float = 0.0,
    high_hz: float | None = None, floor: float = 1e-10, scale: MelScale = "htk", center: bool = False,
) -> Array:  # fmt: skip
    """ln max(|X|²·F, floor), X = stft(x), F = mel_filters(...): (..., samples) -> (..., frames, mels)."""
    power = np.square(np.abs(stft(x, length, hop, center=center)))
    filters = mel_filters(mels, length, sample_rate, low_hz, high_hz, scale)
    return np.asarray(np.log(np.maximum(power @ filters, floor)))

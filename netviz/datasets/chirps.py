"""Short sounds to be told apart by how their pitch moves: made by a formula, seen as a waveform or as a spectrogram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from netviz.arrays import Array, rng
from netviz.codec import Range, Title
from netviz.datasets.dataset import Data, Dataset, datasets
from netviz.datasets.spectrograms import log_mel, log_spectrogram
from netviz.i18n import N_

SAMPLE_RATE = 4000  # Hz
SAMPLES = 1024  # a quarter of a second
MELS = 24
_WINDOW, _HOP = 128, 64
_FLOOR = 1e-2  # of the power: what is fainter is as good as silent

KINDS = ("rising", "falling", "steady", "warble", "two-tone", "clicks")


@datasets.register("chirps", title=N_("Chirps"))
@dataclass(frozen=True)
class Chirps(Dataset):
    """Short sounds of six kinds by how their pitch moves: rising, falling, steady, warble, two-tone, clicks.

    A tone y = a·sin(2π∫f dt) of a random pitch f, loudness a and phase, of 1024 samples at 4000 Hz, with white noise of
    standard deviation `noise`; clicks are short knocks at an even pace.
    representation: "waveform", rows (1024, 1); "stft", the logarithm of the power of 15 moments at 64 frequencies, rows
    (64, 15, 1); "log-mel", the same in 24 mel bands, rows (24, 15, 1). High pitches are at the top, time runs to the right.
    """

    count: Annotated[int, Range(low=12, high=100_000, log=True, title=N_("Samples"))] = 900
    noise: Annotated[float, Range(low=0, high=2, title=N_("Noise"))] = 0.3
    representation: Annotated[Literal["waveform", "stft", "log-mel"], Title(N_("Representation"))] = "log-mel"
    seed: Annotated[int, Range(low=0, high=2**53, title=N_("Seed of the data"))] = 0

    def load(self) -> Data:
        random = rng(self.seed, "data")
        kinds = random.permutation(np.arange(self.count) % len(KINDS))
        sounds = _sounds(kinds, random)
        sounds += self.noise * random.standard_normal(sounds.shape)
        return Data(self._seen(sounds), kinds.astype(np.int64), "classification", (), KINDS)

    def _seen(self, sounds: Array) -> Array:
        """The sounds in the chosen form, around zero and of a size that layers like."""
        if self.representation == "waveform":
            return sounds[..., None]
        if self.representation == "stft":
            power = log_spectrogram(sounds, _WINDOW, _HOP, _FLOOR)[..., 1:]  # without the constant part
        else:
            power = log_mel(sounds, SAMPLE_RATE, MELS, _WINDOW, _HOP, floor=_FLOOR)
        picture = power.swapaxes(1, 2)[:, ::-1]  # (sounds, frequencies from high to low, moments)
        return np.ascontiguousarray((picture / 4)[..., None])


def _sounds(kinds: Array, random: np.random.Generator) -> Array:
    """One sound for each kind: int (n,) -> (n, SAMPLES)."""
    n, t = len(kinds), np.arange(SAMPLES) / SAMPLE_RATE
    share = t / t[-1]
    low = np.exp(random.uniform(np.log(250), np.log(800), (n, 1)))  # Hz
    high = low * random.uniform(1.5, 2.0, (n, 1))
    rate = random.uniform(12, 24, (n, 1))  # of a warble or of clicks, Hz
    turn, start = random.uniform(0.35, 0.65, (n, 1)), random.uniform(0, 1, (n, 1))
    upwards = random.integers(0, 2, (n, 1))
    second = np.where(share > turn, 1 - upwards, upwards)  # which of the two tones sounds
    pitches = {
        "rising": low + (high - low) * share,
        "falling": high + (low - high) * share,
        "steady": low + 0 * share,
        "warble": low * (1 + 0.15 * np.sin(2 * np.pi * (rate * t + start))),
        "two-tone": np.where(second == 1, high, low),
        "clicks": high + 0 * share,
    }
    f = np.choose(kinds[:, None], [pitches[kind] for kind in KINDS])
    phase = 2 * np.pi * (np.cumsum(f, 1) / SAMPLE_RATE + random.uniform(0, 1, (n, 1)))
    since = (t * rate + start) % 1 / rate  # seconds since the newest click
    knock = 1.6 * np.exp(-since / 0.006)
    loudness = np.where(kinds[:, None] == KINDS.index("clicks"), knock, 1.0)
    return np.asarray(random.uniform(0.5, 1.0, (n, 1)) * loudness * np.sin(phase))

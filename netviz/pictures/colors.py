"""One diverging scale for everything with a sign: orange below zero, light at zero, blue above.

The two ends are told apart by all common kinds of colour vision. Limits are a high percentile, so that one large
value does not wash out the rest; values beyond take the end's colour.
"""

from __future__ import annotations

import math

import numpy as np

from netviz.arrays import Array

ORANGE = (0xE8, 0x8A, 0x2D)
LIGHT = (0xF4, 0xF4, 0xF2)
BLUE = (0x1F, 0x77, 0xB4)

# Qualitative colours for classes beyond two, after Okabe and Ito (2008), which stay apart without full colour vision.
CLASS_COLORS = (
    ORANGE,
    BLUE,
    (0x00, 0x9E, 0x73),
    (0xCC, 0x79, 0xA7),
    (0xF0, 0xE4, 0x42),
    (0x56, 0xB4, 0xE9),
    (0xD5, 0x5E, 0x00),
    (0x99, 0x99, 0x99),
    (0x7F, 0x3C, 0x8D),
    (0x6B, 0x4C, 0x2A),
)

_STEPS = 256
_PERCENTILE = 95
_MOST_SAMPLED = (
    60_000  # values that a percentile is taken of; among more every n-th one, which is a tenth of a percent off
)


def packed(red: Array, green: Array, blue: Array) -> Array:
    """0xAARRGGBB, fully opaque: what Qt calls Format_RGB32."""
    parts = [np.rint(part).astype(np.uint32) for part in (red, green, blue)]
    return np.asarray(np.uint32(0xFF000000) | parts[0] << 16 | parts[1] << 8 | parts[2])


def _table() -> Array:
    at = np.linspace(-1, 1, _STEPS)
    channels = [np.interp(at, [-1, 0, 1], ends) for ends in zip(ORANGE, LIGHT, BLUE, strict=True)]
    return packed(*channels)


TABLE = _table()


def sample(values: Array) -> Array:
    """The values, flat; of very many those at equal distances, enough for shares of them to be told."""
    flat = values.reshape(-1)
    step = flat.size // _MOST_SAMPLED
    return flat if step < 2 else flat[:: step | 1]  # an odd step falls on all columns of even kernels


def limit(values: Array) -> float:
    """The value that gets the full colour: the 95th percentile of |v|, and 1 where all are zero or not finite."""
    sampled = sample(values)
    sizes = np.abs(sampled[np.isfinite(sampled)])
    if not sizes.size:
        return 1.0
    found = float(np.percentile(sizes, _PERCENTILE)) or float(np.abs(values[np.isfinite(values)]).max())
    return found or 1.0


def diverging(values: Array, at_most: float) -> Array:
    """Colours 0xAARRGGBB, uint32 in the shape of the values; `at_most` gets the full colour, NaN a middle grey."""
    at = np.nan_to_num(values / at_most, nan=0.0, posinf=1.0, neginf=-1.0)
    index = np.clip((at + 1) * (_STEPS / 2), 0, _STEPS - 1).astype(np.intp)
    return np.where(np.isnan(values), np.uint32(0xFF9A9A9A), TABLE[index])


def one_color(value: float, at_most: float) -> int:
    """The colour of a single value, 0xAARRGGBB."""
    return int(diverging(np.array([value]), at_most)[0])


def class_color(place: int) -> tuple[int, int, int]:
    """The colour of a class by its number."""
    return CLASS_COLORS[place % len(CLASS_COLORS)]


def mixture(shares: Array) -> Array:
    """The colours of points by their class shares: (..., classes) with sums of 1 -> uint32 (...)."""
    palette = np.array([class_color(i) for i in range(shares.shape[-1])], float)
    blend = shares @ palette
    return packed(blend[..., 0], blend[..., 1], blend[..., 2])


def short(value: float) -> str:
    """A number in few characters, with its sign: +1.68, −0.004, +1.2e−07."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("+∞" if value > 0 else "−∞")
    text = f"{value:+.3g}" if value else "0"
    return text.replace("-", "−")

"""Numbers as they are shown: four digits at every size, so that they line up and change places as little as can be."""

from __future__ import annotations


def shown(value: float) -> str:
    """A number with four digits at every size and a true minus."""
    if value != value:
        return "–"
    value += 0.0  # no minus before nothing
    size = abs(value)
    text = f"{value:.2e}" if size and not 1e-3 <= size < 1e5 else f"{value:.4f}" if size < 100 else f"{value:.2f}"
    if "e" in text:
        mantissa, _e, exponent = text.partition("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")

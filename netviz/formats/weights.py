"""Arrays by name, as they come out of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netviz.arrays import Array


@dataclass(frozen=True)
class Weights:
    """Arrays by name (`dense/kernel`), and the text that describes them, empty where there is none."""

    arrays: Mapping[str, Array]
    description: str = ""

"""Names for layers and models that got none: their kind, numbered through the session (dense, dense_1)."""

from __future__ import annotations

import re
from collections import Counter

_given: Counter[str] = Counter()


def unique(kind: str) -> str:
    """The next free name of a class: LeakyReLU gives leaky_re_lu, then leaky_re_lu_1."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", kind)
    name = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
    number = _given[name]
    _given[name] += 1
    return f"{name}_{number}" if number else name

"""Penalties on large weights: the engine's own, which bear Keras' names, arguments and defaults.

Source: https://keras.io/api/layers/regularizers
"""

from __future__ import annotations

from typing import Any

from netviz.engine.regularizers import L1, L1L2, L2, Regularizer
from netviz.engine.regularizers import regularizers as family
from netviz.i18n import _

__all__ = ["L1", "L1L2", "L2", "Regularizer", "l1", "l1_l2", "l2", "value_of"]

l1, l2, l1_l2 = L1, L2, L1L2


def value_of(identifier: Any) -> Regularizer | None:
    """The engine's regularizer for a name, a regularizer or None."""
    if identifier is None or isinstance(identifier, Regularizer):
        return identifier
    if isinstance(identifier, str):
        return family[identifier]()
    sentence = _("A regularizer is a name or one of netviz.keras.regularizers, not {found}.")
    raise ValueError(sentence.format(found=repr(identifier)[:80]))

"""What this face does not do is said in one sentence, never passed over in silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netviz.i18n import _


class Unsupported(ValueError):
    """Something that Keras has and this face has not."""


def refuse(owner: str, given: Mapping[str, Any], neutral: Mapping[str, Any] | None = None) -> None:
    """Unsupported for every argument, save those that ask for nothing: they have the value that `neutral` holds."""
    for name, value in given.items():
        if neutral is not None and name in neutral and _same(value, neutral[name]):
            continue
        raise Unsupported(_("{owner} does not support the argument {name}.").format(owner=owner, name=name))


def _same(value: Any, other: Any) -> bool:
    return value is other or isinstance(value, (str, int, float)) and type(value) is type(other) and value == other

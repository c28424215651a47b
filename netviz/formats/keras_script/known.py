"""Values of a script as Keras' configurations have them, and what in them is not known."""

from __future__ import annotations

from typing import Any

from netviz.arrays import Shape
from netviz.formats.keras_script.names import class_name
from netviz.formats.keras_script.values import Built, Data, Flow, Function, Model, Symbol, Unknown
from netviz.i18n import _

_DEEPEST = 20


def lengths(value: Any) -> Shape | None:
    """A shape, which may be one number; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return (value,)
    fits = isinstance(value, (tuple, list)) and all(isinstance(n, int) and 0 < n < 2**31 for n in value)
    return tuple(value) if fits and value else None


def unknown_in(value: Any, depth: int = 0) -> Any:
    """The part of a value that is not known; None where all is."""
    if isinstance(value, (Unknown, Data, Function, Model, Flow)):
        return value
    if depth > _DEEPEST:
        return Unknown(_("it is nested too deep"))
    inner: Any = ()
    if isinstance(value, (list, tuple)):
        inner = value
    elif isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, Built):
        inner = value.arguments.values()
    return next((found for each in inner if (found := unknown_in(each, depth + 1)) is not None), None)


def plain(value: Any) -> Any:
    """A value as Keras' configurations have it."""
    if isinstance(value, Symbol):
        return value.name
    if isinstance(value, Built):
        inner = {key: plain(each) for key, each in value.arguments.items()}
        inner.pop("input_shape", None)
        return {"class_name": class_name(value.name), "config": inner}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return {key: plain(each) for key, each in value.items()} if isinstance(value, dict) else value



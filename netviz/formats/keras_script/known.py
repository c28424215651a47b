"""Values of a script as Keras' configurations have them, and what in them is not known."""

from __future__ import annotations

from typing import Any

from netviz.arrays import Shape
from netviz.formats.keras_script.names import class_name
from netviz.formats.keras_script.values import Built, Data, Flow, Function, Model, Symbol, Unknown


def lengths(value: Any) -> Shape | None:
    """A shape, which may be one number; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return (value,)
    fits = isinstance(value, (tuple, list)) and all(isinstance(n, int) and 0 < n < 2**31 for n in value)
    return tuple(value) if fits and value else None


def unknown_in(value: Any) -> Any:
    """The part of a value that is not known; None where all is."""
    if isinstance(value, (Unknown, Data, Function, Model, Flow)):
        return value
    if isinstance(value, (list, tuple)):
        return next((found for each in value if (found := unknown_in(each)) is not None), None)
    if isinstance(value, dict):
        return unknown_in(list(value.values()))
    return unknown_in(list(value.arguments.values())) if isinstance(value, Built) else None


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



"""Which function reads which operation; modules register theirs when they are imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from netviz.arrays import Array
from netviz.formats.onnx.reading.folding import Known
from netviz.formats.onnx.reading.model import Node
from netviz.formats.onnx.reading.tensor import Tensor, Unreadable
from netviz.i18n import _

Value: TypeAlias = Tensor | Known | None
Reader: TypeAlias = Callable[[Node, Sequence[Value], int], "Tensor | tuple[Tensor | None, ...]"]

READERS: dict[str, Reader] = {}
ML = "ai.onnx.ml"


def reads(*kinds: str) -> Callable[[Reader], Reader]:
    """Decorator: this function reads operations of those kinds; it is given the node, its inputs and the opset."""

    def add(reader: Reader) -> Reader:
        READERS.update(dict.fromkeys(kinds, reader))
        return reader

    return add


def tensor_at(values: Sequence[Value], place: int = 0) -> Tensor:
    """An input that comes from the rows."""
    found = values[place] if place < len(values) else None
    if not isinstance(found, Tensor):
        raise Unreadable(_("its input {n} does not come from the rows").format(n=place + 1))
    return found


def array_at(values: Sequence[Value], place: int) -> Array:
    """An input whose numbers stand in the file."""
    found = values[place] if place < len(values) else None
    if isinstance(found, np.ndarray):
        return found
    if isinstance(found, Tensor):
        raise Unreadable(_("it puts two results together; netviz has weights there"))
    raise Unreadable(_("the numbers of its input {n} do not stand in the file").format(n=place + 1))


def given(values: Sequence[Value], place: int) -> bool:
    """Whether an input is there at all."""
    return place < len(values) and values[place] is not None


def known(values: Sequence[Value]) -> list[Any]:
    """The inputs that stand in the file, None for the others."""
    return [None if isinstance(each, Tensor) else each for each in values]


def short(value: float) -> float:
    """A setting that was kept in single precision, as somebody may have typed it."""
    return float(f"{value:.7g}")

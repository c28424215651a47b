"""What the names of a script stand for while it is read: plain values, layers, models, data, and what is not known."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netviz.arrays import Array, Shape


@dataclass(frozen=True, eq=False)
class Unknown:
    """A value that only running the script would tell, why, and in which line that began."""

    why: str = ""
    line: int = 0


@dataclass(frozen=True)
class Symbol:
    """A name of a library by its whole path, such as keras.layers.Dense."""

    path: str

    @property
    def name(self) -> str:
        """Its last part."""
        return self.path.rpartition(".")[2]


@dataclass(eq=False)
class Built:
    """An object of a library with its arguments by name: a layer, an optimizer, a callback."""

    path: str
    arguments: dict[str, Any]
    line: int
    trainable: bool = True

    @property
    def name(self) -> str:
        """The name of its class."""
        return self.path.rpartition(".")[2]


@dataclass(eq=False)
class Flow:
    """A result in a functional graph: the layer that makes it, what goes into that; an Input has nothing before it."""

    layer: Built
    before: tuple[Flow, ...] = ()


@dataclass(eq=False)
class Call:
    """What `compile` or `fit` was given."""

    arguments: dict[str, Any]
    line: int


@dataclass(eq=False)
class Model:
    """A model: the layers of a Sequential, or the ends of a graph."""

    line: int
    layers: list[Any] = field(default_factory=list)
    ends: tuple[Flow, Flow] | None = None
    compiled: Call | None = None
    fits: list[Call] = field(default_factory=list)
    name: str = ""


@dataclass(frozen=True, eq=False)
class Data:
    """Rows or targets of a known source. shape: with the number of rows first, None where it is not followed.

    scaled: whether it was standardized. held_out: the share of rows that was put aside, stratified: whether by class.
    changed: whether the script computes with it. numbers: the rows themselves where they stand in the script. settings: of
    a set that is drawn.
    """

    source: str
    shape: Shape | None = None
    role: str = "x"
    scaled: bool = False
    held_out: float = 0.0
    stratified: bool = False
    changed: bool = False
    numbers: Array | None = None
    settings: tuple[tuple[str, Any], ...] = ()


@dataclass(eq=False)
class Function:
    """A function of the script itself. scope: the names around it."""

    node: ast.FunctionDef | ast.Lambda
    scope: Mapping[str, Any]
    defaults: dict[str, Any]
    name: str = ""
    called: bool = False


@dataclass(frozen=True, eq=False)
class Method:
    """Something taken from an object, to be called."""

    owner: Any
    name: str


class Outside(Exception):
    """The script does something that is not followed here; the sentence says what."""

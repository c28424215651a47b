"""A result of the graph, seen as what the chain of layers gives: which of its axes is which of theirs.

ONNX turns, merges and splits axes all the time (images channels first, steps before rows). All that is bookkeeping here, and
becomes a layer (Permute, Reshape, Flatten) only where a layer behind it must have its axes in an order that they do not have.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from netviz.arrays import Array, Shape
from netviz.engine.layers import Activation, Flatten, Layer, LayerProblem, Permute, ReLU, Reshape
from netviz.i18n import _


class Unreadable(ValueError):
    """An operation that no layer of netviz' does; the text says why."""


class Turned(Exception):
    """The input wants its axes in another order for the network to be one of netviz': the order, of a row's axes in the file."""

    def __init__(self, order: tuple[int, ...]) -> None:
        """Keep the order."""
        super().__init__(order)
        self.order = order


@dataclass(frozen=True)
class Affine:
    """y = scale·x + offset with numbers that follow from the place; both broadcast to a row."""

    scale: Array
    offset: Array


@dataclass(frozen=True)
class Padded:
    """Numbers put around an image or a sequence: (before, behind) of each axis of a row."""

    around: tuple[tuple[int, int], ...]
    value: float


@dataclass(frozen=True)
class Logarithm:
    """The logarithm of what came in."""


@dataclass(frozen=True)
class Around:
    """x + f(x): the cells of f."""

    inside: tuple[Cell, ...]


Part: TypeAlias = Layer | Affine | Padded | Logarithm | Around | None


@dataclass(frozen=True, eq=False)
class Cell:
    """A part of the chain with its numbers, the shape of a row of what it gives, and what stands before it."""

    part: Part
    shape: Shape
    before: Cell | None = None
    arrays: Mapping[str, Array] = field(default_factory=dict)
    where: str = ""

    def then(self, layer: Layer, where: str = "", **arrays: Array) -> Cell:
        """A layer behind this cell; Unreadable where it does not fit."""
        try:
            return Cell(layer, layer.output_shape(self.shape), self, arrays, where)
        except LayerProblem as problem:
            raise Unreadable(str(problem)) from None

    def pseudo(self, part: Part, where: str = "", shape: Shape | None = None) -> Cell:
        """A part that is no layer yet, behind this cell."""
        return Cell(part, self.shape if shape is None else shape, self, {}, where)

    def back(self) -> Iterable[Cell]:
        """This cell and all before it."""
        cell: Cell | None = self
        while cell is not None:
            yield cell
            cell = cell.before


Groups: TypeAlias = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Tensor:
    """A result. lengths: of the axes that the cell's array can be seen to have, the rows as axis 0.

    groups: for each axis of ONNX' the axes of those that are merged in it, in their order; () is an axis of length 1.
    """

    cell: Cell
    lengths: Shape
    groups: Groups

    @property
    def shape(self) -> Shape:
        """The shape as ONNX has it; the rows count as lengths[0]."""
        return tuple(math.prod(self.lengths[a] for a in group) for group in self.groups)

    def axis(self, axis: int) -> int:
        """An axis counted from 0, of one that may be counted from the end."""
        if not -len(self.groups) <= axis < len(self.groups):
            raise Unreadable(_("there is no axis {n}").format(n=axis))
        return axis % len(self.groups)

    # ----------------------------------------------------------------------------------------- what only looks different

    def transposed(self, order: Sequence[int] | None) -> Tensor:
        order = range(len(self.groups))[::-1] if order is None else order
        return replace(self, groups=tuple(self.groups[axis] for axis in order))

    def squeezed(self, axes: Sequence[int] | None) -> Tensor:
        gone = [i for i, n in enumerate(self.shape) if n == 1] if axes is None else [self.axis(axis) for axis in axes]
        if any(self.shape[axis] != 1 or 0 in self.groups[axis] for axis in gone):
            raise Unreadable(_("an axis that is not of length 1 is taken away"))
        kept = [list(group) for i, group in enumerate(self.groups) if i not in gone]
        for axis in (a for i in gone for a in self.groups[i]):  # of length 1: it may stand anywhere
            kept[-1].append(axis)
        return replace(self, groups=tuple(map(tuple, kept)))

    def unsqueezed(self, axes: Sequence[int]) -> Tensor:
        rank = len(self.groups) + len(axes)
        new, old = {axis % rank for axis in axes}, iter(self.groups)
        return replace(self, groups=tuple(() if axis in new else next(old) for axis in range(rank)))

    def reshaped(self, wanted: Sequence[int]) -> Tensor:
        """The numbers in another shape; 0 keeps a length, −1 is what remains."""
        target = [self.shape[i] if n == 0 else int(n) for i, n in enumerate(wanted)]
        total, rest = math.prod(self.shape), math.prod(n for n in target if n != -1)
        target = [total // max(rest, 1) if n == -1 else n for n in target]
        if math.prod(target) != total or min(target, default=1) < 1:
            raise Unreadable(_("a result of the shape {found} is laid out as {wanted}").format(found=self.told, wanted=target))
        lengths, queue, groups = list(self.lengths), [a for group in self.groups for a in group], []
        splits: list[tuple[int, int]] = []  # (axis, length of its first part)
        for length in target:
            group: list[int] = []
            while queue and (length > 1 or queue[0] == 0 and lengths[0] == 1):  # one row is still the axis of rows
                axis = queue.pop(0)
                if length % lengths[axis] == 0:
                    length //= lengths[axis]
                elif lengths[axis] % length == 0 and axis != 0:
                    new = len(lengths)
                    lengths.append(lengths[axis] // length)
                    splits.append((axis, new))
                    lengths[axis], length = length, 1
                    queue.insert(0, new)
                else:
                    raise Unreadable(_("rows are mixed with features, or axes are cut across"))
                group.append(axis)
            groups.append(tuple(group))
        return _sorted(self.cell, lengths, splits, _with_rest(groups, queue))

    @property
    def told(self) -> list[int | str]:
        """The shape for people."""
        return ["N" if 0 in group else n for group, n in zip(self.groups, self.shape, strict=True)]

    # ---------------------------------------------------------------------------------------------- what becomes a layer

    def arranged(self, order: Sequence[int], turn: bool = False) -> Tensor:
        """The same, its cell's array having exactly the axes of ONNX' in `order`, of which the first are the rows.

        turn: the input itself may be asked to come so. Unreadable where rows are merged with something else.
        """
        rows, *rest = order
        if [a for a in self.groups[rows] if self.lengths[a] != 1] not in ([0], []) or 0 not in self.groups[rows]:
            raise Unreadable(_("the rows are mixed with another axis"))
        if any(self.shape[i] != 1 for i in range(len(self.groups)) if i not in order):
            raise Unreadable(_("it has an axis too many here"))
        wanted = tuple(self.shape[axis] for axis in rest)
        moved = [a for axis in rest for a in self.groups[axis] if self.lengths[a] != 1]
        cell, whole = self.cell, [a for axis in rest for a in self.groups[axis]]
        every = sorted(whole) == list(range(1, len(self.lengths)))
        if turn and every and whole != sorted(whole) and self._is_input():
            raise Turned(tuple(a - 1 for a in whole))
        if moved != sorted(moved):
            apart = tuple(self.lengths[a] for a in sorted(moved))
            cell = cell if cell.shape == apart else cell.then(Reshape(apart))
            cell = cell.then(Permute(tuple(sorted(moved).index(a) + 1 for a in moved)))
        groups: list[tuple[int, ...]] = [()] * len(self.groups)
        for place, axis in enumerate(order):
            groups[axis] = (place,)
        return Tensor(laid_out(cell, wanted), (self.lengths[0], *wanted), tuple(groups))

    def _is_input(self) -> bool:
        """Whether this is the input with nothing but functions of single numbers behind it, its order not settled yet."""
        *behind, root = self.cell.back()
        single = all(isinstance(cell.part, (Activation, ReLU, Affine)) for cell in behind)
        return single and self.lengths[1:] == root.shape and all(len(group) <= 1 for group in self.groups)

    def features(self, axis: int) -> tuple[Tensor, Array]:
        """The same, an axis of ONNX' being the last of its cell's array, and which number there each of ONNX' is."""
        axis = self.axis(axis)
        group, count = self.groups[axis], len(self.lengths)
        others = count - len(group)
        if 0 in group or sorted(group) != list(range(others, count)):
            order = [i for i, g in enumerate(self.groups) if i != axis and (0 in g or self.shape[i] != 1)]
            order.sort(key=lambda i: 0 not in self.groups[i])
            return self.arranged([*order, axis]).features(axis)
        lengths = [self.lengths[a] for a in sorted(group)]
        places = np.arange(math.prod(lengths)).reshape(lengths)
        places = places.transpose([a - others for a in group]).ravel()
        if not self.cell.shape or self.cell.shape[-1] != len(places):
            return replace(self, cell=laid_out(self.cell, (*self.lengths[1:others], len(places)))), places
        return self, places

    def like_rows(self, constant: Array) -> Array:
        """A constant that ONNX spreads over this result, as it spreads over a row of the cell's array."""
        if constant.size == 1:
            return constant.reshape(())
        spread = [1 if 0 in group else n for group, n in zip(self.groups, self.shape, strict=True)]
        if constant.ndim > len(spread):
            raise Unreadable(_("the numbers change the result's shape"))
        whole = np.broadcast_to(constant, spread)
        flat = [a for group in self.groups for a in group if a != 0]
        split = whole.reshape([self.lengths[a] for a in flat])
        missing = [a for a in range(1, len(self.lengths)) if a not in flat]
        split = split.reshape([*split.shape, *[1] * len(missing)])
        turned = split.transpose(np.argsort([*flat, *missing]))
        return compressed(turned.reshape(self.cell.shape))

    def on(self, cell: Cell) -> Tensor:
        """The same axes of what another cell gives, whose array has the same form."""
        return replace(self, cell=cell)


def laid_out(cell: Cell, shape: Shape) -> Cell:
    """A cell whose rows have a shape, the same numbers in the same order."""
    if cell.shape == shape:
        return cell
    return cell.then(Flatten() if len(shape) == 1 else Reshape(shape))


def compressed(array: Array) -> Array:
    """The array with length 1 along every axis along which nothing changes."""
    for axis in range(array.ndim):
        first = array.take([0], axis)
        if (array == first).all():
            array = first
    return np.ascontiguousarray(array)


def _with_rest(groups: list[tuple[int, ...]], rest: list[int]) -> list[tuple[int, ...]]:
    """Groups with axes of length 1 that are left over, which may stand anywhere."""
    if not rest:
        return groups
    return [*groups[:-1], (*groups[-1], *rest)] if groups else groups


def _sorted(cell: Cell, lengths: list[int], splits: list[tuple[int, int]], groups: list[tuple[int, ...]]) -> Tensor:
    """Axes numbered in their order, where parts that were split off stand behind what they were split from."""
    order = list(range(len(lengths) - len(splits)))
    for axis, new in splits:
        order.insert(order.index(axis) + 1, new)
    return Tensor(cell, tuple(lengths[a] for a in order), tuple(tuple(order.index(a) for a in g) for g in groups))

"""The products of recurrent layers: of each step's inputs and the state before it, with all kernels at once.

State, inputs and a one for the bias stand one below the other, so a step is one product, and so are the gradients of all
kernels. Arrays have features before rows: a step is one unbroken piece. With dropout of its own for each gate ("groups"),
each gate has inputs and a product of its own.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from netviz.arrays import Array
from netviz.engine.workspace import Context


def by_feature(steps: Array, name: str, context: Context) -> Array:
    """(steps, n, rows) -> (n, steps·rows)."""
    count, n, rows = steps.shape
    flat = context.out(name, (n, count, rows))
    np.copyto(flat, steps.transpose(1, 0, 2))
    return flat.reshape(n, -1)


class Feed:
    """What is multiplied at each step, (steps + 1, groups, height, rows), height = units + features + 1 with a bias."""

    def __init__(
        self, kernel: Array, scale: Array, x: Array, dropped: tuple[Array | None, Array | None], units: int,
        context: Context,
    ) -> None:  # fmt: skip
        """Ready for rows of the shape of x (rows, steps, features), as they are read.

        kernel (n, height): recurrent kernel, kernel and bias side by side, transposed. scale (n, 1): what z is to be
        multiplied by. dropped: factors of the inputs (groups or 1, features, rows) and of the state (groups, units, rows).
        """
        rows, steps, features = x.shape
        self.kernel, self.units, self.context = kernel, units, context
        self._dropped_x, self.dropped_states = dropped
        self.groups = max(1 if factors is None else len(factors) for factors in dropped)
        self.inputs = slice(units, units + features)
        self._shape = (steps + 1, self.groups, kernel.shape[1], rows)
        self.fed = context.out("fed", self._shape)
        if self.dropped_states is None:
            self.states = self.fed[:, 0, :units]  # (steps + 1, units, rows)
        else:
            self.states = context.out("states", (steps + 1, units, rows))
        self._scaled = np.multiply(kernel, scale, out=context.out("scaled kernel", kernel.shape))
        self._by_group = self._scaled.reshape(self.groups, -1, kernel.shape[1])
        self._each = context.cut("fed", self._shape, _plain)

    def fill(self, x: Array) -> None:
        """Take in the inputs (rows, steps, features)."""
        inputs, into = x.transpose(1, 2, 0)[:, None], self.fed[:-1, :, self.inputs]
        if self._dropped_x is None:
            np.copyto(into, inputs)
        else:
            np.multiply(inputs, self._dropped_x, out=into)
        self.fed[:, :, self.inputs.stop :] = 1
        self.states[0] = 0

    def forward(self, t: int, z: Array) -> None:
        """z = scale·(x_t·W + h_{t−1}·U + b), (n, rows)."""
        if self.dropped_states is None:
            np.dot(self._scaled, self._each[t], z)
            return
        np.multiply(self.states[t], self.dropped_states, out=self.fed[t, :, : self.units])
        np.matmul(self._by_group, self.fed[t], out=z.reshape(self.groups, -1, z.shape[-1]))

    @cached_property
    def _recurrent(self) -> Array:
        """U, (groups, units, n of each): a copy, as the product is quicker with it."""
        return np.ascontiguousarray(self._columns(slice(self.units)))

    def _columns(self, part: slice) -> Array:
        """Columns of the kernel as rows, (groups, columns, n of each)."""
        return self.kernel.reshape(self.groups, -1, self.kernel.shape[1])[..., part].transpose(0, 2, 1)

    def backward(self, dz: Array, dh: Array) -> None:
        """dh = dz·Uᵀ: dz (n, rows), dh (units, rows)."""
        self._down(self._recurrent, dz, self.dropped_states, dh)

    def inputs_gradient(self, dz: Array, dx: Array) -> None:
        """dx = dz·Wᵀ: dz (n, steps·rows), dx (rows, steps, features)."""
        rows, steps, features = dx.shape
        product = self.context.out("dx by feature", (features, steps * rows))
        dropped = None if self._dropped_x is None else np.tile(self._dropped_x, steps)
        self._down(np.ascontiguousarray(self._columns(self.inputs)), dz, dropped, product)
        np.copyto(dx, product.reshape(features, steps, rows).transpose(2, 1, 0))

    def _down(self, columns: Array, dz: Array, dropped: Array | None, out: Array) -> None:
        """The sum over groups of columns·dz, (columns, rows); what was dropped gets nothing."""
        if self.groups == 1 and dropped is None:
            np.dot(columns[0], dz, out)
            return
        each = np.matmul(columns, dz.reshape(self.groups, -1, dz.shape[-1]))
        if dropped is not None:
            np.multiply(each, dropped, out=each)
        np.add.reduce(each, axis=0, out=out)

    def gradient(self, dz: Array) -> Array:
        """∂L/∂kernel = Σ dz·(what was fed)ᵀ over steps and rows: dz (n, steps·rows) -> (n, height)."""
        steps, groups, height, rows = self._shape[0] - 1, *self._shape[1:]
        flat = self.context.out("fed by feature", (groups, height, steps, rows))
        np.copyto(flat, self.fed[:-1].transpose(1, 2, 0, 3))
        product = self.context.out("kernel gradient", (groups, len(dz) // groups, height))
        by_group, flat = dz.reshape(groups, -1, dz.shape[-1]), flat.reshape(groups, height, -1)
        if groups == 1:
            np.dot(by_group[0], flat[0].T, product[0])
        else:
            np.matmul(by_group, flat.transpose(0, 2, 1), out=product)
        return product.reshape(-1, height)


def _plain(fed: Array) -> list[Array]:
    """What is fed at each step where there is one group."""
    return list(fed[:, 0])

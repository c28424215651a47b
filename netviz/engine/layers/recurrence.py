"""The products of recurrent layers with their inputs and with their own state, for all steps or for one.

Arrays have features before rows: a step is one unbroken piece, and one product serves all steps. With dropout of its
own for each gate ("groups"), each gate has its own product.
"""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine.workspace import Context


def by_feature(steps: Array, name: str, context: Context) -> Array:
    """(steps, n, rows) -> (n, steps·rows)."""
    count, n, rows = steps.shape
    flat = context.out(name, (n, count, rows))
    np.copyto(flat, steps.transpose(1, 0, 2))
    return flat.reshape(n, -1)


class Inputs:
    """x·W + b for all steps at once."""

    def __init__(self, kernel: Array, bias: Array | None, dropped: Array | None, context: Context) -> None:
        """kernel (features, n), bias (n,), dropped: factors of the inputs (groups, features, rows)."""
        self.kernel, self.bias, self.dropped, self.context = kernel, bias, dropped, context
        self.features, self.n = kernel.shape
        self.groups = 1 if dropped is None else len(dropped)
        self.height = self.features + (bias is not None)  # a row of ones carries the bias

    def fed(self, x: Array) -> Array:
        """x (rows, steps, features) as the product takes it: (groups, features and 1, steps, rows)."""
        rows, steps, features = x.shape
        fed = self.context.out("fed", (self.groups, self.height, steps, rows))
        if self.dropped is None:
            np.copyto(fed[0, :features], x.transpose(2, 1, 0))
        else:
            np.multiply(x.transpose(2, 1, 0), self.dropped[:, :, None], out=fed[:, :features])
        if self.bias is not None:
            fed[:, features] = 1
        return fed

    def forward(self, fed: Array, scale: Array, z: Array) -> None:
        """z = scale·(x·W + b): scale (n, 1), z (steps, n, rows)."""
        _groups, _height, steps, rows = fed.shape
        transposed = self.context.out("kernel by gate", (self.n, self.height))  # (n, features and 1)
        np.multiply(self.kernel.T, scale, out=transposed[:, : self.features])
        if self.bias is not None:
            np.multiply(self.bias, scale[:, 0], out=transposed[:, -1])
        each = self.n // self.groups
        grouped = transposed.reshape(self.groups, each, self.height)
        np.matmul(grouped, fed.transpose(2, 0, 1, 3), out=z.reshape(steps, self.groups, each, rows))

    def gradients(self, dz: Array, fed: Array, kernel: Array, bias: Array | None) -> None:
        """∂L/∂W = xᵀ·dz, ∂L/∂b = Σ dz, from dz (n, steps·rows)."""
        each = self.n // self.groups
        grouped = dz.reshape(self.groups, each, -1)
        product = self.context.out("kernel gradient by gate", (self.groups, each, self.height))
        np.matmul(grouped, fed.reshape(self.groups, self.height, -1).transpose(0, 2, 1), out=product)
        np.copyto(kernel.reshape(self.features, self.groups, each), product[..., : self.features].transpose(2, 0, 1))
        if bias is not None:
            np.copyto(bias.reshape(self.groups, each), product[..., -1])

    def backward(self, dz: Array, dx: Array) -> None:
        """dx = dz·Wᵀ: dz (n, steps·rows), dx (rows, steps, features)."""
        rows, steps, features = dx.shape
        if self.dropped is None:
            product = self.context.out("dx by feature", (features, steps * rows))
            np.dot(self.kernel, dz, out=product)
        else:
            kernel = self.kernel.reshape(features, self.groups, -1).transpose(1, 0, 2)
            each = self.context.out("dx by gate", (self.groups, features, steps * rows))
            np.matmul(kernel, dz.reshape(self.groups, -1, steps * rows), out=each)
            dropped = each.reshape(self.groups, features, steps, rows)
            np.multiply(dropped, self.dropped[:, :, None], out=dropped)
            product = np.add.reduce(each, axis=0)
        np.copyto(dx, product.reshape(features, steps, rows).transpose(2, 1, 0))


class Recurrence:
    """h·U for one step."""

    def __init__(self, kernel: Array, rows: int, dropped: Array | None, context: Context) -> None:
        """kernel (units, n), dropped: factors of the state (groups, units, rows)."""
        self.kernel, self.dropped, self.context = kernel, dropped, context
        units, self.n = kernel.shape
        self.groups = 1 if dropped is None else len(dropped)
        self.product = self.context.out("product", (self.n, rows))
        self.transposed = kernel.T
        self._thinned = self.context.out("thinned", (self.groups, units, rows)) if dropped is not None else self.product

    def scaled(self, scale: Array) -> Recurrence:
        """The same with scale·(h·U), scale (n, 1), as its product."""
        self.transposed = self.context.out("kernel by gate", (self.n, len(self.kernel)))
        np.multiply(self.kernel.T, scale, out=self.transposed)
        return self

    def forward(self, h: Array) -> Array:
        """h (units, rows) -> (n, rows); the array is the same at every step."""
        if self.dropped is None:
            np.dot(self.transposed, h, out=self.product)
            return self.product
        np.multiply(h, self.dropped, out=self._thinned)
        grouped = self.transposed.reshape(self.groups, -1, len(h))
        np.matmul(grouped, self._thinned, out=self.product.reshape(self.groups, -1, h.shape[1]))
        return self.product

    def backward(self, dz: Array, dh: Array) -> None:
        """dh = dz·Uᵀ: dz (n, rows), dh (units, rows)."""
        if self.dropped is None:
            np.dot(self.kernel, dz, out=dh)
            return
        grouped = self.kernel.reshape(len(dh), self.groups, -1).transpose(1, 0, 2)
        np.matmul(grouped, dz.reshape(self.groups, -1, dz.shape[1]), out=self._thinned)
        np.multiply(self._thinned, self.dropped, out=self._thinned)
        np.add.reduce(self._thinned, axis=0, out=dh)

    def gradient(self, dz: Array, states: Array, kernel: Array) -> None:
        """∂L/∂U = Σ hᵀ·dz over steps: dz (n, steps·rows), states before each step (steps, units, rows)."""
        h = by_feature(states, "states by feature", self.context)  # (units, steps·rows)
        if self.dropped is None:
            np.copyto(kernel, np.dot(dz, h.T, out=self.context.out("gradient", kernel.T.shape)).T)
            return
        steps, units, rows = states.shape
        thinned = self.context.out("thinned states", (self.groups, units, steps, rows))
        np.multiply(h.reshape(units, steps, rows), self.dropped[:, :, None], out=thinned)
        grouped = dz.reshape(self.groups, -1, steps * rows)
        product = np.matmul(thinned.reshape(self.groups, units, -1), grouped.transpose(0, 2, 1))
        np.copyto(kernel.reshape(units, self.groups, -1), product.transpose(1, 0, 2))

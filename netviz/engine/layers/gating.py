"""The activations of a recurrent layer's gates: blocks of `units` rows side by side, (gates·units, rows) at each step.

Features come first and rows last, so that a gate is one unbroken piece of memory. All sigmoids and tanhs of a step
are one tanh in place: σ(z) = (1 + tanh(z/2))/2, the halving moved into the weights. Other functions go their own way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from netviz.arrays import Array, aligned
from netviz.engine.activations import Activation, Sigmoid, Tanh
from netviz.engine.workspace import Context


class Gates:
    """The functions of the blocks from the first on, for a pass over `steps` steps of `rows` rows."""

    def __init__(
        self, functions: tuple[Activation, ...], units: int, rows: int, context: Context, scaled: bool = True
    ) -> None:
        """Ready for a pass; `quick` says that all are sigmoid or tanh, and z comes scaled if any is a sigmoid."""
        self.functions = functions
        self.units, self.rows = units, rows
        self.context = context.inner("gates")
        self.quick = all(type(f) is Tanh or type(f) is Sigmoid and scaled for f in functions)
        self.elementwise = all(f.elementwise for f in functions)
        kinds = [type(f) is Sigmoid for f in functions]
        halved = self.quick and any(kinds)
        # a = f(z) for one step, both (gates·units, rows); where quick, z is scaled and both may be one array.
        self.value: Callable[[Array, Array], object] = self._halved if halved else np.tanh if self.quick else self._apart
        # What z is to be multiplied by before `value`, (gates·units, 1): 1/2 for a sigmoid among quick ones.
        each = [0.5 if self.quick and sigmoid else 1.0 for sigmoid in kinds]
        self.scale = np.repeat(np.array(each, context.workspace.dtype), units)[:, None]
        if halved:
            shape = (len(functions) * units, rows)
            self._factor, self._shift = (aligned(shape, self.scale.dtype) for _each in range(2))
            self._factor[:] = self.scale
            np.subtract(1, self._factor, out=self._shift)

    def _apart(self, z: Array, a: Array) -> None:
        for k, function in enumerate(self.functions):
            block = slice(k * self.units, (k + 1) * self.units)
            np.copyto(a[block].T, function.value(z[block].T, self.context))

    def _halved(self, z: Array, a: Array) -> None:
        np.tanh(z, out=a)
        np.multiply(a, self._factor, out=a)
        np.add(a, self._shift, out=a)

    def slope(self, k: int, da: Array, z: Array, a: Array, out: Array) -> None:
        """dz = f'(z)·da of block k at all steps at once, (steps, units, rows); da itself where f mixes units."""
        function = self.functions[k]
        if not function.elementwise:
            np.copyto(out, da)
        elif self.quick:
            # tanh: 1 − a², sigmoid: a − a²
            np.multiply(a, a, out=out)
            np.subtract(a if type(function) is Sigmoid else self.context.one, out, out=out)
            np.multiply(out, da, out=out)
        else:
            np.copyto(out, function.backward(da, z, a, self.context))

    def mix(self, dz: Array, z: Array, a: Array) -> None:
        """Finishes dz of one step, (gates·units, rows), where a function mixes units; it holds da there."""
        if self.elementwise:
            return
        for k, function in enumerate(self.functions):
            if not function.elementwise:  # softmax
                block = slice(k * self.units, (k + 1) * self.units)
                da = np.ascontiguousarray(dz[block].T)
                np.copyto(dz[block].T, function.backward(da, z[block].T, a[block].T, self.context))

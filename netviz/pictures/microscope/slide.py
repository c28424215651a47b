"""What lies under the microscope: one layer of a frame's batch, with the weights that the batch was computed with.

A layer inside a layer is a slide of its own: `inner` is the way to it, such as ("0",) for the first layer of a residual
block. Its numbers are found by the layer's passes made once more (`netviz.engine.inside`), once for each frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from netviz.arrays import Array, size
from netviz.engine.frame import Batch, Frame, Phase
from netviz.engine.inside import Inside
from netviz.engine.layers import Layer
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters
from netviz.engine.surgery import Altered
from netviz.pictures.microscope.equation import Item, Kind, sign_of

Index = tuple[int, ...]
M = TypeVar("M")


@dataclass(frozen=True)
class Slide:
    """A frame that has a batch, and a layer of it. made: what was computed again, shared by all slides of the frame.

    words: what each token stands for, where features are tokens.
    """

    frame: Frame
    network: Network
    layer: int = 0
    inner: tuple[str, ...] = ()
    made: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    words: tuple[str, ...] = ()

    def at(self, layer: int) -> Slide:
        """Another layer of the same frame."""
        return replace(self, layer=layer, inner=())

    def within(self, name: str) -> Slide:
        """A layer inside this one."""
        return replace(self, inner=(*self.inner, name))

    def find(self, item: Item) -> tuple[Slide, str]:
        """The slide that an item is of, and its name there."""
        slide, parts = self.at(max(0, item.layer)), item.name.split("/")
        while len(parts) > 1 and parts[0] in slide.settings.inside:
            slide = slide.within(parts.pop(0))
        return slide, "/".join(parts)

    @property
    def outer(self) -> Slide:
        """The layer that this one is inside."""
        return replace(self, inner=self.inner[:-1])

    @property
    def _previous(self) -> Slide | None:
        """The layer before this one inside the same layer; None where what it gets is what the outer one gets."""
        name = self.inner[-1] if self.inner else ""
        return self.outer.within(str(int(name) - 1)) if name.isdigit() and int(name) else None

    # ---------------------------------------------------------------------------------------------- names of numbers

    def item(self, kind: Kind, name: str, index: Index, row: int | None = None) -> Item:
        """One number of this layer."""
        return Item(kind, self.layer, "".join(f"{part}/" for part in self.inner) + name, index, row)

    def given(self, index: Index, row: int) -> Item:
        """A number that comes into the layer."""
        if self.inner:
            previous = self._previous
            return previous.item("unit", "", index, row) if previous else self.outer.given(index, row)
        return Item("unit", self.layer - 1, "", index, row)

    def handed(self, index: Index, row: int) -> Item:
        """∂L/∂x, what the layer hands down."""
        if self.inner:
            previous = self._previous
            return previous.item("upstream", "", index, row) if previous else self.item("part", "dx", index, row)
        return Item("upstream", self.layer - 1, "", index, row)

    def sign(self, letter: str, index: Index = ()) -> str:
        """A letter with its layer above and its place below, in LaTeX."""
        parts = [str(int(part) + 1) if part.isdigit() else part[0] for part in self.inner]
        return sign_of(letter, ".".join([str(self.layer + 1), *parts]), index)

    def given_sign(self, index: Index) -> str:
        """The sign of a number that comes into the layer."""
        if self.inner:
            previous = self._previous
            return previous.sign("a", index) if previous else self.outer.given_sign(index)
        return self.at(self.layer - 1).sign("a", index) if self.layer else sign_of("x", "", index)

    # ----------------------------------------------------------------------------------------------------- numbers

    @property
    def batch(self) -> Batch:
        """The rows of the update and all that was made of them."""
        assert self.frame.batch is not None
        return self.frame.batch

    @property
    def rows(self) -> int:
        """How many there are in the batch."""
        return len(self.batch.rows)

    @property
    def settings(self) -> Layer:
        """The layer itself."""
        layer = self.network.layers[self.layer]
        for part in self.inner:
            layer = layer.inside[part]
        return layer

    @property
    def before(self) -> Parameters:
        """The weights that the batch was computed with."""
        frame = self.frame
        if self.batch.before is not None:
            return self.batch.before.params
        if frame.phase in (Phase.APPLY, Phase.EPOCH):
            if "before" not in self.made:
                self.made["before"] = frame.params.like(frame.params.vector - frame.updates.vector)
            return self.made["before"]  # type: ignore[no-any-return]
        return frame.params

    @property
    def weights(self) -> Mapping[str, Any]:
        """The layer's arrays as they were when the batch went through."""
        return _down(self.before[self.layer], self.inner)

    def weight(self, name: str) -> Array:
        """One of them, which may be of a part of the layer, such as query/kernel."""
        found: Any = self.weights
        for part in name.split("/"):
            found = found[part]
        return np.asarray(found)

    @property
    def gradients(self) -> Mapping[str, Any]:
        """The gradient of the data for each of them; empty before the backward pass has come here."""
        data = self.batch.data_gradients
        return {} if data is None else _down(data[self.layer], self.inner)

    @property
    def memory(self) -> Mapping[str, Any]:
        """What the layer remembers of the forward pass."""
        if not self.inner:
            return self.batch.memory.get(self.layer, {})
        outer = self.outer.memory
        found: dict[str, Any] = {}
        for name in self._stage_names:
            found |= outer.get(name, {})
        return found

    @property
    def input(self) -> Array:
        """What the layer got: (rows, *shape)."""
        if self.inner:
            return self.inside.x
        return self.batch.x if self.layer == 0 else self.at(self.layer - 1).output

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one row of what it got."""
        return self.input.shape[1:]

    @property
    def output(self) -> Array:
        """What the layer gave: (rows, *shape). Kept where a later stage needs it, made again where nobody did."""
        if self.inner:
            return self.once("output", lambda: self.inside.output(self.input))
        memory = self.memory
        for name in ("a", "y"):
            if name in memory:
                return np.asarray(memory[name]).reshape(self.rows, *self.network.shapes[self.layer + 1])
        above = self.batch.memory.get(self.layer + 1, {})
        if "x" in above:
            return above["x"]  # type: ignore[no-any-return]
        if self.layer == len(self.network.layers) - 1 and self.batch.prediction is not None:
            return self.batch.prediction
        return memory["z"] if "z" in memory else self.once("output", self._again)

    def _again(self) -> Array:
        """The layer's output from its input, with the masks that were drawn."""
        x, shape = self.input, self.network.shapes[self.layer + 1]
        mask = self.memory.get("mask")
        if mask is not None:
            return np.asarray(np.multiply(x, mask))
        flat = not self.inside.pairs and x.size == len(x) * size(shape)
        return x.reshape(len(x), *shape) if flat else self.inside.output(x)

    @property
    def own_output(self) -> Array:
        """The same before it was altered by hand."""
        kept = self.memory.get("unaltered", {})
        found = next((kept[name] for name in ("a", "y", "z") if name in kept), None)
        if found is not None:
            return np.asarray(found).reshape(self.output.shape)
        return self.output if self.inner or self.altered is None else self.once("own", lambda: self.inside.output(self.input))

    @property
    def delta(self) -> Array | None:
        """∂L/∂z of the batch's loss, (rows, *shape); None before the backward pass has come here."""
        if self.inner:
            found: Array | None = self.outer.notes.get(self._stage_names[0], {}).get("dy")
            return found
        delta = self.batch.deltas.get(self.layer)
        altered = self.altered
        return delta if altered is None or delta is None or len(self._stages) > 1 else altered.handed(delta)

    @property
    def upstream(self) -> Array | None:
        """∂L/∂a: what the layer above hands down; None at the output where the loss takes z."""
        if self.inner:
            found: Array | None = self.outer.notes.get(self._stage_names[-1], {}).get("dy")
            return found
        up, altered = self.batch.upstream.get(self.layer), self.altered
        return up if altered is None or up is None else altered.handed(up)

    @property
    def handed_down(self) -> Array | None:
        """∂L/∂x as the engine has it, (rows, *shape of the input); None where nobody has asked for it."""
        if not self.inner:
            return self.batch.upstream.get(self.layer - 1)
        previous = self._previous
        if previous is not None:
            return previous.upstream
        found: Array | None = self.notes.get("dx", self.outer.notes.get("df"))
        return found

    # ------------------------------------------------------------------------------------------ what was made again

    @property
    def inside(self) -> Inside:
        """The layer's passes over the batch."""
        if self.inner:
            return self.once("inside", lambda: self.outer.inside.within(self.inner[-1], self.outer.notes))
        seed = self.frame.experiment.seed
        return self.once("inside", lambda: Inside.of(self.network, self.batch, self.before, seed, self.layer, self.input))

    @property
    def notes(self) -> Mapping[str, Any]:
        """What the layer computes within itself, by name."""
        if self.inner:
            found: Mapping[str, Any] = self.outer.notes.get(self.inner[-1], {})
            return found
        return self.once("notes", self.inside.notes)

    def once(self, name: str, make: Callable[[], M]) -> M:
        """Something of this layer that is made when it is asked for first."""
        key = (name, self.layer, *self.inner)
        if key not in self.made:
            self.made[key] = make()
        found: M = self.made[key]
        return found

    @property
    def _stages(self) -> list[Layer]:
        return [stage.layer for stage in self.network.stages if stage.index == self.layer]

    @property
    def altered(self) -> Altered | None:
        """The last stage where its output has been altered by hand."""
        last = self._stages[-1:]
        return last[0] if last and isinstance(last[0], Altered) else None

    @property
    def _stage_names(self) -> list[str]:
        """What the stages of a layer inside are called in the memory and the notes of the outer one."""
        name = self.inner[-1]
        return [f"{name}+{number}" if number else name for number in range(len(self.settings.stages()))]


def _down(tree: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for part in path:
        tree = tree.get(part, {})
    return tree

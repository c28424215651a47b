"""Surgery: what is done to a network by hand, beside training it. All of it is part of the Experiment, so it can be
undone, saved and replayed.

A unit or a layer can be muted, scaled or shifted, weights can be held still, and a weight, or a whole array of them, can be
set at a certain update.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np

from netviz.arrays import Array, Shape, frozen
from netviz.codec import Checked, InvalidValue, Range
from netviz.engine.layers import Layer, LayerProblem
from netviz.engine.layers.wrapped import Wrapped
from netviz.engine.parameters import Window
from netviz.engine.workspace import Context
from netviz.i18n import N_, _
from netviz.registry import Registry

surgeries: Registry[Surgery] = Registry("surgery")

Place = Annotated[int, Range(low=0)]
Index = tuple[Annotated[int, Range(low=0)] | None, ...]


@dataclass(frozen=True)
class Surgery(Checked, ABC):
    """One thing done by hand to the layer at a place."""

    family: ClassVar = surgeries

    layer: Place = 0


@surgeries.register("alter", title=N_("Alter outputs"))
@dataclass(frozen=True)
class Alter(Surgery):
    """What the layer puts out, or its unit alone, becomes scale·a + shift; scale 0 mutes it.

    unit: along the last axis; None for all units.
    """

    unit: Place | None = None
    scale: float = 0.0
    shift: float = 0.0


@surgeries.register("freeze", title=N_("Hold weights still"))
@dataclass(frozen=True)
class Freeze(Surgery):
    """No update changes these weights: Δw = 0. name "" means all of the layer's weights, as in Keras' trainable=False.

    name: of the weight, such as "bias". index: which of its numbers, None for a whole axis; () for all.
    """

    name: str = ""
    index: Index = ()


@surgeries.register("set_weight", title=N_("Set a weight"))
@dataclass(frozen=True)
class SetWeight(Surgery):
    """After so many updates of the run the weight becomes `value`; index as in Freeze."""

    name: str = "kernel"
    index: Index = ()
    value: float = 0.0
    step: Place = 0


@surgeries.register("set_array", title=N_("Set an array of weights"))
@dataclass(frozen=True, eq=False)
class SetArray(Surgery):
    """After so many updates of the run all numbers of a weight become `values`, in the weight's shape.

    origin: where they come from, such as a file's name. Two are equal when their numbers are, bit for bit.
    """

    name: str = "kernel"
    values: np.ndarray[Any, Any] = field(default_factory=lambda: np.zeros(1))
    step: Place = 0
    origin: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.values.dtype.kind not in "fiub":
            raise InvalidValue(_("{name}: the values must be numbers.").format(name=self.name))
        object.__setattr__(self, "values", frozen(self.values))

    def _settings(self) -> tuple[Any, ...]:
        return self.layer, self.name, self.step, self.origin, self.values.shape, self.values.dtype.str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SetArray) and self._settings() == other._settings() and (
            self.values is other.values or self.values.tobytes() == other.values.tobytes()
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash(self._settings())


Setting = SetWeight | SetArray  # what happens once, after so many updates


@dataclass(frozen=True)
class Altered(Wrapped):
    """The last stage of a layer whose output is altered: y = scale·a + shift, unit by unit; ∂L/∂a = scale·∂L/∂y."""

    changes: tuple[Alter, ...] = ()

    def new_state(self, memory: Mapping[str, Any]) -> Mapping[str, Array]:
        return self.inner.new_state(memory["unaltered"])

    def forward(self, params: Mapping[str, Any], x: Array, context: Context) -> tuple[Array, Mapping[str, Any]]:
        a, memory = self.inner.forward(params, x, context)
        y = np.array(a)
        for change in self.changes:
            part = y if change.unit is None else y[..., change.unit]
            np.multiply(part, change.scale, out=part)
            np.add(part, change.shift, out=part)
        return y, {**memory, "a": y, "unaltered": memory}

    def backward(
        self, params: Mapping[str, Any], memory: Mapping[str, Any], dy: Array, context: Context, grads: Mapping[str, Any]
    ) -> Array:
        return self.inner.backward(params, memory["unaltered"], self.handed(dy), context, grads)

    def handed(self, dy: Array) -> Array:
        """∂L/∂a from ∂L/∂y."""
        da = np.array(dy)
        for change in self.changes:
            part = da if change.unit is None else da[..., change.unit]
            np.multiply(part, change.scale, out=part)
        return da


def altered(place: int, layer: Layer, shape: Shape, surgery: Iterable[Surgery]) -> Layer:
    """The last stage of the layer at a place, which gives rows of that shape, with what is done to its output."""
    changes = tuple(s for s in surgery if isinstance(s, Alter) and s.layer == place)
    for change in changes:
        if change.unit is not None and (not shape or change.unit >= shape[-1]):
            sentence = _("The layer has no unit {n} to alter; undo that, or give the layer more units.")
            raise LayerProblem(sentence.format(n=change.unit + 1))
    return Altered(layer, changes, name=layer.name) if changes else layer


def held(surgery: Iterable[Surgery], windows: tuple[Window, ...]) -> Array | None:
    """Which numbers of the vector under the windows no update may change, bool (count,); None where all may."""
    frozen = [s for s in surgery if isinstance(s, Freeze)]
    if not frozen:
        return None
    marks = np.zeros(windows[-1].stop if windows else 0, bool)
    for part in frozen:
        for window in windows:
            if window.path[0] == part.layer and part.name in ("", "/".join(map(str, window.path[1:]))):
                _part(marks, window, part.index)[...] = True
    return marks


def set_weights(surgery: Iterable[Surgery], step: int, vector: Array, windows: tuple[Window, ...]) -> None:
    """Write into the vector what is set by hand after so many updates."""
    named = {(window.path[0], "/".join(map(str, window.path[1:]))): window for window in windows}
    for part in surgery:
        if not isinstance(part, Setting) or part.step != step or (part.layer, part.name) not in named:
            continue
        if isinstance(part, SetArray):
            _part(vector, named[part.layer, part.name], ())[...] = part.values
        else:
            _part(vector, named[part.layer, part.name], part.index)[...] = part.value


def check_surgery(surgery: Iterable[Surgery], windows: tuple[Window, ...], layers: int) -> None:
    """LayerProblem where surgery names a layer, a weight or a number of it that is not there."""
    names = {(window.path[0], "/".join(map(str, window.path[1:]))): window for window in windows}
    for part in surgery:
        if part.layer >= layers:
            sentence = _("What was done by hand to layer {n} has no such layer any more; undo it or take it out.")
            raise LayerProblem(sentence.format(n=part.layer + 1))
        if isinstance(part, (Freeze, SetWeight, SetArray)) and part.name:
            window = names.get((part.layer, part.name))
            if window is None:
                sentence = _("Layer {n} has no {name} to hold or to set; undo that or take it out.")
                raise LayerProblem(sentence.format(n=part.layer + 1, name=part.name))
            if isinstance(part, SetArray):
                _check_shape(part, window)
                continue
            fits = len(part.index) in (0, len(window.shape))
            if not fits or any(i is not None and i >= n for i, n in zip(part.index, window.shape, strict=False)):
                sentence = _("{name} of layer {n} has the shape {shape} and no number at {index}; undo what was done there.")
                words = {"name": part.name, "n": part.layer + 1, "shape": window.shape, "index": part.index}
                raise LayerProblem(sentence.format(**words))


def _check_shape(part: SetArray, window: Window) -> None:
    if part.values.shape != window.shape:
        sentence = _("{name} of layer {n} was set to numbers of the shape {found} and has the shape {shape} now; take one back.")
        words = {"name": part.name, "n": part.layer + 1, "found": part.values.shape, "shape": window.shape}
        raise LayerProblem(sentence.format(**words))


def _part(vector: Array, window: Window, index: Index) -> Array:
    """A view of the numbers meant."""
    array = vector[window.start : window.stop].reshape(window.shape)
    return array[tuple(slice(None) if i is None else slice(i, i + 1) for i in index)]

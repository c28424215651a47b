"""What can be put at a place of a network: every layer there is, with settings that suit the place, or why it cannot
stand there."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from netviz.arrays import Shape
from netviz.document.edits import size_name, size_of, with_size
from netviz.engine.activations import Activation, Linear, Relu
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Layer, LayerProblem, layers
from netviz.engine.layers.layer import GROUPS
from netviz.i18n import _

_UNITS, _FILTERS = 4, 8  # of a layer whose default is a single one


@dataclass(frozen=True)
class Offer:
    """A layer that can be put at a place.

    names: all that it is found by. about: what it does, in a sentence. reason: why it cannot stand there, empty where it
    can. breaks: which layer behind it would no longer fit, empty where all do.
    """

    layer: Layer
    title: str
    group: str
    names: tuple[str, ...]
    about: str
    reason: str = ""
    breaks: str = ""

    @property
    def rank(self) -> int:
        """0 where all would fit, 1 where something behind would not, 2 where it cannot stand itself."""
        return 2 if self.reason else 1 if self.breaks else 0


def offers(experiment: Experiment, place: int, shapes: Sequence[Shape | None]) -> tuple[Offer, ...]:
    """Every layer there is for index `place`, group by group, those that fit first; then those that cannot stand there.

    shapes: of a row before each layer and behind the last, None where nobody knows.
    """
    found = [_offer(name, experiment, place, shapes) for name in layers]
    best = {group: min(offer.rank for offer in found if offer.group == group) for group in {o.group for o in found}}
    return tuple(sorted(found, key=lambda o: (bool(o.reason), best[o.group], _place(o.group), o.group, o.rank)))


def _place(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _offer(name: str, experiment: Experiment, place: int, shapes: Sequence[Shape | None]) -> Offer:
    cls, shape = layers[name], shapes[place]
    layer = suited(cls, shape, neighbour_activation(experiment, place))
    reason = breaks = ""
    if shape is not None:
        try:
            after = layer.output_shape(shape)
            layer.weights(shape)
        except LayerProblem as problem:
            reason = str(problem)
        else:
            breaks = _broken(experiment.layers, place, after, shapes)
    about = (inspect.getdoc(cls) or "").split("\n", 1)[0]
    return Offer(layer, layers.title(name), cls.group, layers.names(name), about, reason, breaks)


def suited(cls: type[Layer], shape: Shape | None, activation: Activation) -> Layer:
    """A layer of that kind for rows of a shape: more than one unit, and its neighbours' activation where it has none."""
    layer: Any = cls() if shape is None else cls.suited(shape)
    if size_of(layer) == 1:
        layer = with_size(layer, _UNITS if size_name(layer) == "units" else _FILTERS)
    if isinstance(layer.__dict__.get("activation"), Linear):
        layer = replace(layer, activation=activation)
    found: Layer = layer
    return found


def neighbour_activation(experiment: Experiment, place: int) -> Activation:
    """The activation of the dense layer before a place, of another hidden one where there is none, else relu."""
    before = [layer for layer in experiment.layers[:place] if isinstance(layer, Dense)]
    hidden = before or [layer for layer in experiment.layers[:-1] if isinstance(layer, Dense)]
    return hidden[-1].activation if hidden else Relu()


def _broken(behind: Sequence[Layer], place: int, shape: Shape, shapes: Sequence[Shape | None]) -> str:
    """What would no longer fit behind, of what fits now."""
    for index in range(place, len(behind)):
        if shapes[index + 1] is None:
            return ""
        try:
            shape = behind[index].output_shape(shape)
        except LayerProblem as problem:
            title = behind[index].name or layers.title(layers.name(type(behind[index])))
            return _("{layer} behind it would not fit: {problem}").format(layer=title, problem=problem)
    if behind and shape != shapes[-1]:
        sentence = _("The network's output would have the shape {found} in the place of {wanted}.")
        return sentence.format(found=shape, wanted=shapes[-1])
    return ""

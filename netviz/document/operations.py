"""What can be done by hand to a unit, a link or a layer, as edits: mute, alter, freeze, set; and undo each again."""

from __future__ import annotations

from dataclasses import replace

from netviz.engine.experiment import Experiment
from netviz.engine.mistakes import Mistake
from netviz.engine.network import Network
from netviz.engine.surgery import Alter, Freeze, Index, SetWeight, Surgery


def alteration(experiment: Experiment, layer: int, unit: int | None) -> Alter | None:
    """What is done to the output of a unit, or of a layer where unit is None."""
    found = (s for s in experiment.surgery if isinstance(s, Alter) and (s.layer, s.unit) == (layer, unit))
    return next(found, None)


def alter(experiment: Experiment, layer: int, unit: int | None, scale: float, shift: float) -> Experiment:
    """The unit, or the layer, puts out scale·a + shift; 1 and 0 take it back, 0 and 0 mute it."""
    others = tuple(
        s for s in experiment.surgery if not (isinstance(s, Alter) and (s.layer, s.unit) == (layer, unit))
    )  # fmt: skip
    made = () if (scale, shift) == (1.0, 0.0) else (Alter(layer, unit, scale, shift),)
    return replace(experiment, surgery=(*others, *made))


def freezes_of_unit(network: Network, layer: int, unit: int) -> tuple[Freeze, ...]:
    """What holds all weights of a unit still: those of its channel in every array of the layer."""
    units = network.shapes[layer + 1][-1]
    found = []
    for window in network.windows:
        if window.path[0] == layer and window.trainable and window.shape and window.shape[-1] == units:
            index = (*[None] * (len(window.shape) - 1), unit % units)
            found.append(Freeze(layer, "/".join(map(str, window.path[1:])), index))
    return tuple(found)


def is_held(experiment: Experiment, freezes: tuple[Freeze, ...]) -> bool:
    """Whether all of these hold."""
    return bool(freezes) and set(freezes) <= set(experiment.surgery)


def hold(experiment: Experiment, freezes: tuple[Freeze, ...], on: bool) -> Experiment:
    """Hold these weights still, or let them go."""
    others = tuple(s for s in experiment.surgery if s not in freezes)
    return replace(experiment, surgery=(*others, *freezes) if on else others)


def set_weight(
    experiment: Experiment, layer: int, name: str, index: Index, value: float, step: int
) -> Experiment:
    """After so many updates this weight becomes the value; of two at one time the later holds."""
    others = tuple(
        s for s in experiment.surgery
        if not (isinstance(s, SetWeight) and (s.layer, s.name, s.index, s.step) == (layer, name, index, step))
    )  # fmt: skip
    return replace(experiment, surgery=(*others, SetWeight(layer, name, index, value, step)))


def without(experiment: Experiment, operation: Surgery) -> Experiment:
    """One operation taken back."""
    return replace(experiment, surgery=tuple(s for s in experiment.surgery if s != operation))


def with_mistake(experiment: Experiment, mistake: Mistake, on: bool) -> Experiment:
    """Backpropagation with a mistake, or without it."""
    others = tuple(m for m in experiment.mistakes if m != mistake)
    return replace(experiment, mistakes=(*others, mistake) if on else others)

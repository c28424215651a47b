"""What can be done by hand to a unit, a link or a layer, as edits: mute, alter, freeze, set; and undo each again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from netviz.arrays import Array
from netviz.engine.activations import Linear
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Activation, Layer
from netviz.engine.layers.wrapped import Wrapped
from netviz.engine.mistakes import Mistake, concerns
from netviz.engine.network import Network, layer_names
from netviz.engine.surgery import Alter, Freeze, Index, SetArray, SetWeight, Surgery
from netviz.i18n import _


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


def set_arrays(experiment: Experiment, network: Network, found: Mapping[str, Array], step: int, origin: str) -> Experiment:
    """After so many updates the weights become these, by name such as `dense_1/kernel`; what was set then before gives way."""
    names, made = layer_names(network.layers), list[SetArray]()
    for window in network.windows:
        layer, *path = window.path
        name = "/".join(map(str, path))
        values = found.get(f"{names[int(layer)]}/{name}")
        if values is not None:
            made.append(SetArray(int(layer), name, values, step, origin))
    places = {(s.layer, s.name) for s in made}
    others = tuple(
        s for s in experiment.surgery
        if not (isinstance(s, SetArray | SetWeight) and s.step == step and (s.layer, s.name) in places)
    )  # fmt: skip
    return replace(experiment, surgery=(*others, *made))


def fitting(experiment: Experiment, network: Network) -> Experiment:
    """Without what was set by hand and does not fit the network's weights any more."""
    shapes = {(int(w.path[0]), "/".join(map(str, w.path[1:]))): w.shape for w in network.windows}
    kept = tuple(
        s for s in experiment.surgery
        if not isinstance(s, SetArray) or shapes.get((s.layer, s.name)) == s.values.shape
    )  # fmt: skip
    return replace(experiment, surgery=kept)


def without(experiment: Experiment, operation: Surgery) -> Experiment:
    """One operation taken back."""
    return replace(experiment, surgery=tuple(s for s in experiment.surgery if s != operation))


def with_mistake(experiment: Experiment, mistake: Mistake, on: bool) -> Experiment:
    """Backpropagation with a mistake, or without it."""
    others = tuple(m for m in experiment.mistakes if m != mistake)
    return replace(experiment, mistakes=(*others, mistake) if on else others)


def idle_mistakes(network: Network, rows: int) -> dict[Mistake, str]:
    """The mistakes that would change no gradient of this network, and why. rows: of a batch."""
    kernels = {window.path[0]: window.shape for window in network.windows if window.path[1:] == ("kernel",)}
    found: set[Mistake] = set()
    for stage in network.stages[network.lowest :]:
        layer = _bare(stage.layer)
        if not stage.first and not (isinstance(layer, Activation) and isinstance(layer.activation, Linear)):
            wide = min(kernels.get(stage.index, (0,))) > 1
            found |= {mistake for mistake in concerns(layer) if mistake != "transpose" or wide}
    why: dict[Mistake, str] = {
        "derivative": _("No activation has weights below it, or the loss is taken together with it."),
        "transpose": _("No dense layer of several units has weights below it; a single column is its own transpose."),
        "slope": _("No leaky ReLU has weights below it."),
    }
    idle = {mistake: sentence for mistake, sentence in why.items() if mistake not in found}
    if not any(window.path[1:] == ("bias",) and window.trainable for window in network.windows):
        idle["biases"] = _("No layer has a bias that is trained.")
    if rows <= 1:
        idle["batch"] = _("A batch is one row: there is nothing to divide by.")
    return idle


def _bare(layer: Layer) -> Layer:
    """A layer without what was put around it."""
    while isinstance(layer, Wrapped):
        layer = layer.inner
    return layer

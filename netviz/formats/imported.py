"""What a file says of a network, as far as netviz can have it, and a list of what it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from netviz.arrays import Array, FrozenMap, Shape
from netviz.datasets import Scale
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Layer
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network, NetworkProblem, layer_names
from netviz.engine.parameters import Parameters
from netviz.engine.run import Start
from netviz.files import FileProblem, quoted
from netviz.i18n import _

LOGITS = "from_logits=True"
MOST_LAYERS = 1000


@dataclass(frozen=True)
class LeftOut:
    """A part of a file that netviz does not take: what it is, where it stands (a line, a layer), and why."""

    what: str
    where: str = ""
    why: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} ({self.why})" if self.why else text


@dataclass(frozen=True)
class Imported:
    """A network from a file.

    layers: netviz' own. input_shape: of a row, None where the file does not say. settings: fields of an Experiment by
    name, those that the file sets (loss, optimizer, epochs, ...). arrays: weights by `layer/weight`, as Trained names
    them; none where the file has none. slots: for each slot of the optimizer its arrays under the same names; updates:
    how many updates they have seen. feature_scale, target_scale: preprocessing that stood in front of or behind the
    network and is no longer among the layers. from_logits: whether the file's loss takes the logits before the last layer,
    an activation, so that its own predictions are those. left_out: what is not taken. origin: what the file says of itself.
    """

    layers: tuple[Layer, ...]
    input_shape: Shape | None = None
    settings: Mapping[str, Any] = field(default_factory=lambda: FrozenMap({}))
    arrays: Mapping[str, Array] = field(default_factory=lambda: FrozenMap({}))
    slots: Mapping[str, Mapping[str, Array]] = field(default_factory=lambda: FrozenMap({}))
    updates: int = 0
    feature_scale: Scale | None = None
    target_scale: Scale | None = None
    from_logits: bool = False
    left_out: tuple[LeftOut, ...] = ()
    origin: Mapping[str, Any] = field(default_factory=lambda: FrozenMap({}))

    def experiment(self, given: Experiment) -> Experiment:
        """The given experiment with this network, every setting that the file has, and nothing of what was done by hand."""
        return replace(given, layers=self.layers, **{"surgery": (), "mistakes": (), **self.settings})

    def network(self, row_shape: Shape | None = None) -> Network:
        """The network for rows of a shape, else of the file's own; NetworkProblem where it does not fit."""
        shape = row_shape or self.input_shape
        if shape is None:
            raise NetworkProblem(_("The file does not say what a row looks like; choose data for the network first."))
        return Network(self.layers, shape, self.settings.get("loss", MeanSquaredError()))

    def trainable_names(self, still: Set[int] = frozenset()) -> list[str]:
        """The names of the weights that an optimizer changes, in its order. still: places of layers that it leaves alone."""
        names = layer_names(self.layers)
        moved = (w for w in self.network().windows if w.trainable and w.path[0] not in still)
        return ["/".join([names[int(w.path[0])], *map(str, w.path[1:])]) for w in moved]

    def predictions(self, units: Array, dtype: str) -> Array:
        """Predictions in the targets' own units for rows in theirs, (rows, ...); those of the file's own program."""
        if self.from_logits:
            return replace(self, layers=self.layers[:-1], from_logits=False).predictions(units, dtype)
        network = self.network(units.shape[1:])
        params = filled(network, self.layers, self.arrays, dtype)
        x = units if self.feature_scale is None else self.feature_scale.apply(units)
        y = network.predict(params, np.ascontiguousarray(x, dtype))
        return y if self.target_scale is None else self.target_scale.undo(y)

    def start(self, network: Network, dtype: str) -> Start:
        """Where training goes on: weights, and what the optimizer remembers. FileProblem where arrays do not fit."""
        if not self.arrays:
            return Start()
        params = filled(network, self.layers, self.arrays, dtype)
        slots = tuple((n, filled(network, self.layers, s, dtype, whole=False).vector) for n, s in self.slots.items())
        return Start(params.vector, slots, self.updates)


def refuse_many(layers: int, name: str) -> None:
    """FileProblem for more layers than any network here has."""
    if layers > MOST_LAYERS:
        sentence = _("{name} has {n:,} layers; at most {most:,} can be opened.")
        raise FileProblem(sentence.format(name=name, n=layers, most=MOST_LAYERS))


def filled(
    network: Network, layers: tuple[Layer, ...], arrays: Mapping[str, Array], dtype: str, whole: bool = True
) -> Parameters:
    """Arrays by name as the network's parameters; without `whole`, those that are missing are 0."""
    names = layer_names(layers)
    vector = np.zeros(network.windows[-1].stop if network.windows else 0, dtype)
    for window in network.windows:
        layer, *path = window.path
        name = "/".join([names[int(layer)], *map(str, path)])
        array = arrays.get(name)
        if array is None and not whole:
            continue
        if array is None:
            raise FileProblem(_("The file has no numbers for {name}.").format(name=quoted(name)))
        if array.shape != window.shape:
            sentence = _("{name} has the shape {found} in the file; the network needs {wanted}.")
            raise FileProblem(sentence.format(name=quoted(name), found=array.shape, wanted=window.shape))
        vector[window.start : window.stop] = array.ravel()
    return Parameters(vector, network.windows)

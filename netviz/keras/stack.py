"""Layers in a row and the numbers that they have now; how they are trained is not known here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from netviz.arrays import Array, Shape, size
from netviz.engine import layers as engine
from netviz.engine import losses as engine_losses
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters
from netviz.engine.run import Start
from netviz.i18n import _
from netviz.keras import config, names, utils
from netviz.keras.layers import InputLayer, Layer
from netviz.keras.weights import arrays_of, checked_vector, kept


class Stack:
    """Layers one after another; `start` is where the next training begins: weights, optimizer's memory and counts.

    Its seed is that of `netviz.keras.utils.set_random_seed`, else a number from Python's `random`; weights, shuffling
    and dropout follow from it.
    """

    def __init__(self, layers: Sequence[Layer] = (), name: str | None = None) -> None:
        """The weights exist once the shape of a row is known."""
        self.name = name or names.unique(type(self).__name__)
        self.seed = utils.new_seed()
        self.dtype = config.floatx()
        self.layers: list[Layer] = []
        self.start = Start()
        self._input_shape: Shape | None = None
        self._network: Network | None = None
        for layer in layers:
            self.add(layer)

    # --------------------------------------------------------------------------------------------------- building

    def add(self, layer: Layer, rebuild: bool = True) -> None:
        """Put a layer behind the others."""
        if not isinstance(layer, Layer):
            raise ValueError(_("{found} is not a layer of netviz.keras.layers.").format(found=repr(layer)[:80]))
        if layer.model is not None:
            raise ValueError(_("The layer {name} is in a model already.").format(name=layer.name))
        if any(other.name == layer.name for other in self.layers):
            raise ValueError(_("Two layers have the name {name}; every layer needs its own.").format(name=layer.name))
        if layer.first_shape is not None and not self.layers:
            self._input_shape = layer.first_shape
        elif isinstance(layer, InputLayer):
            raise ValueError(_("Input stands before the first layer, and only once."))
        if isinstance(layer, InputLayer):
            return
        self.layers.append(layer)
        try:
            self._bind()
        except ValueError:
            self.layers.pop()
            raise
        layer.model = self

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer off."""
        if not self.layers:
            raise ValueError(_("There are no layers in the model."))
        layer = self.layers.pop()
        self._bind()
        layer.model = None
        return layer

    def build(self, input_shape: Any = None) -> None:
        """Fix the shape of a batch, (None, ...), so that the weights exist."""
        if input_shape is not None:
            self.begin_with(tuple(int(dim) for dim in tuple(input_shape)[1:]))
        if self._network is None:
            raise ValueError(_("The model has no input shape or no layers; begin with Input((10,)) or call fit."))

    def begin_with(self, shape: Shape) -> None:
        """Take the shape of a row from data where no layer has said it."""
        if self._network is None and self.layers:
            before, self._input_shape = self._input_shape, self._input_shape or shape
            try:
                self._bind()
            except ValueError:
                self._input_shape = before
                raise

    def _bind(self) -> None:
        """Make the network anew; weights that keep place and shape keep their numbers, the optimizer forgets."""
        before, start = self._network, self.start
        self._network = None
        if self._input_shape is None or not self.layers:
            return
        try:
            loss = engine_losses.MeanSquaredError()
            self._network = Network(self.values(), self._input_shape, loss, growing=True)
        except ValueError:
            self._network = before
            raise
        vector = None
        if before is not None and start.params is not None:
            vector = kept(Parameters(start.params, before.windows), self._drawn())
        self.start = Start(params=vector, epochs=start.epochs)

    def values(self) -> tuple[engine.Layer, ...]:
        return tuple(layer.value for layer in self.layers if layer.value is not None)

    def bound(self) -> Network:
        """The network; ValueError before it can be built."""
        self.build()
        assert self._network is not None
        return self._network

    @property
    def built(self) -> bool:
        """Whether the weights exist."""
        return self._network is not None

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Shape of a batch that goes in, (None, ...)."""
        return (None, *self.bound().shapes[0])

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """Shape of a batch that comes out, (None, ...)."""
        return (None, *self.bound().output_shape)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its place."""
        if index is not None:
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(_("The model has no layer named {name}.").format(name=repr(name)))

    # ---------------------------------------------------------------------------------------------------- weights

    def _drawn(self) -> Parameters:
        return self.bound().initial(self.seed, self.dtype)

    def parameters(self) -> Parameters:
        """All weights as they are now, in the engine's form; read-only."""
        vector = self.start.params
        return self._drawn().copy() if vector is None else Parameters(vector, self.bound().windows)

    def get_weights(self) -> list[Array]:
        """Copies of all arrays, layer by layer, kernel before bias; none before the model is built."""
        return [array for layer in self.layers for array in self.layer_weights(layer)]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Other numbers, in the order and the shapes of `get_weights`; what the optimizer remembers stays."""
        network = self.bound()
        vector = checked_vector(self.name, network.windows, weights, self.parameters())
        self.start = replace(self.start, params=vector)

    def layer_weights(self, layer: Layer) -> list[Array]:
        """Copies of one layer's arrays."""
        if self._network is None or layer not in self.layers:
            return []
        return arrays_of(self.parameters(), self.layers.index(layer))

    def set_layer_weights(self, layer: Layer, weights: Sequence[Any]) -> None:
        """Other numbers for one layer."""
        place = self.layers.index(layer)
        windows = tuple(window for window in self.bound().windows if window.path[0] == place)
        vector = checked_vector(layer.name, windows, weights, self.parameters())
        self.start = replace(self.start, params=vector)

    def layer_shapes(self, layer: Layer) -> tuple[Shape, Shape] | None:
        """Shapes of a row before and after a layer."""
        if self._network is None or layer not in self.layers:
            return None
        place = self.layers.index(layer)
        return self._network.shapes[place], self._network.shapes[place + 1]

    def count_params(self) -> int:
        """How many numbers all layers have."""
        return sum(size(window.shape) for window in self.bound().windows)

"""The layers, one file for each family; importing this package registers them all."""

from netviz.engine.layers.activation import Activation
from netviz.engine.layers.dense import Dense
from netviz.engine.layers.dropout import Dropout
from netviz.engine.layers.layer import Layer, LayerProblem, Weight, layers
from netviz.engine.layers.reshaping import Flatten

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Layer", "LayerProblem", "Weight", "layers"]

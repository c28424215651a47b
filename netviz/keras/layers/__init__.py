"""Layers under Keras' names, one file for each family. Source: https://keras.io/api/layers"""

from netviz.keras.layers.dense import ELU, Activation, Dense, LeakyReLU, ReLU, Softmax
from netviz.keras.layers.layer import Input, InputLayer, Layer, of
from netviz.keras.layers.regularization import Dropout
from netviz.keras.layers.reshaping import Flatten

__all__ = [
    "ELU", "Activation", "Dense", "Dropout", "Flatten", "Input", "InputLayer", "Layer", "LeakyReLU", "ReLU", "Softmax",
    "of",
]  # fmt: skip

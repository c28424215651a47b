"""Layers under Keras' names, one file for each family. Source: https://keras.io/api/layers"""

from netviz.keras.layers.activations import ELU, LeakyReLU, PReLU, ReLU, Softmax
from netviz.keras.layers.augmentation import RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from netviz.keras.layers.dense import Activation, Dense
from netviz.keras.layers.embedding import Embedding
from netviz.keras.layers.layer import Input, InputLayer, Layer, of
from netviz.keras.layers.normalization import BatchNormalization, LayerNormalization
from netviz.keras.layers.recurrent import SimpleRNN
from netviz.keras.layers.regularization import (
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
)
from netviz.keras.layers.reshaping import Flatten, Permute, Rescaling, Reshape
from netviz.keras.layers.residual import Residual

__all__ = [
    "ELU", "Activation", "BatchNormalization", "Dense", "Dropout", "Embedding", "Flatten", "GaussianDropout", "GaussianNoise",
    "Input", "InputLayer", "Layer", "LayerNormalization", "LeakyReLU", "PReLU", "Permute",
    "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "ReLU", "Rescaling",
    "Reshape", "Residual", "SimpleRNN", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "of",
]  # fmt: skip

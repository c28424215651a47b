"""The layers, one file for each family; importing this package registers them all."""

from netviz.engine.layers.activation import Activation
from netviz.engine.layers.advanced_activations import ELU, LeakyReLU, PReLU, ReLU, Softmax
from netviz.engine.layers.attention import MultiHeadAttention
from netviz.engine.layers.augmentation import RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from netviz.engine.layers.bidirectional import Bidirectional
from netviz.engine.layers.convolution import Conv1D, Conv2D, DepthwiseConv2D
from netviz.engine.layers.dense import Dense
from netviz.engine.layers.dropout import Dropout
from netviz.engine.layers.embedding import Embedding
from netviz.engine.layers.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
)
from netviz.engine.layers.gru import GRU
from netviz.engine.layers.layer import Layer, LayerProblem, Weight, layers
from netviz.engine.layers.layer_normalization import LayerNormalization
from netviz.engine.layers.lstm import LSTM
from netviz.engine.layers.noise import GaussianDropout, GaussianNoise, SpatialDropout1D, SpatialDropout2D
from netviz.engine.layers.normalization import BatchNormalization
from netviz.engine.layers.pooling import AveragePooling1D, AveragePooling2D, MaxPooling1D, MaxPooling2D
from netviz.engine.layers.recurrent import Recurrent, SimpleRNN
from netviz.engine.layers.reshaping import Flatten, Permute, Rescaling, Reshape
from netviz.engine.layers.residual import Residual
from netviz.engine.layers.resizing import UpSampling2D, ZeroPadding2D

__all__ = [
    "ELU", "GRU", "LSTM", "Activation", "AveragePooling1D", "AveragePooling2D", "BatchNormalization", "Bidirectional",
    "Conv1D", "Conv2D", "Dense", "DepthwiseConv2D", "Dropout", "Embedding", "Flatten", "GaussianDropout",
    "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
    "Layer", "LayerNormalization", "LayerProblem", "LeakyReLU", "MaxPooling1D", "MaxPooling2D", "MultiHeadAttention",
    "PReLU", "Permute", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "ReLU", "Recurrent",
    "Rescaling", "Reshape", "Residual", "SimpleRNN", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "UpSampling2D",
    "Weight", "ZeroPadding2D", "layers",
]  # fmt: skip

"""Layers under Keras' names, one file for each family. Source: https://keras.io/api/layers"""

from netviz.keras.layers.activations import ELU, LeakyReLU, PReLU, ReLU, Softmax
from netviz.keras.layers.attention import MultiHeadAttention
from netviz.keras.layers.augmentation import RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from netviz.keras.layers.convolution import Conv1D, Conv2D, Convolution1D, Convolution2D, DepthwiseConv2D
from netviz.keras.layers.dense import Activation, Dense
from netviz.keras.layers.embedding import Embedding
from netviz.keras.layers.layer import Input, InputLayer, Layer, of
from netviz.keras.layers.normalization import BatchNormalization, LayerNormalization
from netviz.keras.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AvgPool1D,
    AvgPool2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    MaxPool1D,
    MaxPool2D,
    MaxPooling1D,
    MaxPooling2D,
)
from netviz.keras.layers.recurrent import GRU, LSTM, Bidirectional, SimpleRNN
from netviz.keras.layers.regularization import (
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
)
from netviz.keras.layers.reshaping import Flatten, Permute, Rescaling, Reshape, UpSampling2D, ZeroPadding2D
from netviz.keras.layers.residual import Residual

__all__ = [
    "ELU", "GRU", "LSTM", "Activation", "AveragePooling1D", "AveragePooling2D", "AvgPool1D", "AvgPool2D",
    "BatchNormalization", "Bidirectional", "Conv1D", "Conv2D", "Convolution1D", "Convolution2D", "Dense",
    "DepthwiseConv2D", "Dropout", "Embedding", "Flatten", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalMaxPool1D", "GlobalMaxPool2D",
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "Input", "InputLayer", "Layer", "LayerNormalization", "LeakyReLU",
    "MaxPool1D", "MaxPool2D", "MaxPooling1D", "MaxPooling2D", "MultiHeadAttention", "PReLU", "Permute", "RandomFlip",
    "RandomRotation", "RandomTranslation", "RandomZoom", "ReLU", "Rescaling", "Reshape", "Residual", "SimpleRNN",
    "Softmax", "SpatialDropout1D", "SpatialDropout2D", "UpSampling2D", "ZeroPadding2D", "of",
]  # fmt: skip

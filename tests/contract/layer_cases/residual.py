"""Blocks with a way around them, and blocks within blocks."""

from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    GaussianNoise,
    LayerNormalization,
    Residual,
)
from netviz.engine.regularizers import L2

CASES = {
    "residual": (Residual(), (4,)),
    "residual with weights": (Residual((Dense(5, Tanh()), Dense(4))), (4,)),
    "residual, penalized": (Residual((Dense(4, Sigmoid(), kernel_regularizer=L2(0.1)),)), (4,)),
    "residual with state": (Residual((Dense(4), BatchNormalization(), Activation(Tanh()))), (4,)),
    "residual with randomness": (Residual((Dropout(0.4), Dense(4), GaussianNoise(0.2))), (4,)),
    "residual of steps": (Residual((LayerNormalization(), Dense(6, Tanh()), Dense(3))), (4, 3)),
    "residual within residual": (
        Residual((Dense(4, Tanh()), Residual((BatchNormalization(), Dense(4), Dropout(0.2))), Dense(4))),
        (4,),
    ),
    "residual of nothing learnt": (Residual((Dropout(0.0), Residual((Activation(Tanh()),)))), (3, 2)),
}

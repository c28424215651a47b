"""Dense and the layers without weights of their own around it."""

from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.layers import Activation, Dense, Dropout, Flatten
from netviz.engine.regularizers import L2

CASES = {
    "dense": (Dense(3), (4,)),
    "dense, tanh, penalized": (Dense(3, Tanh(), kernel_regularizer=L2(0.1)), (4,)),
    "dense without bias": (Dense(3, use_bias=False), (4,)),
    "dense along the last axis": (Dense(3, Sigmoid()), (2, 3, 4)),
    "activation": (Activation(Tanh()), (4,)),
    "dropout": (Dropout(0.4), (8,)),
    "dropout of nothing": (Dropout(0.0), (4,)),
    "dropout of images": (Dropout(0.3), (3, 2, 2)),
    "flatten": (Flatten(), (2, 3, 1)),
    "flatten what is flat": (Flatten(), (4,)),
}

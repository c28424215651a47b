"""Activation functions that are layers of their own."""

from netviz.engine.initializers import Constant
from netviz.engine.layers import ELU, LeakyReLU, PReLU, ReLU, Softmax
from netviz.engine.regularizers import L2

CASES = {
    "relu layer": (ReLU(), (4,)),
    "relu layer with a ceiling": (ReLU(max_value=0.7), (4,)),
    "relu layer with a slope": (ReLU(negative_slope=0.1), (4,)),
    "relu layer with a threshold": (ReLU(threshold=0.3), (4,)),
    "relu layer with all": (ReLU(1.0, 0.2, 0.4), (3, 2, 2)),
    "leaky relu layer": (LeakyReLU(), (4,)),
    "elu layer": (ELU(0.7), (2, 3)),
    "softmax layer": (Softmax(), (4,)),
    "softmax layer along the steps": (Softmax(1), (4, 3)),
    "softmax layer along the channels": (Softmax(-1), (2, 3, 4)),
    "softmax layer along the middle": (Softmax(-2), (2, 3, 4)),
    "prelu": (PReLU(), (4,)),
    "prelu, penalized": (PReLU(Constant(0.2), L2(0.1)), (4,)),
    "prelu with shared axes": (PReLU(shared_axes=(1, 2)), (3, 2, 4)),
    "prelu with one shared axis": (PReLU(shared_axes=(2,)), (3, 4)),
}

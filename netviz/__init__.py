"""netviz: draw a neural network, train it, step inside backpropagation, take the weights away."""

__version__ = "0.1.0"

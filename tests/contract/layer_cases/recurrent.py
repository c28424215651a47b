"""Recurrent layers with every option."""

from netviz.engine.activations import Gelu, Linear, Relu, Sigmoid, Softmax
from netviz.engine.initializers import GlorotNormal, RandomNormal
from netviz.engine.layers import SimpleRNN
from netviz.engine.regularizers import L1, L2

PENALIZED = {"kernel_regularizer": L2(0.1), "recurrent_regularizer": L1(0.1), "bias_regularizer": L2(0.2)}
DRAWN = {"kernel_initializer": GlorotNormal(), "recurrent_initializer": RandomNormal(0.0, 0.5), "bias_initializer": RandomNormal(0.1, 0.2)}

CASES = {
    "simple rnn": (SimpleRNN(3), (4, 2)),
    "simple rnn of one step": (SimpleRNN(2), (1, 3)),
    "simple rnn, sequences": (SimpleRNN(3, return_sequences=True), (4, 2)),
    "simple rnn, backwards": (SimpleRNN(3, go_backwards=True), (4, 2)),
    "simple rnn, sequences backwards": (SimpleRNN(3, return_sequences=True, go_backwards=True), (4, 2)),
    "simple rnn without bias": (SimpleRNN(3, use_bias=False), (4, 2)),
    "simple rnn, sigmoid": (SimpleRNN(3, Sigmoid()), (4, 2)),
    "simple rnn, linear": (SimpleRNN(3, Linear()), (4, 2)),
    "simple rnn, softmax": (SimpleRNN(3, Softmax(), return_sequences=True), (4, 2)),
    "simple rnn, gelu": (SimpleRNN(3, Gelu()), (4, 2)),
    "simple rnn, relu": (SimpleRNN(4, Relu()), (4, 2)),
    "simple rnn, dropout": (SimpleRNN(3, dropout=0.4), (4, 5)),
    "simple rnn, recurrent dropout": (SimpleRNN(5, recurrent_dropout=0.4), (4, 2)),
    "simple rnn, both dropouts": (SimpleRNN(5, dropout=0.3, recurrent_dropout=0.4, return_sequences=True, use_bias=False), (4, 5)),
    "simple rnn, penalized": (SimpleRNN(3, **PENALIZED), (4, 2)),
    "simple rnn that begins elsewhere": (SimpleRNN(3, **DRAWN), (4, 2)),
}

"""Recurrent layers with every option."""

from netviz.engine.activations import Gelu, Linear, Relu, Sigmoid, Softmax, Tanh
from netviz.engine.initializers import GlorotNormal, RandomNormal
from netviz.engine.layers import GRU, LSTM, Bidirectional, SimpleRNN
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

for name, kind in (("lstm", LSTM), ("gru", GRU)):
    CASES |= {
        name: (kind(3), (4, 2)),
        f"{name} of one step": (kind(2), (1, 3)),
        f"{name}, sequences": (kind(3, return_sequences=True), (4, 2)),
        f"{name}, backwards": (kind(3, go_backwards=True), (4, 2)),
        f"{name}, sequences backwards": (kind(3, return_sequences=True, go_backwards=True), (4, 2)),
        f"{name} without bias": (kind(3, use_bias=False), (4, 2)),
        f"{name}, sigmoids": (kind(3, Sigmoid()), (4, 2)),
        f"{name}, other functions": (kind(3, Gelu(), recurrent_activation=Tanh()), (4, 2)),
        f"{name}, relu": (kind(3, Relu()), (4, 2)),
        f"{name}, linear": (kind(3, recurrent_activation=Linear()), (4, 2)),
        f"{name}, softmax": (kind(3, Softmax(), return_sequences=True), (4, 2)),
        f"{name}, softmax gates": (kind(3, recurrent_activation=Softmax()), (4, 2)),
        f"{name}, dropout": (kind(3, dropout=0.4), (4, 5)),
        f"{name}, recurrent dropout": (kind(5, recurrent_dropout=0.4), (4, 2)),
        f"{name}, both dropouts": (kind(4, dropout=0.3, recurrent_dropout=0.4, return_sequences=True), (4, 5)),
        f"{name}, both dropouts, bare": (kind(4, use_bias=False, dropout=0.3, recurrent_dropout=0.4), (4, 5)),
        f"{name}, penalized": (kind(3, **PENALIZED), (4, 2)),
        f"{name} that begins elsewhere": (kind(3, **DRAWN), (4, 2)),
    }

CASES |= {
    "lstm, forget gates as the others": (LSTM(3, unit_forget_bias=False), (4, 2)),
    "gru, reset before": (GRU(3, reset_after=False), (4, 2)),
    "gru, reset before, sequences": (GRU(3, reset_after=False, return_sequences=True), (4, 2)),
    "gru, reset before, without bias": (GRU(3, use_bias=False, reset_after=False), (4, 2)),
    "gru, reset before, softmax": (GRU(3, Softmax(), recurrent_activation=Softmax(), reset_after=False), (4, 2)),
    "gru, reset before, gelu": (GRU(3, Gelu(), reset_after=False), (4, 2)),
    "gru, reset before, dropouts": (GRU(4, dropout=0.3, recurrent_dropout=0.4, reset_after=False), (4, 5)),
}

for mode in ("concat", "sum", "mul", "ave"):
    CASES |= {
        f"bidirectional, {mode}": (Bidirectional(GRU(3), mode), (4, 2)),
        f"bidirectional sequences, {mode}": (Bidirectional(SimpleRNN(3, return_sequences=True), mode), (4, 2)),
    }
CASES |= {
    "bidirectional lstm": (Bidirectional(LSTM(3, return_sequences=True)), (4, 2)),
    "bidirectional, dropouts": (Bidirectional(LSTM(4, dropout=0.3, recurrent_dropout=0.4)), (4, 5)),
    "bidirectional, penalized": (Bidirectional(SimpleRNN(3, **PENALIZED)), (4, 2)),
}

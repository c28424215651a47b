"""Self-attention with every option."""

from netviz.engine.initializers import RandomNormal
from netviz.engine.layers import MultiHeadAttention
from netviz.engine.regularizers import L1, L2

CASES = {
    "attention": (MultiHeadAttention(1, 3), (4, 5)),
    "attention of heads": (MultiHeadAttention(2, 3), (4, 5)),
    "attention of one step": (MultiHeadAttention(2, 2), (1, 3)),
    "attention with other values": (MultiHeadAttention(2, 3, 4), (4, 5)),
    "attention without bias": (MultiHeadAttention(2, 3, use_bias=False), (4, 5)),
    "attention, dropout": (MultiHeadAttention(2, 3, dropout=0.4), (4, 5)),
    "attention, penalized": (MultiHeadAttention(2, 3, kernel_regularizer=L2(0.1), bias_regularizer=L1(0.1)), (4, 5)),
    "attention that begins elsewhere": (
        MultiHeadAttention(2, 3, kernel_initializer=RandomNormal(), bias_initializer=RandomNormal(0.1, 0.2)), (4, 5),
    ),
}

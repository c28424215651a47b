"""The layers of netviz that PyTorch has not as they are, as exported programs hold those that they need.

Rows come first and channels last here, but for `average_pool`.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F


def relu_layer(x, slope=0.0, threshold=0.0, ceiling=None):
    """x where x > threshold, else slope * (x - threshold); at most the ceiling."""
    y = torch.where(x > threshold, x, slope * (x - threshold))
    return y if ceiling is None else y.clamp_max(ceiling)


def masked_softmax(x, mask):
    """Softmax over the steps that are no padding; the others get 0."""
    return torch.softmax(x.masked_fill(~mask, -1e9), -1).masked_fill(~mask, 0)


def masked_mean(x, mask, keepdim=False):
    """The mean over the steps that are no padding, 0 where all are: (rows, steps, channels) -> (rows, channels)."""
    shares = mask.to(x.dtype) / mask.sum(1, keepdim=True).clamp_min(1)
    return (shares[..., None] * x).sum(1, keepdim=keepdim)


def average_pool(x, size, strides, padding):
    """The mean of each window without what sticks out; images (rows, channels, height, width), padding as F.pad has it."""
    inside = F.pad(torch.ones_like(x[:1, :1]), padding)
    return F.avg_pool2d(F.pad(x, padding), size, strides) / F.avg_pool2d(inside, size, strides)


class RowPReLU(nn.Module):
    """x where x > 0, else weight * x, with a weight for each number of a row."""

    def __init__(self, *shape):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        return torch.where(x > 0, x, self.weight * x)


class GaussianNoise(nn.Module):
    """Noise of a standard deviation, added in training."""

    def __init__(self, stddev):
        super().__init__()
        self.stddev = stddev

    def forward(self, x):
        return x + self.stddev * torch.randn_like(x) if self.training else x


class GaussianDropout(nn.Module):
    """Factors around 1 with variance rate / (1 - rate), in training."""

    def __init__(self, rate):
        super().__init__()
        self.stddev = math.sqrt(rate / (1 - rate))

    def forward(self, x):
        return x * (1 + self.stddev * torch.randn_like(x)) if self.training else x


def steps_of(x, backwards):
    """The numbers of the steps in the order in which they are read."""
    return range(x.shape[1])[:: -1 if backwards else 1]


def kept(mask, t, new, old):
    """The new state, or the old one where step t is padding."""
    return new if mask is None else torch.where(mask[:, t, None], new, old)


class OwnRNN(nn.RNN):
    """nn.RNN with any activation and padding anywhere; the states of all steps, (rows, steps, units)."""

    def __init__(self, inputs, units, bias=True, activation=torch.tanh, backwards=False):
        super().__init__(inputs, units, bias=bias, batch_first=True)
        self.activation, self.backwards = activation, backwards

    def forward(self, x, mask=None):
        bias = (self.bias_ih_l0, self.bias_hh_l0) if self.bias else (None, None)
        z, h, states = F.linear(x, self.weight_ih_l0, bias[0]), x.new_zeros(len(x), self.hidden_size), []
        for t in steps_of(x, self.backwards):
            h = kept(mask, t, self.activation(z[:, t] + F.linear(h, self.weight_hh_l0, bias[1])), h)
            states.append(h)
        return torch.stack(states, 1)


class OwnLSTM(nn.LSTM):
    """nn.LSTM with any activations and padding anywhere; the states of all steps, (rows, steps, units)."""

    def __init__(self, inputs, units, bias=True, activation=torch.tanh, gate=torch.sigmoid, backwards=False):
        super().__init__(inputs, units, bias=bias, batch_first=True)
        self.activation, self.gate, self.backwards = activation, gate, backwards

    def forward(self, x, mask=None):
        bias = (self.bias_ih_l0, self.bias_hh_l0) if self.bias else (None, None)
        z, states = F.linear(x, self.weight_ih_l0, bias[0]), []
        h = c = x.new_zeros(len(x), self.hidden_size)
        for t in steps_of(x, self.backwards):
            i, f, g, o = (z[:, t] + F.linear(h, self.weight_hh_l0, bias[1])).chunk(4, -1)
            new = self.gate(f) * c + self.gate(i) * self.activation(g)
            h, c = kept(mask, t, self.gate(o) * self.activation(new), h), kept(mask, t, new, c)
            states.append(h)
        return torch.stack(states, 1)


class OwnGRU(nn.GRU):
    """nn.GRU with any activations, the reset before or after the product, and padding anywhere; states of all steps."""

    def __init__(
        self, inputs, units, bias=True, activation=torch.tanh, gate=torch.sigmoid, reset_after=True, backwards=False
    ):
        super().__init__(inputs, units, bias=bias, batch_first=True)
        self.activation, self.gate, self.reset_after, self.backwards = activation, gate, reset_after, backwards

    def forward(self, x, mask=None):
        bias = (self.bias_ih_l0, self.bias_hh_l0) if self.bias else (None, None)
        z, h, states = F.linear(x, self.weight_ih_l0, bias[0]), x.new_zeros(len(x), self.hidden_size), []
        for t in steps_of(x, self.backwards):
            r, u, n = z[:, t].chunk(3, -1)
            r_h, u_h, n_h = F.linear(h, self.weight_hh_l0, bias[1]).chunk(3, -1)
            r, u = self.gate(r + r_h), self.gate(u + u_h)
            if self.reset_after:
                n = self.activation(n + r * n_h)
            else:
                n = self.activation(n + F.linear(r * h, self.weight_hh_l0.chunk(3)[2]))
            h = kept(mask, t, u * h + (1 - u) * n, h)
            states.append(h)
        return torch.stack(states, 1)


class SelfAttention(nn.Module):
    """Every step of a sequence looks at every other, in several heads of any width."""

    def __init__(self, features, heads, key_dim, value_dim, bias=True, dropout=0.0):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query = nn.Linear(features, heads * key_dim, bias=bias)
        self.key = nn.Linear(features, heads * key_dim, bias=bias)
        self.value = nn.Linear(features, heads * value_dim, bias=bias)
        self.output = nn.Linear(heads * value_dim, features, bias=bias)

    def forward(self, x, mask=None):
        q, k, v = (part(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.query, self.key, self.value))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if mask is not None:  # padding looks at nothing, and nothing looks at it
            hidden = ~(mask[:, None, :, None] & mask[:, None, None, :])
            scores = scores.masked_fill(hidden, torch.finfo(x.dtype).min / 2)
        shares = torch.softmax(scores, -1)
        if mask is not None and self.dropout:
            shares = shares.masked_fill(hidden, 0)
        heads = F.dropout(shares, self.dropout, self.training) @ v
        return self.output(heads.transpose(1, 2).flatten(2))

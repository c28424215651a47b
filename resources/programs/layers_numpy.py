"""The layers of netviz in NumPy, as exported programs hold those that they need.

Rows come first everywhere, channels last. Each function is complete in itself but for those above it.
"""

import numpy as np


def sigmoid(x):
    """1 / (1 + exp(-x))."""
    with np.errstate(over="ignore"):  # exp may overflow to infinity; the quotient is then the 0 it should be
        return 1 / (1 + np.exp(-x))


def leaky_relu(x, slope):
    """x where x > 0, else slope * x."""
    return np.where(x > 0, x, slope * x)


def relu_layer(x, slope=0.0, threshold=0.0, ceiling=None):
    """x where x > threshold, else slope * (x - threshold); at most the ceiling."""
    y = np.where(x > threshold, x, slope * (x - threshold))
    return y if ceiling is None else np.minimum(y, ceiling)


def elu(x, alpha=1.0):
    """x where x > 0, else alpha * (exp(x) - 1)."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def normal_cdf(x):
    """The standard normal's distribution function, by a Chebyshev series of log(erfc)."""
    series = [
        -0.651326859890854717, 0.64196979235649026, 0.0194764732041858363, -0.00956151478680863164,
        -0.000946595344482036866, 0.000366839497852761452, 4.25233248069077716e-5, -2.02785781125342432e-5,
        -1.62429000464702551e-6, 1.3036558355805232e-6, 1.56264417220661432e-8, -8.52380959149265425e-8,
        6.5290544390988515e-9, 5.05934349555146894e-9, -9.91364156493033087e-10, -2.27365122293183586e-10,
        9.6467911020155268e-11, 2.39403808303911474e-12, -6.8860275264975534e-12, 8.94487927309072572e-13,
        3.13092139934295808e-13, -1.12708223613672524e-13, 3.81090525518923206e-16, 7.10609761360923699e-15,
    ]
    z = np.abs(x) * x.dtype.type(np.sqrt(0.5))
    t = 2 / (2 + z)
    terms = np.array(series if x.dtype == np.float64 else series[:11], x.dtype)
    tail = t * np.exp(np.polynomial.chebyshev.chebval(2 * t - 1, terms) - z * z) / 2
    return np.where(x < 0, tail, 1 - tail)


def gelu(x):
    """x times the share of the standard normal below x."""
    return x * normal_cdf(x)


def gelu_tanh(x):
    """GELU as the tanh that comes near it."""
    return x * (np.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)) + 1) / 2


def softplus(x):
    """log(1 + exp(x))."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def softmax(x, axis=-1):
    """exp(x) / sum of exp(x) along an axis."""
    y = np.exp(x - x.max(axis, keepdims=True))
    return y / y.sum(axis, keepdims=True)


def masked_softmax(x, mask):
    """Softmax over the steps that are no padding; the others get 0."""
    return np.where(mask, softmax(np.where(mask, x, -1e9).astype(x.dtype)), 0).astype(x.dtype)


def linear(x):
    """x itself."""
    return x


def relu(x):
    """max(x, 0)."""
    return np.maximum(x, 0)


def tokens(x, count):
    """Whole numbers from 0 to count - 1; ValueError for any other number."""
    found = x.astype(np.intp)
    if (found != x).any() or found.size and not 0 <= found.min() <= found.max() < count:
        raise ValueError(f"the network takes tokens, whole numbers from 0 to {count - 1}")
    return found


def windows(x, size, strides=(1, 1), dilation=(1, 1)):
    """What windows over images see: (rows, down, across, channels, height, width)."""
    reach = [(n - 1) * rate + 1 for n, rate in zip(size, dilation)]
    found = np.lib.stride_tricks.sliding_window_view(x, reach, (1, 2))
    return found[:, :: strides[0], :: strides[1], :, :: dilation[0], :: dilation[1]]


def padded(x, padding, value=0.0):
    """Images with ((above, below), (left, right)) pixels of a value around them."""
    return np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=value) if np.any(padding) else x


def conv2d(x, kernel, bias=0.0, strides=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """Windows times a kernel (height, width, channels of a group, filters): images in, images of filters out."""
    parts = []
    for part, own in zip(np.split(padded(x, padding), groups, -1), np.split(kernel, groups, -1)):
        seen = windows(part, kernel.shape[:2], strides, dilation).transpose(0, 1, 2, 4, 5, 3)
        parts.append(np.tensordot(seen, own, 3))
    return np.concatenate(parts, -1) + bias


def depthwise_conv2d(x, kernel, bias=0.0, strides=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """Each channel with filters of its own: kernel (height, width, channels, filters of a channel)."""
    seen = windows(padded(x, padding), kernel.shape[:2], strides, dilation)
    y = np.einsum("ruvcij,ijcm->ruvcm", seen, kernel)
    return y.reshape(*y.shape[:3], -1) + bias


def conv1d(x, kernel, bias=0.0, strides=1, padding=(0, 0), dilation=1, groups=1):
    """The same over sequences (rows, steps, channels): images of one line."""
    return conv2d(x[:, None], kernel[None], bias, (1, strides), ((0, 0), padding), (1, dilation), groups)[:, 0]


def max_pool2d(x, size, strides, padding=((0, 0), (0, 0))):
    """The largest number of each window."""
    return windows(padded(x, padding, -np.inf), size, strides).max((4, 5))


def average_pool2d(x, size, strides, padding=((0, 0), (0, 0))):
    """The mean of each window, without what sticks out of the image."""
    inside = windows(padded(np.ones((1, *x.shape[1:3], 1), x.dtype), padding), size, strides).sum((4, 5))
    return windows(padded(x, padding), size, strides).sum((4, 5)) / inside


def max_pool1d(x, size, strides, padding=(0, 0)):
    """The largest number of each window of a sequence."""
    return max_pool2d(x[:, None], (1, size), (1, strides), ((0, 0), padding))[:, 0]


def average_pool1d(x, size, strides, padding=(0, 0)):
    """The mean of each window of a sequence, without what sticks out."""
    return average_pool2d(x[:, None], (1, size), (1, strides), ((0, 0), padding))[:, 0]


def masked_mean(x, mask, keepdims=False):
    """The mean over the steps that are no padding, 0 where all are: (rows, steps, channels) -> (rows, channels)."""
    shares = mask / np.maximum(mask.sum(1, keepdims=True), 1)
    return (shares.astype(x.dtype)[..., None] * x).sum(1, keepdims=keepdims)


def upsampled(x, size):
    """Images `size` times as high and as wide, read between the pixels in proportion."""
    for axis, factor in zip((1, 2), size):
        n = x.shape[axis]
        at = np.clip((np.arange(n * factor) + 0.5) / factor - 0.5, 0, n - 1)
        blend = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(n))).astype(x.dtype)  # (n * factor, n)
        x = np.moveaxis(np.tensordot(blend, x, (1, axis)), 0, axis)
    return x


def batch_normalization(x, mean, variance, gamma=None, beta=None, epsilon=1e-3, axis=-1):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, with one of each for every place along the axis."""
    shape = [1] * x.ndim
    shape[axis] = -1
    y = (x - mean.reshape(shape)) * (1 / np.sqrt(variance + epsilon)).reshape(shape)
    y = y if gamma is None else y * gamma.reshape(shape)
    return y if beta is None else y + beta.reshape(shape)


def layer_normalization(x, gamma=None, beta=None, epsilon=1e-3, axes=(-1,)):
    """Each row brought to mean 0 and variance 1 along the axes, then times gamma plus beta."""
    shape = [n if axis in axes or axis - x.ndim in axes else 1 for axis, n in enumerate(x.shape)]
    centred = x - x.mean(axes, keepdims=True)
    y = centred / np.sqrt((centred * centred).mean(axes, keepdims=True) + epsilon)
    y = y if gamma is None else y * gamma.reshape(shape)
    return y if beta is None else y + beta.reshape(shape)


def simple_rnn(x, kernel, recurrent_kernel, bias=0.0, activation=np.tanh, sequences=False, backwards=False, mask=None):
    """h = activation(x_t @ kernel + h @ recurrent_kernel + bias), step after step; the last h, or all with sequences."""
    z, h, states = x @ kernel + bias, np.zeros((len(x), len(recurrent_kernel)), x.dtype), []
    for t in range(x.shape[1])[:: -1 if backwards else 1]:
        new = activation(z[:, t] + h @ recurrent_kernel)
        h = new if mask is None else np.where(mask[:, t, None], new, h)  # padding leaves the state as it is
        states.append(h)
    return np.stack(states, 1) if sequences else h


def lstm(
    x, kernel, recurrent_kernel, bias=0.0, activation=np.tanh, gate=sigmoid, sequences=False, backwards=False, mask=None
):
    """Gates write (i), forget (f) and show (o) a carry c; the last state h, or the states of all steps with sequences."""
    z, states = x @ kernel + bias, []
    h = c = np.zeros((len(x), len(recurrent_kernel)), x.dtype)
    for t in range(x.shape[1])[:: -1 if backwards else 1]:
        i, f, g, o = np.split(z[:, t] + h @ recurrent_kernel, 4, -1)
        new_c = gate(f) * c + gate(i) * activation(g)
        new_h = gate(o) * activation(new_c)
        if mask is not None:  # padding leaves the state as it is
            new_c, new_h = np.where(mask[:, t, None], new_c, c), np.where(mask[:, t, None], new_h, h)
        c, h = new_c, new_h
        states.append(h)
    return np.stack(states, 1) if sequences else h


def gru(
    x, kernel, recurrent_kernel, bias=None, activation=np.tanh, gate=sigmoid, reset_after=True, sequences=False,
    backwards=False, mask=None,
):
    """A gate u keeps the state h, a gate r resets it; the last state, or the states of all steps with sequences."""
    units, states = len(recurrent_kernel), []
    of_x, of_h = (0.0, 0.0) if bias is None else bias if bias.ndim == 2 else (bias, 0.0)
    z, h = x @ kernel + of_x, np.zeros((len(x), units), x.dtype)
    for t in range(x.shape[1])[:: -1 if backwards else 1]:
        u, r, g = np.split(z[:, t], 3, -1)
        if reset_after:
            u_h, r_h, g_h = np.split(h @ recurrent_kernel + of_h, 3, -1)
            u, r = gate(u + u_h), gate(r + r_h)
            g = activation(g + r * g_h)
        else:
            u_k, r_k, g_k = np.split(recurrent_kernel, 3, -1)
            u, r = gate(u + h @ u_k), gate(r + h @ r_k)
            g = activation(g + (r * h) @ g_k)
        new = u * h + (1 - u) * g
        h = new if mask is None else np.where(mask[:, t, None], new, h)  # padding leaves the state as it is
        states.append(h)
    return np.stack(states, 1) if sequences else h


def attention(x, query, key, value, output, mask=None, all_hidden_is_zero=False):
    """softmax(q @ k.T / sqrt(width)) @ v in each head, heads side by side through `output`; pairs are (kernel, bias)."""
    def projected(kernel, bias):  # (rows, heads, steps, width)
        return (np.tensordot(x, kernel, 1) + bias).transpose(0, 2, 1, 3)

    q, k, v = projected(*query), projected(*key), projected(*value)
    scores = q @ k.transpose(0, 1, 3, 2) * x.dtype.type(1 / np.sqrt(q.shape[-1]))
    if mask is not None:  # padding looks at nothing, and nothing looks at it
        seen = mask[:, None, :, None] & mask[:, None, None, :]
        scores = np.where(seen, scores, np.finfo(x.dtype).min / 2)
    shares = softmax(scores)
    if mask is not None and all_hidden_is_zero:
        shares = np.where(seen, shares, 0)
    heads = (shares @ v).transpose(0, 2, 1, 3)  # (rows, steps, heads, width)
    return np.tensordot(heads, output[0], 2) + output[1]

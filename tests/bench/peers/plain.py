"""NumPy by hand, for networks of dense layers: a whole training loop, and its matrix products alone."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from peers import Epochs, Unfit, Workload

Arrays = list[np.ndarray]


def first(work: Workload) -> Arrays:
    """Kernel and bias of each layer."""
    if not work.dense:
        raise Unfit("written for dense layers only")
    rng = np.random.default_rng(0)
    arrays = []
    for inputs, units in zip(work.sizes, work.sizes[1:], strict=False):
        limit = np.sqrt(6 / (inputs + units))
        arrays += [rng.uniform(-limit, limit, (inputs, units)).astype(np.float32), np.zeros(units, np.float32)]
    return arrays


def products(work: Workload, threads: int) -> Epochs:
    """x·W, xᵀ·dz and dz·Wᵀ of every layer and batch, in arrays that are there already; nothing else at all."""
    threadpool_limits(threads)
    w = first(work)[::2]
    g = [np.empty_like(kernel) for kernel in w]
    rng = np.random.default_rng(0)
    a, d = ([rng.random((work.batch_size, n), np.float32) for n in work.sizes] for _ in range(2))
    scale = [np.float32(1 / n) for n in work.sizes]
    while True:
        for at in range(0, work.rows, work.batch_size):
            n = min(work.batch_size, work.rows - at)
            for i, kernel in enumerate(w):
                np.dot(a[i][:n], kernel, a[i + 1][:n])
            for i in range(len(w) - 1, -1, -1):
                np.dot(a[i][:n].T, d[i + 1][:n], g[i])
                if i:
                    np.dot(d[i + 1][:n], w[i].T, d[i][:n])
        for i, values in enumerate(d[:-1]):  # once an epoch: nothing may grow
            np.multiply(d[-1][:, :1], scale[i], out=values)
        yield 1


def loop(work: Workload, threads: int) -> Epochs:
    """What a careful person writes for this one network: in place, preallocated, nothing but the update."""
    threadpool_limits(threads)
    w = first(work)
    x, labels = work.data()
    y = labels[:, None] if work.outputs == 1 else labels[:, None] == np.arange(work.outputs)
    y = y.astype(np.float32)
    rng = np.random.default_rng(0)
    g, m, v, t1, t2 = ([np.zeros_like(array) for array in w] for _ in range(5))
    step = 0
    while True:
        order = rng.permutation(work.rows)
        loss = right = 0.0
        for at in range(0, work.rows, work.batch_size):
            rows = order[at : at + work.batch_size]
            a = forward(work, w, x[rows])
            d, row_losses, hits = judged(a.pop(), y[rows])
            loss, right = loss + float(row_losses.sum()), right + float(hits.sum())
            backward(work, w, a, d, g)
            step += 1
            adam(step, w, g, m, v, t1, t2)
        assert np.isfinite(loss / work.rows + right)
        yield 1


def forward(work: Workload, w: Arrays, x: np.ndarray) -> Arrays:
    """What goes into each layer, and the logits last."""
    a = [x]
    for i in range(len(w) // 2):
        z = a[-1] @ w[2 * i]
        z += w[2 * i + 1]
        if i < len(work.hidden):
            z = np.maximum(z, 0, out=z) if work.hidden[i].activation == "relu" else np.tanh(z, out=z)
        a.append(z)
    return a


def judged(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """∂L/∂z of the batch's mean loss, the loss of each row, and whether each is right."""
    if z.shape[1] == 1:
        p = 1 / (1 + np.exp(-z))
        losses = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
        right = (p > 0.5) == y
    else:
        z -= z.max(1, keepdims=True)
        p = np.exp(z)
        total = p.sum(1, keepdims=True)
        p /= total
        losses = np.log(total) - (z * y).sum(1, keepdims=True)
        right = p.argmax(1) == y.argmax(1)
    p -= y
    p /= len(y)
    return p, losses, right


def backward(work: Workload, w: Arrays, a: Arrays, d: np.ndarray, g: Arrays) -> None:
    """Every gradient into g."""
    for i in range(len(a) - 1, -1, -1):
        np.matmul(a[i].T, d, out=g[2 * i])
        d.sum(0, out=g[2 * i + 1])
        if i:
            d = d @ w[2 * i].T
            d *= a[i] > 0 if work.hidden[i - 1].activation == "relu" else 1 - a[i] * a[i]


def adam(step: int, w: Arrays, g: Arrays, m: Arrays, v: Arrays, t1: Arrays, t2: Arrays) -> None:
    """Keras' Adam, array by array, in place."""
    rate = 0.001 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    for wi, gi, mi, vi, ti, ui in zip(w, g, m, v, t1, t2, strict=True):
        mi *= 0.9
        mi += np.multiply(gi, 0.1, out=ti)
        vi *= 0.999
        np.multiply(gi, gi, out=ti)
        ti *= 0.001
        vi += ti
        np.sqrt(vi, out=ti)
        ti += 1e-7
        np.divide(mi, ti, out=ui)
        ui *= rate
        wi -= ui

"""The same training in each peer: milliseconds an epoch, once the peer is warm.

A workload is a network of dense layers with one sigmoid output, trained by Adam on binary cross-entropy, with the
loss and the accuracy of every epoch. Each peer runs in a process of its own; some libraries read their number of
threads from the environment only, and compare.py sees to that.

    python tests/bench/peers.py PEER WORKLOAD THREADS EPOCHS      prints one JSON list of milliseconds
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Workload:
    """Rows, features, hidden units, batch size, hidden activation."""

    rows: int
    features: int
    hidden: tuple[int, ...]
    batch_size: int
    activation: str = "relu"

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Uniform features, random labels."""
        rng = np.random.RandomState(0)
        x = rng.rand(self.rows, self.features).astype(np.float32)
        return x, rng.randint(0, 2, self.rows)


WORKLOADS = {
    "article": Workload(1000, 10, (64,), 32),
    "wide": Workload(10000, 64, (256, 256), 128),
    "tiny": Workload(250, 2, (4, 2), 10, "tanh"),
}

Epochs = Iterator[int]  # trains on, and says how many epochs it trained


def timed(epochs: Epochs, count: int, warm: int = 3) -> list[float]:
    """Milliseconds of each epoch after the first few."""
    for _ in range(warm):
        next(epochs)
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        trained = next(epochs)
        times.append(1e3 * (time.perf_counter() - begin) / trained)
    return times


def moments(work: Workload, threads: int) -> Iterator[Any]:
    """Our own engine's moments, an epoch each."""
    from netviz import blas
    from netviz.datasets import Arrays, Preprocessing
    from netviz.engine.activations import Sigmoid, activations
    from netviz.engine.experiment import Experiment
    from netviz.engine.layers import Dense
    from netviz.engine.run import Run
    from netviz.engine.train import train

    blas.use_threads(threads)
    x, y = work.data()
    hidden = [Dense(units, activations[work.activation]()) for units in work.hidden]
    experiment = Experiment(
        Arrays(x, y, "classification"),
        (*hidden, Dense(1, Sigmoid())),
        preprocessing=Preprocessing(validation_split=0, standardize="off"),
        batch_size=work.batch_size,
    )
    return train(Run.of(experiment), experiment.samples(), epochs=10**9)


def netviz(work: Workload, threads: int) -> Epochs:
    """Our own engine with nobody watching."""
    for moment in moments(work, threads):
        assert not moment.epoch or np.isfinite(moment.history.last("loss"))
        yield 1


def netviz_with_frames(work: Workload, threads: int) -> Epochs:
    """Our own engine with a frame made of every epoch."""
    for moment in moments(work, threads):
        moment.frame()
        yield 1


def numpy_loop(work: Workload, threads: int) -> Epochs:
    """What a careful person writes for this one network: in place, preallocated, nothing but the update."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads)
    x, labels = work.data()
    y = labels.astype(np.float32)[:, None]
    rng = np.random.default_rng(0)
    sizes = [work.features, *work.hidden, 1]
    shapes = [s for a, b in zip(sizes, sizes[1:], strict=False) for s in ((a, b), (b,))]
    scale = [np.sqrt(6 / sum(s)) if len(s) == 2 else 0 for s in shapes]
    w = [(rng.uniform(-1, 1, s) * k).astype(np.float32) for s, k in zip(shapes, scale, strict=True)]
    g, m, v, t1, t2 = ([np.zeros_like(a) for a in w] for _ in range(5))
    step = 0
    while True:
        order = rng.permutation(work.rows)
        loss = right = 0.0
        for at in range(0, work.rows, work.batch_size):
            rows = order[at : at + work.batch_size]
            a = [x[rows]]
            target = y[rows]
            for i in range(len(work.hidden)):
                z = a[-1] @ w[2 * i]
                z += w[2 * i + 1]
                a.append(np.maximum(z, 0, out=z) if work.activation == "relu" else np.tanh(z, out=z))
            z = a[-1] @ w[-2]
            z += w[-1]
            p = 1 / (1 + np.exp(-z))
            loss += float((np.maximum(z, 0) - z * target + np.log1p(np.exp(-np.abs(z)))).sum())
            right += float(((p > 0.5) == target).sum())
            d = p
            d -= target
            d /= len(rows)
            for i in range(len(work.hidden), -1, -1):
                np.matmul(a[i].T, d, out=g[2 * i])
                d.sum(0, out=g[2 * i + 1])
                if i:
                    d = d @ w[2 * i].T
                    d *= a[i] > 0 if work.activation == "relu" else 1 - a[i] * a[i]
            step += 1
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
        assert np.isfinite(loss / work.rows + right)
        yield 1


def scikit_learn(work: Workload, threads: int) -> Epochs:
    """MLPClassifier, ten epochs a fit: the quickest it can be had."""
    model, x, y = mlp_classifier(work, threads)
    while True:
        model.fit(x, y)
        assert np.isfinite(model.loss_)
        yield 10


def scikit_learn_by_epochs(work: Workload, threads: int) -> Epochs:
    """MLPClassifier, an epoch a call of partial_fit, which checks its input anew each time: who looks on gets this."""
    model, x, y = mlp_classifier(work, threads)
    while True:
        model.partial_fit(x, y, classes=[0, 1])
        assert np.isfinite(model.loss_)
        yield 1


def mlp_classifier(work: Workload, threads: int) -> tuple[Any, np.ndarray, np.ndarray]:
    """The model and its data; it neither stops early nor forgets between fits."""
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads)
    settings = {"activation": work.activation, "batch_size": work.batch_size, "alpha": 0, "random_state": 0}
    model = MLPClassifier(work.hidden, max_iter=10, n_iter_no_change=10**9, warm_start=True, **settings)
    return model, *work.data()


def pytorch(work: Workload, threads: int) -> Epochs:
    """Eager PyTorch with its own Adam."""
    import torch

    torch.set_num_threads(threads)
    data, labels = work.data()
    x, y = torch.from_numpy(data), torch.from_numpy(labels.astype(np.float32))[:, None]
    sizes = [work.features, *work.hidden, 1]
    act = torch.nn.ReLU if work.activation == "relu" else torch.nn.Tanh
    parts = [p for a, b in zip(sizes, sizes[1:], strict=False) for p in (torch.nn.Linear(a, b), act())][:-1]
    model = torch.nn.Sequential(*parts)
    optimizer = torch.optim.Adam(model.parameters())
    criterion = torch.nn.BCEWithLogitsLoss()
    while True:
        order = torch.randperm(work.rows)
        loss_sum = right = 0.0
        for rows in order.split(work.batch_size):
            optimizer.zero_grad()
            z = model(x[rows])
            loss = criterion(z, y[rows])
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(rows)
            right += ((z > 0) == y[rows]).sum().item()
        assert np.isfinite(loss_sum + right)
        yield 1


def jax_jit(work: Workload, threads: int) -> Epochs:
    """JAX: a whole epoch is one compiled scan over the full batches, and one step more for the partial batch."""
    import jax
    import jax.numpy as jnp

    data, labels = work.data()
    x, y = jnp.asarray(data), jnp.asarray(labels.astype(np.float32))[:, None]
    sizes = [work.features, *work.hidden, 1]
    keys = jax.random.split(jax.random.PRNGKey(0), len(sizes))
    pairs = list(zip(sizes, sizes[1:], strict=False))
    limits = [float(np.sqrt(6 / (a + b))) for a, b in pairs]
    w = [
        (jax.random.uniform(k, s, minval=-lim, maxval=lim), jnp.zeros(s[1]))
        for k, s, lim in zip(keys[:-1], pairs, limits, strict=True)
    ]
    act = jax.nn.relu if work.activation == "relu" else jnp.tanh

    def loss_of(w, xb, yb):
        h = xb
        for k, b in w[:-1]:
            h = act(h @ k + b)
        z = h @ w[-1][0] + w[-1][1]
        loss = jnp.mean(jnp.maximum(z, 0) - z * yb + jnp.log1p(jnp.exp(-jnp.abs(z))))
        return loss, ((z > 0) == yb).sum()

    def step(state, batch):
        w, m, v, t = state
        (loss, right), g = jax.value_and_grad(loss_of, has_aux=True)(w, *batch)
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate = 0.001 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        w = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), w, m, v)
        return (w, m, v, t), (loss * len(batch[0]), right)

    full = work.rows // work.batch_size

    @jax.jit
    def epoch(state, key):
        order = jax.random.permutation(key, work.rows)
        rows = order[: full * work.batch_size].reshape(full, work.batch_size)
        state, (losses, rights) = jax.lax.scan(lambda s, r: step(s, (x[r], y[r])), state, rows)
        total, right = losses.sum(), rights.sum()
        if work.rows % work.batch_size:
            rest = order[full * work.batch_size :]
            state, (loss, more) = step(state, (x[rest], y[rest]))
            total, right = total + loss, right + more
        return state, total, right

    zeros = jax.tree.map(jnp.zeros_like, w)
    state, key = (w, zeros, zeros, jnp.zeros(())), jax.random.PRNGKey(1)
    while True:
        key, part = jax.random.split(key)
        state, total, right = epoch(state, part)
        assert np.isfinite(float(total) + float(right))
        yield 1


def keras_on(backend: str) -> Callable[[Workload, int], Epochs]:
    """Keras 3 on one of its backends, an epoch a call of fit."""

    def run(work: Workload, threads: int) -> Epochs:
        os.environ["KERAS_BACKEND"] = backend
        if backend == "torch":
            import torch

            torch.set_num_threads(threads)
        import keras

        x, y = work.data()
        hidden = [keras.layers.Dense(units, work.activation) for units in work.hidden]
        model = keras.Sequential([keras.Input((work.features,)), *hidden, keras.layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        while True:
            model.fit(x, y, batch_size=work.batch_size, verbose=0)
            yield 1

    return run


PEERS: dict[str, Callable[[Workload, int], Epochs]] = {
    "netviz": netviz,
    "netviz, a frame an epoch": netviz_with_frames,
    "NumPy loop": numpy_loop,
    "JAX, jit": jax_jit,
    "scikit-learn": scikit_learn,
    "scikit-learn, partial_fit": scikit_learn_by_epochs,
    "PyTorch": pytorch,
    "Keras on JAX": keras_on("jax"),
    "Keras on TensorFlow": keras_on("tensorflow"),
    "Keras on PyTorch": keras_on("torch"),
}


def main() -> None:
    """One peer on one workload, in this process."""
    peer, workload, threads, count = sys.argv[1:]
    print(json.dumps(timed(PEERS[peer](WORKLOADS[workload], int(threads)), int(count))))


if __name__ == "__main__":
    main()

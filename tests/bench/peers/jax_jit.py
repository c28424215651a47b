"""JAX: a whole epoch is one compiled scan over the full batches, and one step more for the partial batch."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from peers import Epochs, Workload


def first(work: Workload) -> list[tuple[Any, ...]]:
    """The weights of each layer that has some."""
    key, shape, weights = jax.random.PRNGKey(0), work.shape, []

    def drawn(*shape: int) -> Any:
        nonlocal key
        key, part = jax.random.split(key)
        limit = float(np.sqrt(6 / (np.prod(shape[:-1]) + shape[-1])))
        return jax.random.uniform(part, shape, minval=-limit, maxval=limit)

    for part in work.hidden:
        if part.kind == "flatten":
            shape = (int(np.prod(shape)),)
            weights.append(())
        elif part.kind == "conv":
            weights.append((drawn(3, 3, shape[-1], part.units), jnp.zeros(part.units)))
            shape = (shape[0] - 2, shape[1] - 2, part.units)
        elif part.kind == "lstm":
            n = 4 * part.units
            weights.append((drawn(shape[-1], n), drawn(part.units, n), jnp.zeros(n)))
            shape = (part.units,)
        else:
            weights.append((drawn(shape[-1], part.units), jnp.zeros(part.units)))
            shape = (part.units,)
    return [*weights, (drawn(shape[-1], work.outputs), jnp.zeros(work.outputs))]


def logits(work: Workload, w: list[tuple[Any, ...]], h: Any) -> Any:
    """The forward pass."""
    for part, own in zip(work.hidden, w, strict=False):
        act = jax.nn.relu if part.activation == "relu" else jnp.tanh
        if part.kind == "flatten":
            h = h.reshape(len(h), -1)
        elif part.kind == "conv":
            h = jax.lax.conv_general_dilated(h, own[0], (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            h = act(h + own[1])
        elif part.kind == "lstm":
            h = last_state(own, h)
        else:
            h = act(h @ own[0] + own[1])
    return h @ w[-1][0] + w[-1][1]


def last_state(own: tuple[Any, ...], x: Any) -> Any:
    """An LSTM over (rows, steps, features)."""
    kernel, recurrent, bias = own
    units = len(recurrent)
    inputs = jnp.swapaxes(x @ kernel + bias, 0, 1)

    def step(state: Any, z: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(z + h @ recurrent, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zeros = jnp.zeros((len(x), units))
    return jax.lax.scan(step, (zeros, zeros), inputs)[0][0]


def train(work: Workload, threads: int) -> Epochs:
    """The environment sets the threads."""
    data, labels = work.data()
    x, one = jnp.asarray(data), work.outputs == 1
    y = jnp.asarray(labels.astype(np.float32))[:, None] if one else jnp.asarray(labels)

    def loss_of(w: Any, xb: Any, yb: Any) -> Any:
        z = logits(work, w, xb)
        if one:
            losses = jnp.maximum(z, 0) - z * yb + jnp.log1p(jnp.exp(-jnp.abs(z)))
            return losses.mean(), ((z > 0) == yb).sum()
        losses = jax.nn.logsumexp(z, 1) - jnp.take_along_axis(z, yb[:, None], 1)[:, 0]
        return losses.mean(), (z.argmax(1) == yb).sum()

    epoch = compiled(work, x, y, loss_of)
    w = first(work)
    zeros = jax.tree.map(jnp.zeros_like, w)
    state, key = (w, zeros, zeros, jnp.zeros(())), jax.random.PRNGKey(1)
    while True:
        key, part = jax.random.split(key)
        state, total, right = epoch(state, part)
        assert np.isfinite(float(total) + float(right))
        yield 1


def compiled(work: Workload, x: Any, y: Any, loss_of: Any) -> Any:
    """An epoch as one function of the state and a key."""

    def step(state: Any, batch: Any) -> Any:
        w, m, v, t = state
        (loss, right), g = jax.value_and_grad(loss_of, has_aux=True)(w, *batch)
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate = 0.001 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        w = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), w, m, v)
        return (w, m, v, t), (loss * len(batch[0]), right)

    full = work.rows // work.batch_size

    def epoch(state: Any, key: Any) -> Any:
        order = jax.random.permutation(key, work.rows)
        rows = order[: full * work.batch_size].reshape(full, work.batch_size)
        state, (losses, rights) = jax.lax.scan(lambda s, r: step(s, (x[r], y[r])), state, rows)
        total, right = losses.sum(), rights.sum()
        if work.rows % work.batch_size:
            rest = order[full * work.batch_size :]
            state, (loss, more) = step(state, (x[rest], y[rest]))
            total, right = total + loss, right + more
        return state, total, right

    return jax.jit(epoch)

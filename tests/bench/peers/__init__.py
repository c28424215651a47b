"""The same training in netviz and in each peer: one file for each library, loaded only where it is asked for.

Every peer trains a Workload by Adam with its own data in its own form, and tells the loss and the accuracy of every epoch.
Each runs in a process of its own; some libraries read their number of threads from the environment only, and
compare.py sees to that.

    python -m peers PEER WORKLOAD THREADS EPOCHS      prints milliseconds of each epoch: of the clock, and of processors
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator

from peers.workloads import WORKLOADS, Workload

__all__ = ["PEERS", "WORKLOADS", "Epochs", "Unfit", "Workload", "epochs", "timed"]

Epochs = Iterator[int]  # trains on, and says how many epochs it trained

PEERS = {
    "netviz": "ours:quiet",
    "netviz, a frame an epoch": "ours:with_frames",
    "bare matrix products": "plain:products",
    "NumPy loop": "plain:loop",
    "JAX, jit": "jax_jit:train",
    "scikit-learn": "scikit_learn:fits",
    "scikit-learn, partial_fit": "scikit_learn:partial_fits",
    "PyTorch": "pytorch:train",
    "Keras on JAX": "keras_fit:on_jax",
    "Keras on TensorFlow": "keras_fit:on_tensorflow",
    "Keras on PyTorch": "keras_fit:on_torch",
}


class Unfit(Exception):
    """This peer cannot train this workload."""


def epochs(peer: str, work: Workload, threads: int) -> Epochs:
    """A peer's training; ImportError where its library is missing."""
    module, name = PEERS[peer].split(":")
    train: Callable[[Workload, int], Epochs] = getattr(importlib.import_module(f"peers.{module}"), name)
    return train(work, threads)


def timed(epochs: Epochs, count: int, warm: int = 2) -> dict[str, list[float]]:
    """Milliseconds of each epoch after the first few: of the clock, and of all processors that worked on it."""
    for _ in range(warm):
        next(epochs)
    clock, processors = [], []
    for _ in range(count):
        start, used = time.perf_counter(), time.process_time()
        trained = next(epochs)
        clock.append(1e3 * (time.perf_counter() - start) / trained)
        processors.append(1e3 * (time.process_time() - used) / trained)
    return {"clock": clock, "processors": processors}

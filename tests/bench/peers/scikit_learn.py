"""scikit-learn's MLPClassifier, for networks of dense layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from peers import Epochs, Unfit, Workload


def fits(work: Workload, threads: int) -> Epochs:
    """Ten epochs a fit: the quickest it can be had."""
    model, x, y = classifier(work, threads)
    while True:
        model.fit(x, y)
        assert np.isfinite(model.loss_)
        yield 10


def partial_fits(work: Workload, threads: int) -> Epochs:
    """An epoch a call of partial_fit, which checks its input anew each time: who looks on gets this."""
    model, x, y = classifier(work, threads)
    while True:
        model.partial_fit(x, y, classes=np.unique(y))
        assert np.isfinite(model.loss_)
        yield 1


def classifier(work: Workload, threads: int) -> tuple[Any, np.ndarray, np.ndarray]:
    """The model and its data; it neither stops early nor forgets between fits."""
    if not work.dense:
        raise Unfit("it has dense layers only")
    threadpool_limits(threads)
    units, activation = tuple(part.units for part in work.hidden), work.hidden[0].activation
    settings = {"activation": activation, "batch_size": work.batch_size, "alpha": 0, "random_state": 0}
    return MLPClassifier(units, max_iter=10, n_iter_no_change=10**9, warm_start=True, **settings), *work.data()

"""Shares of right answers. Source: https://keras.io/api/metrics/accuracy_metrics"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from netviz.arrays import Array
from netviz.codec import Range
from netviz.engine.metrics.metric import Metric, counted, metrics
from netviz.i18n import N_

Threshold = Annotated[float, Range(low=0, high=1, title=N_("Threshold"))]


@metrics.register("accuracy", "acc", title=N_("Accuracy"))
@dataclass(frozen=True)
class Accuracy(Metric):
    """Share of right answers: by the threshold with one output, else by the largest output."""

    threshold: Threshold = 0.5

    def statistics(self, p: Array, y: Array) -> Array:
        if p.shape[-1] == 1:
            return counted((p > self.threshold) == (y > self.threshold))
        return counted(p.argmax(-1) == y.argmax(-1))


@metrics.register("binary_accuracy", title=N_("Binary accuracy"))
@dataclass(frozen=True)
class BinaryAccuracy(Metric):
    """Share of outputs on the right side of the threshold, each output for itself."""

    threshold: Threshold = 0.5

    def statistics(self, p: Array, y: Array) -> Array:
        return counted((p > self.threshold) == y)


@metrics.register("categorical_accuracy", title=N_("Categorical accuracy"))
@dataclass(frozen=True)
class CategoricalAccuracy(Metric):
    """Share of rows whose largest output is that of their class."""

    def statistics(self, p: Array, y: Array) -> Array:
        return counted(p.argmax(-1) == y.argmax(-1))


@metrics.register("sparse_categorical_accuracy", title=N_("Sparse categorical accuracy"))
@dataclass(frozen=True)
class SparseCategoricalAccuracy(CategoricalAccuracy):
    """Categorical accuracy for targets that are class numbers; the engine compares them one-hot."""


@metrics.register("top_k_categorical_accuracy", title=N_("Top-k categorical accuracy"))
@dataclass(frozen=True)
class TopKCategoricalAccuracy(Metric):
    """Share of rows whose class has one of the k largest outputs; an output equal to the k-th counts as one."""

    k: Annotated[int, Range(low=1, title=N_("k"))] = 5

    def statistics(self, p: Array, y: Array) -> Array:
        own = np.take_along_axis(p, y.argmax(-1)[..., None], -1)
        return counted(((p > own).sum(-1) < self.k) & np.isfinite(own[..., 0]))


@metrics.register("sparse_top_k_categorical_accuracy", title=N_("Sparse top-k categorical accuracy"))
@dataclass(frozen=True)
class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """Top-k accuracy for targets that are class numbers; the engine compares them one-hot."""

"""What a metric is: a number for people, computed from sums over rows so that it can be gathered batch by batch.

A metric turns rows into additive statistics and their totals into its value; nothing else is kept. Metrics are not
weighted by class or sample, as in Keras. In NumPy; tested against scikit-learn's and Keras'.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Checked
from netviz.registry import Registry


class _Metrics(Registry["Metric"]):
    """Columns of a history have titles too: the second metric of a kind, precision_1, is "Precision 2"."""

    def title(self, name: str) -> str:
        kind, _underline, number = name.rpartition("_")
        if name in self or kind not in self or not number.isdecimal():
            return super().title(name)
        return f"{super().title(kind)} {int(number) + 1}"


metrics: _Metrics = _Metrics("metric")


@dataclass(frozen=True)
class Metric(Checked, ABC):
    """A number about predictions p and targets y, both (rows, ..., outputs); `best` is "max" or "min"."""

    family: ClassVar = metrics
    best: ClassVar[Literal["max", "min"]] = "max"
    task: ClassVar[Literal["classification", "regression"]] = "classification"

    @property
    def name(self) -> str:
        """The name of its kind; its column in a history is called so, or numbered: see `metric_names`."""
        return metrics.name(type(self))

    @abstractmethod
    def statistics(self, p: Array, y: Array) -> Array:
        """What each row adds to the totals, float64 (rows, k)."""

    def sums(self, p: Array, y: Array, starts: Array) -> Array:
        """The statistics of each stretch of rows added up, (stretches, k); a stretch goes from its start to the next."""
        return np.add.reduceat(self.statistics(p, y), starts, axis=0)

    def value(self, totals: Array) -> float:
        """The metric from the sums of the statistics, shape (k,): here total over count, NaN before any row."""
        return float(totals[0] / totals[1]) if totals[1] else float("nan")

    def unfit(self, output_shape: Shape) -> str:
        """A sentence that says why it cannot judge outputs of that shape, or an empty text."""
        return ""


def metric_names(chosen: Iterable[Metric]) -> tuple[str, ...]:
    """Each metric's column in a history: its kind, numbered from the second on as Keras does (precision, precision_1)."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for metric in chosen:
        number = seen[metric.name] = seen.get(metric.name, -1) + 1
        names.append(f"{metric.name}_{number}" if number else metric.name)
    return tuple(names)


def widths(chosen: Iterable[Metric], output_shape: Shape) -> dict[str, int]:
    """How many totals each column has for outputs of that shape; metrics that do not fit it are left out."""
    row, every = np.zeros((1, *output_shape), np.float32), tuple(chosen)
    columns = zip(metric_names(every), every, strict=True)
    return {name: metric.statistics(row, row).shape[1] for name, metric in columns if not metric.unfit(output_shape)}


def counted(values: Array) -> Array:
    """(rows, ...) -> (rows, 2): each row's total and its number of places."""
    flat = values.reshape(len(values), -1)
    return np.stack([flat.sum(1, dtype=np.float64), np.full(len(flat), float(flat.shape[1]))], 1)


def ratio(above: Array, below: Array) -> Array:
    """above/below, and 0 where nothing is below."""
    return np.divide(above, below, out=np.zeros(np.broadcast(above, below).shape), where=below != 0)

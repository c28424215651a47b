"""Counts of right and wrong alarms, and what is made of them: precision, recall, F scores.

An output above the threshold is an alarm; a target other than 0 is true. Without class_id all outputs of all rows are
counted together. Source: https://keras.io/api/metrics/classification_metrics
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range, Title
from netviz.engine.losses.loss import EPSILON
from netviz.engine.metrics.accuracy import Threshold
from netviz.engine.metrics.metric import Metric, counted, metrics, ratio
from netviz.i18n import N_, _

ClassId = Annotated[int, Range(low=0, title=N_("Class"))]


@dataclass(frozen=True)
class _Count(Metric, ABC):
    """How many outputs are such; the totals are their number and that of all outputs."""

    threshold: Threshold = 0.5

    @abstractmethod
    def _such(self, alarm: Array, true: Array) -> Array:
        """Which outputs are counted, bool."""

    def statistics(self, p: Array, y: Array) -> Array:
        return counted(self._such(p > self.threshold, y != 0))

    def value(self, totals: Array) -> float:
        return float(totals[0])


@metrics.register("true_positives", title=N_("True positives"))
@dataclass(frozen=True)
class TruePositives(_Count):
    """How many outputs are above the threshold where the target is true."""

    def _such(self, alarm: Array, true: Array) -> Array:
        return alarm & true


@metrics.register("false_positives", title=N_("False positives"))
@dataclass(frozen=True)
class FalsePositives(_Count):
    """How many outputs are above the threshold where the target is 0."""

    best: ClassVar[Literal["max", "min"]] = "min"

    def _such(self, alarm: Array, true: Array) -> Array:
        return alarm & ~true


@metrics.register("true_negatives", title=N_("True negatives"))
@dataclass(frozen=True)
class TrueNegatives(_Count):
    """How many outputs are not above the threshold where the target is 0."""

    def _such(self, alarm: Array, true: Array) -> Array:
        return ~(alarm | true)


@metrics.register("false_negatives", title=N_("False negatives"))
@dataclass(frozen=True)
class FalseNegatives(_Count):
    """How many outputs are not above the threshold where the target is true."""

    best: ClassVar[Literal["max", "min"]] = "min"

    def _such(self, alarm: Array, true: Array) -> Array:
        return ~alarm & true


@dataclass(frozen=True)
class _Share(Metric, ABC):
    """Right alarms over all of a kind. threshold: 0.5 where none is given, or with top_k none at all."""

    threshold: Threshold | None = None
    top_k: Annotated[int, Range(low=1, title=N_("Only the k largest"))] | None = None
    class_id: ClassId | None = None

    @abstractmethod
    def _all(self, alarm: Array, true: Array) -> Array:
        """The outputs that the right alarms are a share of."""

    def statistics(self, p: Array, y: Array) -> Array:
        threshold = self.threshold if self.threshold is not None else 0.5 if self.top_k is None else -np.inf
        alarm, true = p > threshold, y != 0
        if self.top_k is not None:
            alarm &= _largest(p, self.top_k)
        if self.class_id is not None:
            alarm, true = alarm[..., self.class_id], true[..., self.class_id]
        return np.stack([counted(alarm & true)[:, 0], counted(self._all(alarm, true))[:, 0]], 1)

    def value(self, totals: Array) -> float:
        return float(ratio(totals[0], totals[1]))

    def unfit(self, output_shape: Shape) -> str:
        return no_such_class(self.class_id, output_shape)


def no_such_class(class_id: int | None, output_shape: Shape) -> str:
    """A sentence where outputs have no class of that number, else an empty text."""
    if class_id is None or class_id < output_shape[-1]:
        return ""
    sentence = _("There is no class {n} to count: the outputs are numbered from 0 to {last}.")
    return sentence.format(n=class_id, last=output_shape[-1] - 1)


def _largest(p: Array, k: int) -> Array:
    """Which outputs are among the k largest of their row; of equal ones the first."""
    found = np.zeros(p.shape, bool)
    np.put_along_axis(found, np.argsort(-p, -1, kind="stable")[..., :k], True, -1)
    return found


@metrics.register("precision", title=N_("Precision"))
@dataclass(frozen=True)
class Precision(_Share):
    """Right alarms over alarms, tp/(tp + fp); 0 where there is no alarm."""

    def _all(self, alarm: Array, true: Array) -> Array:
        return alarm


@metrics.register("recall", title=N_("Recall"))
@dataclass(frozen=True)
class Recall(_Share):
    """Right alarms over what is true, tp/(tp + fn); 0 where nothing is true."""

    def _all(self, alarm: Array, true: Array) -> Array:
        return true


@metrics.register("fbeta_score", title=N_("F-beta score"))
@dataclass(frozen=True)
class FBetaScore(Metric):
    """(1 + β²)·P·R/(β²·P + R) of precision P and recall R, for each class, then averaged.

    average: "macro" over classes, "weighted" by how often each is true, "micro" counts all classes together.
    threshold: None takes each row's largest output for its answer, and with one output 0.5. class_id: of that class alone.
    """

    average: Annotated[Literal["macro", "weighted", "micro"], Title(N_("Average"))] = "macro"
    beta: Annotated[float, Range(above=0, title=N_("β"))] = 1.0
    threshold: Annotated[float, Range(above=0, high=1, title=N_("Threshold"))] | None = None
    class_id: ClassId | None = None

    def statistics(self, p: Array, y: Array) -> Array:
        alarm = self._alarm(p).reshape(len(p), -1, p.shape[-1])
        true = y.reshape(alarm.shape).astype(np.float64)
        kinds = (alarm * true, alarm * (1 - true), ~alarm * true)
        return np.concatenate([kind.sum(1) for kind in kinds], 1)

    def _alarm(self, p: Array) -> Array:
        if self.threshold is not None or p.shape[-1] == 1:
            return np.asarray(p > (self.threshold or 0.5))
        return np.asarray((p >= p.max(-1, keepdims=True)) & (np.abs(p) > 1e-9))

    def value(self, totals: Array) -> float:
        kinds = totals.reshape(3, -1)
        together = self.average == "micro" and self.class_id is None
        tp, fp, fn = kinds.sum(1, keepdims=True) if together else kinds
        precision, recall = tp / (tp + fp + EPSILON), tp / (tp + fn + EPSILON)
        square = self.beta**2
        score = precision * recall / (square * precision + recall + EPSILON) * (1 + square)
        if self.class_id is not None:
            return float(score[self.class_id])
        if self.average == "weighted":
            return float((score * ((tp + fn) / ((tp + fn).sum() + EPSILON))).sum())
        return float(score.mean())

    def unfit(self, output_shape: Shape) -> str:
        return no_such_class(self.class_id, output_shape)


@metrics.register("f1_score", "f1", title=N_("F1 score"))
@dataclass(frozen=True)
class F1Score(FBetaScore):
    """2·P·R/(P + R), the F-beta score with β = 1."""

    beta: ClassVar[float] = 1.0  # type: ignore[misc]

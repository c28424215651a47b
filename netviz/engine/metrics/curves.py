"""What a curve over all thresholds says: the area under ROC and precision-recall curves, and one rate at another.

Rows are counted in buckets between evenly spaced thresholds, so that counts can be added up batch by batch: bucket b
holds the outputs that are above b thresholds. The areas are Keras', in the same sums.
Source: https://keras.io/api/metrics/classification_metrics
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range, Title
from netviz.engine.losses.loss import EPSILON
from netviz.engine.metrics.confusion import ClassId, no_such_class
from netviz.engine.metrics.metric import Metric, metrics, ratio
from netviz.i18n import N_, _

Count = Annotated[int, Range(low=2, high=100_000, log=True, title=N_("Thresholds"))]
Rate = Annotated[float, Range(low=0, high=1)]


@dataclass(frozen=True)
class _Curve(Metric, ABC):
    """Totals: for each label, the true outputs in each bucket, then the false ones."""

    num_thresholds: Count = 200

    def _viewed(self, p: Array, y: Array) -> tuple[Array, Array]:
        """The outputs and targets that are counted, (rows, places, labels)."""
        return p.reshape(len(p), -1, 1), y.reshape(len(y), -1, 1)

    def _count(self) -> int:
        return self.num_thresholds

    def _buckets(self, p: Array) -> Array:
        """Above how many thresholds each output is."""
        above = np.ceil(np.clip(p, 0, 1) * (self.num_thresholds - 1))
        return np.where(above > 0, above, 0).astype(np.int64)  # what is not a number is above none

    def _weights(self, shape: Shape) -> Array | None:
        return None

    def statistics(self, p: Array, y: Array) -> Array:
        return self.sums(p, y, np.arange(len(p)))

    def sums(self, p: Array, y: Array, starts: Array) -> Array:
        p, y = self._viewed(p, y)
        rows, _places, labels = p.shape
        buckets = self._count() + 1
        stretch = np.repeat(np.arange(len(starts)), np.diff(starts, append=rows))[:, None, None]
        place = ((stretch * labels + np.arange(labels)) * 2 + (y == 0)) * buckets + self._buckets(p)
        weights = self._weights(p.shape)
        size = len(starts) * labels * 2 * buckets
        found = np.bincount(place.ravel(), None if weights is None else weights.ravel(), size)
        return found.astype(np.float64).reshape(len(starts), -1)

    def _counts(self, totals: Array) -> tuple[Array, Array, Array, Array]:
        """tp, fp, tn, fn at each threshold, each (labels, thresholds)."""
        found = totals.reshape(-1, 2, self._count() + 1)
        above = found[..., ::-1].cumsum(-1)[..., ::-1][..., 1:]
        (tp, fp), (true, false) = above.transpose(1, 0, 2), found.sum(-1).T[..., None]
        return tp, fp, false - fp, true - tp


@metrics.register("auc", title=N_("Area under the curve"))
@dataclass(frozen=True)
class AUC(_Curve):
    """The area under the curve that a threshold draws as it goes from 1 to 0, as a sum over `num_thresholds` of them.

    curve: ROC, the share of true found over the share of false taken for true; PR, precision over recall; PRGAIN, both
    as gains over chance (Flach and Kull, 2015). summation_method: "interpolation" (for PR that of Davis and Goadrich,
    2006), "minoring" or "majoring" rectangles. thresholds: those between 0 and 1, instead of evenly spaced ones.
    multi_label: an area for each output, then their mean, weighted by label_weights; else all outputs are counted
    together, each times its label's weight. from_logits: outputs are logits, of which sigmoids are taken first.
    """

    curve: Annotated[Literal["ROC", "PR", "PRGAIN"], Title(N_("Curve"))] = "ROC"
    summation_method: Annotated[Literal["interpolation", "minoring", "majoring"], Title(N_("Sum"))] = "interpolation"
    thresholds: tuple[Annotated[float, Range(low=0, high=1)], ...] = ()
    multi_label: Annotated[bool, Title(N_("Each output by itself"))] = False
    label_weights: tuple[Annotated[float, Range(low=0)], ...] = ()
    from_logits: Annotated[bool, Title(N_("Outputs are logits"))] = False

    def unfit(self, output_shape: Shape) -> str:
        if len(self.label_weights) in (0, output_shape[-1]):
            return ""
        sentence = _("There are {n} weights of labels for {outputs} outputs; give one for each.")
        return sentence.format(n=len(self.label_weights), outputs=output_shape[-1])

    def _viewed(self, p: Array, y: Array) -> tuple[Array, Array]:
        if self.from_logits:
            p = np.asarray((np.tanh(p / 2) + 1) / 2)
        labels = p.shape[-1] if self.multi_label or self.label_weights else 1
        return p.reshape(len(p), -1, labels), y.reshape(len(y), -1, labels)

    def _count(self) -> int:
        return len(self.thresholds) + 2 if self.thresholds else self.num_thresholds

    def _buckets(self, p: Array) -> Array:
        if not self.thresholds:
            return np.maximum(super()._buckets(p), 1)  # the first threshold is below 0
        places = np.array([-EPSILON, *sorted(self.thresholds), 1 + EPSILON], p.dtype)
        return np.where(np.isnan(p), 0, np.searchsorted(places, p, "left"))

    def value(self, totals: Array) -> float:
        counts = self._counts(totals)
        weights = np.array(self.label_weights or [1.0] * len(counts[0]))
        if not self.multi_label:
            counts = tuple((weights[:, None] * kind).sum(0, keepdims=True) for kind in counts)
            return float(self._area(*counts)[0])
        return float(ratio((weights * self._area(*counts)).sum(), weights.sum()))

    def _area(self, tp: Array, fp: Array, tn: Array, fn: Array) -> Array:
        """The area of each label, (labels,)."""
        if self.curve == "PR" and self.summation_method == "interpolation":
            return _interpolated(tp, fp, fn)
        recall = ratio(tp, tp + fn)
        if self.curve == "ROC":
            x, y = ratio(fp, fp + tn), recall
        elif self.curve == "PR":
            x, y = recall, ratio(tp, tp + fp)
        else:
            odds = ratio(tp + fn, tn + fp)
            x = np.where(tp == 0, 0.0, np.maximum(1 - odds * ratio(fn, tp), 0))
            y = np.where(tp == 0, 1.0, 1 - odds * ratio(fp, tp))
        left, right = y[:, :-1], y[:, 1:]
        if self.summation_method == "interpolation":
            height = (left + right) / 2
        else:
            height = np.minimum(left, right) if self.summation_method == "minoring" else np.maximum(left, right)
        return np.asarray(((x[:, :-1] - x[:, 1:]) * height).sum(1))


def _interpolated(tp: Array, fp: Array, fn: Array) -> Array:
    """Precision between two thresholds is taken to follow tp = a + b·(tp + fp): Davis and Goadrich, 2006.

    ∫ precision d(recall) = b·(Δtp + a·log(p₁/p₂))/(tp + fn), with p = tp + fp and (a, b) through both points.
    """
    p = tp + fp
    dtp, dp = tp[:, :-1] - tp[:, 1:], p[:, :-1] - p[:, 1:]
    b = ratio(dtp, dp)
    a = tp[:, 1:] - b * p[:, 1:]
    both = (p[:, :-1] > 0) & (p[:, 1:] > 0)
    relative = np.where(both, ratio(p[:, :-1], p[:, 1:]), 1.0)
    return np.asarray(ratio(b * (dtp + a * np.log(relative)), (tp + fn)[:, 1:]).sum(1))


@dataclass(frozen=True)
class _RateAtRate(_Curve, ABC):
    """The largest rate of one kind among the thresholds at which the other kind's rate is at least the one asked for."""

    class_id: ClassId | None = None

    def _viewed(self, p: Array, y: Array) -> tuple[Array, Array]:
        if self.class_id is not None:
            p, y = p[..., self.class_id], y[..., self.class_id]
        return super()._viewed(p, y)

    def unfit(self, output_shape: Shape) -> str:
        return no_such_class(self.class_id, output_shape)

    @abstractmethod
    def _rates(self, tp: Array, fp: Array, tn: Array, fn: Array) -> tuple[Array, Array, float]:
        """The rate that is told, the rate that is held, and at least how large it is held."""

    def value(self, totals: Array) -> float:
        told, held, least = self._rates(*self._counts(totals))
        return float(np.where(held >= least, told, 0).max(initial=0))


@metrics.register("sensitivity_at_specificity", title=N_("Sensitivity at specificity"))
@dataclass(frozen=True)
class SensitivityAtSpecificity(_RateAtRate):
    """The largest tp/(tp + fn) where tn/(tn + fp) is at least `specificity`."""

    specificity: Rate = 0.9

    def _rates(self, tp: Array, fp: Array, tn: Array, fn: Array) -> tuple[Array, Array, float]:
        return ratio(tp, tp + fn), ratio(tn, tn + fp), self.specificity


@metrics.register("specificity_at_sensitivity", title=N_("Specificity at sensitivity"))
@dataclass(frozen=True)
class SpecificityAtSensitivity(_RateAtRate):
    """The largest tn/(tn + fp) where tp/(tp + fn) is at least `sensitivity`."""

    sensitivity: Rate = 0.9

    def _rates(self, tp: Array, fp: Array, tn: Array, fn: Array) -> tuple[Array, Array, float]:
        return ratio(tn, tn + fp), ratio(tp, tp + fn), self.sensitivity


@metrics.register("precision_at_recall", title=N_("Precision at recall"))
@dataclass(frozen=True)
class PrecisionAtRecall(_RateAtRate):
    """The largest tp/(tp + fp) where tp/(tp + fn) is at least `recall`."""

    recall: Rate = 0.9

    def _rates(self, tp: Array, fp: Array, tn: Array, fn: Array) -> tuple[Array, Array, float]:
        return ratio(tp, tp + fp), ratio(tp, tp + fn), self.recall


@metrics.register("recall_at_precision", title=N_("Recall at precision"))
@dataclass(frozen=True)
class RecallAtPrecision(_RateAtRate):
    """The largest tp/(tp + fn) where tp/(tp + fp) is at least `precision`."""

    precision: Rate = 0.9

    def _rates(self, tp: Array, fp: Array, tn: Array, fn: Array) -> tuple[Array, Array, float]:
        return ratio(tp, tp + fn), ratio(tp, tp + fp), self.precision

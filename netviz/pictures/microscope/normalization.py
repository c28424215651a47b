"""Normalizations under the microscope: y = γ·x̂ + β, ∂L/∂γ = Σ δ·x̂, ∂L/∂β = Σ δ, and how mean and variance answer.

The mean and the variance of a batch normalization are those of the batch at hand, so every row has a part in what comes
back to each. Those of a layer normalization are of one row.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np

from netviz.arrays import Array, size
from netviz.engine.layers import BatchNormalization
from netviz.engine.layers.axes import row_axis
from netviz.engine.layers.normalization import NO_ROWS
from netviz.i18n import _
from netviz.pictures.microscope.anatomy import (
    Anatomy,
    alone,
    below_of,
    delta,
    deltas,
    explains,
    given,
    output_of,
    part,
    part_of,
    product,
    row_of,
    told,
    weight,
)
from netviz.pictures.microscope.equation import Equation, Factor, Sum, Term
from netviz.pictures.microscope.slide import Index, Slide

NORMAL = r"\hat{x}"


class OfNormalization(Anatomy):
    """What both have in common; they differ in what mean and variance are taken of."""

    within = ("normalized",)

    @abstractmethod
    def _normalized(self, slide: Slide) -> Array:
        """x̂ in the shape of the input."""

    @abstractmethod
    def _of(self, slide: Slide, index: Index) -> Index:
        """The place in γ and β that a number of a row has."""

    @abstractmethod
    def _moments(self, slide: Slide, index: Index, row: int) -> tuple[float, float]:
        """Mean and variance that a number was normalized by."""

    @abstractmethod
    def _using(self, slide: Slide, name: Index) -> tuple[int | slice, ...]:
        """What picks the numbers of a row that use an entry of γ and β."""

    def _slope(self, slide: Slide, index: Index, row: int) -> Factor:
        """1/√(σ² + ε)."""
        _mean, variance = self._moments(slide, index, row)
        epsilon: float = slide.settings.epsilon  # type: ignore[attr-defined]
        mark = r"1 / \sqrt{\sigma^2 + \epsilon}"
        return Factor(mark, float(1 / np.sqrt(variance + epsilon)), slide.item("part", "variance", index, row))

    def _hat(self, slide: Slide, index: Index, row: int) -> Factor:
        return part(slide, NORMAL, "normalized", index, row, self._normalized(slide)[(row, *index)])

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        hat, at = self._hat(slide, index, row), self._of(slide, index)
        scaled = "gamma" in slide.weights
        terms = [product(weight(slide, "gamma", at), hat) if scaled else product(hat)]
        formula = (r"\gamma \, " if scaled else "") + NORMAL
        if "beta" in slide.weights:
            terms.append(product(weight(slide, "beta", at)))
            formula += r" + \beta"
        return output_of(slide, index, row, formula, alone(*terms), self._words())

    @abstractmethod
    def _words(self) -> str:
        """Of what mean and variance are."""

    def shares(self, slide: Slide, name: str, index: Index) -> Array:
        return np.asarray(self._products(slide, name, index).reshape(slide.rows, -1).sum(1))

    def _products(self, slide: Slide, name: str, index: Index) -> Array:
        at = (slice(None), *self._using(slide, index))
        d = deltas(slide)[at]
        return d * self._normalized(slide)[at] if name == "gamma" else d

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation:
        at, shape = self._using(slide, index), slide.shape
        places = np.arange(size(shape)).reshape(shape)[at].reshape(-1)

        def term(number: int) -> Term:
            place = tuple(int(i) for i in np.unravel_index(places[number], shape))
            here = delta(slide, place, row)
            return product(self._hat(slide, place, row), here) if name == "gamma" else product(here)

        total = Sum(self._products(slide, name, index)[row], term)
        sentence = _("The normalized number times what the loss wants of the output.") + " " + self._words()
        if name == "beta":
            sentence = _("What the loss wants of the output.")
        many = r"\sum_s " if len(places) > 1 else ""
        formula = rf"{many}\delta \, {NORMAL}" if name == "gamma" else rf"{many}\delta"
        return row_of(slide, name, index, row, formula, total, sentence)

    def arrays(self, slide: Slide) -> Mapping[str, Array]:
        return {"normalized": self._normalized(slide)}

    def part(self, slide: Slide, name: str, index: Index, row: int) -> Equation | None:
        mean, variance = self._moments(slide, index, row)
        if name == "normalized":
            slope, x = self._slope(slide, index, row), given(slide, index, row)
            minus = Factor(r"-\mu", -mean, slide.item("part", "mean", index, row))
            terms = alone(product(x, slope, opens=x.item), product(minus, slope, opens=minus.item))
            formula = r"\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}"
            value = float(self._normalized(slide)[(row, *index)])
            return part_of(slide, NORMAL, name, index, row, value, formula, terms, self._words())
        places, counted = self._counted(slide, index, row)
        if name == "mean":
            return self._mean(slide, index, row, mean, places, counted)
        return self._variance(slide, index, row, (mean, variance), places, counted) if name == "variance" else None

    @abstractmethod
    def _counted(self, slide: Slide, index: Index, row: int) -> tuple[Array, float]:
        """(flat places in the batch's array that mean and variance are of, n)."""

    def _mean(self, slide: Slide, index: Index, row: int, mean: float, places: Array, n: float) -> Equation:
        def term(number: int) -> Term:
            at, place = self._place(slide, places[number])
            return product(Factor("1/n", 1 / n), given(slide, place, at), label=self._row(slide, at))

        total = Sum(slide.input.reshape(-1)[places].astype(float) / n, term)
        sentence = _("The mean of {n:,} numbers.").format(n=len(places)) + " " + self._words()
        return part_of(slide, r"\mu", "mean", index, row, mean, r"\frac{1}{n} \sum x", total, sentence)

    def _variance(
        self, slide: Slide, index: Index, row: int, moments: tuple[float, float], places: Array, n: float
    ) -> Equation:
        mean, variance = moments

        def term(number: int) -> Term:
            at, place = self._place(slide, places[number])
            away = Factor(r"x - \mu", float(slide.input[(at, *place)]) - mean, slide.given(place, at))
            return product(Factor("1/n", 1 / n), away, away, label=self._row(slide, at))

        total = Sum((slide.input.reshape(-1)[places].astype(float) - mean) ** 2 / n, term)
        sentence = _("How far {n:,} numbers lie from their mean, squared.").format(n=len(places)) + " " + self._words()
        formula = r"\frac{1}{n} \sum (x - \mu)^2"
        return part_of(slide, r"\sigma^2", "variance", index, row, variance, formula, total, sentence)

    @staticmethod
    def _place(slide: Slide, flat: int) -> tuple[int, Index]:
        row, *place = (int(i) for i in np.unravel_index(flat, slide.input.shape))
        return row, tuple(place)

    def _row(self, slide: Slide, row: int) -> str:
        return _("row {n}").format(n=int(slide.batch.rows[row]) + 1) if self.at_statistics else ""

    def _gamma(self, slide: Slide, at: Index) -> tuple[Factor, ...]:
        return (weight(slide, "gamma", at),) if "gamma" in slide.weights else ()


@explains(BatchNormalization)
class OfBatchNormalization(OfNormalization):
    """Mean and variance of each channel over all rows of the batch."""

    at_statistics = True

    def _words(self) -> str:
        return _("Mean and variance are those of this batch.")

    @staticmethod
    def _axis(slide: Slide) -> int:
        assert isinstance(slide.settings, BatchNormalization)
        return row_axis(slide.settings.axis, slide.shape)

    def _normalized(self, slide: Slide) -> Array:
        return np.asarray(slide.memory["normalized"])

    def _of(self, slide: Slide, index: Index) -> Index:
        return (index[self._axis(slide)],)

    def _using(self, slide: Slide, name: Index) -> tuple[int | slice, ...]:
        return (*[slice(None)] * self._axis(slide), name[0])

    def _moments(self, slide: Slide, index: Index, row: int) -> tuple[float, float]:
        (channel,) = self._of(slide, index)
        return float(slide.memory["mean"][channel]), float(slide.memory["variance"][channel])

    def _counted(self, slide: Slide, index: Index, row: int) -> tuple[Array, float]:
        (channel,) = self._of(slide, index)
        at = (slice(None), *self._using(slide, (channel,)))
        places = np.arange(slide.input.size).reshape(slide.input.shape)[at].reshape(-1)
        mask = self._mask(slide)
        if mask is None:
            return places, float(len(places))
        counted = places[mask[at].reshape(-1) > 0]
        return counted, len(counted) + NO_ROWS

    def _mask(self, slide: Slide) -> Array | None:
        """1 for what counts, 0 for padding, in the input's shape; None where all counts."""
        counted = slide.memory.get("counted")
        if counted is None:
            return None
        axis, shape = self._axis(slide) + 1, slide.input.shape
        return np.moveaxis(np.asarray(counted).reshape(*shape[:axis], *shape[axis + 1 :], shape[axis]), -1, axis)

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        """∂L/∂x = γ/√(σ² + ε)·(δ − Σδ/n − x̂·Σ(x̂·δ)/n), the last two for what counts only."""
        at = self._of(slide, index)
        _places, n = self._counted(slide, index, row)
        slope, gamma, mask = self._slope(slide, index, row), self._gamma(slide, at), self._mask(slide)
        sums = {
            name: float(self.shares(slide, name, at).sum()) for name in ("beta", "gamma")
        }  # Σδ and Σ x̂·δ, whether or not the layer has β and γ
        terms = [product(*gamma, slope, delta(slide, index, row))]
        if mask is None or mask[(row, *index)]:
            trained = {name: slide.item("weight", name, at) if name in slide.weights else None for name in sums}
            # Keras counts 1e-7 rows too many where there is padding, so the deviations' sum is not quite 0.
            mean, _variance = self._moments(slide, index, row)
            extra = 0.0 if mask is None else NO_ROWS * mean * slope.value * sums["gamma"] / n
            shift = Factor(r"-\overline{\delta}", (extra - sums["beta"]) / n, trained["beta"])
            stretch = Factor(rf"-\overline{{{NORMAL} \delta}}", -sums["gamma"] / n, trained["gamma"])
            terms += [product(*gamma, slope, shift), product(*gamma, slope, self._hat(slide, index, row), stretch)]
        within = rf"\delta - \overline{{\delta}} - {NORMAL} \, \overline{{{NORMAL} \delta}}"
        formula = rf"\frac{{\gamma}}{{\sqrt{{\sigma^2 + \epsilon}}}} \left({within}\right)"
        sentence = _("A change here moves mean and variance of the batch, and with them every row.")
        return below_of(slide, index, row, formula, alone(*terms), sentence)

    def state(self, slide: Slide, name: str, index: Index) -> Equation:
        assert isinstance(slide.settings, BatchNormalization)
        kept = slide.settings.momentum
        batch = float(slide.memory[{"moving_mean": "mean", "moving_variance": "variance"}[name]][index])
        old = weight(slide, name, index)
        terms = alone(
            product(Factor("m", kept), old, opens=None), product(Factor("1 - m", 1 - kept), Factor(r"\text{batch}", batch))
        )
        sentence = _("No optimizer moves this number: it follows the batches, with momentum m.")
        value = float(slide.memory[name][index]) if name in slide.memory else None
        formula = r"m \cdot \text{old} + (1 - m) \cdot \text{batch}"
        return told(slide.item("weight", name, index), old.symbol, formula, terms, sentence, value)

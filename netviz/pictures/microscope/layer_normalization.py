"""Layer normalization under the microscope: mean and variance are of one row, along the axes that it has."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers import LayerNormalization
from netviz.engine.layers.axes import row_axis
from netviz.i18n import _
from netviz.pictures.microscope.anatomy import alone, below_of, delta, deltas, explains, product
from netviz.pictures.microscope.equation import Equation, Factor
from netviz.pictures.microscope.normalization import NORMAL, OfNormalization
from netviz.pictures.microscope.slide import Index, Slide


@explains(LayerNormalization)
class OfLayerNormalization(OfNormalization):
    """Mean and variance of one row along the axes."""

    def _words(self) -> str:
        return _("Mean and variance are those of this row.")

    @staticmethod
    def _axes(slide: Slide) -> Index:
        assert isinstance(slide.settings, LayerNormalization)
        return tuple(sorted(row_axis(axis, slide.shape) for axis in slide.settings.axis))

    def _normalized(self, slide: Slide) -> Array:
        """The memory has one line for each mean; here it is in the input's shape again."""
        axes, shape = self._axes(slide), slide.input.shape
        rest = [axis for axis in range(len(shape)) if axis - 1 not in axes]
        order = [*rest, *(axis + 1 for axis in axes)]
        lines = np.asarray(slide.memory["normalized"]).reshape([shape[axis] for axis in order])
        return lines.transpose(np.argsort(order))

    def _of(self, slide: Slide, index: Index) -> Index:
        return tuple(index[axis] for axis in self._axes(slide))

    def _using(self, slide: Slide, name: Index) -> tuple[int | slice, ...]:
        axes = self._axes(slide)
        return tuple(name[axes.index(axis)] if axis in axes else slice(None) for axis in range(len(slide.shape)))

    def _moments(self, slide: Slide, index: Index, row: int) -> tuple[float, float]:
        shape, axes = slide.input.shape, self._axes(slide)
        rest = [axis for axis in range(len(shape)) if axis - 1 not in axes]
        line = int(np.ravel_multi_index([(row, *index)[axis] for axis in rest], [shape[axis] for axis in rest]))
        return float(slide.memory["mean"][line]), float(slide.memory["variance"][line])

    def _counted(self, slide: Slide, index: Index, row: int) -> tuple[Array, float]:
        axes = self._axes(slide)
        at = (row, *(slice(None) if axis in axes else i for axis, i in enumerate(index)))
        places = np.arange(slide.input.size).reshape(slide.input.shape)[at].reshape(-1)
        return places, float(len(places))

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        """∂L/∂x = (γ·δ − mean(γ·δ) − x̂·mean(x̂·γ·δ))/√(σ² + ε)."""
        places, n = self._counted(slide, index, row)
        d, hats = deltas(slide).reshape(-1)[places], self._normalized(slide).reshape(-1)[places]
        g = d * slide.weights["gamma"].reshape(-1) if "gamma" in slide.weights else d
        slope = self._slope(slide, index, row)
        shift = Factor(r"-\overline{\gamma \delta}", -float(g.sum()) / n)
        stretch = Factor(rf"-\overline{{{NORMAL} \gamma \delta}}", -float((g * hats).sum()) / n)
        terms = [
            product(*self._gamma(slide, self._of(slide, index)), slope, delta(slide, index, row)),
            product(slope, shift), product(slope, self._hat(slide, index, row), stretch),
        ]  # fmt: skip
        within = rf"\gamma \delta - \overline{{\gamma \delta}} - {NORMAL} \, \overline{{{NORMAL} \gamma \delta}}"
        formula = rf"\frac{{1}}{{\sqrt{{\sigma^2 + \epsilon}}}} \left({within}\right)"
        sentence = _("A change here moves mean and variance of the row, and with them its other numbers.")
        return below_of(slide, index, row, formula, alone(*terms), sentence)

"""Layers without weights, which make of each row sums of its numbers with factors that do not depend on them.

Flipped, turned, thinned, averaged, laid out anew: what each number of the input counts for a number of the output is
what the layer's own backward pass hands down for a δ of 1 there; what it counts for, what its forward pass makes of a 1.
"""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers import (
    Dropout,
    GaussianDropout,
    Layer,
    Permute,
    Rescaling,
    Reshape,
    SpatialDropout1D,
    SpatialDropout2D,
    UpSampling2D,
    ZeroPadding2D,
)
from netviz.engine.layers.augmentation import Augmentation
from netviz.engine.layers.dropout import RandomFactor
from netviz.engine.layers.global_pooling import GlobalAveragePooling, GlobalMaxPooling
from netviz.engine.layers.noise import GaussianNoise
from netviz.engine.layers.pooling import AveragePooling
from netviz.engine.layers.reshaping import Flatten
from netviz.i18n import N_, _
from netviz.pictures.microscope.anatomy import (
    Anatomy,
    alone,
    below_of,
    delta,
    deltas,
    explains,
    given,
    output_of,
    product,
    row_of,
)
from netviz.pictures.microscope.equation import Equation, Factor, Sum, Term
from netviz.pictures.microscope.slide import Index, Slide

_ELSEWHERE = N_("The same number at another place.")
_SENTENCES: dict[type, str] = {
    Flatten: _ELSEWHERE, Reshape: _ELSEWHERE, Permute: _ELSEWHERE, ZeroPadding2D: N_("The same number, with zeros around."),
    AveragePooling: N_("The mean of the numbers in its window."),
    GlobalAveragePooling: N_("The mean over all places, or over the steps that are no padding."),
    GlobalMaxPooling: N_("The largest of all places; where several are largest, they share."),
    UpSampling2D: N_("The image, made larger: each number from the pixels around its place."),
    Augmentation: N_("The image as it was changed in this update: each number from where it was read."),
    Rescaling: N_("Brought to another range."),
}  # fmt: skip
_NEAR = N_("Near the numbers at hand: how much each input counts for it.")
_SMALL = 1e-12  # a factor that is the rounding of 0


@explains(*_SENTENCES)
class OfPassing(Anatomy):
    """y = Σ m·x + c."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        pulled = self._pulled(slide, index, row)
        places = [tuple(int(i) for i in place) for place in np.argwhere(np.abs(pulled) > _SMALL)]
        factors = np.array([pulled[place] for place in places])
        values = np.array([float(slide.input[(row, *place)]) for place in places])

        def term(number: int) -> Term:
            x = given(slide, places[number], row)
            one = factors[number] == 1
            return product(x) if one else product(Factor("m", float(factors[number])), x)

        products = factors * values
        rest = float(slide.own_output[(row, *index)]) - float(products.sum())
        added = [product(Factor("c", rest))] if abs(rest) > 1e-6 * (np.abs(products).sum() + abs(rest)) else []
        plain = not added and len(places) == 1 and factors[0] == 1
        formula = slide.given_sign(places[0]) if plain else r"\sum_i m_i \, a_i" + (" + c" if added else "")
        return output_of(slide, index, row, formula, Sum(products, term, added), self._sentence(slide.settings))

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        pushed = self._pushed(slide, index, row)
        places = [tuple(int(i) for i in place) for place in np.argwhere(np.abs(pushed) > _SMALL)]
        factors = np.array([pushed[place] for place in places])

        def term(number: int) -> Term:
            here = delta(slide, places[number], row)
            return product(here) if factors[number] == 1 else product(Factor("m", float(factors[number])), here)

        products = np.array([m * delta(slide, place, row).value for m, place in zip(factors, places, strict=True)])
        plain = len(places) == 1 and factors[0] == 1
        formula = slide.sign(r"\delta", places[0]) if plain else r"\sum_k m_k \, \delta_k"
        return below_of(slide, index, row, formula, Sum(products, term), self._sentence(slide.settings))

    def _pulled(self, slide: Slide, index: Index, row: int) -> Array:
        """How much each number of the row's input counts for an output, in the input's shape."""
        one = np.zeros(slide.output.shape, slide.before.vector.dtype)
        one[(row, *index)] = 1
        return np.asarray(slide.inside.handed_down(one)[row])

    def _pushed(self, slide: Slide, index: Index, row: int) -> Array:
        """How much an input counts for each number of the row's output, in the output's shape."""
        nothing = np.zeros(slide.input.shape, slide.before.vector.dtype)
        one = nothing.copy()
        one[(row, *index)] = 1
        return np.asarray(slide.inside.output(one)[row] - slide.inside.output(nothing)[row])

    def _sentence(self, layer: Layer) -> str:
        return _(next((_SENTENCES[kind] for kind in type(layer).__mro__ if kind in _SENTENCES), _NEAR))


@explains(Layer)
class OfUnknown(OfPassing):
    """A kind of layer that nobody has written the mathematics of: what holds near the numbers at hand.

    Its weights are told row by row, as its own backward pass has them.
    """

    def shares(self, slide: Slide, name: str, index: Index) -> Array:
        return np.array([self._share(slide, name, index, row) for row in range(slide.rows)])

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation:
        term = product(Factor("g", self._share(slide, name, index, row)))
        words = _("What the layer's own backward pass makes of this row.")
        return row_of(slide, name, index, row, r"\text{backward}(\delta_r)", alone(term), words)

    def _share(self, slide: Slide, name: str, index: Index, row: int) -> float:
        only = np.zeros_like(deltas(slide))
        only[row] = deltas(slide)[row]
        return float(slide.inside.gradient(only.astype(slide.before.vector.dtype), name)[index])

    def _pushed(self, slide: Slide, index: Index, row: int) -> Array:
        """Asked of the backward pass for every output: a layer may be anything."""
        pushed = np.zeros(slide.output.shape[1:])
        for place in np.ndindex(*pushed.shape):
            pushed[place] = self._pulled(slide, place, row)[index]
        return pushed


@explains(GlobalMaxPooling)
class OfGlobalMax(OfPassing):
    """y = max x: what counts is decided by the numbers themselves, so an input is asked through the backward pass."""

    def _pushed(self, slide: Slide, index: Index, row: int) -> Array:
        pushed = np.zeros(slide.output.shape[1:])
        there = (*[0] * (pushed.ndim - 1), index[-1])
        pushed[there] = self._pulled(slide, there, row)[index]
        return pushed


@explains(RandomFactor)
class OfRandomFactor(Anatomy):
    """y = m·x: of Dropout m is 0 for what was dropped in this update, else 1/(1 − rate)."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        m, x = self._factor(slide, index, row), given(slide, index, row)
        sentence = _("Kept, and scaled up for it.") if m.value else _("Dropped in this update.")
        if isinstance(slide.settings, GaussianDropout):
            sentence = _("Times a random factor of this update.")
        elif isinstance(slide.settings, (SpatialDropout1D, SpatialDropout2D)) and not m.value:
            sentence = _("The whole channel was dropped in this update.")
        return output_of(slide, index, row, rf"m \cdot {x.symbol}", alone(product(m, x)), sentence)

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        m, here = self._factor(slide, index, row), delta(slide, index, row)
        thinned = isinstance(slide.settings, Dropout)
        sentence = _("What was dropped learns nothing.") if thinned else _("Times the same factor on the way back.")
        return below_of(slide, index, row, rf"m \cdot {here.symbol}", alone(product(m, here)), sentence)

    def _factor(self, slide: Slide, index: Index, row: int) -> Factor:
        mask = slide.memory.get("mask")
        if mask is None:
            return Factor("m", 1.0)
        return Factor("m", float(np.broadcast_to(mask, slide.input.shape)[(row, *index)]))


@explains(GaussianNoise)
class OfNoise(Anatomy):
    """y = x + n."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        x, noise = given(slide, index, row), slide.memory.get("noise")
        drawn = [] if noise is None else [product(Factor("n", float(noise[(row, *index)])))]
        formula = x.symbol + (" + n" if drawn else "")
        return output_of(slide, index, row, formula, alone(product(x), *drawn), _("Noise of this update is added."))

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        here = delta(slide, index, row)
        return below_of(slide, index, row, here.symbol, alone(product(here)), _("Noise changes nothing on the way back."))

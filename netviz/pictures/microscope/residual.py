"""Layers with layers inside under the microscope: the two roads of a residual block, the two directions of a sequence."""

from __future__ import annotations

import numpy as np

from netviz.engine.layers import Bidirectional, Residual
from netviz.i18n import _
from netviz.pictures.microscope.anatomy import (
    Anatomy,
    alone,
    anatomy_of,
    below_of,
    delta,
    explains,
    given,
    output_of,
    product,
    told,
)
from netviz.pictures.microscope.equation import Equation, Factor, Term
from netviz.pictures.microscope.slide import Index, Slide


def above(slide: Slide, index: Index, row: int) -> Equation | None:
    """∂L/∂a of a layer inside: from the next layer inside, else from the layer around."""
    if slide.upstream is None:
        return None
    outer, name = slide.outer, slide.inner[-1]
    if name.isdigit() and int(name) + 1 < len(outer.settings.inside):
        following = outer.within(str(int(name) + 1))
        return anatomy_of(following.settings).below(following, index, row)
    around = anatomy_of(outer.settings)
    assert isinstance(around, Around)
    return around.handed_in(slide, index, row)


class Around(Anatomy):
    """A layer with others inside, whose weights are theirs."""

    def handed_in(self, slide: Slide, index: Index, row: int) -> Equation:
        """∂L/∂a of the last layer inside, from the ∂L/∂y of this one."""
        raise NotImplementedError


@explains(Residual)
class OfResidual(Around):
    """y = x + f(x): the gradient takes both roads back."""

    @staticmethod
    def _last(slide: Slide) -> Slide:
        return slide.within(str(len(slide.settings.inside) - 1))

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        x, last = given(slide, index, row), self._last(slide)
        f = Factor(last.sign("a", index), float(slide.memory["f"][(row, *index)]), last.item("unit", "", index, row))
        total = alone(product(x, label=_("around")), product(f, label=_("through")))
        return output_of(slide, index, row, rf"{x.symbol} + {f.symbol}", total, _("Two roads: around the block, and through it."))

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        here, first = delta(slide, index, row), slide.within("0")
        through = slide.notes.get("df")
        value = float("nan") if through is None else float(through[(row, *index)])
        mark = r"\delta_{\text{through}}"
        terms = alone(
            product(here, label=_("around")),
            product(Factor(mark, value, first.handed(index, row)), label=_("through")),
        )
        words = _("Around the block the gradient comes back undiminished; the other part has gone through.")
        return below_of(slide, index, row, rf"{here.symbol} + {mark}", terms, words)

    def handed_in(self, slide: Slide, index: Index, row: int) -> Equation:
        here = delta(slide.outer, index, row)
        mark = rf"\frac{{\partial L}}{{\partial {slide.sign('a', index)}}}"
        words = _("The block adds what comes through to what goes around, so all of it is handed in.")
        return told(slide.item("upstream", "", index, row), mark, here.symbol, alone(product(here)), words)


@explains(Bidirectional)
class OfBidirectional(Around):
    """y = merge(h, h')."""

    @staticmethod
    def _modes(slide: Slide) -> tuple[str, int]:
        assert isinstance(slide.settings, Bidirectional)
        return slide.settings.merge_mode, slide.settings.layer.units

    @staticmethod
    def _turned(slide: Slide, name: str, index: Index) -> Index:
        """A step's place in what a direction gives, or the other way round: the backward one reads the last first."""
        if name == "backward" and len(index) == 2:
            return (slide.shape[0] - 1 - index[0], index[1])
        return index

    def _hidden(self, slide: Slide, index: Index, row: int) -> bool:
        """Whether it is a step of padding, for which both directions give 0."""
        mask = slide.inside.pairs[0][1].mask
        return mask is not None and len(index) == 2 and not mask[row, index[0]]

    def _h(self, slide: Slide, name: str, index: Index, row: int) -> Factor:
        one, at = slide.within(name), self._turned(slide, name, index)
        states = np.asarray(one.memory["states"])
        t = at[0] + 1 if len(at) == 2 else states.shape[1] - 1
        return Factor(one.sign("h", at), float(states[row, t, at[-1]]), one.item("unit", "", at, row))

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        mode, units = self._modes(slide)
        *where, unit = index
        if self._hidden(slide, index, row):
            return output_of(slide, index, row, "0", alone(), _("The step is padding."))
        if mode == "concat":
            name = "forward" if unit < units else "backward"
            h = self._h(slide, name, (*where, unit % units), row)
            words = _("From the first step on.") if name == "forward" else _("From the last step on.")
            return output_of(slide, index, row, h.symbol, alone(product(h)), words)
        both = [self._h(slide, name, index, row) for name in ("forward", "backward")]
        if mode == "mul":
            total, formula = alone(product(*both)), r"h \cdot h'"
        elif mode == "ave":
            half = Factor("1/2", 0.5)
            total, formula = alone(*(product(half, h) for h in both)), r"\frac{1}{2} (h + h')"
        else:
            total, formula = alone(*(product(h) for h in both)), "h + h'"
        return output_of(slide, index, row, formula, total, _("Both directions."))

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        terms: list[Term] = []
        for name, label in (("forward", _("forwards")), ("backward", _("backwards"))):
            one = slide.within(name)
            found = one.handed_down
            value = float("nan") if found is None else float(found[(row, *index)])
            terms.append(product(Factor(r"\partial x", value, one.handed(index, row)), label=label))
        words = _("Both directions have read the step, and both hand back.")
        return below_of(slide, index, row, r"\partial x + \partial x'", alone(*terms), words)

    def handed_in(self, slide: Slide, index: Index, row: int) -> Equation:
        """∂L/∂h of a direction."""
        outer, name = slide.outer, slide.inner[-1]
        mode, units = self._modes(outer)
        *where, unit = self._turned(outer, name, index)
        mark = rf"\frac{{\partial L}}{{\partial {slide.sign('h', index)}}}"
        item, place = slide.item("upstream", "", index, row), (*where, unit)
        if self._hidden(outer, place, row):
            return told(item, mark, "0", alone(), _("The step is padding."))
        if mode == "concat" and name == "backward":
            place = (*where, unit + units)
        here = delta(outer, place, row)
        factors: tuple[Factor, ...] = ()
        if mode == "ave":
            factors = (Factor("1/2", 0.5),)
        elif mode == "mul":
            factors = (self._h(outer, "forward" if name == "backward" else "backward", place, row),)
        words = _("What the loss wants of this direction.")
        return told(item, mark, here.symbol, alone(product(*factors, here)), words)

"""Outputs that were altered by hand, under the microscope: y = s·a + t, and ∂L/∂a = s·∂L/∂y on the way back."""

from __future__ import annotations

from netviz.i18n import _
from netviz.pictures.microscope.anatomy import alone, product, told
from netviz.pictures.microscope.equation import Equation, Factor
from netviz.pictures.microscope.slide import Index, Slide

OWN = "own"  # the name of an output before it was altered, and of its gradient


def change_of(slide: Slide, index: Index) -> tuple[float, float] | None:
    """(s, t) of all that was done to a unit; None where nothing was."""
    altered = slide.altered if not slide.inner else None
    ours = [c for c in altered.changes if c.unit in (None, index[-1])] if altered is not None else []
    if not ours:
        return None
    scale, shift = 1.0, 0.0
    for change in ours:
        scale, shift = change.scale * scale, change.scale * shift + change.shift
    return scale, shift


def output(slide: Slide, index: Index, row: int, change: tuple[float, float]) -> Equation:
    """y = s·a + t."""
    scale, shift = change
    own = slide.item("unit", OWN, index, row)
    a = Factor(slide.sign("a", index), float(slide.own_output[(row, *index)]), own)
    terms = [product(Factor("s", scale), a)] + ([product(Factor("t", shift))] if shift else [])
    formula = rf"s \, {a.symbol}" + (" + t" if shift else "")
    words = _("Muted by hand.") if not scale and not shift else _("Altered by hand, whatever the layer gave.")
    value = float(slide.output[(row, *index)])
    return told(slide.item("unit", "", index, row), slide.sign("y", index), formula, alone(*terms), words, value)


def gradient(slide: Slide, index: Index, row: int, change: tuple[float, float], value: float) -> Equation:
    """∂L/∂a = s·∂L/∂y."""
    up = slide.batch.upstream.get(slide.layer)
    y = slide.sign("y", index)
    above = Factor(rf"\partial L / \partial {y}", float("nan") if up is None else float(up[(row, *index)]),
                   slide.item("upstream", "", index, row))  # fmt: skip
    words = _("Of what was altered by hand only so much comes back.")
    total = alone(product(Factor("s", change[0]), above))
    mark = rf"\frac{{\partial L}}{{\partial {slide.sign('a', index)}}}"
    return told(slide.item("upstream", OWN, index, row), mark, rf"s \, {above.symbol}", total, words, value)

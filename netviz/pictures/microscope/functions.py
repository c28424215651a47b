"""Activations under the microscope: a = f(z), and δ = f′(z)·∂L/∂a; for a softmax the sum over all outputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netviz.arrays import Array
from netviz.engine.activations import Activation as Function
from netviz.engine.activations import Linear, Softmax, activations
from netviz.engine.layers import Activation, Layer, layers
from netviz.engine.layers.advanced_activations import ActivationLayer
from netviz.engine.workspace import Context, Workspace
from netviz.i18n import _
from netviz.pictures.microscope.altered import OWN, change_of
from netviz.pictures.microscope.anatomy import (
    Anatomy,
    alone,
    below_of,
    explains,
    given,
    output_of,
    product,
    told,
)
from netviz.pictures.microscope.equation import Equation, Factor, Item, Sum, Term
from netviz.pictures.microscope.slide import Index, Slide

# f(z) and f′(z) in LaTeX; {} is where z stands.
FORMULAS: dict[str, tuple[str, str]] = {
    "linear": ("{z}", "1"),
    "relu": (r"\max(0, {z})", r"[{z} > 0]"),
    "leaky_relu": (r"\max(s {z}, {z})", r"1 \text{{ or }} s"),
    "elu": (r"{z} \text{{ or }} \alpha (e^{{{z}}} - 1)", r"1 \text{{ or }} a + \alpha"),
    "gelu": (r"{z} \, \Phi({z})", r"\Phi({z}) + {z} \, \varphi({z})"),
    "sigmoid": (r"\frac{{1}}{{1 + e^{{-{z}}}}}", r"a \, (1 - a)"),
    "tanh": (r"\tanh {z}", r"1 - a^2"),
    "softplus": (r"\ln(1 + e^{{{z}}})", r"\sigma({z})"),
    "softmax": (r"\frac{{e^{{{z}}}}}{{\sum_k e^{{z_k}}}}", r"a_k \, ([k = j] - a_j)"),
}

_NEAR = 1e-6  # so close to the engine's number a softmax comes in float32


def is_function(layer: Layer) -> bool:
    """Whether a layer is nothing but a function of each number, or of all along an axis."""
    return isinstance(layer, (Activation, ActivationLayer))


def function_of(slide: Slide) -> Function | None:
    """The layer's activation, where it has one that does something and works on its whole output."""
    layer = slide.settings
    found = getattr(layer, "activation", None)
    if not isinstance(found, Function) or isinstance(found, Linear):
        return None
    return found if "z" in slide.memory or is_function(layer) else None


def title_of(function: Function, layer: Layer) -> str:
    """What people call it."""
    name = name_of(function)
    return activations.title(name) if name else layers.title(layers.name(type(layer)))


def formula_of(function: Function) -> tuple[str, str]:
    """f(z) and f′(z) in LaTeX with `{z}` for z."""
    return FORMULAS.get(name_of(function), FORMULAS["softmax"] if not function.elementwise else (r"f({z})", r"f'({z})"))


def name_of(function: Function) -> str:
    """Empty for a function that no document names."""
    return next((name for name in activations if activations[name] is type(function)), "")


def derivative(function: Function, z: Array, a: Array | None = None) -> Array:
    """f′(z) element by element, from the engine's own backward pass."""
    context = Context(Workspace(z.dtype), 0, training=False)
    with np.errstate(all="ignore"):
        a = function.value(z, context) if a is None else a
        return np.array(function.backward(np.ones_like(z), z, a, context))


def _z(slide: Slide) -> Array:
    found = slide.memory.get("z")
    return slide.input if found is None else np.asarray(found)


def value(slide: Slide, function: Function, index: Index, row: int) -> Equation:
    """a = f(z)."""
    formula = formula_of(function)[0].format(z=slide.sign("z", index))
    item = slide.item("unit", "z", index, row)
    a = float(slide.own_output[(row, *index)])
    shared = _of_softmax(slide, function, index, row, item) if isinstance(function, Softmax) else None
    total = alone(shared or Term((Factor(formula, a, item),), a, item))
    sentence = title_of(function, slide.settings)
    return told(slide.item("unit", "", index, row), slide.sign("a", index), formula, total, sentence, a)


def _of_softmax(slide: Slide, function: Softmax, index: Index, row: int, item: Item) -> Term | None:
    """a = e^z · 1/Σ e^{zₖ}, a number each; None where e^z is too large or too small to be written."""
    a = float(slide.own_output[(row, *index)])
    axis = getattr(function, "axis", -1)
    axis = axis - 1 if axis > 0 else axis + len(index)
    line = tuple(slice(None) if i == axis else at for i, at in enumerate(index))
    with np.errstate(all="ignore"):
        powers = np.exp(_z(slide)[row].astype(float))
        mine, all_ = float(powers[index]), float(powers[line].sum())
    if not (mine > 0 and np.isfinite(all_) and abs(mine / all_ - a) <= _NEAR):
        return None
    own = Factor(rf"e^{{{slide.sign('z', index)}}}", mine, item)
    return Term((own, Factor(r"1 / \sum_k e^{z_k}", a / mine)), a, item)


def delta(slide: Slide, function: Function, index: Index, row: int, found: float) -> Equation:
    """δ = f′(z)·∂L/∂a."""
    item, mark = slide.item("delta", "", index, row), slide.sign(r"\delta", index)
    if not function.elementwise:
        return _through_softmax(slide, function, index, row, found)
    assert slide.upstream is not None
    slope = float(derivative(function, _z(slide)[row : row + 1])[(0, *index)])
    prime = formula_of(function)[1].format(z=slide.sign("z", index))
    above = _above(slide, index, row)
    total = alone(product(Factor(prime, slope, slide.item("unit", "z", index, row)), above))
    formula = rf"f'(z) \cdot \frac{{\partial L}}{{\partial {slide.sign('a', index)}}}"
    sentence = _("The slope of the function times what the layer above hands down.")
    return told(item, mark, formula, total, sentence, found)


def _above(slide: Slide, index: Index, row: int) -> Factor:
    """∂L/∂a as a factor."""
    assert slide.upstream is not None
    mark = rf"\partial L / \partial {slide.sign('a', index)}"
    name = OWN if change_of(slide, index) is not None else ""
    return Factor(mark, float(slide.upstream[(row, *index)]), slide.item("upstream", name, index, row))


def _through_softmax(slide: Slide, function: Function, index: Index, row: int, found: float) -> Equation:
    """δⱼ = Σₖ aₖ·([k = j] − aⱼ)·∂L/∂aₖ along the function's axis."""
    assert slide.upstream is not None
    axis = getattr(function, "axis", -1)
    axis = axis - 1 if axis > 0 else axis + len(index)
    a = slide.own_output[row].astype(float)
    j, line = index[axis], tuple(slice(None) if i == axis else at for i, at in enumerate(index))
    slopes = a[line] * ((np.arange(a.shape[axis]) == j) - a[index])

    def term(k: int) -> Term:
        there = (*index[:axis], k, *index[axis + 1 :])
        slope = Factor(rf"\partial a_{{{k + 1}}} / \partial z_{{{j + 1}}}", float(slopes[k]))
        return product(slope, _above(slide, there, row))

    sentence = _("In a softmax every output depends on every z.")
    formula = r"\sum_k a_k \, ([k = j] - a_j) \, \frac{\partial L}{\partial a_k}"
    item = slide.item("delta", "", index, row)
    total = Sum(slopes * slide.upstream[row][line], term)
    return told(item, slide.sign(r"\delta", index), formula, total, sentence, found)


@explains(Activation, ActivationLayer)
class OfActivation(Anatomy):
    """a = f(z) alone: δ = f′(z)·∂L/∂a. The function itself is written by `functions`."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        x = given(slide, index, row)
        found = output_of(slide, index, row, x.symbol, alone(product(x)), _("The input of the function."))
        return replace(found, item=slide.item("unit", "z", index, row), symbol=slide.sign("z", index), value=x.value)

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        found = delta(slide, slide.settings.activation, index, row, 0.0)  # type: ignore[attr-defined]
        total = Sum(np.empty(0), lambda place: found.terms[place], found.terms)
        made = below_of(slide, index, row, found.formula, total, found.sentence)
        return replace(made, more=found.more, rest=found.rest)

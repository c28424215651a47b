"""Activations under the microscope: a = f(z), and δ = f′(z)·∂L/∂a; for a softmax the sum over all outputs."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine import activations
from netviz.engine.activations import Activation, Softmax
from netviz.engine.workspace import Context, Workspace
from netviz.i18n import _
from netviz.pictures.microscope.equation import Equation, Factor, Item, Term, by_size, symbol
from netviz.pictures.microscope.slide import Slide

Index = tuple[int, ...]

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


def derivative(activation: Activation, z: Array) -> Array:
    """f′(z) element by element, from the engine's own backward pass."""
    context = Context(Workspace(z.dtype), 0, training=False)
    with np.errstate(all="ignore"):
        a = activation.value(z, context)
        return np.array(activation.backward(np.ones_like(z), z, a, context))


def value(slide: Slide, activation: Activation, index: Index, row: int, z: float, a: float) -> Equation:
    """a = f(z)."""
    name = activations.activations.name(type(activation))
    mark = symbol("z", slide.layer, index)
    formula = FORMULAS.get(name, (r"f({z})", ""))[0].format(z=mark)
    item = Item("unit", slide.layer, "z", index, row)
    sentence = activations.activations.title(name)
    terms = (Term((Factor(formula, a, item),), a, item),)
    return Equation(Item("unit", slide.layer, "", index, row), symbol("a", slide.layer, index), formula, terms, a,
                    sentence, row, (item,))  # fmt: skip


def delta(slide: Slide, activation: Activation, index: Index, row: int, found: float) -> Equation:
    """δ = f′(z)·∂L/∂a."""
    up = slide.upstream
    assert up is not None
    name = activations.activations.name(type(activation))
    item = Item("delta", slide.layer, "", index, row)
    mark = symbol(r"\delta", slide.layer, index)
    a_mark = symbol("a", slide.layer, index)
    if isinstance(activation, Softmax):
        return _through_softmax(slide, index, row, found)
    slope = float(derivative(activation, slide.memory["z"][row])[index])
    prime = FORMULAS.get(name, ("", r"f'({z})"))[1].format(z=symbol("z", slide.layer, index))
    above = Factor(rf"\partial L / \partial {a_mark}", float(up[(row, *index)]),
                   Item("upstream", slide.layer, "", index, row))  # fmt: skip
    terms = (Term((Factor(prime, slope, Item("unit", slide.layer, "z", index, row)), above), slope * above.value, above.item),)
    formula = rf"f'(z) \cdot \frac{{\partial L}}{{\partial {a_mark}}}"
    sentence = _("The slope of the function times what the layer above hands down.")
    return Equation(item, mark, formula, terms, found, sentence, row)


def _through_softmax(slide: Slide, index: Index, row: int, found: float) -> Equation:
    """δⱼ = Σₖ aₖ·([k = j] − aⱼ)·∂L/∂aₖ."""
    up = slide.upstream
    assert up is not None
    *where, j = index
    a, handed = slide.output[(row, *where)], up[(row, *where)]
    terms = []
    for k in range(len(a)):
        slope = Factor(rf"\partial a_{{{k + 1}}} / \partial z_{{{j + 1}}}", float(a[k] * ((k == j) - a[j])))
        place = (*where, k)
        above = Factor(rf"\partial L / \partial {symbol('a', slide.layer, place)}", float(handed[k]),
                       Item("upstream", slide.layer, "", place, row))  # fmt: skip
        terms.append(Term((slope, above), slope.value * above.value, above.item))
    sentence = _("In a softmax every output depends on every z.")
    formula = r"\sum_k a_k \, ([k = j] - a_j) \, \frac{\partial L}{\partial a_k}"
    item = Item("delta", slide.layer, "", index, row)
    return Equation(item, symbol(r"\delta", slide.layer, index), formula, by_size(terms), found, sentence, row)

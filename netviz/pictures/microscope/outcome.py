"""The loss under the microscope: of the batch, of a row, and what it wants of the network's output."""

from __future__ import annotations

import numpy as np

from netviz.engine.losses import losses
from netviz.engine.workspace import Context, Workspace
from netviz.i18n import _
from netviz.pictures.microscope.equation import Equation, Factor, Item, Term, by_size, symbol
from netviz.pictures.microscope.slide import Slide

Index = tuple[int, ...]

# Lᵣ of a row, and ∂Lᵣ/∂p, in LaTeX; p is the prediction, y the target, k the number of outputs.
FORMULAS: dict[str, tuple[str, str]] = {
    "mean_squared_error": (r"\frac{1}{k} \sum (p - y)^2", r"\frac{2}{k} (p - y)"),
    "mean_absolute_error": (r"\frac{1}{k} \sum |p - y|", r"\frac{1}{k} \text{sign}(p - y)"),
    "huber": (r"\frac{1}{k} \sum h_\delta(p - y)", r"\frac{1}{k} \text{clip}(p - y, -\delta, \delta)"),
    "binary_crossentropy": (
        r"-\frac{1}{k} \sum \left( y \ln p + (1 - y) \ln(1 - p) \right)", r"\frac{1}{k} \frac{p - y}{p (1 - p)}",
    ),
    "categorical_crossentropy": (r"-\sum y \ln p", r"-\frac{y}{p}"),
    "sparse_categorical_crossentropy": (r"-\ln p_y", r"-\frac{y}{p}"),
    "mean_absolute_percentage_error": (
        r"\frac{100}{k} \sum \frac{|p - y|}{|y|}", r"\frac{100}{k} \frac{\text{sign}(p - y)}{|y|}",
    ),
    "mean_squared_logarithmic_error": (
        r"\frac{1}{k} \sum \left( \ln \frac{p + 1}{y + 1} \right)^2", r"\frac{2}{k (p + 1)} \ln \frac{p + 1}{y + 1}",
    ),
    "log_cosh": (r"\frac{1}{k} \sum \ln \cosh(p - y)", r"\frac{1}{k} \tanh(p - y)"),
    "cosine_similarity": (
        r"-c, \quad c = \frac{\sum p y}{\|p\| \|y\|}", r"\frac{1}{\|p\|} \left( c \frac{p}{\|p\|} - \frac{y}{\|y\|} \right)",
    ),
    "hinge": (r"\frac{1}{k} \sum \max(0, 1 - y p)", r"-\frac{1}{k} y \left[ y p < 1 \right]"),
    "squared_hinge": (r"\frac{1}{k} \sum \max(0, 1 - y p)^2", r"-\frac{2}{k} y \max(0, 1 - y p)"),
    "categorical_hinge": (
        r"\max(0, 1 + \max (1 - y) p - \sum y p)", r"(1 - y) \left[ p = \max \right] - y",
    ),
    "kl_divergence": (r"\sum y \ln \frac{y}{p}", r"-\frac{y}{p}"),
    "poisson": (r"\frac{1}{k} \sum (p - y \ln p)", r"\frac{1}{k} \left( 1 - \frac{y}{p} \right)"),
    "binary_focal_crossentropy": (
        r"-\frac{1}{k} \sum (1 - p_t)^\gamma \ln p_t",
        r"\frac{1}{k} \frac{\partial}{\partial p} \left( -(1 - p_t)^\gamma \ln p_t \right)",
    ),
    "categorical_focal_crossentropy": (
        r"-\alpha \sum y (1 - p)^\gamma \ln p",
        r"\alpha y \left( \gamma (1 - p)^{\gamma - 1} \ln p - \frac{(1 - p)^\gamma}{p} \right)",
    ),
}  # fmt: skip
# ∂Lᵣ/∂z where the last activation and its loss are one function of z.
FUSED = {
    "binary_crossentropy": r"\frac{1}{k} (p - y)",
    "binary_focal_crossentropy": r"\frac{1}{k} \frac{\partial}{\partial z} \left( -(1 - p_t)^\gamma \ln p_t \right)",
    "categorical_focal_crossentropy": (
        r"u - p \sum u, \quad u = \alpha y \left( \gamma (1 - p)^{\gamma - 1} p \ln p - (1 - p)^\gamma \right)"
    ),
}
_ONE = r"p - y"


def batch_loss(slide: Slide) -> Equation:
    """L = Σ (wᵣ/n)·Lᵣ + penalties."""
    loss = slide.batch.loss
    values = np.full(slide.rows, np.nan) if loss is None else loss
    terms = []
    for row in range(slide.rows):
        share = Factor(r"w_r / n", share_of(slide, row))
        item = Item("loss", row=row)
        one = Factor(rf"L_{{{row + 1}}}", float(values[row]), item)
        terms.append(Term((share, one), share.value * one.value, item, _("row {n}").format(n=slide.batch.rows[row] + 1)))
    penalty = slide.network.penalty(slide.before) if slide.network.penalized else 0.0
    if penalty:
        terms.append(Term((Factor("R", penalty),), penalty, None, _("penalties")))
    sentence = _("The mean of the rows' losses, each times its weight, and the penalties.")
    formula = r"\frac{1}{n} \sum_r w_r \, L_r" + (" + R" if penalty else "")
    return Equation(Item("loss"), "L", formula, by_size(terms), sum(term.value for term in terms), sentence)


def row_loss(slide: Slide, row: int) -> Equation:
    """Lᵣ from the predictions and targets of the row."""
    batch = slide.batch
    name = losses.name(type(slide.network.loss))
    value = float("nan") if batch.loss is None else float(batch.loss[row])
    formula = FORMULAS.get(name, (r"L(p, y)", ""))[0]
    terms = []
    if batch.prediction is not None:
        for index in np.ndindex(*batch.prediction.shape[1:]):
            p, y = float(batch.prediction[(row, *index)]), float(batch.y[(row, *index)])
            last = len(slide.network.layers) - 1
            told = Factor(f"p_{{{index[-1] + 1}}}", p, Item("unit", last, "", index, row))
            true = Factor(f"y_{{{index[-1] + 1}}}", y, Item("target", last, "", index, row))
            terms.append(Term((told, true), p - y, told.item, _("predicted, true")))
    return Equation(Item("loss", row=row), f"L_{{{row + 1}}}", formula, tuple(terms), value, losses.title(name), row)


def wanted(slide: Slide, index: Index, row: int, found: float) -> Equation:
    """What the loss hands down to the output: (wᵣ/n)·∂Lᵣ/∂z where it takes z, else (wᵣ/n)·∂Lᵣ/∂p."""
    network, batch = slide.network, slide.batch
    name = losses.name(type(network.loss))
    fused = network.fused is not None
    outputs = slide.memory["z"] if fused and slide.layer == len(network.layers) - 1 else slide.output
    context = Context(Workspace(outputs.dtype), 0, training=False)
    with np.errstate(all="ignore"):
        slope = float(network.loss_gradient(np.array(outputs), batch.y, context)[(row, *index)])
    formula = FUSED.get(name, _ONE) if fused else FORMULAS.get(name, ("", r"L'(p)"))[1]
    kind, letter = ("delta", r"\delta") if fused else ("upstream", "")
    mark = symbol(letter, slide.layer, index) if fused else rf"\frac{{\partial L}}{{\partial {symbol('a', slide.layer, index)}}}"
    share = Factor(r"w_r / n", share_of(slide, row))
    wants = Factor(formula, slope, Item("loss", row=row))
    sentence = _("What the loss wants of the output: how far the prediction is off, times the row's share of the batch.")
    item = Item("delta" if kind == "delta" else "upstream", slide.layer, "", index, row)
    terms = (Term((share, wants), share.value * slope, wants.item),)
    return Equation(item, mark, rf"\frac{{w_r}}{{n}} \cdot {formula}", terms, found, sentence, row)


def share_of(slide: Slide, row: int) -> float:
    """wᵣ/n."""
    weights = slide.batch.weights
    return (1.0 if weights is None else float(weights[row])) / slide.rows

"""The loss under the microscope: of the batch, of a row, and what it wants of the network's output."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netviz.arrays import Array
from netviz.engine.losses import losses
from netviz.engine.workspace import Context, Workspace
from netviz.i18n import _
from netviz.pictures.microscope.equation import Equation, Factor, Item, Sum, Term, by_size, symbol
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
        r"\max(0, 1 + \max (1 - y) p - \sum y p)", r"\left( (1 - y) \left[ p = \max \right] - y \right)",
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
_ONE = r"(p - y)"
# What one output adds to Lᵣ, in LaTeX; {p} and {y} stand for its prediction and its target.
_OF_ONE = {
    "mean_squared_error": "({p} - {y})^2", "mean_absolute_error": "|{p} - {y}|", "log_cosh": r"\ln \cosh({p} - {y})",
    "hinge": r"\max(0, 1 - {y} {p})", "squared_hinge": r"\max(0, 1 - {y} {p})^2", "poisson": r"({p} - {y} \ln {p})",
    "kl_divergence": r"{y} \ln({y} / {p})",
}  # fmt: skip
_CLASSES = ("categorical_crossentropy", "sparse_categorical_crossentropy")
_NEAR = 1e-4  # relative: so close to the engine's number terms come in float32


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
    """Lᵣ from the predictions and targets of the row, output by output; where it is no such sum, as a whole."""
    batch = slide.batch
    name = losses.name(type(slide.network.loss))
    value = float("nan") if batch.loss is None else float(batch.loss[row])
    formula = FORMULAS.get(name, (r"L(p, y)", ""))[0]
    found: tuple[tuple[Term, ...], int, float] = ((), 0, 0.0)
    if batch.prediction is not None and batch.loss is not None:
        last = len(slide.network.layers) - 1
        p, y = batch.prediction[row], np.asarray(batch.y[row], float)
        parts = _of_outputs(slide, name, p, y, value)
        if parts is None:
            most = np.unravel_index(int(np.abs(p - y).argmax()), p.shape)
            item = Item("unit", last, "", tuple(int(i) for i in most), row)
            found = (Term((Factor(formula, value, item),), value, item),), 0, 0.0
        else:
            found = parts_of(parts, name, p, y, Item("unit", last, row=row)).largest()
    return Equation(Item("loss", row=row), f"L_{{{row + 1}}}", formula, found[0], value, losses.title(name), row, *found[1:])


def parts_of(parts: Array, name: str, p: Array, y: Array, unit: Item) -> Sum:
    """The terms of a row's loss: `parts` is what each output adds, in the shape of p; classes that are not meant add nothing."""
    meant = np.flatnonzero(y) if name in _CLASSES else np.arange(p.size)

    def term(number: int) -> Term:
        index = tuple(int(i) for i in np.unravel_index(int(meant[number]), p.shape))
        value, true = float(parts[index]), float(y[index])
        mine, item = f"{{{index[-1] + 1}}}", replace(unit, index=index)
        if name in _CLASSES:
            counts, symbol_ = true * _share(name, p), rf"-\ln p_{mine}"
            sign = f"y_{mine}" if p.ndim == 1 else f"y_{mine} / k"
        else:
            counts, sign, symbol_ = _share(name, p), "1 / k", _symbol_of_one(name, f"p_{mine}", f"y_{mine}", true)
        share = () if counts == 1 else (Factor(sign, counts),)
        label = f"p {float(p[index]):.4g}, y {true:.4g}".replace("-", "−")
        return Term((*share, Factor(symbol_, value / counts, item)), value, item, label)

    return Sum(parts.reshape(-1)[meant], term)


def _of_outputs(slide: Slide, name: str, p: Array, y: Array, value: float) -> Array | None:
    """What each output adds to a row's loss, in the shape of p; None where the loss is no sum over outputs."""
    with np.errstate(all="ignore"):
        if name in _CLASSES:
            each = np.where(y != 0, -y * np.log(p.astype(float)), 0.0)
        else:
            each = slide.network.loss.rows(p.astype(float).reshape(-1, 1), y.reshape(-1, 1)).reshape(p.shape)
    each = np.asarray(each * _share(name, p))
    return each if abs(float(each.sum()) - value) <= _NEAR * (float(np.abs(each).sum()) + abs(value)) else None


def _share(name: str, p: Array) -> float:
    """What an output counts in the loss of its row: all of them alike, or, of classes, as many as there are places."""
    summed = name in (*_CLASSES, "kl_divergence")
    return p.shape[-1] / p.size if summed else 1 / p.size


def _symbol_of_one(name: str, p: str, y: str, true: float) -> str:
    if name == "binary_crossentropy" and true in (0.0, 1.0):
        return rf"-\ln {p}" if true else rf"-\ln(1 - {p})"
    return _OF_ONE.get(name, r"\ell({p}, {y})").format(p=p, y=y)


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
    terms: tuple[Term, ...] = (Term((share, wants), share.value * slope, wants.item),)
    if batch.prediction is not None:
        p, y = float(batch.prediction[(row, *index)]), float(batch.y[(row, *index)])
        counts = _times(name, fused, batch.prediction[row])
        if counts and abs(counts * (p - y) - slope) <= _NEAR * counts * (abs(p) + abs(y)):
            terms = _difference(slide, index, row, (share.value, counts), (p, y), name == "mean_squared_error")
    return Equation(item, mark, rf"\frac{{w_r}}{{n}} \cdot {formula}", terms, found, sentence, row)


def _times(name: str, fused: bool, p: Array) -> float:
    """By what the slope of a row's loss is p − y; 0 where it is something else."""
    if name == "mean_squared_error":
        return 2 / p.size
    return _share(name, p) if fused and name in ("binary_crossentropy", *_CLASSES) else 0.0


def _difference(
    slide: Slide, index: Index, row: int, shares: tuple[float, float], numbers: tuple[float, float], squared: bool
) -> tuple[Term, ...]:
    """(wᵣ/n)·c·p − (wᵣ/n)·c·y: what is predicted and what is true, each a number of its own."""
    last, loss = len(slide.network.layers) - 1, Item("loss", row=row)
    common = [Factor(r"w_r / n", shares[0])] + [Factor("2 / k" if squared else "1 / k", shares[1])] * (shares[1] != 1)
    place = index[-1] + 1
    p = Factor(f"p_{{{place}}}", numbers[0], Item("unit", last, "", index, row))
    y = Factor(f"-y_{{{place}}}", 0.0 - numbers[1], Item("target", last, "", index, row))
    times = shares[0] * shares[1]
    return by_size([
        Term((*common, p), times * p.value, loss, _("predicted")), Term((*common, y), times * y.value, loss, _("true")),
    ])  # fmt: skip


def share_of(slide: Slide, row: int) -> float:
    """wᵣ/n."""
    weights = slide.batch.weights
    return (1.0 if weights is None else float(weights[row])) / slide.rows

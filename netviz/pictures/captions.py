"""What is happening, in one numbered sentence with its formula: for every phase of an update."""

from __future__ import annotations

import math
from dataclasses import dataclass

from netviz.engine.activations import Activation, Linear, activations
from netviz.engine.frame import Frame, Phase
from netviz.engine.layers import Layer, layers
from netviz.engine.losses import losses
from netviz.engine.network import Network, layer_names
from netviz.engine.optimizers import SGD, optimizers
from netviz.engine.stations import stations
from netviz.i18n import _, plural
from netviz.pictures.microscope import outcome

# z of one layer from what goes in, for layers whose formula fits on a line.
_FORWARD = {
    "dense": r"z = x\,W + b", "activation": r"z = x", "dropout": r"a = x \odot m\,/\,(1-p)", "flatten": r"a = \mathrm{flat}(x)",
    "reshape": r"a = \mathrm{reshape}(x)", "rescaling": r"a = s\,x + o", "embedding": r"a = E_x", "conv1d": r"z = x * W + b",
    "conv2d": r"z = x * W + b", "simple_rnn": r"h_t = \tanh(x_t W + h_{t-1} U + b)", "residual": r"a = x + g(x)",
    "batch_normalization": r"a = \gamma\,\frac{x-\mu}{\sqrt{\sigma^2+\epsilon}} + \beta",
    "layer_normalization": r"a = \gamma\,\frac{x-\mu}{\sqrt{\sigma^2+\epsilon}} + \beta",
}  # fmt: skip
_ADAM = r"\Delta w = -\eta\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}\cdot\frac{m}{\sqrt{v}+\epsilon}"
_OPTIMIZER = {
    "sgd": r"\Delta w = -\eta\,g", "adam": _ADAM, "adamw": _ADAM + r" - \eta\lambda w",
    "rmsprop": r"\Delta w = -\eta\,g\,/\,\sqrt{v+\epsilon}", "adagrad": r"\Delta w = -\eta\,g\,/\,\sqrt{v+\epsilon}",
    "lion": r"\Delta w = -\eta\,\mathrm{sign}(c)",
}  # fmt: skip


@dataclass(frozen=True)
class Caption:
    """number: which station of the update it is, of `count`; 0 between updates. formula: LaTeX, or empty."""

    number: int
    count: int
    sentence: str
    formula: str = ""


def caption(frame: Frame, network: Network) -> Caption:
    """What the engine has just done when the frame was made."""
    order = stations(network)
    if frame.phase is Phase.EPOCH:
        return Caption(0, len(order), _epoch(frame))
    key = (frame.phase, frame.layer)
    number = order.index(key) + 1 if key in order else 0
    if frame.layer is None:
        words = {Phase.LOSS: _loss, Phase.OPTIMIZER: _optimizer, Phase.APPLY: _apply}[frame.phase](frame, network)
    else:
        words = (_forward if frame.phase is Phase.FORWARD else _backward)(frame, network, frame.layer)
    return Caption(number, len(order), *words)


def _forward(frame: Frame, network: Network, layer: int) -> tuple[str, str]:
    settings, name = network.layers[layer], layer_names(network.layers)[layer]
    kind, function = layers.name(type(settings)), _function(settings)
    formula = _FORWARD.get(kind, r"a = f(x)")
    if function is not None and formula.startswith("z"):
        formula += rf",\quad a = {_called(function)}(z)"
    weighs = any(window.path[0] == layer and window.trainable for window in network.windows)
    if kind in ("dense", "conv1d", "conv2d"):
        bent = _(", bent by {function}").format(function=_title(function)) if function is not None else ""
        sentence = _("Forward: each unit of {name} adds up what flows in and its bias{bent}.")
        return sentence.format(name=name, bent=bent), formula
    if weighs:
        return _("Forward: {name} turns its inputs into outputs, with its own weights.").format(name=name), formula
    return _("Forward: {name} passes on what comes in, in its own way; it has no weights.").format(name=name), formula


def _loss(frame: Frame, network: Network) -> tuple[str, str]:
    batch = frame.batch
    kind, settings = losses.name(type(frame.experiment.loss)), frame.experiment.loss
    formula = r"L = \frac{1}{n} \sum_r " + outcome.FORMULAS.get(kind, ("L_r",))[0]
    if getattr(settings, "label_smoothing", 0.0) or batch is not None and batch.weights is not None:
        formula = r"L = \frac{1}{n} \sum_r w_r \, L_r"
    if network.penalized:
        formula += " + R"
    title = losses.title(kind)
    if batch is None or batch.loss is None:
        return _("Loss: predictions against what is wanted, by {loss}.").format(loss=title), formula
    weighted = batch.loss if batch.weights is None else batch.loss * batch.weights
    value = float(weighted.sum()) / max(1, len(weighted)) + network.penalty(frame.params)
    rows = plural("{n} row", "{n} rows", len(weighted))
    sentence = _("Loss: predictions for {rows} against what is wanted, by {loss}: L = {value:.4g}.")
    return sentence.format(rows=rows, loss=title, value=value), formula


def _backward(frame: Frame, network: Network, layer: int) -> tuple[str, str]:
    settings, name = network.layers[layer], layer_names(network.layers)[layer]
    function, last = _function(settings), layer == len(network.layers) - 1
    weighs = any(window.path[0] == layer and window.trainable for window in network.windows)
    if last and network.fused is not None:
        kind = losses.name(type(network.loss))
        delta = rf"\delta = \frac{{1}}{{n}} \, {outcome.FUSED.get(kind, 'p - y')}"
    elif last:
        bent = r"f'(z)\," if function is not None else ""
        delta = rf"\delta = {bent}\frac{{\partial L}}{{\partial a}}"
    else:
        bent = r"f'(z)\cdot" if function is not None else ""
        delta = rf"\delta = {bent}\sum_k w_k\,\delta_k"
    if not weighs:
        return _("Backward: the deltas pass through {name}, which has no weights of its own.").format(name=name), delta
    land = _("Backward: δ arrives at {name}; times the inputs it is the gradient on each link.")
    first = _("Backward: the loss becomes δ of {name}; times the inputs it is the gradient on each link.")
    gradient = r"\frac{\partial L}{\partial w} = \sum_r \delta\,a"
    return (first if last else land).format(name=name), rf"{delta},\quad {gradient}"


def _optimizer(frame: Frame, network: Network) -> tuple[str, str]:
    settings = frame.experiment.optimizer
    kind = optimizers.name(type(settings))
    formula = _OPTIMIZER.get(kind, r"\Delta w = u(g)")
    if isinstance(settings, SGD) and settings.momentum:
        formula = r"m = \mu\,m - \eta\,g,\quad \Delta w = m"
        if settings.nesterov:
            formula = r"m = \mu\,m - \eta\,g,\quad \Delta w = \mu\,m - \eta\,g"
    sentence = _("Optimizer: {name} turns every gradient g into an update Δw, at learning rate {rate:.3g}.")
    return sentence.format(name=optimizers.title(kind), rate=frame.learning_rate), formula


def _apply(frame: Frame, network: Network) -> tuple[str, str]:
    sentence = _("Apply: the weights move. This was update {n:,}.").format(n=frame.step)
    if not frame.updates.vector.size:
        return sentence, ""
    size = float(abs(frame.updates.vector).max())
    if math.isfinite(size) and size:
        sentence = _("Apply: the weights move, by {size:.2g} at most. This was update {n:,}.").format(n=frame.step, size=size)
    return sentence, r"w \leftarrow w + \Delta w"


def _epoch(frame: Frame) -> str:
    if not frame.step:
        return _("Before the first update: run, or step by phase (→), by batch (Shift+→) or by epoch (Ctrl+→).")
    loss, held = frame.history.last("loss"), frame.history.last("val_loss")
    sentence = _("Epoch {n:,} has ended: every training row has been seen once more; mean loss {loss:.4g}")
    words = sentence.format(n=frame.epoch, loss=loss)
    return words + (_(", validation {held:.4g}.").format(held=held) if math.isfinite(held) else ".")


def _function(layer: Layer) -> Activation | None:
    """A layer's activation, where it does something."""
    found = getattr(layer, "activation", None)
    return found if isinstance(found, Activation) and not isinstance(found, Linear) else None


def _title(function: Activation | None) -> str:
    return activations.title(activations.name(type(function))) if function is not None else ""


def _called(function: Activation) -> str:
    """A function's name in a formula."""
    name = activations.name(type(function))
    return rf"\{name}" if name in ("tanh", "exp") else rf"\mathrm{{{name.replace('_', ' ')}}}"

"""How good a network is on rows it is not being trained on, and whether it fits its data at all."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Rows, Samples
from netviz.engine.experiment import Experiment
from netviz.engine.metrics import metric_names
from netviz.engine.network import Network, NetworkProblem
from netviz.engine.parameters import Parameters
from netviz.i18n import _


def evaluate(
    network: Network, params: Parameters, experiment: Experiment, samples: Samples, x: Rows, y: Array,
    weights: Array | None,
) -> dict[str, float]:  # fmt: skip
    """Loss (weighted, penalties included) and metrics of rows that are scaled as training's are."""
    columns = dict(zip(metric_names(experiment.metrics), experiment.metrics, strict=True))
    total, totals = 0.0, {name: np.zeros(1) for name in columns}
    with np.errstate(all="ignore"):
        for start, outputs, context in network.passes(params, x):
            rows = slice(start, start + len(outputs))
            target = network.targets(y[rows]).astype(outputs.dtype, copy=False)
            losses = network.rows_loss(outputs, target).astype(np.float64)
            total += float((losses if weights is None else losses * weights[rows]).sum())
            prediction = network.prediction(outputs, context)
            pair = samples.in_units(prediction), samples.in_units(target)
            for name, metric in columns.items():
                totals[name] = totals[name] + metric.sums(*pair, np.zeros(1, np.int64))[0]
        values = {"loss": total / len(x) + network.penalty(params)}
    return values | {name: metric.value(totals[name]) for name, metric in columns.items()}


def check_fit(network: Network, samples: Samples) -> None:
    """NetworkProblem when the output does not fit the targets."""
    outputs = network.output_shape
    y = samples.y
    last = len(network.layers) - 1
    if not outputs:
        raise NetworkProblem(_("The last layer gives no output axis; end with a dense layer."), last)
    if samples.task == "classification" and y.ndim == 1:
        classes = max(len(samples.classes), int(y.max(initial=0)) + 1)
        if int(y.min(initial=0)) < 0:
            raise NetworkProblem(_("There are class numbers below 0; classes are numbered from 0."))
        if len(outputs) != 1:
            sentence = _(
                "The output has the shape {found}, a prediction for each place, where one for each row is wanted; "
                "put Flatten or a global pooling layer before the last layer."
            )
            raise NetworkProblem(sentence.format(found=outputs), last)
        if outputs[0] < classes and not (outputs[0] == 1 and classes <= 2):
            sentence = _("The output has {n} units for {classes} classes; give the last layer {classes} units.")
            raise NetworkProblem(sentence.format(n=outputs[-1], classes=classes), last)
    elif outputs != y.shape[1:]:
        sentence = _("The output has the shape {found}, the targets have {wanted}; change the last layer.")
        raise NetworkProblem(sentence.format(found=outputs, wanted=y.shape[1:]), last)

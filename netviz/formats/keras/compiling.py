"""What a Keras model was compiled with, as fields of an Experiment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netviz.codec import InvalidValue
from netviz.engine.losses import Loss
from netviz.engine.metrics import Accuracy, Metric
from netviz.engine.optimizers import Optimizer
from netviz.engine.schedules import Constant, PiecewiseConstantDecay, Schedule
from netviz.formats.imported import LeftOut
from netviz.formats.keras import metric_settings, objects
from netviz.i18n import _
from netviz.registry import UnknownName

# What values of a wrong form, as a file may hold them, end in.
WRONG = (InvalidValue, UnknownName, TypeError, ValueError, OverflowError, AttributeError, KeyError)


def compiled(config: objects.Plain, report: objects.Report) -> dict[str, Any]:
    """Fields of an Experiment from what `compile` was given; what cannot be had is reported."""
    found: dict[str, Any] = {}
    for key, read in (("loss", _loss), ("optimizer", _optimizer), ("metrics", _metrics)):
        if config.get(key) is None:
            continue
        try:
            found |= read(config[key], report)
        except WRONG as problem:
            report(LeftOut(key, "compile", str(problem)))
    for key in ("loss_weights", "weighted_metrics"):
        if config.get(key):
            report(LeftOut(key, "compile", _("netviz has no such setting")))
    return found


def _loss(found: Any, report: objects.Report) -> dict[str, Any]:
    if isinstance(found, (list, tuple)) and len(found) == 1:
        found = found[0]
    return {"loss": objects.object_of(Loss, found, "loss", report)}


def from_logits(config: objects.Plain) -> bool:
    """Whether the compiled loss takes logits, so that predictions want one more activation."""
    found = config.get("loss")
    inner = found.get("config") if isinstance(found, dict) else None
    return isinstance(inner, dict) and inner.get("from_logits") is True


def _metrics(found: Any, report: objects.Report) -> dict[str, Any]:
    values = [found] if isinstance(found, (str, dict)) else found
    while isinstance(values, list) and len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    kept: list[Metric] = []
    for value in values if isinstance(values, list) else []:
        try:
            name, _config = objects.named(value)
            value = metric_settings.from_keras(value)
            own = Accuracy() if name in ("accuracy", "acc", "Accuracy") else objects.object_of(Metric, value, "metrics", report)
            kept += [own] if own not in kept else []
        except WRONG as problem:
            report(LeftOut(ascii(value)[:60], "metrics", str(problem)))
    return {"metrics": tuple(kept)}


def _optimizer(found: Any, report: objects.Report) -> dict[str, Any]:
    name, config = objects.named(found)
    rate = config.get("learning_rate")
    settled = {key: value for key, value in config.items() if key != "learning_rate" or isinstance(value, (int, float))}
    value: Optimizer = objects.object_of(Optimizer, {"class_name": name, "config": settled}, "optimizer", report)
    if not isinstance(rate, dict):
        return {"optimizer": value, "schedule": Constant()}
    try:
        base, schedule = _read_schedule(rate, report)
    except WRONG as problem:
        report(LeftOut(ascii(rate.get("class_name"))[:60], "learning_rate", str(problem)))
        return {"optimizer": value, "schedule": Constant()}
    return {"optimizer": replace(value, learning_rate=base), "schedule": schedule}


def _read_schedule(found: objects.Plain, report: objects.Report) -> tuple[float, Schedule]:
    """(first rate, schedule)."""
    name, config = objects.named(dict(found))
    if name == "PiecewiseConstantDecay":
        values = [float(value) for value in config.get("values", ())]
        base = next((value for value in values if value), 1.0)
        return base, PiecewiseConstantDecay(tuple(config.get("boundaries", ())), tuple(v / base for v in values))
    rest = {key: value for key, value in config.items() if key != "initial_learning_rate"}
    schedule: Schedule = objects.object_of(Schedule, {"class_name": name, "config": rest}, "learning_rate", report)
    return float(config.get("initial_learning_rate", 0.0)) or 1e-30, schedule

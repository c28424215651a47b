"""The ways a training has gone, beside each other: where they part, what differs between them, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from netviz.document.branches import Branch, fork
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.history import History
from netviz.engine.run import Run
from netviz.engine.surgery import SetArray, SetWeight
from netviz.i18n import _

_MOST = 6  # differences that are told


@dataclass(frozen=True)
class Line:
    """One way. place: among the branches, None for the way at hand. values: loss, validation loss, the first metric."""

    name: str
    place: int | None
    begin: str
    updates: int
    epochs: int
    values: tuple[str, ...]
    differs: str


def comparison(run: Run, frame: Frame, name: str, branches: tuple[Branch, ...]) -> tuple[Line, ...]:
    """The way at hand, then the others; what differs is told against the way at hand."""
    lines = [Line(name or _("First way"), None, "", frame.step, frame.epoch, values(frame), _("the way at hand"))]
    for place, branch in enumerate(branches):
        parts = fork(run, branch.run)
        begin = _("another run") if parts is None else _("update {n:,}").format(n=parts)
        told = "; ".join(differences(run.experiment, branch.run.experiment)) or _("the same settings")
        lines.append(Line(branch.name, place, begin, branch.frame.step, branch.frame.epoch, values(branch.frame), told))
    return tuple(lines)


def titles(experiment: Experiment) -> tuple[str, ...]:
    """Of the values."""
    return (_("Loss"), _("Validation"), *(metric.name for metric in experiment.metrics[:1]))


def values(frame: Frame) -> tuple[str, ...]:
    """The newest loss, validation loss and first metric, of the validation rows where there are some."""
    history: History = frame.history
    found = [history.last("loss"), history.last("val_loss")]
    for metric in frame.experiment.metrics[:1]:
        held = history.last(f"val_{metric.name}")
        found.append(held if math.isfinite(held) else history.last(metric.name))
    return tuple("–" if math.isnan(value) else f"{value:.4g}" for value in found)


def differences(here: Experiment, there: Experiment) -> list[str]:
    """What the other experiment has otherwise, in words: "optimizer.learning_rate 0.1 (here 0.03)"."""
    found = list(_differ("", here, there))
    return found[:_MOST] + ["…"] * (len(found) > _MOST)


def _differ(name: str, here: Any, there: Any) -> Iterator[str]:
    if type(here) is type(there) and is_dataclass(here):
        for field in fields(here):
            if field.name == "surgery":
                yield from _surgery(getattr(here, field.name), getattr(there, field.name))
            else:
                yield from _differ(f"{name}.{field.name}".lstrip("."), getattr(here, field.name), getattr(there, field.name))
    elif isinstance(here, tuple) and isinstance(there, tuple) and len(here) == len(there):
        for place, (mine, other) in enumerate(zip(here, there, strict=True)):
            yield from _differ(f"{name}[{place + 1}]", mine, other)
    elif not _same(here, there):
        yield _("{name} {there} (here {here})").format(name=name, there=_short(there), here=_short(here))


def _surgery(here: tuple[Any, ...], there: tuple[Any, ...]) -> Iterator[str]:
    for part in there:
        if part not in here:
            yield _by_hand(part)
    for part in here:
        if part not in there:
            yield _("without {part}").format(part=_by_hand(part))


def _by_hand(part: Any) -> str:
    if isinstance(part, SetWeight):
        index = ",".join("all" if i is None else str(i + 1) for i in part.index)
        words = _("{name}[{index}] of layer {layer} = {value:.4g} at update {step:,}")
        return words.format(name=part.name, index=index, layer=part.layer + 1, value=part.value, step=part.step)
    if isinstance(part, SetArray):
        words = _("{name} of layer {layer} from {origin} at update {step:,}")
        return words.format(name=part.name, layer=part.layer + 1, origin=part.origin or _("elsewhere"), step=part.step)
    return _("{kind} at layer {layer}").format(kind=type(part).__name__, layer=part.layer + 1)


def _same(here: Any, there: Any) -> bool:
    try:
        return bool(here == there)
    except ValueError:  # arrays
        return here is there


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, tuple):
        return _("{n} of them").format(n=len(value))
    return type(value).__name__ if is_dataclass(value) else str(value)[:40]

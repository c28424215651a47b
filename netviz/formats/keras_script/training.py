"""How a script trains its model: what `compile` and `fit` are given, as fields of an Experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netviz.arrays import Shape
from netviz.codec import InvalidValue, decode, fields_of
from netviz.datasets import Arrays, DataProblem, Dataset, Preprocessing, datasets, prepare
from netviz.engine.experiment import Experiment
from netviz.engine.schedules import Constant, InverseTimeDecay, PiecewiseConstantDecay, ReduceOnPlateau
from netviz.engine.stopping import EarlyStopping
from netviz.formats.imported import LeftOut
from netviz.formats.keras import compiling
from netviz.formats.keras_script import sources
from netviz.formats.keras_script.calls import why_of
from netviz.formats.keras_script.expressions import Exhausted
from netviz.formats.keras_script.known import plain, unknown_in
from netviz.formats.keras_script.machine import Machine
from netviz.formats.keras_script.names import group_of
from netviz.formats.keras_script.values import Built, Data, Function, Model, Outside
from netviz.i18n import _
from netviz.registry import UnknownName

_WRONG = (InvalidValue, UnknownName, TypeError, ValueError, OverflowError, AttributeError)
_SILENT_OF_FIT = frozenset({"verbose", "x", "y", "workers", "use_multiprocessing", "max_queue_size"})
_SILENT_OF_COMPILE = frozenset({"run_eagerly", "jit_compile", "steps_per_execution", "auto_scale_loss"})
_COUNTS = {"epochs": 1, "batch_size": 32}  # with what Keras takes where nothing is given
_CALLBACKS: Mapping[str, tuple[str, Any]] = {
    "EarlyStopping": ("stopping", EarlyStopping), "ReduceLROnPlateau": ("schedule", ReduceOnPlateau),
}  # fmt: skip
_MOST_EPOCHS = 1000
_MONITORS = {"acc": "accuracy", "val_acc": "val_accuracy"}


class Training:
    """The calls of one model. logits: whether its loss takes what the last layer gives for logits."""

    def __init__(self, machine: Machine, model: Model) -> None:
        """What the last `fit` is given counts; other ones are named."""
        self._machine, self._model, self._report = machine, model, machine.report
        self.logits = False
        self.fit = _last_fit(model, machine)

    def noted(self, part: LeftOut, line: int, kind: str) -> None:
        """Report a part of something, with the line of the whole."""
        self._report(f"{kind}, {part.what}", line, part.why)

    def row_shape(self) -> Shape | None:
        """The shape of a row of what the model is trained on."""
        x = self.fit.get("x")
        if not isinstance(x, Data) or x.shape is None or len(x.shape) < 2 or min(x.shape) < 1:
            return None
        return x.shape[1:]

    def settings(self, shape: Shape | None) -> dict[str, Any]:
        """Fields of an Experiment that the script sets; shape: of a row of the network's input."""
        found = self._compiled()
        self._fitted(found, shape)
        if self._machine.seed is not None:
            found["seed"] = self._machine.seed
        return found

    def _compiled(self) -> dict[str, Any]:
        call = self._model.compiled
        if call is None:
            self._report("compile", self._model.line, _("the model is not compiled: loss and optimizer are not known"))
            return {}
        config: dict[str, Any] = {}
        schedule: Any = None
        for key, value in call.arguments.items():
            if key in _SILENT_OF_COMPILE or value is None:
                continue
            if (unknown := unknown_in(value)) is not None:
                self._report(f"compile, {key}", call.line, why_of(unknown))
                continue
            config[key] = plain(value)
        optimizer = config.get("optimizer")
        inner = optimizer.get("config") if isinstance(optimizer, dict) else None
        if isinstance(inner, dict) and isinstance(decay := inner.pop("decay", None), float) and decay > 0:
            schedule = InverseTimeDecay(1, decay)
        if isinstance(config.get("metrics"), tuple):
            config["metrics"] = list(config["metrics"])
        found = compiling.compiled(config, lambda part: self.noted(part, call.line, "compile"))
        self.logits = compiling.from_logits(config)
        return found | ({"schedule": schedule} if schedule is not None and "optimizer" in found else {})

    def _fitted(self, found: dict[str, Any], shape: Shape | None) -> None:
        fit = self.fit
        if not fit:
            return
        line = self._model.fits[-1].line
        for key, usual in _COUNTS.items():
            value = fit.get(key, usual)
            found[key] = self._count(key, usual if value is None else value, line)
        if fit.get("shuffle") is False:
            found["shuffle"] = False
        self._class_weight(fit.get("class_weight"), found, line)
        self._data(fit, found, line, shape)
        callbacks = fit.get("callbacks")
        for each in callbacks if isinstance(callbacks, (list, tuple)) else [] if callbacks is None else [callbacks]:
            self._callback(each, found, line)
        known = {*_COUNTS, *_SILENT_OF_FIT, "shuffle", "class_weight", "validation_split", "validation_data", "callbacks"}
        for key, value in fit.items():
            if key not in known and value is not None:
                self._report(f"fit, {key}", line, _("netviz has no such setting"))

    def _count(self, key: str, value: Any, line: int) -> int:
        try:
            return int(decode(fields_of(Experiment)[key], value, place=key))
        except _WRONG:
            self._report(f"fit, {key}", line, why_of(value))
            return _COUNTS[key]

    def _class_weight(self, value: Any, found: dict[str, Any], line: int) -> None:
        if value is None:
            return
        try:
            pairs = sorted((int(key), float(weight)) for key, weight in value.items())
            found["class_weight"] = decode(fields_of(Experiment)["class_weight"], pairs, place="class_weight")
        except _WRONG:
            self._report("fit, class_weight", line, why_of(value))

    def _data(self, fit: Mapping[str, Any], found: dict[str, Any], line: int, shape: Shape | None) -> None:
        """What is trained on where netviz has it, and which rows are held out."""
        x, y, share = fit.get("x"), fit.get("y"), fit.get("validation_split")
        split: Any = "last"
        if not isinstance(share, float) or not 0 <= share < 1:
            if share not in (None, 0):
                self._report("fit, validation_split", line, why_of(share))
            share, held = 0.0, fit.get("validation_data")
            if held is not None and isinstance(x, Data) and x.held_out:
                share, split = x.held_out, "stratified" if x.stratified else "random"
            elif held is not None:
                self._report("fit, validation_data", line, _("rows of another source; choose data and how they are split"))
        scaled = isinstance(x, Data) and x.scaled
        found["preprocessing"] = Preprocessing(share, split, "on" if scaled else "off")
        dataset = self._dataset(x, y, shape)
        if dataset is None:
            what = x.source if isinstance(x, Data) else _("the data")
            why = _("netviz does not have them; others stand in until you choose some")
            if isinstance(x, Data) and x.source in datasets:
                why = _("netviz has them in rows of another shape; others stand in until you choose some")
            self._report(what, line, why)
            return
        found["dataset"] = dataset
        if isinstance(x, Data) and x.source in sources.DRAWN:
            self._report(x.source, line, _("netviz draws rows of its own that are alike"))
        if isinstance(x, Data) and x.changed and x.source != sources.WRITTEN:
            self._report(_("what is done to the data"), line, _("they are taken as they come"))

    def _dataset(self, x: Any, y: Any, shape: Shape | None) -> Dataset | None:
        """netviz' own set, or rows that stand in the script."""
        if not isinstance(x, Data):
            return None
        try:
            if x.numbers is not None and isinstance(y, Data) and y.numbers is not None and not (x.changed or y.changed):
                loss = self._model.compiled.arguments.get("loss") if self._model.compiled is not None else None
                classes = "crossentropy" in str(getattr(loss, "path", loss)).lower() and y.numbers.size == len(y.numbers)
                targets = y.numbers.astype(np.int64).ravel() if classes else y.numbers
                dataset: Dataset = Arrays(x.numbers, targets, "classification" if classes else "regression")
            elif x.source in datasets:
                dataset = datasets[x.source](**dict(x.settings))
            else:
                return None
            loaded = dataset.load()
        except (DataProblem, *_WRONG):
            return None
        return dataset if shape in (None, loaded.x.shape[1:]) else None

    def _callback(self, value: Any, found: dict[str, Any], line: int) -> None:
        if not isinstance(value, Built):
            self._report(_("a callback"), line, why_of(value))
            return
        name, settings = value.name, value.arguments
        if name == "LearningRateScheduler":
            self._by_epoch(settings.get("schedule"), found, value.line)
            return
        if name not in _CALLBACKS or group_of(value.path) != "callbacks":
            self._report(name, value.line, _("netviz has no such callback"))
            return
        key, kind = _CALLBACKS[name]
        fields = fields_of(kind)
        found_here = {n: _MONITORS.get(v, v) if isinstance(v, str) else v for n, v in settings.items() if n in fields}
        for extra in sorted(set(settings) - set(fields) - {"verbose", "name"}):
            self._report(f"{name}, {extra}", value.line, _("netviz has no such setting"))
        try:
            head = {"type": kind.family.name(kind)} if getattr(kind, "family", None) is not None else {}
            made = decode(kind, head | {n: v for n, v in found_here.items() if unknown_in(v) is None}, place=name)
        except _WRONG as problem:
            self._report(name, value.line, " ".join(str(problem).split()))
            return
        if key == "schedule" and not isinstance(found.get(key, Constant()), Constant):
            self._report(name, value.line, _("the learning rate has a schedule already"))
            return
        found[key] = made




    def _by_epoch(self, function: Any, found: dict[str, Any], line: int) -> None:
        """A function of the epoch, worked out for all of them, as rates that hold for so many updates each."""
        base, dataset = getattr(found.get("optimizer"), "learning_rate", 0.0), found.get("dataset")
        rates = rates_of(self._machine, function, base, found["epochs"])
        if rates is None or not base or not isinstance(found.get("schedule", Constant()), Constant):
            self._report("LearningRateScheduler", line, _("its function is not followed, or the rate has a schedule already"))
        elif dataset is None:
            why = _("how many updates an epoch has depends on the data; choose a schedule that falls alike")
            self._report("LearningRateScheduler", line, why)
        else:
            samples = prepare(dataset, found["preprocessing"], found.get("seed", 0), "float32")
            steps = -(-len(samples.x) // found["batch_size"])
            ends = [epoch for epoch in range(1, len(rates)) if rates[epoch] != rates[epoch - 1]]
            factors = tuple(rates[epoch] / base for epoch in [0, *ends])
            made = PiecewiseConstantDecay(tuple(epoch * steps - 1 for epoch in ends), factors)
            found["schedule"] = made if ends or factors != (1.0,) else Constant()


def rates_of(machine: Machine, function: Any, base: float, epochs: int) -> list[float] | None:
    """The learning rate of each epoch; None where the function is not followed to a number."""
    if not isinstance(function, Function) or epochs > _MOST_EPOCHS:
        return None
    rates: list[float] = []
    given = len(function.node.args.args) - len(function.defaults)
    for epoch in range(epochs):
        try:
            rate = machine.call(function, [epoch, rates[-1] if rates else base][: max(given, 1)], {})
        except (Outside, Exhausted):
            return None
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate < 1e6:
            return None
        rates.append(float(rate))
    return rates


def _last_fit(model: Model, machine: Machine) -> dict[str, Any]:
    """What the last `fit` is given; other ones are named."""
    if not model.fits:
        return {}
    last = model.fits[-1]
    for other in {call.line: call for call in model.fits}.values():
        if other.line != last.line:
            machine.report("fit", other.line, _("one training is taken: that of line {n}").format(n=last.line))
    return last.arguments



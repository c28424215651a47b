"""Random picks in a network whose numbers PyTorch has computed, each beside what the anatomy and the microscope show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import LeakyRelu, activations
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import BatchNormalization, Dense, Layer
from netviz.engine.losses import losses
from netviz.engine.network import Network
from netviz.engine.optimizers import optimizers
from netviz.engine.regularizers import L1L2
from netviz.engine.run import Run, Start
from netviz.engine.schedules import Constant, CosineDecay, ExponentialDecay, InverseTimeDecay
from netviz.engine.train import Stride, train
from netviz.pictures.microscope import Item, explain
from netviz.pictures.update import update_of
from netviz.pictures.worth import Share, Weigh

Numbers = Mapping[str, np.ndarray]
Pair = tuple[str, float, float]  # what it is, as shown, as PyTorch has it
SCHEDULES = {"ExponentialDecay": ExponentialDecay, "InverseTimeDecay": InverseTimeDecay, "CosineDecay": CosineDecay}


def _layer(settings: dict[str, Any]) -> Layer:
    if settings["kind"] == "batch_normalization":
        return BatchNormalization()
    name = settings["activation"]
    function = LeakyRelu(0.3) if name == "leaky_relu" else activations[name]()
    l1, l2 = settings["l1"], settings["l2"]
    penalty = L1L2(l1, l2) if l1 or l2 else None
    return Dense(settings["units"], function, settings.get("bias", True), kernel_regularizer=penalty)


def experiment_of(case: dict[str, Any], numbers: Numbers) -> Experiment:
    """The same network in netviz."""
    schedule = Constant() if case["schedule"] is None else SCHEDULES[case["schedule"]["class"]](**case["schedule"]["arguments"])
    optimizer = optimizers[case["optimizer"]](learning_rate=case["learning_rate"], **case["options"])
    return Experiment(
        Arrays(numbers["x"], numbers["y"], "regression", validation_rows=0), tuple(map(_layer, case["layers"])),
        losses[case["loss"]](), optimizer, schedule, metrics=(), batch_size=case["batch_size"], shuffle=False, dtype="float64",
        preprocessing=Preprocessing(validation_split=0, split="last", standardize="off", standardize_targets=False),
    )  # fmt: skip


def frame_of(case: dict[str, Any], numbers: Numbers) -> tuple[Frame, Network, Experiment]:
    """The frame of the update that the numbers are of."""
    experiment = experiment_of(case, numbers)
    samples = experiment.samples()
    network = experiment.network(samples)
    first = network.initial(0, "float64").vector.copy()
    first[: len(numbers["first"])] = numbers["first"]
    for moment in train(Run.of(experiment, Start(first)), samples, stride=Stride.STEP, epochs=100):
        if moment.is_update and moment.step == case["updates"]:
            return moment.frame(), network, experiment
    raise AssertionError("no such update")


def picks(case: dict[str, Any], numbers: Numbers, rng: np.random.Generator, count: int) -> Iterator[list[Pair]]:
    """For each random pick, all numbers that are shown of it beside PyTorch's."""
    frame, network, experiment = frame_of(case, numbers)
    samples = experiment.samples()
    trainable = [window for window in network.windows if window.trainable]
    worth = Weigh()(frame, network, samples)
    assert worth is not None
    general: list[Pair] = [
        ("promised", worth.predicted, float(numbers["promised"])),
        ("measured", worth.measured, float(numbers["measured"])),
    ]
    for _pick in range(count):
        window = trainable[int(rng.integers(len(trainable)))]
        index = tuple(int(rng.integers(side)) for side in window.shape)
        item = Item("weight", int(window.path[0]), str(window.path[1]), index)
        place = window.start + int(np.ravel_multi_index(index, window.shape))
        row = int(rng.integers(len(numbers["losses"])))
        yield [*general, *_of_update(frame, network, item, place, numbers),
               *_of_rows(frame, network, samples, item, numbers), *_of_unit(frame, network, item, row, numbers)]  # fmt: skip


def _of_update(frame: Frame, network: Network, item: Item, place: int, numbers: Numbers) -> Iterator[Pair]:
    """The optimizer's lines."""
    told = update_of(frame, network, item)
    assert told is not None
    shown = {name: equation.value for name, equation in zip(told.lines, told.equations, strict=True)}
    gradient = told.equations[0]
    yield "gradient", shown["g"], float(numbers["data"][place] + numbers["penalties"][place])
    yield "gradient of the data", gradient.terms[0].value, float(numbers["data"][place])
    yield "gradient of penalties", sum(term.value for term in gradient.terms[1:]), float(numbers["penalties"][place])
    yield "clipped", shown.get("seen", shown["g"]), float(numbers["seen"][place])
    yield "rate", shown["rate"], float(numbers["rate"])
    yield "Δw", shown["update"], float(numbers["moved"][place])
    yield "Δw by its terms", sum(t.value for t in told.equations[told.lines.index("update")].terms), shown["update"]
    yield "w", shown["w"], float(numbers["after"][place])
    yield "w before", told.before, float(numbers["before"][place])
    yield "plain", told.plain, -float(numbers["rate"] * numbers["seen"][place])
    for name, value in numbers.items():
        if name.startswith("slot/") and name[5:] in shown:
            yield name, shown[name[5:]], float(value[place])


def _of_rows(frame: Frame, network: Network, samples: Any, item: Item, numbers: Numbers) -> Iterator[Pair]:
    """What each row contributes, in the panel and under the microscope."""
    layer, *_rest = item.layer, item.index
    x, delta = numbers[f"{layer}/x"], numbers[f"{layer}/delta"]
    wanted = delta[:, item.index[-1]]
    if item.name == "kernel":
        wanted = wanted * x[:, item.index[0]]
    elif item.name == "gamma":
        column = x[:, item.index[0]]
        wanted = wanted * (column - column.mean()) / np.sqrt(column.var() + 1e-3)
    shares = Share(item)(frame, network, samples)
    assert shares is not None
    for row, value in enumerate(wanted):
        yield f"share of row {row}", float(shares.values[row]), float(value)
    found = explain(frame, network, item)
    if found is not None:
        for term in found.terms:
            assert term.item is not None and term.item.row is not None
            yield f"term of row {term.item.row}", term.value, float(wanted[term.item.row])


def _of_unit(frame: Frame, network: Network, item: Item, row: int, numbers: Numbers) -> Iterator[Pair]:
    """The unit that the weight leads to: z, a, δ, what made them, and the row's loss."""
    layer, unit = item.layer, item.index[-1]
    for kind, name, key in (("unit", "z", "z"), ("unit", "", "a"), ("delta", "", "delta")):
        found = explain(frame, network, Item(kind, layer, name, (unit,), row))  # type: ignore[arg-type]
        if found is not None:
            yield f"{kind} {key}", found.value, float(numbers[f"{layer}/{key}"][row, unit])
            yield f"{kind} {key} by its terms", sum(term.value for term in found.terms), found.value
    loss = explain(frame, network, Item("loss", row=row))
    assert loss is not None
    yield "loss of a row", loss.value, float(numbers["losses"][row])

"""Random picks in a network whose numbers PyTorch has computed, each beside what the anatomy and the microscope show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import Activation as Function
from netviz.engine.activations import LeakyRelu, activations
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import (
    Activation,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Embedding,
    Layer,
    LayerNormalization,
    MultiHeadAttention,
    Permute,
    PReLU,
    Rescaling,
    Reshape,
    Residual,
    UpSampling2D,
    ZeroPadding2D,
    layers,
)
from netviz.engine.losses import losses
from netviz.engine.network import Network
from netviz.engine.optimizers import optimizers
from netviz.engine.regularizers import L1L2
from netviz.engine.run import Run, Start
from netviz.engine.schedules import Constant, CosineDecay, ExponentialDecay, InverseTimeDecay
from netviz.engine.train import Stride, train
from netviz.pictures.microscope import Equation, Item, Reading
from netviz.pictures.update import update_of
from netviz.pictures.worth import Share, Weigh

Numbers = Mapping[str, np.ndarray]
Pair = tuple[str, float, float]  # what it is, as shown, as PyTorch has it
SCHEDULES = {"ExponentialDecay": ExponentialDecay, "InverseTimeDecay": InverseTimeDecay, "CosineDecay": CosineDecay}
CELLS = ("simple_rnn", "lstm", "gru")


def _function(settings: dict[str, Any]) -> Function:
    name = settings["activation"]
    return LeakyRelu(0.3) if name == "leaky_relu" else activations[name]()


def _cell(s: dict[str, Any]) -> Layer:
    plain = {"use_bias": s["bias"], "return_sequences": s["sequences"], "go_backwards": s["backwards"]}
    after = {"reset_after": s["reset_after"]} if s["kind"] == "gru" else {}
    made: Any = layers[s["kind"]]
    cell: Layer = made(s["units"], _function(s), **plain, **after)
    return cell


def _convolution(s: dict[str, Any]) -> Layer:
    plain = {"padding": s["padding"], "activation": _function(s), "use_bias": s["bias"]}
    if s["kind"] == "depthwise_conv2d":
        return DepthwiseConv2D(tuple(s["size"]), tuple(s["strides"]), depth_multiplier=s["multiplier"], **plain)
    if s["kind"] == "conv1d":
        return Conv1D(s["filters"], s["size"], s["strides"], dilation_rate=s["rate"], groups=s["groups"], **plain)
    return Conv2D(s["filters"], tuple(s["size"]), tuple(s["strides"]), dilation_rate=tuple(s["rate"]), groups=s["groups"], **plain)


def _layer(s: dict[str, Any]) -> Layer:
    """The layer of plain settings."""
    kind = s["kind"]
    if kind == "dense":
        penalty = L1L2(s["l1"], s["l2"]) if s["l1"] or s["l2"] else None
        return Dense(s["units"], _function(s), s.get("bias", True), kernel_regularizer=penalty)
    if kind.startswith(("conv", "depthwise")):
        return _convolution(s)
    if "pooling" in kind and not kind.startswith("global"):
        made: Any = layers[kind]
        size, strides = (tuple(v) if isinstance(v, list) else v for v in (s["size"], s["strides"]))
        pooling: Layer = made(size, strides, s["padding"])
        return pooling
    found = {
        "batch_normalization": lambda: BatchNormalization(), "layer_normalization": lambda: LayerNormalization(),
        "p_re_lu": lambda: PReLU(shared_axes=tuple(s["axes"]) if s["shared"] else ()),
        "embedding": lambda: Embedding(s["tokens"], s["width"], mask_zero=s["mask"]),
        "bidirectional": lambda: Bidirectional(_cell(s["layer"]), s["mode"]),  # type: ignore[arg-type]
        "multi_head_attention": lambda: MultiHeadAttention(s["heads"], s["key"], s["value"], use_bias=s["bias"]),
        "residual": lambda: Residual(tuple(map(_layer, s["layers"]))), "activation": lambda: Activation(_function(s)),
        "reshape": lambda: Reshape(tuple(s["shape"])), "permute": lambda: Permute(tuple(s["dims"])),
        "rescaling": lambda: Rescaling(s["scale"], s["offset"]), "up_sampling2d": lambda: UpSampling2D(s["times"]),
        "zero_padding2d": lambda: ZeroPadding2D(s["by"]), **{name: lambda: _cell(s) for name in CELLS},
    }  # fmt: skip
    return found[kind]() if kind in found else layers[kind]()


def experiment_of(case: dict[str, Any], numbers: Numbers) -> Experiment:
    """The same network in netviz."""
    schedule = Constant() if case["schedule"] is None else SCHEDULES[case["schedule"]["class"]](**case["schedule"]["arguments"])
    optimizer = optimizers[case["optimizer"]](learning_rate=case["learning_rate"], **case["options"])
    found, x = [], numbers["x"]
    for place, settings in enumerate(case["layers"]):
        axes = list(range(1, numbers[f"{place}/x"].ndim - 1))
        found.append(_layer({**settings, "axes": axes} if settings["kind"] == "p_re_lu" else settings))
    labels = case["loss"] == "sparse_categorical_crossentropy"
    y = numbers["y"].argmax(-1) if labels else numbers["y"]
    return Experiment(
        Arrays(x, y, "classification" if labels else "regression", validation_rows=0), tuple(found),
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


def picks(case: dict[str, Any], numbers: Numbers, rng: np.random.Generator) -> Iterator[list[Pair]]:
    """For each of the case's picks, all numbers that are shown of it beside PyTorch's."""
    frame, network, experiment = frame_of(case, numbers)
    samples, reading = experiment.samples(), Reading(frame, network)
    worth = Weigh()(frame, network, samples)
    assert worth is not None
    general: list[Pair] = [
        ("promised", worth.predicted, float(numbers["promised"])),
        ("measured", worth.measured, float(numbers["measured"])),
    ]
    for number, pick in enumerate(case["picks"]):
        item = Item("weight", pick["layer"], pick["name"], tuple(pick["index"]))
        window = next(window for window in network.windows if window.path == (item.layer, *item.name.split("/")))
        place = window.start + int(np.ravel_multi_index(item.index, window.shape))
        row = int(rng.integers(len(numbers["losses"])))
        layer = int(rng.integers(len(case["layers"])))
        yield [*general, *_of_update(frame, network, item, place, numbers),
               *_of_rows(frame, network, samples, reading, item, numbers, number),
               *_of_unit(reading, case, item.layer, row, numbers, rng), *_of_unit(reading, case, layer, row, numbers, rng),
               *_of_parts(reading, case, item.layer, row, numbers, rng), *_of_loss(reading, row, numbers)]  # fmt: skip


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


def _of_rows(
    frame: Frame, network: Network, samples: Any, reading: Reading, item: Item, numbers: Numbers, number: int
) -> Iterator[Pair]:
    """What each row contributes, in the panel and under the microscope; and of some rows, what each use of the weight does."""
    uses = numbers[f"uses/{number}"]  # (rows, places)
    wanted = uses.sum(1)
    shares = Share(item)(frame, network, samples)
    assert shares is not None
    for row, value in enumerate(wanted):
        yield f"share of row {row}", float(shares.values[row]), float(value)
    found = reading.explain(item)
    assert found is not None
    yield "gradient under the microscope", found.value, float(wanted.sum())
    yield from _itself("gradient", found)
    for term in found.terms:
        assert term.item is not None and term.item.row is not None
        yield f"term of row {term.item.row}", term.value, float(wanted[term.item.row])
    for term in found.terms[:3]:
        yield from _of_row(reading, term.item, uses)  # type: ignore[arg-type]


def _of_row(reading: Reading, item: Item, uses: np.ndarray) -> Iterator[Pair]:
    """The places where a row uses the weight, from the largest to the smallest; those that add nothing are not compared."""
    assert item.row is not None
    found = reading.explain(item)
    assert found is not None
    yield "a row's share", found.value, float(uses[item.row].sum())
    yield from _itself("a row's share", found)
    each = sorted((float(value) for value in uses[item.row] if value), key=abs, reverse=True)
    terms = [term.value for term in found.terms if term.value]
    assert len(terms) + found.more >= len(each)
    for place, value in enumerate(each[: len(terms)]):
        yield f"size of use {place}", abs(terms[place]), abs(value)
    yield "the rest", found.rest, sum(each[len(terms) :])


def _itself(what: str, found: Equation) -> Iterator[Pair]:
    """The terms of an equation come to its value: the difference as a share of what is added up, beside nothing."""
    size = sum(abs(term.value) for term in found.terms) + abs(found.rest)
    if size > 1e-12:  # else they are the rounding of 0
        yield f"{what} by its terms", 1 + (found.total - found.value) / size, 1.0


def _of_unit(
    reading: Reading, case: dict[str, Any], layer: int, row: int, numbers: Numbers, rng: np.random.Generator
) -> Iterator[Pair]:
    """A unit of a layer: z, a, δ, ∂L/∂a, and what made them; what is but a function gets its δ at its output."""
    bare = case["layers"][layer]["kind"] in ("activation", "re_lu", "leaky_re_lu", "elu", "softmax")
    shape = numbers[f"{layer}/z"].shape[1:]
    index = tuple(int(rng.integers(side)) for side in shape)
    for kind, name, key in (("unit", "z", "z"), ("unit", "", "a"), ("delta", "", "delta"), ("upstream", "", "up")):
        found = reading.explain(Item(kind, layer, name, index, row))  # type: ignore[arg-type]
        if found is None or key == "up" and found.item.kind != "upstream":
            continue
        key = "up" if bare and key == "delta" else key
        if f"{layer}/{key}" not in numbers:  # nobody below has weights
            continue
        wanted = float(numbers[f"{layer}/{key}"][(row, *index)])
        yield f"{kind} {key} of layer {layer}", found.value, wanted
        yield from _itself(f"{kind} {key} of layer {layer}", found)


def _of_loss(reading: Reading, row: int, numbers: Numbers) -> Iterator[Pair]:
    loss = reading.explain(Item("loss", row=row))
    assert loss is not None
    yield "loss of a row", loss.value, float(numbers["losses"][row])


def _of_parts(
    reading: Reading, case: dict[str, Any], layer: int, row: int, numbers: Numbers, rng: np.random.Generator
) -> Iterator[Pair]:
    """What a layer computes within: states, gates, queries, probabilities, normalized numbers, and their gradients."""
    start = f"{layer}/part/"
    for key in sorted(numbers):
        name = key.removeprefix(start)
        if name == key or name.endswith(("raw", "out z", "out a")) or "candidate" in name or "gates" in name:
            continue
        found = _part(reading, case["layers"][layer], layer, name, numbers[key], row, rng)
        if found is not None:
            equation, wanted = found
            yield f"{name} of layer {layer}", equation.value, wanted
            yield from _itself(f"{name} of layer {layer}", equation)


def _part(
    reading: Reading, settings: dict[str, Any], layer: int, name: str, values: np.ndarray, row: int, rng: np.random.Generator
) -> tuple[Equation, float] | None:
    """A number of one of them under the microscope, and PyTorch's; None for what is shown in another form."""
    *above, last = name.split("/")
    if last in ("mean", "variance"):
        return _moment(reading, layer, last, values, row, rng) if settings["kind"] == "batch_normalization" else None
    if last in ("d mean", "d variance", "d normalized"):
        return None
    index = [int(rng.integers(side)) for side in values.shape[1:]]
    wanted = float(values[(row, *index)])
    before = not settings.get("layer", settings).get("reset_after", True)
    own = "d reset" if before and last == "d recalled" else {"d h": "dh", "d c": "dc", "d z": "dz", "d attention": "d looked"}.get(last, last)
    if own in ("dh", "dc"):
        if not index[0]:
            return None  # before the first step nobody asks
        index[0] -= 1
    found = reading.explain(Item("part", layer, "/".join([*above, own]), tuple(index), row))
    assert found is not None, name
    return found, wanted


def _moment(
    reading: Reading, layer: int, name: str, values: np.ndarray, row: int, rng: np.random.Generator
) -> tuple[Equation, float]:
    """The mean or the variance of a channel of a batch normalization, which any place in it leads to."""
    shape = reading.frame.batch.memory[layer]["x"].shape[1:]  # type: ignore[union-attr]
    index = tuple(int(rng.integers(side)) for side in shape)
    found = reading.explain(Item("part", layer, name, index, row))
    assert found is not None
    return found, float(values[index[-1]])

"""Every number of some updates of random networks, by PyTorch in float64: run by hand, never imports netviz.

    python tests/golden/make_anatomy.py

Writes anatomy.json (the networks in plain settings, and the picks) and anatomy.npz beside itself. Of network N, "N/x",
"N/y", "N/first" (all weights) and, of its last update: "N/before", "N/data", "N/penalties", "N/seen" (the gradient as the
optimizer gets it), "N/rate", "N/moved" (Δw), "N/after", "N/slot/NAME", "N/losses" of the rows, "N/promised" and
"N/measured" change of the batch's loss, "N/LAYER/x", "N/LAYER/z", "N/LAYER/a", "N/LAYER/delta", "N/LAYER/up" (∂L/∂a), what
the layer computes within as "N/LAYER/part/NAME" with its gradient as "N/LAYER/part/d NAME", and for pick K of a weight
"N/uses/K", what each use of it adds to its gradient, (rows, places). Gradients of loss and penalties are autograd's; the
optimizers are written out here from https://keras.io/api/optimizers, L-BFGS is PyTorch's own.
"""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
NETWORKS, DEEP, PICKS = 48, 54, 4
Case = dict[str, Any]
T = torch.Tensor


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


drawing = _load("anatomy_drawing")
layers = drawing.torch_layers
ACTIVATIONS = layers.ACTIVATIONS
# Options beside the learning rate; names and meanings are Keras'.
OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("sgd", {}), ("sgd", {"momentum": 0.9}), ("sgd", {"momentum": 0.8, "nesterov": True}), ("lion", {}),
    ("adagrad", {}), ("adadelta", {}), ("rmsprop", {}), ("rmsprop", {"centered": True, "momentum": 0.5}),
    ("ftrl", {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02, "beta": 0.1,
              "l2_shrinkage_regularization_strength": 0.03}),
    ("adam", {}), ("adam", {"amsgrad": True}), ("adamw", {}), ("adamax", {}), ("nadam", {}), ("adafactor", {}), ("lbfgs", {}),
]  # fmt: skip
LIMITS: list[dict[str, float]] = [
    {}, {"weight_decay": 0.1}, {"clipnorm": 0.05}, {"global_clipnorm": 0.05}, {"clipvalue": 0.01, "weight_decay": 0.05},
]  # fmt: skip
SCHEDULES: list[dict[str, Any] | None] = [
    None,
    {"class": "ExponentialDecay", "arguments": {"decay_steps": 5, "decay_rate": 0.7}},
    {"class": "InverseTimeDecay", "arguments": {"decay_steps": 3, "decay_rate": 0.5}},
    {"class": "CosineDecay", "arguments": {"decay_steps": 12, "alpha": 0.1}},
]


# ------------------------------------------------------------------------------------------------------ networks


def drawn(rng: np.random.Generator, number: int) -> Case:
    """A random network; every optimizer comes in turn. L-BFGS gets a smooth one and three updates at most: two
    line searches may stop at different steps, both of them right, and do so sooner or later."""
    kind, options = OPTIMIZERS[number % len(OPTIMIZERS)]
    full = kind == "lbfgs"
    layers: list[Case] = []
    for _layer in range(int(rng.integers(1, 4))):
        name = str(rng.choice(["tanh", "sigmoid", "softplus"] if full else sorted(ACTIVATIONS)))
        layers.append({"kind": "dense", "units": int(rng.integers(2, 6)), "activation": name, **_penalties(rng, full)})
        if rng.random() < 0.25 and not full:
            layers[-1]["bias"] = False  # its gradient would be 0, and rounding alone say in which direction to go
            layers.append({"kind": "batch_normalization"})
    names = ["mean_squared_error", "binary_crossentropy", "categorical_crossentropy", "mean_absolute_error", "huber"]
    loss = str(rng.choice(names[:3] if full else names))
    last = {"binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax"}.get(loss)
    if last is None:
        last = str(rng.choice(["linear", "tanh", "softplus"]))
    layers.append({"kind": "dense", "units": int(rng.integers(2, 4)), "activation": last, **_penalties(rng, full)})
    rows, size = int(rng.integers(9, 20)), int(rng.integers(4, 8))
    limits = {} if full else LIMITS[int(rng.integers(len(LIMITS)))]
    return {
        "inputs": int(rng.integers(2, 5)), "layers": layers, "loss": loss, "rows": rows, "batch_size": rows if full else size,
        "optimizer": kind, "options": {**options, **limits}, "learning_rate": 1.0 if full else float(rng.choice([0.3, 0.05, 0.003])),
        "schedule": None if full else SCHEDULES[int(rng.integers(len(SCHEDULES)))], "updates": int(rng.integers(1, 4 if full else 8)),
    }  # fmt: skip


def drawn_deep(rng: np.random.Generator, number: int) -> Case:
    """The same with layers of every kind and any loss."""
    simple = [pair for pair in OPTIMIZERS if pair[0] != "lbfgs"]
    kind, options = simple[number % len(simple)]
    made = drawing.Drawn(rng, kind != "sgd")
    tokens = int(rng.integers(4, 7)) if number % 3 == 2 else 0
    steps = int(rng.integers(3, 6))
    inputs = [(int(rng.integers(3, 6)), int(rng.integers(3, 6)), int(rng.integers(1, 3))), (steps, int(rng.integers(2, 4))), (steps,)]
    found = made.network(inputs[number % 3], tokens, number // 3)
    loss = str(rng.choice(list(drawing.LOSSES)))
    units = int(rng.integers(2, 4))
    found.append({"kind": "dense", "units": units, "activation": drawing.LOSSES[loss], **_penalties(rng, False)})
    rows, size = int(rng.integers(9, 16)), int(rng.integers(4, 7))
    return {
        "inputs": inputs[number % 3], "tokens": tokens, "layers": found, "loss": loss, "rows": rows, "batch_size": size,
        "optimizer": kind, "options": {**options, **LIMITS[int(rng.integers(len(LIMITS)))]},
        "learning_rate": float(rng.choice([0.1, 0.03, 0.003])), "schedule": SCHEDULES[int(rng.integers(len(SCHEDULES)))],
        "updates": int(rng.integers(1, 6)),
    }  # fmt: skip


def _penalties(rng: np.random.Generator, smooth: bool) -> dict[str, float]:
    return {"l1": 0.0 if smooth else float(rng.choice([0, 0, 0.01])), "l2": float(rng.choice([0, 0, 0.02]))}


def data(case: Case, rng: np.random.Generator) -> tuple[T, T]:
    """Rows that fit a network."""
    inputs = case["inputs"] if isinstance(case["inputs"], (tuple, list)) else (case["inputs"],)
    x = rng.normal(size=(case["rows"], *inputs))
    if case.get("tokens"):
        x = rng.integers(0, case["tokens"], x.shape).astype(float)
        x[:, 0] = np.maximum(x[:, 0], 1)  # no row of padding alone
    shape, loss = (case["rows"], case["layers"][-1]["units"]), case["loss"]
    if loss in ("categorical_crossentropy", "sparse_categorical_crossentropy", "categorical_hinge", "categorical_focal_crossentropy"):
        y = np.eye(shape[1])[rng.integers(shape[1], size=shape[0])]
    elif loss in ("binary_crossentropy", "binary_focal_crossentropy"):
        y = rng.integers(2, size=shape).astype(float)
    elif loss in ("hinge", "squared_hinge"):
        y = 2.0 * rng.integers(2, size=shape) - 1
    elif loss in ("poisson", "mean_squared_logarithmic_error"):
        y = rng.uniform(0.2, 3, shape)
    elif loss == "kl_divergence":
        y = rng.dirichlet(np.ones(shape[1]), shape[0])
    else:
        y = rng.normal(size=shape)
        y += np.sign(y) * (loss == "mean_absolute_percentage_error")
    return torch.tensor(x), torch.tensor(y)


def shapes(case: Case) -> list[tuple[int, str, tuple[int, ...]]]:
    """(layer, name, shape) of every trained array, in order."""
    found: list[tuple[int, str, tuple[int, ...]]] = []
    shape = tuple(case["inputs"]) if isinstance(case["inputs"], (tuple, list)) else (case["inputs"],)
    for place, layer in enumerate(case["layers"]):
        found += [(place, name, form) for name, form in layers.weights(layer, shape)]
        shape = layers.output(layer, shape)
    return found


def first(case: Case, rng: np.random.Generator) -> T:
    """Weights to begin with."""
    parts = [0.6 * rng.normal(size=shape) + name.endswith("gamma") for _layer, name, shape in shapes(case)]
    return torch.tensor(np.concatenate([part.ravel() for part in parts]))


def arrays(case: Case, w: T) -> dict[tuple[int, str], T]:
    """A vector as arrays by layer and name."""
    found, start = {}, 0
    for layer, name, shape in shapes(case):
        stop = start + math.prod(shape)
        found[layer, name] = w[start:stop].reshape(shape)
        start = stop
    return found


def forward(case: Case, w: T, x: T) -> tuple[T, list[dict[str, Any]]]:
    """(predictions, each layer's x, z and a, what its weights were used for, what it computed within)."""
    weights, kept = arrays(case, w), []
    mask = None
    for place, layer in enumerate(case["layers"]):
        record = layers.Record({name: array for (owner, name), array in weights.items() if owner == place})
        z, a, mask = layers.run(layer, x, record, mask)
        for array in (z, a):
            if array.requires_grad:
                array.retain_grad()
        kept.append({"x": x, "z": z, "a": a, "record": record})
        x = a
    return x, kept


def losses(case: Case, p: T, y: T) -> T:
    """The loss of each row, by Keras' formulas; of probabilities as of their logits, which nothing clips."""
    small, norm = 1e-7, lambda v: v / v.norm(dim=-1, keepdim=True).clamp(min=1e-7)
    m = y * (1 - p) + (1 - y) * p
    bce = torch.nn.functional.binary_cross_entropy
    whole = {
        "categorical_crossentropy": lambda: -(y * torch.log(p)),
        "sparse_categorical_crossentropy": lambda: -(y * torch.log(p)),
        "kl_divergence": lambda: y.clamp(small, 1) * torch.log(y.clamp(small, 1) / p),
        "cosine_similarity": lambda: -norm(p) * norm(y),
        "categorical_focal_crossentropy": lambda: -0.25 * y * (1 - p) ** 2 * torch.log(p),
    }
    if case["loss"] in whole:
        return whole[case["loss"]]().sum(-1)
    if case["loss"] == "categorical_hinge":
        return (((1 - y) * p).amax(-1) - (y * p).sum(-1) + 1).clamp(min=0)
    each = {
        "mean_squared_error": lambda: (p - y) ** 2,
        "mean_absolute_error": lambda: (p - y).abs(),
        "huber": lambda: torch.nn.functional.huber_loss(p, y, reduction="none"),
        "binary_crossentropy": lambda: bce(p, y, reduction="none"),
        "binary_focal_crossentropy": lambda: m**2 * bce(p, y, reduction="none"),
        "mean_absolute_percentage_error": lambda: 100 * ((p - y) / y).abs(),
        "mean_squared_logarithmic_error": lambda: (torch.log(p + 1) - torch.log(y + 1)) ** 2,
        "log_cosh": lambda: torch.log(torch.cosh(p - y)),
        "hinge": lambda: (1 - y * p).clamp(min=0),
        "squared_hinge": lambda: (1 - y * p).clamp(min=0) ** 2,
        "poisson": lambda: p - y * torch.log(p + small),
    }[case["loss"]]()
    return each.mean(-1)


def penalties(case: Case, w: T) -> T:
    """Σ l1·|w| + l2·w² over the kernels."""
    total = w.sum() * 0
    for (layer, name), array in arrays(case, w).items():
        settings = case["layers"][layer]
        if name == "kernel" and "l1" in settings:
            total = total + settings["l1"] * array.abs().sum() + settings["l2"] * (array**2).sum()
    return total


def batch_loss(case: Case, w: T, x: T, y: T) -> T:
    """The loss of a batch, penalties included."""
    return losses(case, forward(case, w, x)[0], y).mean() + penalties(case, w)


# ----------------------------------------------------------------------------------------------------- optimizers


def rate(case: Case, made: int) -> float:
    """The learning rate after so many updates."""
    base, schedule = case["learning_rate"], case["schedule"]
    if schedule is None:
        return float(base)
    a = schedule["arguments"]
    share = made / a["decay_steps"]
    return float({
        "ExponentialDecay": lambda: base * a["decay_rate"] ** share,
        "InverseTimeDecay": lambda: base / (1 + a["decay_rate"] * share),
        "CosineDecay": lambda: base * ((1 - a["alpha"]) * 0.5 * (1 + math.cos(math.pi * min(share, 1))) + a["alpha"]),
    }[schedule["class"]]())  # fmt: skip


def clipped(case: Case, g: T) -> T:
    """The gradient as the optimizer gets it."""
    options = case["options"]
    if "clipvalue" in options:
        return g.clamp(-options["clipvalue"], options["clipvalue"])
    if "global_clipnorm" in options:
        return g * options["global_clipnorm"] / max(float(g.norm()), options["global_clipnorm"])
    if "clipnorm" in options:
        limit = options["clipnorm"]
        parts = [part.reshape(-1) * limit / max(float(part.norm()), limit) for part in arrays(case, g).values()]
        return torch.cat(parts)
    return g


def moved(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    """Δw; the slots are brought up to date."""
    options = case["options"]
    decay = options.get("weight_decay", 0.004 if case["optimizer"] == "adamw" else 0.0)
    shrunk = w - lr * decay * w
    rule = RULES[case["optimizer"]](case, shrunk, g, s, t, lr)
    return rule - lr * decay * w


def _sgd(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    mu = case["options"].get("momentum", 0.0)
    if not mu:
        return -lr * g
    s["momentum"] = mu * s.get("momentum", 0 * g) - lr * g
    return mu * s["momentum"] - lr * g if case["options"].get("nesterov") else s["momentum"]


def _lion(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    m = s.get("momentum", 0 * g)
    s["momentum"] = 0.99 * m + 0.01 * g
    return -lr * torch.sign(0.9 * m + 0.1 * g)


def _adagrad(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    s["accumulator"] = s.get("accumulator", 0 * g + 0.1) + g**2
    return -lr * g / torch.sqrt(s["accumulator"] + 1e-7)


def _adadelta(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    s["accumulated_grad"] = 0.95 * s.get("accumulated_grad", 0 * g) + 0.05 * g**2
    d = s.get("accumulated_delta_var", 0 * g)
    step = -torch.sqrt(d + 1e-7) / torch.sqrt(s["accumulated_grad"] + 1e-7) * g
    s["accumulated_delta_var"] = 0.95 * d + 0.05 * step**2
    return lr * step


def _rmsprop(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    s["velocity"] = 0.9 * s.get("velocity", 0 * g) + 0.1 * g**2
    under = s["velocity"] + 1e-7
    if case["options"].get("centered"):
        s["average_gradient"] = 0.9 * s.get("average_gradient", 0 * g) + 0.1 * g
        under = under - s["average_gradient"] ** 2
    step = lr * g / torch.sqrt(under)
    mu = case["options"].get("momentum", 0.0)
    if mu:
        s["momentum"] = mu * s.get("momentum", 0 * g) + step
        return -s["momentum"]
    return -step


def _ftrl(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    o = case["options"]
    n, l = s.get("accumulator", 0 * g + 0.1), s.get("linear", 0 * g)
    shifted = g + 2 * o["l2_shrinkage_regularization_strength"] * w
    new = n + g**2
    l = l + shifted - (torch.sqrt(new) - torch.sqrt(n)) / lr * w
    strong = o["l2_regularization_strength"] + o["beta"] / (2 * lr)
    quadratic = torch.sqrt(new) / lr + 2 * strong
    limit = o["l1_regularization_strength"]
    s["accumulator"], s["linear"] = new, l
    return (l.clamp(-limit, limit) - l) / quadratic - w


def _adam(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    s["momentum"] = 0.9 * s.get("momentum", 0 * g) + 0.1 * g
    s["velocity"] = 0.999 * s.get("velocity", 0 * g) + 0.001 * g**2
    size = s["velocity"]
    if case["options"].get("amsgrad"):
        size = s["velocity_hat"] = torch.maximum(s.get("velocity_hat", 0 * g), size)
    return -lr * math.sqrt(1 - 0.999**t) / (1 - 0.9**t) * s["momentum"] / (torch.sqrt(size) + 1e-7)


def _adamax(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    s["momentum"] = 0.9 * s.get("momentum", 0 * g) + 0.1 * g
    s["norm"] = torch.maximum(0.999 * s.get("norm", 0 * g), g.abs())
    return -lr / (1 - 0.9**t) * s["momentum"] / (s["norm"] + 1e-7)


def _nadam(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    mus = [0.9 * (1 - 0.5 * 0.96**i) for i in range(1, t + 2)]
    product = math.prod(mus[:-1])
    s["momentum"] = 0.9 * s.get("momentum", 0 * g) + 0.1 * g
    s["velocity"] = 0.999 * s.get("velocity", 0 * g) + 0.001 * g**2
    m = mus[-1] * s["momentum"] / (1 - product * mus[-1]) + (1 - mus[-2]) * g / (1 - product)
    return -lr * m / (torch.sqrt(s["velocity"] / (1 - 0.999**t)) + 1e-7)


def _adafactor(case: Case, w: T, g: T, s: dict[str, T], t: int, lr: float) -> T:
    beta, step, parts = 1 - t**-0.8, min(lr, 1 / math.sqrt(t)), []
    weights, sizes = arrays(case, w), []
    for key, grad in arrays(case, g).items():
        square, name = grad**2 + 1e-30, "/".join(map(str, key))
        if grad.ndim > 1:
            row = s[name + "/r"] = beta * s.get(name + "/r", 0 * square.mean(-1)) + (1 - beta) * square.mean(-1)
            column = s[name + "/c"] = beta * s.get(name + "/c", 0 * square.mean(-2)) + (1 - beta) * square.mean(-2)
            v = row[..., :, None] * column[..., None, :] / row.mean(-1, keepdim=True)[..., None]
        else:
            v = s[name + "/v"] = beta * s.get(name + "/v", 0 * square) + (1 - beta) * square
        u = grad / torch.sqrt(v)
        u = u / max(1.0, float(torch.sqrt((u**2).mean())))
        parts.append((-step * max(1e-3, float(torch.sqrt((weights[key] ** 2).mean()))) * u).reshape(-1))
        sizes.append(v.reshape(-1))
    s["velocity"] = torch.cat(sizes)
    return torch.cat(parts)


RULES = {
    "sgd": _sgd, "lion": _lion, "adagrad": _adagrad, "adadelta": _adadelta, "rmsprop": _rmsprop, "ftrl": _ftrl,
    "adam": _adam, "adamw": _adam, "adamax": _adamax, "nadam": _nadam, "adafactor": _adafactor,
}  # fmt: skip


def by_lbfgs(case: Case, w: T, x: T, y: T, count: int) -> T:
    """The weights after so many iterations of PyTorch's L-BFGS."""
    if not count:
        return w.clone()
    w = w.clone().requires_grad_(True)
    optimizer = torch.optim.LBFGS(
        [w], max_iter=count, max_eval=10_000, history_size=10, line_search_fn="strong_wolfe", tolerance_grad=1e-14,
        tolerance_change=0.0,
    )  # fmt: skip

    def closure() -> T:
        optimizer.zero_grad()
        loss = batch_loss(case, w, x, y)
        loss.backward()
        return loss

    optimizer.step(closure)
    return w.detach()


# -------------------------------------------------------------------------------------------------------- numbers


def gradient(case: Case, w: T, x: T, y: T) -> dict[str, Any]:
    """Gradients of data and penalties at weights, and what every layer had."""
    w = w.clone().requires_grad_(True)
    p, kept = forward(case, w, x)
    rows = losses(case, p, y)
    rows.mean().backward()
    data_gradient = w.grad.clone()
    w.grad = None
    penalties(case, w).backward()
    return {"data": data_gradient, "penalties": w.grad.clone(), "losses": rows.detach(), "kept": kept}


def trained(case: Case, w: T, x: T, y: T) -> dict[str, np.ndarray]:
    """All numbers of the last of a case's updates."""
    slots: dict[str, T] = {}
    batches = -(-case["rows"] // case["batch_size"])
    for step in range(case["updates"]):
        start = step % batches * case["batch_size"]
        rows = slice(start, min(start + case["batch_size"], case["rows"]))
        found, lr = gradient(case, w, x[rows], y[rows]), rate(case, step)
        before, g = w, found["data"] + found["penalties"]
        seen = clipped(case, g)
        if case["optimizer"] == "lbfgs":
            delta = by_lbfgs(case, FIRST[id(case)], x, y, step + 1) - before
        else:
            delta = moved(case, before, seen, slots, step + 1, lr)
        w = before + delta
    numbers = {
        "before": before, "data": found["data"], "penalties": found["penalties"], "seen": seen, "moved": delta, "after": w,
        "losses": found["losses"], **{f"slot/{name}": slot for name, slot in slots.items() if slot.shape == w.shape},
    }  # fmt: skip
    for place, layer in enumerate(found["kept"]):
        numbers |= {f"{place}/{name}": layer[name].detach() for name in ("x", "z", "a")}
        gradients = {f"{place}/delta": layer["z"].grad, f"{place}/up": layer["a"].grad}
        numbers |= {name: array for name, array in gradients.items() if array is not None}  # below all weights there is none
        numbers |= {f"{place}/part/{name}": array for name, array in within(layer["record"]).items()}
    for number, pick in enumerate(case["picks"]):
        uses = found["kept"][pick["layer"]]["record"].uses[pick["name"]].grad
        numbers[f"uses/{number}"] = uses[(..., *pick["index"])]
    now, then = batch_loss(case, before, x[rows], y[rows]), batch_loss(case, w, x[rows], y[rows])
    made = {name: np.asarray(value) for name, value in numbers.items()}
    return {**made, "rate": np.array(lr), "promised": np.array(float(g @ delta)), "measured": np.array(float(then - now))}


def within(record: Any) -> dict[str, T]:
    """What a layer computed within and its gradients; steps lie on the second axis."""
    found: dict[str, T] = {}
    for name, part in record.parts.items():
        steps = part if isinstance(part, list) else [part]
        join = (lambda those: torch.stack(those, 1)) if isinstance(part, list) else (lambda those: those[0])
        found[name] = join([step.detach() for step in steps])
        grads = [step.grad for step in steps if step.requires_grad]
        if grads and all(grad is not None for grad in grads[-1:]):
            zero = torch.zeros_like(steps[0])
            *above, last = name.split("/")
            grads = [zero if step.grad is None else step.grad for step in steps]
            found["/".join([*above, f"d {last}"])] = join(grads)
    return found


def picked(case: Case, rng: np.random.Generator, count: int) -> list[Case]:
    """Random numbers of random weights."""
    found, there = [], shapes(case)
    for _pick in range(count):
        layer, name, shape = there[int(rng.integers(len(there)))]
        found.append({"layer": layer, "name": name, "index": [int(rng.integers(side)) for side in shape]})
    return found


FIRST: dict[int, T] = {}  # the weights that a case begins with, for L-BFGS, which is run anew for each update


def case_of(seed: int, number: int, deep: bool = False, picks: int = PICKS) -> tuple[Case, dict[str, np.ndarray]]:
    """A random network and all its numbers."""
    rng = np.random.default_rng((seed, number))
    case = drawn_deep(rng, number) if deep else drawn(rng, number)
    x, y = data(case, rng)
    w = first(case, rng)
    case["picks"] = picked(case, rng, picks)
    FIRST[id(case)] = w
    return case, {"x": x.numpy(), "y": y.numpy(), "first": w.numpy(), **trained(case, w, x, y)}


def main() -> None:
    """Write both files."""
    torch.set_default_dtype(torch.float64)
    cases, stored = [], {}
    for number in range(NETWORKS + DEEP):
        case, numbers = case_of(20, number, number >= NETWORKS)
        cases.append(case)
        stored |= {f"{number}/{name}": value for name, value in numbers.items()}
    (HERE / "anatomy.json").write_text(json.dumps(cases, indent=1) + "\n")
    np.savez_compressed(HERE / "anatomy.npz", **stored)


if __name__ == "__main__":
    main()

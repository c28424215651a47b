"""Every kind of layer in PyTorch, with each weight in as many copies as it is used: one for each row and place.

The gradient of a copy is what that use adds to the weight's gradient, so autograd itself takes the sums apart that a
microscope shows. What layers compute within (states, gates, queries) keeps its gradient too. Never imports netviz.

A layer is a dictionary of plain settings with a "kind". `weights` says its arrays, `run` what it gives.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

T = torch.Tensor
Settings = dict[str, Any]
Shape = tuple[int, ...]

ACTIVATIONS: dict[str, Callable[[T], T]] = {
    "linear": lambda z: z * 1,
    "relu": torch.relu,
    "leaky_relu": lambda z: F.leaky_relu(z, 0.3),
    "elu": F.elu,
    "gelu": F.gelu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "softmax": lambda z: torch.softmax(z, -1),
}


class Record:
    """What one layer used, computed and gave: `uses` of weights (rows, places, *shape) by name, `parts` by name."""

    def __init__(self, weights: dict[str, T], prefix: str = "") -> None:
        self.weights, self.prefix = weights, prefix
        self.uses: dict[str, T] = {}
        self.parts: dict[str, Any] = {}

    def use(self, name: str, rows: int, places: int) -> T:
        """A weight in a copy for each row and place."""
        w = self.weights[self.prefix + name]
        copies = w.expand(rows, places, *w.shape)
        if copies.requires_grad:
            copies.retain_grad()
        self.uses[self.prefix + name] = copies
        return copies

    def has(self, name: str) -> bool:
        return self.prefix + name in self.weights

    def note(self, name: str, array: T) -> T:
        """Something computed within, whose gradient is kept."""
        if array.requires_grad:
            array.retain_grad()
        self.parts[self.prefix + name] = array
        return array

    def note_step(self, name: str, array: T) -> T:
        """The same for one step of several."""
        if array.requires_grad:
            array.retain_grad()
        self.parts.setdefault(self.prefix + name, []).append(array)
        return array

    def within(self, name: str) -> Record:
        """The record of a layer inside; it writes into this one."""
        inner = Record(self.weights, f"{self.prefix}{name}/")
        inner.uses, inner.parts = self.uses, self.parts
        return inner


# ------------------------------------------------------------------------------------------------------ settings


def pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def span(length: int, size: int, stride: int, rate: int, padding: str) -> tuple[int, int, int]:
    """(windows, zeros before, zeros behind) along an axis, as Keras counts them."""
    reach = (size - 1) * rate + 1
    if padding == "valid":
        return (length - reach) // stride + 1, 0, 0
    count = -(-length // stride)
    if padding == "causal":
        return count, reach - 1, 0
    outside = max(0, (count - 1) * stride + reach - length)
    return count, outside // 2, outside - outside // 2


def spans(s: Settings, shape: Shape) -> list[tuple[int, int, int]]:
    """`span` along each axis of a row but the last."""
    axes = len(shape) - 1
    size, stride, rate = (([v] * axes if isinstance(v, int) else list(v)) for v in (s["size"], s["strides"], s.get("rate", 1)))
    return [span(shape[i], size[i], stride[i], rate[i], s["padding"]) for i in range(axes)]


def weights(s: Settings, shape: Shape) -> list[tuple[str, Shape]]:
    """(name, shape) of the trained arrays of a layer over rows of a shape, in Keras' order."""
    kind, last = s["kind"], shape[-1]
    bias = s.get("bias", True)
    if kind == "dense":
        return [("kernel", (last, s["units"])), *[("bias", (s["units"],))] * bias]
    if kind in ("conv1d", "conv2d"):
        size = (s["size"],) if kind == "conv1d" else pair(s["size"])
        return [("kernel", (*size, last // s["groups"], s["filters"])), *[("bias", (s["filters"],))] * bias]
    if kind == "depthwise_conv2d":
        return [("kernel", (*pair(s["size"]), last, s["multiplier"])), *[("bias", (last * s["multiplier"],))] * bias]
    if kind in ("batch_normalization", "layer_normalization"):
        return [("gamma", (last,)), ("beta", (last,))]
    if kind == "p_re_lu":
        return [("alpha", (*[1] * (len(shape) - 1), last) if s["shared"] else shape)]
    if kind == "embedding":
        return [("embeddings", (s["tokens"], s["width"]))]
    if kind in GATES:
        n = GATES[kind] * s["units"]
        two = kind == "gru" and s["reset_after"]
        return [("kernel", (last, n)), ("recurrent_kernel", (s["units"], n)), *[("bias", (2, n) if two else (n,))] * bias]
    if kind == "bidirectional":
        return [(f"{name}/{w}", form) for name in ("forward", "backward") for w, form in weights(s["layer"], shape)]
    if kind == "multi_head_attention":
        h, d, v = s["heads"], s["key"], s["value"]
        each = {"query": ((last, h, d), (h, d)), "key": ((last, h, d), (h, d)), "value": ((last, h, v), (h, v)),
                "attention_output": ((h, v, last), (last,))}  # fmt: skip
        return [(f"{name}/{part}", form) for name, forms in each.items() for part, form in zip(("kernel", "bias"), forms, strict=True)
                if part == "kernel" or bias]  # fmt: skip
    if kind == "residual":
        found, inner = [], shape
        for place, layer in enumerate(s["layers"]):
            found += [(f"{place}/{name}", form) for name, form in weights(layer, inner)]
            inner = output(layer, inner)
        return found
    return []


def output(s: Settings, shape: Shape) -> Shape:
    """The shape of one row of what a layer gives."""
    kind = s["kind"]
    if kind == "dense":
        return (*shape[:-1], s["units"])
    if kind in ("conv1d", "conv2d", "depthwise_conv2d"):
        filters = s["filters"] if "filters" in s else shape[-1] * s["multiplier"]
        return (*(found[0] for found in spans(s, shape)), filters)
    if "pooling" in kind and not kind.startswith("global"):
        return (*(found[0] for found in spans(s, shape)), shape[-1])
    if kind.startswith("global"):
        return (shape[-1],)
    if kind == "embedding":
        return (*shape, s["width"])
    if kind in GATES:
        return (shape[0], s["units"]) if s["sequences"] else (s["units"],)
    if kind == "bidirectional":
        *steps, units = output(s["layer"], shape)
        return (*steps, units * (2 if s["mode"] == "concat" else 1))
    if kind == "flatten":
        return (math.prod(shape),)
    if kind == "reshape":
        return tuple(s["shape"])
    if kind == "permute":
        return tuple(shape[i - 1] for i in s["dims"])
    if kind == "up_sampling2d":
        return (shape[0] * s["times"], shape[1] * s["times"], shape[2])
    if kind == "zero_padding2d":
        return (shape[0] + 2 * s["by"], shape[1] + 2 * s["by"], shape[2])
    return shape


# ------------------------------------------------------------------------------------------------------- layers


def run(s: Settings, x: T, r: Record, mask: T | None) -> tuple[T, T, T | None]:
    """(z, a, which steps are no padding): z of a layer without an activation is what it gives."""
    kind = s["kind"]
    made = RUNS[kind](s, x, r, mask)
    z = made
    if z.requires_grad:
        z.retain_grad()
    a = ACTIVATIONS[s["activation"]](z) if "activation" in s and kind not in GATES and kind != "bidirectional" else z
    if kind == "embedding" and s["mask"]:
        mask = x != 0
    elif kind in GATES and not s["sequences"] or kind.startswith("global") or kind in ("flatten", "reshape", "permute") or kind == "bidirectional" and not s["layer"]["sequences"]:
        mask = None
    return z, a, mask


def _dense(s: Settings, x: T, r: Record, mask: T | None) -> T:
    flat = x.reshape(len(x), -1, x.shape[-1])
    z = torch.einsum("rpi,rpio->rpo", flat, r.use("kernel", *flat.shape[:2]))
    z = z + r.use("bias", *flat.shape[:2]) if r.has("bias") else z
    return z.reshape(*x.shape[:-1], -1)


def _windows(s: Settings, x: T, fill: float = 0.0) -> T:
    """What the windows hold, (rows, windows, taps, channels)."""
    shape = tuple(x.shape[1:])
    found, axes = spans(s, shape), len(shape) - 1
    size, stride, rate = (([v] * axes if isinstance(v, int) else list(v)) for v in (s["size"], s["strides"], s.get("rate", 1)))
    pads = [0, 0] + [n for axis in reversed(range(axes)) for n in found[axis][1:]]
    x = F.pad(x, pads, value=fill)
    at = [torch.arange(found[i][0])[:, None] * stride[i] + torch.arange(size[i]) * rate[i] for i in range(axes)]
    if axes == 1:
        return x[:, at[0]]  # (rows, windows, taps, channels)
    taken = x[:, at[0][:, None, :, None], at[1][None, :, None, :]]  # (rows, down, across, taps, taps, channels)
    return taken.reshape(len(x), found[0][0] * found[1][0], size[0] * size[1], x.shape[-1])


def _conv(s: Settings, x: T, r: Record, mask: T | None) -> T:
    patches, groups = _windows(s, x), s["groups"]
    rows, places, taps, channels = patches.shape
    kernel = r.use("kernel", rows, places).reshape(rows, places, taps, channels // groups, groups, -1)
    z = torch.einsum("rptgc,rptcgf->rpgf", patches.reshape(rows, places, taps, groups, -1), kernel).reshape(rows, places, -1)
    z = z + r.use("bias", rows, places) if r.has("bias") else z
    return z.reshape(rows, *output(s, tuple(x.shape[1:])))


def _depthwise(s: Settings, x: T, r: Record, mask: T | None) -> T:
    patches = _windows(s, x)
    rows, places, taps, channels = patches.shape
    kernel = r.use("kernel", rows, places).reshape(rows, places, taps, channels, -1)
    z = torch.einsum("rptc,rptcm->rpcm", patches, kernel).reshape(rows, places, -1)
    z = z + r.use("bias", rows, places) if r.has("bias") else z
    return z.reshape(rows, *output(s, tuple(x.shape[1:])))


def _scaled(x: T, hat: T, r: Record) -> T:
    flat = hat.reshape(len(x), -1, x.shape[-1])
    return (flat * r.use("gamma", *flat.shape[:2]) + r.use("beta", *flat.shape[:2])).reshape(x.shape)


def _batch_normalization(s: Settings, x: T, r: Record, mask: T | None) -> T:
    flat = x.reshape(-1, x.shape[-1])
    mean, variance = r.note("mean", flat.mean(0)), r.note("variance", flat.var(0, unbiased=False))
    return _scaled(x, r.note("normalized", (x - mean) / torch.sqrt(variance + 1e-3)), r)


def _layer_normalization(s: Settings, x: T, r: Record, mask: T | None) -> T:
    mean, variance = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    return _scaled(x, r.note("normalized", (x - mean) / torch.sqrt(variance + 1e-3)), r)


def _prelu(s: Settings, x: T, r: Record, mask: T | None) -> T:
    if s["shared"]:
        flat = x.reshape(len(x), -1, x.shape[-1])
        alpha = r.use("alpha", *flat.shape[:2]).reshape(flat.shape)
        return (flat.clamp(min=0) + alpha * flat.clamp(max=0)).reshape(x.shape)
    return x.clamp(min=0) + r.use("alpha", len(x), 1)[:, 0] * x.clamp(max=0)


def _embedding(s: Settings, x: T, r: Record, mask: T | None) -> T:
    table = r.use("embeddings", *x.shape)  # (rows, steps, tokens, width)
    one = F.one_hot(x.long(), s["tokens"]).to(table.dtype)
    return torch.einsum("rst,rstw->rsw", one, table)


GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3}


def _steps(s: Settings, x: T, r: Record, mask: T | None) -> T:
    """States of a recurrent layer, in the order in which it reads: (rows, steps, units)."""
    if s["backwards"]:
        x, mask = x.flip(1), None if mask is None else mask.flip(1)
    rows, steps, _features = x.shape
    w, u = r.use("kernel", rows, steps), r.use("recurrent_kernel", rows, steps)
    b = r.use("bias", rows, steps) if r.has("bias") else None
    h = r.note_step("h", x.new_zeros(rows, s["units"], requires_grad=x.requires_grad or w.requires_grad) * 1)
    c = r.note_step("c", torch.zeros_like(h).requires_grad_(h.requires_grad) * 1) if s["kind"] == "lstm" else None
    found = []
    for t in range(steps):
        step = STEPS[s["kind"]](s, r, x[:, t], (w[:, t], u[:, t], None if b is None else b[:, t]), h, c)
        kept = (lambda new, old: new) if mask is None else (lambda new, old, m=mask[:, t, None]: torch.where(m, new, old))
        h = r.note_step("h", kept(step[0], h))
        if c is not None:
            c = r.note_step("c", kept(step[1], c))
        found.append(h)
    return torch.stack(found, 1)


def _times(x: T, w: T) -> T:
    return torch.einsum("ri,rio->ro", x, w)


def _rnn_step(s: Settings, r: Record, x: T, ws: Any, h: T, c: T | None) -> tuple[T]:
    w, u, b = ws
    z = _times(x, w) + _times(h, u)
    z = r.note_step("z", z if b is None else z + b)
    return (ACTIVATIONS[s["activation"]](z),)


def _lstm_step(s: Settings, r: Record, x: T, ws: Any, h: T, c: T | None) -> tuple[T, T]:
    w, u, b = ws
    z = _times(x, w) + _times(h, u)
    z = r.note_step("z", z if b is None else z + b)
    f = ACTIVATIONS[s["activation"]]
    i, forget, g, o = z.chunk(4, -1)
    i, forget, g, o = torch.sigmoid(i), torch.sigmoid(forget), f(g), torch.sigmoid(o)
    r.note_step("a", torch.cat([i, forget, g, o], -1).detach())
    new = forget * c + i * g
    return o * f(new), new


def _gru_step(s: Settings, r: Record, x: T, ws: Any, h: T, c: T | None) -> tuple[T]:
    w, u, b = ws
    n, f = 2 * s["units"], ACTIVATIONS[s["activation"]]
    both = b is not None and s["reset_after"]
    fed = _times(x, w) + ((b[:, 0] if both else b) if b is not None else 0)
    gates = fed[:, :n] + _times(h, u[:, :, :n]) + (b[:, 1, :n] if both else 0)
    update, reset = torch.sigmoid(gates).chunk(2, -1)
    if s["reset_after"]:
        recalled = r.note_step("recalled", _times(h, u[:, :, n:]) + (b[:, 1, n:] if both else 0))
        candidate = fed[:, n:] + reset * recalled
    else:
        recalled = r.note_step("recalled", reset * h)
        candidate = fed[:, n:] + _times(recalled, u[:, :, n:])
    gates, candidate = r.note_step("z gates", gates), r.note_step("z candidate", candidate)
    update, reset = torch.sigmoid(gates).chunk(2, -1)
    g = f(candidate)
    r.note_step("a", torch.cat([update, reset, g], -1).detach())
    return (update * h + (1 - update) * g,)


STEPS = {"simple_rnn": _rnn_step, "lstm": _lstm_step, "gru": _gru_step}


def _recurrent(s: Settings, x: T, r: Record, mask: T | None) -> T:
    states = _steps(s, x, r, mask)
    return states * 1 if s["sequences"] else states[:, -1] * 1


def _bidirectional(s: Settings, x: T, r: Record, mask: T | None) -> T:
    one = _recurrent(s["layer"], x, r.within("forward"), mask)
    other = _recurrent({**s["layer"], "backwards": True}, x, r.within("backward"), mask)
    other = other.flip(1) if s["layer"]["sequences"] else other
    return {"concat": lambda: torch.cat([one, other], -1), "sum": lambda: one + other, "mul": lambda: one * other,
            "ave": lambda: (one + other) / 2}[s["mode"]]()  # fmt: skip


def _attention(s: Settings, x: T, r: Record, mask: T | None) -> T:
    rows, steps, _features = x.shape

    def projected(name: str) -> T:
        z = torch.einsum("rtf,rtfhd->rthd", x, r.use(f"{name}/kernel", rows, steps))
        z = z + r.use(f"{name}/bias", rows, steps) if r.has(f"{name}/bias") else z
        return r.note(name, z.transpose(1, 2) * 1)

    q, k, v = (projected(name) for name in ("query", "key", "value"))
    raw = r.note("raw", q @ k.transpose(2, 3))  # before it is divided by the root of the width
    r.note("scores", raw.detach() / math.sqrt(s["key"]))
    a = r.note("attention", torch.softmax(raw / math.sqrt(s["key"]), -1))
    o = r.note("heads", a @ v)  # (rows, heads, steps, width)
    y = torch.einsum("rhtd,rthdf->rtf", o, r.use("attention_output/kernel", rows, steps))
    return y + r.use("attention_output/bias", rows, steps) if r.has("attention_output/bias") else y


def _pooled(s: Settings, x: T, r: Record, mask: T | None) -> T:
    if s["kind"].startswith("max"):
        y = _windows(s, x, -math.inf).amax(2)
    else:
        inside = _windows(s, torch.ones_like(x[:1, ..., :1]))
        y = _windows(s, x).sum(2) / inside.sum(2)
    return y.reshape(len(x), *output(s, tuple(x.shape[1:])))


def _global(s: Settings, x: T, r: Record, mask: T | None) -> T:
    flat = x.reshape(len(x), -1, x.shape[-1])
    if "max" in s["kind"]:
        return flat.amax(1)
    if mask is None:
        return flat.mean(1)
    m = mask.to(x.dtype)[..., None]
    return (flat * m).sum(1) / m.sum(1).clamp(min=1)


def _residual(s: Settings, x: T, r: Record, mask: T | None) -> T:
    f = x
    for place, layer in enumerate(s["layers"]):
        inner = r.within(str(place))
        z, a, mask = run(layer, f, inner, mask)
        inner.note("out z", z)
        f = inner.note("out a", a)
    return x + f


RUNS: dict[str, Callable[..., T]] = {
    "dense": _dense, "conv1d": _conv, "conv2d": _conv, "depthwise_conv2d": _depthwise,
    "batch_normalization": _batch_normalization, "layer_normalization": _layer_normalization, "p_re_lu": _prelu,
    "embedding": _embedding, **dict.fromkeys(GATES, _recurrent), "bidirectional": _bidirectional,
    "multi_head_attention": _attention, "residual": _residual,
    **dict.fromkeys(("max_pooling1d", "max_pooling2d", "average_pooling1d", "average_pooling2d"), _pooled),
    **dict.fromkeys(("global_average_pooling1d", "global_average_pooling2d", "global_max_pooling1d", "global_max_pooling2d"), _global),
    "flatten": lambda s, x, r, m: x.reshape(len(x), -1) * 1,
    "reshape": lambda s, x, r, m: x.reshape(len(x), *s["shape"]) * 1,
    "permute": lambda s, x, r, m: x.permute(0, *s["dims"]) * 1,
    "rescaling": lambda s, x, r, m: x * s["scale"] + s["offset"],
    "up_sampling2d": lambda s, x, r, m: x.repeat_interleave(s["times"], 1).repeat_interleave(s["times"], 2),
    "zero_padding2d": lambda s, x, r, m: F.pad(x, (0, 0, s["by"], s["by"], s["by"], s["by"])),
    **dict.fromkeys(("activation", "re_lu", "leaky_re_lu", "elu", "softmax"), lambda s, x, r, m: x * 1),
}  # fmt: skip

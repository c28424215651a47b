"""Which numbers links and units show, and on what scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.document.view import Links, Units, View
from netviz.engine.frame import Frame, Phase, Probe
from netviz.engine.network import Network
from netviz.engine.parameters import Path, zeros
from netviz.engine.workspace import Workspace
from netviz.i18n import N_, _
from netviz.pictures.colors import limit, short
from netviz.pictures.diagram import Joint
from netviz.pictures.spotlight import Spotlight
from netviz.pictures.surface import Answers

LINKS: Mapping[Links, str] = {
    "weights": N_("Weights"), "gradients": N_("Gradients"), "updates": N_("Updates"), "ratio": N_("Ratio"), "flow": N_("Flow"),
}  # fmt: skip
UNITS: Mapping[Units, str] = {
    "function": N_("Function"), "value": N_("Value"), "delta": N_("Delta δ"), "gradient": N_("Gradient"),
}  # fmt: skip
HEALTHY, DECADES = -3.0, 3.0  # log₁₀ |Δw|/|w| where training usually goes well, and how far from it is too far
_SCALES = 2.0  # the scale of a normalization that gets the full colour, at least


def meaning(mode: Links) -> str:
    """What a mode of the links shows, in words."""
    return {
        "weights": _("weights w"), "gradients": _("gradients ∂L/∂w of the batch's loss"), "updates": _("updates Δw"),
        "ratio": _("log₁₀ |Δw|/|w|: about −3 is healthy, more is blue, less orange"),
        "flow": _("what flows for the row at hand: a·w"),
    }[mode]  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """The numbers of links and biases by their arrays, and the values that get the full colour: of weights, of scales."""

    mode: Links
    numbers: Mapping[Path, Array]
    at_most: float
    scales_at_most: float

    @property
    def ends(self) -> tuple[str, str, str]:
        """What stands below the scale: at its left end, in the middle, at its right end."""
        if self.mode == "ratio":
            return tuple(f"{HEALTHY + by:.0f}".replace("-", "−") for by in (-DECADES, 0, DECADES))  # type: ignore[return-value]
        return short(-self.at_most), "0", short(self.at_most)


def links(frame: Frame, mode: Links, joints: Iterable[Joint], values: Mapping[int, Array] | None = None) -> Shown:
    """The numbers that a mode shows. values: of the units, for the flow: layer -> (units,), the input's under −1."""
    joints = tuple(joints)
    found = dict(_numbers(frame, mode, {joint.layer: joint.source - 1 for joint in joints}, values or {}))
    drawn = [found[path].ravel() for joint in joints for path in joint.paths if joint.kind != "wires" and path in found]
    scales = [found[path] for joint in joints for path in joint.paths if joint.kind == "wires" and path in found]
    if mode == "ratio":
        return Shown(mode, found, DECADES, DECADES)
    at_most = limit(np.concatenate(drawn)) if drawn else 1.0
    # A normalization's scales begin at 1, far above most weights, so they have a limit of their own.
    return Shown(mode, found, at_most, max([limit(scale) for scale in scales] + [_SCALES] * (mode == "weights"), default=1.0))


def between(first: Shown, last: Shown, share: float) -> dict[Path, Array]:
    """Numbers on the way from one picture to another, each begun on its own scale; on the scale of the last."""
    widened = last.at_most / first.at_most
    return {path: share * array + (1 - share) * widened * first.numbers[path] for path, array in last.numbers.items()}


def _numbers(frame: Frame, mode: Links, sources: Mapping[int, int], values: Mapping[int, Array]) -> Iterable[tuple[Path, Array]]:
    plain = {"weights": frame.params, "gradients": frame.grads, "updates": frame.updates}.get(mode)
    if plain is not None:
        yield from plain.items()
    elif mode == "ratio":
        yield from frame.params.like(ratio(frame)).items()
    else:
        for path, array in frame.params.items():
            layer = int(path[0])
            yield path, _flow(array, values.get(sources.get(layer, layer - 1)), path[-1] == "bias")


def ratio(frame: Frame) -> Array:
    """log₁₀ |Δw|/|w| + 3, so that zero is where training usually goes well; NaN where neither is more than zero."""
    before = frame.params.vector - frame.updates.vector if frame.phase in (Phase.APPLY, Phase.EPOCH) else frame.params.vector
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log10(np.abs(frame.updates.vector) / np.abs(before)) - HEALTHY)


def _flow(array: Array, values: Array | None, bias: bool) -> Array:
    """a·w entry by entry; of a kernel that works on many places, with the mean of its channel. A bias flows as it is."""
    if bias:
        return array
    channels = array.shape[-2] if array.ndim > 1 else array.shape[-1]
    if values is None or not channels or len(values) % channels:
        return np.full_like(array, np.nan)
    mean = values.reshape(-1, channels).mean(0)
    return np.asarray(array * (mean[:, None] if array.ndim > 1 else mean))


# ---------------------------------------------------------------------------------------------------------- units


@dataclass(frozen=True)
class Filling:
    """A number for each unit, and the one with the full colour; None leaves that to each layer's activation."""

    values: Mapping[int, Array]
    at_most: float | None = None
    told: frozenset[int] = frozenset()  # layers whose numbers are written out
    words: tuple[str, ...] = ()  # what each token of the input stands for


def filling(frame: Frame, mode: Units, light: Spotlight | None = None) -> Filling:
    """The numbers of the units: in a phase those that it has come to, else what a mode asks for."""
    answer: Answers | None = frame.probed.get("unit_values")
    words = () if answer is None else answer.words
    if light is not None and light.values:
        at_most = limit(np.concatenate([v.ravel() for v in light.values.values()])) if light.deltas else None
        return Filling(light.values, at_most, light.columns, words)
    if mode == "delta":
        deltas: Answers | None = frame.probed.get("unit_deltas")
        return _on_one_scale({} if deltas is None else deltas.values)
    if mode == "gradient":
        return _on_one_scale(unit_gradients(frame))
    return Filling({} if answer is None else answer.values, words=words)


def _on_one_scale(values: Mapping[int, Array]) -> Filling:
    parts = [array.ravel() for array in values.values()]
    return Filling(values, limit(np.concatenate(parts)) if parts else 1.0)


def unit_gradients(frame: Frame) -> dict[int, Array]:
    """What each unit's own gradient is, ∂L/∂b: the sum of δ over the rows of the batch, or the bias' where there is no batch."""
    if frame.batch is not None:
        return {layer: delta.sum(0).ravel() for layer, delta in frame.batch.deltas.items()}
    return {int(path[0]): array.ravel() for path, array in frame.grads.items() if path[1:] == ("bias",)}


def unit_deltas(frame: Frame, network: Network, samples: Samples, row: int = 0) -> Answers:
    """∂Lᵣ/∂z of each unit, for the loss of one training row alone; layers below the lowest with weights have none."""
    row = min(row, len(samples.x) - 1)
    x, y = samples.x[row : row + 1], network.targets(samples.y[row : row + 1])
    contexts = network.contexts(Workspace(frame.params.vector.dtype), training=False)
    grads, memories, deltas = zeros(network.windows, frame.params.vector.dtype), [], {}
    with np.errstate(all="ignore"):
        for stage, context in zip(network.stages, contexts, strict=False):
            x, memory = stage.layer.forward(frame.params[stage.index], x, context)
            memories.append(memory)
        dy = network.loss_gradient(x, y.astype(x.dtype), contexts[-1])
        for place in range(len(network.stages) - 1, network.lowest - 1, -1):
            stage = network.stages[place]
            deltas[stage.index] = dy.ravel().copy()
            dy = stage.layer.backward(frame.params[stage.index], memories[place], dy, contexts[place], grads[stage.index])
    return Answers(row, deltas)


def probes(view: View, row: int) -> dict[str, Probe]:
    """The questions that a mode of the units asks, beside those that are always asked."""
    return {"unit_deltas": partial(unit_deltas, row=row)} if view.units == "delta" else {}


def meaning_of_units(mode: Units, light: Spotlight | None, plane: str) -> str:
    """What the units show, in words. plane: what functions are drawn over; without one they are values."""
    if light is not None and light.values:
        words = _("units: δ of training row {row:,}") if light.deltas else _("units: a of training row {row:,}")
        return words.format(row=light.row + 1)
    if mode == "function" and plane:
        return _("units: learnt function {plane}").format(plane=plane)
    return {
        "function": _("units: value a of the row"), "value": _("units: value a of the row"),
        "delta": _("units: δ = ∂L/∂z of the row"), "gradient": _("units: ∂L/∂b, summed over the batch"),
    }[mode]  # fmt: skip


"""What a program says of itself in words: what it takes and gives, its layers, where its weights come from.

Names of features, classes and layers may come from files of others, so whatever goes into a comment loses what could end
it, and whatever goes into code goes in as a literal.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable
from typing import Any

import numpy as np

from netviz.arrays import size
from netviz.codec import fields_of
from netviz.engine.activations import Activation, Linear
from netviz.engine.layers import Layer, Residual
from netviz.formats.trained import Trained

_WIDTH = 100
_MOST_NAMES = 40


def told(text: str, most: int = 200) -> str:
    """Text as it may stand in a comment or docstring of any language: in one line, with nothing that ends or begins one."""
    plain = "".join(sign if sign.isprintable() else " " for sign in str(text)[: 2 * most])
    plain = plain.replace("\\", "/").replace('"""', "'''").replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."


def listed(names: Iterable[str]) -> str:
    """Names with commas between them; of very many the first ones and how many there are."""
    every = [told(name, 60) for name in names]
    shown = ", ".join(every[:_MOST_NAMES])
    return shown if len(every) <= _MOST_NAMES else f"{shown}, ... ({len(every)} of them)"


def wrapped(text: str, indent: str = "") -> list[str]:
    """Text in lines of a width that is read with ease, those after the first further in."""
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}    ", break_on_hyphens=False, break_long_words=False
    )  # fmt: skip


def shape_text(shape: tuple[int, ...]) -> str:
    """(28, 28, 1) as 28 x 28 x 1."""
    return " x ".join(map(str, shape)) or "1"


def ins_and_outs(trained: Trained) -> list[str]:
    """What a row of the input and of the output is."""
    samples, network = trained.samples, trained.network
    row, out = samples.row_shape, network.output_shape
    lines = []
    if samples.words:
        lines += wrapped(f"Takes {row[0]} tokens a row: numbers of words in VOCABULARY, 0 for padding.")
    elif samples.features and len(samples.features) == size(row):
        lines += wrapped(f"Takes {len(samples.features)} features a row, in their own units: {listed(samples.features)}.")
    else:
        lines += wrapped(f"Takes rows of {shape_text(row)} numbers, in their own units.")
    named = classes(trained)
    if named and size(out) == 1 and len(named) == 2:
        one, other = named
        lines += wrapped(f"Gives the probability of {told(other, 60)} (the other class is {told(one, 60)}).")
    elif named:
        lines += wrapped(f"Gives a number for each class: {listed(named)}.")
    elif trained.from_logits:
        lines += wrapped(f"Gives {shape_text(out)} logits a row: the loss makes probabilities of them.")
    else:
        targets = f": {listed(samples.targets)}" if samples.targets else ""
        many = "1 number" if size(out) == 1 else f"{shape_text(out)} numbers"
        lines += wrapped(f"Gives {many} a row, in the targets' own units{targets}.")
    return lines


def classes(trained: Trained) -> tuple[str, ...]:
    """The names of the classes whose probabilities are predicted; none where the predictions are logits."""
    return () if trained.from_logits else trained.samples.classes


def export_id(trained: Trained) -> str:
    """What the files of one export have in common, so that none is taken for another's."""
    summed = hashlib.sha256()
    scales = {"feature": trained.samples.feature_scale, "target": trained.samples.target_scale}
    parts = {f"{n} {part}": np.asarray(getattr(s, part)) for n, s in scales.items() if s for part in ("mean", "deviation")}
    for name, array in {**trained.arrays, **parts}.items():
        summed.update(f"{name}{array.dtype}{array.shape}".encode())
        summed.update(array.tobytes())
    return summed.hexdigest()[:16]


def layer_table(trained: Trained) -> list[str]:
    """A line for each layer: its name, kind, output and number of weights."""
    counts: dict[str, int] = {}
    for name, array in trained.arrays.items():
        owner = next(each for each in sorted(trained.names, key=len, reverse=True) if name.startswith(f"{each}/"))
        counts[owner] = counts.get(owner, 0) + array.size
    shapes = trained.network.shapes[1:]
    rows = [
        (told(name, 40), kind(layer), shape_text(shape), f"{counts.get(name, 0):,}".replace(",", " "))
        for name, layer, shape in zip(trained.names, trained.experiment.layers, shapes, strict=True)
    ]
    rows = [("layer", "kind", "output", "weights"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        f"    {a:<{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}".rstrip() for a, b, c, d in rows
    ]


def kind(layer: Layer) -> str:
    """A layer's class and its activation, such as "Dense tanh"."""
    if isinstance(layer, Residual):
        return f"Residual [{', '.join(map(kind, layer.layers))}]"
    words = [type(layer).__name__]
    inner = getattr(layer, "layer", None)
    if isinstance(inner, Layer):  # Bidirectional
        words.append(type(inner).__name__)
    own = getattr(layer, "activation", None) if "activation" in fields_of(type(layer)) else None
    if isinstance(own, Activation) and not isinstance(own, Linear):
        words.append(own.family.name(type(own)))
    return " ".join(words)


def provenance(trained: Trained) -> list[str]:
    """netviz' version, seed, data with its checksum, how long it was trained and how that ended."""
    origin = trained.origin
    data: Any = origin.get("data")
    lines = wrapped(f"Trained by netviz {told(origin['netviz'], 30)}, seed {told(origin['seed'], 30)}.")
    if isinstance(data, dict):
        lines += wrapped(f"Data: {told(data.get('type', ''), 60)}, {told(data.get('rows', ''), 30)} rows.")
        lines += [f"SHA-256 of the data: {told(data.get('sha256', ''), 70)}"]
    ended = f"{told(origin['epochs'], 30)} epochs, {told(origin['updates'], 30)} updates"
    history: Any = origin.get("history")
    if isinstance(history, dict):
        last = {name: column[-1] for name, column in history.items() if isinstance(column, list) and column}
        numbers = [
            f"{told(name, 40)} {value:.4g}"
            for name, value in last.items()
            if isinstance(value, (int, float)) and name not in _BOOKKEEPING
        ]
        ended += f"; at the end {', '.join(numbers)}" if numbers else ""
    return [*lines, *wrapped(f"{ended}.")]


_BOOKKEEPING = ("epoch", "step", "stopped", "watch_from", "best_epoch", "wait", "learning_rate")

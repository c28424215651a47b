"""What is wrong with layers of sequences and tokens, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from netviz.arrays import Array, size
from netviz.datasets import Samples
from netviz.document.edits import insert_layer, remove_layer, replace_layer
from netviz.document.outputs import output_layer
from netviz.document.problem import Problem
from netviz.engine.evaluation import check_fit
from netviz.engine.experiment import Experiment
from netviz.engine.layers import (
    Bidirectional,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Layer,
    MultiHeadAttention,
    Permute,
    Recurrent,
    Reshape,
    layers,
)
from netviz.engine.network import NetworkProblem
from netviz.i18n import _

_SAME_NUMBERS = (Flatten, Reshape, Permute)
_MOST_TOKENS = 100_000  # whole numbers beyond that are quantities
_MOST_LOOKED_AT = 4_000_000  # numbers of the data; training refuses what is no token in the others

Way = tuple[Experiment, str]


def ways_out(experiment: Experiment, place: int | None, samples: Samples) -> Iterator[Way]:
    """Edits that might mend sequences that do not fit at a layer, with titles, the likeliest first; not all need do."""
    if place is None:
        return
    layer = experiment.layers[place]
    if isinstance(layer, Recurrent | Bidirectional | MultiHeadAttention):
        if place and (steps := _giving_steps(experiment.layers[place - 1], True)) is not None:
            title = _("Let {layer} give an output for each step").format(layer=_named(steps))
            yield replace_layer(experiment, place - 1, steps), title
        elif not place and (count := _tokens(samples)) is not None:
            title = _("Put an Embedding of {n:,} tokens in front").format(n=count)
            yield insert_layer(experiment, 0, Embedding(count)), title
    if place == len(experiment.layers) - 1:
        yield from _one_output(experiment)


def fits(experiment: Experiment, samples: Samples) -> bool:
    """Whether all layers fit each other, the data and the targets."""
    try:
        check_fit(experiment.network(samples), samples)
    except NetworkProblem:
        return False
    return True


def helps(fix: Experiment, problem: NetworkProblem, experiment: Experiment, samples: Samples) -> bool:
    """Whether an edit mends a problem: all fits, or what does not comes later."""
    try:
        check_fit(fix.network(samples), samples)
    except NetworkProblem as other:
        if other.layer is None or problem.layer is None:
            return False
        return len(fix.layers) - other.layer < len(experiment.layers) - problem.layer
    return True


def _one_output(experiment: Experiment) -> Iterator[Way]:
    """One answer for a row in the place of one for each step."""
    for place in reversed(range(len(experiment.layers))):
        steps = _giving_steps(experiment.layers[place], False)
        if steps is not None:
            title = _("Let {layer} give its last output only").format(layer=_named(steps))
            yield replace_layer(experiment, place, steps), title
            break
    if (output := output_layer(experiment.layers)) is not None:
        pooled = insert_layer(experiment, output, GlobalAveragePooling1D())
        yield pooled, _("Put the mean over the steps before the output")


def _giving_steps(layer: Layer, every: bool) -> Layer | None:
    """A recurrent layer that gives every step, or the last only; None for what does so already, and for others."""
    if isinstance(layer, Bidirectional):
        inner = _giving_steps(layer.layer, every)
        return None if inner is None else replace(layer, layer=inner)  # type: ignore[arg-type]
    if not isinstance(layer, Recurrent) or layer.return_sequences is every:
        return None
    return replace(layer, return_sequences=every)


def _tokens(samples: Samples) -> int | None:
    """How many tokens there are if rows may be rows of tokens, else None."""
    if len(samples.row_shape) != 1 or samples.features or samples.feature_scale is not None:
        return None
    parts = _looked_at(samples)
    if any((part != np.rint(part)).any() or part.min() < 0 for part in parts) or _most(parts) >= _MOST_TOKENS:
        return None
    return _most(parts) + 1


def _looked_at(samples: Samples) -> list[Array]:
    """Rows for training and for validation, the first of them where there are many."""
    most = max(1, _MOST_LOOKED_AT // max(1, size(samples.row_shape)))
    return [np.asarray(part[:most]) for part in (samples.x, samples.validation_x) if len(part)]


def _most(parts: list[Array]) -> int:
    return int(max(part.max() for part in parts))


def _named(layer: Layer) -> str:
    return layer.name or layers.title(layers.name(type(layer)))


def token_problems(experiment: Experiment, samples: Samples) -> Iterator[Problem]:
    """An embedding that would meet numbers that are no tokens of its table."""
    place = next((i for i, layer in enumerate(experiment.layers) if isinstance(layer, Embedding)), None)
    if place is None:
        return
    embedding = experiment.layers[place]
    assert isinstance(embedding, Embedding)
    if not all(isinstance(layer, _SAME_NUMBERS) for layer in experiment.layers[:place]):
        sentence = _("An embedding takes tokens from the data, but the layer below it gives other numbers; move it down.")
        first = insert_layer(remove_layer(experiment, place), 0, embedding)
        yield Problem(sentence, place, None, first, _("Put the embedding first"))
        return
    parts = _looked_at(samples)
    if all((part >= 0).all() and (part == np.rint(part)).all() for part in parts):
        if (count := _most(parts) + 1) > embedding.input_dim:
            more = replace_layer(experiment, place, replace(embedding, input_dim=count))
            yield Problem(embedding.unfit(count - 1), place, None, more, _("Let it take {n:,} tokens").format(n=count))
        return
    if samples.feature_scale is not None:
        sentence = _("An embedding takes tokens, whole numbers from 0 on, but the data is standardized; leave it as it is.")
        plain = replace(experiment, preprocessing=replace(experiment.preprocessing, standardize="off"))
        yield Problem(sentence, place, "preprocessing.standardize", plain, _("Do not standardize"))
        return
    wrong = next(float(found.flat[0]) for part in parts if (found := part[(part < 0) | (part != np.rint(part))]).size)
    without = remove_layer(experiment, place)
    if fits(without, samples):
        yield Problem(embedding.unfit(wrong), place, None, without, _("Take the embedding out"))
    else:
        yield Problem(embedding.unfit(wrong), place)

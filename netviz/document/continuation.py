"""How training goes on after an edit.

Where weights and rows still fit it goes on from the next update; else a new run begins, and untouched layers keep what
they have learnt. What was done is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np

from netviz.arrays import Array
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import Layer
from netviz.engine.network import Network, layer_names
from netviz.engine.parameters import Parameters, Window
from netviz.engine.run import Run, Start
from netviz.i18n import _


@dataclass(frozen=True)
class Continuation:
    """The run to train, the frame to go on from (None begins it), and a sentence that says what was done."""

    run: Run
    since: Frame | None
    sentence: str


def continue_with(run: Run, frame: Frame | None, experiment: Experiment) -> Continuation:
    """Train an edited experiment on from a settled frame of a run; NetworkProblem, DataProblem where it cannot be."""
    if experiment == run.experiment:
        return Continuation(run, frame, "")
    if frame is None or frame.step == 0 and run.start.params is None:
        return Continuation(Run.of(experiment, blas_threads=run.blas_threads), None, _("Begins anew."))
    network = experiment.network_for(experiment.dataset.load().row_shape)
    before = run.experiment
    if network.windows == frame.params.windows and _same_ground(before, experiment):
        sentence = _("Goes on from update {n:,}.").format(n=frame.step)
        return Continuation(run.edited(frame.step, experiment), frame, sentence)
    if before.seed != experiment.seed or type(before.dataset) is not type(experiment.dataset):
        why = _("the seed is another") if before.seed != experiment.seed else _("the data is another")
        sentence = _("Begins anew, because {why}.").format(why=why)
        return Continuation(Run.of(experiment, blas_threads=run.blas_threads), None, sentence)
    return _fresh(run, frame, experiment, network)


def _same_ground(before: Experiment, after: Experiment) -> bool:
    """Whether rows, split, first weights and precision are the same, so that a run can go on among them."""
    return (before.preprocessing, before.seed, before.dtype) == (after.preprocessing, after.seed, after.dtype) and (
        before.dataset == after.dataset
    )


def _fresh(run: Run, frame: Frame, experiment: Experiment, network: Network) -> Continuation:
    """A new run whose untouched layers begin with the weights they have learnt."""
    params = network.initial(experiment.seed, experiment.dtype)
    kept = set()
    learnt = _weighted(frame.experiment.layers, frame.params.windows)
    wanted = _weighted(experiment.layers, network.windows)
    for old, new in _pairs(learnt, wanted):
        kept.add(new)
        for name, array in _arrays(frame.params, old):
            np.copyto(dict(_arrays(params, new))[name], array)
    names = layer_names(experiment.layers)
    if not kept:
        fresh = Run.of(experiment, blas_threads=run.blas_threads)
        return Continuation(fresh, None, _("Begins anew: no layer's weights fit."))
    begun = Run.of(experiment, Start(params.vector), run.blas_threads)
    sentence = (
        _("A new run: {kept} keeps its weights.") if len(kept) == 1 else _("A new run: {kept} keep their weights.")
    )
    begin = [names[place] for place, _layer, _form in wanted if place not in kept]
    if begin:
        sentence += " " + _("New: {new}.")
    return Continuation(
        begun, None, sentence.format(kept=", ".join(names[i] for i in sorted(kept)), new=", ".join(begin))
    )


def _arrays(params: Parameters, layer: int) -> Iterator[tuple[tuple[int | str, ...], Array]]:
    """A layer's arrays by their names within it."""
    yield from ((path[1:], array) for path, array in params.items() if path[0] == layer)


class _Weighted(NamedTuple):
    """A layer with weights: its place, itself, and what must be equal for other weights to fit."""

    place: int
    layer: Layer
    form: tuple[object, ...]


def _pairs(old: list[_Weighted], new: list[_Weighted], closely: bool = True) -> Iterator[tuple[int, int]]:
    """(old place, new place) of layers whose weights have the same form, in order, as two texts are compared.

    Layers with equal settings find each other first; between them the form alone decides.
    """
    before, after = ([(w.form, w.layer if closely else None) for w in side] for side in (old, new))
    i = j = 0
    for a, b, count in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        if closely:
            yield from _pairs(old[i:a], new[j:b], closely=False)
        yield from ((old[a + k].place, new[b + k].place) for k in range(count))
        i, j = a + count, b + count


def _weighted(layers: tuple[Layer, ...], windows: tuple[Window, ...]) -> list[_Weighted]:
    forms: dict[int, tuple[object, ...]] = {}
    for window in windows:
        place = int(window.path[0])
        forms[place] = (*forms.get(place, (type(layers[place]),)), (window.path[1:], window.shape, window.trainable))
    return [_Weighted(place, layers[place], form) for place, form in sorted(forms.items())]

"""Taking weights away with a proof: what was written is read back and compared before success is reported."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.datasets import DataProblem, Samples
from netviz.engine.experiment import Experiment
from netviz.engine.network import NetworkProblem
from netviz.engine.parameters import Parameters
from netviz.files import FileProblem, read_limited, shown, size_text, write_atomically
from netviz.formats.format import MOST_BYTES, Format, Trained, Weights, formats
from netviz.i18n import _

_PROOF_ROWS = 256


@dataclass(frozen=True)
class Proof:
    """That a file holds what it should: arrays compared, the largest difference of predictions, bytes written."""

    sentence: str
    arrays: int
    rows: int
    difference: float
    bytes: int


def for_export(path: str | os.PathLike[str]) -> Format:
    """The format that a path's suffix asks for; FileProblem lists the known ones."""
    suffix = Path(path).suffix.lower()
    known = {ending: name for name in formats for ending in formats[name].suffixes}
    if suffix not in known:
        sentence = _("{name} cannot be exported: its ending must be one of {endings}.")
        raise FileProblem(sentence.format(name=shown(path), endings=", ".join(known)))
    return formats[known[suffix]]()


def export(
    path: str | os.PathLike[str],
    experiment: Experiment,
    params: Parameters,
    samples: Samples | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Proof:
    """Write weights in the format of the path's suffix, whole or not at all, and prove the file.

    The bytes are proved before they replace an older file, and compared once more as they lie on the disk.
    """
    form = for_export(path)
    try:
        trained = Trained(experiment, params, samples or experiment.samples(), provenance or {})
        if trained.network.windows != params.windows:
            raise FileProblem(_("The weights are not those of this network; train it first."))
        data = form.write(trained)
    except (DataProblem, NetworkProblem) as problem:
        raise FileProblem(_("{name} was not written: {why}").format(name=shown(path), why=problem)) from None
    rows, difference = _prove(form, trained, data, shown(path))
    write_atomically(path, data)
    if read_limited(path, len(data)) != data:
        with contextlib.suppress(OSError):
            os.unlink(path)
        sentence = _("{name} reads back otherwise than it was written, so it was removed. Export to another place.")
        raise FileProblem(sentence.format(name=shown(path)))
    sentence = _("Wrote {name} ({size}): {n} arrays read back bit for bit, predictions of {rows} rows compared, {how}.")
    how = _("all equal") if difference == 0 else _("largest difference {d:.2g}").format(d=difference)
    told = sentence.format(name=shown(path), size=size_text(len(data)), n=len(trained.arrays), rows=rows, how=how)
    return Proof(told, len(trained.arrays), rows, difference, len(data))


def _prove(form: Format, trained: Trained, data: bytes, name: str) -> tuple[int, float]:
    """(rows predicted, largest difference); FileProblem where an array or a prediction is not the same."""
    found = form.read(data, name).arrays
    for key, array in trained.arrays.items():
        if key not in found or not _same(found[key], array):
            sentence = _("{name} was not written: {key} does not read back as it is. Please report this.")
            raise FileProblem(sentence.format(name=name, key=key))
    if found.keys() != trained.arrays.keys():
        raise FileProblem(_("{name} was not written: it would hold arrays too many.").format(name=name))
    x = trained.samples.x[:_PROOF_ROWS]
    here, there = trained.network.predict(trained.params, x), form.predict(trained, data, x)
    if here.tobytes() == there.tobytes():
        return len(x), 0.0
    with np.errstate(all="ignore"):
        difference = float(np.abs(here.astype(np.float64) - there).max(initial=0.0))
    if not difference <= 1e-6 * max(1.0, float(np.abs(here).max(initial=0.0))):
        sentence = _("{name} was not written: predictions from it differ by {d:.2g}. Please report this.")
        raise FileProblem(sentence.format(name=name, d=difference))
    return len(x), difference


def _same(a: Array, b: Array) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def read_weights(path: str | os.PathLike[str]) -> Weights:
    """The arrays in a file of any known format, told by its content and only then by its name."""
    data = read_limited(path, MOST_BYTES)
    members = [formats[name]() for name in formats]
    suffix = Path(path).suffix.lower()
    form = next((f for f in members if f.recognises(data)), None)
    form = form or next((f for f in members if suffix in f.suffixes), None)
    if form is None:
        sentence = _("{name} is not a file of weights that netviz knows ({known}).")
        known = ", ".join(ending for f in members for ending in f.suffixes)
        raise FileProblem(sentence.format(name=shown(path), known=known))
    return form.read(data, shown(path))

"""Taking a network away with a proof: what was written is read back and predicts before success is reported."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netviz.arrays import Array
from netviz.datasets import DataProblem
from netviz.engine.network import NetworkProblem
from netviz.files import FileProblem, read_limited, shown, size_text
from netviz.fileset import write_together
from netviz.formats.format import MOST_BYTES, Format, NoNetwork, Preview, formats
from netviz.formats.imported import Imported
from netviz.formats.trained import Trained
from netviz.formats.weights import Weights
from netviz.i18n import _, plural

_ROUNDINGS = 4


@dataclass(frozen=True)
class Proof:
    """That files hold what they should: arrays compared, rows predicted by whom, the largest difference, bytes written.

    rows is 0, the difference not a number and by empty where nothing here could predict from the files.
    """

    sentence: str
    arrays: int
    rows: int
    difference: float
    bytes: int
    by: str = ""
    files: tuple[str, ...] = ()


# ------------------------------------------------------------------------------------------------------- choosing


def for_export(path: str | os.PathLike[str], flavour: str = "") -> Format:
    """The format that a path's ending asks for, or the flavour where several share it; FileProblem lists the known ones."""
    if flavour:
        return _flavoured(path, flavour)
    form = _by_ending(path)
    if form is None:
        sentence = _("{name} cannot be exported: its ending must be one of {endings}.")
        endings = ", ".join(suffix for name in exporting() for suffix in formats[name].suffixes)
        raise FileProblem(sentence.format(name=shown(path), endings=endings))
    return form


def flavours() -> tuple[str, ...]:
    """Those for whom there are formats, such as "pytorch"."""
    return tuple(dict.fromkeys(formats[name].flavour for name in formats if formats[name].flavour))


def _flavoured(path: str | os.PathLike[str], flavour: str) -> Format:
    """The format of a flavour for a name that has only the last part of its ending: model.py for model_torch.py."""
    known = [(_last(suffix), formats[name]) for name in formats for suffix in formats[name].suffixes]
    known = [(ending, each) for ending, each in known if each.flavour == flavour]
    form = next((each for ending, each in known if ending == Path(path).suffix.lower()), None)
    if form is None:
        sentence = _("{name} cannot be exported as {flavour}: its ending must be one of {endings}.")
        endings = ", ".join(dict.fromkeys(ending for ending, _each in known))
        raise FileProblem(sentence.format(name=shown(path), flavour=flavour, endings=endings))
    return form()


def _last(suffix: str) -> str:
    """The last part of an ending, with its dot."""
    return f".{suffix.rpartition('.')[2]}"


def _by_ending(path: str | os.PathLike[str]) -> Format | None:
    """The longest ending wins: `.weights.h5` before `.h5`."""
    name = Path(path).name.lower()
    known = [(suffix, each) for each in exporting() for suffix in formats[each].suffixes if name.endswith(suffix)]
    known = [(suffix, each) for suffix, each in known if len(name) > len(suffix)]
    return formats[max(known, key=lambda pair: len(pair[0]))[1]]() if known else None


def exporting() -> list[str]:
    """The names of the formats that are written."""
    return [name for name in formats if formats[name].exports]


def by_content(path: str | os.PathLike[str], data: bytes) -> Format:
    """The format that a file's content shows, or else its ending; FileProblem lists the known ones."""
    named = _by_ending(path)
    if named is not None and named.recognises(data):
        return named
    members = [formats[name]() for name in formats]
    form = next((member for member in members if member.recognises(data)), named)
    if form is None:
        sentence = _("{name} is not a file of weights that netviz knows ({known}).")
        known = ", ".join(ending for member in members for ending in member.suffixes)
        raise FileProblem(sentence.format(name=shown(path), known=known))
    return form


# ------------------------------------------------------------------------------------------------------- reading


def read_weights(path: str | os.PathLike[str]) -> Weights:
    """The arrays in a file of any known format, told by its content and only then by its name."""
    data = read_limited(path, MOST_BYTES)
    return by_content(path, data).read_beside(data, shown(path), Path(path).resolve().parent)


def read_network(path: str | os.PathLike[str]) -> Imported:
    """The network in a file of any known format; NoNetwork where it holds none.

    Weights that netviz has written bring their network with them, in their description.
    """
    data = read_limited(path, MOST_BYTES)
    form, folder = by_content(path, data), Path(path).resolve().parent
    try:
        return form.read_network(data, shown(path), folder)
    except NoNetwork:
        told = form.described_network(data, shown(path), folder)
        if told is None:
            raise
        return told


# ------------------------------------------------------------------------------------------------------- writing


def describe(path: str | os.PathLike[str], trained: Trained, flavour: str = "") -> Preview:
    """What `export` would write; FileProblem where it would refuse."""
    form = for_export(path, flavour)
    try:
        _refuse_unfit(form, trained, path)
        return form.describe(trained, Path(path).name)
    except (DataProblem, NetworkProblem) as problem:
        raise _unwritten(path, str(problem)) from None


def excerpt(path: str | os.PathLike[str], trained: Trained, flavour: str = "") -> str:
    """The text of the first file without its many numbers, for a preview; empty where it is no text. FileProblem as above."""
    form = for_export(path, flavour)
    try:
        _refuse_unfit(form, trained, path)
        return form.excerpt(trained, Path(path).name)
    except (DataProblem, NetworkProblem) as problem:
        raise _unwritten(path, str(problem)) from None


def export(
    path: str | os.PathLike[str], trained: Trained, replace: bool = False, flavour: str = ""
) -> Proof:  # fmt: skip
    """Write a network in the format of the path's ending, whole or not at all, and prove it.

    The files are proved as they lie on the disk, before they take the place of older ones; that they do only with
    `replace`. flavour: which format, where the ending leaves a choice ("pytorch" for model.py).
    """
    form, name = for_export(path, flavour), Path(path).name
    try:
        _refuse_unfit(form, trained, path)
        contents = form.write(trained, name)
        proof = write_together(path, contents, lambda beside: _proved(form, trained, contents, beside), replace)
    except (DataProblem, NetworkProblem) as problem:
        raise _unwritten(path, str(problem)) from None
    return proof


def _refuse_unfit(form: Format, trained: Trained, path: str | os.PathLike[str]) -> None:
    if trained.network.windows != trained.params.windows:
        raise FileProblem(_("The weights are not those of this network; train it first."))
    refusal = form.refusal(trained)
    if refusal:
        raise _unwritten(path, refusal)


def _proved(form: Format, trained: Trained, contents: Mapping[str, bytes], beside: Path) -> Proof:
    """FileProblem where bytes, an array or a prediction are not what they should be."""
    name = shown(beside)
    for each, content in contents.items():
        if read_limited(beside.with_name(each), len(content)) != content:
            sentence = _("it reads back otherwise than it was written, and was removed; the disk may be failing")
            raise _unwritten(each, sentence)
    if form.arrays:
        _compare_arrays(trained.arrays, form.read_back(trained, beside).arrays, name)
    rows = trained.held_out
    here = trained.network.predict(trained.params, rows.x)
    if form.in_units:
        here = trained.samples.in_units(here)
    outcome, size = form.predict(trained, beside, rows), sum(map(len, contents.values()))
    arrays = len(trained.arrays) if form.arrays else 0
    if outcome.predictions is None:
        return Proof(_unproved(form, trained, tuple(contents), outcome.by, size), arrays, 0, math.nan, size, "", tuple(contents))
    difference = _difference(here, outcome.predictions, name)
    if not difference <= _allowed(form, trained, here, difference):
        sentence = _("{name} was not written: predictions from it differ by {d:.2g}. Please report this.")
        raise FileProblem(sentence.format(name=name, d=difference))
    told = _told(form, trained, tuple(contents), (len(rows.x), difference, outcome.by, size))
    return Proof(told, arrays, len(rows.x), difference, size, outcome.by, tuple(contents))


def _unproved(form: Format, trained: Trained, names: tuple[str, ...], why: str, size: int) -> str:
    compared = _("{n} arrays read back bit for bit, ").format(n=len(trained.arrays)) if form.arrays else ""
    sentence = _("Wrote {names} ({size}): {compared}its predictions are NOT proved, because {why}.")
    return sentence.format(names=", ".join(map(shown, names)), size=size_text(size), compared=compared, why=why)


def _told(form: Format, trained: Trained, names: tuple[str, ...], found: tuple[int, float, str, int]) -> str:
    rows, difference, by, size = found
    compared = _("{n} arrays read back bit for bit, ").format(n=len(trained.arrays)) if form.arrays else ""
    sentence = _("Wrote {names} ({size}): {compared}predictions of {rows} compared by {by}, {how}.")
    how = _("all equal") if difference == 0 else _("largest difference {d:.2g}").format(d=difference)
    listed = ", ".join(map(shown, names))
    held_out = len(trained.samples.validation_x) > 0
    told = plural("{n} held-out row", "{n} held-out rows", rows) if held_out else plural("{n} row", "{n} rows", rows)
    return sentence.format(names=listed, size=size_text(size), compared=compared, rows=told, by=by, how=how)


def _compare_arrays(wanted: Mapping[str, Array], found: Mapping[str, Array], name: str) -> None:
    for key, array in wanted.items():
        if key not in found or not _same(found[key], array):
            sentence = _("{name} was not written: {key} does not read back as it is. Please report this.")
            raise FileProblem(sentence.format(name=name, key=key))
    if found.keys() != wanted.keys():
        raise FileProblem(_("{name} was not written: it would hold arrays too many.").format(name=name))


def _same(a: Array, b: Array) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _allowed(form: Format, trained: Trained, here: Array, difference: float) -> float:
    """How large the difference may be: the format's tolerance, or some times what single precision itself does.

    Each way to add up float32 rounds in its own way, and a long recurrent or deep network makes more of that.
    """
    allowed = form.tolerance * max(1.0, float(np.abs(here[np.isfinite(here)]).max(initial=0.0)))
    single = form.in_units and (form.single or trained.experiment.dtype == "float32")
    return max(allowed, _ROUNDINGS * trained.rounding) if single and difference > allowed else allowed


def _difference(here: Array, there: Array, name: str) -> float:
    """The largest difference of two sets of predictions, nan where they are not finite in the same places.

    FileProblem where they have other shapes.
    """
    if here.shape != there.shape:
        sentence = _("{name} was not written: predictions from it have the shape {found} instead of {wanted}.")
        raise FileProblem(sentence.format(name=name, found=there.shape, wanted=here.shape))
    if here.tobytes() == there.tobytes():
        return 0.0
    # Numbers that are not finite must be so in both places.
    odd = ~np.isfinite(here)
    if not np.array_equal(here[odd], there[odd], equal_nan=True):
        return math.nan
    with np.errstate(all="ignore"):
        return float(np.abs(here[~odd].astype(np.float64) - there[~odd]).max(initial=0.0))


def _unwritten(path: str | os.PathLike[str], why: str) -> FileProblem:
    return FileProblem(_("{name} was not written: {why}").format(name=shown(path), why=why))

"""Programs of netviz' that are opened again: their weights lie in a file beside them, and nothing of them is run."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

from netviz.engine.layers import Layer, Residual
from netviz.files import FileProblem, quoted, read_limited
from netviz.formats.format import MOST_BYTES
from netviz.formats.imported import Imported, LeftOut
from netviz.i18n import _

_WEIGHTS = re.compile(rb"""^WEIGHTS = Path\(__file__\)\.with_name\(("[^"\n]{1,900}"|'[^'\n]{1,900}')\)\r?$""", re.MULTILINE)
_EXPORT = re.compile(rb"""^EXPORT = ["']([0-9a-f]{16})["']""", re.MULTILINE)
_HEAD = 200_000  # bytes within which those lines stand


def names_weights(data: bytes, first: str) -> bool:
    """Whether a program begins as netviz' own do and names a file of weights."""
    begin = f'"""{first.partition("{")[0]}'.encode()
    return data.startswith(begin) and _WEIGHTS.search(data, 0, _HEAD) is not None


def weights_of(data: bytes, name: str, folder: Path) -> bytes:
    """The content of the file that a program names; FileProblem where it does not lie beside it."""
    found = _WEIGHTS.search(data, 0, _HEAD)
    try:
        file = str(ast.literal_eval(found[1].decode())) if found else ""
    except (ValueError, SyntaxError):
        file = ""
    return content(file, name, folder)


def content(file: str, name: str, folder: Path) -> bytes:
    """The content of a file that a program names; FileProblem where it does not lie beside it."""
    if not file or re.search(r"[/\\:\x00-\x1f]", file) or (folder / file).resolve().parent != folder:
        sentence = _("{name} names {file} for its weights, which is no file beside it; only those are read.")
        raise FileProblem(sentence.format(name=name, file=quoted(file)))
    try:
        return read_limited(folder / file, MOST_BYTES)
    except FileProblem as problem:
        sentence = _("{name} has its weights in {file}, and that cannot be read: {why}")
        raise FileProblem(sentence.format(name=name, file=quoted(file), why=problem)) from None


def refuse_other(data: bytes, export: str, name: str) -> None:
    """FileProblem where the weights bear the mark of another export than the program."""
    own = _EXPORT.search(data, 0, _HEAD)
    if own is None or own[1].decode() != export:
        raise other_export(name)


def other_export(name: str) -> FileProblem:
    """What is said of weights that do not belong to a program."""
    sentence = _("{name} and the weights beside it are of different exports; export the network again.")
    return FileProblem(sentence.format(name=name))


def unseen(found: Imported | None) -> Imported | None:
    """The network of a program's weights, with a word on what is not read."""
    why = _("the network is that of its weights; what was changed in the program is not seen")
    return found and replace(found, left_out=(*found.left_out, LeftOut(_("the program"), "", why)))


def unnamed(layer: Layer) -> Layer:
    """A layer without names, which a script has to give and netviz need not."""
    inside = {"layers": tuple(map(unnamed, layer.layers))} if isinstance(layer, Residual) else {}
    return replace(layer, name="", **inside)

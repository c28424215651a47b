"""An export as a job for a process apart: what would be written, with sizes and first lines, and the writing with its proof.

The window asks for both, because neither may take its time there. What is handed over is a project with its training.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netviz.datasets import DataProblem
from netviz.document.projectfile import unpacked
from netviz.engine.network import NetworkProblem
from netviz.engine.run import Run
from netviz.files import FileProblem, shown
from netviz.formats.apart import Child, Contents
from netviz.formats.format import Format, formats
from netviz.formats.proof import describe, excerpt, export
from netviz.formats.trained import Trained
from netviz.i18n import _
from netviz.strict_json import parse_json

_LINES, _WIDTH = 60, 160  # of a text, as much of it as is shown
_ANSWER = "answer"


@dataclass(frozen=True)
class Foreseen:
    """What an export will write. files: (name, what is in it, bytes). arrays: (name, shape). lines: the first of the text.

    refusal: why it cannot be written; then all else is empty.
    """

    files: tuple[tuple[str, str, int], ...] = ()
    along: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    arrays: tuple[tuple[str, tuple[int, ...]], ...] = ()
    lines: tuple[str, ...] = ()
    refusal: str = ""


def begin_look(child: Child, project: bytes, kind: str, name: str) -> None:
    """Have a child look what a format would write under a file's name; `seen` makes a value of its answer."""
    child.begin(f"{__name__}:look", project, json.dumps([kind, name]), limited=False, told=shown(name))


def begin_export(child: Child, project: bytes, kind: str, path: Path, replace: bool) -> None:
    """Have a child write and prove files; `sentence` makes of its answer what was proved."""
    words = json.dumps([kind, str(path), replace])
    child.begin(f"{__name__}:write", project, words, limited=False, told=shown(path))


def seen(contents: Contents) -> Foreseen:
    """What the child has seen."""
    found = parse_json(contents[1][_ANSWER], "preview")
    return Foreseen(
        tuple((str(name), str(what), int(size)) for name, what, size in found["files"]), tuple(found["along"]),
        tuple(found["left_out"]), tuple((str(name), tuple(shape)) for name, shape in found["arrays"]),
        tuple(found["lines"]), str(found["refusal"]),
    )  # fmt: skip


def sentence(contents: Contents) -> str:
    """What the child has proved."""
    return contents[1][_ANSWER]


# ------------------------------------------------------------------------------------------------------- in the child


def look(data: bytes, words: str) -> Contents:
    """The reader that looks."""
    kind, name = json.loads(words)
    member, trained = formats[kind](), _trained(data)
    try:
        preview = describe(name, trained, member.flavour)
        contents = member.write(trained, name)
    except (FileProblem, DataProblem, NetworkProblem) as problem:
        return _answer({"files": [], "along": [], "left_out": [], "arrays": [], "lines": [], "refusal": str(problem)})
    what = dict(preview.files)
    return _answer({
        "files": [(each, what.get(each, ""), len(content)) for each, content in contents.items()],
        "along": preview.along, "left_out": preview.left_out,
        "arrays": [(key, array.shape) for key, array in trained.arrays.items()],
        "lines": _lines(excerpt(name, trained, member.flavour) or _text(contents[name])), "refusal": "",
    })  # fmt: skip


def write(data: bytes, words: str) -> Contents:
    """The reader that writes."""
    kind, path, replace = json.loads(words)
    member: Format = formats[kind]()
    return {}, {_ANSWER: export(path, _trained(data), replace, member.flavour).sentence}


def _trained(data: bytes) -> Trained:
    project = unpacked(data, _("the project"))
    if project.frame is None:
        raise FileProblem(_("There are no weights yet."))
    return Trained.of(project.run or Run.of(project.experiment), project.frame)


def _answer(found: dict[str, Any]) -> Contents:
    return {}, {_ANSWER: json.dumps(found)}


def _text(content: bytes) -> str:
    """The beginning of a text; empty for what is none."""
    head = content[: _LINES * _WIDTH * 8]
    try:
        text = head.decode("utf-8-sig", "strict" if len(head) == len(content) else "ignore")
    except UnicodeDecodeError:
        return ""
    printable = sum(c.isprintable() or c in "\r\n\t" for c in text)
    return text if printable >= 0.98 * len(head) else ""


def _lines(text: str) -> Sequence[str]:
    return [line if len(line) <= _WIDTH else line[:_WIDTH] + " …" for line in text.splitlines()[:_LINES]]

"""A Keras script opened as an experiment: `model.py` in, its layers, loss, optimizer and training out, without weights."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import ClassVar

from netviz.files import FileProblem, quoted, size_text
from netviz.formats.apart import Contents, read_apart
from netviz.formats.format import Format, Outcome, Preview, formats
from netviz.formats.imported import Imported
from netviz.formats.keras_script.machine import Machine
from netviz.formats.keras_script.network import imported
from netviz.formats.trained import Rows, Trained
from netviz.i18n import N_, _

READER = "netviz.formats.keras_script.file:contents"
MOST_SCRIPT = 1_000_000
_IMPORTING = re.compile(rb"^[ \t]*(?:from|import)[ \t]+(?:[\w.]*keras|tensorflow)", re.MULTILINE)
_NOTEBOOK = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)


@formats.register("keras_script", title=N_("Keras script"))
class KerasScript(Format):
    """Read by its syntax tree and never run: Sequential or functional, compile and fit; what is not followed is listed."""

    suffixes = (".py",)
    exports: ClassVar[bool] = False
    unread = N_("{name} is a program; netviz does not read weights from one.")

    def recognises(self, data: bytes) -> bool:
        return b"\0" not in data[:4096] and _IMPORTING.search(data[:MOST_SCRIPT]) is not None

    def read_network(self, data: bytes, name: str, folder: Path | None = None) -> Imported:
        from netviz.formats import carried

        found = carried.found(read_apart(READER, data, name), name)
        assert isinstance(found, Imported)
        return found

    def describe(self, trained: Trained, name: str) -> Preview:
        return Preview(())

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        raise FileProblem(_("{name}: scripts are read here, not written.").format(name=quoted(name)))

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        return Outcome(None, _("a script has no weights"))


def contents(data: bytes, name: str) -> Contents:
    """The reader: what a script makes, as it is carried out of the process."""
    from netviz.formats import carried

    return carried.packed(imported(followed(data, name), name))


def followed(data: bytes, name: str) -> Machine:
    """A script, followed; FileProblem where it is no Python."""
    if len(data) > MOST_SCRIPT:
        sentence = _("{name} is larger ({found}) than scripts that are read ({limit}).")
        raise FileProblem(sentence.format(name=name, found=size_text(len(data)), limit=size_text(MOST_SCRIPT)))
    machine = Machine()
    machine.follow(_tree(_text(data, name), name))
    return machine


def _text(data: bytes, name: str) -> str:
    try:
        encoding, _lines = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, LookupError, UnicodeDecodeError):
        line = next((n for n, each in enumerate(data.split(b"\n"), 1) if not _is_text(each)), 1)
        sentence = _("{name}, line {n}: this is not UTF-8 text; save the script as UTF-8.")
        raise FileProblem(sentence.format(name=name, n=line)) from None


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parsed(text: str) -> ast.Module:
    """The tree; lines of a notebook's own (%matplotlib, !pip) are passed over where they stand in the way."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.parse(_NOTEBOOK.sub(r"\1pass", text))


def _tree(text: str, name: str) -> ast.Module:
    try:
        return _parsed(text)
    except SyntaxError as problem:
        sentence = _("{name}, line {n}: this is no Python that can be read ({why}).")
        why = " ".join(str(problem.msg).split())[:100]
        raise FileProblem(sentence.format(name=name, n=problem.lineno or 1, why=why)) from None
    except (RecursionError, MemoryError):
        raise FileProblem(_("{name} is nested deeper than scripts are.").format(name=name)) from None
    except ValueError:
        raise FileProblem(_("{name} holds bytes that no script has.").format(name=name)) from None

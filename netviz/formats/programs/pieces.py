"""Functions and classes of layers, kept as source in `resources/programs`, of which a program gets those that it uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from netviz import resources
from netviz.files import FileProblem, shown
from netviz.i18n import _


@dataclass(frozen=True)
class Pieces:
    """Pieces of source by name, in their order, and which others each of them uses."""

    sources: Mapping[str, str]
    uses: Mapping[str, frozenset[str]]

    def __contains__(self, name: str) -> bool:
        return name in self.sources

    def chosen(self, names: Iterable[str]) -> list[str]:
        """The source of pieces and of all that they use, in the order of the file."""
        wanted, open_ = set[str](), list(names)
        while open_:
            name = open_.pop()
            if name not in wanted:
                wanted.add(name)
                open_ += self.uses[name]
        return [source for name, source in self.sources.items() if name in wanted]


@lru_cache(maxsize=8)
def python_pieces(file: str) -> Pieces:
    """The functions and classes of a Python file."""
    text = _text(file)
    lines = text.splitlines()
    found = [node for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    names = {node.name for node in found}
    sources = {node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in found}
    used = {node.name: {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} for node in found}
    return Pieces(sources, {name: frozenset(used[name] & names - {name}) for name in sources})


@lru_cache(maxsize=8)
def c_pieces(file: str) -> Pieces:
    """The functions of a C file: blocks with an empty line between them, each with its comment."""
    sources: dict[str, str] = {}
    for block in re.split(r"\n{2,}", _text(file).strip()):
        named = re.search(r"^static inline \w+ (netviz_\w+)\(", block, re.MULTILINE)
        if named:
            sources[named[1]] = block
    used = {name: set(re.findall(r"netviz_\w+", block)) for name, block in sources.items()}
    return Pieces(sources, {name: frozenset(used[name] & sources.keys() - {name}) for name in sources})


def _text(file: str) -> str:
    return resources.path("programs", file).read_text(encoding="utf-8")


def refuse_broken(path: Path) -> None:
    """FileProblem where a written program is no Python."""
    try:
        compile(path.read_bytes(), path.name, "exec")
    except (SyntaxError, ValueError):
        sentence = _("{name} was not written: it does not compile. Please report this.")
        raise FileProblem(sentence.format(name=shown(path))) from None

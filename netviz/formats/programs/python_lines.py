"""Statements of a Python function, put one after another and broken where they are long."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

_WIDTH = 112
_SPACE = "\0"  # one that no line may be broken at, as in a name


@dataclass
class Lines:
    """The body of a function that computes x: its lines, the functions that it calls, whether there is a mask of padding."""

    lines: list[str] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    masked: bool = False
    depth: int = 0

    def put(self, code: str, note: str = "") -> None:
        """A statement, in several lines where it is long, and a comment behind it where there is room."""
        whole = f"    {code}"
        if len(whole) > _WIDTH:
            whole = "\n".join(
                textwrap.wrap(code, _WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8, break_long_words=False,
                              break_on_hyphens=False)
            )  # fmt: skip
        comment = f"  # {note}" if note else ""
        self.lines.append(whole.replace(_SPACE, " ") + comment)

    def call(self, function: str, *arguments: str, **settings: Any) -> str:
        """A call of one of the functions; settings that are None are left out."""
        self.calls.add(function)
        named = [f"{name}={value}" for name, value in settings.items() if value is not None]
        return f"{function}({', '.join([*arguments, *named])})"


def literal(value: str) -> str:
    """A text as a literal, in double quotes where it holds none."""
    found = repr(value)
    return found if '"' in found else f'"{found[1:-1]}"'


def weight(key: str) -> str:
    """The expression of an array in the program's table of weights; no line is broken in it."""
    return f"W[{literal(key)}]".replace(" ", _SPACE)

"""Statements of a Python function, put one after another and broken where they are long."""

from __future__ import annotations

import itertools
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
        whole = f"    {code}" if len(code) + 4 <= _WIDTH else _broken(code)
        comment = f"  # {note}" if note else ""
        self.lines.append(whole.replace(_SPACE, " ") + comment)

    def call(self, function: str, *arguments: str, **settings: Any) -> str:
        """A call of one of the functions; settings that are None are left out."""
        self.calls.add(function)
        named = [f"{name}={value}" for name, value in settings.items() if value is not None]
        return f"{function}({', '.join([*arguments, *named])})"


def _broken(code: str) -> str:
    """A long statement with the arguments of its outermost call in lines of their own, further in."""
    signs = _signs(code)
    begin = next((place for place, sign, _depth in signs if sign == "("), -1)
    end = next((place for place, sign, depth in signs if sign == ")" and not depth), -1)
    if begin < 0 or end < begin or len(code) - end > 40:  # another part of it is the long one
        name, _sign, value = code.partition(" = ")
        return "\n".join([f"    {name} = (", *_filled(value.split(" "), " ", 8, 8), "    )"])
    commas = [place for place, sign, depth in signs if sign == "," and depth == 1 and begin < place < end]
    cuts = [begin, *commas, end]
    arguments = [code[i + 1 : j].strip() + "," for i, j in itertools.pairwise(cuts)]
    inside = _filled([argument for argument in arguments if argument != ","], " ", 8, 8)
    return "\n".join([f"    {code[: begin + 1]}", *inside, f"    {code[end:]}"])


def _signs(code: str) -> list[tuple[int, str, int]]:
    """(place, sign, how deep in parentheses it leaves us) of all signs outside of texts."""
    found, depth, quote, place = list[tuple[int, str, int]](), 0, "", 0
    while place < len(code):
        sign = code[place]
        if quote:
            place += sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        else:
            depth += (sign in "([{") - (sign in ")]}")
            found.append((place, sign, depth))
        place += 1
    return found


def _filled(words: list[str], between: str, first: int, rest: int) -> list[str]:
    """Words in lines of one width."""
    lines = [" " * first + words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(between) + len(word) <= _WIDTH:
            lines[-1] += between + word
        else:
            lines.append(" " * rest + word)
    return lines


def literal(value: str) -> str:
    """A text as a literal, in double quotes where it holds none."""
    found = repr(value)
    return found if '"' in found else f'"{found[1:-1]}"'


def whole(value: str) -> str:
    """A text as a literal that no line is broken in."""
    return literal(value).replace(" ", _SPACE)


def weight(key: str) -> str:
    """The expression of an array in the program's table of weights."""
    return f"W[{whole(key)}]"

"""Operators on plain values, with a bound on everything: no number, text or list grows so large that it takes time."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from netviz.formats.keras_script.values import Outside, Symbol
from netviz.i18n import _

MOST_BITS = 256
MOST_ITEMS = 20_000

_BINARY: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
}  # fmt: skip
_COMPARED: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
_NUMBERS = (int, float, bool)
_PLAIN = (int, float, bool, str, bytes, tuple, list, dict, type(None), range)


def plain(value: Any) -> bool:
    """Whether a value is one of Python's own, and so are all within it; Outside where those are too many."""
    ahead, seen = [value], 0
    while ahead:
        found = ahead.pop()
        seen += 1
        if seen > MOST_ITEMS:  # a list may hold itself, or another many times
            raise Outside(_("a list in it is far too long"))
        if not isinstance(found, _PLAIN):
            return False
        if isinstance(found, (tuple, list)):
            ahead += found
        elif isinstance(found, dict):
            ahead += [*found, *found.values()]
    return True


def too_long(value: Any) -> bool:
    """Whether lists within lists hold more than anybody reads; one may hold itself, or another many times."""
    ahead, seen = [value], 0
    while ahead and seen <= MOST_ITEMS:
        found = ahead.pop()
        seen += 1
        if isinstance(found, (tuple, list)):
            ahead += found
        elif isinstance(found, dict):
            ahead += found.values()
    return seen > MOST_ITEMS


def binary(kind: type, a: Any, b: Any) -> Any:
    """a <operator> b; Outside for what is not plain or grows too large."""
    if not (plain(a) and plain(b)) or kind not in _BINARY:
        raise Outside(_("it computes with what is not known before the script runs"))
    if kind in (ast.Pow, ast.LShift) and not _small_power(kind, a, b):
        raise Outside(_("a number in it is far too large"))
    if kind is ast.Mult and not (isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS)):
        counts = [n for n in (a, b) if isinstance(n, int)]
        lengths = [len(n) for n in (a, b) if isinstance(n, (str, bytes, tuple, list))]
        if not counts or not lengths or counts[0] * lengths[0] > MOST_ITEMS:
            raise Outside(_("a list in it is far too long"))
    if kind is ast.Mod and isinstance(a, (str, bytes)):
        return _formatted(a, b)
    try:
        return bounded(_BINARY[kind](a, b))
    except (TypeError, ValueError, ArithmeticError) as problem:
        raise Outside(_("it computes what cannot be ({why})").format(why=str(problem)[:80])) from None


def _small_power(kind: type, a: Any, b: Any) -> bool:
    if not isinstance(a, _NUMBERS) or not isinstance(b, _NUMBERS):
        return False
    if isinstance(a, float) or isinstance(b, float):
        return True
    if kind is ast.LShift:
        return abs(b) < MOST_BITS
    return abs(b) * max(1, abs(a).bit_length()) <= MOST_BITS or abs(a) <= 1


def _formatted(text: Any, values: Any) -> str:
    """"%d" % n, without widths that would make it long."""
    several = values if isinstance(values, tuple) else (values,)
    simple = all(isinstance(each, (*_NUMBERS, str)) for each in several)
    if isinstance(text, bytes) or len(text) > 1000 or any(c.isdigit() or c == "*" for c in text) or not simple:
        raise Outside(_("a text in it is put together in a way that is not followed"))
    try:
        return str(text % values)[:MOST_ITEMS]
    except (TypeError, ValueError, KeyError):
        raise Outside(_("a text in it cannot be put together")) from None


def bounded(value: Any) -> Any:
    """The value; Outside where it is too large to go on with."""
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise Outside(_("a number in it is far too large"))
    if isinstance(value, range) and (value.stop - value.start) // value.step > MOST_ITEMS:
        raise Outside(_("a list in it is far too long"))
    if isinstance(value, (str, bytes, list, tuple, dict)) and len(value) > MOST_ITEMS:
        raise Outside(_("a list in it is far too long"))
    if isinstance(value, complex):
        raise Outside(_("a number in it is complex"))
    return value


def unary(kind: type, value: Any) -> Any:
    """<operator> value."""
    if kind is ast.Not and plain(value):
        return not value
    if not isinstance(value, _NUMBERS):
        raise Outside(_("it computes with what is not known before the script runs"))
    if kind is ast.Invert:
        return ~int(value)
    return -value if kind is ast.USub else +value


def compared(kind: type, a: Any, b: Any) -> bool:
    """a <comparison> b."""
    if isinstance(a, Symbol) and isinstance(b, Symbol) and kind in (ast.Eq, ast.Is, ast.NotEq, ast.IsNot):
        return (a == b) == (kind in (ast.Eq, ast.Is))
    if not (plain(a) and plain(b)):
        if kind in (ast.Is, ast.IsNot) and (a is None or b is None):
            return kind is ast.IsNot
        raise Outside(_("it compares what is not known before the script runs"))
    try:
        return bool(_COMPARED[kind](a, b))
    except TypeError:
        raise Outside(_("it compares what cannot be compared")) from None


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "math.sqrt": math.sqrt, "math.exp": math.exp, "math.log": math.log, "math.log2": math.log2, "math.log10": math.log10,
    "math.floor": math.floor, "math.ceil": math.ceil, "math.cos": math.cos, "math.sin": math.sin, "math.pow": math.pow,
    "abs": abs, "min": min, "max": max, "sum": sum, "len": len, "int": int, "float": float, "round": round,
    "bool": bool, "str": str, "tuple": tuple, "list": list, "dict": dict, "sorted": sorted, "set": sorted,
}  # fmt: skip
_ALIKE = {
    "numpy.sqrt": "math.sqrt", "numpy.exp": "math.exp", "numpy.log": "math.log", "numpy.floor": "math.floor",
    "numpy.ceil": "math.ceil", "numpy.cos": "math.cos", "tensorflow.math.exp": "math.exp", "tensorflow.exp": "math.exp",
    "numpy.power": "math.pow", "numpy.abs": "abs", "numpy.maximum": "max", "numpy.minimum": "min", "keras.ops.exp": "math.exp",
    "numpy.float32": "float", "numpy.float64": "float", "numpy.int32": "int", "numpy.int64": "int", "numpy.round": "round",
}  # fmt: skip


def function(path: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
    """What one of Python's own functions gives for plain values; Outside for all others."""
    found = _FUNCTIONS.get(_ALIKE.get(path, path))
    if found is None or not all(map(plain, arguments)) or (named and path not in ("dict",)):
        raise Outside(_("it calls {name}, which is not followed").format(name=path[:60]))
    if path == "int" and arguments and isinstance(arguments[0], str) and len(arguments[0]) > 30:
        raise Outside(_("a number in it is far too large"))
    if path == "str" and arguments and not isinstance(arguments[0], (*_NUMBERS, str)):
        raise Outside(_("a text in it is put together in a way that is not followed"))
    try:
        return bounded(found(*arguments, **named))
    except (TypeError, ValueError, ArithmeticError) as problem:
        raise Outside(_("it computes what cannot be ({why})").format(why=str(problem)[:80])) from None

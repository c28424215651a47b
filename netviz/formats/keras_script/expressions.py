"""What an expression of a script is worth, as far as that can be told without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from netviz.formats.keras_script import arithmetic, calls, sources
from netviz.formats.keras_script.names import canonical, starred
from netviz.formats.keras_script.values import Built, Data, Flow, Function, Model, Outside, Symbol, Unknown
from netviz.i18n import _

_MOST_STEPS = 100_000
_BUILTINS = frozenset({
    "range", "zip", "enumerate", "reversed", "len", "abs", "min", "max", "sum", "int", "float", "round", "bool", "str", "tuple",
    "list", "dict", "sorted", "set", "print", "isinstance", "getattr", "map",
})  # fmt: skip


class Exhausted(Exception):
    """The script does more than is followed."""


class Expressions:
    """Evaluates expressions in a scope; whatever is not known is Unknown, with the reason and the line."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = [{"__name__": "__main__"}]
        self.stars: list[str] = []
        self.line = 0
        self._steps = 0

    def step(self, node: ast.AST) -> None:
        """Count what is done, so that it ends."""
        self._steps += 1
        self.line = getattr(node, "lineno", self.line)
        if self._steps > _MOST_STEPS:
            raise Exhausted

    def value(self, node: ast.expr | None) -> Any:
        """The value of an expression."""
        if node is None:
            return None
        self.step(node)
        line = self.line
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            return Unknown(_("it is written in a way that is not followed"), line)
        try:
            return method(node)
        except Outside as problem:
            return Unknown(str(problem), line)

    def lookup(self, name: str) -> Any:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        if name in _BUILTINS:
            return Symbol(name)
        if name[:1].isupper() and (path := starred(self.stars, name)):
            return Symbol(path)
        return Unknown(_("{name} is not known before the script runs").format(name=name[:60]), self.line)

    # ------------------------------------------------------------------------------------------------------ plain values

    def _constant(self, node: ast.Constant) -> Any:
        return arithmetic.bounded(node.value) if node.value is not Ellipsis else Ellipsis

    def _name(self, node: ast.Name) -> Any:
        return self.lookup(node.id)

    def _items(self, nodes: Iterable[ast.expr]) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                found += self.iterated(self.value(node.value))
            else:
                found.append(self.value(node))
        return found

    def _tuple(self, node: ast.Tuple) -> Any:
        return tuple(self._items(node.elts))

    def _list(self, node: ast.List) -> Any:
        return self._items(node.elts)

    def _set(self, node: ast.Set) -> Any:
        return self._items(node.elts)

    def _dict(self, node: ast.Dict) -> Any:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            made = self.value(value)
            if key is None:
                found |= made if isinstance(made, dict) else {}
                continue
            name = self.value(key)
            if isinstance(name, (str, int, float, bool, type(None))):
                found[name] = made
        return found

    def _joinedstr(self, node: ast.JoinedStr) -> Any:
        parts = [self.value(each.value if isinstance(each, ast.FormattedValue) else each) for each in node.values]
        if not all(isinstance(part, (str, int, float, bool)) for part in parts):
            raise Outside(_("a text in it is not known before the script runs"))
        if any(isinstance(each, ast.FormattedValue) and (each.format_spec or each.conversion != -1) for each in node.values):
            raise Outside(_("a text in it is put together in a way that is not followed"))
        return arithmetic.bounded("".join(map(str, parts)))

    def _binop(self, node: ast.BinOp) -> Any:
        a, b = self.value(node.left), self.value(node.right)
        kind = type(node.op)
        if isinstance(a, Flow) or isinstance(b, Flow):
            return calls.combined(kind, a, b, self.line)
        if isinstance(a, Data) or isinstance(b, Data):
            return sources.computed(a, b, self.line)
        for each in (a, b):
            if isinstance(each, Unknown):
                return each
        return arithmetic.binary(kind, a, b)

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        found = self.value(node.operand)
        return found if isinstance(found, (Unknown, Data)) else arithmetic.unary(type(node.op), found)

    def truth(self, value: Any) -> bool:
        """Whether a value counts as true; Outside where that is not known."""
        if arithmetic.plain(value):
            return bool(value)
        if isinstance(value, (Built, Flow, Model, Function)):
            return True
        raise Outside(value.why if isinstance(value, Unknown) and value.why else _("only running the script would tell"))

    def _boolop(self, node: ast.BoolOp) -> Any:
        found: Any = None
        for each in node.values:
            found = self.value(each)
            if self.truth(found) != isinstance(node.op, ast.And):
                break
        return found

    def _compare(self, node: ast.Compare) -> Any:
        left = self.value(node.left)
        for kind, other in zip(node.ops, node.comparators, strict=True):
            right = self.value(other)
            if not arithmetic.compared(type(kind), left, right):
                return False
            left = right
        return True

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.truth(self.value(node.test)) else node.orelse)

    def _namedexpr(self, node: ast.NamedExpr) -> Any:
        self.scopes[-1][node.target.id] = found = self.value(node.value)
        return found

    def _lambda(self, node: ast.Lambda) -> Any:
        return Function(node, self._scope(), self.defaults(node.args), "lambda")

    def _scope(self) -> Mapping[str, Any]:
        return self.scopes[-1]

    def defaults(self, arguments: ast.arguments) -> dict[str, Any]:
        """Values of arguments that have one."""
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        found = dict(zip(names[len(names) - len(arguments.defaults) :], map(self.value, arguments.defaults), strict=True))
        named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        return found | {each.arg: self.value(default) for each, default in named if default is not None}

    # ---------------------------------------------------------------------------------------------- lists by comprehension

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Any:
        return self._comprehended(node.generators, lambda: self.value(node.elt))

    _generatorexp = _setcomp = _listcomp

    def _dictcomp(self, node: ast.DictComp) -> Any:
        return dict(self._comprehended(node.generators, lambda: (self.value(node.key), self.value(node.value))))

    def _comprehended(self, generators: list[ast.comprehension], item: Any) -> list[Any]:
        found: list[Any] = []
        self.scopes.append({})

        def walk(depth: int) -> None:
            if depth == len(generators):
                found.append(item())
                if len(found) > arithmetic.MOST_ITEMS:
                    raise Exhausted
                return
            each = generators[depth]
            for value in self.iterated(self.value(each.iter)):
                self.bind(each.target, value)
                if all(self.truth(self.value(test)) for test in each.ifs):
                    walk(depth + 1)

        try:
            walk(0)
        finally:
            self.scopes.pop()
        return found

    def iterated(self, value: Any) -> list[Any]:
        """The items of a value; Outside where they are not known."""
        if isinstance(value, (list, tuple, range, str, dict)):
            return list(arithmetic.bounded(value))
        why = value.why if isinstance(value, Unknown) and value.why else _("what it goes through is not known")
        raise Outside(why)

    def bind(self, target: ast.expr, value: Any) -> None:
        """Give a name, or several, a value."""
        if isinstance(target, ast.Name):
            self.scopes[-1][target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            for place, each in enumerate(target.elts):
                self.bind(each, sources.part(value, place, len(target.elts), self.line))
        elif isinstance(target, ast.Starred):
            self.bind(target.value, Unknown(_("it takes what is left over"), self.line))
        elif isinstance(target, ast.Attribute):
            calls.set_attribute(self.value(target.value), target.attr, value)
        elif isinstance(target, ast.Subscript):
            holder, key = self.value(target.value), self.value(target.slice)
            inside = isinstance(holder, list) and isinstance(key, int) and -len(holder) <= key < len(holder)
            if inside or isinstance(holder, dict) and isinstance(key, (str, int, float)):
                holder[key] = value

    # ------------------------------------------------------------------------------------------------- parts of something

    def _attribute(self, node: ast.Attribute) -> Any:
        owner = self.value(node.value)
        if isinstance(owner, Symbol):
            return Symbol(canonical(f"{owner.path}.{node.attr}"))
        return calls.attribute(owner, node.attr, self.line)

    def _slice(self, node: ast.Slice) -> Any:
        ends = [self.value(each) for each in (node.lower, node.upper, node.step)]
        if not all(each is None or isinstance(each, int) for each in ends):
            raise Outside(_("the ends of a slice are not known"))
        return slice(*ends)

    def _subscript(self, node: ast.Subscript) -> Any:
        owner, key = self.value(node.value), self.value(node.slice)
        if isinstance(owner, Data):
            return sources.taken(owner, key, self.line)
        if isinstance(owner, Unknown):
            return owner
        if isinstance(owner, (str, list, tuple, range)) and isinstance(key, (int, slice)) or isinstance(owner, dict):
            try:
                return owner[key]
            except (LookupError, TypeError, ValueError):
                raise Outside(_("it takes an item that is not there")) from None
        raise Outside(_("it takes a part of what is not known before the script runs"))

    def _call(self, node: ast.Call) -> Any:
        called = self.value(node.func)
        arguments = self._items(node.args)
        named: dict[str, Any] = {}
        for each in node.keywords:
            found = self.value(each.value)
            if each.arg is not None:
                named[each.arg] = found
            elif isinstance(found, dict):
                named |= {str(key): value for key, value in found.items()}
            else:
                named["**"] = Unknown(_("more arguments follow that are not known"), self.line)
        self.line = node.lineno
        return self.called(called, arguments, named, node.lineno)

    def called(self, called: Any, arguments: list[Any], named: dict[str, Any], line: int) -> Any:
        """What a call gives."""
        raise NotImplementedError

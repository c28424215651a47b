"""A script followed statement by statement, as far as it can be without running it: nothing is imported, opened or trained.

What is not followed becomes Unknown, and is reported where it has to do with a model.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from netviz.formats.keras_script import calls
from netviz.formats.keras_script.expressions import Exhausted
from netviz.formats.keras_script.library import Library
from netviz.formats.keras_script.names import canonical
from netviz.formats.keras_script.values import Built, Function, Method, Model, Outside, Symbol, Unknown
from netviz.i18n import _

_DEEPEST = 30
_WRONG = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, AssertionError)
_TELLING = frozenset({
    "add", "compile", "fit", "fit_generator", "Sequential", "Model", "layers", "train_on_batch", "GradientTape",
})  # fmt: skip


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _Leave(Exception):
    """break and continue."""

    def __init__(self, ends: bool) -> None:
        super().__init__()
        self.ends = ends


class Machine(Library):
    """Follows one script."""

    def __init__(self) -> None:
        super().__init__()
        self.functions: list[Function] = []
        self._depth = 0

    def follow(self, tree: ast.Module) -> None:
        """The whole script; functions that nobody calls are called where they make a model and no model is there."""
        try:
            self._block(tree.body)
            for function in self.functions if not self.models else []:
                arguments = function.node.args
                named = [*arguments.posonlyargs, *arguments.args]
                if not function.called and len(named) == len(arguments.defaults) and _tells(function.node):
                    self.call(function, [], {})
        except Exhausted:
            self.report(_("the rest of the script"), self.line, _("it does more than is followed here"))
        except (_Return, _Leave):
            pass

    # --------------------------------------------------------------------------------------------------------- statements

    def _block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        self.step(node)
        handler = getattr(self, f"_do_{type(node).__name__.lower()}", None)
        try:
            if handler is not None:
                handler(node)
            elif _tells(node):
                self.report(type(node).__name__.lower(), node.lineno, _("statements of this kind are not followed"))
        except Outside as problem:
            if _tells(node):
                self.report(_statement_of(node), node.lineno, str(problem))
        except RecursionError:
            self.report(_statement_of(node), node.lineno, _("it is nested too deep"))
        except _WRONG:
            self.report(_statement_of(node), node.lineno, _("it is written in a way that is not followed"))

    def _made(self, node: ast.expr) -> Any:
        """The value of an expression; what has to do with a model and is not known is reported."""
        found = self.value(node)
        if isinstance(found, Unknown) and found.why and _tells(node):
            self.report(_statement_of(node), node.lineno, found.why)
            return Unknown()  # once is enough
        return found

    def _do_expr(self, node: ast.Expr) -> None:
        self._made(node.value)

    def _do_assign(self, node: ast.Assign) -> None:
        found = self._made(node.value)
        for target in node.targets:
            self.bind(target, found)

    def _do_annassign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.bind(node.target, self._made(node.value))

    def _do_augassign(self, node: ast.AugAssign) -> None:
        as_expression = ast.BinOp(_loaded(node.target), node.op, node.value)
        found = self.value(ast.copy_location(as_expression, node))
        self.bind(node.target, found)

    def _do_import(self, node: ast.Import) -> None:
        for each in node.names:
            if each.asname:
                self.scopes[-1][each.asname] = Symbol(canonical(each.name))
            else:
                top = each.name.split(".")[0]
                self.scopes[-1][top] = Symbol(top)

    def _do_importfrom(self, node: ast.ImportFrom) -> None:
        for each in node.names:
            module = node.module or ""
            if each.name == "*":
                self.stars.append(module)
            else:
                self.scopes[-1][each.asname or each.name] = Symbol(canonical(f"{module}.{each.name}"))

    def _do_functiondef(self, node: ast.FunctionDef) -> None:
        made = Function(node, self.scopes[-1], self.defaults(node.args), node.name)
        self.functions.append(made)
        self.scopes[-1][node.name] = made

    def _do_classdef(self, node: ast.ClassDef) -> None:
        bases = [found.path for base in node.bases if isinstance(found := self.value(base), Symbol)]
        whole = "keras.models.Model" in bases
        self.scopes[-1][node.name] = Unknown() if whole else Symbol(f"script.{node.name}")
        if whole:
            self.report(f"class {node.name}", node.lineno, _("a model that is written as a class is not followed"))

    def _do_if(self, node: ast.If) -> None:
        try:
            chosen = self.truth(self.value(node.test))
        except Outside as problem:
            if any(map(_tells, (*node.body, *node.orelse))):
                self.report(_statement_of(node), node.lineno, str(problem))
            return
        self._block(node.body if chosen else node.orelse)

    def _do_for(self, node: ast.For) -> None:
        try:
            for value in self.iterated(self.value(node.iter)):
                self.step(node)
                self.bind(node.target, value)
                if self._once(node.body):
                    return
        except Outside as problem:
            if any(map(_tells, node.body)):
                why = _("{problem}; it is followed once").format(problem=problem)
                self.report(_statement_of(node), node.lineno, why)
                self.bind(node.target, Unknown(str(problem), node.lineno))
                self._once(node.body)
            return
        self._block(node.orelse)

    def _once(self, body: Sequence[ast.stmt]) -> bool:
        """One round of a loop; whether it was the last."""
        try:
            self._block(body)
        except _Leave as leave:
            return leave.ends
        return False

    def _do_while(self, node: ast.While) -> None:
        while self.truth(self.value(node.test)):
            self.step(node)
            if self._once(node.body):
                return

    def _do_break(self, _node: ast.Break) -> None:
        raise _Leave(ends=True)

    def _do_continue(self, _node: ast.Continue) -> None:
        raise _Leave(ends=False)

    def _do_return(self, node: ast.Return) -> None:
        raise _Return(None if node.value is None else self._made(node.value))

    def _do_with(self, node: ast.With) -> None:
        for item in node.items:
            self.value(item.context_expr)
            if "GradientTape" in ast.unparse(item.context_expr):
                self.report("GradientTape", node.lineno, _("a training that is written by hand is not followed"))
            if item.optional_vars is not None:
                self.bind(item.optional_vars, Unknown(_("it is opened when the script runs"), node.lineno))
        self._block(node.body)

    def _do_try(self, node: ast.Try) -> None:
        self._block(node.body)
        self._block(node.orelse)
        self._block(node.finalbody)

    def _ignored(self, _node: ast.stmt) -> None:
        """Statements that make nothing."""

    _do_pass = _do_global = _do_nonlocal = _do_assert = _do_delete = _ignored

    def _do_raise(self, node: ast.Raise) -> None:
        raise _Return(Unknown(_("the script stops there"), node.lineno))

    # -------------------------------------------------------------------------------------------------------------- calls

    def called(self, called: Any, arguments: list[Any], named: dict[str, Any], line: int) -> Any:
        if isinstance(called, Function):
            return self.call(called, arguments, named)
        if isinstance(called, (Built, Model)):
            made = calls.applied(called, arguments or list(named.values())[:1], line)
            return Unknown("", line) if made is None else made
        if isinstance(called, Method):
            return calls.method(called.owner, called.name, arguments, named, line, self.report)
        if isinstance(called, Symbol):
            return self.library(called, arguments, named, line)
        return called if isinstance(called, Unknown) else Unknown("", line)

    def call(self, function: Function, arguments: list[Any], named: Mapping[str, Any]) -> Any:
        """A function of the script."""
        function.called = True
        if self._depth >= _DEEPEST:
            raise Outside(_("functions call each other too deep"))
        scope = self._bound(function, arguments, named)
        kept, self.scopes = self.scopes, [self.scopes[0], dict(function.scope), scope]
        self._depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body)
            self._block(function.node.body)
        except _Return as found:
            return found.value
        finally:
            self.scopes = kept
            self._depth -= 1
        return None

    def _bound(self, function: Function, arguments: list[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        """The names that a function's arguments have inside it."""
        given = function.node.args
        names = [each.arg for each in (*given.posonlyargs, *given.args)]
        scope: dict[str, Any] = dict.fromkeys(names, Unknown(_("the function is not given that argument"), self.line))
        scope |= function.defaults | dict(zip(names, arguments, strict=False))
        known = {*names, *(each.arg for each in given.kwonlyargs)}
        scope |= {key: value for key, value in named.items() if key in known}
        if given.vararg is not None:
            scope[given.vararg.arg] = tuple(arguments[len(names) :])
        if given.kwarg is not None:
            scope[given.kwarg.arg] = {key: value for key, value in named.items() if key not in known}
        return scope


def _loaded(target: ast.expr) -> ast.expr:
    """A target as it is read."""
    return ast.parse(ast.unparse(target), mode="eval").body


def _tells(node: ast.AST) -> bool:
    """Whether a statement has to do with a model."""
    for each in ast.walk(node):
        name = each.attr if isinstance(each, ast.Attribute) else each.id if isinstance(each, ast.Name) else ""
        if name in _TELLING:
            return True
    return False


def _statement_of(node: ast.AST) -> str:
    """The first line of a statement, cut."""
    kinds = {ast.If: "if", ast.For: "for", ast.While: "while"}
    for kind, word in kinds.items():
        if isinstance(node, kind):
            return word
    try:
        text = ast.unparse(node).split("\n")[0]
    except RecursionError:
        return type(node).__name__.lower()
    return text if len(text) <= 60 else text[:57] + "..."

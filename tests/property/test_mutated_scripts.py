"""Keras scripts whose expressions were exchanged at random become a network or a sentence, never a traceback."""

from __future__ import annotations

import ast
import copy
import random
from pathlib import Path

import pytest

from netviz.files import FileProblem
from netviz.formats import carried
from netviz.formats.keras_script.file import followed
from netviz.formats.keras_script.network import imported

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "keras_scripts"
SCRIPTS = [path.read_text(encoding="utf-8").split("\n===\n")[0] for path in sorted(FOLDER.glob("*.txt"))]
SCRIPTS = [script for script in SCRIPTS if not script.startswith("%")]
ODD = [
    "None", "-1", "0", "1e400", "''", "[]", "{}", "True", "10**9", "2**70", "1j", "...", "b'a'", "(None, 3)", "[[1], [2]]",
    "lambda x: x", "model", "x", "keras", "[model]", "layers.Dense", "layers.Dense(3)", "keras.Input((3,))", "{'a': model}",
    "keras.optimizers.Adam", "range(3)", "model.layers", "model.layers[0]", "np.zeros((3, 3))", "keras.Sequential()", "print",
]  # fmt: skip


def spots(tree: ast.AST) -> list[tuple[ast.AST, str, int | None]]:
    """Where an expression stands that is read."""
    found: list[tuple[ast.AST, str, int | None]] = []
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            for place, each in enumerate(value) if isinstance(value, list) else [(None, value)]:
                read = isinstance(each, ast.expr) and not isinstance(getattr(each, "ctx", None), (ast.Store, ast.Del))
                found += [(node, name, place)] if read else []
    return found


def taken(spot: tuple[ast.AST, str, int | None]) -> ast.expr:
    node, name, place = spot
    value = getattr(node, name)
    made: ast.expr = value if place is None else value[place]
    return made


def mutated(source: random.Random) -> str:
    tree = ast.parse(source.choice(SCRIPTS))
    for _change in range(source.randint(1, 6)):
        every = spots(tree)
        node, name, place = source.choice(every)
        odd = source.random() < 0.7
        made = ast.parse(source.choice(ODD), mode="eval").body if odd else copy.deepcopy(taken(source.choice(every)))
        if place is None:
            setattr(node, name, made)
        else:
            getattr(node, name)[place] = made
    return ast.unparse(tree)


@pytest.mark.parametrize("seed", range(4))
def test_exchanged_expressions_never_end_in_a_traceback(seed: int) -> None:
    source = random.Random(seed)
    for _script in range(60):
        try:
            script = mutated(source)
            ast.parse(script)
        except (SyntaxError, ValueError):
            continue
        try:
            made = imported(followed(script.encode(), '"script.py"'), '"script.py"')
        except FileProblem as problem:
            assert str(problem).startswith('"script.py"') and "\n" not in str(problem), script
        else:
            assert carried.found(carried.packed(made), '"script.py"') is not None

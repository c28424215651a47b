"""The sample scripts run in real Keras, with data that stand in, and make the models that netviz reads out of them unrun.

    KERAS_BACKEND=torch PYTHONPATH=$PWD python -m pytest -m interop -q -s -c /dev/null --rootdir . \
        --import-mode=importlib tests/interop/test_keras_scripts_live.py
"""

from __future__ import annotations

import importlib
import json
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

from netviz.engine.layers import Layer, Residual
from netviz.files import FileProblem
from netviz.formats.keras import compiling, graph
from netviz.formats.keras_script.file import followed
from netviz.formats.keras_script.network import imported

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]
FOLDER = Path(__file__).resolve().parents[1] / "golden" / "keras_scripts"
# What Keras 3 no longer runs, what needs another program, and what netviz rightly reads otherwise.
NOT_RUN = {
    "17_a_grid_search": "its wrapper makes the model later", "18_old_keras": "arguments of Keras 1",
    "19_a_star_import": "Keras 3 has no alpha there", "29_a_notebook": "no Python by itself",
    "13_a_custom_layer": "layers that netviz passes over", "23_an_argument_of_the_command_line": "arguments of pytest",
    "24_a_condition_nobody_knows": "a condition that netviz does not follow", "25_a_training_by_hand": "TensorFlow itself",
    "30_netviz_face": "netviz, not Keras", "11_both_ways": "a TimeDistributed that is not needed here",
    "20_frozen_layers": "a model within a model", "27_images_with_augmentation": "a model within a model",
}  # fmt: skip


class Names(dict):  # type: ignore[type-arg]
    """Names that are not there stand for anything."""

    def __missing__(self, name: str) -> Any:
        import builtins

        if hasattr(builtins, name):
            raise KeyError(name)
        return np.zeros((20, 4)) if name in ("x", "y") else MagicMock()


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    found = pytest.importorskip("keras")
    tensorflow = types.ModuleType("tensorflow")
    tensorflow.keras, tensorflow.nn, tensorflow.random = found, found.activations, MagicMock()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    for name in ("", ".layers", ".models", ".optimizers", ".datasets", ".callbacks", ".preprocessing", ".applications"):
        monkeypatch.setitem(sys.modules, f"tensorflow.keras{name}", importlib.import_module(f"keras{name}"))
    for name in ("matplotlib", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    for kind in (found.Model, found.Sequential):
        for name in ("fit", "predict", "summary"):
            monkeypatch.setattr(kind, name, lambda self, *a, **k: MagicMock())
        monkeypatch.setattr(kind, "evaluate", lambda self, *a, **k: (0.0, 0.0))
    digits = (np.zeros((20, 28, 28)), np.zeros(20, int)), (np.zeros((5, 28, 28)), np.zeros(5, int))
    reviews = (np.array([[1, 2]] * 9), np.zeros(9)), (np.array([[1, 2]] * 9), np.zeros(9))
    monkeypatch.setattr(found.datasets.mnist, "load_data", lambda **_k: digits)
    monkeypatch.setattr(found.datasets.imdb, "load_data", lambda **_k: reviews)
    yield found


def bare(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Without names, and with the strides that Keras writes down."""
    found = []
    for each in layers:
        each = replace(each, layers=bare(each.layers)) if isinstance(each, Residual) else each
        strides = getattr(each, "strides", 1)
        each = replace(each, strides=each.pool_size) if strides is None else each  # type: ignore[call-arg, attr-defined]
        found.append(replace(each, name=""))
    return tuple(found)


def alike(value: Any) -> Any:
    """An optimizer with the rate as it was typed: Keras keeps it in single precision."""
    rate = getattr(value, "learning_rate", None)
    return value if rate is None else replace(value, learning_rate=float(f"{rate:.6g}"))


def made_by_keras(keras: Any, script: str) -> tuple[tuple[Layer, ...], dict[str, Any]]:
    """Layers and settings of the model that a script compiles last, else makes last."""
    compiled: list[Any] = []
    kept = keras.Model.compile

    def compile(self: Any, *given: Any, **named: Any) -> None:
        kept(self, *given, **named)
        compiled.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "compile", compile)
        patch.setattr(keras.Sequential, "compile", compile)
        scope = Names(__name__="__main__")
        scope["__builtins__"] = __builtins__
        exec(compile_source(script), scope)
    model = compiled[-1] if compiled else [v for v in scope.values() if isinstance(v, keras.Model)][-1]
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "tensorflow")  # Keras would ask it for its types
        plain = json.loads(model.to_json())
        config = model.get_compile_config() or {}
    left: list[Any] = []
    _flat, chain, _shape = graph.read(plain, "the model")
    return graph.layers_of(chain, left.append, "the model"), compiling.compiled(config, left.append)


def compile_source(script: str) -> Any:
    return compile(script, "script.py", "exec")


@pytest.mark.parametrize("name", [path.stem for path in sorted(FOLDER.glob("*.txt")) if path.stem not in NOT_RUN])
def test_real_keras_makes_the_same_model(name: str, keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n===\n")[0]
    if "loadtxt" in script:
        monkeypatch.setattr(np, "loadtxt", lambda *_a, **_k: np.zeros((20, 9)))
    try:
        found = imported(followed(script.encode(), name), name)
    except FileProblem as problem:
        pytest.skip(str(problem))
    layers, settings = made_by_keras(keras, script)
    own = found.layers[:-1] if found.from_logits else found.layers
    assert bare(own) == bare(layers)
    for key in ("loss", "optimizer", "schedule", "metrics"):
        if key in settings and key in found.settings and not type(found.settings[key]).__name__.startswith("ReduceOn"):
            assert alike(found.settings[key]) == alike(settings[key]) or name.startswith("37")
    print(name, len(layers), "layers,", ", ".join(sorted(settings)))

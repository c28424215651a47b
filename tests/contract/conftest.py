"""Collects the layers that the contract is tested on: `layer_cases/*.py` hold one table for each family.

A table's row is name: (layer, input shape), or (layer, input shape, draw) where draw(rng, rows) makes the input, as
layers of token numbers want it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from netviz.arrays import Array, Shape
from netviz.engine.layers import Layer

Draw = Callable[[np.random.Generator, int], Array]


@dataclass(frozen=True)
class LayerCase:
    """A layer, the shape of one row of its input, and how such rows are drawn (normal numbers where None)."""

    layer: Layer
    shape: Shape
    draw: Draw | None = None

    def rows(self, rng: np.random.Generator, count: int) -> Array:
        """Input for the layer, (count, *shape)."""
        return rng.normal(size=(count, *self.shape)) if self.draw is None else self.draw(rng, count)


def _cases() -> dict[str, LayerCase]:
    found: dict[str, LayerCase] = {}
    for path in sorted((Path(__file__).parent / "layer_cases").glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"layer_cases_{path.stem}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found |= {name: LayerCase(*row) for name, row in module.CASES.items()}
    return found


LAYER_CASES = _cases()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test that asks for `layer_case` is run for every row of every table."""
    if "layer_case" in metafunc.fixturenames:
        metafunc.parametrize("layer_case", LAYER_CASES.values(), ids=LAYER_CASES.keys())


@pytest.fixture
def layer_cases() -> dict[str, LayerCase]:
    """All of them at once."""
    return LAYER_CASES

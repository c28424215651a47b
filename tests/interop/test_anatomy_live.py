"""1,000 random picks in 200 random networks, each number the anatomy and the microscope show beside PyTorch's.

    python -m pytest -m interop tests/interop/test_anatomy_live.py

(with `-c /dev/null --rootdir . --import-mode=importlib` in an environment that has PyTorch and lacks our pytest plug-ins).
Every kind of layer, loss and optimizer, partial batches, padding. Float64; 1e-8 relative, 1e-6 for L-BFGS, whose steps come
out of a search.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]
PLAIN, DEEP, PICKS = 48, 152, 5
GOLDEN = Path(__file__).parent.parent / "golden"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, GOLDEN / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_thousand_random_picks_show_pytorchs_numbers() -> None:
    torch = pytest.importorskip("torch")
    torch.set_default_dtype(torch.float64)
    maker, picker = load("make_anatomy"), load("anatomy_picks")
    compared, made, worst, wrong = 0, 0, 0.0, []
    kinds, losses, optimizers = set(), set(), set()
    for number in range(PLAIN + DEEP):
        case, numbers = maker.case_of(2026, number, number >= PLAIN, PICKS)
        kinds |= {layer["kind"] for layer in case["layers"]}
        losses.add(case["loss"])
        optimizers.add(case["optimizer"])
        tolerance = 1e-6 if case["optimizer"] == "lbfgs" else 1e-8
        for pairs in picker.picks(case, numbers, np.random.default_rng(number)):
            made += 1
            for what, shown, wanted in pairs:
                compared += 1
                error = max(0.0, abs(shown - wanted) - 1e-15) / max(abs(shown), abs(wanted), 1e-300)
                worst = max(worst, error)
                if not error <= tolerance:
                    wrong.append((number, case["optimizer"], what, shown, wanted))
    print(f"{made:,} picks in {PLAIN + DEEP} networks of {len(kinds)} kinds of layers, {len(losses)} losses and {len(optimizers)} "
          f"optimizers, {compared:,} numbers, largest relative error {worst:.1e}")  # fmt: skip
    assert made == (PLAIN + DEEP) * PICKS and not wrong

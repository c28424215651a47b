"""Networks written as programs predict the same where they are run: by Python with NumPy alone, by a C compiler's program.

    python -m pytest -m interop -s -c /dev/null --rootdir . --import-mode=importlib tests/interop/test_programs_live.py
"""

from __future__ import annotations

import collections
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import formats
from netviz.formats.programs import c_header

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]
CONTRACT = Path(__file__).resolve().parents[1] / "contract"


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def networks(name: str) -> Iterator[tuple[int, Any, Any]]:
    """(number, layer case, network with drawn weights) of every layer case that a format takes."""
    cases, contract = loaded(CONTRACT / "conftest.py").LAYER_CASES, loaded(CONTRACT / "test_formats.py")
    form = formats.formats[name]()
    for number, case in enumerate(cases.values()):
        network = contract.trained(case, seed=number)
        if not form.refusal(network):
            yield number, case, network


class Errors:
    """The largest difference for each kind of layer, as a share of the largest prediction or of 1."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance, self.largest, self.count = tolerance, collections.defaultdict[str, float](float), 0

    def compare(self, case: Any, ours: Any, theirs: Any) -> None:
        assert ours.shape == theirs.shape, (case, ours.shape, theirs.shape)
        error = float(np.abs(ours - theirs).max()) / max(1.0, float(np.abs(ours).max()))
        kind = type(case.layer).__name__
        self.largest[kind] = max(self.largest[kind], error)
        assert error <= self.tolerance, (case, error)
        self.count += 1

    def tell(self, whose: str) -> None:
        print(f"\n{self.count} networks by {whose}; largest relative error {max(self.largest.values()):.2g}:")
        print({kind: float(f"{error:.2g}") for kind, error in self.largest.items()})


_RUN_ALL = """
import pathlib, runpy, sys, numpy
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    made = runpy.run_path(str(path))
    for name in ("x", "one"):
        numpy.save(path.with_suffix(f".{name}.y.npy"), made["predict"](numpy.load(path.with_suffix(f".{name}.npy"))))
assert "netviz" not in sys.modules
print("NumPy", numpy.__version__)
"""


def test_every_layer_predicts_the_same_in_its_numpy_program(tmp_path: Path) -> None:
    form, asked = formats.formats["numpy_program"](), []
    for number, case, network in networks("numpy_program"):
        path = tmp_path / f"net_{number}.py"
        path.write_bytes(form.write(network, path.name)[path.name])
        x = network.samples.x
        for name, rows in (("x", x), ("one", x[:1])):
            np.save(path.with_suffix(f".{name}.npy"), rows.astype(np.float64))
            asked.append((case, network.network.predict(network.params, rows), path.with_suffix(f".{name}.y.npy")))
    done = subprocess.run([sys.executable, "-I", "-c", _RUN_ALL, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    errors = Errors(1e-6)
    for case, ours, path in asked:
        errors.compare(case, ours, np.load(path))
    errors.tell(done.stdout.strip())


def test_every_layer_predicts_the_same_in_its_c_program(tmp_path: Path) -> None:
    found = c_header.compiler()
    if found is None:
        pytest.skip("no working C compiler")
    form, errors = formats.formats["c_header"](), Errors(1e-5)
    for number, case, network in networks("c_header"):
        path = tmp_path / f"net_{number}.h"
        path.write_bytes(form.write(network, path.name)[path.name])
        x, outputs = network.samples.x, network.network.output_shape
        made = c_header.compiled(path, x.reshape(len(x), -1), int(np.prod(outputs)), found[0])
        errors.compare(case, network.network.predict(network.params, x), made.reshape(len(x), *outputs))
    errors.tell(found[1])

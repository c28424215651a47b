"""Networks written as ONNX predict the same in ONNX Runtime, whatever layer they have.

    python -m pytest -m interop -s -c /dev/null --rootdir . --import-mode=importlib tests/interop/test_onnx_live.py
"""

from __future__ import annotations

import collections
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import formats

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]
CONTRACT = Path(__file__).resolve().parents[1] / "contract"


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_every_layer_predicts_the_same_in_onnx_runtime_for_any_number_of_rows() -> None:
    runtime = pytest.importorskip("onnxruntime")
    cases, contract = loaded(CONTRACT / "conftest.py").LAYER_CASES, loaded(CONTRACT / "test_formats.py")
    form = formats.formats["onnx"]()
    largest: dict[str, float] = collections.defaultdict(float)
    for number, case in enumerate(cases.values()):
        network = contract.trained(case, seed=number)
        assert not form.refusal(network)
        session = runtime.InferenceSession(form.write(network, "net.onnx")["net.onnx"], providers=["CPUExecutionProvider"])
        for x in (network.samples.x, network.samples.x[:1]):
            ours = network.network.predict(network.params, x)
            theirs = session.run(None, {"x": x})[0]
            error = float(np.abs(ours - theirs).max()) / max(1.0, float(np.abs(theirs).max()))
            kind = type(case.layer).__name__
            largest[kind] = max(largest[kind], error)
            assert error <= 1e-5, (case, error)
    print(len(cases), "layers, largest relative error", dict(largest))

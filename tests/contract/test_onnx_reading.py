"""Every layer that is written as ONNX is read again: as it was where netviz' description is there, else as operations."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from netviz import formats
from netviz.files import FileProblem
from netviz.formats.onnx.reading import described, network, parsing
from netviz.formats.onnx.reading.model import Model, model_of

FORM = formats.formats["onnx"]()


def _trained(layer_case: Any) -> formats.Trained:
    name = "format_contract"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("test_formats.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    made: formats.Trained = sys.modules[name].trained(layer_case)
    return made


def parsed(data: bytes) -> Model:
    """What the child would find, without a child."""
    return model_of(parsing.contents(data, '"net.onnx"'), '"net.onnx"')


def stripped(data: bytes) -> bytes:
    """The same graph as if anybody had written it."""
    model = onnx.load_from_string(data)
    del model.metadata_props[:]
    return bytes(model.SerializeToString())


def test_a_layer_comes_back_as_it_was_and_predicts_the_same(layer_case: Any) -> None:
    before = _trained(layer_case)
    model = parsed(FORM.write(before, "net.onnx")["net.onnx"])
    found = described.own(model, "net.onnx")
    assert found is not None
    assert found.layers == before.experiment.layers and found.settings["loss"] == before.experiment.loss
    x = before.samples.x
    ours = before.network.predict(before.params, x)
    np.testing.assert_array_equal(found.predictions(x, "float32"), ours)


def test_without_a_description_the_operations_are_read_or_refused_by_name(layer_case: Any) -> None:
    before = _trained(layer_case)
    model = parsed(stripped(FORM.write(before, "net.onnx")["net.onnx"]))
    assert described.own(model, "net.onnx") is None
    try:
        found = network.imported(model, '"net.onnx"')
    except FileProblem as problem:
        text = str(problem)
        assert text.startswith('"net.onnx"') and "(" in text
        kinds = {node.kind for node in model.nodes}
        assert any(kind in text for kind in kinds)
        return
    x = before.samples.x
    ours = before.network.predict(before.params, x)
    np.testing.assert_allclose(found.predictions(x, "float32"), ours, atol=2e-5 * max(1.0, float(np.abs(ours).max())))

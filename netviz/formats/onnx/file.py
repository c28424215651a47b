"""The ONNX file: a graph of operations with its weights, dynamic in the number of rows, features and targets in their units.

Source: https://onnx.ai/onnx/intro/concepts.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from netviz import __version__
from netviz.engine.surgery import Alter
from netviz.files import shown
from netviz.formats import consumer
from netviz.formats.apart import read_apart
from netviz.formats.format import DESCRIPTION, Format, Outcome, Preview, formats
from netviz.formats.imported import Imported
from netviz.formats.onnx import lowering
from netviz.formats.onnx.operations import Graph, Op, Value, unwritable
from netviz.formats.onnx.reading import described, network, parsing
from netviz.formats.onnx.reading.model import model_of
from netviz.formats.onnx.sequences import Body
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _

OPSET, IR = 17, 8

_PREDICT = """
import sys, numpy, onnxruntime
session = onnxruntime.InferenceSession(PATH, providers=["CPUExecutionProvider"])
rows = numpy.load(sys.argv[1])
numpy.save(sys.argv[2], session.run(None, {session.get_inputs()[0].name: rows})[0])
print("ONNX Runtime", onnxruntime.__version__)
"""


def lowered(trained: Trained) -> tuple[Graph, Value]:
    """The whole network, scales included, and its result; the input is called "x"."""
    samples, experiment = trained.samples, trained.experiment
    return lowering.lowered(
        experiment.layers, trained.arrays, samples.row_shape, experiment.dtype, samples.feature_scale, samples.target_scale
    )


@formats.register("onnx", title=N_("ONNX model"))
class Onnx(Format):
    """Opset 17, readable by ONNX Runtime, by OpenCV, and by converters for phones and browsers."""

    suffixes = (".onnx",)
    in_units = True
    tolerance = 1e-5

    def refusal(self, trained: Trained) -> str:
        if not consumer.installed("onnx"):
            return _("the library onnx is not installed; pip install onnx adds it.")
        for layer, name in zip(trained.experiment.layers, trained.names, strict=True):
            if kind := unwritable(layer):
                return _("the layer {name} ({kind}) has no ONNX form.").format(name=name, kind=kind)
        if any(isinstance(part, Alter) for part in trained.experiment.surgery):
            return _("units are muted or altered by hand; take that back first.")
        return ""

    def recognises(self, data: bytes) -> bool:
        return data[:1] == b"\x08" and b"\x03" <= data[1:2] < b"\x80" and data[2:3] in (b"\x12", b"\x3a", b"\x42")

    def describe(self, trained: Trained, name: str) -> Preview:
        graph, _value = lowered(trained)
        what = _("{n} operations of opset {opset} with their weights, any number of rows").format(n=len(graph.ops), opset=OPSET)
        along = [_("provenance")]
        along += [_("scales of the data")] if trained.samples.feature_scale or trained.samples.target_scale else []
        return Preview(((name, what),), tuple(along), (_("loss, optimizer and its memory"),))

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        import onnx
        from onnx import helper

        graph, result = lowered(trained)
        kind = helper.np_dtype_to_tensor_dtype(graph.dtype)
        inputs = [helper.make_tensor_value_info("x", kind, ["N", *trained.samples.row_shape])]
        outputs = [helper.make_tensor_value_info(result.name, kind, ["N", *result.shape])]
        initial = [onnx.numpy_helper.from_array(array, key) for key, array in graph.constants.items()]
        made = helper.make_graph([_node(op, graph.dtype) for op in graph.ops], "netviz", inputs, outputs, initial)
        model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
        model.producer_name, model.producer_version = "netviz", __version__
        helper.set_model_props(model, {DESCRIPTION: trained.described()})
        onnx.checker.check_model(model)
        return {name: model.SerializeToString(deterministic=True)}

    def read(self, data: bytes, name: str) -> Weights:
        model = model_of(read_apart(parsing.READER, data, name), name)
        arrays = {key: array for key, array in model.constants.items() if array is not None and array.dtype.kind == "f"}
        return Weights(arrays, model.descriptions.get(DESCRIPTION, ""))

    def read_network(self, data: bytes, name: str, folder: Path | None = None) -> Imported:
        model = model_of(read_apart(parsing.READER, data, name), name, folder)
        return described.own(model, name) or network.imported(model, name)

    def read_back(self, trained: Trained, path: Path) -> Weights:
        model = model_of(parsing.contents(path.read_bytes(), shown(path)), shown(path))
        found = {key: model.constants.get(key) for key in trained.arrays}
        return Weights({key: array for key, array in found.items() if array is not None})

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        x = rows.units.astype(trained.experiment.dtype)
        if consumer.installed("onnxruntime"):
            found = consumer.predicted(_PREDICT.replace("PATH", repr(str(path))), x, path.parent)
            if found is not None:
                return Outcome(found[0], found[1])
        from onnx.reference import ReferenceEvaluator

        found_here: Any = ReferenceEvaluator(str(path)).run(None, {"x": x})
        return Outcome(found_here[0], _("ONNX' own evaluator"))


def _node(op: Op, dtype: np.dtype[Any]) -> Any:
    from onnx import helper

    attributes = {key: _attribute(value, dtype) for key, value in op.attributes.items()}
    return helper.make_node(op.kind, list(op.inputs), list(op.outputs), name=op.outputs[0], **attributes)


def _attribute(value: Any, dtype: np.dtype[Any]) -> Any:
    import onnx
    from onnx import helper

    if isinstance(value, Body):
        kind = helper.np_dtype_to_tensor_dtype(dtype)
        nodes = [_node(op, dtype) for op in value.ops]
        inputs = [_untyped(name, onnx.TensorProto.BOOL if name.endswith("_mask") else kind) for name in value.inputs]
        return helper.make_graph(nodes, "step", inputs, [_untyped(name, kind) for name in value.results])
    if isinstance(value, np.dtype):
        return helper.np_dtype_to_tensor_dtype(value)
    return onnx.numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value


def _untyped(name: str, kind: int) -> Any:
    """A value whose shape is for the library to find."""
    from onnx import helper

    return helper.make_tensor_value_info(name, kind, None)


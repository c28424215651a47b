"""ONNX files of unknown origin: what is in them is read as layers or refused by name; damage ends in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from netviz import cli, formats
from netviz.document.examples import EXAMPLES
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.files import FileProblem
from netviz.formats import apart, consumer

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module", autouse=True)
def one_child() -> Iterator[None]:
    with apart.one_child(patience_s=10.0):
        yield


@pytest.fixture(autouse=True)
def own_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "installed", lambda package: package == "onnx")


def model(
    nodes: list[Any], shape: list[Any], constants: dict[str, np.ndarray] | None = None, opset: int = 18, outputs: int = 2
) -> bytes:
    """A graph from "x" to "y"."""
    graph = helper.make_graph(
        nodes, "test", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return bytes(made.SerializeToString())


def read(data: bytes, tmp_path: Path) -> formats.Imported:
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    return formats.read_network(path)


def compared(data: bytes, x: np.ndarray, tmp_path: Path, turned: bool = False) -> formats.Imported:
    """The network, after its predictions were compared with those of ONNX' own evaluator."""
    found = read(data, tmp_path)
    wanted = ReferenceEvaluator(onnx.load_from_string(data)).run(None, {"x": x})[0]
    made = found.predictions(np.moveaxis(x, 1, -1) if turned else x, "float32")
    np.testing.assert_allclose(made, wanted, atol=1e-5)
    return found


def floats(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def kinds(found: formats.Imported) -> str:
    return " ".join(type(layer).__name__ for layer in found.layers)


# ------------------------------------------------------------------------------------------------------------ what is read


@pytest.mark.parametrize("rows", ["N", 1, 3])
def test_any_number_of_rows_may_be_named_or_counted(rows: Any, tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Reshape", ["x", "flat"], ["f"]), helper.make_node("Gemm", ["f", "w", "b"], ["y"], transB=1, alpha=0.5),
    ]  # fmt: skip
    flat = np.array([rows if isinstance(rows, int) else -1, 6])
    data = model(nodes, [rows, 2, 3], {"flat": flat, "w": floats(4, 6), "b": floats(4)})
    found = compared(data, floats(rows if isinstance(rows, int) else 5, 2, 3), tmp_path)
    assert kinds(found) == "Flatten Dense"


def test_sums_and_products_go_into_the_layer_before_them(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("Add", ["b", "a"], ["c"]),
        helper.make_node("Mul", ["c", "s"], ["d"]), helper.make_node("Sub", ["m", "d"], ["e"]), helper.make_node("Tanh", ["e"], ["y"]),
    ]  # fmt: skip
    constants = {"w": floats(3, 4), "b": floats(4), "s": floats(4), "m": floats(1, 4)}
    found = compared(model(nodes, ["N", 3], constants), floats(5, 3), tmp_path)
    assert kinds(found) == "Dense"


def test_what_is_done_to_the_rows_first_becomes_their_scale_and_in_the_middle_a_layer(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["a"]), helper.make_node("Div", ["a", "spread"], ["b"]),
        helper.make_node("Relu", ["b"], ["c"]), helper.make_node("Mul", ["c", "s"], ["d"]),
        helper.make_node("Mul", ["d", "two"], ["e"]), helper.make_node("MatMul", ["e", "w"], ["y"]),
    ]  # fmt: skip
    constants = {"mean": floats(3), "spread": np.abs(floats(3)), "s": floats(3), "two": np.float32([2]), "w": floats(3, 2)}
    found = compared(model(nodes, ["N", 3], constants), floats(5, 3), tmp_path)
    assert kinds(found) == "Activation BatchNormalization Dense" and found.feature_scale is not None


PADDED = [
    ({"pads": [1, 1, 1, 1], "kernel_shape": [3, 3]}, "Conv2D"),
    ({"pads": [0, 0, 1, 1], "kernel_shape": [2, 2]}, "Conv2D"),
    ({"pads": [2, 1, 0, 3], "kernel_shape": [3, 3]}, "ZeroPadding2D Conv2D"),
    ({"pads": [1, 1, 1, 1], "strides": [2, 2], "kernel_shape": [3, 3]}, "ZeroPadding2D Conv2D"),
    ({"auto_pad": "SAME_UPPER", "strides": [2, 2], "kernel_shape": [3, 3]}, "Conv2D"),
    ({"auto_pad": "SAME_LOWER", "strides": [2, 2], "kernel_shape": [3, 3]}, "ZeroPadding2D Conv2D"),
    ({"auto_pad": "VALID", "dilations": [2, 1], "kernel_shape": [3, 3]}, "Conv2D"),
]


@pytest.mark.parametrize(("settings", "layers"), PADDED)
def test_paddings_are_those_of_the_layers_or_a_layer_of_their_own(settings: dict[str, Any], layers: str, tmp_path: Path) -> None:
    size = settings["kernel_shape"]
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"], **settings), helper.make_node("GlobalMaxPool", ["c"], ["p"])]
    nodes.append(helper.make_node("Flatten", ["p"], ["y"]))
    found = compared(model(nodes, ["N", 2, 8, 8], {"w": floats(3, 2, *size)}), floats(4, 2, 8, 8), tmp_path, turned=True)
    assert kinds(found) == f"{layers} GlobalMaxPooling2D"


def test_zeros_around_a_largest_number_are_taken_where_nothing_is_below_0_and_refused_elsewhere(tmp_path: Path) -> None:
    pool = helper.make_node("MaxPool", ["r"], ["p"], "the pool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    end = helper.make_node("Flatten", ["p"], ["y"])
    found = compared(
        model([helper.make_node("Relu", ["x"], ["r"]), pool, end], ["N", 2, 8, 8]), floats(4, 2, 8, 8), tmp_path, turned=True
    )
    assert "ZeroPadding2D MaxPooling2D" in kinds(found)
    with pytest.raises(FileProblem, match=r'"the pool" \(MaxPool\): its padding'):
        read(model([helper.make_node("Tanh", ["x"], ["r"]), pool, end], ["N", 2, 8, 8]), tmp_path)


def test_a_flattened_image_leads_to_the_rows_of_the_weights_that_were_meant(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["c"], kernel_shape=[2, 2]), helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Flatten", ["r"], ["f"]),
        helper.make_node("BatchNormalization", ["f", "g", "b", "m", "v"], ["n"]), helper.make_node("MatMul", ["n", "w"], ["y"]),
    ]  # fmt: skip
    constants = {"k": floats(3, 2, 2, 2), "g": floats(18), "b": floats(18), "m": floats(18), "v": np.abs(floats(18)), "w": floats(18, 4)}
    data = model(nodes, ["N", 2, 3, 4], constants)
    found = compared(data, floats(5, 2, 3, 4), tmp_path, turned=True)
    assert kinds(found) == "Conv2D Flatten BatchNormalization Dense"


def test_functions_written_out_in_arithmetic_are_known_by_what_they_give(tmp_path: Path) -> None:
    one, half, root = np.float32(1), np.float32(0.5), np.float32(2**0.5)
    nodes = [
        helper.make_node("Div", ["x", "root"], ["a"]), helper.make_node("Erf", ["a"], ["b"]),
        helper.make_node("Add", ["b", "one"], ["c"]), helper.make_node("Mul", ["x", "c"], ["d"]),
        helper.make_node("Mul", ["d", "half"], ["e"]), helper.make_node("MatMul", ["e", "w"], ["y"]),
    ]  # fmt: skip
    constants = {"one": np.asarray(one), "half": np.asarray(half), "root": np.asarray(root), "w": floats(3, 2)}
    assert kinds(compared(model(nodes, ["N", 3], constants), floats(5, 3), tmp_path)) == "Activation Dense"
    nodes[1] = helper.make_node("Sin", ["a"], ["b"], "wave")
    with pytest.raises(FileProblem, match=r'"wave" \(Sin\): netviz has no layer for it'):
        read(model(nodes, ["N", 3], constants), tmp_path)


REFUSED: dict[str, tuple[list[Any], list[Any], str]] = {
    "two ways": ([helper.make_node("Mul", ["x", "x"], ["y"], "square")], ["N", 3], r'"square" \(Mul\): it puts two results together'),
    "unknown": ([helper.make_node("FFT", ["x"], ["y"], "f", domain="odd")], ["N", 3], r'"f" \(FFT\): netviz has no layer'),
    "open length": ([helper.make_node("Relu", ["x"], ["y"])], ["N", "L"], r"netviz needs rows whose lengths are all given"),
    "no rows": ([helper.make_node("Relu", ["x"], ["y"])], [3], "netviz needs rows"),
    "mixed rows": ([helper.make_node("Reshape", ["x", "to"], ["y"])], ["N", 3], r"Reshape"),
    "no way": ([helper.make_node("Relu", ["c"], ["y"])], ["N", 3], "has 0 inputs"),
    "weights that do not fit": ([helper.make_node("MatMul", ["x", "c"], ["y"], "m")], ["N", 7], r'"m" \(MatMul\): its weights'),
    "nothing in it": ([helper.make_node("Identity", ["x"], ["y"])], ["N", 3], "holds no layers"),
    "a bomb": ([helper.make_node("Expand", ["c", "huge"], ["h"], "big"), helper.make_node("Add", ["x", "h"], ["y"])], ["N", 3], "big"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_by_name(case: str, tmp_path: Path) -> None:
    nodes, shape, words = REFUSED[case]
    constants = {"c": floats(3, 3), "to": np.array([3, -1]), "huge": np.array([10**6, 3, 3])}
    with pytest.raises(FileProblem, match=words):
        read(model(nodes, shape, constants), tmp_path)


# ---------------------------------------------------------------------------------------------------- netviz' own, damage


@pytest.fixture(scope="module")
def own() -> bytes:
    experiment = EXAMPLES["diabetes"].experiment
    run = Run.of(experiment)
    *_, last = train(run, experiment.samples(), epochs=2)
    trained = formats.Trained.of(run, last.frame())
    return formats.formats["onnx"]().write(trained, "net.onnx")["net.onnx"]


def test_what_netviz_wrote_comes_back_with_scales_and_settings(own: bytes, tmp_path: Path) -> None:
    found, experiment = read(own, tmp_path), EXAMPLES["diabetes"].experiment
    assert found.layers == experiment.layers and found.settings["optimizer"] == experiment.optimizer
    assert found.feature_scale is not None and found.target_scale is not None and not found.left_out


def test_a_description_that_is_not_the_graphs_is_not_believed(own: bytes, tmp_path: Path) -> None:
    changed = onnx.load_from_string(own)
    activation = next(node for node in changed.graph.node if node.op_type in ("Relu", "Tanh"))
    activation.op_type = "Softplus"
    found = read(bytes(changed.SerializeToString()), tmp_path)
    assert "Softplus" in str(found.layers)
    x = RNG.normal(size=(5, 10))
    wanted = ReferenceEvaluator(changed).run(None, {"x": x.astype(np.float32)})[0]
    np.testing.assert_allclose(found.predictions(x, "float32"), wanted, rtol=1e-4)


def test_the_command_line_makes_a_project_and_other_formats_of_it(own: bytes, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.onnx").write_bytes(own)
    assert cli.main(["convert", str(tmp_path / "a.onnx"), str(tmp_path / "a.netviz")]) == 0
    assert cli.main(["convert", str(tmp_path / "a.onnx"), str(tmp_path / "a.keras")]) == 0
    assert cli.main(["convert", str(tmp_path / "a.keras"), str(tmp_path / "b.onnx")]) == 0
    assert "Wrote" in capsys.readouterr().out
    x = RNG.normal(size=(5, 10))
    both = [formats.read_network(tmp_path / name).predictions(x, "float32") for name in ("a.onnx", "b.onnx")]
    np.testing.assert_allclose(*both, rtol=1e-5)


def test_damage_ends_in_a_sentence_and_nothing_else(own: bytes, tmp_path: Path) -> None:
    cuts = [own[: len(own) * part // 100] for part in range(1, 100)]
    flips = []
    for _n in range(150):
        flipped = bytearray(own)
        for at in RNG.integers(0, len(own), RNG.integers(1, 9)):
            flipped[at] ^= 1 << int(RNG.integers(8))
        flips.append(bytes(flipped))
    for damaged in [*cuts, *flips, b"\x08\x08\x42", b"\x08" * 400, bytes(4000)]:
        try:
            read(damaged, tmp_path)
        except FileProblem as problem:
            assert str(problem) and "\n" not in str(problem)


def test_a_shape_that_no_file_holds_is_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    data = onnx.load_from_string(model([helper.make_node("MatMul", ["x", "w"], ["y"])], ["N", 3], {"w": floats(3, 2)}))
    data.graph.initializer[0].dims[:] = [2**40, 2**20]
    with pytest.raises(FileProblem, match="claims to have the shape"):
        read(bytes(data.SerializeToString()), tmp_path)

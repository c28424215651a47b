"""ONNX files of PyTorch, Keras and scikit-learn become layers that predict what those programs predict."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest

from netviz import formats, keras
from netviz.files import FileProblem
from netviz.formats import apart, carried

HERE = Path(__file__).parent / "onnx"
FILES = sorted(path.stem for path in HERE.glob("*.onnx") if "refused" not in path.stem)
LAYERS = {
    "images script": "Conv2D MaxPooling2D ZeroPadding2D Conv2D Flatten Dense Dense",
    "images dynamo": "Conv2D MaxPooling2D ZeroPadding2D Conv2D Flatten Dense Dense",
    "small dynamo": "Conv2D ReLU AveragePooling2D DepthwiseConv2D GlobalAveragePooling2D Dense",
    "flat script": "Flatten Dense LayerNormalization Activation Dense",
    "steps dynamo": "Dense Dense",
    "around script": "Dense Residual Dense",
    "lstm dynamo": "LSTM Dense",
    "gru script": "GRU Dense",
    "rnn script": "SimpleRNN Dense",
    "rnn dynamo": "SimpleRNN Dense",  # written out step by step, as all of Keras' are
    "lstm keras": "LSTM LSTM Dense",
    "gru keras": "GRU Dense",
    "rnn keras": "SimpleRNN GlobalMaxPooling1D Dense",
    "both ways script": "Bidirectional Dense",
    "tokens dynamo": "Embedding Conv1D GlobalMaxPooling1D Dense",
    "dense keras": "Dense BatchNormalization PReLU Dense",
    "images keras": "Rescaling Conv2D MaxPooling2D DepthwiseConv2D Flatten Dense",
    "scaled keras": "Dense Dense",
    "three sklearn": "Dense Dense",
    "two sklearn": "Dense Dense Dense",
}


@pytest.fixture(scope="module")
def expected() -> Mapping[str, np.ndarray]:
    with np.load(HERE / "expected.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module", autouse=True)
def one_child() -> Iterator[None]:
    with apart.one_child():
        yield


def read(name: str) -> tuple[formats.Imported, str]:
    found = formats.read_network(HERE / f"{name}.onnx")
    return found, "; ".join(map(str, found.left_out))


@pytest.mark.parametrize("name", FILES)
def test_the_file_predicts_what_its_program_predicts(name: str, expected: Mapping[str, np.ndarray]) -> None:
    found, said = read(name)
    x, y = expected[f"{name} x"].astype(np.float64), expected[f"{name} y"]
    if "channels last" in said:
        x = np.moveaxis(x, 1, -1)
    made = found.predictions(x, "float32")
    if "LogSoftmax" in said:
        made = np.log(made)
    np.testing.assert_allclose(made, y, atol=1e-5, rtol=1e-5)
    if name in LAYERS:
        assert " ".join(type(layer).__name__ for layer in found.layers) == LAYERS[name]


@pytest.mark.parametrize("how", ["script", "dynamo"])
def test_a_last_step_that_has_gone_one_way_to_its_end_and_the_other_way_begun_is_refused_by_name(how: str) -> None:
    with pytest.raises(FileProblem, match=r"\(Gather\): it takes a part of a result"):
        read(f"both ways refused {how}")


def test_images_that_come_channels_first_are_said_to_come_channels_last(expected: Mapping[str, np.ndarray]) -> None:
    found, said = read("images script")
    assert found.input_shape == (8, 8, 2)
    assert said == (
        'input "x": rows of the shape (2, 8, 8) (netviz has channels last: give it rows of the shape (8, 8, 2))'
    )


def test_what_only_names_classes_is_left_out_by_name_and_a_scaler_becomes_a_scale(expected: Mapping[str, np.ndarray]) -> None:
    found, said = read("three sklearn")
    assert said.startswith("behind the network: ") and "ArgMax" in said and "ZipMap" in said
    assert found.feature_scale is not None and found.feature_scale.mean.shape == (4,)


def test_numbers_beside_the_file_are_found_in_its_folder_and_nowhere_else(tmp_path: Path) -> None:
    assert (HERE / "images dynamo.onnx.data").exists()
    alone = tmp_path / "images dynamo.onnx"
    shutil.copy(HERE / "images dynamo.onnx", alone)
    with pytest.raises(FileProblem, match=r"images dynamo\.onnx\.data"):
        formats.read_network(alone)
    (tmp_path / "images dynamo.onnx.data").symlink_to(HERE / "images dynamo.onnx.data")
    with pytest.raises(FileProblem, match="links are not followed"):
        formats.read_network(alone)
    for name in ("../images.data", "/etc/hostname", "..", "a/b"):
        model = onnx.load(HERE / "images dynamo.onnx", load_external_data=False)
        for tensor in model.graph.initializer:
            for entry in tensor.external_data:
                entry.value = name if entry.key == "location" else entry.value
        alone.write_bytes(model.SerializeToString())
        with pytest.raises(FileProblem, match="own folder alone"):
            formats.read_network(alone)


def test_the_keras_face_loads_predicts_and_trains_on(expected: Mapping[str, np.ndarray]) -> None:
    model = keras.models.load_model(HERE / "around dynamo.onnx")
    x, y = expected["around dynamo x"], expected["around dynamo y"]
    np.testing.assert_allclose(model.predict(x, verbose=0), y, atol=1e-5)
    model.compile("adam", "sparse_categorical_crossentropy")
    history = model.fit(np.repeat(x, 20, 0), np.repeat([0, 1, 2], 20), epochs=20, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]


def test_the_window_gets_the_same_out_of_its_child_numbers_beside_the_file_too(expected: Mapping[str, np.ndarray]) -> None:
    with apart.Child() as child:
        carried.begin(child, HERE / "images dynamo.onnx")
        while (answer := child.poll()) is None:
            time.sleep(0.005)
    found = carried.found(answer, "images dynamo.onnx")
    assert isinstance(found, formats.Imported) and found.layers == read("images dynamo")[0].layers
    x = np.moveaxis(expected["images dynamo x"], 1, -1)
    np.testing.assert_allclose(found.predictions(x, "float32"), expected["images dynamo y"], atol=1e-5)

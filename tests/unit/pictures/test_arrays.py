"""Every array of a layer lies in a table, and every cell of it is an item that the microscope explains."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import (
    LSTM,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Dense,
    Flatten,
    Layer,
    MultiHeadAttention,
    Residual,
)
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.pictures.arrays import Listed, arrays_of, names_of, title_of
from netviz.pictures.microscope import Item, Reading

DRAW = np.random.default_rng(0)
DATA = Arrays(DRAW.normal(size=(9, 4, 3)), DRAW.normal(size=(9, 2)), "regression")


def frame_of(layer: Layer) -> tuple[Frame, Network]:
    plain = Preprocessing(0.0, standardize="off", standardize_targets=False)
    experiment = Experiment(DATA, (layer, Flatten(), Dense(2)), MeanSquaredError(), metrics=(), batch_size=4, preprocessing=plain)
    samples = experiment.samples()
    frame = next(m.frame() for m in train(Run.of(experiment), samples, stride=Stride.STEP) if m.step == 1)
    return frame, experiment.network(samples)


LAYERS: dict[Layer, list[str]] = {
    Conv1D(2, 3): ["kernel", "bias"],
    BatchNormalization(): ["gamma", "beta", "moving_mean", "moving_variance", "normalized"],
    LSTM(2): ["kernel", "recurrent_kernel", "bias", "h", "c", "a"],
    Residual((Dense(3), BatchNormalization())): ["0/kernel", "0/bias", "1/gamma", "1/beta", "1/moving_mean",
                                                 "1/moving_variance", "1/normalized"],
}  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_a_layer_lists_all_that_can_be_picked(layer: Layer) -> None:
    frame, network = frame_of(layer)
    found = arrays_of(frame, network, 0, 1)
    assert [listed.name for listed in found] == LAYERS[layer] == [name for name, _title in names_of(network, 0)]
    reading = Reading(frame, network)
    for listed in found:
        rows, columns = listed.sheet.values.shape
        assert len(listed.sheet.rows) == rows and len(listed.sheet.columns) == columns and title_of(listed)
        for at in ((0, 0), (rows - 1, columns - 1)):
            item = listed.item(at)
            assert listed.place(item) == at and listed.values[item.index] == listed.sheet.values[at]
            assert reading.explain(item) is not None, item


def test_attention_and_both_directions_show_what_they_compute_within() -> None:
    frame, network = frame_of(MultiHeadAttention(2, 3))
    attention = next(listed for listed in arrays_of(frame, network, 0, 2) if listed.name == "attention")
    assert attention.shape == (2, 4, 4) and attention.sheet.rows[5] == "2,2"
    np.testing.assert_allclose(attention.sheet.values.sum(1), 1, rtol=1e-5)
    assert attention.item((5, 3)) == Item("part", 0, "attention", (1, 1, 3), 2)
    frame, network = frame_of(Bidirectional(LSTM(2)))
    assert {"forward/h", "backward/a"} <= {listed.name for listed in arrays_of(frame, network, 0)}


def test_an_item_of_another_array_or_row_has_no_place() -> None:
    listed = Listed(1, "h", np.zeros((4, 2)), 3)
    assert listed.place(Item("part", 1, "h", (2, 1), 3)) == (2, 1)
    for other in (Item("part", 1, "h", (2, 1), 2), Item("part", 1, "c", (2, 1), 3), Item("weight", 1, "h", (2, 1))):
        assert listed.place(other) is None


def test_tokens_are_called_by_their_words() -> None:
    table = Listed(0, "embeddings", np.zeros((4, 2)), None, ("", "good", "bad"))
    assert table.sheet.rows == ("0", "good", "bad", "3")
    assert Listed(0, "embeddings", np.zeros((2, 2))).sheet.rows == ("0", "1")

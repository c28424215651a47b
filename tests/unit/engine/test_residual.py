"""What a residual block says where it does not fit, and how weights, state, padding and randomness reach what is inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from netviz.arrays import Array, Shape
from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import BatchNormalization, Dense, Dropout, Flatten, Layer, LayerProblem, Residual, Softmax
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.engine.workspace import Context, Workspace


def test_a_change_of_shape_is_refused_with_both_ways_out() -> None:
    with pytest.raises(LayerProblem, match=r"\(4,\) into \(3,\).*let the last of them give \(4,\), or bring the rows"):
        Residual((Dense(3),)).output_shape((4,))


def test_a_layer_inside_that_does_not_fit_is_named_by_its_place() -> None:
    with pytest.raises(LayerProblem, match="Inside the residual block, layer 2: .*no axis 3"):
        Residual((Dense(4), Softmax(3))).output_shape((4,))


def test_an_empty_block_is_refused() -> None:
    with pytest.raises(LayerProblem, match="empty"):
        Residual(()).output_shape((4,))


def test_weights_are_named_by_the_place_of_their_layer() -> None:
    block = Residual((Dense(4), Residual((BatchNormalization(),)), Dense(4, use_bias=False)))
    assert [weight.name for weight in block.weights((4,))] == [
        "0/kernel", "0/bias", "1/0/gamma", "1/0/beta", "1/0/moving_mean", "1/0/moving_variance", "2/kernel"
    ]  # fmt: skip


def test_the_state_inside_follows_the_data_and_the_memory_says_what_happened() -> None:
    x = np.random.default_rng(0).normal(3.0, 2.0, (12, 2))
    block = Residual((Residual((BatchNormalization(momentum=0.0),)), Dense(2, Tanh())))
    experiment = Experiment(
        Arrays(x, x[:, :1]), (block, Dense(1)), MeanSquaredError(), metrics=(), shuffle=False,
        preprocessing=Preprocessing(0.0), batch_size=12, epochs=1, dtype="float64",
    )  # fmt: skip
    frame = [moment.frame() for moment in train(Run.of(experiment), experiment.samples(), stride=Stride.STEP)][-1]
    np.testing.assert_allclose(frame.params[0]["0"]["0"]["moving_mean"], x.mean(0))
    np.testing.assert_allclose(frame.params[0]["0"]["0"]["moving_variance"], x.var(0))
    assert frame.batch is not None
    memory = frame.batch.memory[0]
    np.testing.assert_array_equal(memory["f"], memory["1+1"]["a"])
    np.testing.assert_allclose(memory["0"]["0"]["normalized"].mean(0), 0, atol=1e-12)


def test_two_dropouts_inside_draw_differently() -> None:
    network = Network((Residual((Dropout(0.5), Residual((Dropout(0.5),)))),), (64,), MeanSquaredError())
    contexts = network.contexts(Workspace("float64", 3), training=True)
    _y, memory = network.stages[0].layer.forward({}, np.ones((1, 64)), contexts[0])
    assert (memory["0"]["mask"] != memory["1"]["0"]["mask"]).any()


@dataclass(frozen=True)
class Marks(Layer):
    """Marks steps as padding: those that begin with its number."""

    number: float = 0.0

    @property
    def makes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, params: Any, x: Array, context: Context) -> tuple[Array, Any]:
        context.made_mask = x[..., 0] != self.number
        return x, {}

    def backward(self, params: Any, memory: Any, dy: Array, context: Context, grads: Any) -> Array:
        return dy


@dataclass(frozen=True)
class Tells(Layer):
    """Passes x on and writes down what it was told about padding."""

    passes: bool = True

    @property
    def passes_mask(self) -> bool:
        return self.passes

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, params: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return x, {} if context.mask is None else {"told": context.mask}

    def backward(self, params: Any, memory: Any, dy: Array, context: Context, grads: Any) -> Array:
        return dy


STEPS = np.array([[[0.0], [1.0], [2.0], [3.0]]])


def told(*stack: Layer) -> list[Any]:
    """The memories of the layers, of rows with the steps 0 1 2 3."""
    layers = (*stack, Flatten())
    network = Network(layers, (4, 1), MeanSquaredError())
    memories, x = [], STEPS
    for stage, context in zip(network.stages, network.contexts(Workspace("float64"), training=True), strict=False):
        x, memory = stage.layer.forward({}, x, context)
        memories.append(memory)
    return memories


def test_padding_is_told_to_the_layers_inside_and_to_those_above() -> None:
    block = Residual((Tells(), Residual((Tells(),))))
    _marks, memory, above, _flat = told(Marks(0), block, Tells())
    for found in (memory["0"], memory["1"]["0"], above):
        assert found["told"].tolist() == [[False, True, True, True]]


def test_a_layer_inside_that_does_not_pass_padding_on_ends_it() -> None:
    _marks, memory, above, _flat = told(Marks(0), Residual((Tells(passes=False), Tells())), Tells())
    assert "told" in memory["0"] and "told" not in memory["1"] and "told" not in above


def test_padding_made_inside_is_padding_above_where_it_was_padding_before() -> None:
    _marks, memory, above, _flat = told(Marks(0), Residual((Tells(), Marks(1), Tells())), Tells())
    assert memory["2"]["told"].tolist() == [[True, False, True, True]]
    assert above["told"].tolist() == [[True, True, True, True]]
    _memory, above, _flat = told(Residual((Marks(1),)), Tells())
    assert "told" not in above

"""Sequences of tokens: what an embedding takes, and what recurrent layers do with padding."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.codec import InvalidValue
from netviz.engine.initializers import Constant, Given
from netviz.engine.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Dense,
    Embedding,
    Layer,
    LayerProblem,
    MultiHeadAttention,
    SimpleRNN,
)
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network, NetworkProblem
from netviz.engine.parameters import Parameters
from netviz.engine.workspace import Workspace

TOKENS = np.array([[3, 1, 2, 0, 0], [2, 2, 0, 0, 0], [0, 0, 0, 0, 0]])


def bound(*layers: object, shape: tuple[int, ...] = (5,)) -> tuple[Network, Parameters]:
    network = Network(layers, shape, MeanSquaredError())  # type: ignore[arg-type]
    return network, network.initial(1, "float64")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8", "bool"])
def test_tokens_may_come_as_any_kind_of_number(dtype: str) -> None:
    network, params = bound(Embedding(4, 3))
    tokens = TOKENS.astype(dtype)
    assert (network.predict(params, tokens) == params[0]["embeddings"][tokens.astype(int)]).all()


@pytest.mark.parametrize(("wrong", "shown"), [(4, "there is 4 among"), (-1, "-1"), (1.5, "1.5"), (np.nan, "nan"), (1e30, "1e+30")])
def test_what_is_no_token_is_refused_with_its_number_and_the_way_out(wrong: float, shown: str) -> None:
    network, params = bound(Embedding(4, 3))
    tokens = TOKENS.astype(np.float64)
    tokens[1, 3] = wrong
    with pytest.raises(LayerProblem, match="whole numbers from 0 to 3.*raise input_dim") as found:
        network.predict(params, tokens)
    assert shown in str(found.value)


def test_the_largest_table_holds_as_many_tokens_as_float32_can_tell_apart() -> None:
    assert np.float32(2**24 - 1) != np.float32(2**24 - 2)
    with pytest.raises(ValueError, match="input_dim is 16777217"):
        Embedding(2**24 + 1, 1)


RECURRENT = [SimpleRNN(3), LSTM(3), GRU(3), GRU(3, reset_after=False), LSTM(3, go_backwards=True), Bidirectional(GRU(2))]


@pytest.mark.parametrize("layer", RECURRENT, ids=lambda layer: type(layer).__name__)
def test_padding_behind_a_sequence_changes_nothing(layer: Layer) -> None:
    long, params = bound(Embedding(4, 2, mask_zero=True), layer)
    short, _params = bound(Embedding(4, 2, mask_zero=True), layer, shape=(3,))
    np.testing.assert_allclose(long.predict(params, TOKENS), short.predict(params, TOKENS[:, :3]), rtol=1e-14)
    assert (long.predict(params, TOKENS)[2] == 0).all()  # nothing but padding


def test_the_output_at_a_padded_step_is_the_one_before_it_and_the_mask_goes_on() -> None:
    network, params = bound(Embedding(4, 2, mask_zero=True), SimpleRNN(3, return_sequences=True), SimpleRNN(2))
    contexts = network.contexts(Workspace("float64"), False)
    first = network.stages[0].layer.forward(params[0], TOKENS, contexts[0])[0]
    y = network.stages[1].layer.forward(params[1], first, contexts[1])[0]
    assert (y[0, 3] == y[0, 2]).all() and (y[0, 4] == y[0, 2]).all() and (y[1, 1] != y[1, 0]).all() and (y[2] == 0).all()
    assert contexts[2].mask is contexts[0].made_mask


def test_a_recurrent_layer_on_flat_rows_says_what_to_put_in_front() -> None:
    with pytest.raises(NetworkProblem, match="reads sequences .*rows of the shape \\(4,\\); put an Embedding in front"):
        bound(SimpleRNN(3), shape=(4,))


def test_outputs_for_each_step_of_padded_sequences_cannot_be_trained() -> None:
    with pytest.raises(NetworkProblem, match="without return_sequences"):
        bound(Embedding(4, 2, mask_zero=True), SimpleRNN(3, return_sequences=True), Dense(1))


def test_what_comes_before_the_padding_does_not_look_at_it() -> None:
    long, params = bound(Embedding(4, 2, mask_zero=True), MultiHeadAttention(2, 3), LSTM(2))
    short, _params = bound(Embedding(4, 2, mask_zero=True), MultiHeadAttention(2, 3), LSTM(2), shape=(3,))
    np.testing.assert_allclose(long.predict(params, TOKENS), short.predict(params, TOKENS[:, :3]), rtol=1e-12)


def test_the_bias_of_a_forget_gate_begins_at_1() -> None:
    bias = bound(LSTM(2, bias_initializer=Constant(0.5)), shape=(3, 1))[1][0]["bias"]
    assert bias.tolist() == [0.5, 0.5, 1, 1, 0.5, 0.5, 0.5, 0.5]
    plain = bound(LSTM(2, bias_initializer=Constant(0.5), unit_forget_bias=False), shape=(3, 1))[1][0]["bias"]
    assert (plain == 0.5).all()
    given = bound(LSTM(1, bias_initializer=Given((1.0, 2.0, 3.0, 4.0))), shape=(3, 1))[1][0]["bias"]
    assert given.tolist() == [1, 2, 3, 4]


def test_a_layer_that_reads_backwards_cannot_be_wrapped() -> None:
    with pytest.raises(InvalidValue, match="must read forwards"):
        Bidirectional(LSTM(2, go_backwards=True))


def test_recurrent_masks_differ_between_directions_and_gates() -> None:
    layer = Bidirectional(LSTM(64, recurrent_dropout=0.5), "sum")
    network, params = bound(layer, shape=(2, 1))
    contexts = network.contexts(Workspace("float64"), True)
    _y, memory = network.stages[0].layer.forward(params[0], np.ones((3, 2, 1)), contexts[0])
    masks = [*memory["forward"]["dropped states"], *memory["backward"]["dropped states"]]
    assert len(masks) == 8 and len({mask.tobytes() for mask in masks}) == 8

"""The words on a layer's card, and the room they get."""

from __future__ import annotations

from dataclasses import replace

from netviz.document.examples import EXAMPLES
from netviz.engine.activations import LeakyRelu, Relu, Sigmoid, Tanh
from netviz.engine.layers import Activation, Dense, Dropout, Flatten, Layer
from netviz.engine.network import Network
from netviz.pictures.cards import card_title, card_width, layer_line, parameter_line, portrait_caption

CIRCLE = EXAMPLES["circle"].experiment


def network(*layers: Layer) -> Network:
    value = replace(CIRCLE, layers=(*layers, Dense(1, Sigmoid())))
    return value.network(value.samples())


def test_a_card_says_what_its_layer_does() -> None:
    told = {
        "2 features": (None, (2,)), "28×28": (None, (28, 28)), "1,024 · leaky_relu": (Dense(1024, LeakyRelu()), (1024,)),
        "8 · tanh": (Activation(Tanh()), (8,)), "8 · 30%": (Dropout(0.3), (8,)), "784": (Flatten(), (784,)),
    }  # fmt: skip
    assert {line: layer_line(*args) for line, args in told.items()} == {line: line for line in told}
    assert [card_title(layer) for layer in (None, Dense(2), Dense(2, name="编码器"))] == ["Input", "Dense", "编码器"]


def test_a_card_counts_its_parameters() -> None:
    made = network(Dense(1000, Relu()), Dropout(0.1))
    assert [parameter_line(made, layer) for layer in (-1, 0, 1, 2)] == ["", "3,000 parameters", "", "1,001 parameters"]
    assert parameter_line(network(Dense(1, use_bias=False)), 0) == "2 parameters"


def test_a_card_has_room_for_its_words_in_any_script_or_for_a_share_of_them() -> None:
    made = network(Dense(1024, LeakyRelu()), Dense(4, Tanh()), Dense(4, Tanh(), name="第一隐藏层第一隐藏层"))
    long, short, chinese = (card_width(made, layer) for layer in (0, 1, 2))
    assert long > short > card_width(made, -1) and chinese > short
    assert card_width(made, 0, 0.5) == long / 2 and card_width(made, 0, 0.0) > 40


def test_the_caption_of_a_portrait_says_what_its_blue_means() -> None:
    samples, wave = CIRCLE.samples(), EXAMPLES["wave"].experiment
    assert portrait_caption(Dense(1, Sigmoid()), samples) == f"prediction p(class = {samples.classes[1]})"
    assert portrait_caption(Dense(1), samples) == portrait_caption(Dense(1), wave.samples()) == "prediction"

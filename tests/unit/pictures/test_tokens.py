"""Tokens are told as the words that they stand for."""

from __future__ import annotations

from netviz.document.examples import EXAMPLES
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.pictures.encodings import filling
from netviz.pictures.surface import unit_values
from netviz.pictures.units import token_word


def test_a_token_is_its_word_padding_is_nothing_and_what_is_unknown_is_its_number() -> None:
    words = ("", "[UNK]", "good")
    assert [token_word(token, words) for token in (0, 1, 2, 3, -1)] == ["", "[UNK]", "good", "3", "-1"]
    assert token_word(7.0, ()) == "7"


def test_the_input_of_a_sentence_is_filled_with_its_words() -> None:
    experiment = EXAMPLES["sentiment"].experiment
    samples = experiment.samples()
    moment = next(train(Run.of(experiment), samples))
    frame = moment.frame({"unit_values": unit_values})
    filled = filling(frame, "value")
    told = [token_word(token, filled.words) for token in filled.values[-1].tolist()]
    assert "".join(told) == samples.told(samples.x[:1][0]).replace(" ", "")

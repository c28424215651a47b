"""Sentences become rows of tokens of one length."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.datasets.sequences import Tokenizer, pad_sequences, words
from netviz.keras.utils import pad_sequences as of_keras_face

RAGGED = [[1, 2, 3], [4], [], [5, 6]]


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, [[1, 2, 3], [0, 0, 4], [0, 0, 0], [0, 5, 6]]),
        ({"padding": "post"}, [[1, 2, 3], [4, 0, 0], [0, 0, 0], [5, 6, 0]]),
        ({"maxlen": 2}, [[2, 3], [0, 4], [0, 0], [5, 6]]),
        ({"maxlen": 2, "truncating": "post", "value": 9}, [[1, 2], [9, 4], [9, 9], [5, 6]]),
        ({"maxlen": 0}, [[], [], [], []]),
    ],
)
def test_padding_fills_up_and_cuts_off_where_it_is_told(settings: dict[str, object], wanted: list[list[int]]) -> None:
    found = pad_sequences(RAGGED, **settings)  # type: ignore[arg-type]
    assert found.dtype == np.int32 and found.tolist() == wanted


def test_steps_may_be_arrays_of_one_shape() -> None:
    found = pad_sequences([np.ones((2, 3)), np.full((1, 3), 2.0)], dtype="float64", value=-1.0)
    assert found.shape == (2, 2, 3) and found[1].tolist() == [[-1] * 3, [2] * 3]


def test_what_cannot_be_padded_is_said() -> None:
    assert of_keras_face is pad_sequences
    for wrong, words_of_it in (
        ({"sequences": [1, 2]}, "Sequence 1 is 1"), ({"sequences": 3}, "list of sequences"),
        ({"sequences": [[[1]], [[1, 2]]]}, "Sequence 2 has steps"), ({"sequences": RAGGED, "padding": "left"}, "padding is 'left'"),
        ({"sequences": RAGGED, "truncating": 1}, "truncating is 1"), ({"sequences": RAGGED, "value": "a"}, "text"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words_of_it):
            pad_sequences(**wrong)  # type: ignore[arg-type]


def test_words_are_split_and_chinese_characters_stand_alone() -> None:
    assert words("Don’t  panic: it's 5 o'clock!") == ["don't", "panic", "it's", "5", "o'clock"]
    assert words("这部电影 very好看，10分。") == ["这", "部", "电", "影", "very", "好", "看", "10", "分"]
    assert words("ＡＢＣ　naïve_x") == ["abc", "naïve", "x"]
    assert words("…?!") == []


def test_a_tokenizer_numbers_words_by_frequency_and_reads_them_back() -> None:
    tokenizer = Tokenizer.fit(["a good film", "a bad film", "a film"])
    assert tokenizer.vocabulary == ("", "[UNK]", "a", "film", "bad", "good")
    rows = tokenizer.encode(["A good book!", "film"], 4)
    assert rows.tolist() == [[2, 5, 1, 0], [3, 0, 0, 0]] and rows.dtype == np.int32
    assert tokenizer.decode(rows[0]) == "a good [UNK]"
    assert Tokenizer.fit(["a b c d", "a"], most=3).vocabulary == ("", "[UNK]", "a")
    assert tokenizer.encode(["a good film film"], 2).tolist() == [[2, 5]]

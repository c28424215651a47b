"""JSON from anybody: a value, or one sentence that says what is wrong and where."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netviz.files import FileProblem
from netviz.strict_json import dump_json, parse_json


def refused(text: str | bytes, **how: Any) -> str:
    with pytest.raises(FileProblem) as found:
        parse_json(text, "experiment.json", **how)
    sentence = str(found.value)
    assert sentence.startswith('"experiment.json"')
    assert len(sentence) <= 240
    assert "\n" not in sentence
    return sentence


plain_text = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**29), 10**29)
    | st.floats(allow_nan=False, allow_infinity=False)
    | plain_text,
    lambda inner: st.lists(inner) | st.dictionaries(plain_text, inner),
)


@given(plain)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert parse_json(dump_json(value), "x.json") == value


@given(plain)
def test_what_is_written_can_be_read_by_others(value: Any) -> None:
    assert json.loads(dump_json(value)) == value


def test_writing_keeps_the_order_of_keys_and_foreign_letters_readable() -> None:
    assert dump_json({"b": 1, "a": "测"}) == '{\n "b": 1,\n "a": "测"\n}\n'.encode()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [math.nan], {"a": math.inf}, "\ud800"])
def test_what_could_not_be_read_is_not_written(value: Any) -> None:
    with pytest.raises(ValueError):
        dump_json(value)


@pytest.mark.parametrize("value", [0.1, 1e-323, 1.7976931348623157e308, -0.0, 2**53 + 1])
def test_numbers_keep_every_bit(value: float) -> None:
    assert repr(parse_json(dump_json(value), "x.json")) == repr(value)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + "0" * 400 + ".0"]
)
def test_a_number_that_is_not_finite_is_refused_with_its_line(number: str) -> None:
    text = f'{{\n "1e999 NaN Infinity": "1e999 {number}",\n "rate": [1, 1e99,\n  {number}]\n}}'
    sentence = refused(text)
    assert sentence.startswith('"experiment.json", line 4: ')
    assert sentence.endswith("is not a finite number.")
    assert number[:50] in sentence


def test_a_huge_integer_is_refused_with_its_line() -> None:
    sentence = refused('{"a": 7,\n"units": ' + "9" * 5000 + "}")
    assert sentence == '"experiment.json", line 2: a whole number has 5000 digits; at most 30 are possible.'
    assert parse_json("-" + "9" * 30, "x") == -(10**30 - 1)


def test_a_key_that_appears_twice_is_refused_with_its_line() -> None:
    text = '[{"units": 1},\n {},\n {"}": "}", "units": {"units": 2},\n "units": 3},\n {"units": 4}]'
    assert (
        refused(text) == '"experiment.json": the key "units" appears twice in the object that ends in line 4.'
    )


def test_keys_are_compared_after_their_escapes() -> None:
    assert '"a" appears twice' in refused(r'{"a": 1, "\u0061": 2}')


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_depth_is_refused_before_the_parser_recurses(opening: str) -> None:
    assert "deeper than 64 levels" in refused(opening * 100_000)


def test_64_levels_are_read_and_65_are_not() -> None:
    assert parse_json("[" * 64 + "]" * 64, "x") != []
    assert "line 1: nested deeper than 64 levels" in refused("[" * 65 + "]" * 65)
    assert "deeper than 2 levels" in refused("[[[]]]", depth=2)


def test_brackets_within_texts_are_no_levels() -> None:
    text = json.dumps(["[" * 1000, '"' + "{" * 1000 + "\\"])
    assert parse_json(text, "x") == json.loads(text)


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'{"\udfff": 1}', r'"\ud800\ud800\udc00"', r'"\\\ud83dx"', r'"\udc00\ud800"']
)
def test_half_a_character_is_refused(text: str) -> None:
    assert "line 2: " in refused("[\n" + text + "]")
    assert "is half a character" in refused(text)


@pytest.mark.parametrize("text", [r'"\ud83d\ude42"', r'"\\ud800"', r'"\\\\ud800"', r'"\u00e9"', '"🙂"'])
def test_whole_characters_are_read(text: str) -> None:
    assert parse_json(text, "x") == json.loads(text)


def test_half_a_character_in_a_text_that_was_decoded_already_is_refused() -> None:
    assert "character 1 is half a character" in refused('"\ud800"')


@pytest.mark.parametrize("data", [b'"\xff"', b'"\xc3', '"é"'.encode("latin-1"), '"a"'.encode("utf-16")])
def test_bytes_that_are_not_utf8_are_refused(data: bytes) -> None:
    assert "is not UTF-8 text" in refused(data)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ("{\n\n}}", "line 3, column 2"),
        ('{"a": 1,}', "line 1, column 9"),
        ("// a comment\n{}", "line 1, column 1"),
        ('["unclosed', "line 1, column 2"),
        ('{"a": "\n"}', "line 1, column 8"),
        ("{'a': 1}", "line 1, column 2"),
        ("[01]", "line 1, column 3"),
        ("\ufeff{}", "line 1, column 1"),
        ("nan", "line 1, column 1"),
        ("[1] [2]", "line 1, column 5"),
    ],
)
def test_what_is_not_json_is_refused_with_line_and_column(text: str, place: str) -> None:
    assert f'"experiment.json", {place}: not JSON (' in refused(text)


def test_a_text_over_the_limit_is_refused_before_it_is_read() -> None:
    assert parse_json(b"[1, 2]", "x", 6) == [1, 2]
    assert "larger (7 bytes)" in refused(b"[1,  2]", limit_bytes=6)
    assert "(67.1 MB)" in refused(bytes(64 * 1024 * 1024 + 1))


def test_a_hostile_name_is_shown_escaped_and_cut() -> None:
    with pytest.raises(FileProblem) as found:
        parse_json("{", "a\n\u202eb" + "c" * 1000)
    assert '"a\\n\\u202ebccc' in str(found.value)
    assert len(str(found.value)) <= 240


@pytest.mark.parametrize(
    "text",
    [
        '["' + '\\"' * 200_000,
        '"' * 400_001,
        "{" + ",".join(f'"{i}":1' for i in range(60_000)) + ',"59999":1}',
        "[" + "{}," * 100_000 + '{"a":1,"a":2}]',
        "[" + "1.5," * 100_000 + "NaN]",
        "9" * 400_000,
        '"' + "\\\\" * 200_000,
    ],
    ids=["unclosed", "quotes", "keys", "objects", "numbers", "digits", "backslashes"],
)
def test_no_text_of_half_a_megabyte_keeps_the_reader_busy(text: str) -> None:
    begin = time.perf_counter()
    refused(text)
    assert time.perf_counter() - begin < 3  # quadratic time was minutes


@given(st.text('[]{}",:\\ud8cf019.eE-+NaInfity tru\n', max_size=40) | st.binary(max_size=40))
def test_junk_is_a_value_or_a_sentence(junk: str | bytes) -> None:
    try:
        value = parse_json(junk, "x.json")
    except FileProblem as problem:
        assert len(str(problem)) <= 240
    else:
        assert parse_json(dump_json(value), "x.json") == value

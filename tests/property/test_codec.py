"""Junk never gives anything but a sentence, and what is a value always comes back."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netviz.codec import InvalidValue, decode, encode
from netviz.engine.experiment import Experiment
from netviz.engine.network import layer_names
from netviz.engine.run import Run

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
NAMES = st.sampled_from(
    ["type", "layers", "units", "activation", "optimizer", "learning_rate", "dataset", "count", "epochs", "seed", "loss"]
) | st.text(max_size=8)
JUNK = st.recursive(
    SCALARS | st.sampled_from(["dense", "adam", "circle", "relu", "Dense"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(JUNK)
def test_junk_gives_a_value_or_a_sentence(junk: Any) -> None:
    for kind in (Experiment, Run):
        with contextlib.suppress(InvalidValue):
            value = decode(kind, junk)
            assert decode(kind, encode(value)) == value


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["epochs", "batch_size", "seed", "dtype", "layers", "loss", "stopping"]), JUNK)
def test_one_wrong_field_is_named(field: str, junk: Any) -> None:
    plain = encode(Experiment()) | {field: junk}
    try:
        value = decode(Experiment, plain)
    except InvalidValue as problem:
        assert field in str(problem)
    else:
        assert layer_names(value.layers) is not None

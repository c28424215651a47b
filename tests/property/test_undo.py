"""However somebody edits: undo goes back to every value there was, and redo forth again."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from netviz.document import edits
from netviz.document.session import Session
from netviz.engine.activations import activations
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense

PLACES = st.integers(0, 9)
GESTURES = st.one_of(
    st.tuples(st.just("resize"), PLACES, st.integers(1, 9)),
    st.tuples(st.just("insert"), PLACES, st.integers(1, 9)),
    st.tuples(st.just("remove"), PLACES, st.just(0)),
    st.tuples(st.just("activate"), PLACES, st.integers(0, len(activations) - 1)),
    st.tuples(st.just("epochs"), PLACES, st.integers(1, 500)),
)


def edited(value: Experiment, gesture: tuple[str, int, int]) -> Experiment:
    kind, place, number = gesture
    place %= len(value.layers)
    if kind == "resize":
        return edits.resize(value, place, number)
    if kind == "insert":
        return edits.insert_layer(value, place, Dense(number))
    if kind == "remove":
        return edits.remove_layer(value, place) if len(value.layers) > 1 else value
    if kind == "activate":
        return edits.set_activation(value, place, activations[list(activations)[number]]())
    return replace(value, epochs=number)


@settings(max_examples=100, deadline=None)
@given(st.lists(GESTURES, max_size=20))
def test_undo_reaches_every_value_and_redo_brings_it_again(gestures: list[tuple[str, int, int]]) -> None:
    session, values = Session(Experiment()), [Experiment()]
    for gesture in gestures:
        value = edited(session.value, gesture)
        if value != session.value:
            values.append(value)
        session.edit(value, gesture[0])
    for value in reversed(values):
        assert session.value == value
        session.undo()
    assert session.undo_text is None and not session.dirty
    for value in values:
        assert session.value == value
        session.redo()
    assert session.redo_text is None

"""A session remembers the values before, knows whether it is saved, and tells whoever listens."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from netviz.document.examples import EXAMPLES
from netviz.document.session import Session
from netviz.document.view import View
from netviz.engine.experiment import Experiment

FIRST = EXAMPLES["circle"].experiment


def epochs(n: int) -> Experiment:
    return replace(FIRST, epochs=n)


def test_undo_brings_the_value_before_and_redo_the_one_after() -> None:
    session = Session(FIRST)
    session.edit(epochs(1), "one")
    session.edit(epochs(2), "two")
    assert session.undo_text == "two" and session.redo_text is None
    session.undo()
    assert session.value == epochs(1) and (session.undo_text, session.redo_text) == ("one", "two")
    session.undo()
    session.undo()
    assert session.value == FIRST and session.undo_text is None
    session.redo()
    session.redo()
    session.redo()
    assert session.value == epochs(2) and session.redo_text is None


def test_an_edit_after_undo_forgets_what_was_undone() -> None:
    session = Session(FIRST)
    session.edit(epochs(1), "one")
    session.undo()
    session.edit(epochs(2), "two")
    session.redo()
    assert session.value == epochs(2)


def test_undo_after_a_drag_restores_the_value_before_the_drag() -> None:
    session = Session(FIRST)
    for n in range(1, 50):
        session.edit(epochs(n), "epochs", key="epochs")
    session.undo()
    assert session.value == FIRST and session.undo_text is None
    session.redo()
    assert session.value == epochs(49)


def test_two_drags_of_one_control_are_two_steps_once_settled() -> None:
    session = Session(FIRST)
    session.edit(epochs(1), "epochs", key="epochs")
    session.settle()
    session.edit(epochs(2), "epochs", key="epochs")
    session.undo()
    assert session.value == epochs(1)


def test_another_edit_or_an_undo_ends_a_drag() -> None:
    session = Session(FIRST)
    session.edit(epochs(1), "epochs", key="epochs")
    session.edit(replace(epochs(1), batch_size=7), "batch", key="batch")
    session.edit(replace(epochs(2), batch_size=7), "epochs", key="epochs")
    session.undo()
    assert session.value == replace(epochs(1), batch_size=7)
    session.edit(replace(epochs(3), batch_size=7), "epochs", key="epochs")
    session.undo()
    assert session.value == replace(epochs(1), batch_size=7)


def test_a_drag_back_to_its_beginning_is_no_step() -> None:
    session = Session(FIRST)
    session.edit(epochs(1), "epochs", key="epochs")
    session.edit(FIRST, "epochs", key="epochs")
    assert session.undo_text is None and session.value == FIRST
    session.edit(epochs(5), "epochs", key="epochs")
    session.undo()
    assert session.value == FIRST


def test_an_equal_value_is_no_step() -> None:
    session = Session(FIRST)
    session.edit(replace(FIRST), "nothing")
    assert session.undo_text is None


def test_a_document_is_dirty_until_it_is_saved_and_clean_again_when_undone() -> None:
    session = Session(FIRST)
    assert not session.dirty
    session.edit(epochs(1), "one")
    assert session.dirty
    session.undo()
    assert not session.dirty
    session.redo()
    session.saved(Path("x.netviz"))
    assert not session.dirty and session.path == Path("x.netviz")
    session.undo()
    assert session.dirty


def test_training_makes_a_document_dirty() -> None:
    session = Session(FIRST)
    session.trained()
    assert session.dirty
    session.saved(Path("x.netviz"))
    assert not session.dirty


def test_listeners_hear_every_new_value_until_they_stop() -> None:
    session, heard = Session(FIRST), list[int]()
    stop = session.listen(lambda value: heard.append(value.epochs))
    session.edit(epochs(1), "one")
    session.undo()
    stop()
    stop()
    session.redo()
    assert heard == [1, FIRST.epochs]


def test_a_listener_that_fails_does_not_keep_the_others_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    session, heard = Session(FIRST), list[int]()

    def fail(value: Experiment) -> None:
        raise RuntimeError("broken")

    session.listen(fail)
    session.listen(lambda value: heard.append(value.epochs))
    with caplog.at_level(logging.ERROR):
        session.edit(epochs(1), "one")
    assert heard == [1] and "listener" in caplog.text


def test_an_edit_from_within_a_listener_is_told_last() -> None:
    session, heard = Session(FIRST), list[int]()
    session.listen(lambda value: session.edit(epochs(2), "two") if value.epochs == 1 else None)
    session.listen(lambda value: heard.append(value.epochs))
    session.edit(epochs(1), "one")
    assert heard == [2] and session.value == epochs(2)


def test_undo_keeps_a_thousand_steps() -> None:
    session = Session(FIRST)
    for n in range(1, 1101):
        session.edit(epochs(n), str(n))
    for _n in range(2000):
        session.undo()
    assert session.value == epochs(100)


def test_a_view_is_a_value_of_its_own() -> None:
    assert replace(View(), layer=2) == View(layer=2) != View()

"""An open document: its value, the values before and after it, and whether it is saved.

Undo is a list of old values. Whoever draws the document listens, and is told "the value is now this".
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from netviz.document.lesson import Lesson
from netviz.engine.experiment import Experiment

Listener = Callable[[Experiment], None]

_MOST_STEPS = 1000
_log = logging.getLogger(__name__)


class Step(NamedTuple):
    """What an edit is called, and the value that undoing or redoing it brings."""

    text: str
    value: Experiment


class Session:
    """One document. Edits that share a `key` and follow each other, as in a drag, become one step of undo."""

    def __init__(self, value: Experiment, path: Path | None = None, lesson: Lesson | None = None) -> None:
        """Begin with a value that counts as saved, and the lesson that goes with it."""
        self.value = value
        self.path = path
        self.lesson = lesson
        self._saved = value
        self._trained = False
        self._undo: list[Step] = []
        self._redo: list[Step] = []
        self._key: str | None = None
        self._listeners: list[Listener] = []

    # ------------------------------------------------------------------------------------------------- editing

    def edit(self, value: Experiment, text: str, key: str | None = None) -> None:
        """Go on to another value; `text` names the step for people. An equal value is no step."""
        if value == self.value:
            return
        continues = key is not None and key == self._key and bool(self._undo)
        if not continues:
            self._undo.append(Step(text, self.value))
            del self._undo[:-_MOST_STEPS]
        elif self._undo[-1].value == value:
            self._undo.pop()  # dragged back to where it began
            key = None
        self._redo.clear()
        self._key = key
        self._become(value)

    def settle(self) -> None:
        """End a gesture: the next edit is a step of its own, whatever its key."""
        self._key = None

    def undo(self) -> None:
        """Back to the value before the newest step; nothing where there is none."""
        self._exchange(self._undo, self._redo)

    def redo(self) -> None:
        """Forward to the value that was undone last; nothing where there is none."""
        self._exchange(self._redo, self._undo)

    @property
    def undo_text(self) -> str | None:
        """What undo would take back; None when there is nothing."""
        return self._undo[-1].text if self._undo else None

    @property
    def redo_text(self) -> str | None:
        """What redo would bring again; None when there is nothing."""
        return self._redo[-1].text if self._redo else None

    def _exchange(self, giving: list[Step], taking: list[Step]) -> None:
        if giving:
            step = giving.pop()
            taking.append(Step(step.text, self.value))
            self._key = None
            self._become(step.value)

    # -------------------------------------------------------------------------------------------------- saving

    @property
    def dirty(self) -> bool:
        """Whether something would be lost without saving: an edit, or training since."""
        return self._trained or self.value != self._saved

    def trained(self, since: bool = True) -> None:
        """Note that training has gone on since the last save, or that it stands again where it was saved."""
        self._trained = since

    def saved(self, path: Path) -> None:
        """Note that the value as it is has been written to a file."""
        self.path = path
        self._saved = self.value
        self._trained = False
        self._key = None

    # ----------------------------------------------------------------------------------------------- listening

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call the listener with every new value; what is returned ends that."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def _become(self, value: Experiment) -> None:
        self.value = value
        for listener in tuple(self._listeners):
            if self.value is not value:
                return  # a listener has edited in turn, and all have been told of that
            try:
                listener(value)
            except Exception:
                _log.exception("a listener of the document failed")

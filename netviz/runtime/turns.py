"""Which command is obeyed next: steps that are asked for quickly have their turns, whatever else comes goes first."""

from __future__ import annotations

from collections import deque

from netviz.runtime.commands import Back, Command, Forget, Pace, Rename, Step, Want
from netviz.runtime.goals import Arrival, Goal, Steps, Stop

_ASIDE = Want | Pace | Rename | Forget  # change nothing about where training is


class Turns:
    """The order of commands. A step begins where the one before it has come to, so that none is lost."""

    def __init__(self) -> None:
        """None waits yet."""
        self._waiting: deque[Command] = deque()
        self.taken = 0  # commands that are obeyed, or that are no longer to be

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def next(self, goal: Goal | None) -> Command | None:
        """A step whose turn has come; `goal` is where training is on its way to."""
        if goal is not None or not self._waiting:
            return None
        self.taken += 1
        return self._waiting.popleft()

    def admit(self, command: Command | None, goal: Goal | None) -> Command | None:
        """A command that has just come in, if it is to be obeyed at once."""
        if command is None:
            return None
        if isinstance(command, Step | Back) and isinstance(goal, Steps | Stop | Arrival):
            self._waiting.append(command)
            return None
        if not isinstance(command, Step | Back | _ASIDE):
            self.drop()
        self.taken += 1
        return command

    def drop(self) -> None:
        """Training goes elsewhere: what waited for its turn is no longer wanted."""
        self.taken += len(self._waiting)
        self._waiting.clear()

"""The two doors between the trainer's thread and everybody else's."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from netviz.runtime.commands import Command, Report

_LONGEST_HOLD = 0.1


class Inbox:
    """Commands on their way in. This is the one place where the trainer waits."""

    def __init__(self) -> None:
        """Nothing waits yet."""
        self._commands: deque[Command] = deque()
        self._arrived = threading.Condition()
        self._held = False

    @property
    def pending(self) -> bool:
        """Whether a command waits, or the trainer is to; read without a lock at every update."""
        return self._held or bool(self._commands)

    def hold(self) -> None:
        """Have the trainer wait at its next update, though never long: two threads that both run Python slow each other."""
        self._held = True

    def release(self) -> None:
        """Let it go on."""
        with self._arrived:
            self._held = False
            self._arrived.notify()

    def put(self, command: Command) -> None:
        """Hand a command in."""
        with self._arrived:
            self._commands.append(command)
            self._arrived.notify()

    def take(self, timeout: float | None) -> Command | None:
        """The oldest command; waits for one for so many seconds, without end for None, not at all for 0."""
        with self._arrived:
            if self._held:
                self._arrived.wait_for(lambda: not self._held or bool(self._commands), _LONGEST_HOLD)
                self._held = self._held and bool(self._commands)  # a hold that is never released ends by itself
            if not self._commands and timeout != 0:
                self._arrived.wait(timeout)
            return self._commands.popleft() if self._commands else None


class Mailbox:
    """One slot on the way out: a newer report replaces an older one, and nobody ever stands in a queue."""

    def __init__(self, report: Report) -> None:
        """Begin with a report, so that there always is one."""
        self._report = report
        self._arrived = threading.Condition()
        self.wanted = True

    def latest(self) -> Report:
        """The newest report, at once; asking also says that a newer one is wanted."""
        self.wanted = True
        return self._report

    def put(self, report: Report) -> None:
        """Replace the report."""
        with self._arrived:
            self._report = report
            self.wanted = False
            self._arrived.notify_all()

    def wait_for(self, condition: Callable[[Report], bool], timeout: float | None) -> bool:
        """Wait until a report fulfils a condition; False when the time was too short. For tests and programs."""
        with self._arrived:
            return self._arrived.wait_for(lambda: condition(self._report), timeout)

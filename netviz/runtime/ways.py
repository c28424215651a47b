"""The ways a training has gone: the one at hand by name, and the others, each where it had ended."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatchmethod

from netviz.document.branches import MOST_BRANCHES, Branch, fork, new_name
from netviz.engine.frame import Frame
from netviz.i18n import _
from netviz.runtime.commands import BranchOff, Forget, GoTo, Rename
from netviz.runtime.playhead import Playhead

_END = 10**18


class Ways:
    """Branches and the name of the way at hand. Only the trainer's thread has one."""

    def __init__(self, head: Playhead) -> None:
        """One way, that needs no name yet."""
        self._head = head
        self.branches: tuple[Branch, ...] = ()
        self.name = ""

    def begin(self, branches: tuple[Branch, ...], name: str) -> None:
        """Those of a document."""
        self.branches, self.name = branches, name

    def leave(self) -> bool:
        """Keep what was trained beyond the frame at hand as a branch; whether there was anything."""
        kept = self._at_hand()
        frame = self._head.frame
        if kept is None or frame is None or kept.frame.step <= frame.step:
            return False
        self.keep(kept)
        return True

    def keep(self, branch: Branch | None = None) -> None:
        """Put a branch, or the way at hand, among the branches; the oldest gives way where there are too many."""
        branch = branch or self._at_hand()
        if branch is None:
            return
        self.branches = (*self.branches, branch)[-MOST_BRANCHES:]
        self.name = new_name([kept.name for kept in self.branches])

    def at_stake(self) -> Branch | None:
        """The way at hand, if a reset is not to throw it away: it has a name, or stands among others to be compared with, and
        has come further than any of them that goes the same way."""
        compared = (self.branches or self.name) and len(self.branches) < MOST_BRANCHES
        kept = self._at_hand() if compared else None
        if kept is None or not kept.frame.step:
            return None
        known = any(other.run == kept.run and other.frame.step >= kept.frame.step for other in self.branches)
        return None if known else kept

    @singledispatchmethod
    def obey(self, command: object) -> None:
        """Do what a command says of branches."""
        raise TypeError(f"not a command about branches: {command!r}")

    @obey.register
    def _(self, command: BranchOff) -> None:
        if self._head.frame is not None:
            if not self.leave():
                self.keep()
            self._head.reel.cut(self._head.frame.step)

    @obey.register
    def _(self, command: GoTo) -> None:
        self.go_to(command.place)

    @obey.register
    def _(self, command: Rename) -> None:
        self.rename(command.name, command.place)

    @obey.register
    def _(self, command: Forget) -> None:
        self.forget(command.place)

    def go_to(self, place: int) -> None:
        """Stand where a branch had ended; the way at hand takes its place."""
        if not 0 <= place < len(self.branches):
            return
        wanted, left = self.branches[place], self._at_hand()
        shared = fork(left.run, wanted.run) if left is not None else None
        if shared:
            self._head.reel.cut(shared)
        self._head.stand(wanted.run, wanted.frame, fresh=not shared)
        others = list(self.branches)
        others[place : place + 1] = [left] if left is not None else []
        self.branches, self.name = tuple(others), wanted.name

    def rename(self, name: str, place: int | None) -> None:
        """Another name for a branch, or for the way at hand; an empty one changes nothing."""
        name = " ".join(name.split())[:80]
        if name and place is None:
            self.name = name
        elif name and place is not None and 0 <= place < len(self.branches):
            renamed = replace(self.branches[place], name=name)
            self.branches = (*self.branches[:place], renamed, *self.branches[place + 1 :])

    def forget(self, place: int) -> None:
        """Delete a branch."""
        if 0 <= place < len(self.branches):
            self.branches = (*self.branches[:place], *self.branches[place + 1 :])

    def _at_hand(self) -> Branch | None:
        """The way at hand as far as it has ever been trained."""
        run, frame = self._head.run, self.furthest()
        return None if run is None or frame is None else Branch(self.name or _("First way"), run, frame)

    def furthest(self) -> Frame | None:
        """The newest settled frame of the way at hand, as far as it has ever been trained."""
        newest, here = self._head.reel.nearest(_END), self._head.frame
        return newest if newest is not None and (here is None or newest.step > here.step) else here


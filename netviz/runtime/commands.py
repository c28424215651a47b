"""What passes the two doors of the trainer's thread: commands in, reports out. All frozen, all could be pickled."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from netviz.arrays import Array, FrozenMap
from netviz.document.branches import Branch
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.run import Run
from netviz.engine.train import Stride


class Status(enum.Enum):
    """What the trainer is doing."""

    EMPTY = "empty"
    PAUSED = "paused"
    RUNNING = "running"
    FAULT = "fault"
    CLOSED = "closed"


@dataclass(frozen=True)
class Fault:
    """What went wrong, as a value: a sentence for people, the traceback for a report, the update it was seen at."""

    sentence: str
    traceback: str = ""
    step: int | None = None


@dataclass(frozen=True)
class Report:
    """The trainer at one moment.

    notice: what happened last, in a sentence. rate: epochs a second, 0 when paused. obeyed: how many commands so far.
    branches: the other ways that training has gone. name: that of the way at hand; empty while there is only one.
    furthest: as far as the way at hand has ever been trained, with all its curves. kept: the updates that are kept, in
    order; all others are made again when they are looked at.
    """

    status: Status
    run: Run | None = None
    frame: Frame | None = None
    fault: Fault | None = None
    notice: str = ""
    rate: float = 0.0
    obeyed: int = 0
    branches: tuple[Branch, ...] = ()
    name: str = ""
    furthest: Frame | None = None
    kept: Array = field(default_factory=lambda: np.empty(0, int))


@dataclass(frozen=True)
class Load:
    """Train this: a run from its start or on from a frame, or an edited experiment in place of the present one.

    branches: those of a document that is opened; None leaves them as they are, and with a run it is a reset: the way at
    hand is put among them, if there are any or it has a name.
    """

    run: Run | None = None
    since: Frame | None = None
    experiment: Experiment | None = None
    branches: tuple[Branch, ...] | None = None
    name: str = ""


@dataclass(frozen=True)
class BranchOff:
    """Keep the way that was gone so far as a branch, and go on from here on another, for now in the same direction."""


@dataclass(frozen=True)
class GoTo:
    """Go on with a branch; the way at hand takes its place among them."""

    place: int


@dataclass(frozen=True)
class Rename:
    """Give a branch another name, or the way at hand where place is None."""

    name: str
    place: int | None = None


@dataclass(frozen=True)
class Forget:
    """Delete a branch."""

    place: int


@dataclass(frozen=True)
class Play:
    """Train on, for the experiment's number of epochs or for another."""

    epochs: int | None = None


@dataclass(frozen=True)
class Step:
    """Go on by a number of phases, updates or epochs, then pause."""

    stride: Stride = Stride.STEP
    count: int = 1


@dataclass(frozen=True)
class Back:
    """Go back by a number of phases, updates or epochs: to what was seen before, bit for bit."""

    stride: Stride = Stride.STEP
    count: int = 1


@dataclass(frozen=True)
class Seek:
    """Go to the state after that many updates, back or forth."""

    step: int


@dataclass(frozen=True)
class Pause:
    """Stop at the next update and stay there."""


@dataclass(frozen=True)
class Want:
    """The questions that the panels on screen ask of every frame, by name."""

    probes: Mapping[str, Probe] = field(default_factory=lambda: FrozenMap({}))


@dataclass(frozen=True)
class Pace:
    """Play at most so many updates a second, or so many phases of updates; None is as fast as it goes."""

    per_second: float | None = None
    phases: bool = False


@dataclass(frozen=True)
class Close:
    """End the thread."""


Command = Load | BranchOff | GoTo | Rename | Forget | Play | Step | Back | Seek | Pause | Want | Pace | Close

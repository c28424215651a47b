"""Lessons: what a project says while training stands at a certain place, and what it lights in the network there.

A lesson is neither trained nor undone: it travels with the project, and whoever steps through it reads its sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from netviz import codec
from netviz.arrays import Array
from netviz.codec import Checked, InvalidValue, Range
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.files import sha256
from netviz.i18n import _
from netviz.strict_json import dump_json

Place = Annotated[int, Range(low=0)]
Moment = Literal["forward", "loss", "backward", "optimizer", "apply", "epoch"]  # the phases' own names

MOST_PAGES = 1000
MOST_LIGHTS = 200  # of a page
MOST_LETTERS = 240  # of a page's text: what two lines under the drawing hold


@dataclass(frozen=True)
class Light(Checked):
    """A unit, or the link that comes to it from the unit `source` of the layer before. layer −1 is the input."""

    layer: Annotated[int, Range(low=-1)]
    unit: Place
    source: Place | None = None


@dataclass(frozen=True)
class Page(Checked):
    """What is said at a phase, and what is lit.

    layer: the one that FORWARD or BACKWARD has just done; None for any. update: which update of the run it is, from 1,
    and 0 for the untrained network; None for every one.
    """

    text: str
    phase: Moment
    layer: Place | None = None
    update: Place | None = None
    lights: tuple[Light, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.text) > MOST_LETTERS:
            raise InvalidValue(_("Page.text has {n} letters, at most {most} fit.").format(n=len(self.text), most=MOST_LETTERS))
        if len(self.lights) > MOST_LIGHTS:
            raise InvalidValue(_("Page.lights has {n} entries, at most {most} fit.").format(n=len(self.lights), most=MOST_LIGHTS))

    def meets(self, frame: Frame) -> bool:
        """Whether it speaks of what the frame has just done."""
        if self.phase != frame.phase.value or self.layer not in (None, frame.layer):
            return False
        return self.update in (None, frame.step if frame.phase.settled else frame.step + 1)


@dataclass(frozen=True)
class Lesson(Checked):
    """Pages in any order; of several that meet a frame the most particular one is read, the first of equals.

    of: the fingerprint of the experiment whose numbers it tells; empty where its sentences hold for any.
    """

    title: str = ""
    pages: tuple[Page, ...] = ()
    of: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.pages) > MOST_PAGES:
            raise InvalidValue(_("Lesson.pages has {n} pages, at most {most} fit.").format(n=len(self.pages), most=MOST_PAGES))

    def holds_for(self, experiment: Experiment) -> bool:
        """Whether its sentences are true of an experiment: an edit makes other numbers."""
        return not self.of or self.of == fingerprint(experiment)

    def page(self, frame: Frame) -> Page | None:
        """What it says of a frame."""
        found = [page for page in self.pages if page.meets(frame)]
        return max(found, key=lambda page: (page.update is not None, page.layer is not None), default=None)


def fingerprint(experiment: Experiment) -> str:
    """A SHA-256 sum of all that an experiment is made of, its data included."""
    arrays: dict[str, Array] = {}
    plain = dump_json(codec.encode(experiment, arrays))
    parts = [plain, *(f"{name} {a.dtype.str} {a.shape}".encode() + a.tobytes() for name, a in sorted(arrays.items()))]
    return sha256(b"".join(parts))

"""What a panel is: it asks questions of frames (its probes) and draws what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from netviz.datasets import Samples
from netviz.document.branches import Branch
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.network import Network, NetworkProblem
from netviz.engine.run import Run
from netviz.gui.theme import Theme
from netviz.pictures.microscope import Item
from netviz.registry import Registry

panels: Registry[Panel] = Registry("panel")


def network_of(experiment: Experiment, samples: Samples | None) -> Network | None:
    """The network of an experiment; None where its layers do not fit, or there is no data."""
    try:
        return None if samples is None else experiment.network(samples)
    except NetworkProblem:
        return None


def same_form(one: Network | None, other: Network | None) -> bool:
    """Whether two networks have the same arrays, so that what was picked in one is there in the other."""
    return one is not None and other is not None and one.windows == other.windows


class Panel(QWidget):
    """One picture of a training. It holds no truth: everything it shows comes with the frame.

    edited: an experiment, and what the edit is called. asked: its questions have changed. opened: an item of the
    network that is to lie under the microscope.
    """

    edited = Signal(object, str)
    asked = Signal()
    opened = Signal(object)

    short: ClassVar[str] = ""  # what its tab says where its title is long, marked for translation
    place: ClassVar[str] = "bottom"  # or "right", or "lower right", where the bottom is in a low window too
    rank: ClassVar[int] = 0  # of several at one place the lowest is in front
    scrolled: ClassVar[bool] = False  # it may come to need more height than there is
    explains: ClassVar[bool] = False  # it tells of what is picked in the network, so the microscope need not come forward

    def __init__(self, theme: Theme) -> None:
        """Nothing to show yet."""
        super().__init__()
        self.theme = theme
        self.branches: tuple[Branch, ...] = ()
        self.run: Run | None = None
        self.name = ""

    def probes(self, experiment: Experiment) -> Mapping[str, Probe]:
        """The questions it asks of every frame while it is visible."""
        return {}

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        """Get ready for another experiment and its samples, None where there are none; what no longer fits goes."""

    def pick(self, item: Item | None) -> None:
        """Something has been picked in the network, or nothing any more."""

    def show_branches(self, run: Run, frame: Frame, name: str, branches: tuple[Branch, ...]) -> None:
        """Get ready for other ways beside the one at hand, which has this run, frame and name."""
        self.run, self.branches, self.name = run, branches, name

    def take_over(self, old: Panel) -> None:
        """Choose what another panel of this kind has chosen, which this one replaces."""

    def draw(self, frame: Frame, view: View) -> None:
        """Show a frame."""
        raise NotImplementedError

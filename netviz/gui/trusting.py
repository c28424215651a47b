"""The badge that says whether backpropagation can be trusted, and who asks: now and then, in the background."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton

from netviz.datasets import Samples
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.network import Network
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures.trust import Trust, trust, written

if TYPE_CHECKING:
    from netviz.gui.panels.trust import TrustPanel
    from netviz.gui.window import Window

_SHARE = 0.03  # of the trainer's time may go into checking


class Checking:
    """The probe: it checks a few gradients of an experiment's network, unless it has done so a short while ago.

    The network is the document's, which may have been broken or mended since the frame was made.
    """

    def __init__(self, experiment: Experiment, number: int) -> None:
        """Ready at once; the number comes with its answers."""
        self._experiment, self._number = experiment, number
        self._network: Network | None = None
        self._next = 0.0

    def __call__(self, frame: Frame, network: Network, samples: Samples) -> tuple[int, Trust] | None:
        begun = time.monotonic()
        if begun < self._next:
            return None
        if _ground(frame.experiment) != _ground(self._experiment):
            return None  # the frame is of another network, or of other data
        if self._network is None:
            self._network = self._experiment.network(samples)
        found = trust(frame, self._network, samples)
        ended = time.monotonic()
        self._next = ended + (ended - begun) / _SHARE
        return None if found is None else (self._number, found)


class TrustBadge(QToolButton):
    """A dot, a word and the largest error; a click opens the list."""

    def __init__(self, theme: Theme) -> None:
        """Nothing is known yet."""
        super().__init__()
        self.theme = theme
        self.known = Trust()
        self.setProperty("role", "flat")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_known(self.known)

    def show_known(self, known: Trust) -> None:
        """Say this."""
        before, self.known = self.words(), known
        self.setToolTip(sentence(known) + "\n" + _("Click for the list."))
        self.setAccessibleName(self.words() + ": " + sentence(known))
        if self.words() != before:  # else the whole window would be laid out anew, ten times as dear as a picture
            self.updateGeometry()
            self.update()

    def words(self) -> str:
        """What is written on it."""
        if not self.known.checked:
            return _("gradients not checked")
        error = written(self.known.largest)
        if self.known.right:
            return _("gradients right · error ≤ {error}").format(error=error)
        return _("gradients WRONG · error {error}").format(error=error)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.words()) + 34, 22)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        known = self.known
        wrong = bool(known.checked) and not known.right
        name = "on_wrong" if wrong else "good" if known.checked else "quiet"
        if wrong or self.underMouse() or self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("wrong" if wrong else "chosen"))
            painter.drawRoundedRect(self.rect(), 5, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color(name))
        middle = self.rect().center().y() + 0.5
        painter.drawEllipse(9, round(middle) - 4, 9, 9)
        painter.setPen(self.theme.color("on_wrong" if wrong else "text"))
        line = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.rect().adjusted(24, 0, -4, 0), line, self.words())


def sentence(known: Trust) -> str:
    """What is known, in words."""
    if not known.checked:
        return _("Backpropagation is checked against differences of the loss as soon as there is something to check.")
    text = _("{n:,} random gradients were checked against differences of the loss; the largest relative error is {error:.1e}.")
    return text.format(n=known.checked, error=known.largest)


class Trusting:
    """The badge of a window, and the panel that lists what it knows."""

    def __init__(self, window: Window) -> None:
        """Nothing is checked yet."""
        self._window = window
        self._probe: Checking | None = None
        self._number = 0
        self._of: object = None
        self.known = Trust()
        self._met = False
        self.badge = TrustBadge(window.look)
        self.badge.clicked.connect(lambda: window.arrangement.reveal("trust"))
        window.statusBar().addPermanentWidget(self.badge)

    def probes(self) -> dict[str, Probe]:
        """The question, asked all the time."""
        return {} if self._probe is None else {"trust": self._probe}

    def meet(self) -> None:
        """A new panel or another theme."""
        self.badge.theme = self._window.look
        if not self._met and "trust" in self._window.docks:
            self._met = True
            self._window.docks["trust"].visibilityChanged.connect(self._tell)
        self._tell()

    def show_experiment(self, experiment: Experiment) -> None:
        """What was known of another network means nothing."""
        parts = experiment.layers, experiment.loss, experiment.mistakes, experiment.surgery, experiment.dataset
        if parts != self._of:
            self._number += 1
            self._of, self.known, self._probe = parts, Trust(), Checking(experiment, self._number)
            self._tell()

    def draw(self, frame: Frame) -> None:
        """Add what a frame says."""
        found: tuple[int, Trust] | None = frame.probed.get("trust")
        if found is not None and found[0] == self._number:
            known = self.known.joined(found[1])
            if known is not self.known:
                self.known = known
                self._tell()

    def _tell(self) -> None:
        """The badge, and the panel where it is seen: its table lays out half of the window."""
        self.badge.show_known(self.known)
        if "trust" in self._window.arrangement.seen():
            panel: TrustPanel = self._window.panels["trust"]  # type: ignore[assignment]
            panel.show_known(self.known)


def _ground(experiment: Experiment) -> tuple[object, ...]:
    """What rows and weights of a frame fit to."""
    return experiment.layers, experiment.loss, experiment.dataset, experiment.preprocessing

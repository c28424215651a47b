"""Going through the time of a training: back by phase, batch or epoch, to any update, and off on another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from netviz.engine.train import Stride
from netviz.gui.captionbar import CaptionBar
from netviz.gui.teaching import Teaching
from netviz.gui.theme import Theme
from netviz.gui.timebar import Seeker, TimeBar
from netviz.i18n import _
from netviz.pictures.captions import caption
from netviz.runtime import Report, Status

if TYPE_CHECKING:
    from netviz.gui.panels.branches import BranchesPanel
    from netviz.gui.window import Window


class TimeCommands:
    """The caption and the timeline of a window, and the commands that go through its training's time."""

    def __init__(self, window: Window) -> None:
        """Nothing to go through yet."""
        self._window = window
        self._seeker = Seeker(window.trainer)
        self.teaching = Teaching(window)
        self._met: object = None
        self._seeking = False

    def under(self, drawing: QWidget) -> QWidget:
        """A drawing with the caption and the timeline below it."""
        window = self._window
        self.captions = CaptionBar(window.look)
        self.bar = TimeBar(window.look, window.actions_by_id["branch_here"])
        self.bar.sought.connect(self.seek)
        self.bar.way_wanted.connect(self.go_to_way)
        self.bar.renamed.connect(window.trainer.rename)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(drawing, 1)
        column.addWidget(self.captions)
        column.addWidget(self.bar)
        return middle

    def wear(self, look: Theme) -> None:
        """Another theme."""
        self.captions.theme = look
        self.teaching.light()
        self.captions.update()
        self.bar.wear(look)

    def note(self, report: Report) -> None:
        """Go on to where it was asked to be."""
        self._seeker.note(report)

    def show(self, report: Report) -> None:
        """Show where training is."""
        window, frame = self._window, report.frame
        self.bar.show_report(report, window.samples, self._seeker.waits or not window.trainer.knows(report))
        if frame is not None and window.network is not None and frame.params.windows == window.network.windows:
            self.captions.show_caption(self.teaching.told(frame, caption(frame, window.network)))
        self._tell(report)

    def on_the_way(self, report: Report) -> bool:
        """Whether it is on its way to an update that was asked for: what lies between is not worth a picture."""
        arrived = self._window.trainer.knows(report) and report.status is not Status.RUNNING and not self._seeker.waits
        self._seeking = self._seeking and not arrived
        known = report.frame is None or report.frame.step < self.bar.strip.furthest
        return self._seeking and known and report.status is Status.RUNNING

    def _tell(self, report: Report) -> None:
        """Have the panels know of other ways, when they are others."""
        for panel in self._window.panels.values():
            same = panel.branches is report.branches and panel.name == report.name
            known = same and (panel.run is report.run or not report.branches)
            if not known and report.run is not None and report.furthest is not None:
                panel.show_branches(report.run, report.furthest, report.name, report.branches)
        table: BranchesPanel | None = self._window.panels.get("branches")  # type: ignore[assignment]
        if table is not None and table is not self._met:
            self._met = table
            table.way_wanted.connect(self.go_to_way)
            table.renamed.connect(self._window.trainer.rename)
            table.forgotten.connect(self._window.trainer.forget)

    # ------------------------------------------------------------------------------------------------- commands

    def back_phase(self) -> None:
        """One phase back."""
        self._back(Stride.PHASE)

    def back_batch(self) -> None:
        """One update back."""
        self._back(Stride.STEP)

    def back_epoch(self) -> None:
        """One epoch back."""
        self._back(Stride.EPOCH)

    def rewind(self) -> None:
        """Back update by update, for as long as the key is held."""
        self._back(Stride.STEP)

    def _back(self, stride: Stride) -> None:
        trainer = self._window.trainer
        if self._window.training.possible() and self._window.keys.heeds(trainer.behind(trainer.latest())):
            self._window.training.running = False
            trainer.back(stride)

    def seek(self, step: int) -> None:
        """See a certain update everywhere."""
        if self._window.training.possible():
            self._window.training.running = False
            self._seeking = True
            self._seeker.seek(step)

    def go_to_update(self) -> None:
        """Type the number of an update."""
        self.bar.field.setFocus()
        self.bar.field.selectAll()

    def go_to_first(self) -> None:
        """The untrained network."""
        self.seek(0)

    def go_to_last(self) -> None:
        """The newest update of this way."""
        self.seek(self.bar.strip.furthest)

    def branch_here(self) -> None:
        """Keep this way, and go on from here on another."""
        if self._window.training.possible():
            self._window.training.running = False
            self._window.trainer.branch_off()

    def go_to_way(self, place: int) -> None:
        """Go on with another way, where it had ended; the document becomes what was trained there."""
        report = self._window.trainer.latest()
        if 0 <= place < len(report.branches):
            branch = report.branches[place]
            self._window.training.running = False
            self._window.trainer.go_to(place)
            self._window.edit(branch.run.experiment, _("Go to {name}").format(name=branch.name))

"""What stands under the network: which update is seen, on which way, and the timeline to go elsewhere."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from netviz.codec import Range
from netviz.datasets import Samples
from netviz.gui.elided import ElidedLabel
from netviz.gui.fields import NumberField
from netviz.gui.images import disc
from netviz.gui.theme import Theme
from netviz.gui.timeline import TimelineStrip, way_color
from netviz.i18n import _
from netviz.pictures import timeline
from netviz.pictures.timeline import Way
from netviz.runtime import Report, Status, Trainer

_FIELD, _WAY = 74, 150  # widths


class Seeker:
    """Goes where it is asked to, one way at a time: while the trainer is on its way only the newest wish counts."""

    def __init__(self, trainer: Trainer) -> None:
        """Nowhere to go yet."""
        self._trainer = trainer
        self._wish: int | None = None

    def seek(self, step: int) -> None:
        """Go there, at once or as soon as it can be."""
        self._wish = step
        self.note(self._trainer.latest())

    def note(self, report: Report) -> None:
        """Go on, if a wish waits and the trainer does not."""
        if self._wish is not None and self._trainer.knows(report):
            step, self._wish = self._wish, None
            self._trainer.seek(step)

    @property
    def waits(self) -> bool:
        """Whether what the trainer shows is older than a wish."""
        return self._wish is not None


class TimeBar(QWidget):
    """A row of fields, and the strip below it."""

    sought = Signal(object)
    way_wanted = Signal(int)
    renamed = Signal(str)

    def __init__(self, theme: Theme, branch_here: QAction) -> None:
        """Nothing trained yet."""
        super().__init__()
        self.strip = TimelineStrip(theme)
        self._report: Report | None = None
        self._shown: tuple[object, ...] = ()
        self._kept = 0
        self.field = NumberField(0, Range(low=0), whole=True)
        self.field.setFixedWidth(_FIELD)
        self.field.setAccessibleName(_("Go to update"))
        self.field.setToolTip(_("Type the number of an update and press Enter to see it (Ctrl+G); a later one is trained to"))
        self.told = ElidedLabel()
        self.way = QToolButton()
        self.branch = QToolButton()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 2)
        column.setSpacing(0)
        column.addLayout(self._top(branch_here))
        column.addWidget(self.strip)
        self.strip.sought.connect(self.sought)
        self.field.edited.connect(self.sought)

    def _top(self, branch_here: QAction) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(14, 2, 12, 0)
        row.setSpacing(6)
        caption = QLabel(_("TIMELINE"))
        caption.setProperty("role", "caption")
        row.addWidget(caption)
        row.addSpacing(6)
        row.addWidget(QLabel(_("update")))
        row.addWidget(self.field)
        row.addWidget(self.told, 1)
        self.way.setProperty("role", "step")
        self.way.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.way.setAccessibleName(_("Ways this training has gone"))
        self.way.setToolTip(_("The way at hand; others to go on with"))
        self.way.setMaximumWidth(_WAY)
        menu = QMenu(self.way)
        menu.aboutToShow.connect(self._fill)
        self.way.setMenu(menu)
        self.way.hide()
        self.branch.setProperty("role", "step")
        self.branch.setText(_("Branch here"))
        self.branch.setToolTip(branch_here.toolTip())
        self.branch.setAccessibleName(branch_here.text())
        self.branch.clicked.connect(branch_here.trigger)
        row.addWidget(self.way)
        row.addWidget(self.branch)
        return row

    def wear(self, theme: Theme) -> None:
        """Another theme."""
        self.strip.wear(theme)

    # -------------------------------------------------------------------------------------------------- showing

    @property
    def ways(self) -> tuple[Way, ...]:
        """What is drawn, the way at hand last."""
        return self.strip.ways

    def show_report(self, report: Report, samples: Samples | None, going: bool) -> None:
        """Where training is; `going`: on its way to a wish, so that the cursor stays where that is."""
        self._report = report
        frame, furthest = report.frame, report.furthest
        if frame is None or samples is None:
            return
        step = furthest.step if furthest else 0
        shown = (report.branches, report.name, report.run)
        planned = timeline.updates_planned(frame, len(samples.x))
        calm = report.status is Status.RUNNING and shown == self._shown and self.strip.has_room_for(step, planned)
        if calm and self.ways:
            self.strip.furthest = step  # its curve would be no longer than a pixel more
        elif step != self.strip.drawn or shown != self._shown or furthest is not None and not self.ways:
            self._shown = shown
            found = timeline.ways(report.run, furthest, report.name, report.branches)
            self.strip.show_ways(found, timeline.reach(found, planned), report.kept)
            self.way.setVisible(bool(report.branches))
            name = found[-1].name if found else ""
            self.way.setText(self.way.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _WAY - 34))
        elif len(report.kept) != self._kept:
            self.strip.show_kept(report.kept)
        self._kept = len(report.kept)
        if not going:
            self.strip.show_step(frame.step)
            self.field.show_value(frame.step)
        self.told.shorter = (_("of {m:,}").format(m=self.strip.furthest),)
        self.told.setText(_("of {m:,} · epoch {n:,}").format(m=self.strip.furthest, n=frame.epoch))
        self.branch.setEnabled(frame.step > 0 and report.status is not Status.FAULT)

    def _fill(self) -> None:
        """The other ways, and what can be done with this one."""
        menu = self.way.menu()
        menu.clear()
        for way in self.ways:
            words = _("{name} · {n:,} updates").format(name=way.name, n=way.end)
            action = menu.addAction(disc(way_color(self.strip.theme, way.place)), words)
            action.setCheckable(True)
            action.setChecked(way.place is None)
            if way.place is not None:
                action.triggered.connect(lambda _on=False, place=way.place: self.way_wanted.emit(place))
        menu.addSeparator()
        menu.addAction(_("Rename this way…"), self._rename)

    def _rename(self) -> None:
        name, meant = QInputDialog.getText(self, _("Rename"), _("Name of the way at hand:"), text=self.ways[-1].name)
        if meant:
            self.renamed.emit(name)

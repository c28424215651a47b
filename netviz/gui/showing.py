"""How a report becomes pictures: what is asked of the trainer for them, what is drawn at once, and what takes its turn."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netviz.document.view import View
from netviz.engine.frame import Probe
from netviz.gui.canvas.panel import NetworkPanel
from netviz.gui.panel import Panel
from netviz.runtime import Report, Status

if TYPE_CHECKING:
    from netviz.gui.window import Window

_SOON = 0.12  # seconds between pictures that follow each other quickly


class Showing:
    """What a window shows of its training, and where its user is looking."""

    def __init__(self, window: Window) -> None:
        """Nothing has been reported yet."""
        self._window = window
        self.view = View()
        self.report: Report | None = None
        self._told = ""
        self._turns, self._drawn_at = 0, 0.0

    def questions(self) -> dict[str, Probe]:
        """The questions of everything that is visible, by name."""
        window = self._window
        wanted = window.trusting.probes() | dict(window.canvas.probes(window.session.value, window.network, self.view))
        for panel in window.arrangement.visible():
            wanted |= panel.probes(window.session.value)
        return wanted

    def draw(self, report: Report) -> None:
        """Show a report: the numbers, the network, and every panel that is visible."""
        window = self._window
        self.report = report
        window.training.note(report)
        window.transport.show_report(report)
        window.transport.show_running(window.training.running)
        window.travel.show(report)
        self._tell(report)
        frame, network = report.frame, window.network
        if frame is None or network is None or frame.params.windows != network.windows:
            return
        if window.travel.on_the_way(report):
            return
        window.trusting.draw(frame)
        for part in self._turn(report.status is Status.RUNNING):
            part.draw(frame, self.view)

    def _tell(self, report: Report) -> None:
        """What happened last, once; what went wrong also where it can be mended."""
        window = self._window
        sentence = report.fault.sentence if report.fault else report.notice
        if sentence != self._told:
            self._told = sentence
            window.say(sentence, bool(report.fault))
            found = window.problems or window.training.mend(report.fault)
            window.canvas.show_problems(found)
            window.sidebar.show_problems(found)

    def _turn(self, running: bool) -> list[NetworkPanel | Panel]:
        """What to draw now: all of it; but one after the other, the network every other time, where pictures follow each
        other quickly, so that none keeps the window long."""
        canvas, visible = self._window.canvas, list(self._window.arrangement.visible())
        before, self._drawn_at = self._drawn_at, time.perf_counter()
        if not running or not visible or self._drawn_at - before > _SOON:
            return [canvas, *visible]
        self._turns += 1
        return [canvas if self._turns % 2 else visible[self._turns // 2 % len(visible)]]

    # ------------------------------------------------------------------------------------------------- the view

    def see(self, changes: Mapping[str, Any]) -> None:
        """Have links and units show something else. Who chooses within a phase does not follow the phases any more."""
        chosen = "colors" in changes or "units" in changes
        if chosen and self._window.canvas.scene.light is not None:
            changes = {"follow": False, **changes}
        self.view = replace(self.view, **changes)
        self.check()
        self._window.ask()

    def check(self) -> None:
        """Mark in the menus what is shown."""
        actions = self._window.actions_by_id
        actions[f"show_{self.view.colors}"].setChecked(True)
        actions[f"fill_{self.view.units}"].setChecked(True)
        actions["lock_scale"].setChecked(self.view.locked)
        actions["follow_phases"].setChecked(self.view.follow)

    def show_row(self, row: int) -> None:
        """Have another training row flow through the network."""
        self.view = replace(self.view, sample=row)
        self._window.ask()

"""How a report becomes a picture: what is asked of the trainer for it, what is drawn at once, and what after the other."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from netviz.document.view import View
from netviz.engine.frame import Frame, Probe
from netviz.runtime import Report, Status

if TYPE_CHECKING:
    from netviz.gui.window import Window

_log = logging.getLogger(__name__)


class Showing:
    """What a window shows of its training, and where its user is looking."""

    def __init__(self, window: Window) -> None:
        """Nothing has been reported yet."""
        self._window = window
        self.view = View()
        self.report: Report | None = None
        self._told = ""
        self._left: deque[tuple[str, Callable[[], None]]] = deque()
        self._drawn: dict[str, int] = {}  # the parts by name: the turn in which each was drawn last
        self._turn = 0
        self._of: object = None  # the layers and samples that were drawn when what is left was begun

    def questions(self) -> dict[str, Probe]:
        """The questions of everything that is visible, by name."""
        window = self._window
        wanted = window.trusting.probes() | dict(window.canvas.probes(window.session.value, window.network, self.view))
        for panel in window.arrangement.visible():
            wanted |= panel.probes(window.session.value)
        return wanted

    def draw(self, report: Report) -> bool:
        """Show a report: the numbers, the network, and every panel that is visible.

        While it trains they come one after the other, so that none keeps the window long: those first that have not been
        drawn for the longest time. Returns whether something is left for `go_on`.
        """
        window = self._window
        self.report = report
        window.training.note(report)
        window.transport.show_report(report)
        window.transport.show_running(window.training.running)
        window.travel.note(report)
        self._tell(report)
        parts = self._parts(report)
        self._left = deque(sorted(parts.items(), key=lambda part: self._drawn.get(part[0], 0)))
        self._of = window.drawn
        running = report.status is Status.RUNNING
        while self.go_on() and not running:
            pass
        return bool(self._left)

    def go_on(self) -> bool:
        """Draw another part of the report at hand; whether something is left. Of other layers or data nothing is."""
        if self._of is not self._window.drawn:
            self._left.clear()
        if self._left:
            name, draw = self._left.popleft()
            self._turn += 1
            self._drawn[name] = self._turn
            try:
                draw()
            except Exception:  # one part that fails must not keep the others from going on
                _log.exception("drawing %s failed", name or "what stands around the network")
        return bool(self._left)

    def _parts(self, report: Report) -> dict[str, Callable[[], None]]:
        """What is to be drawn, by name."""
        window, frame, network = self._window, report.frame, self._window.network
        around: dict[str, Callable[[], None]] = {"": partial(window.travel.show, report)}
        if frame is None or network is None or frame.params.windows != network.windows:
            return around
        if window.travel.on_the_way(report):
            return around
        window.trusting.draw(frame)
        panels = {name: partial(self._draw_panel, name, frame) for name in window.arrangement.seen()}
        return {"network": partial(window.canvas.draw, frame, self.view), **around, **panels}

    def _draw_panel(self, name: str, frame: Frame) -> None:
        """Draw the panel that has this name by now: another theme makes them anew."""
        self._window.panels[name].draw(frame, self.view)

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

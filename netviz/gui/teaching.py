"""A lesson in its window: its sentence stands where the caption does, and what it speaks of is lit in the network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netviz.document.lesson import Page
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.gui.canvas.glow import GlowItem
from netviz.gui.canvas.readout import Spot, exists
from netviz.i18n import _
from netviz.pictures.captions import Caption

if TYPE_CHECKING:
    from netviz.gui.window import Window


class Teaching:
    """The page that is being read, and its lights."""

    def __init__(self, window: Window) -> None:
        """Nothing is read yet."""
        self._window = window
        self._page: Page | None = None
        self._glow: GlowItem | None = None
        self._asked: Experiment | None = None
        self._holds = False

    @property
    def lit(self) -> tuple[Spot, ...]:
        """What is lit now."""
        return () if self._glow is None else self._glow.spots

    def told(self, frame: Frame, caption: Caption) -> Caption:
        """The caption of a frame with the lesson's sentence in it, where the lesson has one; its lights go on."""
        page = self._read(frame)
        if page is not self._page:
            self._page = page
            self.light()
        return caption if page is None else replace(caption, sentence=_(page.text))

    def _read(self, frame: Frame) -> Page | None:
        """The lesson's page, as long as the experiment is the one that it speaks of."""
        lesson = self._window.session.lesson
        if lesson is None:
            return None
        if frame.experiment is not self._asked:
            self._asked, self._holds = frame.experiment, lesson.holds_for(frame.experiment)
        return lesson.page(frame) if self._holds else None

    def light(self) -> None:
        """Light what is spoken of, as the network is drawn now."""
        scene = self._window.canvas.scene
        if self._glow is not None and self._glow.scene() is scene:
            scene.removeItem(self._glow)
        self._glow = None
        if scene.diagram is None or self._page is None:
            return
        spots = (Spot(light.layer, light.unit, light.source) for light in self._page.lights)
        there = tuple(spot for spot in spots if exists(spot, scene.diagram))  # an edit may have taken some
        if there:
            self._glow = GlowItem(scene.diagram, there, self._window.look)
            scene.addItem(self._glow)

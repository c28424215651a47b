"""A lesson in its window: its sentences and lights follow the phases, and an edit silences it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPointF, Qt

from netviz.document.projectfile import open_project
from netviz.engine.frame import Phase
from netviz.engine.optimizers import SGD
from netviz.gui.canvas.glow import GlowItem
from netviz.gui.canvas.readout import Spot
from netviz.gui.theme import DARK
from netviz.gui.window import Window


def step(hand, window: Window, phase: Phase, layer: int | None = None) -> None:
    hand.press(window, Qt.Key.Key_Right)
    hand.until(lambda: window.report.frame.phase is phase and window.report.frame.layer == layer)


def test_each_phase_has_its_sentence_and_its_lights(hand) -> None:
    window = hand.open("example:mazur")
    captions, teaching = window.travel.captions, window.travel.teaching
    assert captions.caption.sentence.startswith("Inputs 0.05 and 0.10")
    assert teaching.lit == (Spot(-1, 0), Spot(-1, 1))
    step(hand, window, Phase.FORWARD, 0)
    assert "0.593269992" in captions.caption.sentence and captions.caption.formula
    assert teaching.lit == (Spot(0, 0, 0), Spot(0, 0, 1), Spot(0, 0))
    hand.press(window, Qt.Key.Key_Left)
    hand.until(lambda: teaching.lit == (Spot(-1, 0), Spot(-1, 1)))


def test_an_edit_silences_the_lesson_and_undo_brings_it_back(hand) -> None:
    window = hand.open("example:mazur")
    window.edit(replace(window.session.value, optimizer=SGD(0.4)), "Learning rate")
    hand.until(lambda: window.report.frame.experiment.optimizer.learning_rate == 0.4)
    hand.until(lambda: "Inputs" not in window.travel.captions.caption.sentence)
    assert window.travel.teaching.lit == ()
    window.files.undo()
    hand.until(lambda: "Inputs" in window.travel.captions.caption.sentence)


def test_lights_stay_on_their_units_when_the_drawing_or_the_theme_changes(hand) -> None:
    window = hand.open("example:mazur")
    scene, teaching = window.canvas.scene, window.travel.teaching
    window.resize(1200, 1000)
    hand.until(lambda: scene.diagram is not None and window.canvas.view.space == scene._space)
    window.wear(DARK)
    glows = [item for item in scene.items() if isinstance(item, GlowItem)]
    assert len(glows) == 1 and glows[0].spots == teaching.lit and glows[0].theme is DARK
    x, y, width, height = scene.diagram.column(-1).rect_of(0)
    assert glows[0].boundingRect().contains(x, y) and glows[0].path.contains(QPointF(x + width / 2, y + height / 2))


def test_a_lesson_is_saved_with_the_document(hand, saves_to, tmp_path: Path) -> None:
    window = hand.open("example:mazur")
    saves_to(tmp_path / "m.netviz")
    assert window.files.save()
    assert open_project(tmp_path / "m.netviz").lesson == window.session.lesson is not None

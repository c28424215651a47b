"""In the phase of the loss the drawing says what was wanted of the row at hand."""

from __future__ import annotations

from netviz.document.examples import EXAMPLES
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.run import Run
from netviz.engine.train import Stride, train


def frame_of(experiment: Experiment, phase: Phase) -> Frame:
    """The first frame of a phase."""
    moments = train(Run.of(experiment), experiment.samples(), stride=Stride.PHASE)
    return next(moment.frame({}) for moment in moments if moment.frame({}).phase is phase)


def output(panel):
    return panel.scene._units[len(panel.scene.diagram.columns) - 2]


def test_the_wanted_class_is_marked_and_the_others_are_quiet(show) -> None:
    experiment = EXAMPLES["iris"].experiment
    panel, _frame = show(experiment)
    frame = frame_of(experiment, Phase.LOSS)
    panel.draw(frame, View())
    wanted = int(frame.batch.y[panel.scene.light.place].argmax())
    names = experiment.samples().classes
    assert [text for text in output(panel)._meant if text] == [f"◂ {names[wanted]}"]
    panel.draw(frame_of(experiment, Phase.BACKWARD), View())
    assert not any(output(panel)._meant)


def test_below_a_single_output_stand_what_was_wanted_and_the_rows_loss(show) -> None:
    experiment = EXAMPLES["circle"].experiment
    panel, _frame = show(experiment)
    frame = frame_of(experiment, Phase.LOSS)
    panel.draw(frame, View())
    place = panel.scene.light.place
    assert output(panel)._below.startswith(f"wanted {frame.batch.y[place, 0]:.0f} · loss of this row ")
    panel.draw(frame_of(experiment, Phase.APPLY), View())
    assert output(panel)._below == "prediction p(class = blue)"


def test_numbers_without_names_get_letters_and_what_was_wanted_beside_them(show) -> None:
    experiment = EXAMPLES["mazur"].experiment
    panel, _frame = show(experiment)
    assert output(panel).labels == ("y₁", "y₂")
    panel.draw(frame_of(experiment, Phase.LOSS), View())
    assert list(output(panel)._meant) == ["y₁ ◂ 0.01", "y₂ ◂ 0.99"]

"""Panels with recorded frames: what they show is what the frame says, and no frame is too odd for them."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from netviz.arrays import FrozenMap
from netviz.document.examples import EXAMPLES
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.history import History
from netviz.engine.parameters import Parameters
from netviz.gui import theme
from netviz.gui.panel import Panel
from netviz.gui.panels import CurvesPanel, PredictionPanel, WeightsPanel
from netviz.pictures.predictions import Verdicts, verdicts
from netviz.pictures.surface import Plane

PANELS = (CurvesPanel, PredictionPanel, WeightsPanel)
VIEW = View()
NAN, INF = math.nan, math.inf


def shown(qtbot: QtBot, kind: type[Panel], experiment: Experiment) -> Any:
    panel = kind(theme.LIGHT)
    qtbot.addWidget(panel)
    panel.resize(640, 420)
    panel.show_experiment(experiment, experiment.samples())
    panel.show()
    return panel


def with_history(frame: Frame, **columns: list[float]) -> Frame:
    epochs = {name: np.array(values, float) for name, values in columns.items()}
    return replace(frame, history=History(FrozenMap({}), FrozenMap(epochs)))


def with_params(frame: Frame, vector: np.ndarray) -> Frame:
    return replace(frame, params=Parameters(vector.astype(frame.params.vector.dtype), frame.params.windows))


def painted(panel: Panel) -> QImage:
    """The panel as it looks, without a word of complaint from Python or NumPy."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        QApplication.processEvents()
        return panel.grab().toImage()


# --------------------------------------------------------------------------------------------------- every example


@pytest.mark.parametrize("epochs", [0, 2])
@pytest.mark.parametrize("name", list(EXAMPLES))
def test_every_panel_draws_every_example_before_and_after_training(qtbot: QtBot, record, name: str, epochs: int) -> None:
    experiment = EXAMPLES[name].experiment
    for kind in PANELS:
        panel = shown(qtbot, kind, experiment)
        empty = painted(panel)
        panel.draw(record(experiment, epochs, dict(panel.probes(experiment))), VIEW)
        if epochs or kind is not CurvesPanel:
            assert painted(panel) != empty


def test_panels_forget_what_no_longer_fits_when_the_experiment_changes(qtbot: QtBot, record) -> None:
    for kind in PANELS:
        panel = shown(qtbot, kind, EXAMPLES["circle"].experiment)
        for name in ("circle", "iris", "wave", "digits", "diabetes"):
            experiment = EXAMPLES[name].experiment
            panel.show_experiment(experiment, experiment.samples())
            painted(panel)
            panel.draw(record(experiment, 1, dict(panel.probes(experiment))), VIEW)
            painted(panel)


# ----------------------------------------------------------------------------------------------------------- curves

ODD: dict[str, list[float]] = {
    "nothing": [], "one": [0.5], "all NaN": [NAN] * 5, "infinite": [INF, -INF, INF], "a gap": [1.0, NAN, 0.5, INF, 0.25],
    "huge": [1e308, -1e308, 1e307], "tiny": [5e-324, 1e-310, 1e-300], "zero": [0.0] * 4, "negative": [-1.0, -2.0, 3.0],
    "flat": [0.7] * 50, "one huge": [0.5, 1e300, 0.4], "long": list(np.linspace(1, 0.01, 40_000)),
    "NaN at the end": [0.5, 0.4, NAN], "NaN before a number": [NAN, NAN, 0.3],
}  # fmt: skip


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("name", list(ODD))
def test_no_history_is_too_odd_for_the_curves(qtbot: QtBot, record, name: str, log: bool) -> None:
    frame = record("circle", 1)
    panel = shown(qtbot, CurvesPanel, frame.experiment)
    panel.log.setChecked(log)
    panel.draw(frame, VIEW)
    panel.draw(with_history(frame, loss=ODD[name], val_loss=ODD[name][::-1]), VIEW)
    painted(panel)
    panel.log.setChecked(not log)
    painted(panel)
    panel.draw(frame, VIEW)
    painted(panel)


def test_a_curve_holds_every_epoch(qtbot: QtBot, record) -> None:
    frame = record("circle", 3)
    panel = shown(qtbot, CurvesPanel, frame.experiment)
    panel.draw(frame, VIEW)
    x, y = panel._training.getOriginalDataset()
    np.testing.assert_array_equal(x, [1, 2, 3])
    np.testing.assert_array_equal(y, frame.history.epochs["loss"])
    np.testing.assert_array_equal(panel._validation.getOriginalDataset()[1], frame.history.epochs["val_loss"])


def test_a_logarithmic_axis_leaves_out_what_has_no_logarithm_and_says_so(qtbot: QtBot, record) -> None:
    panel = shown(qtbot, CurvesPanel, EXAMPLES["circle"].experiment)
    panel.log.setChecked(True)
    panel.draw(with_history(record("circle", 1), loss=[1.0, 0.0, -1.0, 0.01], val_loss=[0.1] * 4), VIEW)
    _x, y = panel._training.getData()
    assert y[0] == 0.0 and y[-1] == pytest.approx(-2)
    assert np.isnan(y[1:3]).all()
    assert panel.readout.text().startswith("2 values of 0 or less not shown")


def test_the_mouse_reads_exact_values_and_they_go_when_it_leaves(qtbot: QtBot, record) -> None:
    panel = shown(qtbot, CurvesPanel, EXAMPLES["circle"].experiment)
    panel.draw(with_history(record("circle", 1), loss=[0.75, 0.123456789, 0.5], val_loss=[0.5, 0.25, 0.125]), VIEW)
    painted(panel)
    caption = panel.readout.text()
    at = panel.plot.getPlotItem().vb.mapViewToScene(QPointF(2.1, 0.4))
    panel.plot.scene().sigMouseMoved.emit(at)
    assert panel.readout.text() == "epoch 2   training 0.123457   validation 0.25"
    QApplication.sendEvent(panel.plot, QEvent(QEvent.Type.Leave))
    assert panel.readout.text() == caption
    panel.resize(320, 160)
    painted(panel)
    panel.plot.scene().sigMouseMoved.emit(panel.plot.getPlotItem().vb.mapViewToScene(QPointF(2.1, 0.4)))
    assert panel.reading.isVisibleTo(panel) and panel.reading.text().startswith("epoch 2"), "no room above: in the plot"
    assert panel.reading.geometry().right() <= panel.plot.width()
    QApplication.sendEvent(panel.plot, QEvent(QEvent.Type.Leave))
    assert not panel.reading.isVisibleTo(panel)


def test_a_metric_is_chosen_above_the_curves_and_stays_chosen(qtbot: QtBot, record) -> None:
    frame = record("circle", 2)
    panel = shown(qtbot, CurvesPanel, frame.experiment)
    panel.draw(frame, VIEW)
    metric = frame.experiment.metrics[0].name
    panel.choice.setCurrentIndex(panel.choice.findData(metric))
    panel.choice.activated.emit(panel.choice.currentIndex())
    np.testing.assert_array_equal(panel._training.getOriginalDataset()[1], frame.history.epochs[metric])
    panel.show_experiment(replace(frame.experiment, seed=9), None)
    assert panel.choice.currentData() == metric


# ------------------------------------------------------------------------------------------------------- prediction


def test_the_top_of_the_surface_is_the_top_of_the_plane(qtbot: QtBot, record) -> None:
    """The known function x2 > 0: blue above, orange below; then x1 > 0: blue at the right."""
    frame = record("circle", 1)
    panel = shown(qtbot, PredictionPanel, frame.experiment)
    plane = Plane.around(frame.experiment.samples())
    side = 56
    points = plane.grid(side)
    for axis, blue, orange in ((1, (0.5, 0.12), (0.5, 0.88)), (0, (0.88, 0.5), (0.12, 0.5))):
        surface = (points[:, axis] > points[:, axis].mean()).astype(float).reshape(side, side, 1)
        panel.draw(replace(frame, probed=FrozenMap({"prediction": surface})), VIEW)
        panel._points.clear()
        picture = painted(panel)
        assert _hue(picture, panel, blue) == "blue"
        assert _hue(picture, panel, orange) == "orange"


def _hue(picture: QImage, panel: PredictionPanel, share: tuple[float, float]) -> str:
    """The colour at a share of the plot's own rectangle, from its top left corner."""
    box = panel.plot.getPlotItem().vb
    rect = panel._surface.mapRectToScene(panel._surface.boundingRect()).intersected(box.sceneBoundingRect())
    at = QPointF(rect.left() + share[0] * rect.width(), rect.top() + share[1] * rect.height())
    color = QColor(picture.pixel(panel.plot.mapTo(panel, panel.plot.mapFromScene(at))))
    return "blue" if color.blue() > color.red() + 40 else "orange" if color.red() > color.blue() + 40 else color.name()


def test_points_lie_on_the_surface_where_their_features_say(qtbot: QtBot, record) -> None:
    frame = record("circle", 1, dict(PredictionPanel(theme.LIGHT).probes(EXAMPLES["circle"].experiment)))
    samples = frame.experiment.samples()
    panel = shown(qtbot, PredictionPanel, frame.experiment)
    panel.draw(frame, VIEW)
    x, y = panel._points.getData()
    rows = np.concatenate([samples.x[:400], samples.validation_x[:400]])
    np.testing.assert_allclose(np.stack([x, y], 1), rows, rtol=1e-6)


def test_confusions_are_counted_by_true_row_and_predicted_column(qtbot: QtBot, record) -> None:
    experiment = EXAMPLES["iris"].experiment
    frame = record(experiment, 20, {"prediction": verdicts})
    panel = shown(qtbot, PredictionPanel, experiment)
    panel.draw(frame, VIEW)
    samples = experiment.samples()
    said = experiment.network(samples).predict(frame.params, samples.validation_x).argmax(1)
    counts = np.zeros((3, 3), int)
    for true, chosen in zip(samples.validation_y.astype(int), said, strict=True):
        counts[true, chosen] += 1
    np.testing.assert_array_equal(panel.confusion.counts, counts)
    assert counts.sum() == len(samples.validation_x)
    assert panel._stack.currentWidget() is panel.confusion
    assert "validation rows" in panel.caption.text()


def test_predicted_values_stand_above_true_ones_in_their_own_units(qtbot: QtBot, record) -> None:
    experiment = EXAMPLES["diabetes"].experiment
    frame = record(experiment, 5, {"prediction": verdicts})
    panel = shown(qtbot, PredictionPanel, experiment)
    panel.draw(frame, VIEW)
    across, up = panel._points.getData()
    found = frame.probed["prediction"]
    np.testing.assert_array_equal(across, found.true)
    np.testing.assert_array_equal(up, found.said)
    data = experiment.dataset.load()
    assert data.y.min() <= across.min() and across.max() <= data.y.max()


@pytest.mark.parametrize("value", [NAN, INF, -INF, 1e300, -1e300])
def test_predictions_that_are_no_numbers_are_left_out(qtbot: QtBot, record, value: float) -> None:
    diabetes = EXAMPLES["diabetes"].experiment
    panel = shown(qtbot, PredictionPanel, diabetes)
    frame = record(diabetes, 1)
    for said in ([value, value, value], [1.0, value, 3.0]):
        answer = Verdicts("validation", true=np.array([1.0, 2.0, 3.0]), said=np.array(said))
        panel.draw(replace(frame, probed=FrozenMap({"prediction": answer})), VIEW)
        painted(panel)
    for name in ("circle", "wave"):
        plane = shown(qtbot, PredictionPanel, EXAMPLES[name].experiment)
        plane.draw(replace(record(name, 1), probed=FrozenMap({"prediction": np.full((56, 56, 1), value)})), VIEW)
        painted(plane)


# ---------------------------------------------------------------------------------------------------------- weights


@pytest.mark.parametrize("value", [NAN, INF, 1e300, 0.0, -1e-300])
def test_no_weights_are_too_odd_for_their_pictures(qtbot: QtBot, record, value: float) -> None:
    frame = record(replace(EXAMPLES["circle"].experiment, dtype="float64"), 1)
    panel = shown(qtbot, WeightsPanel, frame.experiment)
    some = frame.params.vector.copy()
    some[::3] = value
    for epoch, vector in enumerate((np.full_like(some, value), some, frame.params.vector)):
        panel.draw(replace(with_params(frame, vector), epoch=epoch), VIEW)
        painted(panel)


def test_bands_are_the_quantiles_of_each_epoch_and_end_with_the_newest(qtbot: QtBot, record) -> None:
    experiment = EXAMPLES["iris"].experiment
    panel = shown(qtbot, WeightsPanel, experiment)
    frames = [record(experiment, epochs) for epochs in (1, 2, 3)]
    for frame in frames:
        panel.draw(frame, VIEW)
    want = [np.quantile(frame.params[0]["kernel"], (0.05, 0.25, 0.5, 0.75, 0.95)) for frame in frames]
    for line, values in zip(panel._edges, np.array(want).T, strict=True):
        x, y = line.getData()
        np.testing.assert_array_equal(x, [1, 2, 3])
        np.testing.assert_allclose(y, values)
    panel.draw(frames[0], VIEW)  # back in time: what lies ahead goes
    panel.draw(frames[1], VIEW)
    np.testing.assert_array_equal(panel._edges[2].getData()[0], [1, 2])
    panel.draw(frames[0], VIEW)  # one epoch is no course
    assert panel._edges[2].getData()[0] is None or not len(panel._edges[2].getData()[0])


def test_another_layer_or_other_numbers_begin_other_bands_and_a_learning_rate_does_not(qtbot: QtBot, record) -> None:
    experiment = EXAMPLES["iris"].experiment
    panel = shown(qtbot, WeightsPanel, experiment)
    for epochs in (1, 2):
        panel.draw(record(experiment, epochs), VIEW)
    panel.show_experiment(replace(experiment, batch_size=3), None)
    assert len(panel._bands) == 2
    panel.layer.setCurrentIndex(1)
    panel.layer.activated.emit(1)
    assert len(panel._bands) == 1
    assert panel.scale.text().startswith("8×3")
    panel.kind.setCurrentIndex(panel.kind.findData("grads"))
    panel.kind.activated.emit(1)
    assert len(panel._bands) == 1


def test_the_histogram_counts_every_weight(qtbot: QtBot, record) -> None:
    frame = record("digits", 1)
    panel = shown(qtbot, WeightsPanel, frame.experiment)
    panel.draw(frame, VIEW)
    edges, counts = panel._steps.getOriginalDataset()
    assert counts.sum() == frame.params[panel.layer.currentData()]["kernel"].size
    assert len(edges) == len(counts) + 1


def test_the_first_row_of_the_kernel_is_the_top_row_of_its_picture(qtbot: QtBot, record) -> None:
    frame = record("iris", 1)
    panel = shown(qtbot, WeightsPanel, frame.experiment)
    vector = np.zeros_like(frame.params.vector)
    odd = with_params(frame, vector)
    kernel = np.zeros((4, 8))
    kernel[0] = 1.0
    vector[: kernel.size] = kernel.ravel()
    odd = with_params(frame, vector)
    np.testing.assert_array_equal(odd.params[0]["kernel"], kernel)
    panel.draw(odd, VIEW)
    picture = painted(panel)
    rect = panel._picture.mapRectToScene(panel._picture.boundingRect())
    place = [panel.image.mapTo(panel, panel.image.mapFromScene(QPointF(rect.center().x(), y))) for y in (rect.top() + 4, rect.bottom() - 4)]
    top, bottom = (QColor(picture.pixel(at)) for at in place)
    assert top.blue() > top.red() + 40
    assert abs(bottom.blue() - bottom.red()) < 40


def test_samples_may_be_absent(qtbot: QtBot, record) -> None:
    for kind in PANELS:
        panel = shown(qtbot, kind, EXAMPLES["circle"].experiment)
        panel.show_experiment(EXAMPLES["circle"].experiment, None)
        panel.draw(record("circle", 1), VIEW)
        painted(panel)



"""Layers of every kind in the drawing: feature maps, sequences, tokens, kernels of any rank, and what nobody has heard of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from netviz.arrays import Array, Shape
from netviz.datasets import Arrays, Digits
from netviz.document.examples import EXAMPLES
from netviz.document.view import View
from netviz.engine.activations import Relu, Softmax
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.initializers import GlorotUniform, Ones, Zeros
from netviz.engine.layers import Activation, Dense, Flatten, Layer
from netviz.engine.layers.layer import Memory, Weight, Weights, layers
from netviz.engine.losses import SparseCategoricalCrossentropy
from netviz.engine.workspace import Context
from netviz.gui.canvas.panel import NetworkPanel
from netviz.gui.canvas.readout import Spot, exact
from netviz.gui.panels import WeightsPanel
from netviz.gui.theme import LIGHT
from netviz.pictures.columns import PASSING
from netviz.pictures.diagram import Joint
from netviz.pictures.units import colors

Show = Callable[..., tuple[NetworkPanel, Frame]]


@dataclass(frozen=True)
class AnyLayer(Layer):
    """A layer of any shape with any arrays; its answer is its input's numbers over and over."""

    out: Shape = (4,)
    arrays: tuple[tuple[str, Shape], ...] = ()

    def output_shape(self, input_shape: Shape) -> Shape:
        return self.out

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        return tuple(
            Weight(name, shape, Ones() if name == "gamma" else GlorotUniform() if len(shape) > 1 else Zeros()) for name, shape in self.arrays
        )

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        return np.resize(x[:1], (len(x), *self.out)).astype(x.dtype), {"x": x}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        return np.zeros_like(memory["x"])


@dataclass(frozen=True)
class Words(AnyLayer):
    """One that looks numbers of words up."""


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """For these tests alone: the registry is the program's."""
    before = {name: dict(table) for name, table in vars(layers).items() if isinstance(table, dict)}
    layers.register("any_layer", title="Any layer")(AnyLayer)
    if "embedding" in layers:
        layers._names[Words] = "embedding"
    else:
        layers.register("embedding", title="Embedding")(Words)
    yield
    for name, table in before.items():
        getattr(layers, name).clear()
        getattr(layers, name).update(table)


OUT = Dense(10, Softmax())


def of(dataset: object, *made: Layer) -> Experiment:
    return Experiment(dataset, made, SparseCategoricalCrossentropy(), epochs=1, batch_size=32)  # type: ignore[arg-type]


def rows(*shape: int) -> Arrays:
    x = np.random.default_rng(0).normal(size=(40, *shape)).astype(np.float32)
    return Arrays(x, np.arange(40) % 10, "classification")


def conv(filters: int, taps: int, channels: int, side: int) -> AnyLayer:
    return AnyLayer((side, side, filters), (("kernel", (taps, taps, channels, filters)), ("bias", (filters,))))


ZOO = {
    "convolutions": of(Digits(), conv(8, 3, 1, 6), conv(16, 2, 8, 5), Flatten(), OUT),
    "very many maps": of(Digits(), conv(96, 3, 1, 6), AnyLayer((96,)), OUT),
    "one filter": of(rows(20, 30, 3), conv(1, 5, 3, 16), Flatten(), OUT),
    "a tall sequence": of(rows(300, 2), AnyLayer((300, 70), (("kernel", (7, 2, 70)),)), Flatten(), OUT),
    "recurrent": of(rows(30, 3), AnyLayer((32,), (("kernel", (3, 128)), ("recurrent_kernel", (32, 128)), ("bias", (128,)))), OUT),
    "attention": of(
        rows(12, 16),
        AnyLayer((12, 16), tuple((f"{part}/kernel", (16, 4, 4)) for part in ("query", "key", "value", "output"))),
        Flatten(),
        OUT,
    ),
    "nested": of(rows(6), AnyLayer((6,), (("0/kernel", (6, 6)), ("1/kernel", (6, 6)), ("1/inner/kernel", (2, 3, 4, 5, 6)))), OUT),
    "normalized": of(rows(6), Dense(10), AnyLayer((10,), (("gamma", (10,)), ("beta", (10,)))), Activation(Relu()), OUT),
    "five axes": of(rows(3, 4, 5, 2), AnyLayer((2, 3, 4, 6), (("kernel", (2, 2, 2, 2, 6)),)), Flatten(), OUT),
    "a huge kernel": of(rows(700), AnyLayer((30, 30, 8), (("kernel", (700, 30, 60)),)), Flatten(), OUT),
    "one number": of(rows(1), AnyLayer((1,)), OUT),
}  # fmt: skip


@pytest.mark.parametrize("name", list(ZOO))
def test_any_network_is_drawn_and_every_part_of_it_can_be_pointed_at(show: Show, name: str) -> None:
    panel, frame = show(ZOO[name], 0)
    for mode in ("weights", "gradients", "updates"):
        panel.draw(frame, View(colors=mode))  # type: ignore[arg-type]
        panel.grab()
    drawn = panel.scene.diagram
    assert drawn is not None
    for column in drawn.columns:
        if column.kind == "none":
            continue
        for unit in {0, column.units // 2, column.units - 1}:
            x, y, width, height = column.rect_of(unit)
            spot = panel.scene.spot_at(QPointF(x + width / 2, y + height / 2))
            assert spot == Spot(column.layer, unit)
            assert panel.scene.words(spot)
    spots = [band.entry_at(kernel.rect.center()) for band in panel.scene._bands for kernel in band._kernels]
    assert all(panel.scene.words(Spot(0, found[1], path=found[0])) for found in spots if found)


@pytest.mark.parametrize("name", list(ZOO))
@pytest.mark.parametrize("size", [(500, 300), (1800, 1100)])
def test_columns_and_kernels_never_overlap(show: Show, name: str, size: tuple[int, int]) -> None:
    panel, _frame = show(ZOO[name], 0)
    panel.resize(*size)
    panel.scene.lay_out(panel.view.space)
    drawn = panel.scene.diagram
    assert drawn is not None
    ends = [(column.bounds[0], column.bounds[0] + column.bounds[2]) for column in drawn.columns]
    assert all(right < left for (_a, right), (left, _b) in zip(ends, ends[1:], strict=False))
    for band in panel.scene._bands:
        source, target = ends[band.joint.source], ends[band.joint.target]
        rects = [kernel.rect for kernel in band._kernels]
        assert all(source[1] < rect.left() and rect.right() < target[0] for rect in rects)
        assert all(a.bottom() < b.top() for a, b in zip(rects, rects[1:], strict=False))


def test_a_feature_map_is_a_picture_of_its_channel(show: Show) -> None:
    panel, frame = show(ZOO["convolutions"], 0)
    item = panel.scene._units[0]
    values = frame.probed["unit_values"].values[0].reshape(6, 6, 8)
    assert len(item._tiles) == 8 and (item._tiles[3].width(), item._tiles[3].height()) == (6, 6)
    expected = colors(values, None)[..., 3]
    painted = [[item._tiles[3].pixel(x, y) for x in range(6)] for y in range(6)]
    assert painted == expected.tolist() and len(np.unique(expected)) > 3
    assert panel.scene.words(Spot(0, 3 + 8 * (2 * 6 + 5))).startswith("any_layer[3,6,4]")


def test_dense_links_begin_at_the_pixels_of_the_maps_that_were_flattened(show: Show) -> None:
    panel, frame = show(ZOO["convolutions"], 0)
    (dense,) = [item for item in panel.scene._links if item.joint.kind == "links"]
    column = panel.scene.diagram.column(1)  # type: ignore[union-attr]
    assert dense.shape_of == frame.params[3]["kernel"].shape == (5 * 5 * 16, 10)
    x, y, width, height = column.rect_of(5 * 16 * 2 + 7)  # the third row's first pixel of map 7
    (port,) = column.right(np.array([5 * 16 * 2 + 7]))
    assert y <= port[1] <= y + height and port[0] >= x + width


def test_the_kernels_of_a_convolution_are_read_entry_by_entry(show: Show) -> None:
    panel, frame = show(ZOO["convolutions"], 0)
    band = panel.scene._bands[1]
    kernel = band._kernels[0]
    places = kernel.plan.places
    row, column = np.argwhere(places == np.ravel_multi_index((1, 0, 5, 11), (2, 2, 8, 16)))[0]
    at = kernel.rect.topLeft() + QPointF((column + 0.5) * kernel.rect.width() / places.shape[1], (row + 0.5) * kernel.rect.height() / places.shape[0])
    spot = panel.scene.spot_at(at)
    assert spot is not None and spot.path == (1, "kernel")
    words = panel.scene.words(spot)
    assert words.startswith("any_layer_1 kernel[2,1,6,12]") and exact(frame.params[1]["kernel"][1, 0, 5, 11]) in words
    panel.scene.select(spot)
    panel.grab()


def test_the_scales_of_a_normalization_are_wires_with_a_limit_of_their_own(show: Show) -> None:
    panel, _frame = show(ZOO["normalized"], 0)
    kinds = [item.joint.kind for item in panel.scene._links]
    assert kinds == ["links", "wires", "wires", "links"]
    assert (panel.scene._links[1]._values == 1).all() and panel.scene.shown.scales_at_most == 2
    assert panel.scene.shown.at_most < 1, "the scales do not make the weights pale"
    assert "γ" in panel.legend.lines[1]
    grey = {stroke.pen.color().name() for stroke in panel.scene._links[2]._strokes}
    assert grey == {QColor(panel.scene.theme.quiet).name()}
    assert len(panel.scene._links[2]._strokes) == 10


def test_words_numbers_are_written_beside_the_tiles_of_tokens(show: Show) -> None:
    tokens = Arrays(np.arange(60).reshape(6, 10) * 3.0, np.arange(6) % 2, "classification")
    experiment = of(tokens, Words((10, 4), (("embeddings", (200, 4)),)), Flatten(), Dense(2, Softmax()))
    panel, frame = show(experiment, 0)
    first = frame.probed["unit_values"].values[-1]
    assert list(panel.scene._units[-1]._meant) == [f"{value:.0f}" for value in first]


def test_a_colour_image_has_its_colours(show: Show) -> None:
    x = np.zeros((20, 4, 5, 3), np.float32)
    x[:, 1, 2] = (1.0, 0.5, 0.0)
    panel, _frame = show(of(Arrays(x, np.arange(20) % 2, "classification"), Flatten(), Dense(2, Softmax())), 0)
    (tile,) = panel.scene._units[-1]._tiles
    assert (tile.width(), tile.height()) == (5, 4)
    assert tile.pixelColor(2, 1).getRgb()[:3] == (255, 128, 0) and tile.pixelColor(0, 0).getRgb()[:3] == (0, 0, 0)


def test_another_training_row_flows_through_the_drawing(show: Show, qtbot: QtBot) -> None:
    panel, frame = show(EXAMPLES["iris"].experiment)
    samples = frame.experiment.samples()
    network = frame.experiment.network(samples)
    heard: list[int] = []
    panel.rows.chosen.connect(heard.append)
    panel.rows.on.click()
    panel.rows.back.click()
    panel.rows.back.click()
    last = len(samples.x) - 1
    assert heard == [1, 0, last]
    other = frame.probed_by(dict(panel.probes(frame.experiment, network)), network, samples)
    panel.draw(other, View())
    panel.scene.select(Spot(-1, 0))
    assert f"(training row {last + 1:,})" in panel.readout.text()
    np.testing.assert_array_equal(other.probed["unit_values"].values[-1], samples.x[last])
    assert samples.classes[int(samples.y[last])] in panel.rows.told.text()


def test_layers_that_only_hand_on_are_bars_for_all_of_their_kinds() -> None:
    assert {"flatten", "dropout"} <= PASSING and {"dense", "activation"}.isdisjoint(PASSING)


def test_a_joint_tells_links_from_wires_and_bands(show: Show) -> None:
    panel, _frame = show(ZOO["convolutions"], 0)
    kinds: list[Joint] = list(panel.scene.diagram.joints)  # type: ignore[union-attr]
    assert [joint.kind for joint in kinds] == ["band", "band", "links"]
    assert kinds[0].paths == ((0, "kernel"),)
    assert panel.scene.diagram.column(2).kind == "none"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", list(ZOO))
def test_the_weights_panel_shows_every_array_of_every_layer(qtbot: QtBot, record: Callable[..., Frame], name: str) -> None:
    frame = record(ZOO[name], 0)
    panel = WeightsPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.resize(700, 260)
    panel.show_experiment(frame.experiment, None)
    panel.show()
    panel.draw(frame, View())
    seen = set()
    for layer in range(panel.layer.count()):
        panel.layer.setCurrentIndex(layer)
        panel.layer.activated.emit(layer)
        for array in range(panel.array.count()):
            panel.array.setCurrentIndex(array)
            panel.array.activated.emit(array)
            panel.grab()
            seen.add(panel.array.currentData())
    assert seen == {window.path for window in frame.params.windows}


def test_an_upright_weights_panel_has_its_bands_below_the_other_pictures(qtbot: QtBot, record: Callable[..., Frame]) -> None:
    panel = WeightsPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.resize(320, 600)
    panel.show()
    panel.draw(record(replace(EXAMPLES["iris"].experiment), 1), View())
    qtbot.waitUntil(lambda: panel.image.geometry().bottom() < panel.bands.geometry().top() and panel.bands.width() > 250)

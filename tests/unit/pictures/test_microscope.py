"""Every number under the microscope is the engine's own, and its terms add up to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from netviz.arrays import Shape
from netviz.datasets import Arrays, Preprocessing
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import LeakyRelu, Relu, Sigmoid, Softmax, Tanh, activations
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.initializers import Ones
from netviz.engine.layers import (
    GRU,
    LSTM,
    Activation,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Dense,
    Dropout,
    Flatten,
    GlobalMaxPooling1D,
    Layer,
    LayerProblem,
    MultiHeadAttention,
    ReLU,
    Rescaling,
    Residual,
    Weight,
    layers,
)
from netviz.engine.layers import Softmax as SoftmaxLayer
from netviz.engine.losses import BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError, losses
from netviz.engine.mistakes import SENTENCES, Mistake
from netviz.engine.network import Network
from netviz.engine.regularizers import L2
from netviz.engine.run import Run
from netviz.engine.surgery import Alter
from netviz.engine.train import Stride, train
from netviz.pictures.arrays import arrays_of
from netviz.pictures.matrices import sheets_of
from netviz.pictures.microscope import Equation, Item, Reading, explain
from netviz.pictures.microscope.anatomy import anatomy_of
from netviz.pictures.microscope.equation import number
from netviz.pictures.microscope.functions import FORMULAS
from netviz.pictures.microscope.outcome import FORMULAS as LOSS_FORMULAS
from netviz.pictures.microscope.outcome import FUSED as LOSS_FUSED
from netviz.pictures.microscope.passing import OfUnknown
from netviz.pictures.microscope.writing import as_csv, as_latex, as_text, plain

RNG = np.random.default_rng(0)
DATA = Arrays(RNG.normal(size=(23, 5)), RNG.normal(size=(23, 3)), weights=RNG.uniform(0.5, 2, 23))
LABELS = Arrays(RNG.normal(size=(23, 2, 3)), np.eye(3)[RNG.integers(0, 3, 23)])
NETWORKS = {
    "plain": Experiment(DATA, (Dense(4, Tanh()), Dense(3)), MeanSquaredError()),
    "penalized": Experiment(DATA, (Dense(4, Relu(), kernel_regularizer=L2(0.1)), Dense(3, Tanh())), MeanSquaredError()),
    "fused softmax": Experiment(LABELS, (Flatten(), Dense(6, Sigmoid()), Dropout(0.4), Dense(3, Softmax())),
                                CategoricalCrossentropy()),
    "softmax within": Experiment(LABELS, (Dense(4, Softmax()), Flatten(), Dense(3, Sigmoid())), BinaryCrossentropy()),
    "softmax layer last": Experiment(LABELS, (Flatten(), Dense(4, Tanh()), Dense(3), SoftmaxLayer()),
                                     CategoricalCrossentropy()),
    "activation layer last": Experiment(LABELS, (Flatten(), Dense(3), Activation(Softmax())), CategoricalCrossentropy()),
    "activation layer": Experiment(DATA, (Dense(4), Activation(Tanh()), Dense(3)), MeanSquaredError()),
}  # fmt: skip


def frame_of(experiment: Experiment, step: int = 3, phase: Phase = Phase.APPLY) -> tuple[Frame, Network]:
    experiment = replace(experiment, dtype="float64", batch_size=6, metrics=(), preprocessing=Preprocessing(0.0))
    samples = experiment.samples()
    for moment in train(Run.of(experiment), samples, stride=Stride.PHASE):
        if moment.step == step and moment.phase is phase:
            return moment.frame(), experiment.network(samples)
    raise AssertionError("no such moment")


def total(equation: Equation) -> float:
    return equation.total


def assert_chain(frame: Frame, network: Network, item: Item, depth: int = 0) -> int:
    """Each product is that of its factors, sums are the engine's numbers, and so on down to the loss or the input."""
    equation = explain(frame, network, item)
    if equation is None:
        assert item.kind in ("target", "unit") and (item.layer < 0 or item.kind == "target"), item
        return depth
    close = 1e-6 if item.kind == "loss" else 1e-9  # probabilities are clipped, logits are not
    assert total(equation) == pytest.approx(equation.value, rel=close, abs=1e-15), item
    for term in equation.terms:
        assert term.value == pytest.approx(np.prod([f.value for f in term.factors]), rel=1e-9, abs=1e-15)
    assert [abs(t.value) for t in equation.terms] == sorted((abs(t.value) for t in equation.terms), reverse=True)
    if item.kind == "loss":
        return depth
    deeper = [assert_chain(frame, network, t.item, depth + 1) for t in equation.terms[:2] if t.item and t.item != item]
    return max(deeper, default=depth)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_weight_is_explained_down_to_the_loss(name: str) -> None:
    frame, network = frame_of(NETWORKS[name])
    assert frame.batch is not None and frame.batch.data_gradients is not None
    for path, gradient in frame.batch.data_gradients.items():
        for index in list(np.ndindex(*gradient.shape))[:7]:
            item = Item("weight", int(path[0]), str(path[1]), index)
            equation = explain(frame, network, item)
            assert equation is not None and equation.value == gradient[index]
            assert assert_chain(frame, network, item) >= 2


@pytest.mark.parametrize("name", NETWORKS)
def test_units_are_explained_down_to_the_input(name: str) -> None:
    frame, network = frame_of(NETWORKS[name])
    for layer in range(len(network.layers)):
        for index in list(np.ndindex(*network.shapes[layer + 1]))[:3]:
            assert_chain(frame, network, Item("unit", layer, "", index, row=2))


@pytest.mark.parametrize("name", [name for name in activations if name != "linear"])
def test_every_activation_has_its_formula_and_its_slope(name: str) -> None:
    experiment = Experiment(DATA, (Dense(4, activations[name]()), Dense(3)), MeanSquaredError())
    frame, network = frame_of(experiment)
    assert name in FORMULAS
    assert_chain(frame, network, Item("delta", 0, "", (1,), row=0))


def test_every_loss_has_its_formula() -> None:
    assert set(LOSS_FORMULAS) == set(losses)
    fused = {name for name in losses if losses[name].outputs and losses[name]().fused(losses[name].outputs[0]())}
    assert set(LOSS_FUSED) <= fused


def test_the_loss_of_the_batch_is_the_sum_of_its_rows_and_penalties() -> None:
    frame, network = frame_of(NETWORKS["penalized"])
    equation = explain(frame, network, Item("loss"))
    assert equation is not None
    assert equation.value == pytest.approx(float(frame.history.steps["loss"][-1]), rel=1e-6)
    assert equation.terms and any(term.label for term in equation.terms)


@pytest.mark.parametrize("name", sorted(losses))
def test_a_rows_loss_is_the_sum_of_what_its_outputs_add(name: str) -> None:
    kind, rows = losses[name], RNG.normal(size=(23, 4))
    classes = np.arange(23) % 3
    amounts = RNG.uniform(0.5, 2, (23, 3))
    targets = {"numbers": RNG.normal(size=(23, 3)), "amounts": amounts, "labels": classes, "sides": np.eye(3)[classes] * 2 - 1,
               "probabilities": np.eye(3)[classes]}[kind.targets]  # fmt: skip
    task: Any = "classification" if kind.targets == "labels" else "regression"
    last = Dense(3, kind.outputs[0]()) if kind.outputs else Dense(3)
    value = Experiment(Arrays(rows, targets, task), (Dense(4, Tanh()), last), kind())
    frame, network = frame_of(value)
    equation = explain(frame, network, Item("loss", row=2))
    assert frame.batch is not None and frame.batch.loss is not None and equation is not None
    assert equation.value == frame.batch.loss[2]
    assert equation.total == pytest.approx(equation.value, rel=1e-6) and equation.terms
    for term in equation.terms:
        assert term.value == pytest.approx(np.prod([f.value for f in term.factors]), rel=1e-9, abs=1e-15)
    whole = name in ("cosine_similarity", "categorical_hinge", "categorical_focal_crossentropy")
    assert whole or all(term.label for term in equation.terms)


def test_what_is_predicted_and_what_is_true_are_numbers_of_their_own() -> None:
    frame, network = frame_of(EXAMPLES["iris"].experiment)
    equation = explain(frame, network, Item("delta", 1, "", (2,), row=1))
    assert equation is not None and frame.batch is not None and frame.batch.prediction is not None
    found = {term.label: term.factors[-1].value for term in equation.terms}
    p, y = frame.batch.prediction[1, 2], frame.batch.y[1, 2]
    assert found == {"predicted": pytest.approx(float(p)), "true": -float(y)}
    assert equation.total == pytest.approx(equation.value, rel=1e-5) and "(p - y)" in equation.formula


def test_a_softmax_is_a_power_of_e_and_its_share_of_all() -> None:
    frame, network = frame_of(EXAMPLES["iris"].experiment)
    logits = [explain(frame, network, Item("unit", 1, "z", (k,), row=1)) for k in range(3)]
    powers = np.exp([one.value for one in logits if one is not None])
    equation = explain(frame, network, Item("unit", 1, "", (2,), row=1))
    assert equation is not None
    assert [f.value for f in equation.terms[0].factors] == pytest.approx([powers[2], 1 / powers.sum()], rel=1e-5)


def test_nothing_is_said_of_what_has_not_been_computed() -> None:
    frame, network = frame_of(NETWORKS["plain"], phase=Phase.FORWARD)
    assert explain(frame, network, Item("weight", 0, "kernel", (0, 0))) is None
    assert explain(frame, network, Item("delta", 0, "", (0,), 0)) is None
    assert explain(replace(frame, batch=None), network, Item("loss")) is None


def test_mazurs_chain_is_his() -> None:
    experiment = EXAMPLES["mazur"].experiment
    samples = experiment.samples()
    moments = train(Run.of(experiment), samples, stride=Stride.STEP)
    frame = [next(moments), next(moments)][1].frame()
    network = experiment.network(samples)
    equation = explain(frame, network, Item("weight", 1, "kernel", (0, 0), row=0))
    assert equation is not None and equation.value == pytest.approx(0.082167041, abs=1e-8)
    assert [factor.value for factor in equation.terms[0].factors] == pytest.approx([0.593269992, 0.138498562], abs=1e-8)


def test_equations_are_copied_as_text_latex_and_csv() -> None:
    frame, network = frame_of(NETWORKS["plain"])
    equations = [explain(frame, network, Item("weight", 0, "kernel", (1, 2), row=1))]
    assert "δ^(1)_3" in as_text(equations) and "=" in as_text(equations)  # type: ignore[arg-type]
    assert as_latex(equations).startswith("\\begin{align*}")  # type: ignore[arg-type]
    rows = as_csv(equations).splitlines()  # type: ignore[arg-type]
    assert rows[0].startswith("equation,") and len(rows) == 3


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "0.5000"), (-2.0, "-2"), (1e-6, r"1.00 \cdot 10^{-6}"), (123456.0, r"1.23 \cdot 10^{5}")]
)
def test_numbers_have_as_many_digits_at_every_size(value: float, text: str) -> None:
    assert number(value) == text


def test_plain_letters_have_no_latex_left() -> None:
    assert plain(r"\frac{\partial L}{\partial w^{(1)}_{2,3}}") == "∂ L/∂ w^(1)_2,3"


ALTERED = {
    "scaled": (Dense(4, Tanh()), Dense(3)), "without a function": (Dense(4), Dense(3)),
    "softmax": (Dense(4, Softmax()), Dense(3)), "a normalization": (BatchNormalization(), Dense(3)), "numbers that pass": (Dense(5), Rescaling(0.5), Dense(3)),
    "a block": (Residual((Dense(5, Tanh()),)), Dense(3)),
}  # fmt: skip


@pytest.mark.parametrize("name", ALTERED)
def test_what_was_altered_by_hand_is_told_as_it_is(name: str) -> None:
    place = len(ALTERED[name]) - 2
    surgery = (Alter(place, 1, 0.5, 0.25), Alter(place, 2))
    frame, network = frame_of(Experiment(DATA, ALTERED[name], MeanSquaredError(), surgery=surgery))
    for unit in range(network.shapes[place + 1][-1]):
        for kind in ("unit", "delta", "upstream"):
            assert_chain(frame, network, Item(kind, place, "", (unit,), row=1))  # type: ignore[arg-type]
    muted = explain(frame, network, Item("unit", place, "", (2,), 1))
    assert muted is not None and muted.value == 0 and "Muted" in muted.sentence
    shifted = explain(frame, network, Item("unit", place, "", (1,), 1))
    assert shifted is not None and [term.factors[0].symbol for term in shifted.terms if len(term.factors) == 1] == ["t"]
    for window in network.windows:
        if window.trainable and window.path[0] == 0:
            index = tuple(side - 1 for side in window.shape)
            assert_chain(frame, network, Item("weight", 0, "/".join(map(str, window.path[1:])), index))


@pytest.mark.parametrize("mistake", SENTENCES)
def test_a_spoilt_backward_pass_is_explained_without_a_fault(mistake: Mistake) -> None:
    layers = (Dense(5, LeakyRelu(0.3)), Residual((Dense(5, Tanh()),)), Dense(3))
    frame, network = frame_of(Experiment(DATA, layers, MeanSquaredError(), mistakes=(mistake,)))
    for item in (Item("weight", 0, "kernel", (1, 2)), Item("weight", 1, "0/kernel", (1, 2), 1), Item("delta", 0, "", (2,), 1)):
        equation = explain(frame, network, item)
        assert equation is not None and np.isfinite(equation.value)


@dataclass(frozen=True)
class Curved(Layer):
    """A layer that nobody has written the mathematics of: y = sin(w·x), w a number for each feature."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        return (Weight("pitch", input_shape, Ones()),)

    def forward(self, params: Any, x: Any, context: Any) -> Any:
        return np.sin(params["pitch"] * x), {"x": x}

    def backward(self, params: Any, memory: Any, dy: Any, context: Any, grads: Any) -> Any:
        slope = np.cos(params["pitch"] * memory["x"]) * dy
        grads["pitch"][...] = (slope * memory["x"]).sum(0)
        return slope * params["pitch"]


def test_a_layer_of_an_unknown_kind_is_told_row_by_row_by_its_own_backward_pass() -> None:
    frame, network = frame_of(Experiment(DATA, (Dense(4), Curved(), Dense(3)), MeanSquaredError()))
    for kind, name, index, row in (("weight", "pitch", (2,), None), ("unit", "", (2,), 1), ("delta", "", (2,), 1)):
        assert_chain(frame, network, Item(kind, 1, name, index, row))  # type: ignore[arg-type]
    assert assert_chain(frame, network, Item("weight", 0, "kernel", (1, 2))) >= 2


def test_every_layer_with_weights_has_its_own_mathematics() -> None:
    shapes: tuple[Shape, ...] = ((6,), (4, 3), (4, 4, 2))
    for name in layers:
        layer = layers[name]()
        fits = [shape for shape in shapes if can_take(layer, shape)]
        if any(layer.weights(shape) for shape in fits) and not layer.inside:
            assert type(anatomy_of(layer)).share is not OfUnknown.share, name


def can_take(layer: Layer, shape: Shape) -> bool:
    try:
        layer.output_shape(shape)
    except LayerProblem:
        return False
    return True


SEQUENCES = Arrays(RNG.normal(size=(9, 4, 3)), np.eye(3)[RNG.integers(0, 3, 9)])
AT_EVERY_PHASE: tuple[Layer, ...] = (
    LSTM(2), GRU(2, return_sequences=True), Bidirectional(LSTM(2)), MultiHeadAttention(2, 2), BatchNormalization(),
    Residual((Dense(3, Tanh()), BatchNormalization())), Conv1D(2, 2), ReLU(0.5), GlobalMaxPooling1D(), Dropout(0.5),
)  # fmt: skip


@pytest.mark.parametrize("layer", AT_EVERY_PHASE, ids=lambda layer: type(layer).__name__)
def test_at_every_phase_what_is_there_is_told_and_nothing_fails(layer: Layer) -> None:
    experiment = Experiment(SEQUENCES, (layer, Flatten(), Dense(3, Softmax())), CategoricalCrossentropy(), metrics=(), batch_size=4)
    samples = experiment.samples()
    network, told = experiment.network(samples), 0
    for moment in train(Run.of(experiment), samples, stride=Stride.PHASE):
        if moment.step > 1:
            break
        frame = moment.frame()
        reading = Reading(frame, network)
        picks = [listed.item((0, 0)) for place in range(3) for listed in arrays_of(frame, network, place, 1)]
        for place, shape in enumerate(network.shapes[1:]):
            picks += [Item(kind, place, "", tuple(side - 1 for side in shape), 1) for kind in ("unit", "delta", "upstream")]  # type: ignore[misc]
            assert sheets_of(frame, network, place) is None or frame.batch is not None
        for item in picks:
            equation = reading.explain(item)
            while equation is not None and equation.terms and equation.terms[0].item not in (None, equation.item):
                told += 1
                assert np.isfinite(equation.value)
                equation = reading.explain(equation.terms[0].item)  # type: ignore[arg-type]
    assert told > 30

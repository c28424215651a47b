"""What every layer promises, on every option that the tables in `layer_cases` list."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from netviz.arrays import Array, Shape, size
from netviz.codec import decode, encode
from netviz.datasets import Arrays, Preprocessing
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.gradcheck import check
from netviz.engine.initializers import Zeros
from netviz.engine.layers import Activation, Dense, Dropout, Flatten, Layer, Weight, layers
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network, NetworkProblem
from netviz.engine.parameters import Parameters
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.engine.workspace import Context, Workspace

ROWS = 5


class Alone:
    """A layer bound to an input shape, run stage by stage as the network runs it, always at one step."""

    def __init__(self, case: Any, dtype: str = "float64", training: bool = True, step: int = 0) -> None:
        self.network = Network((case.layer,), case.shape, MeanSquaredError())
        assert self.network.head is None
        workspace = Workspace(dtype, seed=3)
        workspace.step = step
        self.contexts = self.network.contexts(workspace, training)
        self.params = self.network.initial(0, dtype)
        self.params.vector[:] += np.random.default_rng(4).uniform(0.1, 0.4, len(self.params))
        self.grads = Parameters(np.full_like(self.params.vector, np.nan), self.network.windows)
        self.memories: list[Any] = []

    def forward(self, x: Array) -> Array:
        self.memories = []
        for stage, context in zip(self.network.stages, self.contexts, strict=False):
            x, memory = stage.layer.forward(self.params[0], x, context)
            self.memories.append(memory)
        return x

    def backward(self, dy: Array) -> Array:
        for i in reversed(range(len(self.memories))):
            context = self.contexts[i]
            context.first = False
            dy = self.network.stages[i].layer.backward(self.params[0], self.memories[i], dy, context, self.grads[0])
        return dy


def drawn(case: Any, rows: int = ROWS, seed: int = 1) -> Array:
    x: Array = case.rows(np.random.default_rng(seed), rows)
    x.setflags(write=False)
    return x


@pytest.mark.parametrize("rows", [1, ROWS])
def test_the_declared_shape_is_the_real_shape_and_inputs_are_left_alone(layer_case: Any, rows: int) -> None:
    alone, x = Alone(layer_case), drawn(layer_case, rows)
    alone.params.vector.setflags(write=False)
    y = alone.forward(x)
    assert y.shape == (rows, *layer_case.layer.output_shape(layer_case.shape))
    up = np.random.default_rng(2).normal(size=y.shape)
    up.setflags(write=False)
    assert alone.backward(up).shape == x.shape
    assert np.isfinite(alone.grads.trainable).all()


def test_backpropagation_agrees_with_central_differences(layer_case: Any) -> None:
    shape = layer_case.layer.output_shape(layer_case.shape)
    network = Network((layer_case.layer, Flatten(), Dense(2)), layer_case.shape, MeanSquaredError())
    params = network.initial(0, "float64")
    rng = np.random.default_rng(5)
    params.vector[:] += rng.uniform(0.05, 0.3, len(params)) / max(1, size(shape)) ** 0.5
    weights = rng.uniform(0.5, 2, ROWS)
    found = check(network, params, drawn(layer_case), rng.normal(size=(ROWS, 2)), weights, sample=150, seed=3)
    assert found.entries and found.passed, found.entries[0]


def test_the_gradient_of_the_input_agrees_with_central_differences(layer_case: Any) -> None:
    if layer_case.draw is not None:
        pytest.skip("whole numbers have no gradient")
    alone, x = Alone(layer_case), drawn(layer_case, 3).copy()
    up = np.random.default_rng(6).normal(size=alone.forward(x).shape)
    dx = alone.backward(up).copy()
    scale = np.abs(dx).max()
    places = np.random.default_rng(7).permutation(list(np.ndindex(*x.shape)))[:80]
    for place in map(tuple, places):
        above, below = x.copy(), x.copy()
        above[place] += 1e-6
        below[place] -= 1e-6
        numeric = (float((alone.forward(above) * up).sum()) - float((alone.forward(below) * up).sum())) / 2e-6
        assert dx[place] == pytest.approx(numeric, rel=1e-6, abs=1e-7 * max(1.0, scale))


def test_a_smaller_batch_after_a_larger_one_finds_nothing_of_it(layer_case: Any) -> None:
    x = drawn(layer_case)
    used, fresh = Alone(layer_case), Alone(layer_case)
    used.backward(np.ones_like(used.forward(x)))
    results = []
    for alone in (used, fresh):
        y = alone.forward(x[:2]).copy()
        results.append((y, alone.backward(np.ones_like(y)).copy(), alone.grads.trainable.copy()))
    for one, other in zip(*results, strict=True):
        assert (one == other).all()


def test_the_precision_of_the_experiment_is_kept(layer_case: Any) -> None:
    alone = Alone(layer_case, "float32")
    y = alone.forward(drawn(layer_case).astype(np.float32))
    assert y.dtype == np.float32 and alone.backward(np.ones_like(y)).dtype == np.float32
    assert alone.grads.vector.dtype == np.float32


def test_the_same_step_draws_the_same_and_nothing_is_random_outside_of_training(layer_case: Any) -> None:
    x = drawn(layer_case)
    at = {step: Alone(layer_case, step=step).forward(x).copy() for step in (7, 8)}
    assert (Alone(layer_case, step=7).forward(x) == at[7]).all()
    rest = [Alone(layer_case, training=False, step=step).forward(x).copy() for step in (7, 8)]
    assert (rest[0] == rest[1]).all()


def test_settings_survive_the_codec_and_a_pickle(layer_case: Any) -> None:
    attachments: dict[str, Array] = {}
    plain = json.loads(json.dumps(encode(layer_case.layer, attachments)))
    assert decode(Layer, plain, attachments) == layer_case.layer
    assert pickle.loads(pickle.dumps(layer_case.layer)) == layer_case.layer


def test_training_goes_the_same_way_in_every_gait_and_on_from_any_frame(layer_case: Any) -> None:
    x = np.concatenate([drawn(layer_case, seed=s) for s in range(3)])
    y = np.random.default_rng(8).normal(size=(len(x), 1))
    experiment = Experiment(
        Arrays(x, y), (layer_case.layer, Flatten(), Dense(1)), MeanSquaredError(), metrics=(),
        preprocessing=Preprocessing(validation_split=0.2), batch_size=5, epochs=2,
    )  # fmt: skip
    run, samples = Run.of(experiment), experiment.samples()
    frames: dict[Stride, list[Frame]] = {
        stride: [moment.frame() for moment in train(run, samples, stride=stride)] for stride in Stride
    }
    last = {stride: kept[-1] for stride, kept in frames.items()}
    assert len({frame.params.vector.tobytes() for frame in last.values()}) == 1
    assert len({frame.history.last("val_loss") for frame in last.values()}) == 1
    middle = next(frame for frame in frames[Stride.STEP] if frame.step == 2)
    again = [moment.frame() for moment in train(run, samples, pickle.loads(pickle.dumps(middle)))][-1]
    assert (again.params.vector == last[Stride.EPOCH].params.vector).all()


def test_every_layer_is_in_a_table(layer_cases: dict[str, Any]) -> None:
    assert {type(case.layer) for case in layer_cases.values()} == {layers[name] for name in layers}


@dataclass(frozen=True)
class Centred(Layer):
    """y = x − mean of the batch in training, x − moving mean outside; the moving mean is state."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        return (Weight("moving_mean", input_shape, Zeros(), trainable=False),)

    @property
    def has_state(self) -> bool:
        return True

    def new_state(self, memory: Any) -> dict[str, Array]:
        return {"moving_mean": memory["new_mean"]}

    def forward(self, params: Any, x: Array, context: Context) -> tuple[Array, Any]:
        if not context.training:
            return x - params["moving_mean"], {}
        mean = x.mean(0)
        return x - mean, {"new_mean": (params["moving_mean"] + mean) / 2}

    def backward(self, params: Any, memory: Any, dy: Array, context: Context, grads: Any) -> Array:
        return dy - dy.mean(0)


def test_state_is_written_when_the_weights_move_and_no_optimizer_touches_it() -> None:
    x = np.arange(12.0).reshape(4, 3)
    experiment = Experiment(
        Arrays(x, x[:, :1]), (Centred(), Dense(1)), MeanSquaredError(), metrics=(), shuffle=False,
        preprocessing=Preprocessing(0.0), batch_size=2, epochs=1, dtype="float64",
    )  # fmt: skip
    moments = train(Run.of(experiment), experiment.samples(), stride=Stride.PHASE)
    states = [(m.phase, m.step, m.params[0]["moving_mean"].copy()) for m in moments]
    half, whole = x[:2].mean(0) / 2, x[:2].mean(0) / 4 + x[2:].mean(0) / 2
    for phase, step, state in states:
        np.testing.assert_array_equal(state, [np.zeros(3), half, whole][step], err_msg=f"{phase} {step}")


@dataclass(frozen=True)
class Marked(Centred):
    """Passes x on and marks steps that begin with 0 as padding."""

    @property
    def makes_mask(self) -> bool:
        return True

    def forward(self, params: Any, x: Array, context: Context) -> tuple[Array, Any]:
        context.made_mask = x[..., 0] != 0
        return x, {"new_mean": params["moving_mean"]}


@dataclass(frozen=True)
class Reader(Layer):
    """Sums the steps that are not padding."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape[1:]

    def forward(self, params: Any, x: Array, context: Context) -> tuple[Array, Any]:
        mask = np.ones(x.shape[:2], bool) if context.mask is None else context.mask
        return (x * mask[..., None]).sum(1), {"mask": mask}

    def backward(self, params: Any, memory: Any, dy: Array, context: Context, grads: Any) -> Array:
        return dy[:, None] * memory["mask"][..., None]


def test_a_mask_reaches_the_layers_above_through_those_that_pass_it_and_stops_at_others() -> None:
    x = np.array([[[1.0, 5.0], [0.0, 7.0]]])
    for between, expected in (((Dropout(0.5),), [1.0, 5.0]), ((Flatten(), Activation()), [1.0, 5.0, 0.0, 7.0])):
        above = (*between, Reader()) if len(between) == 1 else between
        network = Network((Marked(), *above), (2, 2), MeanSquaredError())
        assert network.predict(network.initial(0, "float64"), x).tolist() == [expected]


def test_padding_that_reaches_the_output_is_refused_with_the_way_out() -> None:
    with pytest.raises(NetworkProblem, match="return_sequences"):
        Network((Marked(), Dense(1)), (2, 2), MeanSquaredError())

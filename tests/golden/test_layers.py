"""Layers compute what Keras computes, forward and backward, in float64 to 1e-9 and in float32 to 1e-5; whole trainings too.

What a layer draws and what padding is marked are the same for both: they are stored with the numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters, zeros
from netviz.engine.workspace import Context, Workspace
from netviz.keras import Input, Sequential, layers, optimizers, regularizers

Arrays = Mapping[str, np.ndarray]


def stored(name: str) -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parent / name) as file:
        return dict(file)


STORED = stored("layers.npz")
PASSES, TRAININGS = (json.loads(str(STORED[name])) for name in ("passes", "trainings"))


def arrays_of(case: dict[str, Any], arrays: Arrays = STORED) -> Arrays:
    prefix = case["name"] + "/"
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}


def listed(arrays: Arrays, begin: str) -> list[np.ndarray]:
    return [arrays[f"{begin}/{i}"] for i in range(sum(key.startswith(f"{begin}/") for key in arrays))]


def built(settings: dict[str, Any]) -> Any:
    """The face of a layer from the plain settings that Keras' was made from."""
    arguments = {key: value for key, value in settings.items() if key != "class"}
    if settings["class"] == "Residual":
        return layers.Residual([built(inner) for inner in arguments["layers"]])
    for key, value in arguments.items():
        if key == "layer":
            arguments[key] = built(value)
        elif isinstance(value, dict):
            arguments[key] = regularizers.L2(value["l2"])
    return getattr(layers, settings["class"])(**arguments)


class Stored:
    """A generator that draws what Keras' layer drew."""

    def __init__(self, drawn: np.ndarray) -> None:
        self.drawn = drawn

    def random(self, shape: Any, dtype: Any) -> np.ndarray:
        return self.standard_normal(shape, dtype)

    def standard_normal(self, shape: Any, dtype: Any) -> np.ndarray:
        assert tuple(shape) == self.drawn.shape
        return self.drawn


class Masker(Context):
    """What says which steps are padding."""

    def __init__(self, workspace: Workspace, mask: np.ndarray) -> None:
        super().__init__(workspace, 0, training=True)
        self.made_mask = mask


class Bound:
    """A layer with Keras' weights, drawn numbers and mask, in one precision."""

    def __init__(self, case: dict[str, Any], arrays: Arrays, dtype: str, training: bool) -> None:
        self.network = Network((built(case["layer"]).value,), tuple(case["shape"]), MeanSquaredError(), growing=True)
        workspace = Workspace(dtype)
        self.contexts = self.network.contexts(workspace, training)
        for context in self.contexts:
            if "mask" in arrays:
                context._masker = Masker(workspace, arrays["mask"])
            if "drawn" in arrays:
                context.rng = lambda: Stored(arrays["drawn"])  # type: ignore[method-assign,return-value,assignment]
        flat = np.concatenate([w.ravel() for w in listed(arrays, "weights")] or [np.zeros(0)])
        self.params = Parameters(flat.astype(dtype), self.network.windows)
        self.grads = zeros(self.network.windows, dtype)
        self.state: dict[str, np.ndarray] = {}

    def run(self, x: np.ndarray, up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(y, dx)."""
        pairs = [(stage.layer, context) for stage, context in zip(self.network.stages, self.contexts, strict=False)]
        memories = []
        y, dy = x, up
        for layer, context in pairs:
            y, memory = layer.forward(self.params[0], y, context)
            memories.append(memory)
            if context.training:
                self.state |= layer.new_state(memory)
        y = y.copy()
        for (layer, context), memory in zip(reversed(pairs), reversed(memories), strict=True):
            context.first = False
            dy = layer.backward(self.params[0], memory, dy, context, self.grads[0])
        return y, dy


def close(ours: Any, theirs: Any, tolerance: float) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * max(1e-3, float(np.abs(theirs).max(initial=0))))


def check_pass(case: dict[str, Any], arrays: Arrays, dtype: str, tolerance: float, mode: str) -> None:
    """One layer, forward and backward, beside Keras' numbers."""
    bound = Bound(case, arrays, dtype, mode == "training")
    y, dx = bound.run(arrays["x"].astype(dtype), arrays["up"].astype(dtype))
    close(y, arrays[f"{mode}/y"], tolerance)
    close(dx, arrays[f"{mode}/dx"], tolerance)
    trained = [window for window in bound.network.windows if window.trainable]
    for window, theirs in zip(trained, listed(arrays, f"{mode}/grads"), strict=True):
        ours = bound.grads.vector[window.start : window.stop].reshape(window.shape)
        close(ours, theirs, tolerance * 10 if dtype == "float32" else tolerance)
    names = ["/".join(map(str, window.path[1:])) for window in bound.network.windows if not window.trainable]
    if mode == "training":
        for name, theirs in zip(names, listed(arrays, "training/state"), strict=True):
            close(bound.state[name], theirs, tolerance)


def check_training(case: dict[str, Any], arrays: Arrays) -> None:
    """A whole training of a stack beside Keras'; the precision is float64."""
    x, y = arrays["x"], arrays["y"]
    model = Sequential([Input(tuple(case["shape"])), *(built(layer) for layer in case["layers"])])
    model.set_weights(listed(arrays, "initial"))
    optimizer = dict(case["optimizer"])
    model.compile(loss="mean_squared_error", optimizer=getattr(optimizers, optimizer.pop("class"))(**optimizer))
    held = (arrays["validation_x"], arrays["validation_y"])
    fitted = model.fit(x, y, batch_size=16, epochs=4, shuffle=False, verbose=0, validation_data=held)
    for ours, theirs in zip(model.get_weights(), listed(arrays, "after"), strict=True):
        close(ours, theirs, 1e-9)
    for key in ("loss", "val_loss"):
        close(fitted.history[key], arrays[f"history/{key}"], 1e-9)
    close(model.predict(np.concatenate([x, held[0]]), verbose=0), arrays["predictions"], 1e-9)


@pytest.mark.parametrize("mode", ["training", "resting"])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-5)])
@pytest.mark.parametrize("case", PASSES, ids=[case["name"] for case in PASSES])
def test_forward_and_backward_give_what_keras_gives(case: dict[str, Any], dtype: str, tolerance: float, mode: str) -> None:
    check_pass(case, arrays_of(case), dtype, tolerance, mode)


@pytest.mark.parametrize("case", TRAININGS, ids=[case["name"] for case in TRAININGS])
def test_a_stack_trains_like_keras(case: dict[str, Any], float64: None) -> None:
    check_training(case, arrays_of(case))

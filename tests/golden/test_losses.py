"""Losses of rows and their gradients are Keras', near 0 and 1, beyond the clip and at logits of 800."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.engine.losses import FusedLoss, Loss, losses
from netviz.engine.workspace import Context, Workspace

with np.load(Path(__file__).parent / "losses.npz") as file:
    GOLDEN = dict(file)

CASES: dict[str, dict[str, Any]] = json.loads(str(GOLDEN["cases"]))


def judge(settings: dict[str, Any]) -> Loss | FusedLoss:
    """The loss of those settings, or its form for logits."""
    arguments = {key: value for key, value in settings.items() if key not in ("class", "logits")}
    if settings["class"] == "CategoricalFocalCrossentropy" and "alpha" in arguments:
        arguments["alpha"] = tuple(arguments["alpha"])
    loss = losses[settings["class"]](**arguments)
    fused = loss.fused(loss.outputs[0]()) if settings["logits"] else loss
    assert fused is not None
    return fused


def stored(name: str, dtype: str) -> tuple[np.ndarray, ...]:
    """Targets, one-hot where they are labels, predictions, rows and gradient."""
    y, p, rows, gradient = (GOLDEN[f"{name}/{key}"] for key in ("y", "p", "rows", "gradient"))
    y = y if y.shape == p.shape else np.eye(p.shape[-1])[y]
    return y.astype(dtype), p.astype(dtype), rows, gradient


@pytest.mark.parametrize("name", CASES)
def test_a_loss_and_its_gradient_are_those_of_keras(name: str) -> None:
    loss = judge(CASES[name])
    y, p, rows, gradient = stored(name, "float64")
    kept = y.copy(), p.copy()
    with np.errstate(all="ignore"):
        found, slope = loss.rows(p, y), loss.gradient(p, y, Context(Workspace("float64"), 0, training=True))
    np.testing.assert_allclose(found, rows, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(slope, gradient, rtol=1e-10, atol=1e-14)
    assert (y == kept[0]).all() and (p == kept[1]).all()


@pytest.mark.parametrize("name", CASES)
def test_a_loss_in_float32_is_that_of_keras_to_five_digits(name: str) -> None:
    """Of what float32 can tell: probabilities within 1e-4 of the clip are other numbers there."""
    loss = judge(CASES[name])
    y, p, rows, gradient = stored(name, "float32")
    with np.errstate(all="ignore"):
        found, slope = loss.rows(p, y), loss.gradient(p, y, Context(Workspace("float32"), 0, training=True))
    assert found.dtype == slope.dtype == np.float32
    even = (p > 1e-4) & (p < 1 - 1e-4) if p.min() >= 0 and p.max() <= 1.2 else np.abs(p) < 100
    tame = even.reshape(len(p), -1).all(1)
    assert tame.sum() >= 5
    scale = max(1.0, float(np.abs(gradient[tame]).max()))
    np.testing.assert_allclose(found[tame], rows[tame], rtol=1e-5, atol=1e-6 * max(1.0, float(np.abs(rows[tame]).max())))
    np.testing.assert_allclose(slope[tame], gradient[tame], rtol=1e-5, atol=1e-6 * scale)


@pytest.mark.parametrize("name", ["binary_focal_crossentropy", "categorical_focal_crossentropy", "kl_divergence"])
def test_a_fused_loss_is_finite_where_probabilities_vanish(name: str) -> None:
    loss = losses[name]()
    fused = loss.fused(loss.outputs[0]())
    assert fused is not None
    z, y = np.array([[-800.0, 800.0], [800.0, -800.0], [0.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    with np.errstate(all="ignore"):
        rows, gradient = fused.rows(z, y), fused.gradient(z, y, Context(Workspace("float64"), 0, training=True))
    assert np.isfinite(rows).all() and np.isfinite(gradient).all()
    assert rows[1] > 100 > rows[2] > rows[0]  # what is wrong for sure is not cut off
    assert np.abs(gradient[1]).max() > 1e-3


def test_every_loss_has_a_case_and_every_fused_form_too() -> None:
    kinds = {settings["class"] for settings in CASES.values()}
    assert kinds == {losses[name].__name__ for name in losses}
    logits = {settings["class"] for settings in CASES.values() if settings["logits"]}
    fused = {losses[name].__name__ for name in losses if losses[name].outputs and losses[name]().fused(losses[name].outputs[0]())}
    assert fused - logits == {"KLDivergence"}  # Keras has none of logits

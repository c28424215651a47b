"""Losses of rows and their gradients are Keras', near 0 and 1, beyond the clip and at logits of 800."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netviz.engine.losses import losses
from netviz.engine.workspace import Context, Workspace

with np.load(Path(__file__).parent / "losses.npz") as file:
    GOLDEN = dict(file)

NAMES = [key.removesuffix("/rows") for key in GOLDEN if key.endswith("/rows")]


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_and_its_gradient_are_those_of_keras(name: str) -> None:
    y, p = GOLDEN[f"{name}/y"], GOLDEN[f"{name}/p"]
    kind = next(losses[member] for member in losses if name.startswith(member))
    loss = kind()
    fused = loss.fused(loss.outputs[0]()) if name.endswith("logits") else loss
    assert fused is not None
    with np.errstate(all="ignore"):
        rows, gradient = fused.rows(p, y), fused.gradient(p, y, Context(Workspace("float64"), 0, training=True))
    np.testing.assert_allclose(rows, GOLDEN[f"{name}/rows"], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(gradient, GOLDEN[f"{name}/gradient"], rtol=1e-10, atol=1e-15)


def test_every_loss_has_a_case_of_its_own_or_its_parents() -> None:
    covered = {type_name for type_name in losses if any(name.startswith(type_name) for name in NAMES)}
    assert set(losses) - covered == {"sparse_categorical_crossentropy"}  # the same function of one-hot targets

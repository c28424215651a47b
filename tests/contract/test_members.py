"""What every member of every family promises: shapes, purity, determinism, a codec round trip, words for people."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest

from netviz.arrays import Shape
from netviz.codec import decode, encode
from netviz.datasets import Arrays, datasets
from netviz.engine.activations import activations
from netviz.engine.initializers import Orthogonal, initializers
from netviz.engine.layers import Dense, layers
from netviz.engine.losses import losses
from netviz.engine.metrics import metrics
from netviz.engine.optimizers import optimizers
from netviz.engine.regularizers import regularizers
from netviz.engine.schedules import schedules
from netviz.engine.workspace import Context, Workspace
from netviz.registry import Registry

FAMILIES: dict[str, Registry[Any]] = {
    "activation": activations,
    "data set": datasets,
    "initializer": initializers,
    "layer": layers,
    "loss": losses,
    "metric": metrics,
    "optimizer": optimizers,
    "regularizer": regularizers,
    "schedule": schedules,
}
MEMBERS = [(family, name) for family, registry in FAMILIES.items() for name in registry]


def made(family: str, name: str) -> Any:
    if name == "arrays":
        return Arrays(np.arange(12.0).reshape(6, 2), np.arange(6) % 2, "classification")
    return FAMILIES[family][name]()


def context(training: bool = True, seed: int = 0, step: int = 0) -> Context:
    workspace = Workspace("float64", seed)
    workspace.step = step
    return Context(workspace, 0, training)


@pytest.mark.parametrize(("family", "name"), MEMBERS)
class TestEveryMember:
    def test_has_a_docstring_and_a_title(self, family: str, name: str) -> None:
        assert len((FAMILIES[family][name].__doc__ or "").split()) > 3 or "=" in (FAMILIES[family][name].__doc__ or "")
        assert FAMILIES[family].title(name)

    def test_survives_the_codec_and_a_pickle(self, family: str, name: str) -> None:
        value, attachments = made(family, name), {}
        plain = json.loads(json.dumps(encode(value, attachments)))
        assert plain["type"] == name
        assert decode(_contract(value), plain, attachments) == value
        assert pickle.loads(pickle.dumps(value)) == value

    def test_is_a_value(self, family: str, name: str) -> None:
        assert made(family, name) == made(family, name)
        assert hash(made(family, name)) == hash(made(family, name))
        with pytest.raises((AttributeError, TypeError)):
            made(family, name).anything = 1


def _contract(value: Any) -> Any:
    """The family's contract: the class nearest the root that names the family."""
    return next(cls for cls in reversed(type(value).__mro__) if getattr(cls, "family", None) is not None)


def test_dropout_keeps_the_share_it_says_and_the_mean_and_rests_outside_of_training() -> None:
    layer, x = layers["dropout"](), np.ones((400, 50))
    y, _memory = layer.forward({}, x, context())
    assert (y == 0).mean() == pytest.approx(0.5, abs=0.02) and set(np.unique(y)) == {0.0, 2.0}
    assert layer.forward({}, x, context(training=False))[0] is x


@pytest.mark.parametrize("name", activations)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activations_are_finite_far_out_and_keep_their_inputs_and_precision(name: str, dtype: str) -> None:
    here = Context(Workspace(dtype), 0, True)
    z = np.array([[-1e4, -80.0, -1.0, 0.0, 1.0, 80.0, 1e4]], dtype)
    z.setflags(write=False)
    with np.errstate(all="ignore"):
        a = activations[name]().value(z, here).copy()
        dz = activations[name]().backward(np.ones_like(z), z, a, here)
    assert a.dtype == dz.dtype == np.dtype(dtype)
    assert np.isfinite(a).all() and np.isfinite(dz).all()


@pytest.mark.parametrize("name", [name for name in initializers if name != "given"])
def test_initializers_draw_the_shape_asked_for_the_same_from_the_same_state(name: str) -> None:
    drawn = [initializers[name]().draw((7, 5), np.random.default_rng(2)) for _ in range(2)]
    assert drawn[0].shape == (7, 5) and (drawn[0] == drawn[1]).all()


@pytest.mark.parametrize(
    ("name", "variance"),
    [("glorot_uniform", 2 / 500), ("glorot_normal", 2 / 500), ("he_uniform", 2 / 300), ("he_normal", 2 / 300),
     ("lecun_uniform", 1 / 300), ("lecun_normal", 1 / 300), ("random_normal", 0.05**2), ("random_uniform", 0.1**2 / 12)],
)  # fmt: skip
def test_initializers_have_their_variance_and_the_cut_ones_their_bound(name: str, variance: float) -> None:
    drawn = initializers[name]().draw((300, 200), np.random.default_rng(3))
    assert drawn.var() == pytest.approx(variance, rel=0.03) and abs(drawn.mean()) < 4 * (variance / drawn.size) ** 0.5
    if name.endswith("_normal") and name != "random_normal":
        assert np.abs(drawn).max() <= 2 * (variance**0.5) / 0.8796 + 1e-12


@pytest.mark.parametrize("shape", [(5, 5), (8, 3), (3, 8)])
def test_orthogonal_kernels_are_orthogonal(shape: Shape) -> None:
    q = Orthogonal(gain=2.0).draw(shape, np.random.default_rng(0)) / 2
    small = q.T @ q if shape[0] >= shape[1] else q @ q.T
    np.testing.assert_allclose(small, np.eye(min(shape)), atol=1e-12)


@pytest.mark.parametrize("name", [name for name in datasets if name not in ("arrays", "mapped")])
def test_a_data_set_is_the_same_every_time_and_says_what_it_holds(name: str) -> None:
    first, again = (datasets[name]().load() for _ in range(2))
    assert (first.x == again.x).all() and (first.y == again.y).all()
    if first.task == "classification":
        assert set(np.unique(first.y)) == set(range(len(first.classes)))
    else:
        assert first.y.ndim == 2
    if len(first.row_shape) == 1:
        assert len(first.features) == first.row_shape[0]


def test_a_dense_layer_needs_a_feature() -> None:
    with pytest.raises(ValueError, match="feature"):
        Dense(3).output_shape(())

"""Losses and metrics against Keras itself, on random rows: values, gradients, and what is written for Keras.

    KERAS_BACKEND=torch python -m pytest -m interop -s -c /dev/null --rootdir . --import-mode=importlib tests/interop/test_losses_live.py
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netviz.engine.losses import Loss, losses
from netviz.engine.metrics import FBetaScore, Metric, metrics
from netviz.engine.workspace import Context, Workspace
from netviz.formats.keras import objects

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]
ROUNDS = 40
TOLD: Counter[str] = Counter()
WORST: dict[str, float] = {}


@pytest.fixture(scope="module", params=["float64", "float32"])
def keras(request: pytest.FixtureRequest) -> Any:
    """Keras in that precision; PyTorch's promotion rules turn float64 into float32 unless told otherwise."""
    keras = pytest.importorskip("keras")
    if keras.backend.backend() != "torch":
        pytest.skip("runs on the PyTorch backend")
    from keras.src.backend.common import dtypes

    before = keras.config.floatx(), dtypes.BIT64_TO_BIT32_DTYPE["float64"]
    keras.config.set_floatx(request.param)
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64" if request.param == "float64" else "float32"
    yield keras
    keras.config.set_floatx(before[0])
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = before[1]
    for what, worst in sorted(WORST.items()):
        print(f"\n{request.param} {what}: {TOLD[what]} random cases, largest relative deviation {worst:.1e}", end="")
    TOLD.clear(), WORST.clear()


def note(what: str, ours: Any, theirs: Any, bound: float, case: Any = None) -> None:
    """Deviations count relative to the largest number."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    off = float(np.abs(ours - theirs).max(initial=0) / max(1e-3, float(np.abs(theirs).max(initial=0))))
    assert off <= bound, (what, off, case)
    TOLD[what] += 1
    WORST[what] = max(WORST.get(what, 0.0), off)


def settings(name: str, outputs: int, rng: np.random.Generator) -> dict[str, Any]:
    """Random settings of a loss, as the engine has them."""
    found: dict[str, Any] = {}
    fields = losses[name].__dataclass_fields__
    if "delta" in fields:
        found["delta"] = float(rng.uniform(0.1, 3))
    if "label_smoothing" in fields:
        found["label_smoothing"] = float(rng.choice([0.0, rng.uniform(0, 0.5)]))
    if "gamma" in fields:
        found["gamma"] = float(rng.choice([0.0, 1.0, rng.uniform(1, 4)]))
        several = rng.random(outputs) if rng.random() < 0.5 else rng.random(1)
        found["alpha"] = tuple(map(float, several)) if name.startswith("cat") else float(several[0])
    if "apply_class_balancing" in fields:
        found["apply_class_balancing"] = bool(rng.random() < 0.5)
    return found


def rows(loss: Loss, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
    """(y, p, outputs): targets and predictions of a random shape that the loss is made for."""
    outputs = int(rng.integers(2 if loss.exclusive or "cosine" in type(loss).__name__.lower() else 1, 7))
    shape = (int(rng.integers(1, 20)), *(int(n) for n in rng.integers(1, 4, int(rng.integers(0, 2)))), outputs)
    if loss.task == "regression":
        y, p = rng.normal(size=shape) * 3, rng.normal(size=shape) * 3
        return (np.abs(y), np.abs(p) + 1e-2, outputs) if loss.targets == "amounts" else (y, p, outputs)
    if loss.targets == "sides":
        return rng.choice(rng.choice([[0.0, 1.0], [-1.0, 1.0]]), shape), rng.normal(size=shape), outputs
    p = rng.uniform(0.01, 0.99, shape) if loss.outputs else rng.normal(size=shape)
    if loss.exclusive:
        p = p / p.sum(-1, keepdims=True) if loss.outputs else p
        return np.eye(outputs)[rng.integers(0, outputs, shape[:-1])], p, outputs
    return (rng.random(shape) < 0.5).astype(float), p, outputs


@pytest.mark.parametrize("name", losses)
def test_losses_and_gradients_of_random_rows(keras: Any, name: str) -> None:
    import torch

    dtype = keras.config.floatx()
    rng = np.random.default_rng(len(name))
    for _round in range(ROUNDS):
        y, p, outputs = rows(losses[name](), rng)
        loss = losses[name](**settings(name, outputs, rng))
        fused = loss.fused(loss.outputs[0]()) if loss.outputs and name != "kl_divergence" else None
        logits = fused is not None and rng.random() < 0.5
        p = (rng.normal(size=p.shape) * 2 if logits else p).astype(dtype)
        config = objects.loss(loss, from_logits=logits)["config"]
        theirs = getattr(keras.losses, type(loss).__name__)(reduction=None, **config)
        told = y.argmax(-1) if loss.targets == "labels" else y.astype(dtype)
        watched = torch.tensor(p, requires_grad=True)
        found = theirs(torch.tensor(told), watched)
        found = found.reshape(len(p), -1).mean(1)
        found.sum().backward()
        judge = fused if logits and fused is not None else loss
        # PyTorch's softplus, and so Keras' log_cosh, takes log(1 + exp(z)) for z where z > 20: off by exp(−20).
        bound = (5e-9 if name == "log_cosh" else 1e-10) if dtype == "float64" else 2e-5
        with np.errstate(all="ignore"):
            note(f"{name} rows", judge.rows(p, y.astype(dtype)), found.detach().numpy(), bound)
            slope = judge.gradient(p, y.astype(dtype), Context(Workspace(dtype), 0, training=True))
        note(f"{name} gradients", slope, watched.grad.numpy(), bound)


def metric(name: str, outputs: int, rng: np.random.Generator) -> Metric:
    """A metric with random settings."""
    kind = metrics[name]
    fields, found = kind.__dataclass_fields__, dict[str, Any]()
    maybe = rng.random() < 0.5
    if "threshold" in fields and maybe:
        found["threshold"] = float(rng.uniform(0.05, 0.95))
    if fields.keys() >= {"top_k"} and not maybe:
        found["top_k"] = int(rng.integers(1, outputs + 1))
    if "class_id" in fields and rng.random() < 0.3:
        found["class_id"] = int(rng.integers(0, outputs))
    if "k" in fields:
        found["k"] = int(rng.integers(1, outputs + 1))
    if "num_thresholds" in fields and maybe:
        found["num_thresholds"] = int(rng.integers(2, 300))
    if "average" in fields:
        found["average"] = str(rng.choice(["macro", "micro", "weighted"]))
    if name == "fbeta_score":
        found["beta"] = float(rng.uniform(0.3, 3))
    if "label_smoothing" in fields:
        found["label_smoothing"] = float(rng.uniform(0, 0.5))
    if name == "auc":
        found |= {"curve": str(rng.choice(["ROC", "PR", "PRGAIN"])), "multi_label": bool(rng.random() < 0.4)}
        found["summation_method"] = str(rng.choice(["interpolation", "minoring", "majoring"]))
        if rng.random() < 0.3:
            found["thresholds"] = tuple(sorted(map(float, rng.random(5))))
        if rng.random() < 0.3:
            found["label_weights"] = tuple(map(float, rng.integers(1, 16, outputs) / 8))  # which float32 holds too
    for field in ("specificity", "sensitivity", "precision", "recall"):
        if field in fields:
            found[field] = float(rng.uniform(0.1, 0.95))
    return kind(**found)


@pytest.mark.parametrize("name", [name for name in metrics if name != "accuracy"])
def test_metrics_of_random_rows_batch_by_batch(keras: Any, name: str) -> None:
    dtype = keras.config.floatx()
    rng = np.random.default_rng(len(name))
    exclusive = "categorical" in name or "kl" in name or "f1" in name or "beta" in name
    for _round in range(ROUNDS):
        outputs, count = int(rng.integers(2 if exclusive or "cosine" in name else 1, 6)), int(rng.integers(1, 60))
        ours = metric(name, outputs, rng)
        if ours.task == "regression":
            y, p = np.abs(rng.normal(size=(2, count, outputs))) + 1e-2
        else:
            p = rng.dirichlet(np.ones(outputs), count) if exclusive else rng.random((count, outputs))
            y = np.eye(outputs)[rng.integers(0, outputs, count)] if exclusive else (rng.random(p.shape) < rng.random()).astype(float)
            if not exclusive and "top_k" not in type(ours).__dataclass_fields__ and rng.random() < 0.5:
                p = np.round(p, 1)
        y, p = y.astype(dtype), p.astype(dtype)
        one = getattr(ours, "class_id", None) if isinstance(ours, FBetaScore) else None
        config = objects.metrics((ours if one is None else replace(ours, class_id=0),))[0]  # the first stands for all
        theirs = keras.metrics.deserialize(config)
        assert type(theirs).__name__ == type(ours).__name__ and theirs.name == name
        sums = 0.0
        for stretch in np.array_split(np.arange(count), min(count, 3)):
            told = y[stretch].argmax(-1) if "sparse" in name else y[stretch]
            theirs.update_state(told, p[stretch])
            sums = sums + ours.sums(p[stretch], y[stretch], np.array([0]))[0]
        bound = 1e-9 if dtype == "float64" else 3e-5
        result = theirs.result() if one is None else theirs.result()[one]
        note(name, ours.value(np.asarray(sums)), float(result), bound, ours)


@pytest.mark.parametrize("name", losses)
def test_keras_reads_every_loss_that_netviz_writes(keras: Any, name: str) -> None:
    theirs = keras.losses.deserialize(objects.loss(losses[name]()))
    assert type(theirs).__name__ == losses[name].__name__

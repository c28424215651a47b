"""Several metrics of one kind in one training, and metrics that are edited while an epoch is under way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.engine.evaluation import evaluate
from netviz.engine.experiment import Experiment
from netviz.engine.metrics import AUC, Precision
from netviz.engine.run import Run
from netviz.engine.train import Stride, train

BASE = Experiment(metrics=(Precision(), Precision(0.3), AUC(), AUC(curve="PR")), epochs=2, dtype="float64")


def test_each_metric_has_a_column_and_it_is_what_evaluation_says() -> None:
    samples = BASE.samples()
    *_, last = train(Run.of(BASE), samples)
    frame = last.frame()
    names = {"precision", "precision_1", "auc", "auc_1"}
    assert names | {f"val_{name}" for name in names} <= set(frame.history.epochs)
    network = BASE.network(samples)
    told = evaluate(network, frame.params, BASE, samples, samples.validation_x, samples.validation_y, None)
    for name in names:
        assert told[name] == pytest.approx(frame.history.last(f"val_{name}"), abs=1e-12)
    assert told["precision"] != told["precision_1"]


def test_a_metric_edited_within_an_epoch_counts_anew_from_there() -> None:
    """Totals of other thresholds have another width, and are not added to."""
    run, samples = Run.of(BASE), BASE.samples()
    moments = train(run, samples, stride=Stride.STEP)
    for _step in range(4):
        moment = next(moments)
    since = moment.frame()
    other = replace(BASE, metrics=(Precision(), Precision(0.7), AUC(30), AUC(curve="PR")))
    frame = next(m for m in train(run.edited(since.step, other), samples, since) if m.epoch == 1).frame()
    assert all(np.isfinite(frame.history.last(name)) for name in ("precision", "auc", "auc_1"))
    plain = next(m for m in train(Run.of(BASE), samples) if m.epoch == 1).frame()
    assert frame.history.last("precision") == plain.history.last("precision")
    assert frame.history.last("auc_1") == plain.history.last("auc_1")
    assert frame.history.last("auc") != plain.history.last("auc")

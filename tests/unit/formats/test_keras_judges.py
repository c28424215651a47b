"""Losses and metrics go into a .keras file under Keras' names for their settings, and come back as they were."""

from __future__ import annotations

import json
from typing import Any

import pytest

from netviz.engine.losses import BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalFocalCrossentropy, Loss, losses
from netviz.engine.metrics import AUC, F1Score, Metric, Precision, PrecisionAtRecall, TruePositives, metrics
from netviz.formats.keras import compiling, objects

METRICS: list[Metric] = [
    *(metrics[name]() for name in metrics), Precision(0.3, class_id=2), Precision(top_k=3), TruePositives(0.2),
    AUC(50, "PR", "majoring"), AUC(thresholds=(0.2, 0.8)), AUC(multi_label=True, label_weights=(1.0, 2.0)),
    F1Score("weighted", 0.4), PrecisionAtRecall(30, 1, 0.7),
]  # fmt: skip
LOSSES: list[Loss] = [
    *(losses[name]() for name in losses), BinaryCrossentropy(0.1), BinaryFocalCrossentropy(True, 0.3, 1.5, 0.1),
    CategoricalFocalCrossentropy((0.1, 0.9), 1.0),
]  # fmt: skip


def read(config: dict[str, Any]) -> dict[str, Any]:
    """What netviz takes from a compile configuration that went through JSON."""
    reported: list[Any] = []
    found = compiling.compiled(json.loads(json.dumps(config)), reported.append)
    assert not reported, reported
    return found


@pytest.mark.parametrize("metric", METRICS, ids=str)
def test_a_metric_comes_back_as_it_was(metric: Metric) -> None:
    written = objects.metrics((metric,))
    assert read({"metrics": written})["metrics"] == (metric,)


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_a_loss_comes_back_as_it_was(loss: Loss) -> None:
    assert read({"loss": objects.loss(loss)})["loss"] == loss


def test_thresholds_stand_under_keras_name_and_two_of_a_kind_have_two_names() -> None:
    first, second = objects.metrics((Precision(), Precision(0.3)))
    assert first["config"] == {"name": "precision", "thresholds": None, "top_k": None, "class_id": None}
    assert second["config"]["name"] == "precision_1" and second["config"]["thresholds"] == 0.3


def test_the_f_scores_of_all_classes_are_one_metric_without_an_average() -> None:
    (written,) = objects.metrics((F1Score(class_id=0), F1Score(class_id=1), F1Score(class_id=2)))
    assert written["config"] == {"name": "f1_score", "average": None, "threshold": None}


def test_what_keras_writes_for_metrics_is_understood() -> None:
    keras = [
        {"class_name": "Recall", "config": {"name": "r", "dtype": "float32", "thresholds": [0.4], "top_k": None, "class_id": None}},
        {"class_name": "AUC", "config": {"name": "auc", "num_thresholds": 200, "curve": "PR", "summation_method": "interpolation",
                                         "multi_label": False, "num_labels": None, "label_weights": None, "from_logits": False}},
        {"class_name": "F1Score", "config": {"name": "f1_score", "average": None, "threshold": None}},
    ]  # fmt: skip
    assert read({"metrics": keras})["metrics"] == (metrics["recall"](0.4), AUC(curve="PR"), F1Score())

"""Metrics are Keras' and scikit-learn's: with ties, absent classes, one output, several labels, and batch by batch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.engine.metrics import (
    AUC,
    F1Score,
    Metric,
    Precision,
    Recall,
    TopKCategoricalAccuracy,
    metric_names,
    metrics,
)

with np.load(Path(__file__).parent / "metrics.npz") as file:
    GOLDEN = dict(file)

CASES: dict[str, dict[str, Any]] = json.loads(str(GOLDEN["cases"]))


def made(case: dict[str, Any]) -> Metric:
    """The engine's metric: a threshold is one number here."""
    kind = metrics[case["class"]]
    named = {"thresholds": "threshold"} if case["class"] != "AUC" else {}
    settings = {named.get(key, key): tuple(v) if isinstance(v, list) else v for key, v in case["settings"].items()}
    return kind(**settings)


def total(metric: Metric, p: np.ndarray, y: np.ndarray, cuts: list[int]) -> np.ndarray:
    """The sums of stretches of rows."""
    starts = np.array([0, *cuts])
    return metric.sums(p, y, starts[starts < len(p)]).sum(0)


@pytest.mark.parametrize("name", CASES)
def test_a_metric_is_that_of_keras(name: str) -> None:
    case = CASES[name]
    y, p = GOLDEN[f"{case['data']}/y"], GOLDEN[f"{case['data']}/p"]
    metric = made(case)
    sums = total(metric, p, y, [])
    assert metric.value(sums) == pytest.approx(case["keras"], rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(total(metric, p, y, [1, 5, 6, 40]), sums, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(metric.statistics(p, y).sum(0), sums, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "scikit_learn" in case])
def test_a_metric_is_that_of_scikit_learn(name: str) -> None:
    case = CASES[name]
    y, p = GOLDEN[f"{case['data']}/y"], GOLDEN[f"{case['data']}/p"]
    metric = made(case)
    assert metric.value(total(metric, p, y, [])) == pytest.approx(case["scikit_learn"], abs=case["near"])


@pytest.mark.parametrize("name", metrics)
def test_a_metric_takes_float32_rows_and_what_is_no_number(name: str) -> None:
    metric = metrics[name]()
    y, p = GOLDEN["classes/y"].astype(np.float32), GOLDEN["classes/p"].astype(np.float32)
    exact = metric.value(total(metric, p.astype(float), y.astype(float), []))
    kept = p.copy()
    assert metric.value(total(metric, p, y, [3])) == pytest.approx(exact, rel=1e-5)
    assert (p == kept).all() and metric.statistics(p, y).dtype == np.float64
    p[3] = np.nan
    with np.errstate(all="ignore"):
        metric.value(total(metric, p, y, []))


def test_sparse_metrics_are_those_of_one_hot_rows() -> None:
    y, p = GOLDEN["classes/y"], GOLDEN["classes/p"]
    for sparse, dense in (
        ("sparse_categorical_accuracy", "categorical_accuracy"),
        ("sparse_top_k_categorical_accuracy", "top_k_categorical_accuracy"),
        ("sparse_categorical_crossentropy", "categorical_crossentropy"),
    ):
        assert (metrics[sparse]().statistics(p, y) == metrics[dense]().statistics(p, y)).all()


def test_the_area_of_logits_is_that_of_their_sigmoids() -> None:
    y, p = GOLDEN["one/y"], np.clip(GOLDEN["one/p"], 0.01, 0.99)
    logits = np.log(p / (1 - p))
    assert AUC(from_logits=True).value(total(AUC(from_logits=True), logits, y, [])) == pytest.approx(
        AUC().value(total(AUC(), p, y, [])), abs=1e-12
    )


def test_with_one_output_the_f1_score_decides_at_a_half() -> None:
    y, p = GOLDEN["one/y"], GOLDEN["one/p"]
    plain, cut = F1Score(), F1Score(threshold=0.5)
    assert plain.value(total(plain, p, y, [])) == cut.value(total(cut, p, y, []))


def test_metrics_of_one_kind_stand_side_by_side() -> None:
    assert metric_names((Precision(), Recall(), Precision(0.3), Precision(0.9))) == (
        "precision", "recall", "precision_1", "precision_2",
    )  # fmt: skip
    assert metrics.title("precision_1") == "Precision 2" and metrics.title("precision") == "Precision"


def test_a_class_that_is_not_there_is_told() -> None:
    assert "from 0 to 2" in Precision(class_id=3).unfit((3,)) and not Precision(class_id=2).unfit((3,))
    assert "2 weights" in AUC(label_weights=(1.0, 2.0)).unfit((3,))
    assert TopKCategoricalAccuracy(9).value(total(TopKCategoricalAccuracy(9), np.eye(3), np.eye(3), [])) == 1


def test_every_metric_has_a_case() -> None:
    covered = {case["class"] for case in CASES.values()} | {"Accuracy"}
    assert {metrics[name].__name__ for name in metrics if not name.startswith("sparse")} == covered

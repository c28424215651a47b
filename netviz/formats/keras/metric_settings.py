"""Settings of metrics that Keras writes otherwise: `thresholds` of one number, and None for what is not given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netviz.engine.metrics import (
    AUC,
    FalseNegatives,
    FalsePositives,
    FBetaScore,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
    metrics,
)

_COUNTING = (TruePositives, FalsePositives, TrueNegatives, FalseNegatives, Precision, Recall)


def for_keras(kind: type, settings: Mapping[str, Any]) -> dict[str, Any]:
    """netviz's settings as Keras names them."""
    if issubclass(kind, _COUNTING):
        return {"thresholds" if key == "threshold" else key: value for key, value in settings.items()}
    if issubclass(kind, FBetaScore):  # Keras' score of every class is one metric, without an average
        average = settings["average"] if settings["class_id"] is None else None
        return {key: value for key, value in settings.items() if key != "class_id"} | {"average": average}
    if issubclass(kind, AUC):
        return {key: None if value == [] else value for key, value in settings.items()}
    return dict(settings)


def from_keras(found: Any) -> Any:
    """A serialized metric with netviz's settings; names and what is no metric stay as they are."""
    if not isinstance(found, dict) or not isinstance(found.get("config"), dict):
        return found
    name = str(found.get("class_name")).rpartition(">")[2]
    kind: type = object
    if name in metrics:
        kind = metrics[name]
    config = dict(found["config"])
    if issubclass(kind, _COUNTING) and "thresholds" in config:
        cut = config.pop("thresholds")
        single = isinstance(cut, (list, tuple)) and len(cut) == 1
        config["threshold" if single or not isinstance(cut, (list, tuple)) else "thresholds"] = cut[0] if single else cut
    silent = ("threshold", "thresholds", "label_weights", "average", "top_k", "class_id")
    return found | {"config": {key: value for key, value in config.items() if value is not None or key not in silent}}
